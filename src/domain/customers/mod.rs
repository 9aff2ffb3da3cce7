//! Customers: their accounts, address books and groups, and who is exempt from tax.

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
pub use model::{Customer, CustomerAddress, CustomerFilter, CustomerGroup, Standing};

use crate::db::{Conn, Db};
use crate::domain::auth::Auth;
use crate::kernel::clock::SharedClock;
use crate::kernel::page::{Page, Window};

/// Customers.
#[derive(Clone)]
pub struct Customers {
    db: Db,
    clock: SharedClock,
    auth: Auth,
}

impl Customers {
    /// The facade over this database.
    pub fn new(db: Db, clock: SharedClock, auth: Auth) -> Self {
        Self { db, clock, auth }
    }

    /// A page of all customers, newest first.
    pub async fn list(
        &self,
        conn: &Conn,
        filter: &CustomerFilter,
        window: &Window,
    ) -> Result<Page<Customer>, CustomerError> {
        let rows = repo::list(conn, filter, window, window.key()?).await?;
        Ok(window.page(rows, |customer| (customer.created_at.to_rfc3339(), customer.id.0)))
    }

    /// A page of all groups, by name.
    pub async fn list_groups(&self, conn: &Conn, window: &Window) -> Result<Page<CustomerGroup>, CustomerError> {
        let rows = repo::list_groups(conn, window, window.key()?).await?;
        Ok(window.page(rows, |group| (group.name.clone(), group.id.0)))
    }
}
