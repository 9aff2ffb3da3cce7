//! From cart to payment session to order.
//!
//! # Decisions
//! - **Completing a cart is a durable workflow** ([`run`]): one transaction reserves stock, promotion uses and the
//!   order number, then the provider is called, then another transaction places the order. If no remote call is
//!   necessary, because nothing is due, the provider is in-process, or the amount is already authorized, it is one
//!   transaction.
//! - **The order draft is fixed in the first transaction** and stored with the run, so that later changes of the
//!   catalog do not affect what the shopper was shown and charged for.
//! - Locks are taken in one order everywhere: cart, session, stock levels, campaigns, promotions, codes, channel.
//! - The cart's lock makes completion idempotent (rule D1): a second caller finds the run or the order.
//! - **Authorized funds are always released** (rule D4): a session that is replaced, canceled or unusable is released
//!   by a workflow that starts in the transaction that closes it.

mod complete;
mod error;
mod order_draft;
mod quote;
pub mod run;
mod sessions;

pub use complete::{Completed, Completion, CompletionStatus};
pub use error::CheckoutError;
pub use sessions::PaymentInput;

use crate::db::{Conn, Db};
use crate::domain::auth::Auth;
use crate::domain::cart::{CartDraft, Carts};
use crate::domain::catalog::Catalog;
use crate::domain::inventory::Inventory;
use crate::domain::orders::Orders;
use crate::domain::payments::Payments;
use crate::durable::Engine;
use crate::kernel::actor::Actor;
use crate::kernel::ids::{CartId, CustomerId};
use crate::workflows::money::ReleaseAuthorization;

/// Turns carts into orders.
#[derive(Clone)]
pub struct Checkout {
    pub(crate) db: Db,
    pub(crate) engine: Engine,
    pub(crate) auth: Auth,
    pub(crate) catalog: Catalog,
    pub(crate) inventory: Inventory,
    pub(crate) carts: Carts,
    pub(crate) payments: Payments,
    pub(crate) orders: Orders,
    pub(crate) authorization_releases: ReleaseAuthorization,
}

/// On whose behalf an action on a cart is performed.
#[derive(Clone, Copy, Debug)]
enum Initiator<'a> {
    /// The shopper, who must prove access to the cart.
    Shopper(&'a Actor),
    /// The system: a provider has reported the payment.
    Shop,
}

impl Initiator<'_> {
    fn customer(self) -> Option<CustomerId> {
        match self {
            Self::Shopper(actor) => actor.customer(),
            Self::Shop => None,
        }
    }
}

impl Checkout {
    /// Returns the cart with its lines, locked until the caller's transaction ends.
    async fn lock(&self, conn: &Conn, initiator: Initiator<'_>, cart: CartId) -> Result<CartDraft, CheckoutError> {
        Ok(match initiator {
            Initiator::Shopper(actor) => self.carts.lock_in(conn, actor, cart).await?,
            Initiator::Shop => self.carts.lock_unchecked_in(conn, cart).await?,
        })
    }
}

/// Fails if the cart is incomplete.
fn ready(draft: &CartDraft) -> Result<(), CheckoutError> {
    let problems = draft.cart.problems(&draft.lines);
    if problems.is_empty() { Ok(()) } else { Err(CheckoutError::Incomplete(problems)) }
}
