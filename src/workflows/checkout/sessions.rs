//! Payment sessions: opened for what a cart costs, changed, replaced, given up, and let go.

use std::time::Duration;

use serde_json::{Value, json};

use super::run::{Completing, GIVEN_UP};
use super::{Checkout, CheckoutError, ready};
use crate::db::Conn;
use crate::domain::cart::{Cart, CartMergeStrategy};
use crate::domain::payments::{Failure, OpenSession, PaymentError, PaymentSession, SessionStatus};
use crate::kernel::actor::Actor;
use crate::kernel::error::{ErrorCode, Explain, Problem};
use crate::kernel::ids::{CartId, PaymentSessionId, WorkflowRunId};

/// How long whoever gives a payment up waits for the cart to come back.
const PATIENCE: Duration = Duration::from_secs(8);

/// What a shopper wants to pay with.
#[derive(Clone, Debug)]
pub struct PayWith {
    /// The provider's name.
    pub provider: String,
    /// What the provider needs to know, such as a payment method: an object.
    pub data: Value,
    /// Where the shopper comes back to after having been sent away.
    pub return_url: Option<String>,
}

impl Checkout {
    /// Opens a payment session for what the cart costs now, and gives up the one that was open before (rule D3).
    pub async fn open_session(
        &self,
        actor: &Actor,
        cart: CartId,
        with: PayWith,
    ) -> Result<PaymentSession, CheckoutError> {
        let new = self.session_for(actor, cart, with).await?;
        // The provider is asked without a lock. What it opened is let go when the cart has changed hands meanwhile.
        let session = self.payments.open(new).await?;
        match self.keep(actor, &session).await {
            Ok(()) => Ok(session),
            Err(error) => {
                let tx = self.db.begin().await?;
                self.letting_go.begin_in(&tx, vec![session]).await?;
                tx.commit().await?;
                Err(error)
            }
        }
    }

    async fn session_for(&self, actor: &Actor, cart: CartId, with: PayWith) -> Result<OpenSession, CheckoutError> {
        let tx = self.db.begin().await?;
        let draft = self.carts.lock_in(&tx, actor, cart).await?.still_open()?;
        ready(&draft)?;
        let PayWith { provider, data, return_url } = with;
        Ok(OpenSession {
            cart,
            cart_version: draft.cart.version,
            customer: draft.cart.customer_id.or_else(|| actor.customer()),
            provider,
            total: draft.cart.totals(&draft.lines)?.total.gross,
            data,
            return_url,
        })
    }

    async fn keep(&self, actor: &Actor, session: &PaymentSession) -> Result<(), CheckoutError> {
        let tx = self.db.begin().await?;
        self.carts.lock_in(&tx, actor, session.cart_id).await?.still_open()?;
        let replaced = self.payments.keep_in(&tx, session).await?;
        self.letting_go.begin_in(&tx, replaced).await?;
        self.carts.tell_in(&tx, session.cart_id).await?;
        Ok(tx.commit().await?)
    }

    /// Gives a payment session up. A cart that waits for it goes back to its shopper.
    pub async fn cancel_session(&self, actor: &Actor, id: PaymentSessionId) -> Result<PaymentSession, CheckoutError> {
        let tx = self.db.begin().await?;
        let session = self.payments.find_session(&tx, id).await?.ok_or(PaymentError::NotFound)?;
        let cart = self.carts.find(&tx, actor, session.cart_id).await?.ok_or(PaymentError::NotFound)?;
        let draft = self.carts.lock_in(&tx, actor, cart.id).await?;
        if let Some(run) = draft.cart.completing_run_id {
            drop(tx);
            self.stop_waiting(run).await?;
        } else {
            let session = self.payments.cancel_in(&tx, id).await?;
            self.letting_go.begin_in(&tx, vec![session]).await?;
            self.carts.tell_in(&tx, cart.id).await?;
            tx.commit().await?;
        }
        let session = self.payments.current_session(id).await?;
        match session.status {
            SessionStatus::Cancelled | SessionStatus::Failed | SessionStatus::Expired => Ok(session),
            // It was too late: the order is being placed.
            going_on => Err(PaymentError::InvalidState(going_on).into()),
        }
    }

    /// Has a run undone that waits for its shopper. One that does not wait is past being given up.
    async fn stop_waiting(&self, run: WorkflowRunId) -> Result<(), CheckoutError> {
        let tx = self.db.begin().await?;
        let cause = Problem::new(ErrorCode::PaymentDeclined, "The shopper canceled the payment.");
        let cause = cause.with(json!({ "reason": GIVEN_UP }));
        self.engine.give_up_in(&tx, run, cause).await?;
        tx.commit().await?;
        self.engine.drive::<Completing>(run, PATIENCE).await?;
        Ok(())
    }

    /// Throws a cart away, and what was promised for it.
    pub async fn delete_cart(&self, actor: &Actor, cart: CartId) -> Result<CartId, CheckoutError> {
        let tx = self.db.begin().await?;
        self.carts.lock_in(&tx, actor, cart).await?.still_open()?;
        self.discard_in(&tx, cart).await?;
        tx.commit().await?;
        Ok(cart)
    }

    /// Puts what is in one cart into another one, and throws the first one away, with what was promised for it (rule D9).
    pub async fn merge_carts(
        &self,
        actor: &Actor,
        from: CartId,
        into: CartId,
        strategy: CartMergeStrategy,
    ) -> Result<Cart, CheckoutError> {
        let tx = self.db.begin().await?;
        let merged = self.carts.merge_in(&tx, actor, from, into, strategy).await?;
        self.discard_in(&tx, from).await?;
        tx.commit().await?;
        Ok(self.carts.ask_for_taxes(merged).await?.cart)
    }

    /// Throws a locked and open cart away in the caller's transaction, and what was promised for it.
    async fn discard_in(&self, conn: &Conn, cart: CartId) -> Result<(), CheckoutError> {
        self.give_up_in(conn, cart).await?;
        self.inventory.release_hold_in(conn, cart).await?;
        Ok(self.carts.delete_in(conn, cart).await?)
    }

    /// Ends the sessions whose time is over, and says how many there were.
    pub async fn expire_sessions(&self) -> Result<usize, CheckoutError> {
        let mut count = 0;
        loop {
            let tx = self.db.begin().await?;
            let ended = self.payments.expire_in(&tx).await?;
            if ended.is_empty() {
                return Ok(count);
            }
            count += ended.len();
            self.letting_go.begin_in(&tx, ended).await?;
            tx.commit().await?;
        }
    }

    /// Lets go what is held for a cart that could not become an order, and leaves word of why with the session (rule D4).
    pub(super) async fn let_go_of_held(&self, cart: CartId, why: &CheckoutError) -> Result<(), CheckoutError> {
        let failure = why.problems().first().map(Failure::of);
        let tx = self.db.begin().await?;
        let held = self.payments.give_up_held_in(&tx, cart, failure).await?;
        self.letting_go.begin_in(&tx, held).await?;
        self.carts.tell_in(&tx, cart).await?;
        Ok(tx.commit().await?)
    }

    /// Closes a cart's open session in the caller's transaction, and begins to let go of what it holds.
    pub(super) async fn give_up_in(&self, conn: &Conn, cart: CartId) -> Result<(), CheckoutError> {
        let given_up = self.payments.give_up_in(conn, cart, SessionStatus::Cancelled, None).await?;
        Ok(self.letting_go.begin_in(conn, given_up).await?)
    }
}
