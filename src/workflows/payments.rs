//! Payments of carts and orders: what shoppers and staff do with them, and what their providers tell. Locks are taken in the
//! order of order, payments; a provider outside is asked between two transactions.

use axum::http::HeaderMap;
use rust_decimal::Decimal;
use serde_json::Value;

use crate::db::{self, Conn, Db};
use crate::domain::cart::{CartError, Carts};
use crate::domain::orders::{Order, OrderError, OrderLine, Orders};
use crate::domain::payments::provider::HookError;
use crate::domain::payments::{
    Applied, GrantRefund, GrantedRefund, MarkPaid, MoneyKind, MoveMoney, Payment, PaymentError, PaymentNotice,
    PaymentSession, Payments,
};
use crate::kernel::actor::Actor;
use crate::kernel::error::{Explain, Problem};
use crate::kernel::ids::{OrderId, PaymentId, PaymentNoticeId, PaymentSessionId, StaffId};
use crate::workflows::checkout::{Checkout, CheckoutError};
use crate::workflows::money::{Money, MoneyError};

/// Payments of carts and orders.
#[derive(Clone)]
pub struct PaymentHandling {
    pub(crate) db: Db,
    pub(crate) carts: Carts,
    pub(crate) payments: Payments,
    pub(crate) orders: Orders,
    pub(crate) checkout: Checkout,
    pub(crate) money: Money,
}

