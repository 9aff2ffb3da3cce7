//! What subscriptions have in common: look once, and again after each piece of news about the subject.

use std::sync::Arc;

use futures_util::{Stream, StreamExt, future, stream};

use super::context::RequestContext;
use super::errors::{ApiError, Result};
use crate::events::Event;
use crate::events::bus::News;
use crate::kernel::error::ErrorCode;

/// The subject as it is now, and again after each event about it. It is authorized by every look: the first one that
/// finds nothing refuses the subscription, a later one ends it. Listening begins before the first look, so that
/// nothing falls in between.
pub(super) async fn follow<T, F, L>(
    request: &Arc<RequestContext>,
    event: Event,
    look: L,
) -> Result<impl Stream<Item = Result<T>> + Send + use<T, F, L>>
where
    T: Send + 'static,
    F: Future<Output = Result<Option<T>>> + Send + 'static,
    L: Fn(Arc<RequestContext>) -> F + Send + 'static,
{
    let request = request.clone();
    let news = request.app().bus.subscribe();
    let Some(first) = look(request.clone()).await? else {
        return Err(ApiError::new(ErrorCode::NotFound, "There is no such object to subscribe to."));
    };
    let about = move |news: &News| future::ready(*news == News::Missed || *news == News::Happened(event));
    let later = news.filter(about).then(move |_| {
        // Nothing that an earlier look has read may answer this one.
        request.forget();
        // What it may take begins now, however long it was quiet.
        request.execution().renew_budget();
        look(request.clone())
    });
    let later = later.map(Result::transpose).take_while(|item| future::ready(item.is_some()));
    Ok(stream::iter([Ok(first)]).chain(later.filter_map(future::ready)))
}
