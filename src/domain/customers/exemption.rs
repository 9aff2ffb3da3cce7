//! Exempting customers from tax.

use super::{Customer, CustomerError, Customers, repo};
use crate::kernel::ids::CustomerId;
use crate::kernel::text::Checks;

impl Customers {
    /// Exempts a customer from tax, for a reason that an auditor can check, or ends their exemption. Their carts show it
    /// when they are next changed or completed; orders keep what they were taxed with.
    pub async fn set_tax_exemption(
        &self,
        id: CustomerId,
        exempt: bool,
        reason: Option<String>,
    ) -> Result<Customer, CustomerError> {
        let reason = if exempt { reason.unwrap_or_default().trim().to_owned() } else { String::new() };
        let mut checks = Checks::new();
        checks.line("reason", &reason, 500);
        if exempt {
            checks.required("reason", &reason);
        }
        checks.finish().map_err(CustomerError::Invalid)?;
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
