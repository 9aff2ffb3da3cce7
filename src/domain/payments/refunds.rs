//! Granted refunds, orders marked as paid, and the payments of canceled orders.

use rust_decimal::Decimal;

use super::balances::refund_balance;
use super::event::{EventOrigin, PaymentEvent};
use super::model::{Payment, Refund, TransactionKind, TransactionResult, TransactionSource};
use super::operations::{NewPaymentOperation, PaymentOperation};
use super::status::{RefundStatus, allocate, refund_status};
use super::{PaymentError, Payments, repo};
use crate::db::{self, Conn};
use crate::kernel::ids::{OrderId, PaymentId, RefundId, StaffId};
use crate::kernel::money::{Currency, Money};
use crate::kernel::text::Validator;

/// A refund to grant.
#[derive(Clone, Debug)]
pub struct GrantRefund {
    /// The order it belongs to.
    pub order: OrderId,
    /// The amount, in major units; `None` for the whole refundable amount.
    pub amount: Option<Decimal>,
    /// The payment to refund; `None` allocates the amount to all payments, newest first (rule F10).
    pub payment: Option<PaymentId>,
    /// The reason.
    pub reason: String,
    /// The staff user who grants it; `None` for the system.
    pub staff: Option<StaffId>,
}

/// The money to return for an order.
#[derive(Clone, Debug)]
pub struct NewRefund {
    /// The order.
    pub order: OrderId,
    /// The captured amount to refund, in major units.
    pub refund: Decimal,
    /// The amount paid in excess of the amount due.
    pub overpaid: Decimal,
    /// Whether to void the authorized amounts.
    pub void: bool,
    /// The reason.
    pub reason: String,
    /// The staff user who requests it; `None` for the system.
    pub staff: Option<StaffId>,
}

/// A payment received outside of the payment providers.
#[derive(Clone, Debug)]
pub struct MarkPaid {
    /// The order it pays for.
    pub order: OrderId,
    /// The order's currency.
    pub currency: Currency,
    /// The amount still due.
    pub due: Decimal,
    /// The amount, in major units; `None` for the amount that is due and not authorized by a provider.
    pub amount: Option<Decimal>,
    /// The reference, such as a bank's transfer number.
    pub reference: String,
    /// The staff user who recorded it.
    pub staff: StaffId,
}

/// A granted refund and its status.
#[derive(Clone, Debug, PartialEq)]
pub struct GrantedRefund {
    /// The refund.
    pub refund: Refund,
    /// The status.
    pub status: RefundStatus,
}

/// Returns the total that is no longer due because it was refunded as goodwill, excluding failed refunds.
pub fn goodwill<'a>(refunds: impl Iterator<Item = &'a GrantedRefund>) -> Decimal {
    refunds.filter(|granted| granted.status != RefundStatus::Failed).map(|granted| granted.refund.goodwill).sum()
}

/// Returns the amount that covers an order: captured and neither refunded nor pending refund, plus goodwill.
pub fn covered<'a>(
    payments: impl Iterator<Item = &'a Payment>,
    refunds: impl Iterator<Item = &'a GrantedRefund>,
) -> Decimal {
    payments.map(Payment::kept).sum::<Decimal>() + goodwill(refunds)
}

impl Payments {
    /// Returns the amount that covers an order.
    pub async fn covered(&self, conn: &Conn, order: OrderId) -> db::Result<Decimal> {
        let (payments, refunds) = (self.of_orders(conn, &[order]).await?, self.refunds_of(conn, &[order]).await?);
        Ok(covered(payments.iter().map(|(_, payment)| payment), refunds.iter().map(|(_, refund)| refund)))
    }

    /// Grants a refund and requests its parts, in the caller's transaction, which holds the order's lock (rules F2,
    /// F10). The amount beyond the overpaid amount is goodwill. Settle requests of in-process providers with
    /// [`Self::settle_inside`], and perform the rest after the commit.
    pub async fn grant_in(
        &self,
        conn: &Conn,
        grant: GrantRefund,
        overpaid: Decimal,
    ) -> Result<(Refund, Vec<PaymentOperation>), PaymentError> {
        let mut validator = Validator::new();
        validator.paragraph("reason", &grant.reason, 1_000);
        validator.finish().map_err(PaymentError::Invalid)?;
        let mut payments = self.lock_of_order_in(conn, grant.order).await?;
        if let Some(only) = grant.payment {
            payments.retain(|payment| payment.id == only);
        }
        let currency = payments.first().ok_or(PaymentError::NotFound)?.currency;
        let newest_first = payments.iter().rev().map(|payment| (payment.id, payment.refundable()));
        let refundable: Vec<_> = newest_first.collect();
        let most: Decimal = refundable.iter().map(|(_, most)| *most).sum();
        let amount = grant.amount.unwrap_or(most);
        let is_amount = amount > Decimal::ZERO && Money::price(amount, currency).is_ok();
        let parts = allocate(amount, &refundable).filter(|_| is_amount);
        let parts = parts.ok_or(PaymentError::OverRefund { refundable: most })?;
        let refund = Refund {
            id: RefundId::new(),
            order_id: grant.order,
            currency,
            amount,
            reason: grant.reason,
            created_by: grant.staff,
            created_at: self.clock.now(),
            goodwill: (amount - overpaid).max(Decimal::ZERO),
        };
        repo::payments::insert_refund(conn, &refund).await?;
        let mut operations = Vec::with_capacity(parts.len());
        for (id, part) in parts {
            let Some(payment) = payments.iter_mut().find(|payment| payment.id == id) else { continue };
            let refund_id = Some(refund.id);
            let wanted = NewPaymentOperation {
                payment: id,
                kind: TransactionKind::Refund,
                amount: Some(part),
                refund_id,
                staff: grant.staff,
            };
            operations.push(self.request_locked(conn, payment, &wanted).await?);
        }
        Ok((refund, operations))
    }

