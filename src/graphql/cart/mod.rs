//! Carts and completion.

mod holds;
mod inputs;
mod mutations;
mod objects;
pub mod sources;
mod subscriptions;

use async_graphql::Context;
use cartwright_macros::queries;
use graphql_plan::One;

pub use holds::CartHoldMutation;
pub use mutations::CartMutation;
pub use objects::{Cart, Property};
pub use subscriptions::CartSubscription;

use super::context::Requested;
use super::errors::Result;
use crate::kernel::ids::CartId;

#[queries]
impl CartQuery {
    /// One cart. A guest's cart is seen by whoever knows its id, a customer's by that customer and by staff; null for
    /// anybody else.
    async fn cart(ctx: &Context<'_>, id: CartId) -> Result<Option<One<Cart>>> {
        let reads = ctx.reads();
        let found = reads.app.carts.find(reads.conn().await?, ctx.actor(), id).await?;
        Ok(found.map(One::new))
    }
}
