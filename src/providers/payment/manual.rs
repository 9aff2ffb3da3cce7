//! `manual`: the money comes by another way, such as a bank transfer or cash, and staff say when it is there.

use async_trait::async_trait;

use crate::domain::payments::provider::{PaymentProvider, ProviderError};
use crate::kernel::money::Money;

/// The provider that moves no money itself.
#[derive(Clone, Copy, Debug, Default)]
pub struct Manual;

#[async_trait]
impl PaymentProvider for Manual {
    fn name(&self) -> &'static str {
        "manual"
    }

    async fn authorize(&self, _amount: Money, key: &str) -> Result<String, ProviderError> {
        Ok(format!("manual-{key}"))
    }

    async fn capture(&self, _reference: &str, _amount: Money, _key: &str) -> Result<(), ProviderError> {
        Ok(())
    }

    async fn void(&self, _reference: &str, _key: &str) -> Result<(), ProviderError> {
        Ok(())
    }

    async fn refund(&self, _reference: &str, _amount: Money, _key: &str) -> Result<(), ProviderError> {
        Ok(())
    }
}
