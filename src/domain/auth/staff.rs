//! Staff accounts.

use super::{Auth, AuthError, StaffUser, repo};
use crate::kernel::actor::Permission;
use crate::kernel::ids::StaffId;
use crate::kernel::text::{Checks, normal_email};

/// A staff account to make.
pub struct NewStaff {
    /// E-mail address: the login name.
    pub email: String,
    /// Name, for people.
    pub name: String,
    /// Password, 8 to 200 characters.
    pub password: String,
    /// What they may do.
    pub permissions: Vec<Permission>,
}

impl Auth {
    /// Makes a staff account.
    pub async fn create_staff(&self, new: NewStaff) -> Result<StaffUser, AuthError> {
        let email = normal_email(&new.email);
        let mut checks = Checks::new();
        checks.email("email", &email);
        checks.line("name", &new.name, 100);
        checks.password("password", &new.password);
        checks.finish().map_err(AuthError::Invalid)?;
        let user = StaffUser {
            id: StaffId::new(),
            email,
            name: new.name,
            password_hash: self.hash_password(&new.password).await?,
            permissions: new.permissions,
            active: true,
            created_at: self.clock.now(),
        };
        let conn = self.db.conn().await?;
        repo::insert_staff(&conn, &user).await?;
        Ok(user)
    }
}
