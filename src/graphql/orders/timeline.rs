use async_graphql::Json;
use graphql_plan::{Cx, object};

use super::objects::handles;
use crate::domain::orders;
use crate::graphql::guards::staff;

/// Fields of entries that shoppers do not see.
const FOR_STAFF: [&str; 2] = ["reason", "restocked"];

object! {
    /// Something that happened to an order.
    pub TimelineEntry for orders::TimelineEntry {
        /// Id.
        id;
        /// What happened.
        kind;
        /// What happened, for people, in one sentence; of a note, its text.
        message;
        /// What happened, for programs: see the kind. Reasons that staff gave, and what became of the units, are for staff.
        data: value(|entry, cx| data(entry, cx));
        /// The member of staff who did it; null when it was the shopper or the shop itself, and for anybody but staff.
        staff_id: value(|entry, cx| entry.staff_id.filter(|_| handles(cx))).visible(staff);
        /// Whether the shopper sees it.
        visible_to_customer: field(|entry| &entry.customer_visible);
        /// When it happened.
        created_at;
    }
}

/// What of an entry's data the caller may see.
fn data(entry: &orders::TimelineEntry, cx: &Cx<'_>) -> Json<serde_json::Value> {
    let mut data = entry.data.clone();
    if let Some(fields) = data.as_object_mut().filter(|_| !handles(cx)) {
        fields.retain(|name, _| !FOR_STAFF.contains(&name.as_str()));
    }
    Json(data)
}
