//! The SQL of payments.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::model::{Payment, PaymentSession, SessionStatus};
use crate::db::schema::{payment_sessions, payments};
use crate::db::{Conn, Result};
use crate::kernel::clock::Timestamp;
use crate::kernel::ids::{CartId, OrderId, PaymentId, PaymentSessionId};

pub(super) async fn find_session(mut conn: &Conn, id: PaymentSessionId) -> Result<Option<PaymentSession>> {
    let by_id = payment_sessions::table.find(id).select(PaymentSession::as_select());
    Ok(by_id.first(&mut conn).await.optional()?)
}

pub(super) async fn insert_session(mut conn: &Conn, session: &PaymentSession) -> Result<()> {
    diesel::insert_into(payment_sessions::table).values(session).execute(&mut conn).await?;
    Ok(())
}

pub(super) async fn cancel_open_sessions(mut conn: &Conn, cart: CartId, now: Timestamp) -> Result<Vec<PaymentSession>> {
    let open = payment_sessions::table
        .filter(payment_sessions::cart_id.eq(cart))
        .filter(payment_sessions::status.eq(SessionStatus::Authorized));
    let cancelled = diesel::update(open)
        .set((payment_sessions::status.eq(SessionStatus::Cancelled), payment_sessions::updated_at.eq(now)));
    Ok(cancelled.returning(PaymentSession::as_returning()).get_results(&mut conn).await?)
}

pub(super) async fn lock_open_session(mut conn: &Conn, cart: CartId) -> Result<Option<PaymentSession>> {
    let open = payment_sessions::table
        .filter(payment_sessions::cart_id.eq(cart))
        .filter(payment_sessions::status.eq(SessionStatus::Authorized));
    Ok(open.select(PaymentSession::as_select()).for_update().first(&mut conn).await.optional()?)
}

pub(super) async fn bind_session(mut conn: &Conn, id: PaymentSessionId, now: Timestamp) -> Result<()> {
    diesel::update(payment_sessions::table.find(id))
        .set((payment_sessions::status.eq(SessionStatus::Bound), payment_sessions::updated_at.eq(now)))
        .execute(&mut conn)
        .await?;
    Ok(())
}

pub(super) async fn insert(mut conn: &Conn, payment: &Payment) -> Result<()> {
    diesel::insert_into(payments::table).values(payment).execute(&mut conn).await?;
    Ok(())
}

pub(super) async fn update(mut conn: &Conn, payment: &Payment) -> Result<()> {
    diesel::update(payments::table.find(payment.id)).set(payment).execute(&mut conn).await?;
    Ok(())
}

pub(super) async fn by_ids(mut conn: &Conn, ids: &[PaymentId]) -> Result<Vec<Payment>> {
    Ok(payments::table.filter(payments::id.eq_any(ids)).select(Payment::as_select()).load(&mut conn).await?)
}

pub(super) async fn of_orders(mut conn: &Conn, ids: &[OrderId]) -> Result<Vec<Payment>> {
    let of_orders = payments::table.filter(payments::order_id.eq_any(ids)).order(payments::id);
    Ok(of_orders.select(Payment::as_select()).load(&mut conn).await?)
}

pub(super) async fn lock(mut conn: &Conn, id: PaymentId) -> Result<Option<Payment>> {
    Ok(payments::table.find(id).select(Payment::as_select()).for_update().first(&mut conn).await.optional()?)
}

pub(super) async fn lock_of_order(mut conn: &Conn, order: OrderId) -> Result<Vec<Payment>> {
    let of_order = payments::table.filter(payments::order_id.eq(order)).order(payments::id);
    Ok(of_order.select(Payment::as_select()).for_update().load(&mut conn).await?)
}
