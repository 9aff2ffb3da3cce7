use async_graphql::{Context, InputObject, Object};

use super::objects::{AddressInput, Customer, CustomerAddress, Session, StaffUser};
use crate::domain::customers::{AddressDefaults, CustomerChanges, NewCustomer};
use crate::graphql::context::Requested;
use crate::graphql::errors::{Result, payloads};
use crate::kernel::ids::AddressId;

/// An account to make.
#[derive(InputObject)]
pub struct CustomerRegisterInput {
    /// E-mail address: the login name.
    email: String,
    /// Password: 8 to 200 characters.
    #[graphql(secret)]
    password: String,
    /// Given name.
    #[graphql(default)]
    first_name: String,
    /// Family name.
    #[graphql(default)]
    last_name: String,
    /// Telephone.
    phone: Option<String>,
}

/// What to change of one's account; what is left out stays.
#[derive(InputObject)]
pub struct CustomerUpdateInput {
    /// Given name.
    first_name: Option<String>,
    /// Family name.
    last_name: Option<String>,
    /// Telephone; an empty text takes it away.
    phone: Option<String>,
}

/// An address to add to one's book.
#[derive(InputObject)]
pub struct AddressCreateInput {
    /// The address.
    address: AddressInput,
    /// Parcels go here from now on.
    default_shipping: Option<bool>,
    /// Bills go here from now on.
    default_billing: Option<bool>,
}

/// What to change of an entry of one's address book; what is left out stays.
#[derive(InputObject)]
pub struct AddressUpdateInput {
    /// The address, whole.
    address: Option<AddressInput>,
    /// Whether parcels go here.
    default_shipping: Option<bool>,
    /// Whether bills go here.
    default_billing: Option<bool>,
}

payloads! {
    CustomerRegisterPayload {
        /// The new customer.
        customer: Customer,
        /// The login.
        session: Session,
    }
    CustomerLoginPayload {
        /// Who is logged in.
        customer: Customer,
        /// The login.
        session: Session,
    }
    StaffLoginPayload {
        /// Who is logged in.
        user: StaffUser,
        /// The login.
        session: Session,
    }
    TokenRefreshPayload {
        /// The login that goes on.
        session: Session
    }
    LogoutPayload {
        /// Always true when the logout was done.
        done: bool
    }
    CustomerUpdatePayload {
        /// The customer after the change.
        customer: Customer
    }
    AddressCreatePayload {
        /// The new entry.
        address: CustomerAddress
    }
    AddressUpdatePayload {
        /// The entry after the change.
        address: CustomerAddress
    }
    AddressDeletePayload {
        /// The entry that is gone.
        deleted_id: AddressId
    }
}

#[derive(Default)]
pub struct AccountMutation;

#[Object]
impl AccountMutation {
    /// Makes a customer's account and logs its owner in.
    /// Codes: INVALID_EMAIL, WEAK_PASSWORD, TAKEN.
    async fn customer_register(
        &self,
        ctx: &Context<'_>,
        input: CustomerRegisterInput,
    ) -> Result<CustomerRegisterPayload> {
        let CustomerRegisterInput { email, password, first_name, last_name, phone } = input;
        let new = NewCustomer { email, password, first_name, last_name, phone };
        let outcome = ctx.for_write().customers.register(new).await;
        CustomerRegisterPayload::of(outcome, |(customer, login)| CustomerRegisterPayload {
            customer: Some(Customer(customer)),
            session: Some(login.into()),
            ..Default::default()
        })
    }

    /// Logs a customer in. Codes: INVALID_CREDENTIALS.
    async fn customer_login(
        &self,
        ctx: &Context<'_>,
        email: String,
        #[graphql(secret)] password: String,
    ) -> Result<CustomerLoginPayload> {
        let outcome = ctx.for_write().customers.login(&email, &password).await;
        CustomerLoginPayload::of(outcome, |(customer, login)| CustomerLoginPayload {
            customer: Some(Customer(customer)),
            session: Some(login.into()),
            ..Default::default()
        })
    }

