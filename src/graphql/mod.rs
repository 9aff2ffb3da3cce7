//! The GraphQL surface: all output types in one room, because a type graph is cyclic on purpose and a Rust resolver
//! names the type it returns. Resolvers are thin: they turn arguments into a command, call a facade, and wrap what it
//! gives.
//!
//! # Decisions
//! - A nested field never queries by itself: it asks a loader, and a level of a query is one statement.
//! - Business outcomes are data (`userErrors`); top-level errors are for what a client can only retry or log in for.
//! - Mutations of carts and orders box what they wait for: without optimisation all fields of an object share one
//!   frame of the stack, which would overflow otherwise.
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
mod loader;
mod loaders;
mod node;
mod orders;
mod payments;
mod pricing;
mod promotions;
mod scalars;
mod shop;
mod tax;
mod totals;
mod workflows;

use async_graphql::{MergedObject, MergedSubscription, SDLExportOptions, Schema, SchemaBuilder};

pub use engine::{Caller, Credentials, Engine, Refusal};

/// What can be read.
#[derive(MergedObject, Default)]
pub struct Query(
    payments::PaymentQuery,
    node::NodeQuery,
    shop::ShopQuery,
    catalog::CatalogQuery,
    inventory::InventoryQuery,
    pricing::PricingQuery,
    account::AccountQuery,
    cart::CartQuery,
    orders::OrderQuery,
    tax::TaxQuery,
    promotions::PromotionQuery,
    promotions::SimulationQuery,
    workflows::WorkflowQuery,
);

/// What can be done. Every mutation answers with a payload: what it changed, and `userErrors` for whoever has to mend
/// something.
#[derive(MergedObject, Default)]
pub struct Mutation(
    orders::FulfillmentMutation,
    payments::SessionMutation,
    payments::PaymentMutation,
    account::AccountMutation,
    cart::CartMutation,
    shop::ShopMutation,
    catalog::ProductMutation,
    catalog::VariantMutation,
    catalog::GroupMutation,
    inventory::InventoryMutation,
    pricing::PricingMutation,
    orders::OrderMutation,
    account::CustomerGroupMutation,
    tax::TaxMutation,
    promotions::PromotionMutation,
    promotions::CampaignMutation,
    workflows::WorkflowMutation,
);

/// What can be followed. Every change is pushed as it becomes true, whichever process made it.
#[derive(MergedSubscription, Default)]
pub struct Subscription(cart::CartSubscription, orders::OrderSubscription);

type ShopSchema = Schema<Query, Mutation, Subscription>;

fn builder() -> SchemaBuilder<Query, Mutation, Subscription> {
    Schema::build(Query::default(), Mutation::default(), Subscription::default())
        .directive(in_context::InContext)
        .disable_suggestions()
}

/// The schema as text, as in `schema.graphql`.
pub fn sdl() -> String {
    let options = SDLExportOptions::new().sorted_fields().sorted_arguments().sorted_enum_items();
    let sdl = builder().finish().sdl_with_options(options);
    format!("{}\n", sdl.trim())
}
