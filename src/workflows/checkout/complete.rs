//! Completing a cart.

use std::time::Duration;

use super::run::{CheckoutWorkflow, OrderDraft};
use super::{Checkout, CheckoutError, Initiator, ready};
use crate::domain::inventory::InventoryError;
use crate::domain::orders::{Order, OrderError};
use crate::domain::payments::provider::ProviderStatus;
use crate::domain::payments::{PaymentError, PaymentSession};
use crate::domain::promotions::PromotionError;
use crate::durable::{Outcome, Started, Transient};
use crate::kernel::actor::Actor;
use crate::kernel::error::{ErrorCode, UserError};
use crate::kernel::ids::{CartId, WorkflowRunId};
use crate::kernel::string_enum;

/// How long a shopper waits for the provider before the response is that the payment is processing.
const WAIT_TIMEOUT: Duration = Duration::from_secs(8);
/// The number of retries after a deadlock.
const MAX_CONFLICT_RETRIES: usize = 3;

/// A completed cart.
#[derive(Clone, Debug)]
pub struct Completed {
    /// The order.
    pub order: Order,
    /// Grants access to the order without an account.
    pub guest_token: String,
}

string_enum! {
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

/// The result of completing a cart.
#[derive(Clone, Debug)]
pub enum Completion {
    /// The order was placed.
    Placed(Box<Completed>),
    /// The shopper must take an action for the payment, and then complete the cart again.
    ActionRequired(Box<PaymentSession>),
    /// The provider has not answered yet. When it does, the cart becomes an order or is reopened.
    Processing(Option<Box<PaymentSession>>),
}

impl Completion {
    /// Returns the status.
    pub const fn status(&self) -> CompletionStatus {
        match self {
            Self::Placed(_) => CompletionStatus::OrderPlaced,
            Self::ActionRequired(_) => CompletionStatus::ActionRequired,
            Self::Processing(_) => CompletionStatus::Processing,
        }
    }
}

impl Checkout {
    /// Turns a cart into an order, once. Repeated and concurrent calls return the same order.
    pub async fn complete(&self, actor: &Actor, cart: CartId, accept: bool) -> Result<Completion, CheckoutError> {
        self.complete_for(Initiator::Shopper(actor), cart, accept).await
    }

    /// Completes a cart whose payment has been authorized, even if its shopper is gone. If it cannot become an order
    /// for the amount paid, the funds are released (rule D4).
    pub async fn complete_paid(&self, cart: CartId) -> Result<Completion, CheckoutError> {
        match self.complete_for(Initiator::Shop, cart, false).await {
            Err(refused) if !refused.is_transient() => {
                self.release_held(cart, &refused).await?;
                Err(refused)
            }
            ended => ended,
        }
    }

    /// Handles a change of a cart's payment: resumes a run that waits for it, or completes a cart that is now paid.
    /// Errors are left to the shopper or the next attempt.
    pub(crate) async fn reconcile_payment(&self, cart: CartId, is_paid: bool) {
        let outcome = match self.completing(cart).await {
            Ok(Some(run)) => self.join(cart, run).await.map(drop),
            Ok(None) if is_paid => self.complete_paid(cart).await.map(drop),
            Ok(None) => Ok(()),
            Err(error) => Err(error),
        };
        if let Err(error) = outcome {
            tracing::info!(cart.id = %cart, %error, "A cart was not completed after an update of its payment");
        }
    }

    async fn completing(&self, cart: CartId) -> Result<Option<WorkflowRunId>, CheckoutError> {
        let conn = self.db.conn().await?;
        Ok(self.carts.completing(&conn, cart).await?)
    }

    /// Completes carts that have been authorized for longer than the grace period: their shoppers are gone. Returns
    /// their number.
    pub async fn complete_paid_carts(&self) -> Result<usize, CheckoutError> {
        let (mut count, mut after) = (0, None);
        loop {
            let conn = self.db.conn().await?;
            let paid = self.payments.authorized_carts(&conn, after).await?;
            drop(conn);
            let Some((session, _)) = paid.last() else { return Ok(count) };
            after = Some(*session);
            for (_, cart) in &paid {
                self.reconcile_payment(*cart, true).await;
            }
            count += paid.len();
        }
    }

    /// Polls the providers of open sessions without recent webhook events, and completes the carts that were paid.
    /// Returns their number.
    pub async fn reconcile_payments(&self) -> Result<usize, CheckoutError> {
        let mut count = 0;
        for session in self.payments.due_for_polling().await? {
            let provider_status = match self.payments.find(&session).await {
                // The provider cannot be reached: stop polling the others as well.
                Err(error) if error.is_transient() => return Err(error.into()),
                provider_status => provider_status?,
            };
            if !matches!(provider_status, ProviderStatus::Authorized { .. }) {
                continue;
            }
            let tx = self.db.begin().await?;
            self.payments.record_provider_status_in(&tx, session.id, &provider_status).await?;
            self.carts.notify_in(&tx, session.cart_id).await?;
            tx.commit().await?;
            self.reconcile_payment(session.cart_id, true).await;
            count += 1;
        }
        Ok(count)
    }

    /// Completes the cart, and retries if a concurrent deletion of its contents caused a conflict.
    async fn complete_for(
        &self,
        initiator: Initiator<'_>,
        cart: CartId,
        accept: bool,
    ) -> Result<Completion, CheckoutError> {
        for _ in 0..MAX_CONFLICT_RETRIES {
            match self.try_complete(initiator, cart, accept).await {
                Err(error) if error.is_conflict() => {}
                ended => return ended,
            }
        }
        self.try_complete(initiator, cart, accept).await
    }

    async fn try_complete(
        &self,
        initiator: Initiator<'_>,
        cart: CartId,
        accept: bool,
    ) -> Result<Completion, CheckoutError> {
        let tx = self.db.begin().await?;
        let mut draft = self.lock(&tx, initiator, cart).await?;
        if draft.cart.order_id.is_some() {
            let order = self.orders.of_cart(&tx, cart).await?.ok_or(OrderError::NotFound)?;
            return self.placed(order);
        }
        if let Some(run) = draft.cart.completing_run_id {
            drop(tx);
            return self.join(cart, run).await;
        }
        // A cart completed by a customer is theirs: their prices, taxes and promotion uses apply.
        draft.cart.customer_id = draft.cart.customer_id.or(initiator.customer());
        let (tx, draft) = self.quote(tx, initiator, draft, accept).await?;
        ready(&draft)?;
        let agreed = self.draft_order(&tx, &draft).await?;
        if agreed.is_free() {
            self.cancel_in(&tx, cart).await?;
        }
        // A reopened cart has a new version, and so a new run.
        let key = format!("{cart}-{}", draft.cart.version);
        match self.engine.start_in::<CheckoutWorkflow>(&tx, &key, agreed).await {
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
                Err(self.refused(initiator, cart, refused).await?)
            }
        }
    }

    /// Returns the draft of the order that the cart would become now. Nothing is written.
    pub async fn agreed(&self, actor: &Actor, cart: CartId) -> Result<OrderDraft, CheckoutError> {
        let tx = self.db.begin().await?;
        let mut draft = self.carts.lock_in(&tx, actor, cart).await?.ensure_open()?;
        Box::pin(self.carts.requote_in(&tx, &mut draft)).await?;
        ready(&draft)?;
        self.draft_order(&tx, &draft).await
    }

    /// Waits for the run that completes a cart. A run that waits for the provider checks again.
    async fn join(&self, cart: CartId, run: WorkflowRunId) -> Result<Completion, CheckoutError> {
        self.wake(run).await?;
        match self.engine.drive::<CheckoutWorkflow>(run, WAIT_TIMEOUT).await? {
            Outcome::Done(_) => {
                let conn = self.db.conn().await?;
                let order = self.orders.of_cart(&conn, cart).await?.ok_or(OrderError::NotFound)?;
                self.placed(order)
            }
            Outcome::Waiting(agreed) => self.waiting(&agreed, true).await,
            Outcome::InProgress(agreed) | Outcome::Stuck(agreed, _) => self.waiting(&agreed, false).await,
            Outcome::Undone { cause, .. } => Err(CheckoutError::Undone(told(cause))),
        }
    }

    /// Makes a waiting run check its payment again.
    pub(crate) async fn wake(&self, run: WorkflowRunId) -> Result<(), CheckoutError> {
        let tx = self.db.begin().await?;
        self.engine.signal_in(&tx, run).await?;
        Ok(tx.commit().await?)
    }

    /// The completion of a run that has not ended, depending on whether the shopper must act.
    async fn waiting(&self, agreed: &OrderDraft, for_shopper: bool) -> Result<Completion, CheckoutError> {
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

    /// Handles a failure that rolled back the first transaction.
    async fn refused(
        &self,
        initiator: Initiator<'_>,
        cart: CartId,
        refusal: CheckoutError,
    ) -> Result<CheckoutError, CheckoutError> {
        match (&refusal, initiator) {
            // A promotion was used up: the cart shows its total without it.
            (CheckoutError::Promotion(PromotionError::Limit { .. }), Initiator::Shopper(actor)) => {
                match actor.customer() {
                    Some(_) => self.carts.attach_customer(actor, cart).await?,
                    None => self.carts.refresh(actor, cart).await?,
                };
            }
            // The total has changed: the cart shows it, and the session is unusable (rule D3).
            (CheckoutError::Payment(PaymentError::AmountMismatch { .. }), _) => {
                if let Initiator::Shopper(actor) = initiator {
                    self.carts.refresh(actor, cart).await?;
                }
                let tx = self.db.begin().await?;
                self.cancel_in(&tx, cart).await?;
                self.carts.notify_in(&tx, cart).await?;
                tx.commit().await?;
            }
            // The units are gone: release authorized funds (rule D4).
            (CheckoutError::Inventory(InventoryError::Insufficient { .. }), _) => {
                self.release_held(cart, &refusal).await?;
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

/// The error shown to a shopper: internal failures become a payment failure.
fn told(cause: UserError) -> UserError {
    match cause.code {
        ErrorCode::Unavailable | ErrorCode::Internal => {
            let message =
                "The payment could not be completed and nothing was charged: try again, or pay in another way.";
            UserError::new(ErrorCode::PaymentUnavailable, message)
        }
        _ => cause,
    }
}
