//! Asking providers: outside of transactions, and not while one is known to be away.

use std::sync::Arc;

use serde_json::Value;

use super::moves::AskedMove;
use super::provider::{Ask, Moved, PaymentProvider, ProviderError, Standing};
use super::{Failure, MoneyKind, PaymentError, PaymentSession, Payments};
use crate::kernel::money::Money;

impl Payments {
    /// Has a session's amount held, as far as that is for us to do, and says where it stands; a refusal is a
    /// [`Standing::Failed`]. Outside of transactions. From the second attempt on the provider is first asked what came of
    /// the one before (rule F11).
    pub async fn authorize(&self, session: &PaymentSession, key: &str, attempt: u32) -> Result<Standing, PaymentError> {
        if attempt > 1 {
            match self.find(session).await? {
                // What the shopper has done meanwhile shows when it is asked for again.
                Standing::Open | Standing::ActionRequired(_) => {}
                known => return Ok(known),
            }
        }
        let provider = self.admitted(&session.provider)?;
        let outcome = provider.authorize(&ask_of(session, key, attempt)).await;
        match self.learned(&session.provider, outcome) {
            Err(PaymentError::Provider(ProviderError::Declined(failure))) => Ok(Standing::Failed(failure)),
            other => other,
        }
    }

    /// Where a session stands with its provider, changing nothing. Outside of transactions.
    pub async fn find(&self, session: &PaymentSession) -> Result<Standing, PaymentError> {
        let outcome = self.admitted(&session.provider)?.find(&session.reference).await;
        self.learned(&session.provider, outcome)
    }

    /// Has a provider do what was asked for. Outside of transactions, unless the provider is not outside. From the second
    /// attempt on the provider is first asked what came of the one before (rule F11).
    pub async fn perform(&self, asked: &AskedMove, key: &str, attempt: u32) -> Result<Moved, PaymentError> {
        if attempt > 1 {
            // As long as that cannot be found out, it is not known that nothing happened.
            let known = self.find_move(asked, key).await.map_err(PaymentError::in_doubt)?;
            if let Some(moved) = known {
                return Ok(moved);
            }
        }
        let provider = self.admitted(&asked.provider)?;
        let request = asked.id.to_string();
        let ask = ask_for(asked, key, &request, attempt);
        let outcome = match asked.kind {
            MoneyKind::Capture => provider.capture(&ask).await,
            MoneyKind::Void => provider.void(&ask).await,
            MoneyKind::Refund => provider.refund(&ask).await,
            MoneyKind::Authorize | MoneyKind::Chargeback | MoneyKind::Adjust => {
                Err(ProviderError::Misuse(format!("{} is not asked for", asked.kind.word())))
            }
        };
        self.learned(&asked.provider, outcome)
    }

    /// What came of what was asked for, as far as its provider knows. Outside of transactions.
    pub async fn find_move(&self, asked: &AskedMove, key: &str) -> Result<Option<Moved>, PaymentError> {
        let request = asked.id.to_string();
        let ask = ask_for(asked, key, &request, 1);
        let found = self.admitted(&asked.provider)?.find_move(asked.kind, &ask).await;
        self.learned(&asked.provider, found)
    }

    /// The provider, when it is there and not left alone.
    pub(super) fn admitted(&self, name: &str) -> Result<&Arc<dyn PaymentProvider>, PaymentError> {
        let provider = self.providers.get(name).ok_or(PaymentError::UnknownProvider)?;
        self.breaker.admit(name, self.clock.now())?;
        Ok(provider)
    }

    /// What came of a call, remembered for the next ones.
    pub(super) fn learned<T>(&self, name: &str, outcome: Result<T, ProviderError>) -> Result<T, PaymentError> {
        self.breaker.learn(name, &outcome, self.clock.now());
        Ok(outcome?)
    }
}

/// A call about money that was asked for.
fn ask_for<'a>(asked: &'a AskedMove, key: &'a str, request: &'a str, attempt: u32) -> Ask<'a> {
    Ask {
        reference: &asked.reference,
        amount: Money::new(asked.amount, asked.currency),
        key,
        request,
        attempt,
        data: &Value::Null,
        return_url: None,
    }
}

/// A call about a session.
pub(super) fn ask_of<'a>(session: &'a PaymentSession, key: &'a str, attempt: u32) -> Ask<'a> {
    Ask {
        reference: &session.reference,
        amount: session.money(),
        key,
        request: "",
        attempt,
        data: &session.data,
        return_url: session.return_url.as_deref(),
    }
}

impl PaymentError {
    /// The same for a call that says nothing about whether an earlier one had its effect: whatever it was refused for, the
    /// earlier one may have moved money.
    fn in_doubt(self) -> Self {
        match self {
            Self::Provider(ProviderError::Unavailable(why) | ProviderError::Misuse(why)) => {
                Self::Provider(ProviderError::Unknown(why))
            }
            Self::UnknownProvider => Self::Provider(ProviderError::Unknown("it is not configured any more".to_owned())),
            other => other,
        }
    }

    /// The provider's refusal, when it is one: a call that will not succeed however often it is tried.
    pub fn into_failure(self) -> Result<Failure, Self> {
        match self {
            Self::Provider(ProviderError::Declined(failure)) => Ok(failure),
            Self::Provider(ProviderError::Misuse(reason)) => Ok(Failure::new("misuse", reason)),
            other => Err(other),
        }
    }

    /// A refusal of a provider as an error.
    pub fn declined(failure: Failure) -> Self {
        Self::Provider(ProviderError::Declined(failure))
    }
}
