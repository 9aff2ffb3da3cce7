use std::sync::Arc;

use async_graphql::{Context, Subscription};
use futures_util::Stream;
use graphql_plan::One;

use super::objects::Order;
use crate::events::Event;
use crate::graphql::context::{RequestContext, RequestExt};
use crate::graphql::errors::Result;
use crate::graphql::subscribe::subscribe;
use crate::kernel::ids::OrderId;

#[derive(Default)]
pub struct OrderSubscription;

#[Subscription]
impl OrderSubscription {
    /// The order as it is now, and again after each change by anyone. Requires access to the order, as for `order`; the
    /// stream ends when the caller loses it.
    async fn order_updated(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The id of the order.")] id: OrderId,
        #[graphql(desc = "The `guestToken` of the order; not needed by its customer and by staff.")]
        guest_token: Option<String>,
    ) -> Result<impl Stream<Item = Result<One<Order>>> + use<>> {
        subscribe(ctx.request(), Event::OrderUpdated(id), move |request| snapshot(request, id, guest_token.clone()))
            .await
    }
}

/// The order's current state, if the caller may see it.
async fn snapshot(request: Arc<RequestContext>, id: OrderId, token: Option<String>) -> Result<Option<One<Order>>> {
    let loaders = request.loaders();
    Ok(request.app().orders.find(loaders.conn().await?, request.actor(), id, token.as_deref()).await?.map(One::new))
}
