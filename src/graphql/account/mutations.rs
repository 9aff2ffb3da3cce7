use async_graphql::Context;
use cartwright_macros::mutations;
use graphql_plan::object;

use super::objects::{Customer, CustomerAddress, Session, StaffUser};
use crate::domain::auth::{self, LoggedIn};
use crate::domain::customers::{self, CreateAddress, RegisterCustomer, UpdateAddress, UpdateCustomer};
use crate::graphql::context::RequestExt;
use crate::graphql::errors::{Done, Outcome, Refusal, Result, UserError};
use crate::kernel::ids::AddressId;

/// A customer and their login.
type CustomerLogin = (customers::Customer, LoggedIn);
/// A staff user and their login.
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
        input: RegisterCustomer,
    ) -> Result<CustomerLogin, Refusal> {
        Ok(ctx.writer().customers.register(input).await?)
    }

    /// Logs a customer in. Codes: INVALID_CREDENTIALS.
    #[returns(CustomerLoginPayload)]
    async fn customer_login(
        ctx: &Context<'_>,
        /// The email address of the customer.
        email: String,
        /// The password.
        #[secret]
        password: String,
    ) -> Result<CustomerLogin, Refusal> {
        Ok(ctx.writer().customers.login(&email, &password).await?)
    }

    /// Logs a staff user in. Codes: INVALID_CREDENTIALS.
    #[returns(StaffLoginPayload)]
    async fn staff_login(
        ctx: &Context<'_>,
        /// The email address of the staff user.
        email: String,
        /// The password.
        #[secret]
        password: String,
    ) -> Result<StaffLogin, Refusal> {
        Ok(ctx.writer().auth.staff_login(&email, &password).await?)
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
        Ok(ctx.writer().auth.refresh(&token).await?)
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
        ctx.writer().auth.logout(ctx.actor(), everywhere).await?;
        Ok(true)
    }

    /// Updates the account of the customer who is logged in. Codes: STALE_VERSION.
    #[returns(customer: Customer, "The updated customer.")]
    async fn customer_update(
        ctx: &Context<'_>,
        /// The changes.
        input: UpdateCustomer,
        /// The current version of the account; the update is refused with STALE_VERSION if it has changed.
        expected_version: Option<i32>,
    ) -> Done<Customer> {
        Ok(ctx.writer().customers.update(ctx.actor().customer(), input, expected_version).await?)
    }

    /// Adds an address to the address book of the customer who is logged in; at most 50.
    #[returns(address: CustomerAddress, "The new address.")]
    async fn address_create(
        ctx: &Context<'_>,
        /// The address to add.
        input: CreateAddress,
    ) -> Done<CustomerAddress> {
        Ok(ctx.writer().customers.create_address(ctx.actor().customer(), input).await?)
    }

    /// Updates an address of the customer who is logged in. Codes: NOT_FOUND.
    #[returns(address: CustomerAddress, "The updated address.")]
    async fn address_update(
        ctx: &Context<'_>,
        /// The id of the address.
        id: AddressId,
        /// The changes.
        input: UpdateAddress,
    ) -> Done<CustomerAddress> {
        Ok(ctx.writer().customers.update_address(ctx.actor().customer(), id, input).await?)
    }

    /// Deletes an address of the customer who is logged in. Codes: NOT_FOUND.
    #[returns(deleted_id: value AddressId, "The id of the deleted address.")]
    async fn address_delete(
        ctx: &Context<'_>,
        /// The id of the address.
        id: AddressId,
    ) -> Result<AddressId, Refusal> {
        Ok(ctx.writer().customers.delete_address(ctx.actor().customer(), id).await?)
    }
}
