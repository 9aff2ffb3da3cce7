use async_graphql::{Context, InputObject};
use cartwright_macros::mutations;
use graphql_plan::object;

use super::objects::{AddressInput, Customer, CustomerAddress, Session, StaffUser};
use crate::domain::auth::{self, LoggedIn};
use crate::domain::customers::{self, AddressDefaults, CustomerChanges, NewCustomer};
use crate::graphql::context::Requested;
use crate::graphql::errors::{Done, Outcome, Refusal, Result, UserError};
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

/// A customer, and their login.
type CustomerLogin = (customers::Customer, LoggedIn);
/// A member of staff, and their login.
type StaffLogin = (auth::StaffUser, LoggedIn);

object! {
    /// The result of `customerRegister`.
    pub CustomerRegisterPayload for Outcome<CustomerLogin> {
        /// The new customer.
        customer: embed(Customer, |outcome| outcome.done().map(|(customer, _)| customer.clone()));
        /// The login.
        session: embed(Session, |outcome| outcome.done().map(|(_, login)| login.clone()));
        /// Why the mutation was refused; empty when it succeeded.
        user_errors: embed(UserError, |outcome| outcome.user_errors.clone());
    }
}

object! {
    /// The result of `customerLogin`.
    pub CustomerLoginPayload for Outcome<CustomerLogin> {
        /// Who is logged in.
        customer: embed(Customer, |outcome| outcome.done().map(|(customer, _)| customer.clone()));
        /// The login.
        session: embed(Session, |outcome| outcome.done().map(|(_, login)| login.clone()));
        /// Why the mutation was refused; empty when it succeeded.
        user_errors: embed(UserError, |outcome| outcome.user_errors.clone());
    }
}

object! {
    /// The result of `staffLogin`.
    pub StaffLoginPayload for Outcome<StaffLogin> {
        /// Who is logged in.
        user: embed(StaffUser, |outcome| outcome.done().map(|(user, _)| user.clone()));
        /// The login.
        session: embed(Session, |outcome| outcome.done().map(|(_, login)| login.clone()));
        /// Why the mutation was refused; empty when it succeeded.
        user_errors: embed(UserError, |outcome| outcome.user_errors.clone());
    }
}

#[mutations]
impl AccountMutation {
    /// Makes a customer's account and logs its owner in.
    /// Codes: INVALID_EMAIL, WEAK_PASSWORD, TAKEN.
    #[returns(CustomerRegisterPayload)]
    async fn customer_register(ctx: &Context<'_>, input: CustomerRegisterInput) -> Result<CustomerLogin, Refusal> {
        let CustomerRegisterInput { email, password, first_name, last_name, phone } = input;
        let new = NewCustomer { email, password, first_name, last_name, phone };
        Ok(ctx.for_write().customers.register(new).await?)
    }

    /// Logs a customer in. Codes: INVALID_CREDENTIALS.
    #[returns(CustomerLoginPayload)]
    async fn customer_login(
        ctx: &Context<'_>,
        email: String,
        #[secret] password: String,
    ) -> Result<CustomerLogin, Refusal> {
        Ok(ctx.for_write().customers.login(&email, &password).await?)
    }

    /// Logs a member of staff in. Codes: INVALID_CREDENTIALS.
    #[returns(StaffLoginPayload)]
    async fn staff_login(ctx: &Context<'_>, email: String, #[secret] password: String) -> Result<StaffLogin, Refusal> {
        Ok(ctx.for_write().auth.staff_login(&email, &password).await?)
    }

    /// Goes on with a login: gives the next access and refresh token for a refresh token, once. A refresh token that
    /// was used before ends the login, because somebody else has it too.
    #[returns(session: Session, "The login that goes on.")]
    async fn token_refresh(ctx: &Context<'_>, #[secret] token: String) -> Done<Session> {
        Ok(ctx.for_write().auth.refresh(&token).await?)
    }

    /// Ends the caller's login, or all of the caller's logins. Access tokens of customers that were given before end
    /// by themselves, within half an hour.
    #[returns(done: value bool, "Always true when the logout was done.")]
    async fn logout(ctx: &Context<'_>, #[default(false)] everywhere: bool) -> Result<bool, Refusal> {
        ctx.for_write().auth.logout(ctx.actor(), everywhere).await?;
        Ok(true)
    }

    /// Changes the account of the customer who is logged in.
    #[returns(customer: Customer, "The customer after the change.")]
    async fn customer_update(ctx: &Context<'_>, input: CustomerUpdateInput) -> Done<Customer> {
        let CustomerUpdateInput { first_name, last_name, phone } = input;
        let changes = CustomerChanges { first_name, last_name, phone };
        Ok(ctx.for_write().customers.update(ctx.actor().customer(), changes).await?)
    }

    /// Adds an address to the book of the customer who is logged in; at most 50.
    #[returns(address: CustomerAddress, "The new entry.")]
    async fn address_create(ctx: &Context<'_>, input: AddressCreateInput) -> Done<CustomerAddress> {
        let defaults = AddressDefaults { shipping: input.default_shipping, billing: input.default_billing };
        let customer = ctx.actor().customer();
        Ok(ctx.for_write().customers.add_address(customer, input.address.into(), defaults).await?)
    }

    /// Changes an address in the book of the customer who is logged in. Codes: NOT_FOUND.
    #[returns(address: CustomerAddress, "The entry after the change.")]
    async fn address_update(ctx: &Context<'_>, id: AddressId, input: AddressUpdateInput) -> Done<CustomerAddress> {
        let defaults = AddressDefaults { shipping: input.default_shipping, billing: input.default_billing };
        let (customer, address) = (ctx.actor().customer(), input.address.map(Into::into));
        Ok(ctx.for_write().customers.update_address(customer, id, address, defaults).await?)
    }

    /// Takes an address out of the book of the customer who is logged in. Codes: NOT_FOUND.
    #[returns(deleted_id: value AddressId, "The entry that is gone.")]
    async fn address_delete(ctx: &Context<'_>, id: AddressId) -> Result<AddressId, Refusal> {
        Ok(ctx.for_write().customers.delete_address(ctx.actor().customer(), id).await?)
    }
}
