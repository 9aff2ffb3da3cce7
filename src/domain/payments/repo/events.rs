use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use crate::db::schema::transaction_events;
use crate::db::{Conn, Result};
use crate::domain::payments::Payments;
use crate::domain::payments::model::{TransactionEvent, TransactionKind};
use crate::kernel::clock::Timestamp;
use crate::kernel::ids::{PaymentId, RefundId};

/// Inserts the events that are not stored yet, and returns their number (rule F4).
pub(in crate::domain::payments) async fn insert_new(mut conn: &Conn, rows: &[TransactionEvent]) -> Result<usize> {
    let new = diesel::insert_into(transaction_events::table).values(rows).on_conflict_do_nothing();
    Ok(new.execute(&mut conn).await?)
}

/// The time of a payment's newest event.
pub(in crate::domain::payments) async fn latest(mut conn: &Conn, payment: PaymentId) -> Result<Option<Timestamp>> {
    let of_payment = transaction_events::table.filter(transaction_events::payment_id.eq(payment));
    Ok(of_payment.select(diesel::dsl::max(transaction_events::occurred_at)).first(&mut conn).await?)
}

impl Payments {
    /// Returns the events of these payments, in the order in which they were stored.
    pub async fn events_of(&self, mut conn: &Conn, ids: &[PaymentId]) -> Result<Vec<TransactionEvent>> {
        let of_payments = transaction_events::table.filter(transaction_events::payment_id.eq_any(ids));
        let in_order =
            of_payments.order((transaction_events::payment_id, transaction_events::created_at, transaction_events::id));
        Ok(in_order.select(TransactionEvent::as_select()).load(&mut conn).await?)
    }
}

/// The requests of these refunds and their answers. A webhook event names no refund, so the other refund events of the
/// same payments are included.
pub(in crate::domain::payments) async fn of_refunds(
    mut conn: &Conn,
    ids: &[RefundId],
) -> Result<Vec<TransactionEvent>> {
    let theirs = diesel::alias!(transaction_events as their_events);
    let named = theirs.filter(theirs.field(transaction_events::refund_id).eq_any(ids));
    let payments = named.select(theirs.field(transaction_events::payment_id));
    let near = transaction_events::table
        .filter(transaction_events::payment_id.eq_any(payments))
        .filter(transaction_events::kind.eq(TransactionKind::Refund));
    Ok(near.order(transaction_events::id).select(TransactionEvent::as_select()).load(&mut conn).await?)
}
