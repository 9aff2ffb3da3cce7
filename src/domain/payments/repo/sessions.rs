use diesel::prelude::*;
use diesel::sql_types;
use diesel_async::RunQueryDsl;

use crate::db::rows::rows;
use crate::db::schema::{payment_sessions, payments};
use crate::db::{Conn, Result};
use crate::domain::payments::Payments;
use crate::domain::payments::model::{Payment, PaymentFailure, PaymentSession, SessionStatus};
use crate::kernel::clock::Timestamp;
use crate::kernel::ids::{CartId, OrderId, PaymentSessionId};
use rust_decimal::Decimal;
use uuid::Uuid;

rows! { PaymentSession in payment_sessions, by PaymentSessionId }

impl Payments {
    /// Returns the session with this ID.
    pub async fn find_session(&self, mut conn: &Conn, id: PaymentSessionId) -> Result<Option<PaymentSession>> {
        let by_id = payment_sessions::table.find(id).select(PaymentSession::as_select());
        Ok(by_id.first(&mut conn).await.optional()?)
    }

    /// Returns the newest session of each of these carts.
    pub async fn sessions_of(&self, mut conn: &Conn, carts: &[CartId]) -> Result<Vec<PaymentSession>> {
        use payment_sessions::{cart_id, created_at, id};
        let of_carts = payment_sessions::table.filter(cart_id.eq_any(carts));
        let newest = of_carts.distinct_on(cart_id).order((cart_id, created_at.desc(), id.desc()));
        Ok(newest.select(PaymentSession::as_select()).load(&mut conn).await?)
    }
}

pub(in crate::domain::payments) async fn lock_by_reference(
    mut conn: &Conn,
    provider: &str,
    reference: &str,
) -> Result<Option<PaymentSession>> {
    let named = payment_sessions::table
        .filter(payment_sessions::provider.eq(provider))
        .filter(payment_sessions::reference.eq(reference))
        .filter(payment_sessions::reference.ne(""));
    Ok(named.select(PaymentSession::as_select()).for_update().first(&mut conn).await.optional()?)
}

pub(in crate::domain::payments) async fn lock_open(mut conn: &Conn, cart: CartId) -> Result<Option<PaymentSession>> {
    let open = payment_sessions::table
        .filter(payment_sessions::cart_id.eq(cart))
        .filter(payment_sessions::status.eq_any(SessionStatus::OPEN));
    Ok(open.select(PaymentSession::as_select()).for_update().first(&mut conn).await.optional()?)
}

/// Closes a cart's open session and returns it.
pub(in crate::domain::payments) async fn close_open(
    mut conn: &Conn,
    cart: CartId,
    to: SessionStatus,
    failure: Option<PaymentFailure>,
    now: Timestamp,
) -> Result<Vec<PaymentSession>> {
    let open = payment_sessions::table
        .filter(payment_sessions::cart_id.eq(cart))
        .filter(payment_sessions::status.eq_any(SessionStatus::OPEN));
    let ended = diesel::update(open).set((
        payment_sessions::status.eq(to),
        payment_sessions::failure.eq(failure),
        payment_sessions::updated_at.eq(now),
    ));
    Ok(ended.returning(PaymentSession::as_returning()).get_results(&mut conn).await?)
}

/// Expires up to `most` overdue sessions and returns them.
pub(in crate::domain::payments) async fn expire(
    mut conn: &Conn,
    now: Timestamp,
    most: i64,
) -> Result<Vec<PaymentSession>> {
    let over = payment_sessions::table
        .filter(payment_sessions::status.eq_any(SessionStatus::OPEN))
        .filter(payment_sessions::expires_at.le(now))
        .order(payment_sessions::id)
        .select(payment_sessions::id)
        .limit(most)
        .for_update()
        .skip_locked();
    let over: Vec<PaymentSessionId> = over.load(&mut conn).await?;
    let ended = diesel::update(payment_sessions::table.filter(payment_sessions::id.eq_any(over)))
        .set((payment_sessions::status.eq(SessionStatus::Expired), payment_sessions::updated_at.eq(now)));
    Ok(ended.returning(PaymentSession::as_returning()).get_results(&mut conn).await?)
}

