use async_graphql::{Context, Description, InputObject, Object, SimpleObject};

use super::groups::CustomerGroup;
use crate::domain::auth::{self, LoggedIn};
use crate::domain::customers::{self, CustomerFilter};
use crate::domain::orders::{OrderFilter, OrderList, OrderSort};
use crate::graphql::connection::{connection, page_args};
use crate::graphql::context::Requested;
use crate::graphql::errors::Result;
use crate::graphql::guards::staff;
use crate::graphql::orders::{Order, OrderConnection, OrderTotal, list_orders};
use crate::graphql::payments::PaymentMethod;
use crate::kernel::actor::Permission;
use crate::kernel::address;
use crate::kernel::clock::Timestamp;
use crate::kernel::country::Country;
use crate::kernel::ids::{AddressId, StaffId};
use crate::kernel::page::Page;

/// Somebody with an account.
#[derive(Description)]
pub struct Customer(pub customers::Customer);

#[Object(use_type_description)]
impl Customer {
    /// Id.
    pub(crate) async fn id(&self) -> async_graphql::ID {
        self.0.id.into()
    }

    /// E-mail address: the login name.
    async fn email(&self) -> &str {
        &self.0.email
    }

    /// Given name.
    async fn first_name(&self) -> &str {
        &self.0.first_name
    }

    /// Family name.
    async fn last_name(&self) -> &str {
        &self.0.last_name
    }

    /// Telephone.
    async fn phone(&self) -> Option<&str> {
        self.0.phone.as_deref()
    }

    /// When the account was made.
    async fn created_at(&self) -> Timestamp {
        self.0.created_at
    }

    /// The address book, oldest first.
    async fn addresses(&self, ctx: &Context<'_>) -> Result<Vec<CustomerAddress>> {
        let found = ctx.reads().loaders.addresses.load(self.0.id).await?.unwrap_or_default();
        Ok(found.into_iter().map(CustomerAddress::from).collect())
    }

    /// The payment methods that they have saved, oldest first; empty for anybody but themselves.
    async fn payment_methods(&self, ctx: &Context<'_>) -> Result<Vec<PaymentMethod>> {
        if ctx.actor().customer() != Some(self.0.id) {
            return Ok(Vec::new());
        }
        let found = ctx.reads().loaders.payment_methods.load(self.0.id).await?.unwrap_or_default();
        Ok(found.into_iter().map(PaymentMethod).collect())
    }

    /// The groups that they are in, by name.
    async fn groups(&self, ctx: &Context<'_>) -> Result<Vec<CustomerGroup>> {
        let found = ctx.reads().loaders.customer_groups.load(self.0.id).await?.unwrap_or_default();
        Ok(found.into_iter().map(CustomerGroup).collect())
    }

    /// Whether they pay no tax.
    async fn tax_exempt(&self) -> bool {
        self.0.tax_exempt
    }

    /// Why they pay no tax, such as the number of a certificate; null when they do, and for anybody but staff who may see
    /// customers.
    #[graphql(visible = "staff")]
    async fn tax_exempt_reason(&self, ctx: &Context<'_>) -> Option<&str> {
        let seen = self.0.tax_exempt && ctx.actor().may(Permission::Customers);
        seen.then_some(self.0.tax_exempt_reason.as_str())
    }

