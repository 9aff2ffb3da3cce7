//! The workflow that completes a cart: take what is limited, ask for the payment, place the order.

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
use crate::domain::payments::provider::Standing;
use crate::domain::payments::{Failure, PaymentError, PaymentSession, Payments, SessionStatus};
use crate::domain::promotions::{Promotions, Taking, UsageState};
use crate::domain::regions::{Regions, StockAllocation};
use crate::durable::{Call, Next, Policy, Step, WhenExhausted, Workflow};
use crate::kernel::clock::{SharedClock, Timestamp};
use crate::kernel::error::Problem;
use crate::kernel::ids::VariantId;
use crate::kernel::money::Money;
use crate::workflows::money::LettingGo;

/// How long a shopper may take for what the provider wants of them, such as 3-D Secure. The units are theirs until then.
const TIME_FOR_ACTION: TimeDelta = TimeDelta::minutes(15);

/// The reason why a run is undone that its shopper has given up.
pub(super) const GIVEN_UP: &str = "given_up";

/// Completes a cart.
#[derive(Clone)]
pub struct Completing {
    pub(crate) clock: SharedClock,
    pub(crate) regions: Regions,
    pub(crate) catalog: Catalog,
    pub(crate) inventory: Inventory,
    pub(crate) promotions: Promotions,
    pub(crate) carts: Carts,
    pub(crate) payments: Payments,
    pub(crate) orders: Orders,
    pub(crate) letting_go: LettingGo,
}

/// What was agreed with the shopper, and how far its payment is.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Agreed {
    /// The order that the cart becomes. Its number and what its lines take from stock are known from the first step on.
    pub order: NewOrder,
    /// What pays for it; `None` when nothing is due.
    pub session: Option<PaymentSession>,
    /// Where the payment stands at the provider, as far as it was asked.
    pub standing: Option<Standing>,
    /// Until when the shopper may act.
    pub wait_until: Option<Timestamp>,
    /// Until when the cart kept its units before it was completed: it keeps them again when that is undone.
    #[serde(default)]
    pub held_until: Option<Timestamp>,
    /// The order, while the transaction that placed it is at hand.
    #[serde(skip)]
    pub placed: Option<Box<Order>>,
}

impl Agreed {
    /// What was agreed, of which nothing is done yet.
    pub fn new(order: NewOrder) -> Self {
        Self { order, session: None, standing: None, wait_until: None, held_until: None, placed: None }
    }

    /// Whether nothing is due (rule D6).
    pub fn is_free(&self) -> bool {
        self.order.totals.total.gross.amount.is_zero()
    }
}

impl Workflow for Completing {
    const NAME: &'static str = "checkout";
    type State = Agreed;
    type Error = CheckoutError;

    fn steps(&self) -> &'static [&'static dyn Step<Self>] {
        &[&Reserve, &Authorize, &Place]
    }

    fn subject(&self, state: &Agreed) -> String {
        state.order.cart_id.to_string()
    }
}

impl Completing {
    /// Whether the provider has to be asked over a network.
    fn asks_outside(&self, state: &Agreed) -> bool {
        let held = |session: &PaymentSession| session.status == SessionStatus::Authorized;
        state.session.as_ref().is_some_and(|session| !held(session) && self.payments.is_outside(&session.provider))
    }

    async fn strategy(&self, conn: &Conn, order: &NewOrder) -> Result<StockAllocation, CheckoutError> {
        let channel = self.regions.channel(conn, order.channel_id).await?;
        Ok(channel.map_or(StockAllocation::FewestLocations, |channel| channel.stock_allocation))
    }

    /// Keeps for the cart what it had kept, for as long as was left: a declined card is no reason to lose it to others.
    async fn hold_again(&self, conn: &Conn, state: &Agreed) -> Result<(), CheckoutError> {
        let Some(until) = state.held_until.filter(|until| *until > self.clock.now()) else { return Ok(()) };
        let (order, strategy) = (&state.order, self.strategy(conn, &state.order).await?);
        match self.inventory.hold_in(conn, order.cart_id, strategy, &wanted(order), until).await {
            // Not all of it is there any more.
            Err(InventoryError::Insufficient { .. }) => Ok(()),
            kept => Ok(kept?),
        }
    }

    /// Uses the promotions up that apply, as far as they are limited (rule B16: once for a cart).
    async fn take_promotions(&self, conn: &Conn, order: &NewOrder, state: UsageState) -> Result<(), CheckoutError> {
        let taking = Taking {
            cart_id: order.cart_id,
            order_id: order.id,
            customer_id: order.customer_id,
            email: &order.email,
            currency: order.currency,
            applied: &order.promotions.applied,
            state,
        };
        Ok(self.promotions.take_in(conn, &taking).await?)
    }
}

/// Takes what is limited: stock, uses of promotions, a number. The cart is locked by whoever begins the run.
struct Reserve;

