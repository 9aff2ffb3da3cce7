//! Payment sessions of carts: opening, replacing, canceling, expiring and releasing them.

use std::time::Duration;

use serde_json::{Value, json};

use super::run::{CANCELED, CheckoutWorkflow};
use super::{Checkout, CheckoutError, ready};
use crate::db::Conn;
use crate::domain::cart::{Cart, CartMergeStrategy};
use crate::domain::payments::{OpenSession, PaymentError, PaymentFailure, PaymentSession, SessionStatus};
use crate::kernel::actor::Actor;
use crate::kernel::error::{ErrorCode, UserError, UserFacing};
use crate::kernel::ids::{CartId, PaymentSessionId, WorkflowRunId};

/// How long a caller who cancels a payment waits for the cart to reopen.
const WAIT_TIMEOUT: Duration = Duration::from_secs(8);

/// The payment method that a shopper chose.
#[derive(Clone, Debug)]
pub struct PaymentInput {
    /// The provider's name.
    pub provider: String,
    /// The data that the provider needs, such as a payment method: an object.
    pub data: Value,
    /// The URL that the shopper returns to after a redirect.
    pub return_url: Option<String>,
}

impl Checkout {
    /// Opens a payment session for the cart's current total, and cancels the previous one (rule D3).
    pub async fn open_session(
        &self,
        actor: &Actor,
        cart: CartId,
        with: PaymentInput,
    ) -> Result<PaymentSession, CheckoutError> {
        let new = self.session_for(actor, cart, with).await?;
        // The provider is called without a lock. If the cart has changed hands meanwhile, the session is released.
        let session = self.payments.open(new).await?;
        match self.keep(actor, &session).await {
            Ok(()) => Ok(session),
            Err(error) => {
                let tx = self.db.begin().await?;
                self.authorization_releases.begin_in(&tx, vec![session]).await?;
                tx.commit().await?;
                Err(error)
            }
        }
    }

    async fn session_for(&self, actor: &Actor, cart: CartId, with: PaymentInput) -> Result<OpenSession, CheckoutError> {
        let tx = self.db.begin().await?;
        let draft = self.carts.lock_in(&tx, actor, cart).await?.ensure_open()?;
        ready(&draft)?;
        let PaymentInput { provider, data, return_url } = with;
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
        self.carts.lock_in(&tx, actor, session.cart_id).await?.ensure_open()?;
        let replaced = self.payments.store_in(&tx, session).await?;
        self.authorization_releases.begin_in(&tx, replaced).await?;
        self.carts.notify_in(&tx, session.cart_id).await?;
        Ok(tx.commit().await?)
    }

    /// Cancels a payment session. A cart whose completion waits for it is reopened.
    pub async fn cancel_session(&self, actor: &Actor, id: PaymentSessionId) -> Result<PaymentSession, CheckoutError> {
        let tx = self.db.begin().await?;
        let session = self.payments.find_session(&tx, id).await?.ok_or(PaymentError::NotFound)?;
        let cart = self.carts.find(&tx, actor, session.cart_id).await?.ok_or(PaymentError::NotFound)?;
        let draft = self.carts.lock_in(&tx, actor, cart.id).await?;
        if let Some(run) = draft.cart.completing_run_id {
            drop(tx);
            self.cancel_run(run).await?;
        } else {
            let session = self.payments.cancel_session_in(&tx, id).await?;
            self.authorization_releases.begin_in(&tx, vec![session]).await?;
            self.carts.notify_in(&tx, cart.id).await?;
            tx.commit().await?;
        }
        let session = self.payments.current_session(id).await?;
        match session.status {
            SessionStatus::Canceled | SessionStatus::Failed | SessionStatus::Expired => Ok(session),
            // Too late: the order is being placed.
            going_on => Err(PaymentError::InvalidState(going_on).into()),
        }
    }

    /// Compensates a run that waits for its shopper. A run that is not waiting can no longer be canceled.
    async fn cancel_run(&self, run: WorkflowRunId) -> Result<(), CheckoutError> {
        let tx = self.db.begin().await?;
        let cause = UserError::new(ErrorCode::PaymentDeclined, "The shopper canceled the payment.");
        let cause = cause.with(json!({ "reason": CANCELED }));
        self.engine.cancel_in(&tx, run, cause).await?;
        tx.commit().await?;
        self.engine.drive::<CheckoutWorkflow>(run, WAIT_TIMEOUT).await?;
        Ok(())
    }

    /// Deletes a cart, and releases its payment session and reservation.
    pub async fn delete_cart(&self, actor: &Actor, cart: CartId) -> Result<CartId, CheckoutError> {
        let tx = self.db.begin().await?;
        self.carts.lock_in(&tx, actor, cart).await?.ensure_open()?;
        self.delete_cart_in(&tx, cart).await?;
        tx.commit().await?;
        Ok(cart)
    }

    /// Merges a cart into another one, and deletes the first with its payment session and reservation (rule D9).
    pub async fn merge_carts(
        &self,
        actor: &Actor,
        from: CartId,
        into: CartId,
        strategy: CartMergeStrategy,
    ) -> Result<Cart, CheckoutError> {
        let tx = self.db.begin().await?;
        let merged = self.carts.merge_in(&tx, actor, from, into, strategy).await?;
        self.delete_cart_in(&tx, from).await?;
        tx.commit().await?;
        Ok(self.carts.request_taxes(merged).await?.cart)
    }

    /// Deletes a locked, open cart with its payment session and reservation, in the caller's transaction.
    async fn delete_cart_in(&self, conn: &Conn, cart: CartId) -> Result<(), CheckoutError> {
        self.cancel_in(conn, cart).await?;
        self.inventory.release_hold_in(conn, cart).await?;
        Ok(self.carts.delete_in(conn, cart).await?)
    }

    /// Expires overdue sessions, and returns their number.
    pub async fn expire_sessions(&self) -> Result<usize, CheckoutError> {
        let mut count = 0;
        loop {
            let tx = self.db.begin().await?;
            let ended = self.payments.expire_in(&tx).await?;
            if ended.is_empty() {
                return Ok(count);
            }
            count += ended.len();
            self.authorization_releases.begin_in(&tx, ended).await?;
            tx.commit().await?;
        }
    }

    /// Releases the funds of a cart that could not become an order, and stores the reason with the session (rule D4).
    pub(super) async fn release_held(&self, cart: CartId, why: &CheckoutError) -> Result<(), CheckoutError> {
        let failure = why.user_errors().first().map(PaymentFailure::of);
        let tx = self.db.begin().await?;
        let held = self.payments.cancel_held_in(&tx, cart, failure).await?;
        self.authorization_releases.begin_in(&tx, held).await?;
        self.carts.notify_in(&tx, cart).await?;
        Ok(tx.commit().await?)
    }

    /// Closes a cart's open session in the caller's transaction, and starts its release.
    pub(super) async fn cancel_in(&self, conn: &Conn, cart: CartId) -> Result<(), CheckoutError> {
        let given_up = self.payments.cancel_in(conn, cart, SessionStatus::Canceled, None).await?;
        Ok(self.authorization_releases.begin_in(conn, given_up).await?)
    }
}
