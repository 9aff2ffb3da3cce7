//! Carts and completion.

mod holds;
mod mutations;
mod objects;
pub mod sources;
mod subscriptions;

use async_graphql::Context;
use cartwright_macros::queries;
use graphql_plan::One;

pub use holds::CartHoldMutation;
pub use mutations::CartMutation;
pub use objects::{Attribute, Cart};
pub use subscriptions::CartSubscription;

use super::context::RequestExt;
use super::errors::Result;
use crate::kernel::ids::CartId;

#[queries]
impl CartQuery {
    /// Returns a cart by id. A guest's cart is visible to anyone who knows its id, a customer's cart only to that
    /// customer and to staff; null for any other caller.
    async fn cart(
        ctx: &Context<'_>,
        /// The id of the cart.
        id: CartId,
    ) -> Result<Option<One<Cart>>> {
        let loaders = ctx.loaders();
        let found = loaders.app.carts.find(loaders.conn().await?, ctx.actor(), id).await?;
        Ok(found.map(One::new))
    }
}
