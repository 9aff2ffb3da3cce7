//! From cart to payment session to order.
//!
//! # Decisions
//! - **Completing a cart is a durable workflow** ([`run`]): one transaction takes stock, uses of promotions and the order's
//!   number, then the provider is asked, then one more transaction places the order. Where nobody outside has to be asked,
//!   because nothing is due, the provider needs no network, or the money is held already, it is one transaction.
//! - **What is sold is agreed in the first transaction** and kept with the run, so that nothing that the catalogue does
//!   meanwhile changes what the shopper was shown and charged for.
//! - Locks are taken in one order everywhere: cart, session, stock levels, campaigns, promotions, codes, channel.
//! - The cart's lock makes completing idempotent (rule D1): whoever comes second finds the run or the order.
//! - **Money that is held is never forgotten** (rule D4): a session that is replaced, given up or cannot be used is let go by
//!   a workflow that begins in the transaction that closes it.

mod agree;
mod complete;
mod error;
mod quote;
pub mod run;
mod sessions;

pub use complete::{Completed, Completion, CompletionStatus};
pub use error::CheckoutError;
pub use sessions::PayWith;

use crate::db::{Conn, Db};
use crate::domain::auth::Auth;
use crate::domain::cart::{Carts, Draft};
use crate::domain::catalog::Catalog;
use crate::domain::inventory::Inventory;
use crate::domain::orders::Orders;
use crate::domain::payments::Payments;
use crate::durable::Engine;
use crate::kernel::actor::Actor;
use crate::kernel::ids::{CartId, CustomerId};
use crate::workflows::money::LettingGo;

/// From cart to order.
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
    pub(crate) letting_go: LettingGo,
}

/// On whose behalf something is done with a cart.
#[derive(Clone, Copy, Debug)]
enum Behalf<'a> {
    /// Its shopper's, who has to prove that it is theirs.
    Shopper(&'a Actor),
    /// The shop's own: a provider has told that the payment is there.
    Shop,
}

impl Behalf<'_> {
    fn customer(self) -> Option<CustomerId> {
        match self {
            Self::Shopper(actor) => actor.customer(),
            Self::Shop => None,
        }
    }
}

impl Checkout {
    /// The cart with its lines, locked until the caller's transaction ends.
    async fn lock(&self, conn: &Conn, behalf: Behalf<'_>, cart: CartId) -> Result<Draft, CheckoutError> {
        Ok(match behalf {
            Behalf::Shopper(actor) => self.carts.lock_in(conn, actor, cart).await?,
            Behalf::Shop => self.carts.lock_any_in(conn, cart).await?,
        })
    }
}

/// Refuses a cart that lacks something.
fn ready(draft: &Draft) -> Result<(), CheckoutError> {
    let problems = draft.cart.problems(&draft.lines);
    if problems.is_empty() { Ok(()) } else { Err(CheckoutError::Incomplete(problems)) }
}
