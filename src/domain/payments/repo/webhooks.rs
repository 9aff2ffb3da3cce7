use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use diesel_async::RunQueryDsl;

use crate::db::keyset::keyset;
use crate::db::schema::payment_webhook_events;
use crate::db::{Conn, Result};
use crate::domain::payments::Payments;
use crate::domain::payments::lists::WebhookEventFilter;
use crate::domain::payments::model::{PaymentWebhookEvent, WebhookEventStatus};
use crate::kernel::clock::Timestamp;
use crate::kernel::ids::PaymentWebhookEventId;
use crate::kernel::page::PageRequest;
use crate::kernel::text::strip_nul;

/// Serializes all work on this reference: a webhook event may arrive while its session is being stored.
pub(in crate::domain::payments) async fn lock_reference(
    mut conn: &Conn,
    provider: &str,
    reference: &str,
) -> Result<()> {
    diesel::sql_query("SELECT pg_advisory_xact_lock(hashtextextended($1, $2))")
        .bind::<Text, _>(format!("{provider}:{reference}"))
        .bind::<BigInt, _>(0x7061_796d)
        .execute(&mut conn)
        .await?;
    Ok(())
}

/// Inserts a webhook event; returns false if it is a duplicate.
pub(in crate::domain::payments) async fn insert(mut conn: &Conn, event: &PaymentWebhookEvent) -> Result<bool> {
    let new = diesel::insert_into(payment_webhook_events::table).values(event).on_conflict_do_nothing();
    Ok(new.execute(&mut conn).await? == 1)
}

/// Deletes applied and ignored webhook events received before a time.
pub(in crate::domain::payments) async fn delete_before(mut conn: &Conn, before: Timestamp) -> Result<usize> {
    let old = payment_webhook_events::table.filter(payment_webhook_events::received_at.lt(before));
    let settled = old.filter(payment_webhook_events::status.ne(WebhookEventStatus::Unmatched));
    Ok(diesel::delete(settled).execute(&mut conn).await?)
}

pub(in crate::domain::payments) async fn settle(
    mut conn: &Conn,
    id: PaymentWebhookEventId,
    status: WebhookEventStatus,
    problem: Option<&str>,
    now: Timestamp,
) -> Result<()> {
    let applied = (status == WebhookEventStatus::Applied).then_some(now);
    diesel::update(payment_webhook_events::table.find(id))
        .set((
            payment_webhook_events::status.eq(status),
            payment_webhook_events::problem.eq(problem),
            payment_webhook_events::applied_at.eq(applied),
        ))
        .execute(&mut conn)
        .await?;
    Ok(())
}

pub(in crate::domain::payments) async fn lock(
    mut conn: &Conn,
    id: PaymentWebhookEventId,
) -> Result<Option<PaymentWebhookEvent>> {
    let by_id = payment_webhook_events::table.find(id).select(PaymentWebhookEvent::as_select());
    Ok(by_id.for_update().first(&mut conn).await.optional()?)
}

pub(in crate::domain::payments) async fn find(
    mut conn: &Conn,
    id: PaymentWebhookEventId,
) -> Result<Option<PaymentWebhookEvent>> {
    let by_id = payment_webhook_events::table.find(id).select(PaymentWebhookEvent::as_select());
    Ok(by_id.first(&mut conn).await.optional()?)
}

pub(in crate::domain::payments) async fn lock_unmatched(
    mut conn: &Conn,
    provider: &str,
    reference: &str,
) -> Result<Vec<PaymentWebhookEvent>> {
    let unmatched = payment_webhook_events::table
        .filter(payment_webhook_events::status.eq(WebhookEventStatus::Unmatched))
        .filter(payment_webhook_events::provider.eq(provider))
        .filter(payment_webhook_events::reference.eq(reference))
        .order(payment_webhook_events::id);
    Ok(unmatched.select(PaymentWebhookEvent::as_select()).for_update().load(&mut conn).await?)
}

pub(in crate::domain::payments) async fn list(
    mut conn: &Conn,
    filter: &WebhookEventFilter,
    paging: &PageRequest,
    cursor: Option<(Timestamp, PaymentWebhookEventId)>,
) -> Result<Vec<PaymentWebhookEvent>> {
    let rows = filtered(filter).select(PaymentWebhookEvent::as_select());
    let page = keyset!(rows, paging, true, payment_webhook_events::received_at, payment_webhook_events::id, cursor);
    Ok(page.load(&mut conn).await?)
}

impl Payments {
    /// Returns the number of webhook events that match the filter.
    pub async fn count_webhook_events(&self, mut conn: &Conn, filter: &WebhookEventFilter) -> Result<i64> {
        Ok(filtered(filter).count().get_result(&mut conn).await?)
    }
}

fn filtered(filter: &WebhookEventFilter) -> payment_webhook_events::BoxedQuery<'static, Pg> {
    let mut query = payment_webhook_events::table.into_boxed();
    if let Some(provider) = &filter.provider {
        query = query.filter(payment_webhook_events::provider.eq(strip_nul(provider.clone())));
    }
    if let Some(status) = filter.status {
        query = query.filter(payment_webhook_events::status.eq(status));
    }
    query
}
