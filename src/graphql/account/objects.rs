use async_graphql::InputObject;
use graphql_plan::{Cx, object};

use super::groups::CustomerGroup;
use super::sources::{ADDRESSES_OF_CUSTOMER, CustomerOrders, GROUPS_OF_CUSTOMER, ORDERS_OF_CUSTOMER};
use crate::domain::auth::{self, LoggedIn};
use crate::domain::customers;
use crate::domain::orders::{OrderFilter, OrderList, OrderSort};
use crate::graphql::context::Asked;
use crate::graphql::guards::staff;
use crate::graphql::node::Node;
use crate::graphql::orders::Order;
use crate::graphql::payments::PaymentMethod;
use crate::graphql::payments::sources::METHODS_OF_CUSTOMER;
use crate::kernel::actor::Permission;
use crate::kernel::address;
use crate::kernel::country::Country;
use crate::kernel::page::PageArgs;

object! {
    /// Somebody with an account.
    pub Customer for customers::Customer, implements Node {
        /// Id.
        id;
        /// E-mail address: the login name.
        email;
        /// Given name.
        first_name;
        /// Family name.
        last_name;
        /// Telephone.
        phone;
        /// When the account was made.
        created_at;
        /// The address book, oldest first.
        addresses: many(CustomerAddress, ADDRESSES_OF_CUSTOMER, |customer| customer.id);
        /// The payment methods that they have saved, oldest first; empty for anybody but themselves.
        payment_methods: many(PaymentMethod, METHODS_OF_CUSTOMER, |customer, cx| {
            cx.actor().customer().filter(|id| *id == customer.id)
        });
        /// The groups that they are in, by name.
        groups: many(CustomerGroup, GROUPS_OF_CUSTOMER, |customer| customer.id);
        /// Whether they pay no tax.
        tax_exempt;
        /// Why they pay no tax, such as the number of a certificate; null when they do, and for anybody but staff who may see
        /// customers.
        tax_exempt_reason: value(|customer, cx| {
            let seen = customer.tax_exempt && cx.actor().may(Permission::Customers);
            seen.then(|| customer.tax_exempt_reason.clone())
        }).visible(staff);
        /// The orders that they placed, newest first.
        orders(PageArgs): page(Order, ORDERS_OF_CUSTOMER, |customer, args, cx| orders_of(customer, args, cx));
    }
}

/// The page of a customer's orders that is asked for.
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
        /// Given name.
        first_name;
        /// Family name.
        last_name;
        /// Company.
        company;
        /// Street and number.
        address1;
        /// Flat, floor, c/o.
        address2;
        /// City.
        city;
        /// State or province.
        province;
        /// Postcode.
        postal_code;
        /// Country.
        country;
        /// Telephone, for the carrier.
        phone;
    }
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

impl From<AddressInput> for address::Address {
    fn from(input: AddressInput) -> Self {
        Self {
            first_name: input.first_name,
            last_name: input.last_name,
            company: input.company,
            address1: input.address1,
            address2: input.address2,
            city: input.city,
            province: input.province,
            postal_code: input.postal_code,
            country: input.country,
            phone: input.phone,
        }
    }
}

object! {
    /// An entry of an address book.
    pub CustomerAddress for customers::CustomerAddress {
        /// Id.
        id;
        /// The address.
        address: embed(Address, |entry| entry.address.clone());
        /// Whether parcels go here unless the customer says otherwise.
        default_shipping;
        /// Whether bills go here unless the customer says otherwise.
        default_billing;
    }
}

object! {
    /// A login.
    pub Session for LoggedIn {
        /// Goes into the header `Authorization: Bearer …`.
        access_token;
        /// Gets the next session when the access token has ended; good for one use. Keep it out of reach of scripts.
        refresh_token;
        /// When the access token ends.
        expires_at;
    }
}

object! {
    /// A member of staff.
    pub StaffUser for auth::StaffUser {
        /// Id.
        id;
        /// E-mail address: the login name.
        email;
        /// Name, for people.
        name;
        /// What they may do.
        permissions;
    }
}
