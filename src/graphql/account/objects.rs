use graphql_plan::{Cx, object};

use super::groups::CustomerGroup;
use super::sources::{ADDRESSES_OF_CUSTOMER, CustomerOrders, GROUPS_OF_CUSTOMER, ORDERS_OF_CUSTOMER};
use crate::domain::auth::{self, LoggedIn};
use crate::domain::customers;
use crate::domain::orders::{OrderFilter, OrderList, OrderSort};
use crate::graphql::context::CxExt;
use crate::graphql::guards::staff;
use crate::graphql::node::Node;
use crate::graphql::orders::Order;
use crate::graphql::payments::PaymentMethod;
use crate::graphql::payments::sources::METHODS_OF_CUSTOMER;
use crate::kernel::actor::Permission;
use crate::kernel::address;
use crate::kernel::page::PageArgs;

object! {
    /// A person with a customer account.
    pub Customer for customers::Customer, implements Node {
        /// Id.
        id;
        /// Email address, used to log in.
        email;
        /// First name.
        first_name;
        /// Last name.
        last_name;
        /// Phone number.
        phone;
        /// The version, which grows with each change. Pass it as `expectedVersion` to update only if nobody else has.
        version;
        /// Time at which the account was created (UTC).
        created_at;
        /// The addresses of the address book, oldest first.
        addresses: many(CustomerAddress, ADDRESSES_OF_CUSTOMER, |customer| customer.id);
        /// The saved payment methods, oldest first; empty for any caller but the customer.
        payment_methods: many(PaymentMethod, METHODS_OF_CUSTOMER, |customer, cx| {
            cx.actor().customer().filter(|id| *id == customer.id)
        });
        /// The groups the customer belongs to, sorted by name.
        groups: many(CustomerGroup, GROUPS_OF_CUSTOMER, |customer| customer.id);
        /// Whether the customer is exempt from tax.
        tax_exempt;
        /// Why the customer is exempt from tax, such as a certificate number. Null if the customer is not exempt, and
        /// null unless the caller is staff with the permission CUSTOMERS.
        tax_exempt_reason: value(|customer, cx| {
            let seen = customer.tax_exempt && cx.actor().may(Permission::Customers);
            seen.then(|| customer.tax_exempt_reason.clone())
        }).visible(staff);
        /// The orders the customer placed, newest first.
        orders(PageArgs): page(Order, ORDERS_OF_CUSTOMER, |customer, args, cx| orders_of(customer, args, cx));
    }
}

/// The requested page of a customer's orders.
fn orders_of(customer: &customers::Customer, args: &PageArgs, cx: &Cx<'_>) -> graphql_plan::Result<CustomerOrders> {
    let actor = cx.actor();
    if actor.customer() != Some(customer.id) && !actor.may(Permission::Orders) {
        return Ok(CustomerOrders(None));
    }
    let filter = OrderFilter { customer_id: Some(customer.id), ..OrderFilter::default() };
    Ok(CustomerOrders(Some(OrderList::new(filter, OrderSort::Newest, args)?)))
}

object! {
    /// A postal address.
    pub Address for address::Address {
        /// First name.
        first_name;
        /// Last name.
        last_name;
        /// Company.
        company;
        /// Street and number.
        address1;
        /// Apartment, floor, or c/o.
        address2;
        /// City.
        city;
        /// State or province.
        province;
        /// Postal code.
        postal_code;
        /// Country.
        country;
        /// Phone number, for the carrier.
        phone;
    }
}

object! {
    /// An address of a customer's address book.
    pub CustomerAddress for customers::CustomerAddress {
        /// Id.
        id;
        /// The address.
        address: embed(Address, |entry| entry.address.clone());
        /// Whether it is the default shipping address.
        default_shipping;
        /// Whether it is the default billing address.
        default_billing;
    }
}

object! {
    /// A session of a logged-in customer or staff user.
    pub Session for LoggedIn {
        /// The access token: send it in the header `Authorization: Bearer …`.
        access_token;
        /// The refresh token: `tokenRefresh` exchanges it, once, for a new session. Store it where scripts cannot read
        /// it.
        refresh_token;
        /// Time at which the access token expires (UTC).
        expires_at;
    }
}

object! {
    /// A staff user.
    pub StaffUser for auth::StaffUser {
        /// Id.
        id;
        /// Email address, used to log in.
        email;
        /// Display name.
        name;
        /// The permissions of the staff user.
        permissions;
    }
}
