//! The payment status of an order. Pure: derived from its payments, never set.

use rust_decimal::Decimal;

use super::model::Payment;
use crate::kernel::string_enum;

string_enum! {
    /// The payment status of an order. It is derived from the payments of the order.
    PaymentStatus {
        /// Nothing has to be paid.
        NotRequired = "NOT_REQUIRED",
        /// Nothing is authorized.
        NotPaid = "NOT_PAID",
        /// A part of the amount is authorized.
        PartiallyAuthorized = "PARTIALLY_AUTHORIZED",
        /// The full amount is authorized.
        Authorized = "AUTHORIZED",
        /// A part of the amount is captured.
        PartiallyCaptured = "PARTIALLY_CAPTURED",
        /// The full amount is captured.
        Captured = "CAPTURED",
        /// All authorized amounts were voided.
        Voided = "VOIDED",
        /// All captured amounts were refunded.
        Refunded = "REFUNDED",
    }
}

string_enum! {
    /// How much of an order's total has been charged, after granted refunds are subtracted from the total. It is
    /// derived.
    ChargeStatus {
        /// Nothing has been charged.
        None = "NONE",
        /// A part has been charged.
        Partial = "PARTIAL",
        /// Exactly the total has been charged.
        Full = "FULL",
        /// More than the total has been charged: a refund was granted, but is not completed.
        Overcharged = "OVERCHARGED",
    }
}

string_enum! {
    /// The status of a refund. It is derived from its transaction events.
    RefundStatus {
        /// A provider was requested to refund and has not answered.
        Pending = "PENDING",
        /// The full amount was refunded.
        Succeeded = "SUCCEEDED",
        /// A part of the amount was refunded; the rest was not.
        Partial = "PARTIAL",
        /// Nothing was refunded.
        Failed = "FAILED",
    }
}

/// Returns how far payments cover a total (rule F9). Canceled items do not count toward the total.
pub fn status_of(total: Decimal, payments: &[Payment]) -> PaymentStatus {
    let sum = |amount: fn(&Payment) -> Decimal| payments.iter().map(amount).sum::<Decimal>();
    let (authorized, captured, voided) = (sum(|p| p.authorized), sum(|p| p.captured), sum(|p| p.voided));
    let charged = sum(Payment::charged);
    if total.is_zero() {
        PaymentStatus::NotRequired
    } else if captured > Decimal::ZERO && charged <= Decimal::ZERO {
        PaymentStatus::Refunded
    } else if captured >= total {
        PaymentStatus::Captured
    } else if captured > Decimal::ZERO {
        PaymentStatus::PartiallyCaptured
    } else if authorized.is_zero() {
        PaymentStatus::NotPaid
    } else if voided >= authorized {
        PaymentStatus::Voided
    } else if authorized - voided >= total {
        PaymentStatus::Authorized
    } else {
        PaymentStatus::PartiallyAuthorized
    }
}

/// Compares the charged amount with the total less granted refunds (rule F8). Canceled items are not part of the total;
/// only the amount granted beyond them is goodwill.
pub fn charge_status(total: Decimal, goodwill: Decimal, charged: Decimal) -> ChargeStatus {
    let due = (total - goodwill).max(Decimal::ZERO);
    if charged > due {
        ChargeStatus::Overcharged
    } else if charged == due {
        ChargeStatus::Full
    } else if charged > Decimal::ZERO {
        ChargeStatus::Partial
    } else {
        ChargeStatus::None
    }
}

/// Returns the status of a refund from its amount, the refunded amount and the pending amount.
pub(super) fn refund_status(amount: Decimal, given: Decimal, pending: Decimal) -> RefundStatus {
    if given >= amount {
        RefundStatus::Succeeded
    } else if pending > Decimal::ZERO {
        RefundStatus::Pending
    } else if given > Decimal::ZERO {
        RefundStatus::Partial
    } else {
        RefundStatus::Failed
    }
}

/// Allocates a refund to payments in the given order, newest first, up to each one's refundable amount (rule F10).
/// Returns `None` when they cannot cover the amount together.
pub(super) fn allocate<T: Copy>(amount: Decimal, refundable: &[(T, Decimal)]) -> Option<Vec<(T, Decimal)>> {
    let mut left = amount;
    let mut parts = Vec::new();
    for (payment, most) in refundable {
        let part = left.min(*most);
        if part > Decimal::ZERO {
            parts.push((*payment, part));
            left -= part;
        }
    }
    left.is_zero().then_some(parts)
}

