//! Payment methods that customers have saved.

use super::model::SavedMethod;
use super::provider::SaveMethod;
use super::{PaymentError, Payments, repo};
use crate::kernel::error::{ErrorCode, Problem};
use crate::kernel::ids::{CustomerId, PaymentMethodId};
use crate::kernel::text::Checks;

impl Payments {
    /// Has a provider keep a payment method of a customer, and remembers what it looks like.
    pub async fn save_method(
        &self,
        customer: CustomerId,
        provider: &str,
        token: &str,
    ) -> Result<SavedMethod, PaymentError> {
        let mut checks = Checks::new();
        checks.required("token", token);
        checks.line("token", token, 200);
        checks.finish().map_err(PaymentError::Invalid)?;
        let keeper = self.admitted(provider)?;
        let known_as = repo::methods::customer(&*self.db.conn().await?, customer, provider).await?;
        let ask = SaveMethod { customer, known_as: known_as.as_deref(), token };
        let saved = self.answer(provider, keeper.save_method(&ask)).await?;
        let method = SavedMethod {
            id: PaymentMethodId::new(),
            customer_id: customer,
            provider: provider.to_owned(),
            reference: saved.reference,
            brand: saved.brand,
            last4: saved.last4,
            expires: saved.expires,
            created_at: self.clock.now(),
        };
        let tx = self.db.begin().await?;
        repo::methods::keep_customer(&tx, customer, provider, &saved.customer).await?;
        let method = repo::methods::insert(&tx, &method).await?;
        tx.commit().await?;
        Ok(method)
    }

    /// Has a provider forget a customer's payment method, and forgets it.
    pub async fn forget_method(
        &self,
        customer: CustomerId,
        id: PaymentMethodId,
    ) -> Result<PaymentMethodId, PaymentError> {
        let found = repo::methods::find(&*self.db.conn().await?, customer, id).await?;
        let unknown = || Problem::new(ErrorCode::NotFound, "There is no such saved payment method.").at("id");
        let method = found.ok_or_else(unknown)?;
        let forgetting = self.admitted(&method.provider)?.forget_method(&method.reference);
        self.answer(&method.provider, forgetting).await?;
        repo::methods::delete(&*self.db.conn().await?, id).await?;
        Ok(id)
    }
}
