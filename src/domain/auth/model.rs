//! The words of this domain.

use diesel::prelude::*;

use crate::db::schema::{sessions, staff};
use crate::kernel::actor::Permission;
use crate::kernel::clock::Timestamp;
use crate::kernel::ids::{SessionId, StaffId};
use crate::kernel::words;

/// A member of staff.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = staff)]
pub struct StaffUser {
    /// Id.
    pub id: StaffId,
    /// E-mail address, in lower case: the login name.
    pub email: String,
    /// Name, for people.
    pub name: String,
    pub(super) password_hash: String,
    /// What they may do.
    pub permissions: Vec<Permission>,
    /// Whether they may log in.
    pub active: bool,
    /// When the account was made.
    pub created_at: Timestamp,
}

words! {
    /// Whose login a session is.
    SubjectKind {
        /// A customer's.
        Customer = "CUSTOMER",
        /// A member of staff's.
        Staff = "STAFF",
    }
}

/// A login on one device.
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
