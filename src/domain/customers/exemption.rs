//! Exempts customers from tax.

use super::{Customer, CustomerError, Customers, repo};
use crate::kernel::ids::CustomerId;
use crate::kernel::text::Validator;

impl Customers {
    /// Exempts a customer from tax, for a reason that can be audited, or ends the exemption. Carts reflect it when they
    /// are next changed or completed; orders keep their taxes.
    pub async fn set_tax_exemption(
        &self,
        id: CustomerId,
        exempt: bool,
        reason: Option<String>,
    ) -> Result<Customer, CustomerError> {
        let reason = if exempt { reason.unwrap_or_default().trim().to_owned() } else { String::new() };
        let mut validator = Validator::new();
        validator.line("reason", &reason, 500);
        if exempt {
            validator.required("reason", &reason);
        }
        validator.finish().map_err(CustomerError::Invalid)?;
        let tx = self.db.begin().await?;
        let missing = CustomerError::CustomerNotFound { path: "customerId" };
        let mut customer = repo::lock(&tx, id).await?.ok_or(missing)?;
        customer.tax_exempt = exempt;
        customer.tax_exempt_reason = reason;
        customer.version += 1;
        customer.updated_at = self.clock.now();
        repo::update(&tx, &customer).await?;
        tx.commit().await?;
        Ok(customer)
    }
}
