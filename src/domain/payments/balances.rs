//! Computes balances from events (rules F4 to F7). Pure: neither the order nor repetition of events changes the result.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::model::{Payment, TransactionEvent, TransactionKind, TransactionResult};
use crate::kernel::clock::Timestamp;
use crate::kernel::ids::RefundId;

/// The balances of a payment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Balances {
    pub(super) authorized: Decimal,
    pub(super) captured: Decimal,
    pub(super) voided: Decimal,
    pub(super) refunded: Decimal,
    pub(super) charged_back: Decimal,
    pub(super) pending_authorize: Decimal,
    pub(super) pending_capture: Decimal,
    pub(super) pending_void: Decimal,
    pub(super) pending_refund: Decimal,
}

impl Balances {
    /// Copies the balances to a payment.
    pub(super) fn put(self, payment: &mut Payment) {
        payment.authorized = self.authorized;
        payment.captured = self.captured;
        payment.voided = self.voided;
        payment.refunded = self.refunded;
        payment.charged_back = self.charged_back;
        payment.pending_authorize = self.pending_authorize;
        payment.pending_capture = self.pending_capture;
        payment.pending_void = self.pending_void;
        payment.pending_refund = self.pending_refund;
    }
}

/// Computes the balances of one payment from its events.
pub(super) fn balances_of(events: &[TransactionEvent]) -> Balances {
    let of = |kind: TransactionKind| total(&events.iter().filter(|event| event.kind == kind).collect::<Vec<_>>(), None);
    let (capture, void, refund) =
        (of(TransactionKind::Capture), of(TransactionKind::Void), of(TransactionKind::Refund));
    let authorize = authorize(events);
    Balances {
        authorized: authorize.done,
        captured: capture.done,
        voided: void.done,
        refunded: refund.done,
        charged_back: of(TransactionKind::Chargeback).done,
        pending_authorize: authorize.pending,
        pending_capture: capture.pending,
        pending_void: void.pending,
        pending_refund: refund.pending,
    }
}

/// Returns the refunded and the pending amount of a refund: its requests and everything that answers them.
pub(super) fn refund_balance(events: &[TransactionEvent], refund: RefundId) -> (Decimal, Decimal) {
    let refunds: Vec<_> = events.iter().filter(|event| event.kind == TransactionKind::Refund).collect();
    let operations = operations(&refunds);
    let own: Vec<_> = operations
        .values()
        .filter(|operation| operation.rows.iter().any(|row| row.refund_id == Some(refund)))
        .collect();
    let reversed = |operation: &&Operation<'_>| -> Decimal {
        let named = |row: &&&TransactionEvent| operation.rows.iter().any(|own| own.reference == row.reference);
        let reversals =
            refunds.iter().filter(|row| row.result == TransactionResult::Reverse && !row.reference.is_empty());
        reversals.filter(named).map(|row| row.amount).sum()
    };
    let given: Decimal = own.iter().map(|operation| operation.done(None) - reversed(operation)).sum();
    (given, own.iter().map(|operation| operation.pending()).sum())
}

#[derive(Default)]
struct Total {
    done: Decimal,
    pending: Decimal,
}

/// The authorized amount: counted from the provider's newest adjustment on, if there is one (rule F7).
fn authorize(events: &[TransactionEvent]) -> Total {
    let adjustments = events
        .iter()
        .filter(|event| event.kind == TransactionKind::Adjust && event.result == TransactionResult::Success);
    let newest = adjustments.max_by_key(|event| (event.occurred_at, event.amount));
    let promises: Vec<_> = events.iter().filter(|event| event.kind == TransactionKind::Authorize).collect();
    let found = total(&promises, newest.map(|event| event.occurred_at));
    Total { done: newest.map_or(Decimal::ZERO, |event| event.amount) + found.done, ..found }
}

/// The rows of one request and its answers, or rows that share a reference.
#[derive(Default)]
struct Operation<'a> {
    rows: Vec<&'a TransactionEvent>,
}

impl Operation<'_> {
    fn of(&self, result: TransactionResult) -> impl Iterator<Item = &&TransactionEvent> {
        self.rows.iter().filter(move |row| row.result == result)
    }

    /// The amount that succeeded: a failure newer than a success cancels it.
    fn done(&self, since: Option<Timestamp>) -> Decimal {
        let failed = self.of(TransactionResult::Failure).map(|row| row.occurred_at).max();
        let lasted = |row: &&&TransactionEvent| failed.is_none_or(|failed| failed <= row.occurred_at);
        let counts = |row: &&&TransactionEvent| since.is_none_or(|since| row.occurred_at > since);
        let done = self.of(TransactionResult::Success).filter(lasted).filter(counts).map(|row| row.amount);
        // A request succeeds once, however many references its success has.
        if self.is_request() { done.max().unwrap_or_default() } else { done.sum() }
    }

    fn is_request(&self) -> bool {
        self.rows.iter().any(|row| !row.key.is_empty())
    }

    /// The requested amount, unless it was answered.
    fn pending(&self) -> Decimal {
        let answered =
            self.rows.iter().any(|row| matches!(row.result, TransactionResult::Success | TransactionResult::Failure));
        let operation = self.of(TransactionResult::Request).map(|row| row.amount).max();
        if answered { Decimal::ZERO } else { operation.unwrap_or_default() }
    }
}

