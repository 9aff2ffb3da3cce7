//! Carts, payment sessions and completion.

mod inputs;
mod mutations;
mod objects;
mod subscriptions;

use async_graphql::{Context, Object};

pub use mutations::CartMutation;
pub use objects::{Cart, PaymentSession, Property};
pub use subscriptions::CartSubscription;

use super::context::Requested;
use super::errors::Result;
use crate::kernel::ids::{CartId, PaymentSessionId};

/// A way to pay.
#[derive(async_graphql::SimpleObject)]
pub struct PaymentProvider {
    /// Its name: what `paymentSessionCreate` takes.
    name: String,
}

#[derive(Default)]
pub struct CartQuery;

#[Object]
impl CartQuery {
    /// One cart. A guest's cart is seen by whoever knows its id, a customer's by that customer and by staff; null for
    /// anybody else.
    async fn cart(&self, ctx: &Context<'_>, id: CartId) -> Result<Option<Cart>> {
        let reads = ctx.reads();
        let found = ctx.app().carts.find(reads.conn().await?, ctx.actor(), id).await?;
        Ok(found.map(Cart))
    }

    /// The ways to pay for a cart.
    async fn payment_providers(&self, ctx: &Context<'_>, cart_id: CartId) -> Result<Vec<PaymentProvider>> {
        let reads = ctx.reads();
        let found = ctx.app().carts.find(reads.conn().await?, ctx.actor(), cart_id).await?;
        let provider = |name: &str| PaymentProvider { name: name.to_owned() };
        let names = ctx.app().payments.provider_names();
        Ok(found.map(|_| names.into_iter().map(provider).collect()).unwrap_or_default())
    }

    /// One payment session, for whoever sees its cart.
    async fn payment_session(&self, ctx: &Context<'_>, id: PaymentSessionId) -> Result<Option<PaymentSession>> {
        let reads = ctx.reads();
        let conn = reads.conn().await?;
        let Some(session) = ctx.app().payments.find_session(conn, id).await? else { return Ok(None) };
        let cart = ctx.app().carts.find(conn, ctx.actor(), session.cart_id).await?;
        Ok(cart.map(|_| PaymentSession(session)))
    }
}
