//! Completing a cart.

use std::time::Duration;

use super::run::{Agreed, Completing};
use super::{Behalf, Checkout, CheckoutError, ready};
use crate::domain::inventory::InventoryError;
use crate::domain::orders::{Order, OrderError};
use crate::domain::payments::provider::Standing;
use crate::domain::payments::{PaymentError, PaymentSession};
use crate::domain::promotions::PromotionError;
use crate::durable::{Outcome, Started, Transient};
use crate::kernel::actor::Actor;
use crate::kernel::error::{ErrorCode, Problem};
use crate::kernel::ids::{CartId, WorkflowRunId};
use crate::kernel::words;

/// How long a shopper waits for the provider before being told that the payment is under way.
const PATIENCE: Duration = Duration::from_secs(8);
/// How often completing begins again after a deadlock.
const CONFLICTS: usize = 3;

/// A cart that has become an order.
#[derive(Clone, Debug)]
pub struct Completed {
    /// The order.
    pub order: Order,
    /// Shows the order to whoever placed it, without an account.
    pub guest_token: String,
}

words! {
    /// The result of completing a cart.
    CompletionStatus {
        /// The cart has become an order.
        OrderPlaced = "ORDER_PLACED",
        /// The shopper has to take an action for the payment: see the action of the payment session. Then complete the
        /// cart again.
        ActionRequired = "ACTION_REQUIRED",
        /// The payment provider has not answered yet. Call again, or subscribe to the cart: it will become an order, or
        /// can be changed again.
        Processing = "PROCESSING",
    }
}

/// What came of completing a cart.
#[derive(Clone, Debug)]
pub enum Completion {
    /// It has become an order.
    Placed(Box<Completed>),
    /// The shopper has to do something for the payment, and completes the cart again then.
    ActionRequired(Box<PaymentSession>),
    /// The provider has not answered yet. The cart becomes an order, or is given back, when it does.
    Processing(Option<Box<PaymentSession>>),
}

impl Completion {
    /// How far it came.
    pub const fn status(&self) -> CompletionStatus {
        match self {
            Self::Placed(_) => CompletionStatus::OrderPlaced,
            Self::ActionRequired(_) => CompletionStatus::ActionRequired,
            Self::Processing(_) => CompletionStatus::Processing,
        }
    }
}

impl Checkout {
    /// Turns a cart into an order, once. Whoever asks again, or at the same time, gets the same order.
    pub async fn complete(&self, actor: &Actor, cart: CartId, accept: bool) -> Result<Completion, CheckoutError> {
        self.complete_for(Behalf::Shopper(actor), cart, accept).await
    }

    /// Completes a cart whose payment has been authorised, whether or not its shopper is still there. When it cannot become
    /// an order for what was paid, the money is let go (rule D4).
    pub async fn complete_paid(&self, cart: CartId) -> Result<Completion, CheckoutError> {
        match self.complete_for(Behalf::Shop, cart, false).await {
            Err(refused) if !refused.is_transient() => {
                self.let_go_of_held(cart, &refused).await?;
                Err(refused)
            }
            ended => ended,
        }
    }

    /// Does what follows from news of a cart's payment: a run that waits for it goes on, and a cart that is paid now is
    /// completed. What stands in the way is for the shopper to mend, or for the next try.
    pub(crate) async fn follow_payment(&self, cart: CartId, is_paid: bool) {
        let outcome = match self.completing(cart).await {
            Ok(Some(run)) => self.join(cart, run).await.map(drop),
            Ok(None) if is_paid => self.complete_paid(cart).await.map(drop),
            Ok(None) => Ok(()),
            Err(error) => Err(error),
        };
        if let Err(error) = outcome {
            tracing::info!(cart.id = %cart, %error, "A cart whose payment has news was not completed");
        }
    }

    async fn completing(&self, cart: CartId) -> Result<Option<WorkflowRunId>, CheckoutError> {
        let conn = self.db.conn().await?;
        Ok(self.carts.completing(&conn, cart).await?)
    }