#[cfg(test)]
mod tests {
    use super::{ChargeStatus, PaymentStatus, RefundStatus, allocate, charge_status, refund_status, status_of};
    use crate::domain::payments::model::Payment;
    use crate::kernel::clock::Timestamp;
    use rust_decimal::Decimal;

    fn payment((authorized, captured, voided, refunded): (i64, i64, i64, i64)) -> Payment {
        Payment {
            authorized: Decimal::from(authorized),
            captured: Decimal::from(captured),
            voided: Decimal::from(voided),
            refunded: Decimal::from(refunded),
            ..Payment::new("EUR".parse().unwrap(), Timestamp::UNIX_EPOCH)
        }
    }

    #[test]
    fn f9_payment_status_is_derived_from_the_payments() {
        type Case = (i64, &'static [(i64, i64, i64, i64)], PaymentStatus);
        let cases: [Case; 11] = [
            (0, &[], PaymentStatus::NotRequired),
            (22, &[], PaymentStatus::NotPaid),
            (22, &[(0, 0, 0, 0)], PaymentStatus::NotPaid),
            (22, &[(22, 0, 0, 0)], PaymentStatus::Authorized),
            (22, &[(10, 0, 0, 0), (0, 0, 0, 0)], PaymentStatus::PartiallyAuthorized),
            (22, &[(10, 10, 0, 0), (12, 12, 0, 0)], PaymentStatus::Captured),
            (22, &[(10, 10, 0, 0), (12, 12, 0, 0), (9, 0, 9, 0)], PaymentStatus::Captured),
            (20, &[(10, 10, 0, 0), (10, 5, 0, 0)], PaymentStatus::PartiallyCaptured),
            (22, &[(22, 0, 22, 0)], PaymentStatus::Voided),
            (22, &[(22, 22, 0, 22)], PaymentStatus::Refunded),
            (22, &[(22, 22, 0, 5)], PaymentStatus::Captured),
        ];
        for (total, payments, want) in cases {
            let payments: Vec<_> = payments.iter().copied().map(payment).collect();
            assert_eq!(status_of(Decimal::from(total), &payments), want, "{payments:?}");
        }
    }

    #[test]
    fn f8_charge_status_compares_what_is_charged_with_the_total_less_granted_refunds() {
        let cases = [
            ("10.40", "0", ChargeStatus::None),
            ("98.40", "0", ChargeStatus::Full),
            ("0", "11", ChargeStatus::Partial),
            ("88.40", "10", ChargeStatus::Full),
            ("0", "98.40", ChargeStatus::Full),
            ("88.40", "98.40", ChargeStatus::Overcharged),
        ];
        let amount = |text: &str| text.parse::<Decimal>().unwrap();
        for (goodwill, charged, want) in cases {
            assert_eq!(charge_status(amount("98.40"), amount(goodwill), amount(charged)), want, "{goodwill} {charged}");
        }
        assert_eq!(charge_status(Decimal::ZERO, Decimal::TEN, Decimal::ZERO), ChargeStatus::Full, "all was canceled");
    }

    #[test]
    fn f10_a_refund_goes_to_the_newest_payment_first_and_never_beyond_what_each_received() {
        let parts = |amount: i64, most: &[(u8, i64)]| {
            let most: Vec<_> = most.iter().map(|(id, most)| (*id, Decimal::from(*most))).collect();
            allocate(Decimal::from(amount), &most)
        };
        let want = |parts: &[(u8, i64)]| Some(parts.iter().map(|(id, part)| (*id, Decimal::from(*part))).collect());
        assert_eq!(parts(40, &[(1, 30), (2, 20)]), want(&[(1, 30), (2, 10)]));
        assert_eq!(parts(10, &[(1, 30), (2, 20)]), want(&[(1, 10)]));
        assert_eq!(parts(10, &[(1, 0), (2, 20)]), want(&[(2, 10)]));
        assert_eq!(parts(51, &[(1, 30), (2, 20)]), None);
    }

    #[test]
    fn a_refund_is_as_far_as_its_parts() {
        let status = |given: i64, pending: i64| refund_status(Decimal::TEN, given.into(), pending.into());
        assert_eq!((status(10, 0), status(4, 6)), (RefundStatus::Succeeded, RefundStatus::Pending));
        assert_eq!((status(4, 0), status(0, 0)), (RefundStatus::Partial, RefundStatus::Failed));
    }
}
