//! Carts: what a shopper is about to buy.
//!
//! # Decisions
//! - A cart is a quote. Every change stores the current prices, rates and shipping, and totals are computed from these
//!   alone, so that reading a cart needs no other domain and never shows a new price. Completing it requotes it and
//!   reports whether anything changed (rule D14).
//! - Every change locks the cart's row, so that changes are serialized.
//! - A guest's cart can be accessed by anyone who knows its id; a customer's cart only by that customer.

mod check;
mod codes;
mod complete;
mod create;
mod details;
mod draft;
mod error;
mod lines;
mod merge;
mod model;
mod override_price;
mod quote;
mod repo;
mod taxes;

pub use create::{CreateCart, Storefront};
pub use details::{SetCartAddresses, UpdateCart};
pub use draft::CartDraft;
pub use error::CartError;
pub use lines::{AddLine, Attribute, UpdateLine};
pub use merge::CartMergeStrategy;
pub use model::{Attributes, Cart, CartLine, CartStatus, PriceOverride};

use crate::db::{Conn, Db, Result};
use crate::domain::catalog::Catalog;
use crate::domain::customers::Customers;
use crate::domain::fulfillment::Fulfillment;
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
    fulfillment: Fulfillment,
    pricing: Pricing,
    promotions: Promotions,
    taxes: Taxes,
}

/// The services that carts depend on.
pub struct CartServices {
    /// Regions.
    pub regions: Regions,
    /// Customers.
    pub customers: Customers,
    /// The catalog.
    pub catalog: Catalog,
    /// Stock.
    pub inventory: Inventory,
    /// Shipping options.
    pub fulfillment: Fulfillment,
    /// Prices.
    pub pricing: Pricing,
    /// Promotions.
    pub promotions: Promotions,
    /// Taxes.
    pub taxes: Taxes,
}

impl Carts {
    /// Creates the facade for this database.
    pub fn new(db: Db, clock: SharedClock, parts: CartServices) -> Self {
        let CartServices { regions, customers, catalog, inventory, fulfillment, pricing, promotions, taxes } = parts;
        Self { db, clock, regions, customers, catalog, inventory, fulfillment, pricing, promotions, taxes }
    }

    /// The cart, if the actor may access it.
    pub async fn find(&self, conn: &Conn, actor: &Actor, id: CartId) -> Result<Option<Cart>> {
        Ok(repo::find(conn, id).await?.filter(|cart| may_see(actor, cart)))
    }
}

fn may_see(actor: &Actor, cart: &Cart) -> bool {
    cart.is_accessible_by(actor) || actor.may(Permission::Orders)
}
