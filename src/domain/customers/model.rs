//! The words of this domain.

use async_graphql::InputObject;
use diesel::prelude::*;

use crate::db::schema::{customer_addresses, customer_group_members, customer_groups, customers};
use crate::kernel::address::Address;
use crate::kernel::clock::Timestamp;
use crate::kernel::ids::{AddressId, CustomerGroupId, CustomerId};

/// Somebody with an account.
#[derive(Clone, Debug, PartialEq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = customers, treat_none_as_null = true)]
pub struct Customer {
    /// Id.
    pub id: CustomerId,
    /// E-mail address, in lower case: the login name.
    pub email: String,
    /// Given name.
    pub first_name: String,
    /// Family name.
    pub last_name: String,
    /// Telephone.
    pub phone: Option<String>,
    pub(super) password_hash: String,
    /// Counts the changes.
    pub version: i32,
    /// When the account was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// Whether they pay no tax.
    pub tax_exempt: bool,
    /// Why they pay no tax, such as the number of a certificate; empty when they do.
    pub tax_exempt_reason: String,
}

/// Customers who are treated alike, such as wholesalers.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = customer_groups)]
pub struct CustomerGroup {
    /// Id.
    pub id: CustomerGroupId,
    /// Name, unique.
    pub name: String,
    /// When it was made.
    pub created_at: Timestamp,
}

/// That a customer is in a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = customer_group_members)]
pub(super) struct Membership {
    pub(super) group_id: CustomerGroupId,
    pub(super) customer_id: CustomerId,
}

/// What prices and taxes of a customer depend on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// Whether they pay no tax.
    pub tax_exempt: bool,
    /// The groups that they are in, sorted by id.
    pub groups: Vec<CustomerGroupId>,
}

/// An entry of an address book.
#[derive(Clone, Debug, PartialEq, Queryable, Selectable, Insertable)]
#[diesel(table_name = customer_addresses)]
pub struct CustomerAddress {
    /// Id.
    pub id: AddressId,
    /// Whose.
    pub customer_id: CustomerId,
    /// The address.
    pub address: Address,
    /// Whether parcels go here unless the customer says otherwise.
    pub default_shipping: bool,
    /// Whether bills go here unless the customer says otherwise.
    pub default_billing: bool,
    /// When it was added.
    pub created_at: Timestamp,
}

/// A filter for customers. Omitted fields do not restrict the list.
#[derive(Clone, Debug, Default, InputObject)]
#[graphql(name = "CustomerFilterInput")]
pub struct CustomerFilter {
    /// Only accounts created at or after this time.
    pub created_from: Option<Timestamp>,
    /// Only accounts created before this time.
    pub created_before: Option<Timestamp>,
    /// Only members of this group.
    pub group_id: Option<CustomerGroupId>,
    /// A piece of the name or of the e-mail address: an argument of its own.
    #[graphql(skip)]
    pub query: Option<String>,
}
