//! `node(id)` and `nodes(ids)`: look up any object by id.

use async_graphql::Context;
use cartwright_macros::queries;
use futures_util::future::try_join_all;
use graphql_plan::{AnyOf, Member, abstract_type};

use super::account::Customer;
use super::account::sources::VISIBLE_CUSTOMER;
use super::cart::Cart;
use super::catalog::sources::{CATEGORY, COLLECTION, PRODUCT, VARIANT};
use super::catalog::{Category, Collection, Product, ProductVariant};
use super::context::RequestExt;
use super::errors::{ApiError, Result};
use super::orders::Order;
use super::shop::Region;
use super::shop::sources::REGION;
use crate::kernel::error::ErrorCode;
use crate::kernel::ids::AnyId;

abstract_type! {
    /// An object with an id.
    pub Node {
        /// The id, unique among all objects.
        id: "ID!"
    } = Product | ProductVariant | Category | Collection | Region | Customer | Cart | Order
}

#[queries]
impl NodeQuery {
    /// Returns an object by id, if the caller may see it; otherwise null. Supports products, variants, categories,
    /// collections, regions, customers, carts and orders.
    async fn node(
        ctx: &Context<'_>,
        /// The id of the object.
        id: async_graphql::ID,
    ) -> Result<Option<AnyOf<Node>>> {
        find(ctx, &id).await
    }

    /// Returns objects by id, in the order of the ids; null for each that does not exist or that the caller may not
    /// see.
    async fn nodes(
        ctx: &Context<'_>,
        /// The ids of the objects: at most 100.
        ids: Vec<async_graphql::ID>,
    ) -> Result<Vec<Option<AnyOf<Node>>>> {
        if ids.len() > 100 {
            return Err(ApiError::new(ErrorCode::Invalid, "Request at most 100 ids at once."));
        }
        try_join_all(ids.iter().map(|id| find(ctx, id))).await
    }
}

async fn find(ctx: &Context<'_>, id: &str) -> Result<Option<AnyOf<Node>>> {
    let invalid = |_| {
        let given: String = id.chars().take(60).collect();
        ApiError::new(ErrorCode::InvalidId, format!("{given:?} is not an id that the API returned."))
    };
    let id: AnyId = id.parse().map_err(invalid)?;
    let loaders = ctx.loaders();
    let found = match id {
        AnyId::Product(id) => loaders.load(&PRODUCT, id).await?.map(Member::of::<Product>),
        AnyId::Variant(id) => loaders.load(&VARIANT, id).await?.map(Member::of::<ProductVariant>),
        AnyId::Category(id) => loaders.load(&CATEGORY, id).await?.map(Member::of::<Category>),
        AnyId::Collection(id) => loaders.load(&COLLECTION, id).await?.map(Member::of::<Collection>),
        AnyId::Region(id) => loaders.load(&REGION, id).await?.map(Member::of::<Region>),
        AnyId::Customer(id) => loaders.load(&VISIBLE_CUSTOMER, id).await?.map(Member::of::<Customer>),
        AnyId::Cart(id) => {
            let found = loaders.app.carts.find(loaders.conn().await?, ctx.actor(), id).await?;
            found.map(Member::of::<Cart>)
        }
        AnyId::Order(id) => {
            let found = loaders.app.orders.find(loaders.conn().await?, ctx.actor(), id, None).await?;
            found.map(Member::of::<Order>)
        }
        _ => None,
    };
    Ok(found.map(AnyOf::from))
}
