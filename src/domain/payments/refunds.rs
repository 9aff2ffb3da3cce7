//! Refunds that were granted, orders marked as paid, and what a cancelled order undoes.

use rust_decimal::Decimal;

use super::fact::{Fact, MoneyKind, MoneyResult, MoneySource, Told};
use super::fold::fold_refund;
use super::model::{Payment, Refund};
use super::moves::{AskedMove, MoveMoney};
use super::status::{RefundStatus, refund_status, spread};
use super::{PaymentError, Payments, repo};
use crate::db::{self, Conn};
use crate::kernel::ids::{OrderId, PaymentId, RefundId, StaffId};
use crate::kernel::money::{Currency, Money};
use crate::kernel::text::Checks;

/// A refund to be granted.
#[derive(Clone, Debug)]
pub struct GrantRefund {
    /// Of which order.
    pub order: OrderId,
    /// How much, in major units; `None` for all that can be given back.
    pub amount: Option<Decimal>,
    /// From which payment; `None` spreads it over them, the newest first (rule F10).
    pub payment: Option<PaymentId>,
    /// Why.
    pub reason: String,
    /// Who grants it; `None` for the shop itself.
    pub staff: Option<StaffId>,
}

/// What is undone of an order's payments.
#[derive(Clone, Debug)]
pub struct GiveBack {
    /// Of which order.
    pub order: OrderId,
    /// How much of what was taken is given back, in major units.
    pub refund: Decimal,
    /// What covers the order above what is to be paid.
    pub overpaid: Decimal,
    /// Whether what is held is let go.
    pub void: bool,
    /// Why.
    pub reason: String,
    /// Who wants it; `None` for the shop itself.
    pub staff: Option<StaffId>,
}

/// Money that came by another way.
#[derive(Clone, Debug)]
pub struct MarkPaid {
    /// For which order.
    pub order: OrderId,
    /// The order's currency.
    pub currency: Currency,
    /// What is still to be paid.
    pub due: Decimal,
    /// How much, in major units; `None` for all that is due and that no provider holds.
    pub amount: Option<Decimal>,
    /// How it can be found, such as a bank's number for the transfer.
    pub reference: String,
    /// Who says so.
    pub staff: StaffId,
}

/// A refund, and how far it has come.
#[derive(Clone, Debug, PartialEq)]
pub struct GrantedRefund {
    /// The refund.
    pub refund: Refund,
    /// How far it has come.
    pub status: RefundStatus,
}

/// What need not be paid any more, because it was given back out of goodwill: without refunds of which nothing came.
pub fn goodwill<'a>(refunds: impl Iterator<Item = &'a GrantedRefund>) -> Decimal {
    refunds.filter(|told| told.status != RefundStatus::Failed).map(|told| told.refund.goodwill).sum()
}

/// What covers an order: what was taken and is neither given back nor asked to be, and what need not be paid any more.
pub fn covered<'a>(
    payments: impl Iterator<Item = &'a Payment>,
    refunds: impl Iterator<Item = &'a GrantedRefund>,
) -> Decimal {
    payments.map(Payment::kept).sum::<Decimal>() + goodwill(refunds)
}

impl Payments {
    /// What covers an order.
    pub async fn covered(&self, conn: &Conn, order: OrderId) -> db::Result<Decimal> {
        let (payments, refunds) = (self.of_orders(conn, &[order]).await?, self.refunds_of(conn, &[order]).await?);
        Ok(covered(payments.iter().map(|(_, payment)| payment), refunds.iter().map(|(_, refund)| refund)))
    }

    /// Grants a refund and asks for its parts, in the caller's transaction, which holds the order's lock (rules F2, F10).
    /// What is given back above what was overpaid is goodwill. [`Self::settle_inside`] what needs nobody outside, and
    /// perform the rest after the commit.
    pub async fn grant_in(
        &self,
        conn: &Conn,
        grant: GrantRefund,
        overpaid: Decimal,
    ) -> Result<(Refund, Vec<AskedMove>), PaymentError> {
        let mut checks = Checks::new();
        checks.paragraph("reason", &grant.reason, 1_000);
        checks.finish().map_err(PaymentError::Invalid)?;
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
        let parts = spread(amount, &refundable).filter(|_| is_amount);
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
        let mut asked = Vec::with_capacity(parts.len());
        for (id, part) in parts {
            let Some(payment) = payments.iter_mut().find(|payment| payment.id == id) else { continue };
            let refund_id = Some(refund.id);
            let wanted =
                MoveMoney { payment: id, kind: MoneyKind::Refund, amount: Some(part), refund_id, staff: grant.staff };
            asked.push(self.ask_locked(conn, payment, &wanted).await?);
        }
        Ok((refund, asked))
    }

