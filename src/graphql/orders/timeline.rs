use async_graphql::connection::{Connection, EmptyFields};
use async_graphql::{Context, Description, Json, Object};

use crate::domain::orders::{self, TimelineKind};
use crate::graphql::context::Requested;
use crate::graphql::guards::staff;
use crate::kernel::actor::Permission;
use crate::kernel::clock::Timestamp;
use crate::kernel::ids::{StaffId, TimelineEntryId};

pub(super) type TimelineConnection = Connection<String, TimelineEntry, EmptyFields>;

/// Fields of entries that shoppers do not see.
const FOR_STAFF: [&str; 2] = ["reason", "restocked"];

/// Something that happened to an order.
#[derive(Description)]
pub struct TimelineEntry(pub orders::TimelineEntry);

#[Object(use_type_description)]
impl TimelineEntry {
    /// Id.
    async fn id(&self) -> TimelineEntryId {
        self.0.id
    }

    /// What happened.
    async fn kind(&self) -> TimelineKind {
        self.0.kind
    }

    /// What happened, for people, in one sentence; of a note, its text.
    async fn message(&self) -> &str {
        &self.0.message
    }

    /// What happened, for programs: see the kind. Reasons that staff gave, and what became of the units, are for staff.
    async fn data(&self, ctx: &Context<'_>) -> Json<serde_json::Value> {
        let mut data = self.0.data.clone();
        if let Some(fields) = data.as_object_mut().filter(|_| !ctx.actor().may(Permission::Orders)) {
            fields.retain(|name, _| !FOR_STAFF.contains(&name.as_str()));
        }
        Json(data)
    }

    /// The member of staff who did it; null when it was the shopper or the shop itself, and for anybody but staff.
    #[graphql(visible = "staff")]
    async fn staff_id(&self, ctx: &Context<'_>) -> Option<StaffId> {
        self.0.staff_id.filter(|_| ctx.actor().may(Permission::Orders))
    }

    /// Whether the shopper sees it.
    async fn visible_to_customer(&self) -> bool {
        self.0.customer_visible
    }

    /// When it happened.
    async fn created_at(&self) -> Timestamp {
        self.0.created_at
    }
}
