//! Shared by all subscriptions: send a snapshot, and a new one after each event of the subject.

use std::sync::Arc;

use futures_util::{Stream, StreamExt, future, stream};

use super::context::RequestContext;
use super::errors::{ApiError, Result};
use crate::events::Event;
use crate::events::bus::Delivery;
use crate::kernel::error::ErrorCode;

/// Streams the subject's current state, and its state after each event. Every snapshot checks authorization: if the
/// first one finds nothing, the subscription is refused; if a later one does, it ends. Listening starts before the
/// first snapshot, so that no event is missed.
pub(super) async fn subscribe<T, F, L>(
    request: &Arc<RequestContext>,
    event: Event,
    snapshot: L,
) -> Result<impl Stream<Item = Result<T>> + Send + use<T, F, L>>
where
    T: Send + 'static,
    F: Future<Output = Result<Option<T>>> + Send + 'static,
    L: Fn(Arc<RequestContext>) -> F + Send + 'static,
{
    let request = request.clone();
    let deliveries = request.app().bus.subscribe();
    let Some(first) = snapshot(request.clone()).await? else {
        return Err(ApiError::new(ErrorCode::NotFound, "There is no such object to subscribe to."));
    };
    let about = move |deliveries: &Delivery| {
        future::ready(*deliveries == Delivery::Lagged || *deliveries == Delivery::Event(event))
    };
    let later = deliveries.filter(about).then(move |_| {
        // Discard data loaded for an earlier snapshot.
        request.reset();
        // Each event gets a fresh budget, however long the stream was idle.
        request.execution().renew_budget();
        snapshot(request.clone())
    });
    let later = later.map(Result::transpose).take_while(|item| future::ready(item.is_some()));
    Ok(stream::iter([Ok(first)]).chain(later.filter_map(future::ready)))
}