/// Why it could not be done.
#[derive(Debug, thiserror::Error)]
pub enum PaymentHandlingError {
    /// The payment.
    #[error(transparent)]
    Payment(#[from] PaymentError),
    /// The order.
    #[error(transparent)]
    Order(#[from] OrderError),
    /// The cart.
    #[error(transparent)]
    Cart(#[from] CartError),
    /// The cart's payment.
    #[error(transparent)]
    Checkout(#[from] CheckoutError),
    /// Money did not move.
    #[error(transparent)]
    Money(#[from] MoneyError),
    /// The database failed.
    #[error("the database failed")]
    Db(#[from] db::Error),
}

impl Explain for PaymentHandlingError {
    fn problems(&self) -> Vec<Problem> {
        match self {
            Self::Payment(error) => error.problems(),
            Self::Order(error) => error.problems(),
            Self::Cart(error) => error.problems(),
            Self::Checkout(error) => error.problems(),
            Self::Money(error) => error.problems(),
            Self::Db(_) => Vec::new(),
        }
    }
}

type Result<T> = std::result::Result<T, PaymentHandlingError>;

impl PaymentHandling {
    /// The session, when the actor may see its cart.
    pub async fn find_session(
        &self,
        conn: &Conn,
        actor: &Actor,
        id: PaymentSessionId,
    ) -> db::Result<Option<PaymentSession>> {
        let Some(session) = self.payments.find_session(conn, id).await? else { return Ok(None) };
        Ok(self.carts.find(conn, actor, session.cart_id).await?.map(|_| session))
    }

    /// Changes what the client tells a session's provider.
    pub async fn update_session(&self, actor: &Actor, id: PaymentSessionId, data: Value) -> Result<PaymentSession> {
        let tx = self.db.begin().await?;
        let session = self.payments.find_session(&tx, id).await?.ok_or(PaymentError::NotFound)?;
        let cart = self.carts.find(&tx, actor, session.cart_id).await?.ok_or(PaymentError::NotFound)?;
        // Who may see a cart may not pay for it. Without its lock: the run that completes it takes the session's first.
        if !cart.is_own_of(actor) {
            return Err(CartError::NotFound.into());
        }
        let session = self.payments.update_in(&tx, id, data).await?;
        tx.commit().await?;
        Ok(session)
    }

    /// Takes a part of a payment, or all that can still be taken.
    pub async fn capture(
        &self,
        id: PaymentId,
        amount: Option<Decimal>,
        expected: Option<i32>,
        staff: Option<StaffId>,
    ) -> Result<(Order, Payment)> {
        let wanted = MoveMoney { payment: id, kind: MoneyKind::Capture, amount, refund_id: None, staff };
        self.shift(wanted, expected).await
    }

    /// Lets go what is held of a payment and was not taken.
    pub async fn void(&self, id: PaymentId, staff: Option<StaffId>) -> Result<(Order, Payment)> {
        let wanted = MoveMoney { payment: id, kind: MoneyKind::Void, amount: None, refund_id: None, staff };
        self.shift(wanted, None).await
    }

    async fn shift(&self, mut wanted: MoveMoney, expected: Option<i32>) -> Result<(Order, Payment)> {
        let (id, kind) = (wanted.payment, wanted.kind.word());
        let tx = self.db.begin().await?;
        let payment = self.payments.by_ids(&tx, &[id]).await?.pop().ok_or(PaymentError::NotFound)?;
        let order_id = payment.order_id.ok_or(PaymentError::Unbound)?;
        let (mut order, lines) = self.orders.lock_in(&tx, order_id).await?;
        order.expect_version(expected)?;
        self.payments.lock_of_order_in(&tx, order_id).await?;
        if wanted.kind == MoneyKind::Capture {
            wanted.amount = Some(self.within_due(&tx, &order, &lines, &wanted).await?);
        }
        let asked = self.payments.ask_in(&tx, wanted).await?;
        let runs = self.money.begin_in(&tx, vec![asked]).await?;
        self.orders.touch_in(&tx, &mut order).await?;
        tx.commit().await?;
        self.money.finish(runs).await?;
        tracing::info!(order.id = %order_id, payment.id = %id, kind, "Payment of order {}: {kind}", order.number);
        let conn = self.db.conn().await?;
        let payment = self.payments.by_ids(&conn, &[id]).await?.pop();
        Ok((self.orders.get(&conn, order_id).await?, payment.ok_or(PaymentError::NotFound)?))
    }

    /// What is captured: never more than is due, and nothing while the order is on hold. The order and its payments are
    /// locked.
    async fn within_due(&self, conn: &Conn, order: &Order, lines: &[OrderLine], wanted: &MoveMoney) -> Result<Decimal> {
        order.expect_released()?;
        let payments = self.payments.of_orders(conn, &[order.id]).await?;
        let capturing: Decimal = payments.iter().map(|(_, payment)| payment.pending_capture).sum();
        let covered = self.payments.covered(conn, order.id).await? + capturing;
        let due = order.due(lines, covered).map_err(OrderError::from)?;
        let own = payments.iter().find(|(_, payment)| payment.id == wanted.payment);
        let capturable = own.map(|(_, payment)| payment.capturable()).unwrap_or_default();
        let amount = wanted.amount.unwrap_or_else(|| capturable.min(due.amount));
        if amount > due.amount && amount <= capturable {
            return Err(OrderError::OverDue { due }.into());
        }
        Ok(amount)
    }

    /// Grants a refund of an order, and has the providers give it back. With `expected`, only if that is still the order's
    /// version: whoever asks twice because the first answer was lost gives back once.
    pub async fn refund(&self, grant: GrantRefund, expected: Option<i32>) -> Result<(Order, GrantedRefund)> {
        let tx = self.db.begin().await?;
        let (mut order, lines) = self.orders.lock_in(&tx, grant.order).await?;
        order.expect_version(expected)?;
        self.payments.lock_of_order_in(&tx, order.id).await?;
        let covered = self.payments.covered(&tx, order.id).await?;
        let overpaid = order.overpaid(&lines, covered).map_err(OrderError::from)?.amount;
        let (refund, asked) = self.payments.grant_in(&tx, grant, overpaid).await?;
        let runs = self.money.begin_in(&tx, asked).await?;
        self.orders.touch_in(&tx, &mut order).await?;
        tx.commit().await?;
        self.money.finish(runs).await?;
        tracing::info!(order.id = %order.id, refund.id = %refund.id, "Refund of order {} granted", order.number);
        let conn = self.db.conn().await?;
        let told = self.payments.find_refund(&conn, refund.id).await?;
        Ok((self.orders.get(&conn, order.id).await?, told.ok_or(PaymentError::NotFound)?))
    }

    /// Writes down that money for an order came by another way: all that is due, or a part of it. An order that was put on
    /// hold takes it too: it is there.
    pub async fn mark_paid(
        &self,
        id: OrderId,
        amount: Option<Decimal>,
        reference: String,
        expected: Option<i32>,
        staff: StaffId,
    ) -> Result<(Order, Payment)> {
        let tx = self.db.begin().await?;
        let (mut order, lines) = self.orders.lock_in(&tx, id).await?;
        order.expect_version(expected)?;
        order.expect_alive()?;
        self.payments.lock_of_order_in(&tx, id).await?;
        let covered = self.payments.covered(&tx, id).await?;
        let due = order.due(&lines, covered).map_err(OrderError::from)?.amount;
        let paid = MarkPaid { order: id, currency: order.currency, due, amount, reference, staff };
        let payment = self.payments.mark_paid_in(&tx, paid).await?;
        self.orders.touch_in(&tx, &mut order).await?;
        tx.commit().await?;
        tracing::info!(order.id = %id, payment.id = %payment.id, "Order {} marked as paid", order.number);
        Ok((order, payment))
    }

    /// Takes what a provider tells on its own, and does what follows from it.
    pub async fn receive(
        &self,
        provider: &str,
        headers: &HeaderMap,
        body: &[u8],
    ) -> std::result::Result<Vec<Applied>, HookError> {
        let applied = self.payments.receive(provider, headers, body).await?;
        for told in &applied {
            if let Err(error) = self.follow(told).await {
                tracing::warn!(session.id = %told.session, %error, "What a payment notice asks for could not be done");
            }
        }
        Ok(applied)
    }

    /// Tries once more to apply a notice that was parked.
    pub async fn retry_notice(&self, id: PaymentNoticeId) -> Result<PaymentNotice> {
        let (notice, applied) = self.payments.retry_notice(id).await?;
        if let Some(told) = applied {
            self.follow(&told).await?;
        }
        Ok(notice)
    }

    /// Tells whoever watches the order or the cart, completes a cart that is paid or whose run waits for this, and lets go
    /// money that nobody wants any more.
    async fn follow(&self, told: &Applied) -> Result<()> {
        if let Some(order) = told.order {
            let tx = self.db.begin().await?;
            let (mut order, _) = self.orders.lock_in(&tx, order).await?;
            self.orders.touch_in(&tx, &mut order).await?;
            return Ok(tx.commit().await?);
        }
        let tx = self.db.begin().await?;
        let session = self.payments.find_session(&tx, told.session).await?;
        let unwanted = session.filter(|_| told.unwanted).into_iter().collect();
        self.checkout.letting_go.begin_in(&tx, unwanted).await?;
        self.carts.tell_in(&tx, told.cart).await?;
        tx.commit().await?;
        self.checkout.follow_payment(told.cart, told.became_authorized).await;
        Ok(())
    }
}
