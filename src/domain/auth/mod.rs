//! Who is who: passwords, logins, tokens and staff.
//!
//! # Decisions
//! - An access token is a JWT that lives for minutes and is checked without the database for customers; a member of
//!   staff is looked up on every request, so that switching one off takes effect at once.
//! - A refresh token is random, stored hashed, and replaced whenever it is used. An old one ends its session.
//! - The token with which a guest sees an order is a JWT too: nothing is stored, and asking twice gives the same one.

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
    /// The facade over this database, signing with these keys.
    pub fn new(db: Db, clock: SharedClock, keys: Keys) -> Self {
        Self { db, clock, keys }
    }
}