    /// The orders that they placed, newest first.
    async fn orders(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<OrderConnection> {
        if ctx.actor().customer() != Some(self.0.id) && !ctx.actor().may(Permission::Orders) {
            return Ok(connection(Page::default(), OrderTotal(None), Order));
        }
        let filter = OrderFilter { customer_id: Some(self.0.id), ..OrderFilter::default() };
        let list = OrderList::new(filter, OrderSort::Newest, &page_args(first, after, last, before))?;
        list_orders(ctx, list).await
    }
}

/// How many customers there are.
pub struct CustomerTotal(pub CustomerFilter);

#[Object]
impl CustomerTotal {
    /// How many customers the filter leaves, over all pages. Counted only when asked for.
    async fn total_count(&self, ctx: &Context<'_>) -> Result<i64> {
        let reads = ctx.reads();
        Ok(ctx.app().customers.count(reads.conn().await?, &self.0).await?)
    }
}

/// A postal address.
#[derive(SimpleObject)]
pub struct Address {
    /// Given name.
    first_name: String,
    /// Family name.
    last_name: String,
    /// Company.
    company: Option<String>,
    /// Street and number.
    address1: String,
    /// Flat, floor, c/o.
    address2: Option<String>,
    /// City.
    city: String,
    /// State or province.
    province: Option<String>,
    /// Postcode.
    postal_code: Option<String>,
    /// Country.
    country: Country,
    /// Telephone, for the carrier.
    phone: Option<String>,
}

/// A postal address. Family name, street, city and country are needed.
#[derive(InputObject)]
pub struct AddressInput {
    /// Given name: at most 100 characters.
    #[graphql(default)]
    first_name: String,
    /// Family name: at most 100 characters.
    last_name: String,
    /// Company.
    company: Option<String>,
    /// Street and number: at most 200 characters.
    address1: String,
    /// Flat, floor, c/o.
    address2: Option<String>,
    /// City: at most 100 characters.
    city: String,
    /// State or province.
    province: Option<String>,
    /// Postcode: at most 20 characters.
    postal_code: Option<String>,
    /// Country.
    country: Country,
    /// Telephone, for the carrier.
    phone: Option<String>,
}

/// The shape of an address is the same on both sides of the wire and in the kernel.
macro_rules! same_fields {
    ($from:ty => $to:ident, $type:ty) => {
        impl From<$from> for $type {
            fn from(address: $from) -> Self {
                $to {
                    first_name: address.first_name,
                    last_name: address.last_name,
                    company: address.company,
                    address1: address.address1,
                    address2: address.address2,
                    city: address.city,
                    province: address.province,
                    postal_code: address.postal_code,
                    country: address.country,
                    phone: address.phone,
                }
            }
        }
    };
}
use crate::kernel::address::Address as KernelAddress;
same_fields!(KernelAddress => Address, Address);
same_fields!(AddressInput => KernelAddress, address::Address);

/// An entry of an address book.
#[derive(SimpleObject)]
pub struct CustomerAddress {
    /// Id.
    id: AddressId,
    /// The address.
    address: Address,
    /// Whether parcels go here unless the customer says otherwise.
    default_shipping: bool,
    /// Whether bills go here unless the customer says otherwise.
    default_billing: bool,
}

impl From<customers::CustomerAddress> for CustomerAddress {
    fn from(entry: customers::CustomerAddress) -> Self {
        let customers::CustomerAddress { id, address, default_shipping, default_billing, .. } = entry;
        Self { id, address: address.into(), default_shipping, default_billing }
    }
}

/// A login.
#[derive(SimpleObject)]
pub struct Session {
    /// Goes into the header `Authorization: Bearer …`.
    access_token: String,
    /// Gets the next session when the access token has ended; good for one use. Keep it out of reach of scripts.
    refresh_token: String,
    /// When the access token ends.
    expires_at: Timestamp,
}

impl From<LoggedIn> for Session {
    fn from(login: LoggedIn) -> Self {
        Self { access_token: login.access_token, refresh_token: login.refresh_token, expires_at: login.expires_at }
    }
}

/// A member of staff.
#[derive(Description)]
pub struct StaffUser(pub auth::StaffUser);

#[Object(use_type_description)]
impl StaffUser {
    /// Id.
    async fn id(&self) -> StaffId {
        self.0.id
    }

    /// E-mail address: the login name.
    async fn email(&self) -> &str {
        &self.0.email
    }

    /// Name, for people.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// What they may do.
    async fn permissions(&self) -> &[Permission] {
        &self.0.permissions
    }
}
