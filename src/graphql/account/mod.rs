//! Customers and staff: accounts, logins, address books and groups of customers.

mod groups;
mod mutations;
mod objects;

use async_graphql::connection::Connection;
use async_graphql::{Context, InputObject, Object};

pub use groups::{CustomerGroup, CustomerGroupMutation, CustomerGroupTotal};
pub use mutations::AccountMutation;
pub use objects::{Address, AddressInput, Customer, CustomerTotal};

use super::connection::{connection, page_args};
use super::context::Requested;
use super::errors::{Result, refused};
use super::guards::{Needs, requires, staff};
use crate::domain::customers::CustomerFilter;
use crate::kernel::actor::Permission;
use crate::kernel::clock::{Timestamp, within_years};
use crate::kernel::ids::{CustomerGroupId, CustomerId};
use crate::kernel::page::Window;
use crate::kernel::text::storable;

pub(super) type CustomerConnection = Connection<String, Customer, CustomerTotal>;
type CustomerGroupConnection = Connection<String, CustomerGroup, CustomerGroupTotal>;

/// Which customers to list; what is left out does not narrow the list.
#[derive(InputObject, Default)]
pub struct CustomerFilterInput {
    /// Accounts made at or after this moment.
    created_from: Option<Timestamp>,
    /// Accounts made before this moment.
    created_before: Option<Timestamp>,
    /// Members of this group.
    group_id: Option<CustomerGroupId>,
}

/// A customer named by something else, such as an order: for themselves and for staff who may see customers.
pub(super) async fn visible_customer(ctx: &Context<'_>, id: Option<CustomerId>) -> Result<Option<Customer>> {
    let actor = ctx.actor();
    let seen = id.filter(|id| actor.customer() == Some(*id) || actor.may(Permission::Customers));
    let Some(id) = seen else { return Ok(None) };
    Ok(ctx.reads().loaders.customer.load(id).await?.map(Customer))
}

#[derive(Default)]
pub struct AccountQuery;

#[Object]
impl AccountQuery {
    /// The customer who is logged in; null for anybody else.
    async fn me(&self, ctx: &Context<'_>) -> Result<Option<Customer>> {
        match ctx.actor().customer() {
            Some(id) => Ok(ctx.reads().loaders.customer.load(id).await?.map(Customer)),
            None => Ok(None),
        }
    }

    /// One customer.
    #[graphql(guard = "Needs(Permission::Customers)", visible = "staff", directive = requires::apply("CUSTOMERS".into()))]
    async fn customer(&self, ctx: &Context<'_>, id: CustomerId) -> Result<Option<Customer>> {
        Ok(ctx.reads().loaders.customer.load(id).await?.map(Customer))
    }

    /// Every customer, newest first. `query` is a piece of the name or of the e-mail address.
    #[graphql(guard = "Needs(Permission::Customers)", visible = "staff", directive = requires::apply("CUSTOMERS".into()))]
    #[expect(clippy::too_many_arguments, reason = "the arguments of a Relay list")]
    async fn customers(
        &self,
        ctx: &Context<'_>,
        #[graphql(default)] filter: CustomerFilterInput,
        query: Option<String>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<CustomerConnection> {
        let filter = CustomerFilter {
            query: query.map(storable),
            created_from: filter.created_from.map(within_years),
            created_before: filter.created_before.map(within_years),
            group_id: filter.group_id,
        };
        let window = Window::new(&page_args(first, after, last, before), "NEWEST")?;
        let reads = ctx.reads();
        let page = ctx.app().customers.list(reads.conn().await?, &filter, &window).await.map_err(refused)?;
        Ok(connection(page, CustomerTotal(filter), Customer))
    }

    /// One group of customers.
    #[graphql(guard = "Needs(Permission::Customers)", visible = "staff", directive = requires::apply("CUSTOMERS".into()))]
    async fn customer_group(&self, ctx: &Context<'_>, id: CustomerGroupId) -> Result<Option<CustomerGroup>> {
        Ok(ctx.reads().loaders.customer_group.load(id).await?.map(CustomerGroup))
    }

    /// Every group of customers, by name.
    #[graphql(guard = "Needs(Permission::Customers)", visible = "staff", directive = requires::apply("CUSTOMERS".into()))]
    async fn customer_groups(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<CustomerGroupConnection> {
        let window = Window::new(&page_args(first, after, last, before), "NAME")?;
        let reads = ctx.reads();
        let page = ctx.app().customers.list_groups(reads.conn().await?, &window).await.map_err(refused)?;
        Ok(connection(page, CustomerGroupTotal, CustomerGroup))
    }
}
