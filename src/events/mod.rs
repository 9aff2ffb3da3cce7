//! News: what became true, told to whoever listens.
//!
//! A use case calls [`publish`] in its transaction. The row and the notification become visible when it commits, and
//! neither does when it does not. Every process listens on one connection ([`bus::Bus`]) and hands the news to its
//! subscribers, so that it does not matter which process made it.

pub mod bus;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde::Deserialize;
use uuid::Uuid;

use crate::db::schema::events;
use crate::db::{Conn, Result};
use crate::kernel::ids::{CartId, OrderId, VariantId};

/// The channel on which the trigger of the table tells.
const CHANNEL: &str = "cartwright_events";

/// Something that became true. It names its subject and no more: whoever hears of it reads the rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Event {
    /// A cart was changed, or became an order.
    CartUpdated(CartId),
    /// An order was placed.
    OrderPlaced(OrderId),
    /// An order was changed: paid, fulfilled, cancelled.
    OrderUpdated(OrderId),
    /// A variant that somebody waited for can be bought again.
    VariantAvailable(VariantId),
}

/// What the database's trigger tells of a new row.
#[derive(Deserialize)]
struct Notice {
    kind: String,
    id: Uuid,
}

impl Event {
    /// The event that a notification tells of; `None` for one that this version does not know.
    fn from_notice(payload: &str) -> Option<Self> {
        let Notice { kind, id } = serde_json::from_str(payload).ok()?;
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

/// Writes the event down in the caller's transaction. A trigger tells the listeners when it commits.
pub async fn publish(mut conn: &Conn, event: Event, now: DateTime<Utc>) -> Result<()> {
    let (kind, subject) = event.row();
    diesel::insert_into(events::table)
        .values((events::kind.eq(kind), events::subject_id.eq(subject), events::created_at.eq(now)))
        .execute(&mut conn)
        .await?;
    Ok(())
}

/// Forgets events older than `before`: listeners that are away for longer read the state anew anyway.
pub async fn forget(mut conn: &Conn, before: DateTime<Utc>) -> Result<usize> {
    Ok(diesel::delete(events::table.filter(events::created_at.lt(before))).execute(&mut conn).await?)
}

/// The newest event's number; 0 when there is none.
async fn newest(mut conn: &Conn) -> Result<i64> {
    Ok(events::table.select(diesel::dsl::max(events::seq)).first::<Option<i64>>(&mut conn).await?.unwrap_or(0))
}

/// The events behind a number, oldest first.
async fn since(mut conn: &Conn, seq: i64) -> Result<Vec<Event>> {
    let rows: Vec<(String, Uuid)> = events::table
        .filter(events::seq.gt(seq))
        .order(events::seq)
        .select((events::kind, events::subject_id))
        .load(&mut conn)
        .await?;
    Ok(rows.into_iter().filter_map(|(kind, id)| Event::from_row(&kind, id)).collect())
}
