//! Customers and staff: accounts, logins, address books and groups of customers.

mod groups;
mod mutations;
mod objects;
pub mod sources;

use async_graphql::{Context, InputObject};
use cartwright_macros::queries;
use graphql_plan::{Connection, One};

pub use groups::{CustomerGroup, CustomerGroupMutation};
pub use mutations::AccountMutation;
pub use objects::{Address, AddressInput, Customer};

use super::connection::{connection, counted};
use super::context::Requested;
use super::errors::{Result, refused};
use crate::domain::customers::CustomerFilter;
use crate::kernel::clock::{Timestamp, within_years};
use crate::kernel::ids::{CustomerGroupId, CustomerId};
use crate::kernel::page::{PageArgs, Window};
use crate::kernel::text::storable;
use sources::{CUSTOMER, CUSTOMER_GROUP};

/// A filter for customers. Omitted fields do not restrict the list.
#[derive(InputObject, Default)]
pub struct CustomerFilterInput {
    /// Only accounts created at or after this time.
    created_from: Option<Timestamp>,
    /// Only accounts created before this time.
    created_before: Option<Timestamp>,
    /// Only members of this group.
    group_id: Option<CustomerGroupId>,
}

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
        filter: CustomerFilterInput,
        /// A part of the name or of the e-mail address.
        query: Option<String>,
        #[flatten] page: PageArgs,
    ) -> Result<One<Connection<Customer>>> {
        let filter = CustomerFilter {
            query: query.map(storable),
            created_from: filter.created_from.map(within_years),
            created_before: filter.created_before.map(within_years),
            group_id: filter.group_id,
        };
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