    /// Completes carts whose payment has been held for a moment: whoever should have done it is gone. Says how many there
    /// were.
    pub async fn complete_paid_carts(&self) -> Result<usize, CheckoutError> {
        let (mut count, mut after) = (0, None);
        loop {
            let conn = self.db.conn().await?;
            let paid = self.payments.paid_carts(&conn, after).await?;
            drop(conn);
            let Some((session, _)) = paid.last() else { return Ok(count) };
            after = Some(*session);
            for (_, cart) in &paid {
                self.follow_payment(*cart, true).await;
            }
            count += paid.len();
        }
    }

    /// Asks the providers of open sessions, of which they have told nothing for a while, whether they were paid, and completes
    /// the carts of those that were. Says how many that were.
    pub async fn look_for_payments(&self) -> Result<usize, CheckoutError> {
        let mut count = 0;
        for session in self.payments.unheard_of().await? {
            let standing = match self.payments.find(&session).await {
                // It is away: the others are not asked either.
                Err(error) if error.is_transient() => return Err(error.into()),
                standing => standing?,
            };
            if !matches!(standing, Standing::Authorized { .. }) {
                continue;
            }
            let tx = self.db.begin().await?;
            self.payments.stands_in(&tx, session.id, &standing).await?;
            self.carts.tell_in(&tx, session.cart_id).await?;
            tx.commit().await?;
            self.follow_payment(session.cart_id, true).await;
            count += 1;
        }
        Ok(count)
    }

    /// Completes it, and does it once more when somebody who deletes what is in it stood in the way.
    async fn complete_for(&self, behalf: Behalf<'_>, cart: CartId, accept: bool) -> Result<Completion, CheckoutError> {
        for _ in 0..CONFLICTS {
            match self.try_to_complete(behalf, cart, accept).await {
                Err(error) if error.is_conflict() => {}
                ended => return ended,
            }
        }
        self.try_to_complete(behalf, cart, accept).await
    }

    async fn try_to_complete(
        &self,
        behalf: Behalf<'_>,
        cart: CartId,
        accept: bool,
    ) -> Result<Completion, CheckoutError> {
        let tx = self.db.begin().await?;
        let mut draft = self.lock(&tx, behalf, cart).await?;
        if draft.cart.order_id.is_some() {
            let order = self.orders.of_cart(&tx, cart).await?.ok_or(OrderError::NotFound)?;
            return self.placed(order);
        }
        if let Some(run) = draft.cart.completing_run_id {
            drop(tx);
            return self.join(cart, run).await;
        }
        // What a customer completes is theirs: their prices, taxes and uses of promotions count.
        draft.cart.customer_id = draft.cart.customer_id.or(behalf.customer());
        let (tx, draft) = self.quote(tx, behalf, draft, accept).await?;
        ready(&draft)?;
        let agreed = self.agree(&tx, &draft).await?;
        if agreed.is_free() {
            self.give_up_in(&tx, cart).await?;
        }
        // A cart that is given back has a new version, and so a new run.
        let key = format!("{cart}-{}", draft.cart.version);
        match self.engine.start_in::<Completing>(&tx, &key, agreed).await {
            Ok(Started::Done(agreed)) => {
                tx.commit().await?;
                let order = agreed.placed.ok_or(OrderError::NotFound)?;
                self.placed(*order)
            }
            Ok(Started::Run(run)) => {
                self.carts.begin_completing_in(&tx, cart, run).await?;
                tx.commit().await?;
                self.join(cart, run).await
            }
            Err(refused) => {
                drop(tx);
                Err(self.refused(behalf, cart, refused).await?)
            }
        }
    }

    /// What would be agreed if the cart were completed now. Nothing is written.
    pub async fn agreed(&self, actor: &Actor, cart: CartId) -> Result<Agreed, CheckoutError> {
        let tx = self.db.begin().await?;
        let mut draft = self.carts.lock_in(&tx, actor, cart).await?.still_open()?;
        Box::pin(self.carts.requote_in(&tx, &mut draft)).await?;
        ready(&draft)?;
        self.agree(&tx, &draft).await
    }

