//! Staff accounts.

use super::{Auth, AuthError, StaffUser, repo};
use crate::kernel::actor::Permission;
use crate::kernel::ids::StaffId;
use crate::kernel::text::{Validator, normalize_email};

/// A staff account to create.
pub struct NewStaff {
    /// The email address, used to log in.
    pub email: String,
    /// The human-readable name.
    pub name: String,
    /// The password: 8 to 200 characters.
    pub password: String,
    /// The permissions.
    pub permissions: Vec<Permission>,
}

impl Auth {
    /// Creates a staff account.
    pub async fn create_staff(&self, new: NewStaff) -> Result<StaffUser, AuthError> {
        let email = normalize_email(&new.email);
        let mut validator = Validator::new();
        validator.email("email", &email);
        validator.line("name", &new.name, 100);
        validator.required("name", &new.name);
        validator.password("password", &new.password);
        validator.finish().map_err(AuthError::Invalid)?;
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
