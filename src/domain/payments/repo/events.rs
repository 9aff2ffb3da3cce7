use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use crate::db::schema::money_events;
use crate::db::{Conn, Result};
use crate::domain::payments::Payments;
use crate::domain::payments::model::MoneyEvent;
use crate::kernel::clock::Timestamp;
use crate::kernel::ids::{PaymentId, RefundId};

/// Writes down what is not known yet, and says how much that was (rule F4).
pub(in crate::domain::payments) async fn insert_new(mut conn: &Conn, rows: &[MoneyEvent]) -> Result<usize> {
    let new = diesel::insert_into(money_events::table).values(rows).on_conflict_do_nothing();
    Ok(new.execute(&mut conn).await?)
}

/// When the newest fact of a payment happened.
pub(in crate::domain::payments) async fn latest(mut conn: &Conn, payment: PaymentId) -> Result<Option<Timestamp>> {
    let of_payment = money_events::table.filter(money_events::payment_id.eq(payment));
    Ok(of_payment.select(diesel::dsl::max(money_events::occurred_at)).first(&mut conn).await?)
}

impl Payments {
    /// What happened to the money of these payments, in the order in which it became known.
    pub async fn events_of(&self, mut conn: &Conn, ids: &[PaymentId]) -> Result<Vec<MoneyEvent>> {
        let of_payments = money_events::table.filter(money_events::payment_id.eq_any(ids));
        let in_order = of_payments.order((money_events::payment_id, money_events::created_at, money_events::id));
        Ok(in_order.select(MoneyEvent::as_select()).load(&mut conn).await?)
    }
}

/// The requests of these refunds and their answers. An answer that a provider told on its own names no refund, so those
/// of the same payments are read too.
pub(in crate::domain::payments) async fn of_refunds(mut conn: &Conn, ids: &[RefundId]) -> Result<Vec<MoneyEvent>> {
    let theirs = diesel::alias!(money_events as their_events);
    let named = theirs.filter(theirs.field(money_events::refund_id).eq_any(ids));
    let payments = named.select(theirs.field(money_events::payment_id));
    let near = money_events::table
        .filter(money_events::payment_id.eq_any(payments))
        .filter(money_events::kind.eq(crate::domain::payments::fact::MoneyKind::Refund));
    Ok(near.order(money_events::id).select(MoneyEvent::as_select()).load(&mut conn).await?)
}
