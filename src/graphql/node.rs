//! `node(id)` and `nodes(ids)`: anything that has an id, by its id.

use async_graphql::{Context, Interface, Object};

use super::account::{Customer, visible_customer};
use super::cart::Cart;
use super::catalog::{Category, Collection, Product, ProductVariant};
use super::context::Requested;
use super::errors::{ApiError, Result};
use super::orders::Order;
use super::shop::Region;
use crate::kernel::error::ErrorCode;
use crate::kernel::ids::AnyId;

/// Anything that has an id.
#[derive(Interface)]
#[graphql(field(name = "id", ty = "async_graphql::ID", desc = "The id, unique among all things."))]
pub enum Node {
    Product(Product),
    ProductVariant(ProductVariant),
    Category(Category),
    Collection(Collection),
    Region(Region),
    Customer(Customer),
    Cart(Cart),
    Order(Order),
}

#[derive(Default)]
pub(super) struct NodeQuery;

#[Object]
impl NodeQuery {
    /// The thing with this id, of whatever kind, when the caller may see it; else null. Products, variants,
    /// categories, collections, regions, customers, carts and orders can be had this way.
    async fn node(&self, ctx: &Context<'_>, id: async_graphql::ID) -> Result<Option<Node>> {
        find(ctx, &id).await
    }

    /// The things with these ids, in their order, null for each that there is not. At most 100.
    async fn nodes(&self, ctx: &Context<'_>, ids: Vec<async_graphql::ID>) -> Result<Vec<Option<Node>>> {
        if ids.len() > 100 {
            return Err(ApiError::new(ErrorCode::Invalid, "At most 100 ids are taken at once."));
        }
        futures_util::future::try_join_all(ids.iter().map(|id| find(ctx, id))).await
    }
}

async fn find(ctx: &Context<'_>, id: &str) -> Result<Option<Node>> {
    let id: AnyId = id.parse().map_err(|_| ApiError::new(ErrorCode::InvalidId, "This is not an id."))?;
    let (reads, actor) = (ctx.reads(), ctx.actor());
    let loaders = &reads.loaders;
    Ok(match id {
        AnyId::Product(id) => loaders.product.load(id).await?.map(|row| Node::Product(Product(row))),
        AnyId::Variant(id) => loaders.variant.load(id).await?.map(|row| Node::ProductVariant(ProductVariant(row))),
        AnyId::Category(id) => loaders.category.load(id).await?.map(|row| Node::Category(Category(row))),
        AnyId::Collection(id) => loaders.collection.load(id).await?.map(|row| Node::Collection(Collection(row))),
        AnyId::Region(id) => loaders.region.load(id).await?.map(|row| Node::Region(Region(row))),
        AnyId::Customer(id) => visible_customer(ctx, Some(id)).await?.map(Node::Customer),
        AnyId::Cart(id) => {
            let found = ctx.app().carts.find(reads.conn().await?, actor, id).await?;
            found.map(|row| Node::Cart(Cart(row)))
        }
        AnyId::Order(id) => {
            let found = ctx.app().orders.find(reads.conn().await?, actor, id, None).await?;
            found.map(|row| Node::Order(Order(row)))
        }
        _ => None,
    })
}
