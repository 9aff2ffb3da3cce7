use async_graphql::{Context, InputObject};
use cartwright_macros::mutations;
use graphql_plan::object;

use super::objects::{AddressInput, Customer, CustomerAddress, Session, StaffUser};
use crate::domain::auth::{self, LoggedIn};
use crate::domain::customers::{self, AddressDefaults, CustomerChanges, NewCustomer};
use crate::graphql::context::Requested;
use crate::graphql::errors::{Done, Outcome, Refusal, Result, UserError};
use crate::kernel::ids::AddressId;

/// A customer account to create.
#[derive(InputObject)]
pub struct CustomerRegisterInput {
    /// E-mail address, used to log in.
    email: String,
    /// Password: 8 to 200 characters.
    #[graphql(secret)]
    password: String,
    /// First name.
    #[graphql(default)]
    first_name: String,
    /// Last name.
    #[graphql(default)]
    last_name: String,
    /// Phone number.
    phone: Option<String>,
}

/// The changes to the account of the customer who is logged in. Omitted fields keep their values.
#[derive(InputObject)]
pub struct CustomerUpdateInput {
    /// First name.
    first_name: Option<String>,
    /// Last name.
    last_name: Option<String>,
    /// Phone number; an empty string removes it.
    phone: Option<String>,
}

/// An address to add to the address book.
#[derive(InputObject)]
pub struct AddressCreateInput {
    /// The address.
    address: AddressInput,
    /// Whether to make it the default shipping address.
    default_shipping: Option<bool>,
    /// Whether to make it the default billing address.
    default_billing: Option<bool>,
}

/// The changes to an address of the address book. Omitted fields keep their values.
#[derive(InputObject)]
pub struct AddressUpdateInput {
    /// The complete new address.
    address: Option<AddressInput>,
    /// Whether it is the default shipping address.
    default_shipping: Option<bool>,
    /// Whether it is the default billing address.
    default_billing: Option<bool>,
}

/// A customer, and their login.
type CustomerLogin = (customers::Customer, LoggedIn);
/// A member of staff, and their login.
type StaffLogin = (auth::StaffUser, LoggedIn);

object! {
    /// The result of `customerRegister`.
    pub CustomerRegisterPayload for Outcome<CustomerLogin> {
        /// The new customer.
        customer: embed(Customer, |outcome| outcome.done().map(|(customer, _)| customer.clone()));
        /// The session of the customer.
        session: embed(Session, |outcome| outcome.done().map(|(_, login)| login.clone()));
        /// Why the mutation was refused; empty when it succeeded.
        user_errors: embed(UserError, |outcome| outcome.user_errors.clone());
    }
}

object! {
    /// The result of `customerLogin`.
    pub CustomerLoginPayload for Outcome<CustomerLogin> {
        /// The customer who is logged in.
        customer: embed(Customer, |outcome| outcome.done().map(|(customer, _)| customer.clone()));
        /// The session of the customer.
        session: embed(Session, |outcome| outcome.done().map(|(_, login)| login.clone()));
        /// Why the mutation was refused; empty when it succeeded.
        user_errors: embed(UserError, |outcome| outcome.user_errors.clone());
    }
}

object! {
    /// The result of `staffLogin`.
    pub StaffLoginPayload for Outcome<StaffLogin> {
        /// The staff user who is logged in.
        user: embed(StaffUser, |outcome| outcome.done().map(|(user, _)| user.clone()));
        /// The session of the staff user.
        session: embed(Session, |outcome| outcome.done().map(|(_, login)| login.clone()));
        /// Why the mutation was refused; empty when it succeeded.
        user_errors: embed(UserError, |outcome| outcome.user_errors.clone());
    }
}

#[mutations]
impl AccountMutation {
    /// Creates a customer account and logs the customer in. Codes: INVALID_EMAIL, WEAK_PASSWORD, TAKEN.
    #[returns(CustomerRegisterPayload)]
    async fn customer_register(
        ctx: &Context<'_>,
        /// The account to create.
        input: CustomerRegisterInput,
    ) -> Result<CustomerLogin, Refusal> {
        let CustomerRegisterInput { email, password, first_name, last_name, phone } = input;
        let new = NewCustomer { email, password, first_name, last_name, phone };
        Ok(ctx.for_write().customers.register(new).await?)
    }

