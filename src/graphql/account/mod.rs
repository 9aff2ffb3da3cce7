//! Customers and staff: accounts, logins, address books and customer groups.

mod groups;
mod mutations;
mod objects;
pub mod sources;

use async_graphql::Context;
use cartwright_macros::queries;
use graphql_plan::One;

pub use groups::{CustomerGroup, CustomerGroupMutation};
pub use mutations::AccountMutation;
pub use objects::{Address, Customer};

use super::connection::{Paged, connection, counted};
use super::context::RequestExt;
use super::errors::{Result, refused};
use crate::domain::customers::CustomerFilter;
use crate::kernel::ids::{CustomerGroupId, CustomerId};
use crate::kernel::page::{PageArgs, PageRequest};
use sources::{CUSTOMER, CUSTOMER_GROUP};

#[queries]
impl AccountQuery {
    /// The customer who is logged in; null for any other caller.
    async fn me(ctx: &Context<'_>) -> Result<Option<One<Customer>>> {
        match ctx.actor().customer() {
            Some(id) => Ok(ctx.loaders().load(&CUSTOMER, id).await?.map(One)),
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
        Ok(ctx.loaders().load(&CUSTOMER, id).await?.map(One))
    }

    /// All customers, newest first.
    #[staff(CUSTOMERS)]
    async fn customers(
        ctx: &Context<'_>,
        /// Returns only entries that match every field of the filter.
        #[default]
        filter: CustomerFilter,
        /// A part of the name or of the email address.
        query: Option<String>,
        #[flatten] page: PageArgs,
    ) -> Result<Paged<Customer>> {
        let filter = CustomerFilter { query, ..filter };
        let paging = PageRequest::new(&page, "NEWEST")?;
        let loaders = ctx.loaders();
        let page = loaders.app.customers.list(loaders.conn().await?, &filter, &paging).await.map_err(refused)?;
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
        Ok(ctx.loaders().load(&CUSTOMER_GROUP, id).await?.map(One))
    }

    /// All customer groups, sorted by name.
    #[staff(CUSTOMERS)]
    async fn customer_groups(ctx: &Context<'_>, #[flatten] page: PageArgs) -> Result<Paged<CustomerGroup>> {
        let paging = PageRequest::new(&page, "NAME")?;
        let loaders = ctx.loaders();
        let page = loaders.app.customers.list_groups(loaders.conn().await?, &paging).await.map_err(refused)?;
        let total = counted!(|scope, conn| scope.app.customers.count_groups(conn));
        Ok(connection(page, total).into())
    }
}
