//! Payment methods that customers have saved.

use super::model::SavedMethod;
use super::provider::SaveMethod;
use super::{PaymentError, Payments, repo};
use crate::kernel::error::{ErrorCode, UserError};
use crate::kernel::ids::{CustomerId, PaymentMethodId};
use crate::kernel::text::Validator;

impl Payments {
    /// Saves a customer's payment method with a provider, and stores its details.
    pub async fn save_method(
        &self,
        customer: CustomerId,
        provider: &str,
        token: &str,
    ) -> Result<SavedMethod, PaymentError> {
        let mut validator = Validator::new();
        validator.required("token", token);
        validator.line("token", token, 200);
        validator.finish().map_err(PaymentError::Invalid)?;
        let keeper = self.available_provider(provider)?;
        let known_as = repo::methods::customer(&*self.db.conn().await?, customer, provider).await?;
        let request = SaveMethod { customer, known_as: known_as.as_deref(), token };
        let saved = self.answer(provider, keeper.save_method(&request)).await?;
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
        repo::methods::save_customer(&tx, customer, provider, &saved.customer).await?;
        let method = repo::methods::insert(&tx, &method).await?;
        tx.commit().await?;
        Ok(method)
    }

    /// Deletes a customer's payment method from the provider and from storage.
    pub async fn delete_method(
        &self,
        customer: CustomerId,
        id: PaymentMethodId,
    ) -> Result<PaymentMethodId, PaymentError> {
        let found = repo::methods::find(&*self.db.conn().await?, customer, id).await?;
        let unknown = || UserError::new(ErrorCode::NotFound, "There is no such saved payment method.").at("id");
        let method = found.ok_or_else(unknown)?;
        let deletion = self.available_provider(&method.provider)?.delete_method(&method.reference);
        self.answer(&method.provider, deletion).await?;
        repo::methods::delete(&*self.db.conn().await?, id).await?;
        Ok(id)
    }
}
