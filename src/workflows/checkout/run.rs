//! The workflow that completes a cart: reserve limited resources, authorize the payment, place the order.

use std::time::Duration;

use async_trait::async_trait;
use chrono::TimeDelta;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::CheckoutError;
use crate::db::Conn;
use crate::domain::cart::Carts;
use crate::domain::catalog::Catalog;
use crate::domain::inventory::{Inventory, InventoryError};
use crate::domain::orders::{NewOrder, Order, Orders};
use crate::domain::payments::provider::ProviderStatus;
use crate::domain::payments::{PaymentError, PaymentFailure, PaymentSession, Payments, SessionStatus};
use crate::domain::promotions::{Promotions, Redemption, UsageState};
use crate::domain::regions::{Regions, StockAllocation};
use crate::durable::{Call, Next, Policy, Step, WhenExhausted, Workflow};
use crate::kernel::clock::{SharedClock, Timestamp};
use crate::kernel::error::UserError;
use crate::kernel::ids::VariantId;
use crate::kernel::money::Money;
use crate::workflows::money::ReleaseAuthorization;

/// How long a shopper may take for an action such as 3-D Secure. The units stay reserved until then.
const ACTION_TIMEOUT: TimeDelta = TimeDelta::minutes(15);

/// The compensation reason of a run whose shopper canceled the payment.
pub(super) const CANCELED: &str = "given_up";

/// Completes a cart.
#[derive(Clone)]
pub struct CheckoutWorkflow {
    pub(crate) clock: SharedClock,
    pub(crate) regions: Regions,
    pub(crate) catalog: Catalog,
    pub(crate) inventory: Inventory,
    pub(crate) promotions: Promotions,
    pub(crate) carts: Carts,
    pub(crate) payments: Payments,
    pub(crate) orders: Orders,
    pub(crate) authorization_releases: ReleaseAuthorization,
}

/// The order draft of a cart, and the status of its payment.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct OrderDraft {
    /// The order to place. Its number and its lines' stock components are known after the first step.
    pub order: NewOrder,
    /// The payment session; `None` when nothing is due.
    pub session: Option<PaymentSession>,
    /// The status reported by the provider, once it has been called.
    pub provider_status: Option<ProviderStatus>,
    /// The deadline for the shopper's action.
    pub wait_until: Option<Timestamp>,
    /// When the cart's earlier reservation expires: compensation restores it until then.
    #[serde(default)]
    pub held_until: Option<Timestamp>,
    /// The placed order, in the transaction that placed it.
    #[serde(skip)]
    pub placed: Option<Box<Order>>,
}

impl OrderDraft {
    /// Creates a draft before the first step.
    pub fn new(order: NewOrder) -> Self {
        Self { order, session: None, provider_status: None, wait_until: None, held_until: None, placed: None }
    }

    /// Returns whether nothing is due (rule D6).
    pub fn is_free(&self) -> bool {
        self.order.totals.total.gross.amount.is_zero()
    }
}

impl Workflow for CheckoutWorkflow {
    const NAME: &'static str = "checkout";
    type State = OrderDraft;
    type Error = CheckoutError;

    fn steps(&self) -> &'static [&'static dyn Step<Self>] {
        &[&Reserve, &Authorize, &PlaceOrder]
    }

    fn subject(&self, state: &OrderDraft) -> String {
        state.order.cart_id.to_string()
    }
}

impl CheckoutWorkflow {
    /// Whether the provider must be called over a network.
    fn needs_remote_call(&self, state: &OrderDraft) -> bool {
        let held = |session: &PaymentSession| session.status == SessionStatus::Authorized;
        state.session.as_ref().is_some_and(|session| !held(session) && self.payments.is_remote(&session.provider))
    }

    async fn strategy(&self, conn: &Conn, order: &NewOrder) -> Result<StockAllocation, CheckoutError> {
        let channel = self.regions.channel(conn, order.channel_id).await?;
        Ok(channel.map_or(StockAllocation::FewestLocations, |channel| channel.stock_allocation))
    }

