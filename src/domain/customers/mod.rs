//! Customers: accounts, address books, groups and tax exemptions.

mod account;
mod addresses;
mod error;
mod exemption;
mod groups;
mod model;
mod repo;

pub use account::{RegisterCustomer, UpdateCustomer};
pub use addresses::{CreateAddress, UpdateAddress};
pub use error::CustomerError;
pub use groups::{CreateCustomerGroup, UpdateCustomerGroup};
pub use model::{Customer, CustomerAddress, CustomerFilter, CustomerGroup, CustomerTerms};

use crate::db::{Conn, Db};
use crate::domain::auth::Auth;
use crate::kernel::clock::SharedClock;
use crate::kernel::page::{Page, PageRequest};

/// Customers.
#[derive(Clone)]
pub struct Customers {
    db: Db,
    clock: SharedClock,
    auth: Auth,
}

impl Customers {
    /// Creates the facade for this database.
    pub fn new(db: Db, clock: SharedClock, auth: Auth) -> Self {
        Self { db, clock, auth }
    }

    /// Returns a page of customers, newest first.
    pub async fn list(
        &self,
        conn: &Conn,
        filter: &CustomerFilter,
        paging: &PageRequest,
    ) -> Result<Page<Customer>, CustomerError> {
        let rows = repo::list(conn, filter, paging, paging.key()?).await?;
        Ok(paging.page(rows, |customer| (customer.created_at.to_rfc3339(), customer.id.0)))
    }
}
