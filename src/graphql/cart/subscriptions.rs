use std::sync::Arc;

use async_graphql::{Context, Subscription};
use futures_util::Stream;
use graphql_plan::One;

use super::objects::Cart;
use crate::events::Event;
use crate::graphql::context::{RequestContext, RequestExt};
use crate::graphql::errors::Result;
use crate::graphql::subscribe::subscribe;
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
        subscribe(ctx.request(), Event::CartUpdated(cart_id), move |request| snapshot(request, cart_id)).await
    }
}

/// The cart's current state, if the caller may see it.
async fn snapshot(request: Arc<RequestContext>, id: CartId) -> Result<Option<One<Cart>>> {
    let loaders = request.loaders();
    Ok(request.app().carts.find(loaders.conn().await?, request.actor(), id).await?.map(One::new))
}
