//! Events: notifications about changes, delivered to subscribers.
//!
//! A use case calls [`publish`] in its transaction. The row and the notification become visible when it commits, or not
//! at all. Every process listens on one connection ([`bus::Bus`]) and passes the events to its subscribers, so it does
//! not matter which process published them.

pub mod bus;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde::Deserialize;
use uuid::Uuid;

use crate::db::schema::events;
use crate::db::{Conn, Result};
use crate::kernel::ids::{CartId, OrderId, VariantId};

/// The channel that the table's trigger notifies.
const CHANNEL: &str = "cartwright_events";

/// A change. It only identifies its subject: subscribers read the rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Event {
    /// A cart was updated, or became an order.
    CartUpdated(CartId),
    /// An order was placed.
    OrderPlaced(OrderId),
    /// An order was updated: paid, fulfilled, canceled.
    OrderUpdated(OrderId),
    /// A variant with stock alerts can be bought again.
    VariantAvailable(VariantId),
}

/// The payload of the trigger's notification about a new row.
#[derive(Deserialize)]
struct Notification {
    kind: String,
    id: Uuid,
}

impl Event {
    /// Parses the payload of a notification. Returns `None` for an event that this version does not know.
    fn from_notice(payload: &str) -> Option<Self> {
        let Notification { kind, id } = serde_json::from_str(payload).ok()?;
        Self::from_row(&kind, id)
    }

    const fn row(self) -> (&'static str, Uuid) {
        match self {
            Self::CartUpdated(id) => ("cart_updated", id.0),
            Self::OrderPlaced(id) => ("order_placed", id.0),
            Self::OrderUpdated(id) => ("order_updated", id.0),
            Self::VariantAvailable(id) => ("variant_available", id.0),
        }
    }

    fn from_row(kind: &str, id: Uuid) -> Option<Self> {
        match kind {
            "cart_updated" => Some(Self::CartUpdated(CartId(id))),
            "order_placed" => Some(Self::OrderPlaced(OrderId(id))),
            "order_updated" => Some(Self::OrderUpdated(OrderId(id))),
            "variant_available" => Some(Self::VariantAvailable(VariantId(id))),
            _ => None,
        }
    }
}

/// Inserts the event in the caller's transaction. A trigger notifies the listeners when it commits.
pub async fn publish(mut conn: &Conn, event: Event, now: DateTime<Utc>) -> Result<()> {
    let (kind, subject) = event.row();
    diesel::insert_into(events::table)
        .values((events::kind.eq(kind), events::subject_id.eq(subject), events::created_at.eq(now)))
        .execute(&mut conn)
        .await?;
    Ok(())
}

/// Deletes events older than `before`: listeners that were away for longer reload the state anyway.
pub async fn delete_before(mut conn: &Conn, before: DateTime<Utc>) -> Result<usize> {
    Ok(diesel::delete(events::table.filter(events::created_at.lt(before))).execute(&mut conn).await?)
}

/// Returns the sequence number of the newest event, or 0 if there is none.
async fn newest(mut conn: &Conn) -> Result<i64> {
    Ok(events::table.select(diesel::dsl::max(events::seq)).first::<Option<i64>>(&mut conn).await?.unwrap_or(0))
}

/// Returns the events after a sequence number, oldest first.
async fn since(mut conn: &Conn, seq: i64) -> Result<Vec<Event>> {
    let rows: Vec<(String, Uuid)> = events::table
        .filter(events::seq.gt(seq))
        .order(events::seq)
        .select((events::kind, events::subject_id))
        .load(&mut conn)
        .await?;
    Ok(rows.into_iter().filter_map(|(kind, id)| Event::from_row(&kind, id)).collect())
}
