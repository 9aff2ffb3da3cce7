//! Payments of carts and orders: actions of shoppers and staff, and webhook events of providers. Locks are taken in
//! this order: order, payments; a remote provider is called between two transactions.

use axum::http::HeaderMap;
use rust_decimal::Decimal;
use serde_json::Value;

use crate::db::{self, Conn, Db};
use crate::domain::cart::{CartError, Carts};
use crate::domain::orders::{Order, OrderError, OrderLine, Orders};
use crate::domain::payments::provider::WebhookError;
use crate::domain::payments::{
    AppliedWebhookEvent, GrantRefund, GrantedRefund, MarkPaid, NewPaymentOperation, Payment, PaymentError,
    PaymentSession, PaymentWebhookEvent, Payments, TransactionKind,
};
use crate::kernel::actor::Actor;
use crate::kernel::error::{UserError, UserFacing};
use crate::kernel::ids::{OrderId, PaymentId, PaymentSessionId, PaymentWebhookEventId, StaffId};
use crate::workflows::checkout::{Checkout, CheckoutError};
use crate::workflows::money::{Money, MoneyError};

/// Payment workflows of carts and orders.
#[derive(Clone)]
pub struct PaymentWorkflows {
    pub(crate) db: Db,
    pub(crate) carts: Carts,
    pub(crate) payments: Payments,
    pub(crate) orders: Orders,
    pub(crate) checkout: Checkout,
    pub(crate) money: Money,
}

