use std::sync::Arc;

use async_graphql::{Context, Subscription};
use futures_util::Stream;
use graphql_plan::One;

use super::objects::Cart;
use crate::events::Event;
use crate::graphql::context::{RequestContext, Requested};
use crate::graphql::errors::Result;
use crate::graphql::follow::follow;
use crate::kernel::ids::CartId;

#[derive(Default)]
pub struct CartSubscription;

#[Subscription]
impl CartSubscription {
    /// The cart as it is now, and again after each change by anyone. Requires access to the cart; the stream ends when
    /// the caller loses it.
    async fn cart_updated(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The id of the cart.")] cart_id: CartId,
    ) -> Result<impl Stream<Item = Result<One<Cart>>> + use<>> {
        follow(ctx.request(), Event::CartUpdated(cart_id), move |request| look(request, cart_id)).await
    }
}

/// The cart as it is now, when the caller may see it.
async fn look(request: Arc<RequestContext>, id: CartId) -> Result<Option<One<Cart>>> {
    let reads = request.reads();
    Ok(request.app().carts.find(reads.conn().await?, request.actor(), id).await?.map(One::new))
}
