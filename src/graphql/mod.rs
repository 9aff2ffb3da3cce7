//! The GraphQL API. All output types are in one module, because the type graph is cyclic and a Rust resolver names the
//! type it returns. Resolvers are thin: they turn arguments into a command, call a facade and wrap the result.
//!
//! # Decisions
//! - Output objects are tables (`object!` of the crate graphql-plan) that are resolved by plan: a field never runs its
//!   own query. Its table names a source, and each query level is one statement. Rows are plain domain types, without
//!   schema attributes.
//! - Root fields are ordinary async functions, registered in the root's table by `#[queries]` and `#[mutations]`.
//! - Business errors are data (`userErrors`); top-level errors are for problems that a client can only fix by retrying
//!   or logging in.
//! - Staff fields are marked in the SDL (`@requires`) and hidden from everyone else's introspection.

mod account;
mod cart;
mod catalog;
mod connection;
mod context;
mod engine;
mod errors;
mod guards;
mod in_context;
mod inventory;
mod node;
mod orders;
mod payments;
mod pricing;
mod promotions;
mod scalars;
mod shop;
mod sources;
mod subscribe;
mod tax;
mod totals;
mod workflows;

use async_graphql::{MergedSubscription, SDLExportOptions, Schema, SchemaBuilder};
use graphql_plan::root;

pub use engine::{Caller, Credentials, Engine, Refusal};

root! {
    /// The queries of the API.
    pub Query = [
        account::AccountQuery::FIELDS,
        cart::CartQuery::FIELDS,
        catalog::CatalogQuery::FIELDS,
        inventory::InventoryItemQuery::FIELDS,
        inventory::StockAlertQuery::FIELDS,
        inventory::StockQuery::FIELDS,
        node::NodeQuery::FIELDS,
        orders::OrderQuery::FIELDS,
        payments::PaymentQuery::FIELDS,
        pricing::PricingQuery::FIELDS,
        promotions::PromotionQuery::FIELDS,
        promotions::SimulationQuery::FIELDS,
        shop::ShopQuery::FIELDS,
        tax::TaxQuery::FIELDS,
        workflows::WorkflowQuery::FIELDS,
    ]
}

root! {
    /// The mutations of the API. Every mutation returns a payload with the objects it changed, and with `userErrors`
    /// for problems that the caller can fix.
    pub Mutation = [
        account::AccountMutation::FIELDS,
        account::CustomerGroupMutation::FIELDS,
        cart::CartHoldMutation::FIELDS,
        cart::CartMutation::FIELDS,
        catalog::GroupMutation::FIELDS,
        catalog::ProductMutation::FIELDS,
        catalog::VariantMutation::FIELDS,
        inventory::InventoryItemMutation::FIELDS,
        inventory::ReservationMutation::FIELDS,
        inventory::StockAlertMutation::FIELDS,
        inventory::StockMutation::FIELDS,
        orders::FulfillmentMutation::FIELDS,
        orders::OrderMutation::FIELDS,
        payments::PaymentMutation::FIELDS,
        payments::SessionMutation::FIELDS,
        pricing::PricingMutation::FIELDS,
        promotions::CampaignMutation::FIELDS,
        promotions::PromotionMutation::FIELDS,
        shop::ShopMutation::FIELDS,
        tax::TaxMutation::FIELDS,
        workflows::WorkflowMutation::FIELDS,
    ]
}

/// The subscriptions of the API. Each change is pushed as soon as it is committed, whichever process made it.
#[derive(MergedSubscription, Default)]
pub struct Subscription(cart::CartSubscription, orders::OrderSubscription);

type ShopSchema = Schema<Query, Mutation, Subscription>;

fn builder() -> SchemaBuilder<Query, Mutation, Subscription> {
    Schema::build(Query, Mutation, Subscription::default())
        .directive(in_context::InContext)
        .disable_suggestions()
        .data(scalars::CHECKS)
}

/// The schema in SDL, as in `schema.graphql`.
pub fn sdl() -> String {
    let options = SDLExportOptions::new().sorted_fields().sorted_arguments().sorted_enum_items();
    let sdl = builder().finish().sdl_with_options(options);
    format!("{}\n", sdl.trim())
}
