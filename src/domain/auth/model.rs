//! The types of this domain.

use diesel::prelude::*;

use crate::db::schema::{sessions, staff};
use crate::kernel::actor::Permission;
use crate::kernel::clock::Timestamp;
use crate::kernel::ids::{SessionId, StaffId};
use crate::kernel::string_enum;

/// A staff user.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = staff)]
pub struct StaffUser {
    /// The id.
    pub id: StaffId,
    /// The email address in lower case, used to log in.
    pub email: String,
    /// The human-readable name.
    pub name: String,
    pub(super) password_hash: String,
    /// The permissions.
    pub permissions: Vec<Permission>,
    /// Whether the user can log in.
    pub active: bool,
    /// When the account was created.
    pub created_at: Timestamp,
}

string_enum! {
    /// Whose login a session is.
    SubjectKind {
        /// A customer's.
        Customer = "CUSTOMER",
        /// A member of staff's.
        Staff = "STAFF",
    }
}

/// A session: a login on one device.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = sessions)]
pub(super) struct Session {
    pub(super) id: SessionId,
    pub(super) subject_kind: SubjectKind,
    pub(super) subject_id: uuid::Uuid,
    pub(super) refresh_hash: Vec<u8>,
    pub(super) created_at: Timestamp,
    pub(super) expires_at: Timestamp,
}