    /// Restores the cart's reservation for the remaining time: a declined card is no reason to lose the stock to
    /// others.
    async fn restore_reservation(&self, conn: &Conn, state: &OrderDraft) -> Result<(), CheckoutError> {
        let Some(until) = state.held_until.filter(|until| *until > self.clock.now()) else { return Ok(()) };
        let (order, strategy) = (&state.order, self.strategy(conn, &state.order).await?);
        match self.inventory.hold_in(conn, order.cart_id, strategy, &wanted(order), until).await {
            // Not everything is available any more.
            Err(InventoryError::Insufficient { .. }) => Ok(()),
            kept => Ok(kept?),
        }
    }

    /// Reserves or redeems the applied promotions with usage limits (rule B16: once per cart).
    async fn reserve_promotions(&self, conn: &Conn, order: &NewOrder, state: UsageState) -> Result<(), CheckoutError> {
        let taking = Redemption {
            cart_id: order.cart_id,
            order_id: order.id,
            customer_id: order.customer_id,
            email: &order.email,
            currency: order.currency,
            applied: &order.promotions.applied,
            state,
        };
        Ok(self.promotions.reserve_in(conn, &taking).await?)
    }
}

/// Reserves limited resources: stock, promotion uses, an order number. The cart is locked by the starter of the run.
struct Reserve;

#[async_trait]
impl Step<CheckoutWorkflow> for Reserve {
    fn name(&self) -> &'static str {
        "reserve"
    }

    async fn write(
        &self,
        workflow: &CheckoutWorkflow,
        conn: &Conn,
        state: &mut OrderDraft,
    ) -> Result<Next, CheckoutError> {
        let due = state.order.totals.total.gross;
        if !state.is_free() {
            state.session = Some(workflow.payments.lock_session_in(conn, state.order.cart_id, due).await?);
        }
        if workflow.needs_remote_call(state) {
            let kept = workflow.inventory.held_until(conn, &[state.order.cart_id]).await?;
            state.held_until = kept.first().map(|(_, until)| *until);
        }
        let order = &mut state.order;
        let wanted = wanted(order);
        let strategy = workflow.strategy(conn, order).await?;
        let promised = workflow.inventory.reserve_in(conn, order.id, Some(order.cart_id), strategy, &wanted).await?;
        for (line, promised) in order.lines.iter_mut().zip(promised) {
            line.components = promised.components;
            line.backordered = promised.backordered;
        }
        let usage = if workflow.needs_remote_call(state) { UsageState::Reserved } else { UsageState::Consumed };
        workflow.reserve_promotions(conn, &state.order, usage).await?;
        state.order.number = workflow.regions.next_order_number_in(conn, state.order.channel_id).await?;
        Ok(Next::Step)
    }

    async fn undo_write(
        &self,
        workflow: &CheckoutWorkflow,
        conn: &Conn,
        state: &mut OrderDraft,
        cause: &UserError,
    ) -> Result<(), CheckoutError> {
        workflow.carts.reopen_in(conn, state.order.cart_id).await?;
        let (status, failure) = ending(cause);
        let closed = workflow.payments.cancel_in(conn, state.order.cart_id, status, failure).await?;
        // The session may have ended in another way. Release whatever its provider has done, or does late.
        let closed = closed.into_iter().next().or_else(|| state.session.clone());
        workflow.authorization_releases.begin_in(conn, closed.into_iter().collect()).await?;
        workflow.inventory.release_in(conn, state.order.id).await?;
        workflow.restore_reservation(conn, state).await?;
        workflow.promotions.restore_in(conn, state.order.id).await?;
        Ok(())
    }
}

fn wanted(order: &NewOrder) -> Vec<(VariantId, i32)> {
    order.lines.iter().map(|line| (line.variant_id, line.quantity)).collect()
}

/// The final status and failure of the session a cart waited for: canceled by its shopper, or failed.
fn ending(cause: &UserError) -> (SessionStatus, Option<PaymentFailure>) {
    match cause.details.as_ref().and_then(|details| details["reason"].as_str()) {
        Some(CANCELED) => (SessionStatus::Canceled, None),
        Some(reason) => (SessionStatus::Failed, Some(PaymentFailure::new(reason, &cause.message))),
        None => (SessionStatus::Failed, Some(PaymentFailure::of(cause))),
    }
}

/// Authorizes the payment. On compensation its funds are released by a run of its own, so that the cart is open again
/// whether or not the provider can be reached.
struct Authorize;

