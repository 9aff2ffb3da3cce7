use diesel::pg::Pg;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use crate::db::keyset::keyset;
use crate::db::rows::rows;
use crate::db::schema::{payments, refunds};
use crate::db::{Conn, Result};
use crate::domain::payments::Payments;
use crate::domain::payments::lists::{PaymentFilter, PaymentList, PaymentSort};
use crate::domain::payments::model::{Payment, Refund};
use crate::kernel::clock::Timestamp;
use crate::kernel::ids::{OrderId, PaymentId, PaymentSessionId, RefundId};
use crate::kernel::text::strip_nul;

rows! { Payment in payments, by PaymentId, read as Payments::by_ids }

impl Payments {
    /// Locks the payments of an order, whose lock the caller's transaction holds: webhook events of their providers
    /// wait, and the rows read stay valid until the transaction ends.
    pub async fn lock_of_order_in(&self, mut conn: &Conn, order: OrderId) -> Result<Vec<Payment>> {
        let of_order = payments::table.filter(payments::order_id.eq(order)).order(payments::id);
        Ok(of_order.select(Payment::as_select()).for_update().load(&mut conn).await?)
    }

    /// Returns the number of payments that match the filter.
    pub async fn count(&self, mut conn: &Conn, filter: &PaymentFilter) -> Result<i64> {
        Ok(filtered(filter).count().get_result(&mut conn).await?)
    }
}

pub(in crate::domain::payments) async fn of_orders(mut conn: &Conn, ids: &[OrderId]) -> Result<Vec<Payment>> {
    let of_orders = payments::table.filter(payments::order_id.eq_any(ids)).order(payments::id);
    Ok(of_orders.select(Payment::as_select()).load(&mut conn).await?)
}

pub(in crate::domain::payments) async fn lock_of_session(
    mut conn: &Conn,
    session: PaymentSessionId,
) -> Result<Option<Payment>> {
    let of_session = payments::table.filter(payments::session_id.eq(session)).select(Payment::as_select());
    Ok(of_session.for_update().first(&mut conn).await.optional()?)
}

pub(in crate::domain::payments) async fn of_session(
    mut conn: &Conn,
    session: PaymentSessionId,
) -> Result<Option<Payment>> {
    let of_session = payments::table.filter(payments::session_id.eq(session)).select(Payment::as_select());
    Ok(of_session.first(&mut conn).await.optional()?)
}

pub(in crate::domain::payments) async fn list(mut conn: &Conn, list: &PaymentList) -> Result<Vec<Payment>> {
    let rows = filtered(&list.filter).select(Payment::as_select());
    let (paging, down) = (&list.paging, list.sort == PaymentSort::Newest);
    let cursor = list.cursor::<Timestamp>();
    Ok(keyset!(rows, paging, down, payments::created_at, payments::id, cursor).load(&mut conn).await?)
}

fn filtered(filter: &PaymentFilter) -> payments::BoxedQuery<'static, Pg> {
    let mut query = payments::table.into_boxed();
    if let Some(provider) = &filter.provider {
        query = query.filter(payments::provider.eq(strip_nul(provider.clone())));
    }
    if let Some(reference) = &filter.reference {
        query = query.filter(payments::reference.eq(reference.clone()));
    }
    if let Some(order) = filter.order_id {
        query = query.filter(payments::order_id.eq(order));
    }
    let gone = payments::captured + payments::voided + payments::pending_capture + payments::pending_void;
    match filter.capturable {
        Some(true) => query = query.filter(payments::authorized.gt(gone)),
        Some(false) => query = query.filter(payments::authorized.le(gone)),
        None => {}
    }
    let pending =
        payments::pending_authorize + payments::pending_capture + payments::pending_void + payments::pending_refund;
    match filter.pending {
        Some(true) => query.filter(pending.gt(rust_decimal::Decimal::ZERO)),
        Some(false) => query.filter(pending.eq(rust_decimal::Decimal::ZERO)),
        None => query,
    }
}

pub(in crate::domain::payments) async fn insert_refund(mut conn: &Conn, refund: &Refund) -> Result<()> {
    diesel::insert_into(refunds::table).values(refund).execute(&mut conn).await?;
    Ok(())
}

pub(in crate::domain::payments) async fn refund(mut conn: &Conn, id: RefundId) -> Result<Option<Refund>> {
    Ok(refunds::table.find(id).select(Refund::as_select()).first(&mut conn).await.optional()?)
}

pub(in crate::domain::payments) async fn refunds_of(mut conn: &Conn, orders: &[OrderId]) -> Result<Vec<Refund>> {
    let of_orders = refunds::table.filter(refunds::order_id.eq_any(orders)).order((refunds::created_at, refunds::id));
    Ok(of_orders.select(Refund::as_select()).load(&mut conn).await?)
}