/// Why a payment workflow failed.
#[derive(Debug, thiserror::Error)]
pub enum PaymentWorkflowError {
    /// A payment error.
    #[error(transparent)]
    Payment(#[from] PaymentError),
    /// An order error.
    #[error(transparent)]
    Order(#[from] OrderError),
    /// A cart error.
    #[error(transparent)]
    Cart(#[from] CartError),
    /// A checkout error.
    #[error(transparent)]
    Checkout(#[from] CheckoutError),
    /// An error of a payment operation.
    #[error(transparent)]
    Money(#[from] MoneyError),
    /// The database failed.
    #[error("the database failed")]
    Db(#[from] db::Error),
}

impl UserFacing for PaymentWorkflowError {
    fn user_errors(&self) -> Vec<UserError> {
        match self {
            Self::Payment(error) => error.user_errors(),
            Self::Order(error) => error.user_errors(),
            Self::Cart(error) => error.user_errors(),
            Self::Checkout(error) => error.user_errors(),
            Self::Money(error) => error.user_errors(),
            Self::Db(_) => Vec::new(),
        }
    }
}

type Result<T> = std::result::Result<T, PaymentWorkflowError>;

impl PaymentWorkflows {
    /// Returns the session if the actor may see its cart.
    pub async fn find_session(
        &self,
        conn: &Conn,
        actor: &Actor,
        id: PaymentSessionId,
    ) -> db::Result<Option<PaymentSession>> {
        let Some(session) = self.payments.find_session(conn, id).await? else { return Ok(None) };
        Ok(self.carts.find(conn, actor, session.cart_id).await?.map(|_| session))
    }

    /// Updates the client's data for a session's provider.
    pub async fn update_session(&self, actor: &Actor, id: PaymentSessionId, data: Value) -> Result<PaymentSession> {
        let tx = self.db.begin().await?;
        let session = self.payments.find_session(&tx, id).await?.ok_or(PaymentError::NotFound)?;
        let cart = self.carts.find(&tx, actor, session.cart_id).await?.ok_or(PaymentError::NotFound)?;
        // Seeing a cart does not allow paying for it. Not under the cart's lock: the completing run locks the session
        // first.
        if !cart.is_accessible_by(actor) {
            return Err(CartError::NotFound.into());
        }
        let session = self.payments.update_in(&tx, id, data).await?;
        tx.commit().await?;
        Ok(session)
    }

    /// Captures a part of a payment, or the whole remaining amount.
    pub async fn capture(
        &self,
        id: PaymentId,
        amount: Option<Decimal>,
        expected: Option<i32>,
        staff: Option<StaffId>,
    ) -> Result<(Order, Payment)> {
        let wanted =
            NewPaymentOperation { payment: id, kind: TransactionKind::Capture, amount, refund_id: None, staff };
        self.execute(wanted, expected).await
    }

    /// Voids the amount of a payment that is authorized and not captured.
    pub async fn void(&self, id: PaymentId, staff: Option<StaffId>) -> Result<(Order, Payment)> {
        let wanted =
            NewPaymentOperation { payment: id, kind: TransactionKind::Void, amount: None, refund_id: None, staff };
        self.execute(wanted, None).await
    }

    async fn execute(&self, mut wanted: NewPaymentOperation, expected: Option<i32>) -> Result<(Order, Payment)> {
        let (id, kind) = (wanted.payment, wanted.kind.as_str());
        let tx = self.db.begin().await?;
        let payment = self.payments.by_ids(&tx, &[id]).await?.pop().ok_or(PaymentError::NotFound)?;
        let order_id = payment.order_id.ok_or(PaymentError::NotAttached)?;
        let (mut order, lines) = self.orders.lock_in(&tx, order_id).await?;
        order.expect_version(expected)?;
        self.payments.lock_of_order_in(&tx, order_id).await?;
        if wanted.kind == TransactionKind::Capture {
            wanted.amount = Some(self.within_due(&tx, &order, &lines, &wanted).await?);
        }
        let operation = self.payments.request_in(&tx, wanted).await?;
        let runs = self.money.begin_in(&tx, vec![operation]).await?;
        self.orders.save_in(&tx, &mut order).await?;
        tx.commit().await?;
        self.money.finish(runs).await?;
        tracing::info!(order.id = %order_id, payment.id = %id, kind, "Payment of order {}: {kind}", order.number);
        let conn = self.db.conn().await?;
        let payment = self.payments.by_ids(&conn, &[id]).await?.pop();
        Ok((self.orders.get(&conn, order_id).await?, payment.ok_or(PaymentError::NotFound)?))
    }

    /// Returns the amount to capture: never more than the amount due; fails while the order is on hold. The caller has
    /// locked the order and its payments.
    async fn within_due(
        &self,
        conn: &Conn,
        order: &Order,
        lines: &[OrderLine],
        wanted: &NewPaymentOperation,
    ) -> Result<Decimal> {
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

    /// Grants a refund of an order, and requests it from the providers. With `expected`, only if that is still the
    /// order's version: a caller who retries after a lost response refunds once.
    pub async fn refund(&self, grant: GrantRefund, expected: Option<i32>) -> Result<(Order, GrantedRefund)> {
        let tx = self.db.begin().await?;
        let (mut order, lines) = self.orders.lock_in(&tx, grant.order).await?;
        order.expect_version(expected)?;
        self.payments.lock_of_order_in(&tx, order.id).await?;
        let covered = self.payments.covered(&tx, order.id).await?;
        let overpaid = order.overpaid(&lines, covered).map_err(OrderError::from)?.amount;
        let (refund, operations) = self.payments.grant_in(&tx, grant, overpaid).await?;
        let runs = self.money.begin_in(&tx, operations).await?;
        self.orders.save_in(&tx, &mut order).await?;
        tx.commit().await?;
        self.money.finish(runs).await?;
        tracing::info!(order.id = %order.id, refund.id = %refund.id, "Refund of order {} granted", order.number);
        let conn = self.db.conn().await?;
        let granted = self.payments.find_refund(&conn, refund.id).await?;
        Ok((self.orders.get(&conn, order.id).await?, granted.ok_or(PaymentError::NotFound)?))
    }

    /// Records a payment received outside of the providers: the whole amount due, or a part of it. Also allowed for an
    /// order on hold: the money has arrived.
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
        order.expect_open()?;
        self.payments.lock_of_order_in(&tx, id).await?;
        let covered = self.payments.covered(&tx, id).await?;
        let due = order.due(&lines, covered).map_err(OrderError::from)?.amount;
        let paid = MarkPaid { order: id, currency: order.currency, due, amount, reference, staff };
        let payment = self.payments.mark_paid_in(&tx, paid).await?;
        self.orders.save_in(&tx, &mut order).await?;
        tx.commit().await?;
        tracing::info!(order.id = %id, payment.id = %payment.id, "Order {} marked as paid", order.number);
        Ok((order, payment))
    }

    /// Receives a webhook request from a provider, and handles its consequences.
    pub async fn receive(
        &self,
        provider: &str,
        headers: &HeaderMap,
        body: &[u8],
    ) -> std::result::Result<Vec<AppliedWebhookEvent>, WebhookError> {
        let applied = self.payments.receive(provider, headers, body).await?;
        for event in &applied {
            if let Err(error) = self.follow(event).await {
                tracing::warn!(session.id = %event.session, %error, "What a payment webhook event asks for could not be done");
            }
        }
        Ok(applied)
    }

    /// Retries an unmatched webhook event.
    pub async fn retry_webhook_event(&self, id: PaymentWebhookEventId) -> Result<PaymentWebhookEvent> {
        let (event, applied) = self.payments.retry_webhook_event(id).await?;
        if let Some(applied) = applied {
            self.follow(&applied).await?;
        }
        Ok(event)
    }

    /// Notifies subscribers of the order or the cart, completes a cart that is paid or whose run waits for the event,
    /// and releases unwanted funds.
    async fn follow(&self, event: &AppliedWebhookEvent) -> Result<()> {
        if let Some(order) = event.order {
            let tx = self.db.begin().await?;
            let (mut order, _) = self.orders.lock_in(&tx, order).await?;
            self.orders.save_in(&tx, &mut order).await?;
            return Ok(tx.commit().await?);
        }
        let tx = self.db.begin().await?;
        let session = self.payments.find_session(&tx, event.session).await?;
        let needs_release = session.filter(|_| event.needs_release).into_iter().collect();
        self.checkout.authorization_releases.begin_in(&tx, needs_release).await?;
        self.carts.notify_in(&tx, event.cart).await?;
        tx.commit().await?;
        self.checkout.reconcile_payment(event.cart, event.became_authorized).await;
        Ok(())
    }
}