    /// Waits for the run that completes a cart. One that waits for the provider looks again what has come of it.
    async fn join(&self, cart: CartId, run: WorkflowRunId) -> Result<Completion, CheckoutError> {
        self.wake(run).await?;
        match self.engine.drive::<Completing>(run, PATIENCE).await? {
            Outcome::Done(_) => {
                let conn = self.db.conn().await?;
                let order = self.orders.of_cart(&conn, cart).await?.ok_or(OrderError::NotFound)?;
                self.placed(order)
            }
            Outcome::Waiting(agreed) => self.waiting(&agreed, true).await,
            Outcome::Going(agreed) | Outcome::Stuck(agreed, _) => self.waiting(&agreed, false).await,
            Outcome::Undone { cause, .. } => Err(CheckoutError::Undone(told(cause))),
        }
    }

    /// Has a run that waits look again what has come of its payment.
    pub(crate) async fn wake(&self, run: WorkflowRunId) -> Result<(), CheckoutError> {
        let tx = self.db.begin().await?;
        self.engine.wake_in(&tx, run).await?;
        Ok(tx.commit().await?)
    }

    /// How far a payment is, and whether it is for the shopper to act.
    async fn waiting(&self, agreed: &Agreed, for_shopper: bool) -> Result<Completion, CheckoutError> {
        let Some(session) = agreed.session.as_ref().map(|session| session.id) else {
            return Ok(Completion::Processing(None));
        };
        let conn = self.db.conn().await?;
        let session = self.payments.find_session(&conn, session).await?.ok_or(PaymentError::NotFound)?;
        Ok(match session.action {
            Some(_) if for_shopper => Completion::ActionRequired(Box::new(session)),
            _ => Completion::Processing(Some(Box::new(session))),
        })
    }

    /// What has to be done when the first transaction was refused and rolled back.
    async fn refused(
        &self,
        behalf: Behalf<'_>,
        cart: CartId,
        refusal: CheckoutError,
    ) -> Result<CheckoutError, CheckoutError> {
        match (&refusal, behalf) {
            // A promotion was used up: the cart shows what it costs without it.
            (CheckoutError::Promotion(PromotionError::Limit { .. }), Behalf::Shopper(actor)) => {
                match actor.customer() {
                    Some(_) => self.carts.attach_customer(actor, cart).await?,
                    None => self.carts.refresh(actor, cart).await?,
                };
            }
            // It costs something else now: the cart shows that, and the session is of no use any more (rule D3).
            (CheckoutError::Payment(PaymentError::AmountMismatch { .. }), _) => {
                if let Behalf::Shopper(actor) = behalf {
                    self.carts.refresh(actor, cart).await?;
                }
                let tx = self.db.begin().await?;
                self.give_up_in(&tx, cart).await?;
                self.carts.tell_in(&tx, cart).await?;
                tx.commit().await?;
            }
            // The units are gone: money that is held already is let go (rule D4).
            (CheckoutError::Inventory(InventoryError::Insufficient { .. }), _) => {
                self.let_go_of_held(cart, &refusal).await?;
            }
            _ => {}
        }
        Ok(refusal)
    }

    fn placed(&self, order: Order) -> Result<Completion, CheckoutError> {
        let guest_token = self.auth.guest_token(order.id, &order.email)?;
        Ok(Completion::Placed(Box::new(Completed { order, guest_token })))
    }
}

/// What a shopper is told of a failure: one that is not the payment's own is that the payment could not be had.
fn told(cause: Problem) -> Problem {
    match cause.code {
        ErrorCode::Unavailable | ErrorCode::Internal => {
            let message =
                "The payment could not be completed and nothing was charged: try again, or pay in another way.";
            Problem::new(ErrorCode::PaymentUnavailable, message)
        }
        _ => cause,
    }
}
