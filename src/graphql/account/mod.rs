//! Customers and staff: accounts, logins, address books and groups of customers.

mod groups;
mod mutations;
mod objects;
pub mod sources;

use async_graphql::Context;
use cartwright_macros::queries;
use graphql_plan::{Connection, One};

pub use groups::{CustomerGroup, CustomerGroupMutation};
pub use mutations::AccountMutation;
pub use objects::{Address, Customer};

use super::connection::{connection, counted};
use super::context::Requested;
use super::errors::{Result, refused};
use crate::domain::customers::CustomerFilter;
use crate::kernel::ids::{CustomerGroupId, CustomerId};
use crate::kernel::page::{PageArgs, Window};
use sources::{CUSTOMER, CUSTOMER_GROUP};

#[queries]
impl AccountQuery {
    /// The customer who is logged in; null for any other caller.
    async fn me(ctx: &Context<'_>) -> Result<Option<One<Customer>>> {
        match ctx.actor().customer() {
            Some(id) => Ok(ctx.reads().load(&CUSTOMER, id).await?.map(One)),
            None => Ok(None),
        }
    }

    /// Returns a customer by id, or null if there is none.
    #[staff(CUSTOMERS)]
    async fn customer(
        ctx: &Context<'_>,
        /// The id of the customer.
        id: CustomerId,
    ) -> Result<Option<One<Customer>>> {
        Ok(ctx.reads().load(&CUSTOMER, id).await?.map(One))
    }

    /// All customers, newest first.
    #[staff(CUSTOMERS)]
    async fn customers(
        ctx: &Context<'_>,
        /// Returns only entries that match every field of the filter.
        #[default]
        filter: CustomerFilter,
        /// A part of the name or of the e-mail address.
        query: Option<String>,
        #[flatten] page: PageArgs,
    ) -> Result<One<Connection<Customer>>> {
        let filter = CustomerFilter { query, ..filter };
        let window = Window::new(&page, "NEWEST")?;
        let reads = ctx.reads();
        let page = reads.app.customers.list(reads.conn().await?, &filter, &window).await.map_err(refused)?;
        let total = counted!(filter, |scope, conn| scope.app.customers.count(conn, &filter));
        Ok(connection(page, total).into())
    }

    /// Returns a customer group by id, or null if there is none.
    #[staff(CUSTOMERS)]
    async fn customer_group(
        ctx: &Context<'_>,
        /// The id of the customer group.
        id: CustomerGroupId,
    ) -> Result<Option<One<CustomerGroup>>> {
        Ok(ctx.reads().load(&CUSTOMER_GROUP, id).await?.map(One))
    }

    /// All customer groups, sorted by name.
    #[staff(CUSTOMERS)]
    async fn customer_groups(ctx: &Context<'_>, #[flatten] page: PageArgs) -> Result<One<Connection<CustomerGroup>>> {
        let window = Window::new(&page, "NAME")?;
        let reads = ctx.reads();
        let page = reads.app.customers.list_groups(reads.conn().await?, &window).await.map_err(refused)?;
        let total = counted!(|scope, conn| scope.app.customers.count_groups(conn));
        Ok(connection(page, total).into())
    }
}
