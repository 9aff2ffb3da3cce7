//! The GraphQL surface: all output types in one room, because a type graph is cyclic on purpose and a Rust resolver
//! names the type it returns. Resolvers are thin: they turn arguments into a command, call a facade, and wrap what it
//! gives.
//!
//! # Decisions
//! - Output objects are tables (`object!` of the crate graphql-plan), read by plan: a field never queries by itself, its
//!   table names a source, and a level of a query is one statement. A row is the domain's own, without attributes of
//!   the schema.
//! - Root fields are ordinary async functions, entered into the root's table by `#[queries]` and `#[mutations]`.
//! - Business outcomes are data (`userErrors`); top-level errors are for what a client can only retry or log in for.
//! - Fields for staff say so in the SDL (`@requires`) and are hidden from introspection by anybody else.

mod account;
mod cart;
mod catalog;
mod connection;
mod context;
mod engine;
mod errors;
mod follow;
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
    Schema::build(Query, Mutation, Subscription::default()).directive(in_context::InContext).disable_suggestions()
}

/// The schema as text, as in `schema.graphql`.
pub fn sdl() -> String {
    let options = SDLExportOptions::new().sorted_fields().sorted_arguments().sorted_enum_items();
    let sdl = builder().finish().sdl_with_options(options);
    format!("{}\n", sdl.trim())
}
