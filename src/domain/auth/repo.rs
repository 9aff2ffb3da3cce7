//! The SQL queries of staff and sessions.

use diesel::dsl::{exists, select};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::Auth;
use super::model::{Session, StaffUser, SubjectKind};
use crate::db::schema::{sessions, staff};
use crate::db::{Conn, Result};
use crate::kernel::clock::Timestamp;
use crate::kernel::ids::{SessionId, StaffId};

impl Auth {
    /// Returns the staff account with this id.
    pub async fn find_staff(&self, mut conn: &Conn, id: StaffId) -> Result<Option<StaffUser>> {
        Ok(staff::table.find(id).select(StaffUser::as_select()).first(&mut conn).await.optional()?)
    }

    /// Returns whether any staff account exists.
    pub async fn has_staff(&self, mut conn: &Conn) -> Result<bool> {
        Ok(select(exists(staff::table.select(staff::id))).get_result(&mut conn).await?)
    }
}

pub(super) async fn insert_staff(mut conn: &Conn, user: &StaffUser) -> Result<()> {
    diesel::insert_into(staff::table).values(user).execute(&mut conn).await?;
    Ok(())
}

pub(super) async fn staff_by_email(mut conn: &Conn, email: &str) -> Result<Option<StaffUser>> {
    let by_email = staff::table.filter(staff::email.eq(email)).select(StaffUser::as_select());
    Ok(by_email.first(&mut conn).await.optional()?)
}

/// Returns the staff user if active and if the session exists.
pub(super) async fn staff_in_session(mut conn: &Conn, id: StaffId, session: SessionId) -> Result<Option<StaffUser>> {
    let open = sessions::table
        .filter(sessions::id.eq(session))
        .filter(sessions::subject_kind.eq(SubjectKind::Staff))
        .filter(sessions::subject_id.eq(id));
    let active = staff::table.filter(staff::id.eq(id)).filter(staff::active).filter(exists(open.select(sessions::id)));
    Ok(active.select(StaffUser::as_select()).first(&mut conn).await.optional()?)
}

pub(super) async fn insert_session(mut conn: &Conn, session: &Session) -> Result<()> {
    diesel::insert_into(sessions::table).values(session).execute(&mut conn).await?;
    Ok(())
}

pub(super) async fn lock_session(mut conn: &Conn, id: SessionId) -> Result<Option<Session>> {
    let locked = sessions::table.find(id).select(Session::as_select()).for_update();
    Ok(locked.first(&mut conn).await.optional()?)
}

pub(super) async fn rotate_session(mut conn: &Conn, session: &Session) -> Result<()> {
    diesel::update(sessions::table.find(session.id))
        .set((sessions::refresh_hash.eq(&session.refresh_hash), sessions::expires_at.eq(session.expires_at)))
        .execute(&mut conn)
        .await?;
    Ok(())
}

pub(super) async fn delete_session(mut conn: &Conn, id: SessionId) -> Result<()> {
    diesel::delete(sessions::table.find(id)).execute(&mut conn).await?;
    Ok(())
}

pub(super) async fn delete_expired_sessions(mut conn: &Conn, now: Timestamp) -> Result<usize> {
    Ok(diesel::delete(sessions::table.filter(sessions::expires_at.le(now))).execute(&mut conn).await?)
}

pub(super) async fn delete_sessions_of(mut conn: &Conn, kind: SubjectKind, id: Uuid) -> Result<()> {
    let of_subject = sessions::table.filter(sessions::subject_kind.eq(kind)).filter(sessions::subject_id.eq(id));
    diesel::delete(of_subject).execute(&mut conn).await?;
    Ok(())
}
