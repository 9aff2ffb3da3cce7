//! `manual`: the money comes by another way, such as a bank transfer or cash, and staff say when it is there.

use async_trait::async_trait;
use rust_decimal::Decimal;
use serde_json::json;

use crate::domain::payments::provider::{Ask, Moved, Open, Opened, PaymentProvider, ProviderError, Standing};

/// The provider that moves no money itself.
#[derive(Clone, Copy, Debug, Default)]
pub struct Manual;

#[async_trait]
impl PaymentProvider for Manual {
    fn name(&self) -> &'static str {
        "manual"
    }

    fn outside(&self) -> bool {
        false
    }

    async fn open(&self, ask: &Open<'_>) -> Result<Opened, ProviderError> {
        let standing = Standing::Authorized { amount: ask.amount.amount, captured: Decimal::ZERO };
        Ok(Opened { reference: format!("manual-{}", ask.key), data: json!({}), standing })
    }

    async fn authorize(&self, ask: &Ask<'_>) -> Result<Standing, ProviderError> {
        Ok(Standing::Authorized { amount: ask.amount.amount, captured: Decimal::ZERO })
    }

    async fn find(&self, _reference: &str) -> Result<Standing, ProviderError> {
        Ok(Standing::Open)
    }

    async fn capture(&self, ask: &Ask<'_>) -> Result<Moved, ProviderError> {
        Ok(Moved::done(format!("capture-{}", ask.key)))
    }

    async fn void(&self, ask: &Ask<'_>) -> Result<Moved, ProviderError> {
        Ok(Moved::done(format!("void-{}", ask.key)))
    }

    async fn refund(&self, ask: &Ask<'_>) -> Result<Moved, ProviderError> {
        Ok(Moved::done(format!("refund-{}", ask.key)))
    }
}