    /// Logs a member of staff in. Codes: INVALID_CREDENTIALS.
    async fn staff_login(
        &self,
        ctx: &Context<'_>,
        email: String,
        #[graphql(secret)] password: String,
    ) -> Result<StaffLoginPayload> {
        let outcome = ctx.for_write().auth.staff_login(&email, &password).await;
        StaffLoginPayload::of(outcome, |(user, login)| StaffLoginPayload {
            user: Some(StaffUser(user)),
            session: Some(login.into()),
            ..Default::default()
        })
    }

    /// Goes on with a login: gives the next access and refresh token for a refresh token, once. A refresh token that
    /// was used before ends the login, because somebody else has it too.
    async fn token_refresh(&self, ctx: &Context<'_>, #[graphql(secret)] token: String) -> Result<TokenRefreshPayload> {
        let outcome = ctx.for_write().auth.refresh(&token).await;
        TokenRefreshPayload::of(outcome, |login| TokenRefreshPayload {
            session: Some(login.into()),
            ..Default::default()
        })
    }

    /// Ends the caller's login, or all of the caller's logins. Access tokens of customers that were given before end
    /// by themselves, within half an hour.
    async fn logout(&self, ctx: &Context<'_>, #[graphql(default)] everywhere: bool) -> Result<LogoutPayload> {
        let outcome = ctx.for_write().auth.logout(ctx.actor(), everywhere).await;
        LogoutPayload::of(outcome, |()| LogoutPayload { done: Some(true), ..Default::default() })
    }

    /// Changes the account of the customer who is logged in.
    async fn customer_update(&self, ctx: &Context<'_>, input: CustomerUpdateInput) -> Result<CustomerUpdatePayload> {
        let CustomerUpdateInput { first_name, last_name, phone } = input;
        let changes = CustomerChanges { first_name, last_name, phone };
        let outcome = ctx.for_write().customers.update(ctx.actor().customer(), changes).await;
        CustomerUpdatePayload::of(outcome, |row| CustomerUpdatePayload {
            customer: Some(Customer(row)),
            ..Default::default()
        })
    }

    /// Adds an address to the book of the customer who is logged in; at most 50.
    async fn address_create(&self, ctx: &Context<'_>, input: AddressCreateInput) -> Result<AddressCreatePayload> {
        let defaults = AddressDefaults { shipping: input.default_shipping, billing: input.default_billing };
        let customer = ctx.actor().customer();
        let outcome = ctx.for_write().customers.add_address(customer, input.address.into(), defaults).await;
        AddressCreatePayload::of(outcome, |row| AddressCreatePayload {
            address: Some(row.into()),
            ..Default::default()
        })
    }

    /// Changes an address in the book of the customer who is logged in. Codes: NOT_FOUND.
    async fn address_update(
        &self,
        ctx: &Context<'_>,
        id: AddressId,
        input: AddressUpdateInput,
    ) -> Result<AddressUpdatePayload> {
        let defaults = AddressDefaults { shipping: input.default_shipping, billing: input.default_billing };
        let (customer, address) = (ctx.actor().customer(), input.address.map(Into::into));
        let outcome = ctx.for_write().customers.update_address(customer, id, address, defaults).await;
        AddressUpdatePayload::of(outcome, |row| AddressUpdatePayload {
            address: Some(row.into()),
            ..Default::default()
        })
    }

    /// Takes an address out of the book of the customer who is logged in. Codes: NOT_FOUND.
    async fn address_delete(&self, ctx: &Context<'_>, id: AddressId) -> Result<AddressDeletePayload> {
        let outcome = ctx.for_write().customers.delete_address(ctx.actor().customer(), id).await;
        AddressDeletePayload::of(outcome, |id| AddressDeletePayload { deleted_id: Some(id), ..Default::default() })
    }
}