#[async_trait]
impl Step<Completing> for Reserve {
    fn name(&self) -> &'static str {
        "reserve"
    }

    async fn write(&self, workflow: &Completing, conn: &Conn, state: &mut Agreed) -> Result<Next, CheckoutError> {
        let due = state.order.totals.total.gross;
        if !state.is_free() {
            state.session = Some(workflow.payments.lock_session_in(conn, state.order.cart_id, due).await?);
        }
        if workflow.asks_outside(state) {
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
        let usage = if workflow.asks_outside(state) { UsageState::Reserved } else { UsageState::Consumed };
        workflow.take_promotions(conn, &state.order, usage).await?;
        state.order.number = workflow.regions.next_order_number_in(conn, state.order.channel_id).await?;
        Ok(Next::Step)
    }

    async fn undo_write(
        &self,
        workflow: &Completing,
        conn: &Conn,
        state: &mut Agreed,
        cause: &Problem,
    ) -> Result<(), CheckoutError> {
        workflow.carts.reopen_in(conn, state.order.cart_id).await?;
        let (status, failure) = ending(cause);
        let closed = workflow.payments.give_up_in(conn, state.order.cart_id, status, failure).await?;
        // The session may have ended by another way. Whatever its provider did, or does late, is let go.
        let closed = closed.into_iter().next().or_else(|| state.session.clone());
        workflow.letting_go.begin_in(conn, closed.into_iter().collect()).await?;
        workflow.inventory.release_in(conn, state.order.id).await?;
        workflow.hold_again(conn, state).await?;
        workflow.promotions.give_back_in(conn, state.order.id).await?;
        Ok(())
    }
}

fn wanted(order: &NewOrder) -> Vec<(VariantId, i32)> {
    order.lines.iter().map(|line| (line.variant_id, line.quantity)).collect()
}

/// How the session ends that a cart waited for: given up by its shopper, or failed, and why.
fn ending(cause: &Problem) -> (SessionStatus, Option<Failure>) {
    match cause.details.as_ref().and_then(|details| details["reason"].as_str()) {
        Some(GIVEN_UP) => (SessionStatus::Cancelled, None),
        Some(reason) => (SessionStatus::Failed, Some(Failure::new(reason, &cause.message))),
        None => (SessionStatus::Failed, Some(Failure::of(cause))),
    }
}

/// Asks the provider for the money. What it holds when the run is undone is let go by a run of its own, so that the cart
/// is back with its shopper whether or not the provider can be reached.
struct Authorize;

#[async_trait]
impl Step<Completing> for Authorize {
    fn name(&self) -> &'static str {
        "authorize"
    }

    fn outside(&self, workflow: &Completing, state: &Agreed) -> bool {
        workflow.asks_outside(state)
    }

    fn policy(&self) -> Policy {
        Policy {
            timeout: Duration::from_secs(10),
            attempts: 4,
            backoff: Duration::from_millis(300),
            longest_backoff: Duration::from_secs(5),
            when_exhausted: WhenExhausted::Undo,
        }
    }

    async fn call(&self, workflow: &Completing, state: &mut Agreed, call: &Call) -> Result<(), CheckoutError> {
        let Some(session) = &mut state.session else { return Ok(()) };
        // The shopper may have told the provider more since, and the provider may have told us.
        *session = workflow.payments.current_session(session.id).await?;
        let standing = match session.status {
            SessionStatus::Authorized => Standing::Authorized { amount: session.amount, captured: Decimal::ZERO },
            ended_meanwhile if !ended_meanwhile.is_open() => return Err(ended(session).into()),
            _ => match workflow.payments.authorize(session, &call.key, call.attempt).await {
                // The shopper still has time to act, whether or not the provider can be reached now.
                Err(error)
                    if error.is_transient() && state.wait_until.is_some_and(|until| workflow.clock.now() < until) =>
                {
                    return Ok(());
                }
                asked => asked?,
            },
        };
        if let Standing::Failed(failure) = standing {
            return Err(PaymentError::declined(failure).into());
        }
        state.standing = Some(standing);
        Ok(())
    }

    async fn write(&self, workflow: &Completing, conn: &Conn, state: &mut Agreed) -> Result<Next, CheckoutError> {
        let (Some(session), Some(standing)) = (&mut state.session, &state.standing) else { return Ok(Next::Step) };
        *session = workflow.payments.stands_in(conn, session.id, standing).await?;
        match standing {
            Standing::Authorized { amount, .. } if *amount < session.amount => {
                let money = |amount| Money::new(amount, session.currency);
                let (promised, due) = (money(*amount), money(session.amount));
                Err(PaymentError::AmountMismatch { promised, due }.into())
            }
            Standing::Authorized { .. } if session.status == SessionStatus::Authorized => Ok(Next::Step),
            // It was cancelled, has failed or has expired meanwhile.
            _ if !session.status.is_open() => Err(ended(session).into()),
            _ => {
                workflow.carts.tell_in(conn, state.order.cart_id).await?;
                let until = *state.wait_until.get_or_insert_with(|| workflow.clock.now() + TIME_FOR_ACTION);
                Ok(Next::Wait { until })
            }
        }
    }
}

/// Why a session is of no use any more.
fn ended(session: &PaymentSession) -> PaymentError {
    let told = session.failure.clone();
    let word = session.status.word().to_ascii_lowercase();
    PaymentError::declined(told.unwrap_or_else(|| Failure::new(word, "The payment session has ended.")))
}

/// Places the order.
struct Place;

#[async_trait]
impl Step<Completing> for Place {
    fn name(&self) -> &'static str {
        "place"
    }

    async fn write(&self, workflow: &Completing, conn: &Conn, state: &mut Agreed) -> Result<Next, CheckoutError> {
        let order = &state.order;
        workflow.carts.complete_in(conn, order.cart_id, order.customer_id, order.id).await?;
        if let Some(session) = &state.session {
            workflow.payments.bind_in(conn, session, order.id).await?;
        }
        if state.standing.is_some() {
            workflow.promotions.consume_in(conn, order.id).await?;
        }
        let variants: Vec<_> = order.lines.iter().map(|line| line.variant_id).collect();
        let there = workflow.catalog.keep_in(conn, &variants).await?;
        state.placed = Some(Box::new(workflow.orders.place_in(conn, order.clone(), &there).await?));
        Ok(Next::Step)
    }
}
