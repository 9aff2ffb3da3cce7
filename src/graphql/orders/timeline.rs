use async_graphql::Json;
use graphql_plan::{Cx, object};

use super::objects::handles;
use crate::domain::orders;
use crate::graphql::guards::staff;

/// Data fields of entries that are hidden from shoppers.
const FOR_STAFF: [&str; 2] = ["reason", "restocked"];

object! {
    /// An event of an order.
    pub TimelineEntry for orders::TimelineEntry {
        /// Id.
        id;
        /// The kind of event.
        kind;
        /// Human-readable description, in one sentence; for a note, its text.
        message;
        /// Machine-readable data: see the kind. Reasons given by staff, and what happened to the units, are visible
        /// only to staff.
        data: value(|entry, cx| data(entry, cx));
        /// The id of the staff user who caused it. Null if it was the shopper or the shop itself, and null unless the
        /// caller is staff.
        staff_id: value(|entry, cx| entry.staff_id.filter(|_| handles(cx))).visible(staff);
        /// Whether the shopper sees it.
        visible_to_customer: field(|entry| &entry.customer_visible);
        /// Time of the event (UTC).
        created_at;
    }
}

/// The data of an entry that the caller may see.
fn data(entry: &orders::TimelineEntry, cx: &Cx<'_>) -> Json<serde_json::Value> {
    let mut data = entry.data.clone();
    if let Some(fields) = data.as_object_mut().filter(|_| !handles(cx)) {
        fields.retain(|name, _| !FOR_STAFF.contains(&name.as_str()));
    }
    Json(data)
}