/// Totals events of one kind, ignoring those not newer than `since`.
fn total(events: &[&TransactionEvent], since: Option<Timestamp>) -> Total {
    let operations = operations(events);
    let counts = |row: &&&TransactionEvent| since.is_none_or(|since| row.occurred_at > since);
    let reversed: Decimal =
        events.iter().filter(|row| row.result == TransactionResult::Reverse).filter(counts).map(|row| row.amount).sum();
    let done: Decimal = operations.values().map(|operation| operation.done(since)).sum();
    Total { done: (done - reversed).max(Decimal::ZERO), pending: operations.values().map(Operation::pending).sum() }
}

/// Matches answers to requests: by the request's key, or by a reference that some row has together with a key.
fn operations<'a>(events: &[&'a TransactionEvent]) -> BTreeMap<(u8, String), Operation<'a>> {
    let mut keys: BTreeMap<&str, &str> = BTreeMap::new();
    for row in events.iter().filter(|row| !row.key.is_empty() && !row.reference.is_empty()) {
        let key = keys.entry(&row.reference).or_insert(&row.key);
        *key = (*key).min(row.key.as_str());
    }
    let mut operations: BTreeMap<(u8, String), Operation<'a>> = BTreeMap::new();
    for row in events.iter().filter(|row| row.result != TransactionResult::Reverse) {
        let name = match (keys.get(row.reference.as_str()), row.key.as_str(), row.reference.as_str()) {
            (Some(key), ..) => (0, (*key).to_owned()),
            (None, "", "") => (2, row.id.to_string()),
            (None, "", reference) => (1, reference.to_owned()),
            (None, key, _) => (0, key.to_owned()),
        };
        operations.entry(name).or_default().rows.push(row);
    }
    operations
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use proptest::prelude::*;
    use rust_decimal::Decimal;

    use super::{Balances, balances_of};
    use crate::domain::payments::event::{EventOrigin, PaymentEvent};
    use crate::domain::payments::model::{TransactionEvent, TransactionKind, TransactionResult};
    use crate::kernel::clock::Timestamp;
    use crate::kernel::ids::PaymentId;
    use TransactionKind::{Adjust, Authorize, Capture, Chargeback, Refund, Void};
    use TransactionResult::{Failure, Request, Reverse, Success};

    /// An event: kind, result, amount, provider's reference, the request's key, and the second it happened.
    type Row = (TransactionKind, TransactionResult, i64, &'static str, &'static str, i64);

    fn event((kind, result, amount, reference, key, second): Row) -> TransactionEvent {
        let at = Timestamp::UNIX_EPOCH + TimeDelta::seconds(second);
        let event = PaymentEvent::new(kind, result, Decimal::from(amount), reference).with_key(key);
        EventOrigin::by_api(at).row(PaymentId::default(), event, at)
    }

    /// Stores an event as the table does: duplicates once.
    fn arrive(known: &mut Vec<TransactionEvent>, new: &TransactionEvent) {
        let name = |row: &TransactionEvent| (row.kind, row.result, row.reference.clone());
        let key = |row: &TransactionEvent| (row.kind, row.result, row.key.clone());
        let same = |row: &TransactionEvent| match (new.reference.as_str(), new.key.as_str()) {
            ("", "") => row.id == new.id,
            ("", _) => row.reference.is_empty() && key(row) == key(new),
            _ => name(row) == name(new),
        };
        if !known.iter().any(same) {
            known.push(new.clone());
        }
    }

    fn balances(rows: &[Row]) -> Balances {
        let mut known = Vec::new();
        rows.iter().for_each(|row| arrive(&mut known, &event(*row)));
        balances_of(&known)
    }

    fn charged(rows: &[Row]) -> i64 {
        let found = balances(rows);
        i64::try_from((found.captured - found.refunded - found.charged_back).mantissa()).unwrap()
    }

    #[test]
    fn f4_a_duplicate_event_counts_once() {
        let once = (Capture, Success, 10, "c1", "", 1);
        assert_eq!(charged(&[once, once]), 10);
        assert_eq!(charged(&[once, (Capture, Failure, 10, "c1", "", 2)]), 0);
        assert_eq!(charged(&[(Capture, Failure, 10, "c1", "", 2), once]), 0, "whichever comes first");
        assert_eq!(charged(&[once, (Capture, Failure, 10, "c1", "", 0)]), 10, "an older failure does not");
        assert_eq!(charged(&[once, (Capture, Success, 10, "c2", "", 1)]), 20, "another one counts");
    }

    #[test]
    fn f5_pending_amounts_are_separate() {
        let operation = (Capture, Request, 10, "", "k", 1);
        let found = balances(&[operation]);
        assert_eq!((found.captured, found.pending_capture), (Decimal::ZERO, Decimal::TEN));
        let answered: [&[Row]; 3] = [
            &[(Capture, Success, 10, "c1", "k", 2)],
            // The webhook event came first, and the provider's answer only links it to the request.
            &[(Capture, Success, 10, "c1", "", 2), (Capture, Request, 10, "c1", "k", 3)],
            &[(Capture, Request, 10, "c1", "k", 3), (Capture, Success, 10, "c1", "", 2)],
        ];
        for answers in answered {
            let found = balances(&[&[operation], answers].concat());
            assert_eq!((found.captured, found.pending_capture), (Decimal::TEN, Decimal::ZERO), "{answers:?}");
        }
        let refused = balances(&[operation, (Capture, Failure, 10, "", "k", 2)]);
        assert_eq!(refused, Balances::default());
    }

    #[test]
    fn f6_a_chargeback_lowers_what_is_charged_and_a_reversal_restores_it() {
        let two = [(Capture, Success, 11, "a", "", 1), (Capture, Success, 12, "b", "", 1)];
        assert_eq!(charged(&[two[0], two[1], (Chargeback, Success, 10, "d", "", 2)]), 13);
        let rows = [
            (Capture, Success, 40, "c", "", 1),
            (Refund, Success, 11, "r1", "", 2),
            (Refund, Success, 12, "r2", "", 2),
            (Refund, Reverse, 10, "r1", "", 3),
        ];
        assert_eq!((charged(&rows), balances(&rows).refunded), (27, Decimal::from(13)));
    }

    #[test]
    fn f7_an_adjustment_overrides_what_was_promised_before_it() {
        let rows = [(Authorize, Success, 60, "a", "", 1), (Adjust, Success, 100, "x", "", 2)];
        assert_eq!(balances(&rows).authorized, Decimal::ONE_HUNDRED);
        let later = [rows[1], rows[0], (Authorize, Success, 5, "b", "", 3)];
        assert_eq!(balances(&later).authorized, Decimal::from(105));
    }

    #[test]
    fn f1_f2_f3_balances_say_what_is_left() {
        let rows = [
            (Authorize, Success, 100, "a", "", 1),
            (Capture, Success, 40, "c", "", 2),
            (Void, Success, 60, "v", "", 3),
            (Refund, Request, 25, "", "k", 4),
        ];
        let found = balances(&rows);
        assert_eq!((found.authorized, found.captured, found.voided), (100.into(), 40.into(), 60.into()));
        assert_eq!((found.refunded, found.pending_refund), (Decimal::ZERO, 25.into()));
    }

    fn any_event() -> impl Strategy<Value = TransactionEvent> {
        let kind = prop::sample::select(TransactionKind::ALL);
        let result = prop::sample::select(TransactionResult::ALL);
        let names =
            prop::sample::select(vec![("", "k1"), ("", "k2"), ("r1", ""), ("r2", ""), ("r1", "k1"), ("r3", "k3")]);
        // One amount and one time per reference: a duplicate event carries the same figures.
        (kind, result, names).prop_map(|(kind, result, (reference, key))| {
            let figure = 10 + 7 * reference.len() as i64 + i64::from(key.bytes().last().unwrap_or(b'0'));
            let second =
                figure % 5 + TransactionResult::ALL.iter().position(|known| *known == result).unwrap_or(0) as i64;
            event((kind, result, figure, reference, key, second))
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn f4_any_order_and_any_repetition_of_arrival_gives_the_same_balances(
            (events, arrivals) in prop::collection::vec(any_event(), 0..12)
                .prop_flat_map(|events| (Just(events.clone()), Just([events.clone(), events].concat()).prop_shuffle()))
        ) {
            // Only distinct events: two with one reference but other figures would not be the same event.
            let mut plain = Vec::new();
            events.iter().for_each(|event| arrive(&mut plain, event));
            let payment_events: Vec<_> = arrivals.iter().filter(|event| plain.iter().any(|known| known.id == event.id)).collect();
            let mut shuffled = Vec::new();
            payment_events.iter().for_each(|event| arrive(&mut shuffled, event));
            prop_assert_eq!(balances_of(&plain), balances_of(&shuffled));
        }
    }
}
