//! Carts: what a shopper is about to buy.
//!
//! # Decisions
//! - A cart is a quote. Every change writes down the prices, rates and shipping of that moment, and totals are computed
//!   from these alone, so that reading a cart needs no other domain and never surprises. Completing it quotes anew and
//!   tells when something changed (rule D14).
//! - Every change locks the cart's row, so that a cart has one history.
//! - A guest's cart belongs to whoever knows its id; a customer's to the customer alone.

mod check;
mod codes;
mod complete;
mod create;
mod details;
mod edit;
mod error;
mod lines;
mod merge;
mod model;
mod override_price;
mod quote;
mod repo;
mod taxes;

pub use create::{CreateCart, Storefront};
pub use details::UpdateCart;
pub use edit::Draft;
pub use error::CartError;
pub use lines::{AddLine, Property, UpdateLine};
pub use merge::CartMergeStrategy;
pub use model::{Cart, CartLine, CartStatus, PriceOverride, Properties};

use crate::db::{Conn, Db, Result};
use crate::domain::catalog::Catalog;
use crate::domain::customers::Customers;
use crate::domain::fulfilment::Fulfilment;
use crate::domain::inventory::Inventory;
use crate::domain::pricing::Pricing;
use crate::domain::promotions::Promotions;
use crate::domain::regions::Regions;
use crate::domain::tax::Taxes;
use crate::kernel::actor::{Actor, Permission};
use crate::kernel::clock::SharedClock;
use crate::kernel::ids::CartId;

/// Carts.
#[derive(Clone)]
pub struct Carts {
    db: Db,
    clock: SharedClock,
    regions: Regions,
    customers: Customers,
    catalog: Catalog,
    inventory: Inventory,
    fulfilment: Fulfilment,
    pricing: Pricing,
    promotions: Promotions,
    taxes: Taxes,
}

/// What carts stand on.
pub struct CartsParts {
    /// Regions.
    pub regions: Regions,
    /// Customers.
    pub customers: Customers,
    /// The catalogue.
    pub catalog: Catalog,
    /// Stock.
    pub inventory: Inventory,
    /// Shipping options.
    pub fulfilment: Fulfilment,
    /// Prices.
    pub pricing: Pricing,
    /// Promotions.
    pub promotions: Promotions,
    /// Taxes.
    pub taxes: Taxes,
}

impl Carts {
    /// The facade over this database.
    pub fn new(db: Db, clock: SharedClock, parts: CartsParts) -> Self {
        let CartsParts { regions, customers, catalog, inventory, fulfilment, pricing, promotions, taxes } = parts;
        Self { db, clock, regions, customers, catalog, inventory, fulfilment, pricing, promotions, taxes }
    }

    /// The cart, when the actor may see it.
    pub async fn find(&self, conn: &Conn, actor: &Actor, id: CartId) -> Result<Option<Cart>> {
        Ok(repo::find(conn, id).await?.filter(|cart| may_see(actor, cart)))
    }
}

fn may_see(actor: &Actor, cart: &Cart) -> bool {
    cart.is_own_of(actor) || actor.may(Permission::Orders)
}
