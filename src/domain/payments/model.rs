//! The words of this domain.

use diesel::prelude::*;
use rust_decimal::Decimal;

use crate::db::schema::{payment_sessions, payments};
use crate::kernel::clock::Timestamp;
use crate::kernel::ids::{CartId, OrderId, PaymentId, PaymentSessionId};
use crate::kernel::money::Currency;
use crate::kernel::words;

words! {
    /// Where a payment session stands.
    SessionStatus {
        /// The provider holds the amount.
        Authorized = "AUTHORIZED",
        /// It pays an order.
        Bound = "BOUND",
        /// It was replaced or given up.
        Cancelled = "CANCELLED",
    }
}

/// A shopper's promise to pay one amount for one version of a cart.
#[derive(Clone, Debug, PartialEq, Queryable, Selectable, Insertable)]
#[diesel(table_name = payment_sessions)]
pub struct PaymentSession {
    /// Id.
    pub id: PaymentSessionId,
    /// For which cart.
    pub cart_id: CartId,
    /// The provider's name.
    pub provider: String,
    /// The cart's currency.
    pub currency: Currency,
    /// The cart's total when the session was opened, in major units.
    pub amount: Decimal,
    /// The cart's version then.
    pub cart_version: i32,
    /// Where it stands.
    pub status: SessionStatus,
    /// What the provider calls it.
    pub reference: String,
    /// When it was opened.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// Money held, taken, let go and given back for an order. All amounts in major units.
#[derive(Clone, Debug, PartialEq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = payments)]
pub struct Payment {
    /// Id.
    pub id: PaymentId,
    /// For which order.
    pub order_id: OrderId,
    /// From which session.
    pub session_id: PaymentSessionId,
    /// The provider's name.
    pub provider: String,
    /// What the provider calls it.
    pub reference: String,
    /// The order's currency.
    pub currency: Currency,
    /// What was promised.
    pub authorized: Decimal,
    /// What was taken of it.
    pub captured: Decimal,
    /// What was let go of it.
    pub voided: Decimal,
    /// What was given back of what was taken.
    pub refunded: Decimal,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

impl Payment {
    /// What can still be taken.
    pub fn capturable(&self) -> Decimal {
        self.authorized - self.captured - self.voided
    }
}

words! {
    /// How far an order is paid. Derived from its payments, never set.
    PaymentStatus {
        /// There is nothing to pay.
        NotRequired = "NOT_REQUIRED",
        /// Nothing is promised.
        NotPaid = "NOT_PAID",
        /// The money is held.
        Authorized = "AUTHORIZED",
        /// A part was taken.
        PartiallyCaptured = "PARTIALLY_CAPTURED",
        /// All was taken.
        Captured = "CAPTURED",
        /// All that was held was let go.
        Voided = "VOIDED",
        /// All that was taken was given back.
        Refunded = "REFUNDED",
    }
}

/// How far payments cover a total (rule F9).
pub fn status_of(total: Decimal, payments: &[Payment]) -> PaymentStatus {
    let sum = |amount: fn(&Payment) -> Decimal| payments.iter().map(amount).sum::<Decimal>();
    let (authorized, captured, voided, refunded) =
        (sum(|p| p.authorized), sum(|p| p.captured), sum(|p| p.voided), sum(|p| p.refunded));
    if total.is_zero() {
        PaymentStatus::NotRequired
    } else if authorized.is_zero() {
        PaymentStatus::NotPaid
    } else if captured > Decimal::ZERO && refunded == captured {
        PaymentStatus::Refunded
    } else if captured >= total {
        PaymentStatus::Captured
    } else if captured > Decimal::ZERO {
        PaymentStatus::PartiallyCaptured
    } else if voided >= authorized {
        PaymentStatus::Voided
    } else {
        PaymentStatus::Authorized
    }
}

#[cfg(test)]
mod tests {
    use super::{Payment, PaymentStatus, status_of};
    use crate::kernel::clock::Timestamp;
    use crate::kernel::ids::{OrderId, PaymentId, PaymentSessionId};
    use rust_decimal::Decimal;

    fn payment((authorized, captured, voided, refunded): (i64, i64, i64, i64)) -> Payment {
        Payment {
            id: PaymentId::new(),
            order_id: OrderId::new(),
            session_id: PaymentSessionId::new(),
            provider: "manual".to_owned(),
            reference: String::new(),
            currency: "EUR".parse().unwrap(),
            authorized: Decimal::from(authorized),
            captured: Decimal::from(captured),
            voided: Decimal::from(voided),
            refunded: Decimal::from(refunded),
            created_at: Timestamp::UNIX_EPOCH,
            updated_at: Timestamp::UNIX_EPOCH,
        }
    }

    #[test]
    fn f9_payment_status_is_derived_from_the_payments() {
        type Case = (i64, &'static [(i64, i64, i64, i64)], PaymentStatus);
        let cases: [Case; 8] = [
            (0, &[], PaymentStatus::NotRequired),
            (22, &[], PaymentStatus::NotPaid),
            (22, &[(22, 0, 0, 0)], PaymentStatus::Authorized),
            (22, &[(10, 10, 0, 0), (12, 12, 0, 0)], PaymentStatus::Captured),
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
}