#[async_trait]
impl Step<CheckoutWorkflow> for Authorize {
    fn name(&self) -> &'static str {
        "authorize"
    }

    fn outside(&self, workflow: &CheckoutWorkflow, state: &OrderDraft) -> bool {
        workflow.needs_remote_call(state)
    }

    fn policy(&self) -> Policy {
        Policy {
            timeout: Duration::from_secs(10),
            attempts: 4,
            backoff: Duration::from_millis(300),
            max_backoff: Duration::from_secs(5),
            when_exhausted: WhenExhausted::Undo,
        }
    }

    async fn call(
        &self,
        workflow: &CheckoutWorkflow,
        state: &mut OrderDraft,
        call: &Call,
    ) -> Result<(), CheckoutError> {
        let Some(session) = &mut state.session else { return Ok(()) };
        // The shopper may have sent more data since, or a webhook event may have arrived.
        *session = workflow.payments.current_session(session.id).await?;
        let provider_status = match session.status {
            SessionStatus::Authorized => ProviderStatus::Authorized { amount: session.amount, captured: Decimal::ZERO },
            ended_meanwhile if !ended_meanwhile.is_open() => return Err(ended(session).into()),
            _ => match workflow.payments.authorize(session, &call.key, call.attempt).await {
                // The shopper still has time to act, whether or not the provider can be reached now.
                Err(error)
                    if error.is_transient() && state.wait_until.is_some_and(|until| workflow.clock.now() < until) =>
                {
                    return Ok(());
                }
                operation => operation?,
            },
        };
        if let ProviderStatus::Failed(failure) = provider_status {
            return Err(PaymentError::declined(failure).into());
        }
        state.provider_status = Some(provider_status);
        Ok(())
    }

    async fn write(
        &self,
        workflow: &CheckoutWorkflow,
        conn: &Conn,
        state: &mut OrderDraft,
    ) -> Result<Next, CheckoutError> {
        let (Some(session), Some(provider_status)) = (&mut state.session, &state.provider_status) else {
            return Ok(Next::Step);
        };
        *session = workflow.payments.record_provider_status_in(conn, session.id, provider_status).await?;
        match provider_status {
            ProviderStatus::Authorized { amount, .. } if *amount < session.amount => {
                let money = |amount| Money::new(amount, session.currency);
                let (promised, due) = (money(*amount), money(session.amount));
                Err(PaymentError::AmountMismatch { promised, due }.into())
            }
            ProviderStatus::Authorized { .. } if session.status == SessionStatus::Authorized => Ok(Next::Step),
            // It was canceled, has failed or has expired in the meantime.
            _ if !session.status.is_open() => Err(ended(session).into()),
            _ => {
                workflow.carts.notify_in(conn, state.order.cart_id).await?;
                let until = *state.wait_until.get_or_insert_with(|| workflow.clock.now() + ACTION_TIMEOUT);
                Ok(Next::Wait { until })
            }
        }
    }
}

/// The error for a session that has ended.
fn ended(session: &PaymentSession) -> PaymentError {
    let told = session.failure.clone();
    let word = session.status.as_str().to_ascii_lowercase();
    PaymentError::declined(told.unwrap_or_else(|| PaymentFailure::new(word, "The payment session has ended.")))
}

struct PlaceOrder;

#[async_trait]
impl Step<CheckoutWorkflow> for PlaceOrder {
    fn name(&self) -> &'static str {
        "place"
    }

    async fn write(
        &self,
        workflow: &CheckoutWorkflow,
        conn: &Conn,
        state: &mut OrderDraft,
    ) -> Result<Next, CheckoutError> {
        let order = &state.order;
        workflow.carts.complete_in(conn, order.cart_id, order.customer_id, order.id).await?;
        if let Some(session) = &state.session {
            workflow.payments.attach_to_order_in(conn, session, order.id).await?;
        }
        if state.provider_status.is_some() {
            workflow.promotions.redeem_in(conn, order.id).await?;
        }
        let variants: Vec<_> = order.lines.iter().map(|line| line.variant_id).collect();
        let there = workflow.catalog.lock_for_key_share(conn, &variants).await?;
        state.placed = Some(Box::new(workflow.orders.place_in(conn, order.clone(), &there).await?));
        Ok(Next::Step)
    }
}
