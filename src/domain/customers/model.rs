//! The types of this domain.

use async_graphql::InputObject;
use diesel::prelude::*;

use crate::db::schema::{customer_addresses, customer_group_members, customer_groups, customers};
use crate::kernel::address::Address;
use crate::kernel::clock::Timestamp;
use crate::kernel::ids::{AddressId, CustomerGroupId, CustomerId};

/// A customer with an account.
#[derive(Clone, Debug, PartialEq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = customers, treat_none_as_null = true)]
pub struct Customer {
    /// The id.
    pub id: CustomerId,
    /// The email address in lower case, used to log in.
    pub email: String,
    /// The first name.
    pub first_name: String,
    /// The last name.
    pub last_name: String,
    /// The phone number.
    pub phone: Option<String>,
    pub(super) password_hash: String,
    /// The version, incremented by each change.
    pub version: i32,
    /// When the account was created.
    pub created_at: Timestamp,
    /// When it was last updated.
    pub updated_at: Timestamp,
    /// Whether the customer is exempt from tax.
    pub tax_exempt: bool,
    /// The reason for the exemption, such as a certificate number; empty if not exempt.
    pub tax_exempt_reason: String,
}

/// A group of customers, such as wholesalers.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = customer_groups)]
pub struct CustomerGroup {
    /// The id.
    pub id: CustomerGroupId,
    /// The name, unique.
    pub name: String,
    /// When it was created.
    pub created_at: Timestamp,
}

/// The membership of a customer in a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = customer_group_members)]
pub(super) struct Membership {
    pub(super) group_id: CustomerGroupId,
    pub(super) customer_id: CustomerId,
}

/// The customer attributes that determine prices and taxes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CustomerTerms {
    /// Whether the customer is exempt from tax.
    pub tax_exempt: bool,
    /// The customer's groups, sorted by id.
    pub groups: Vec<CustomerGroupId>,
}

/// An address in a customer's address book.
#[derive(Clone, Debug, PartialEq, Queryable, Selectable, Insertable)]
#[diesel(table_name = customer_addresses)]
pub struct CustomerAddress {
    /// The id.
    pub id: AddressId,
    /// The customer it belongs to.
    pub customer_id: CustomerId,
    /// The address.
    pub address: Address,
    /// Whether it is the default shipping address.
    pub default_shipping: bool,
    /// Whether it is the default billing address.
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
    /// A piece of the name or of the email address: an argument of its own.
    #[graphql(skip)]
    pub query: Option<String>,
}
