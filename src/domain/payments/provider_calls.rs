//! Calls to providers: made outside of transactions, and not while the circuit breaker is open.

use std::time::Duration;

use serde_json::Value;
use tokio::time::timeout;

use super::operations::PaymentOperation;
use super::provider::{OperationResult, PaymentProvider, ProviderError, ProviderRequest, ProviderStatus};
use super::{PaymentError, PaymentFailure, PaymentSession, Payments, TransactionKind};
use crate::kernel::money::Money;

/// The response timeout: shorter than that of workflow steps. Providers' own SDKs wait longer, but shoppers do not.
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(9);

impl Payments {
    /// Authorizes a session's amount as far as the server can, and returns the provider's status; a refusal is
    /// [`ProviderStatus::Failed`]. Call it outside of transactions. From the second attempt on, the provider is first
    /// asked for the result of the previous one (rule F11).
    pub async fn authorize(
        &self,
        session: &PaymentSession,
        key: &str,
        attempt: u32,
    ) -> Result<ProviderStatus, PaymentError> {
        if attempt > 1 {
            match self.find(session).await? {
                // Authorizing again shows what the shopper has done in the meantime.
                ProviderStatus::Open | ProviderStatus::ActionRequired(_) => {}
                known => return Ok(known),
            }
        }
        let request = session_request(session, key, attempt);
        let outcome = self.available_provider(&session.provider)?.authorize(&request);
        match self.answer(&session.provider, outcome).await {
            Err(PaymentError::Provider(ProviderError::Declined(failure))) => Ok(ProviderStatus::Failed(failure)),
            other => other,
        }
    }

    /// Returns the provider's status of a session without changing anything. Call it outside of transactions.
    pub async fn find(&self, session: &PaymentSession) -> Result<ProviderStatus, PaymentError> {
        let outcome = self.provider(&session.provider)?.find(&session.reference);
        self.answer(&session.provider, outcome).await
    }

    /// Performs a requested operation. Call it outside of transactions, unless the provider is in-process. From the
    /// second attempt on, the provider is first asked for the result of the previous one (rule F11).
    pub async fn perform(
        &self,
        operation: &PaymentOperation,
        key: &str,
        attempt: u32,
    ) -> Result<OperationResult, PaymentError> {
        if attempt > 1 {
            // Until the lookup succeeds, the previous attempt may have moved money.
            let known = self.find_operation(operation, key).await.map_err(PaymentError::in_doubt)?;
            if let Some(result) = known {
                return Ok(result);
            }
        }
        let provider = self.available_provider(&operation.provider)?;
        let request = operation.id.to_string();
        let request = operation_request(operation, key, &request, attempt);
        let outcome = match operation.kind {
            TransactionKind::Capture => provider.capture(&request),
            TransactionKind::Void => provider.void(&request),
            TransactionKind::Refund => provider.refund(&request),
            TransactionKind::Authorize | TransactionKind::Chargeback | TransactionKind::Adjust => {
                return Err(ProviderError::Misuse(format!("{} cannot be requested", operation.kind.as_str())).into());
            }
        };
        self.answer(&operation.provider, outcome).await
    }

    /// Returns the result of a requested operation, if its provider knows it. Call it outside of transactions.
    pub async fn find_operation(
        &self,
        operation: &PaymentOperation,
        key: &str,
    ) -> Result<Option<OperationResult>, PaymentError> {
        let request = operation.id.to_string();
        let request = operation_request(operation, key, &request, 1);
        let found = self.provider(&operation.provider)?.find_operation(operation.kind, &request);
        self.answer(&operation.provider, found).await
    }

    /// Returns the provider for a lookup. Lookups are allowed while the circuit breaker is open, because a workflow
    /// waits for them; a success closes it.
    /// Whether there is a provider with this name.
    pub fn has_provider(&self, name: &str) -> bool {
        self.providers.contains_key(name)
    }

    pub(super) fn provider(&self, name: &str) -> Result<&dyn PaymentProvider, PaymentError> {
        self.providers.get(name).map(AsRef::as_ref).ok_or(PaymentError::UnknownProvider)
    }

    /// Returns the provider for an operation, unless the circuit breaker is open.
    pub(super) fn available_provider(&self, name: &str) -> Result<&dyn PaymentProvider, PaymentError> {
        let provider = self.provider(name)?;
        self.breaker.try_acquire(name, self.clock.now())?;
        Ok(provider)
    }

    /// Awaits a provider's answer with a timeout, and records the result in the circuit breaker.
    pub(super) async fn answer<T>(
        &self,
        name: &str,
        calling: impl Future<Output = Result<T, ProviderError>>,
    ) -> Result<T, PaymentError> {
        let late = |_| Err(ProviderError::Unknown("no answer in time".to_owned()));
        let outcome = timeout(RESPONSE_TIMEOUT, calling).await.unwrap_or_else(late);
        self.breaker.record(name, &outcome, self.clock.now());
        if let Err(error @ (ProviderError::Unavailable(_) | ProviderError::Unknown(_) | ProviderError::Misuse(_))) =
            &outcome
        {
            tracing::warn!(provider = name, %error, "A call of the payment provider {name} failed");
        }
        Ok(outcome?)
    }
}

/// Builds the provider request of an operation.
fn operation_request<'a>(
    operation: &'a PaymentOperation,
    key: &'a str,
    operation_id: &'a str,
    attempt: u32,
) -> ProviderRequest<'a> {
    ProviderRequest {
        reference: &operation.reference,
        amount: Money::new(operation.amount, operation.currency),
        key,
        operation_id,
        attempt,
        data: &Value::Null,
        return_url: None,
    }
}

/// Builds the provider request of a session.
pub(super) fn session_request<'a>(session: &'a PaymentSession, key: &'a str, attempt: u32) -> ProviderRequest<'a> {
    ProviderRequest {
        reference: &session.reference,
        amount: session.money(),
        key,
        operation_id: "",
        attempt,
        data: &session.data,
        return_url: session.return_url.as_deref(),
    }
}

impl PaymentError {
    /// Converts an error of a lookup, which says nothing about the effect of an earlier call: whatever the reason, the
    /// earlier call may have moved money.
    fn in_doubt(self) -> Self {
        match self {
            Self::Provider(ProviderError::Unavailable(why) | ProviderError::Misuse(why)) => {
                Self::Provider(ProviderError::Unknown(why))
            }
            Self::UnknownProvider => Self::Provider(ProviderError::Unknown("it is not configured any more".to_owned())),
            other => other,
        }
    }

    /// Returns the provider's refusal if the error is one: a call that no retry can make succeed.
    pub fn into_failure(self) -> Result<PaymentFailure, Self> {
        match self {
            Self::Provider(ProviderError::Declined(failure)) => Ok(failure),
            Self::Provider(ProviderError::Misuse(reason)) => Ok(PaymentFailure::new("misuse", reason)),
            other => Err(other),
        }
    }

    /// Creates the error for a provider's refusal.
    pub fn declined(failure: PaymentFailure) -> Self {
        Self::Provider(ProviderError::Declined(failure))
    }
}
