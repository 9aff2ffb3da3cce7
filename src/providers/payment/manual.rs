//! `manual`: payment by other means, such as a bank transfer or cash; staff mark it as received.

use async_trait::async_trait;
use rust_decimal::Decimal;
use serde_json::json;

use crate::domain::payments::provider::{
    Open, Opened, OperationResult, PaymentProvider, ProviderError, ProviderRequest, ProviderStatus,
};

/// The provider that moves no money itself.
#[derive(Clone, Copy, Debug, Default)]
pub struct Manual;

#[async_trait]
impl PaymentProvider for Manual {
    fn name(&self) -> &'static str {
        "manual"
    }

    fn is_remote(&self) -> bool {
        false
    }

    async fn open(&self, request: &Open<'_>) -> Result<Opened, ProviderError> {
        let provider_status = ProviderStatus::Authorized { amount: request.amount.amount, captured: Decimal::ZERO };
        Ok(Opened { reference: format!("manual-{}", request.key), data: json!({}), provider_status })
    }

    async fn authorize(&self, request: &ProviderRequest<'_>) -> Result<ProviderStatus, ProviderError> {
        Ok(ProviderStatus::Authorized { amount: request.amount.amount, captured: Decimal::ZERO })
    }

    async fn find(&self, _reference: &str) -> Result<ProviderStatus, ProviderError> {
        Ok(ProviderStatus::Open)
    }

    async fn capture(&self, request: &ProviderRequest<'_>) -> Result<OperationResult, ProviderError> {
        Ok(OperationResult::done(format!("capture-{}", request.key)))
    }

    async fn void(&self, request: &ProviderRequest<'_>) -> Result<OperationResult, ProviderError> {
        Ok(OperationResult::done(format!("void-{}", request.key)))
    }

    async fn refund(&self, request: &ProviderRequest<'_>) -> Result<OperationResult, ProviderError> {
        Ok(OperationResult::done(format!("refund-{}", request.key)))
    }
}