    /// Locks the payments of an order, and fails if a capture is unanswered: the amount to refund is then unknown.
    pub async fn expect_no_pending_capture_in(&self, conn: &Conn, order: OrderId) -> Result<(), PaymentError> {
        let payments = self.lock_of_order_in(conn, order).await?;
        let capturing = payments.iter().map(|payment| payment.pending_capture).sum::<Decimal>();
        if capturing.is_zero() { Ok(()) } else { Err(PaymentError::Capturing { amount: capturing }) }
    }

    /// Requests to void an order's authorized amounts, if wanted, and to refund a captured amount, in the caller's
    /// transaction (rule G10). The caller performs the requests.
    pub async fn refund_in(&self, conn: &Conn, back: NewRefund) -> Result<Vec<PaymentOperation>, PaymentError> {
        let NewRefund { order, refund, overpaid, void, reason, staff } = back;
        let mut operations = Vec::new();
        if void {
            for mut payment in self.lock_of_order_in(conn, order).await? {
                if payment.capturable() > Decimal::ZERO {
                    let wanted = NewPaymentOperation {
                        payment: payment.id,
                        kind: TransactionKind::Void,
                        amount: None,
                        refund_id: None,
                        staff,
                    };
                    operations.push(self.request_locked(conn, &mut payment, &wanted).await?);
                }
            }
        }
        if refund > Decimal::ZERO {
            let grant = GrantRefund { order, amount: Some(refund), payment: None, reason, staff };
            operations.extend(self.grant_in(conn, grant, overpaid).await?.1);
        }
        Ok(operations)
    }

    /// Records a payment received outside of the providers, in the caller's transaction, which holds the order's lock.
    pub async fn mark_paid_in(&self, conn: &Conn, paid: MarkPaid) -> Result<Payment, PaymentError> {
        let mut validator = Validator::new();
        validator.line("reference", &paid.reference, 200);
        validator.finish().map_err(PaymentError::Invalid)?;
        let mut payments = self.lock_of_order_in(conn, paid.order).await?;
        let outside = payments.iter().filter(|payment| self.is_remote(&payment.provider));
        let held: Decimal = outside.map(|payment| payment.capturable() + payment.pending_capture).sum();
        let due = (paid.due - held).max(Decimal::ZERO);
        let amount = paid.amount.unwrap_or(due);
        let is_amount = amount > Decimal::ZERO && Money::price(amount, paid.currency).is_ok();
        if !is_amount || amount > due {
            return Err(PaymentError::Overpaid { due });
        }
        let mut payment = self.marked(&paid);
        repo::payments::insert(conn, &payment).await?;
        let origin = EventOrigin {
            source: TransactionSource::Staff,
            staff: Some(paid.staff),
            ..EventOrigin::by_api(self.clock.now())
        };
        let event = |kind| PaymentEvent::new(kind, TransactionResult::Success, amount, &payment.reference);
        let payment_events = vec![event(TransactionKind::Authorize), event(TransactionKind::Capture)];
        self.record(conn, &mut payment, origin, payment_events).await?;
        if amount == due {
            self.void_in_process_authorizations(conn, &mut payments, origin).await?;
        }
        Ok(payment)
    }

    /// Voids the amounts that in-process providers hold, once the order is paid in another way.
    async fn void_in_process_authorizations(
        &self,
        conn: &Conn,
        payments: &mut [Payment],
        origin: EventOrigin,
    ) -> Result<(), PaymentError> {
        for payment in payments.iter_mut().filter(|payment| !self.is_remote(&payment.provider)) {
            let held = payment.capturable();
            if held > Decimal::ZERO {
                let event =
                    PaymentEvent::new(TransactionKind::Void, TransactionResult::Success, held, &payment.reference);
                self.record(conn, payment, origin, vec![event]).await?;
            }
        }
        Ok(())
    }

    fn marked(&self, paid: &MarkPaid) -> Payment {
        let now = self.clock.now();
        Payment {
            order_id: Some(paid.order),
            provider: "manual".to_owned(),
            reference: paid.reference.clone(),
            ..Payment::new(paid.currency, now)
        }
    }

    /// Returns the refunds of these orders with their status, oldest first.
    pub async fn refunds_of(&self, conn: &Conn, orders: &[OrderId]) -> db::Result<Vec<(OrderId, GrantedRefund)>> {
        let refunds = repo::payments::refunds_of(conn, orders).await?;
        Ok(self
            .with_status(conn, refunds)
            .await?
            .into_iter()
            .map(|granted| (granted.refund.order_id, granted))
            .collect())
    }

    /// Returns one refund with its status.
    pub async fn find_refund(&self, conn: &Conn, id: RefundId) -> db::Result<Option<GrantedRefund>> {
        let found = repo::payments::refund(conn, id).await?;
        Ok(self.with_status(conn, found.into_iter().collect()).await?.pop())
    }

    async fn with_status(&self, conn: &Conn, refunds: Vec<Refund>) -> db::Result<Vec<GrantedRefund>> {
        let ids: Vec<_> = refunds.iter().map(|refund| refund.id).collect();
        let events = if ids.is_empty() { Vec::new() } else { repo::events::of_refunds(conn, &ids).await? };
        let granted = |refund: Refund| {
            let (given, pending) = refund_balance(&events, refund.id);
            GrantedRefund { status: refund_status(refund.amount, given, pending), refund }
        };
        Ok(refunds.into_iter().map(granted).collect())
    }
}