    /// Locks the payments of an order, and refuses one of which a capture is not answered yet: it is not known what has to
    /// be given back.
    pub async fn expect_answered_in(&self, conn: &Conn, order: OrderId) -> Result<(), PaymentError> {
        let payments = self.lock_of_order_in(conn, order).await?;
        let capturing = payments.iter().map(|payment| payment.pending_capture).sum::<Decimal>();
        if capturing.is_zero() { Ok(()) } else { Err(PaymentError::Capturing { amount: capturing }) }
    }

    /// Asks to let go what is held for an order, when that is wanted, and to give back so much of what was taken, in the
    /// caller's transaction (rule G10). It is performed by the caller.
    pub async fn give_back_in(&self, conn: &Conn, back: GiveBack) -> Result<Vec<AskedMove>, PaymentError> {
        let GiveBack { order, refund, overpaid, void, reason, staff } = back;
        let mut asked = Vec::new();
        if void {
            for mut payment in self.lock_of_order_in(conn, order).await? {
                if payment.capturable() > Decimal::ZERO {
                    let wanted =
                        MoveMoney { payment: payment.id, kind: MoneyKind::Void, amount: None, refund_id: None, staff };
                    asked.push(self.ask_locked(conn, &mut payment, &wanted).await?);
                }
            }
        }
        if refund > Decimal::ZERO {
            let grant = GrantRefund { order, amount: Some(refund), payment: None, reason, staff };
            asked.extend(self.grant_in(conn, grant, overpaid).await?.1);
        }
        Ok(asked)
    }

    /// Writes down that money for an order came by another way, in the caller's transaction, which holds the order's lock.
    pub async fn mark_paid_in(&self, conn: &Conn, paid: MarkPaid) -> Result<Payment, PaymentError> {
        let mut checks = Checks::new();
        checks.line("reference", &paid.reference, 200);
        checks.finish().map_err(PaymentError::Invalid)?;
        let mut payments = self.lock_of_order_in(conn, paid.order).await?;
        let outside = payments.iter().filter(|payment| self.is_outside(&payment.provider));
        let held: Decimal = outside.map(|payment| payment.capturable() + payment.pending_capture).sum();
        let due = (paid.due - held).max(Decimal::ZERO);
        let amount = paid.amount.unwrap_or(due);
        let is_amount = amount > Decimal::ZERO && Money::price(amount, paid.currency).is_ok();
        if !is_amount || amount > due {
            return Err(PaymentError::Overpaid { due });
        }
        let mut payment = self.marked(&paid);
        repo::payments::insert(conn, &payment).await?;
        let told = Told { source: MoneySource::Staff, staff: Some(paid.staff), ..Told::by_api(self.clock.now()) };
        let fact = |kind| Fact::new(kind, MoneyResult::Success, amount, &payment.reference);
        let facts = vec![fact(MoneyKind::Authorize), fact(MoneyKind::Capture)];
        self.record(conn, &mut payment, told, facts).await?;
        if amount == due {
            self.drop_promises(conn, &mut payments, told).await?;
        }
        Ok(payment)
    }

    /// Lets go what was promised to come by another way, once it has come.
    async fn drop_promises(&self, conn: &Conn, payments: &mut [Payment], told: Told) -> Result<(), PaymentError> {
        for payment in payments.iter_mut().filter(|payment| !self.is_outside(&payment.provider)) {
            let held = payment.capturable();
            if held > Decimal::ZERO {
                let fact = Fact::new(MoneyKind::Void, MoneyResult::Success, held, &payment.reference);
                self.record(conn, payment, told, vec![fact]).await?;
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

    /// The refunds of these orders, oldest first, each with how far it has come.
    pub async fn refunds_of(&self, conn: &Conn, orders: &[OrderId]) -> db::Result<Vec<(OrderId, GrantedRefund)>> {
        let refunds = repo::payments::refunds_of(conn, orders).await?;
        Ok(self.told_of(conn, refunds).await?.into_iter().map(|told| (told.refund.order_id, told)).collect())
    }

    /// One refund, with how far it has come.
    pub async fn find_refund(&self, conn: &Conn, id: RefundId) -> db::Result<Option<GrantedRefund>> {
        let found = repo::payments::refund(conn, id).await?;
        Ok(self.told_of(conn, found.into_iter().collect()).await?.pop())
    }

    async fn told_of(&self, conn: &Conn, refunds: Vec<Refund>) -> db::Result<Vec<GrantedRefund>> {
        let ids: Vec<_> = refunds.iter().map(|refund| refund.id).collect();
        let events = if ids.is_empty() { Vec::new() } else { repo::events::of_refunds(conn, &ids).await? };
        let told = |refund: Refund| {
            let (given, pending) = fold_refund(&events, refund.id);
            GrantedRefund { status: refund_status(refund.amount, given, pending), refund }
        };
        Ok(refunds.into_iter().map(told).collect())
    }
}
