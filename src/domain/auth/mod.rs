//! Authentication: passwords, logins, tokens and staff.
//!
//! # Decisions
//! - An access token is a JWT that is valid for minutes and is verified without the database for customers; a staff
//!   user is looked up on every request, so that deactivation takes effect at once.
//! - A refresh token is random, stored as a hash, and replaced on every use. Using an old one ends its session.
//! - The token that gives a guest access to an order is also a JWT: nothing is stored, and every call returns the same.

mod error;
mod login;
mod model;
mod password;
mod repo;
mod staff;
mod token;

pub use error::AuthError;
pub use login::{Identity, LoggedIn, Subject};
pub use model::StaffUser;
pub use staff::NewStaff;
pub use token::Keys;

use crate::db::Db;
use crate::kernel::clock::SharedClock;

/// Passwords, logins, tokens and staff.
#[derive(Clone)]
pub struct Auth {
    db: Db,
    clock: SharedClock,
    keys: Keys,
}

impl Auth {
    /// Creates the facade for this database, signing with these keys.
    pub fn new(db: Db, clock: SharedClock, keys: Keys) -> Self {
        Self { db, clock, keys }
    }
}