/// Attaches a session's payment to an order and completes the session, in one statement; `None` if it is not open.
pub(in crate::domain::payments) async fn bind(
    mut conn: &Conn,
    id: PaymentSessionId,
    order: OrderId,
    now: Timestamp,
) -> Result<Option<Payment>> {
    let bound = "WITH bound AS (UPDATE payment_sessions SET status = 'COMPLETED', updated_at = $3
            WHERE id = $1 AND status = ANY($4) RETURNING id)
        UPDATE payments SET order_id = $2, updated_at = $3, version = version + 1
        FROM bound WHERE session_id = bound.id AND order_id IS NULL RETURNING payments.*";
    let bound = diesel::sql_query(bound)
        .bind::<sql_types::Uuid, _>(id)
        .bind::<sql_types::Uuid, _>(order)
        .bind::<sql_types::Timestamptz, _>(now)
        .bind::<sql_types::Array<sql_types::Text>, _>(SessionStatus::OPEN.to_vec());
    Ok(bound.get_result(&mut conn).await.optional()?)
}

/// Sessions after this one, with their carts, that have been authorized since before a time, and are not of these
/// providers.
pub(in crate::domain::payments) async fn authorized_since(
    mut conn: &Conn,
    before: Timestamp,
    but: &[&str],
    after: Option<PaymentSessionId>,
    most: i64,
) -> Result<Vec<(PaymentSessionId, CartId)>> {
    let held = payment_sessions::table
        .filter(payment_sessions::status.eq(SessionStatus::Authorized))
        .filter(payment_sessions::updated_at.lt(before))
        .filter(payment_sessions::provider.ne_all(but))
        .filter(payment_sessions::id.gt(after.unwrap_or(PaymentSessionId(Uuid::nil()))));
    let next = held.order(payment_sessions::id).limit(most);
    Ok(next.select((payment_sessions::id, payment_sessions::cart_id)).load(&mut conn).await?)
}

/// Open sessions, not of these providers, that are due for polling. Schedules the next poll: after two minutes, later
/// after half of the session's age.
pub(in crate::domain::payments) async fn due_for_polling(
    mut conn: &Conn,
    now: Timestamp,
    but: &[&str],
    most: i64,
) -> Result<Vec<PaymentSession>> {
    let looked =
        "WITH due AS (SELECT id FROM payment_sessions WHERE status IN ('CREATED', 'ACTION_REQUIRED', 'PENDING')
            AND poll_at <= $1 AND provider <> ALL($2) ORDER BY poll_at LIMIT $3 FOR UPDATE SKIP LOCKED)
        UPDATE payment_sessions SET poll_at = $1 + greatest(($1 - created_at) / 2, interval '2 minutes')
        FROM due WHERE payment_sessions.id = due.id RETURNING payment_sessions.*";
    let looked = diesel::sql_query(looked)
        .bind::<sql_types::Timestamptz, _>(now)
        .bind::<sql_types::Array<sql_types::Text>, _>(but.to_vec())
        .bind::<sql_types::BigInt, _>(most);
    Ok(looked.get_results(&mut conn).await?)
}

/// Sessions that ended without an order before a time and still have funds, each with its payment's version.
pub(in crate::domain::payments) async fn closed_with_funds(
    mut conn: &Conn,
    before: Timestamp,
    but: &[&str],
    after: Option<PaymentSessionId>,
    most: i64,
) -> Result<Vec<(PaymentSession, i32)>> {
    use payments::{authorized, captured, charged_back, pending_refund, refunded, voided};
    let closed = [SessionStatus::Canceled, SessionStatus::Failed, SessionStatus::Expired];
    let held = authorized - voided - captured;
    let kept = captured - refunded - pending_refund - charged_back;
    let holding = payments::table
        .inner_join(payment_sessions::table.on(payments::session_id.eq(payment_sessions::id.nullable())))
        .filter(payments::order_id.is_null())
        .filter(payments::updated_at.lt(before))
        .filter(payments::provider.ne_all(but))
        .filter(payment_sessions::status.eq_any(closed))
        .filter(held.gt(Decimal::ZERO).or(kept.gt(Decimal::ZERO)))
        .filter(payment_sessions::id.gt(after.unwrap_or(PaymentSessionId(Uuid::nil()))));
    let next = holding.order(payment_sessions::id).limit(most);
    Ok(next.select((PaymentSession::as_select(), payments::version)).load(&mut conn).await?)
}
