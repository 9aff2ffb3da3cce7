//! Asking providers: outside of transactions, and not while one is known to be away.

use std::time::Duration;

use serde_json::Value;
use tokio::time::timeout;

use super::moves::AskedMove;
use super::provider::{Ask, Moved, PaymentProvider, ProviderError, Standing};
use super::{Failure, MoneyKind, PaymentError, PaymentSession, Payments};
use crate::kernel::money::Money;

/// How long an answer may take: less than the steps of workflows wait. Providers' own libraries wait longer, shoppers do not.
const ANSWER: Duration = Duration::from_secs(9);

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
        let ask = ask_of(session, key, attempt);
        let outcome = self.admitted(&session.provider)?.authorize(&ask);
        match self.answer(&session.provider, outcome).await {
            Err(PaymentError::Provider(ProviderError::Declined(failure))) => Ok(Standing::Failed(failure)),
            other => other,
        }
    }

    /// Where a session stands with its provider, changing nothing. Outside of transactions.
    pub async fn find(&self, session: &PaymentSession) -> Result<Standing, PaymentError> {
        let outcome = self.provider(&session.provider)?.find(&session.reference);
        self.answer(&session.provider, outcome).await
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
            MoneyKind::Capture => provider.capture(&ask),
            MoneyKind::Void => provider.void(&ask),
            MoneyKind::Refund => provider.refund(&ask),
            MoneyKind::Authorize | MoneyKind::Chargeback | MoneyKind::Adjust => {
                return Err(ProviderError::Misuse(format!("{} is not asked for", asked.kind.word())).into());
            }
        };
        self.answer(&asked.provider, outcome).await
    }

    /// What came of what was asked for, as far as its provider knows. Outside of transactions.
    pub async fn find_move(&self, asked: &AskedMove, key: &str) -> Result<Option<Moved>, PaymentError> {
        let request = asked.id.to_string();
        let ask = ask_for(asked, key, &request, 1);
        let found = self.provider(&asked.provider)?.find_move(asked.kind, &ask);
        self.answer(&asked.provider, found).await
    }

    /// The provider, to ask it what came of an earlier call: also while it is left alone, because somebody waits for that,
    /// and an answer ends it.
    pub(super) fn provider(&self, name: &str) -> Result<&dyn PaymentProvider, PaymentError> {
        self.providers.get(name).map(AsRef::as_ref).ok_or(PaymentError::UnknownProvider)
    }

    /// The provider, to have it do something, unless it is left alone.
    pub(super) fn admitted(&self, name: &str) -> Result<&dyn PaymentProvider, PaymentError> {
        let provider = self.provider(name)?;
        self.breaker.admit(name, self.clock.now())?;
        Ok(provider)
    }

    /// A provider's answer, or that it takes too long; remembered for the next calls.
    pub(super) async fn answer<T>(
        &self,
        name: &str,
        calling: impl Future<Output = Result<T, ProviderError>>,
    ) -> Result<T, PaymentError> {
        let late = |_| Err(ProviderError::Unknown("no answer in time".to_owned()));
        let outcome = timeout(ANSWER, calling).await.unwrap_or_else(late);
        self.breaker.learn(name, &outcome, self.clock.now());
        if let Err(error @ (ProviderError::Unavailable(_) | ProviderError::Unknown(_) | ProviderError::Misuse(_))) =
            &outcome
        {
            tracing::warn!(provider = name, %error, "A call of the payment provider {name} failed");
        }
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
