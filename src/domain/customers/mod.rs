//! Customers: their accounts and address books.

mod account;
mod addresses;
mod error;
mod model;
mod repo;

pub use account::{CustomerChanges, NewCustomer};
pub use addresses::AddressDefaults;
pub use error::CustomerError;
pub use model::{Customer, CustomerAddress, CustomerFilter};

use crate::db::{self, Conn, Db};
use crate::domain::auth::Auth;
use crate::kernel::clock::SharedClock;
use crate::kernel::ids::CustomerId;
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

    /// The customers with these ids, in no order.
    pub async fn by_ids(&self, conn: &Conn, ids: &[CustomerId]) -> db::Result<Vec<Customer>> {
        repo::by_ids(conn, ids).await
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

    /// How many customers the filter leaves.
    pub async fn count(&self, conn: &Conn, filter: &CustomerFilter) -> db::Result<i64> {
        repo::count(conn, filter).await
    }

    /// The addresses of these customers, oldest first.
    pub async fn addresses(&self, conn: &Conn, ids: &[CustomerId]) -> db::Result<Vec<CustomerAddress>> {
        repo::addresses(conn, ids).await
    }
}
