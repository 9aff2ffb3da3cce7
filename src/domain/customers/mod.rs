//! Customers: their accounts, address books and groups, and who is exempt from tax.

mod account;
mod addresses;
mod error;
mod exemption;
mod groups;
mod model;
mod repo;

pub use account::{CustomerChanges, NewCustomer};
pub use addresses::AddressDefaults;
pub use error::CustomerError;
pub use model::{Customer, CustomerAddress, CustomerFilter, CustomerGroup, Standing};

use crate::db::{self, Conn, Db};
use crate::domain::auth::Auth;
use crate::kernel::clock::SharedClock;
use crate::kernel::ids::{CustomerGroupId, CustomerId};
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

    /// Those of these groups that there are.
    pub async fn known_groups(&self, conn: &Conn, ids: &[CustomerGroupId]) -> db::Result<Vec<CustomerGroupId>> {
        repo::known_groups(conn, ids).await
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

    /// What prices and taxes of this customer depend on, in one statement. Nobody's standing for an unknown customer.
    pub async fn standing(&self, conn: &Conn, id: CustomerId) -> db::Result<Standing> {
        repo::standing(conn, id).await
    }

    /// A page of all groups, by name.
    pub async fn list_groups(&self, conn: &Conn, window: &Window) -> Result<Page<CustomerGroup>, CustomerError> {
        let rows = repo::list_groups(conn, window, window.key()?).await?;
        Ok(window.page(rows, |group| (group.name.clone(), group.id.0)))
    }

    /// How many groups there are.
    pub async fn count_groups(&self, conn: &Conn) -> db::Result<i64> {
        repo::count_groups(conn).await
    }

    /// The groups with these ids, in no order.
    pub async fn groups(&self, conn: &Conn, ids: &[CustomerGroupId]) -> db::Result<Vec<CustomerGroup>> {
        repo::groups(conn, ids).await
    }

    /// The groups that these customers are in, by name.
    pub async fn groups_of(&self, conn: &Conn, ids: &[CustomerId]) -> db::Result<Vec<(CustomerId, CustomerGroup)>> {
        repo::groups_of(conn, ids).await
    }

    /// How many customers are in these groups. Groups without any are left out.
    pub async fn member_counts(&self, conn: &Conn, ids: &[CustomerGroupId]) -> db::Result<Vec<(CustomerGroupId, i64)>> {
        repo::member_counts(conn, ids).await
    }

    /// The addresses of these customers, oldest first.
    pub async fn addresses(&self, conn: &Conn, ids: &[CustomerId]) -> db::Result<Vec<CustomerAddress>> {
        repo::addresses(conn, ids).await
    }
}