    /// Logs a customer in. Codes: INVALID_CREDENTIALS.
    #[returns(CustomerLoginPayload)]
    async fn customer_login(
        ctx: &Context<'_>,
        /// The e-mail address of the customer.
        email: String,
        /// The password.
        #[secret]
        password: String,
    ) -> Result<CustomerLogin, Refusal> {
        Ok(ctx.for_write().customers.login(&email, &password).await?)
    }

    /// Logs a staff user in. Codes: INVALID_CREDENTIALS.
    #[returns(StaffLoginPayload)]
    async fn staff_login(
        ctx: &Context<'_>,
        /// The e-mail address of the staff user.
        email: String,
        /// The password.
        #[secret]
        password: String,
    ) -> Result<StaffLogin, Refusal> {
        Ok(ctx.for_write().auth.staff_login(&email, &password).await?)
    }

    /// Exchanges a refresh token for a new access token and a new refresh token. A refresh token can be used once: if
    /// one is used again, the session is ended, because the token may have been stolen.
    #[returns(session: Session, "The renewed session.")]
    async fn token_refresh(
        ctx: &Context<'_>,
        /// The refresh token of the session.
        #[secret]
        token: String,
    ) -> Done<Session> {
        Ok(ctx.for_write().auth.refresh(&token).await?)
    }

    /// Logs the caller out of the current session, or of all sessions. Access tokens of customers that were issued
    /// earlier remain valid until they expire, for at most 30 minutes.
    #[returns(done: value bool, "Always true if the logout succeeded.")]
    async fn logout(
        ctx: &Context<'_>,
        /// Whether to end all sessions of the caller, not only the current one.
        #[default(false)]
        everywhere: bool,
    ) -> Result<bool, Refusal> {
        ctx.for_write().auth.logout(ctx.actor(), everywhere).await?;
        Ok(true)
    }

    /// Updates the account of the customer who is logged in.
    #[returns(customer: Customer, "The updated customer.")]
    async fn customer_update(
        ctx: &Context<'_>,
        /// The changes.
        input: CustomerUpdateInput,
    ) -> Done<Customer> {
        let CustomerUpdateInput { first_name, last_name, phone } = input;
        let changes = CustomerChanges { first_name, last_name, phone };
        Ok(ctx.for_write().customers.update(ctx.actor().customer(), changes).await?)
    }

    /// Adds an address to the address book of the customer who is logged in; at most 50.
    #[returns(address: CustomerAddress, "The new address.")]
    async fn address_create(
        ctx: &Context<'_>,
        /// The address to add.
        input: AddressCreateInput,
    ) -> Done<CustomerAddress> {
        let defaults = AddressDefaults { shipping: input.default_shipping, billing: input.default_billing };
        let customer = ctx.actor().customer();
        Ok(ctx.for_write().customers.add_address(customer, input.address.into(), defaults).await?)
    }

    /// Updates an address of the customer who is logged in. Codes: NOT_FOUND.
    #[returns(address: CustomerAddress, "The updated address.")]
    async fn address_update(
        ctx: &Context<'_>,
        /// The id of the address.
        id: AddressId,
        /// The changes.
        input: AddressUpdateInput,
    ) -> Done<CustomerAddress> {
        let defaults = AddressDefaults { shipping: input.default_shipping, billing: input.default_billing };
        let (customer, address) = (ctx.actor().customer(), input.address.map(Into::into));
        Ok(ctx.for_write().customers.update_address(customer, id, address, defaults).await?)
    }

    /// Deletes an address of the customer who is logged in. Codes: NOT_FOUND.
    #[returns(deleted_id: value AddressId, "The id of the deleted address.")]
    async fn address_delete(
        ctx: &Context<'_>,
        /// The id of the address.
        id: AddressId,
    ) -> Result<AddressId, Refusal> {
        Ok(ctx.for_write().customers.delete_address(ctx.actor().customer(), id).await?)
    }
}
