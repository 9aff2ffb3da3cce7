use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use diesel_async::RunQueryDsl;

use crate::db::keyset::keyset;
use crate::db::schema::payment_notices;
use crate::db::{Conn, Result};
use crate::domain::payments::Payments;
use crate::domain::payments::lists::NoticeFilter;
use crate::domain::payments::model::{NoticeStatus, PaymentNotice};
use crate::kernel::clock::Timestamp;
use crate::kernel::ids::PaymentNoticeId;
use crate::kernel::page::Window;
use crate::kernel::text::storable;

/// Takes turns with everybody who tells or learns of this reference: a notice may come while its session is being kept.
pub(in crate::domain::payments) async fn take_turns(mut conn: &Conn, provider: &str, reference: &str) -> Result<()> {
    diesel::sql_query("SELECT pg_advisory_xact_lock(hashtextextended($1, $2))")
        .bind::<Text, _>(format!("{provider}:{reference}"))
        .bind::<BigInt, _>(0x7061_796d)
        .execute(&mut conn)
        .await?;
    Ok(())
}

/// Writes a notice down; false when the same one is known.
pub(in crate::domain::payments) async fn insert(mut conn: &Conn, notice: &PaymentNotice) -> Result<bool> {
    let new = diesel::insert_into(payment_notices::table).values(notice).on_conflict_do_nothing();
    Ok(new.execute(&mut conn).await? == 1)
}

/// Forgets notices of before a moment that ask for nothing any more.
pub(in crate::domain::payments) async fn forget(mut conn: &Conn, before: Timestamp) -> Result<usize> {
    let old = payment_notices::table.filter(payment_notices::received_at.lt(before));
    let settled = old.filter(payment_notices::status.ne(NoticeStatus::Parked));
    Ok(diesel::delete(settled).execute(&mut conn).await?)
}

pub(in crate::domain::payments) async fn settle(
    mut conn: &Conn,
    id: PaymentNoticeId,
    status: NoticeStatus,
    problem: Option<&str>,
    now: Timestamp,
) -> Result<()> {
    let applied = (status == NoticeStatus::Applied).then_some(now);
    diesel::update(payment_notices::table.find(id))
        .set((
            payment_notices::status.eq(status),
            payment_notices::problem.eq(problem),
            payment_notices::applied_at.eq(applied),
        ))
        .execute(&mut conn)
        .await?;
    Ok(())
}

pub(in crate::domain::payments) async fn lock(mut conn: &Conn, id: PaymentNoticeId) -> Result<Option<PaymentNotice>> {
    let by_id = payment_notices::table.find(id).select(PaymentNotice::as_select());
    Ok(by_id.for_update().first(&mut conn).await.optional()?)
}

pub(in crate::domain::payments) async fn find(mut conn: &Conn, id: PaymentNoticeId) -> Result<Option<PaymentNotice>> {
    let by_id = payment_notices::table.find(id).select(PaymentNotice::as_select());
    Ok(by_id.first(&mut conn).await.optional()?)
}

pub(in crate::domain::payments) async fn lock_parked(
    mut conn: &Conn,
    provider: &str,
    reference: &str,
) -> Result<Vec<PaymentNotice>> {
    let parked = payment_notices::table
        .filter(payment_notices::status.eq(NoticeStatus::Parked))
        .filter(payment_notices::provider.eq(provider))
        .filter(payment_notices::reference.eq(reference))
        .order(payment_notices::id);
    Ok(parked.select(PaymentNotice::as_select()).for_update().load(&mut conn).await?)
}

pub(in crate::domain::payments) async fn list(
    mut conn: &Conn,
    filter: &NoticeFilter,
    window: &Window,
    beyond: Option<(Timestamp, PaymentNoticeId)>,
) -> Result<Vec<PaymentNotice>> {
    let rows = narrowed(filter).select(PaymentNotice::as_select());
    let page = keyset!(rows, window, true, payment_notices::received_at, payment_notices::id, beyond);
    Ok(page.load(&mut conn).await?)
}

impl Payments {
    /// How many notices the filter leaves.
    pub async fn count_notices(&self, mut conn: &Conn, filter: &NoticeFilter) -> Result<i64> {
        Ok(narrowed(filter).count().get_result(&mut conn).await?)
    }
}

fn narrowed(filter: &NoticeFilter) -> payment_notices::BoxedQuery<'static, Pg> {
    let mut query = payment_notices::table.into_boxed();
    if let Some(provider) = &filter.provider {
        query = query.filter(payment_notices::provider.eq(storable(provider.clone())));
    }
    if let Some(status) = filter.status {
        query = query.filter(payment_notices::status.eq(status));
    }
    query
}
