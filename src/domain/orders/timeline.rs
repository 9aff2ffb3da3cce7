//! The timeline: the events of an order, each recorded in the transaction that caused it.

use serde_json::{Value, json};

use super::model::TimelineEntry;
use super::status::TimelineKind;
use super::{OrderError, Orders, Timeline, repo};
use crate::db::{self, Conn};
use crate::events::{Event, publish};
use crate::kernel::ids::{OrderId, PaymentId, StaffId, TimelineEntryId};
use crate::kernel::money::Money;
use crate::kernel::page::Page;
use crate::kernel::text::Validator;

/// An entry to add to an order's timeline.
#[derive(Clone, Debug, PartialEq)]
pub struct NewTimelineEntry {
    kind: TimelineKind,
    message: String,
    data: Value,
    staff: Option<StaffId>,
    visible: bool,
}

/// A payment event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PaymentAction {
    /// The amount was authorized.
    Authorized,
    /// The amount was captured.
    Captured,
    /// The amount was refunded.
    Refunded,
    /// The authorization was released.
    Voided,
}

impl PaymentAction {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Authorized => "AUTHORIZED",
            Self::Captured => "CAPTURED",
            Self::Refunded => "REFUNDED",
            Self::Voided => "VOIDED",
        }
    }
}

impl NewTimelineEntry {
    /// An entry without data, by the engine itself. Its kind determines whether shoppers see it.
    pub fn new(kind: TimelineKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), data: json!({}), staff: None, visible: kind.for_customers() }
    }

    /// An entry for a payment event.
    pub fn money(moved: PaymentAction, amount: Money, payment: PaymentId) -> Self {
        let (word, amount) = (moved.as_str(), amount.rounded());
        let message = format!("{} {} {}.", amount.amount, amount.currency, word.to_lowercase());
        let currency = amount.currency.code();
        let data = json!({ "event": word, "amount": amount.amount.to_string(), "currencyCode": currency, "paymentId": payment });
        Self::new(TimelineKind::Payment, message).with(data)
    }

    /// Sets the staff user who did it.
    #[must_use]
    pub fn by(mut self, staff: Option<StaffId>) -> Self {
        self.staff = staff;
        self
    }

    /// Sets the machine-readable details.
    #[must_use]
    pub fn with(mut self, data: Value) -> Self {
        self.data = data;
        self
    }
}

/// A sentence that says what was done to this many units; `done` is a past participle.
pub(super) fn units_were(units: i64, done: &str) -> String {
    match units {
        1 => format!("1 unit was {done}."),
        units => format!("{units} units were {done}."),
    }
}

impl Orders {
    /// Adds entries to an order's timeline, in the caller's transaction.
    pub async fn note_in(&self, conn: &Conn, order: OrderId, entries: Vec<NewTimelineEntry>) -> Result<(), OrderError> {
        let now = self.clock.now();
        let row = |entry: NewTimelineEntry| TimelineEntry {
            id: TimelineEntryId::new(),
            order_id: order,
            kind: entry.kind,
            message: entry.message,
            data: entry.data,
            staff_id: entry.staff,
            customer_visible: entry.visible,
            created_at: now,
        };
        let rows: Vec<_> = entries.into_iter().map(row).collect();
        Ok(repo::timeline::insert(conn, &rows).await?)
    }

    /// Adds a staff note, shown to the shopper only if `visible` is true.
    pub async fn add_note(
        &self,
        id: OrderId,
        text: String,
        visible: bool,
        staff: Option<StaffId>,
    ) -> Result<(super::Order, TimelineEntry), OrderError> {
        let mut validator = Validator::new();
        validator.required("text", &text);
        validator.paragraph("text", &text, 5_000);
        validator.finish().map_err(OrderError::Invalid)?;
        let tx = self.db.begin().await?;
        let order = self.get(&tx, id).await?;
        let entry = TimelineEntry {
            id: TimelineEntryId::new(),
            order_id: id,
            kind: TimelineKind::Note,
            message: text,
            data: json!({}),
            staff_id: staff,
            customer_visible: visible,
            created_at: self.clock.now(),
        };
        repo::timeline::insert(&tx, std::slice::from_ref(&entry)).await?;
        publish(&tx, Event::OrderUpdated(id), entry.created_at).await?;
        tx.commit().await?;
        Ok((order, entry))
    }

    /// A page of each timeline, in the same order, in one statement.
    pub async fn timelines(&self, conn: &Conn, lists: &[Timeline]) -> db::Result<Vec<Page<TimelineEntry>>> {
        let found = repo::timeline::lists(conn, lists).await?;
        let page = |(list, rows): (&Timeline, Vec<TimelineEntry>)| {
            list.paging.page(rows, |row| (row.created_at.to_rfc3339(), row.id.0))
        };
        Ok(lists.iter().zip(found).map(page).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::units_were;

    #[test]
    fn one_unit_is_not_said_to_be_several() {
        assert_eq!(units_were(1, "canceled"), "1 unit was canceled.");
        assert_eq!(units_were(3, "canceled"), "3 units were canceled.");
    }
}
