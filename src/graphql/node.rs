//! `node(id)` and `nodes(ids)`: anything that has an id, by its id.

use async_graphql::Context;
use cartwright_macros::queries;
use futures_util::future::try_join_all;
use graphql_plan::{AnyOf, Member, abstracts};

use super::account::Customer;
use super::account::sources::VISIBLE_CUSTOMER;
use super::cart::Cart;
use super::catalog::sources::{CATEGORY, COLLECTION, PRODUCT, VARIANT};
use super::catalog::{Category, Collection, Product, ProductVariant};
use super::context::Requested;
use super::errors::{ApiError, Result};
use super::orders::Order;
use super::shop::Region;
use super::shop::sources::REGION;
use crate::kernel::error::ErrorCode;
use crate::kernel::ids::AnyId;

abstracts! {
    /// Anything that has an id.
    pub Node {
        /// The id, unique among all things.
        id: "ID!"
    } = Product | ProductVariant | Category | Collection | Region | Customer | Cart | Order
}

#[queries]
impl NodeQuery {
    /// The thing with this id, of whatever kind, when the caller may see it; else null. Products, variants,
    /// categories, collections, regions, customers, carts and orders can be had this way.
    async fn node(ctx: &Context<'_>, id: async_graphql::ID) -> Result<Option<AnyOf<Node>>> {
        find(ctx, &id).await
    }

    /// The things with these ids, in their order, null for each that there is not. At most 100.
    async fn nodes(ctx: &Context<'_>, ids: Vec<async_graphql::ID>) -> Result<Vec<Option<AnyOf<Node>>>> {
        if ids.len() > 100 {
            return Err(ApiError::new(ErrorCode::Invalid, "At most 100 ids are taken at once."));
        }
        try_join_all(ids.iter().map(|id| find(ctx, id))).await
    }
}

async fn find(ctx: &Context<'_>, id: &str) -> Result<Option<AnyOf<Node>>> {
    let id: AnyId = id.parse().map_err(|_| ApiError::new(ErrorCode::InvalidId, "This is not an id."))?;
    let reads = ctx.reads();
    let found = match id {
        AnyId::Product(id) => reads.load(&PRODUCT, id).await?.map(Member::of::<Product>),
        AnyId::Variant(id) => reads.load(&VARIANT, id).await?.map(Member::of::<ProductVariant>),
        AnyId::Category(id) => reads.load(&CATEGORY, id).await?.map(Member::of::<Category>),
        AnyId::Collection(id) => reads.load(&COLLECTION, id).await?.map(Member::of::<Collection>),
        AnyId::Region(id) => reads.load(&REGION, id).await?.map(Member::of::<Region>),
        AnyId::Customer(id) => reads.load(&VISIBLE_CUSTOMER, id).await?.map(Member::of::<Customer>),
        AnyId::Cart(id) => {
            let found = reads.app.carts.find(reads.conn().await?, ctx.actor(), id).await?;
            found.map(Member::of::<Cart>)
        }
        AnyId::Order(id) => {
            let found = reads.app.orders.find(reads.conn().await?, ctx.actor(), id, None).await?;
            found.map(Member::of::<Order>)
        }
        _ => None,
    };
    Ok(found.map(AnyOf::from))
}
