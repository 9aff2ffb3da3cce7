//! The schema, put together from the blocks of all domains.

use async_graphql::{MergedSubscription, SDLExportOptions, Schema, SchemaBuilder};
use graphql_plan::root;

use super::{
    account, cart, catalog, in_context, inventory, node, orders, payments, pricing, promotions, scalars, shop, tax,
    workflows,
};

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

pub(super) type ShopSchema = Schema<Query, Mutation, Subscription>;

pub(super) fn builder() -> SchemaBuilder<Query, Mutation, Subscription> {
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
