//! The status transitions of a session. Pure: never backward, whatever arrives late.

use super::model::SessionStatus::{
    self, ActionRequired, Authorized, Canceled, Completed, Created, Expired, Failed, Pending,
};
use super::provider::ProviderStatus;

/// Returns the session's next status after the provider reported its own.
pub(super) fn advance(from: SessionStatus, provider_status: &ProviderStatus) -> SessionStatus {
    match (from, provider_status) {
        (Completed | Canceled | Failed | Expired, _) | (_, ProviderStatus::Open) => from,
        (_, ProviderStatus::Canceled) => Canceled,
        // A late report from before the authorization does not undo it.
        (Authorized, _) => Authorized,
        (Created | ActionRequired | Pending, provider_status) => match provider_status {
            ProviderStatus::ActionRequired(_) => ActionRequired,
            ProviderStatus::Pending => Pending,
            ProviderStatus::Authorized { .. } => Authorized,
            ProviderStatus::Failed(_) => Failed,
            ProviderStatus::Open | ProviderStatus::Canceled => from,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::super::model::{Action, PaymentFailure};
    use super::{
        ActionRequired, Authorized, Canceled, Completed, Created, Expired, Failed, Pending, ProviderStatus, advance,
    };
    use rust_decimal::Decimal;

    #[test]
    fn h_sessions_never_move_backward() {
        let held = ProviderStatus::Authorized { amount: Decimal::ONE, captured: Decimal::ZERO };
        let (action, failed) =
            (ProviderStatus::ActionRequired(Action::default()), ProviderStatus::Failed(PaymentFailure::default()));
        let cases = [
            (Created, &ProviderStatus::Open, Created),
            (Created, &action, ActionRequired),
            (ActionRequired, &ProviderStatus::Pending, Pending),
            (Pending, &action, ActionRequired),
            (Pending, &held, Authorized),
            (Created, &failed, Failed),
            (Authorized, &ProviderStatus::Pending, Authorized),
            (Authorized, &action, Authorized),
            (Authorized, &failed, Authorized),
            (Authorized, &ProviderStatus::Canceled, Canceled),
            (Completed, &failed, Completed),
            (Completed, &ProviderStatus::Canceled, Completed),
            (Canceled, &held, Canceled),
            (Failed, &held, Failed),
            (Expired, &held, Expired),
        ];
        for (from, provider_status, want) in cases {
            assert_eq!(advance(from, provider_status), want, "{from:?} {provider_status:?}");
        }
    }
}
