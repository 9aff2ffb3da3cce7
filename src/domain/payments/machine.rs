//! Where a session goes from where it is. Pure: never backwards, whatever comes late.

use super::model::SessionStatus::{
    self, ActionRequired, Authorized, Bound, Cancelled, Created, Expired, Failed, Pending,
};
use super::provider::Standing;

/// The state of a session once its provider has said where it stands.
pub(super) fn advance(from: SessionStatus, standing: &Standing) -> SessionStatus {
    match (from, standing) {
        (Bound | Cancelled | Failed | Expired, _) | (_, Standing::Open) => from,
        (_, Standing::Cancelled) => Cancelled,
        // What is held is not lost by something that was told before it and comes late.
        (Authorized, _) => Authorized,
        (Created | ActionRequired | Pending, standing) => match standing {
            Standing::ActionRequired(_) => ActionRequired,
            Standing::Pending => Pending,
            Standing::Authorized { .. } => Authorized,
            Standing::Failed(_) => Failed,
            Standing::Open | Standing::Cancelled => from,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::super::model::{Action, Failure};
    use super::{ActionRequired, Authorized, Bound, Cancelled, Created, Expired, Failed, Pending, Standing, advance};
    use rust_decimal::Decimal;

    #[test]
    fn h_a_session_goes_forwards_only() {
        let held = Standing::Authorized { amount: Decimal::ONE, captured: Decimal::ZERO };
        let (action, failed) = (Standing::ActionRequired(Action::default()), Standing::Failed(Failure::default()));
        let cases = [
            (Created, &Standing::Open, Created),
            (Created, &action, ActionRequired),
            (ActionRequired, &Standing::Pending, Pending),
            (Pending, &action, ActionRequired),
            (Pending, &held, Authorized),
            (Created, &failed, Failed),
            (Authorized, &Standing::Pending, Authorized),
            (Authorized, &action, Authorized),
            (Authorized, &failed, Authorized),
            (Authorized, &Standing::Cancelled, Cancelled),
            (Bound, &failed, Bound),
            (Bound, &Standing::Cancelled, Bound),
            (Cancelled, &held, Cancelled),
            (Failed, &held, Failed),
            (Expired, &held, Expired),
        ];
        for (from, standing, want) in cases {
            assert_eq!(advance(from, standing), want, "{from:?} {standing:?}");
        }
    }
}
