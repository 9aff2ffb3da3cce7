//! What a payment provider has to do.

use async_trait::async_trait;

use crate::kernel::money::Money;

/// Somebody who moves money. Every call carries a key: the same key never moves money twice.
#[async_trait]
pub trait PaymentProvider: Send + Sync {
    /// The name under which it is chosen and stored.
    fn name(&self) -> &'static str;

    /// Holds an amount, and gives the provider's reference.
    async fn authorize(&self, amount: Money, key: &str) -> Result<String, ProviderError>;

    /// Takes a part of what is held.
    async fn capture(&self, reference: &str, amount: Money, key: &str) -> Result<(), ProviderError>;

    /// Lets go what is held and was not taken.
    async fn void(&self, reference: &str, key: &str) -> Result<(), ProviderError>;

    /// Gives back a part of what was taken.
    async fn refund(&self, reference: &str, amount: Money, key: &str) -> Result<(), ProviderError>;
}

/// Why a provider did not do it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProviderError {
    /// It refused, for good.
    #[error("declined: {0}")]
    Declined(String),
    /// It could not be reached, or did not answer in time. Whether money moved is not known.
    #[error("no answer: {0}")]
    Unreachable(String),
}
