//! Registers customers, logs them in and updates their accounts.

use async_graphql::InputObject;

use super::{Customer, CustomerError, Customers, repo};
use crate::domain::auth::{AuthError, LoggedIn, Subject};
use crate::kernel::error::unchanged;
use crate::kernel::ids::CustomerId;
use crate::kernel::patch::{Patch, set};
use crate::kernel::text::{Validator, non_blank, normalize_email, strip_nul};

// No Debug, so that passwords are never logged.
/// A customer account to create.
#[derive(Clone, InputObject)]
#[graphql(name = "CustomerRegisterInput")]
pub struct RegisterCustomer {
    /// Email address, used to log in.
    pub email: String,
    /// Password: 8 to 200 characters.
    #[graphql(secret)]
    pub password: String,
    /// First name.
    #[graphql(default)]
    pub first_name: String,
    /// Last name.
    #[graphql(default)]
    pub last_name: String,
    /// Phone number.
    pub phone: Option<String>,
}

/// The changes to the account of the customer who is logged in. Omitted fields keep their values.
#[derive(Clone, Debug, InputObject)]
#[graphql(name = "CustomerUpdateInput")]
pub struct UpdateCustomer {
    /// First name.
    pub first_name: Option<String>,
    /// Last name.
    pub last_name: Option<String>,
    /// Phone number; null removes it.
    pub phone: Patch<String>,
}

impl Customers {
    /// Creates an account and logs the customer in.
    pub async fn register(&self, command: RegisterCustomer) -> Result<(Customer, LoggedIn), CustomerError> {
        let now = self.clock.now();
        let mut customer = Customer {
            id: CustomerId::new(),
            email: normalize_email(&command.email),
            first_name: command.first_name,
            last_name: command.last_name,
            phone: non_blank(command.phone),
            password_hash: String::new(),
            version: 1,
            created_at: now,
            updated_at: now,
            tax_exempt: false,
            tax_exempt_reason: String::new(),
        };
        let mut validator = Validator::new();
        validator.email("input.email", &customer.email);
        validator.password("input.password", &command.password);
        check(validator, &customer)?;
        customer.password_hash = self.auth.hash_password(&command.password).await?;
        repo::insert(&*self.db.conn().await?, &customer).await?;
        let login = self.auth.open_session(Subject::Customer(customer.id)).await?;
        Ok((customer, login))
    }

    /// Logs a customer in.
    pub async fn login(&self, email: &str, password: &str) -> Result<(Customer, LoggedIn), CustomerError> {
        let found = {
            let conn = self.db.conn().await?;
            repo::by_email(&conn, &strip_nul(normalize_email(email))).await?
        };
        let hash = found.as_ref().map(|customer| customer.password_hash.as_str());
        let right = self.auth.verify_password(password, hash).await?;
        let customer = found.filter(|_| right).ok_or(AuthError::InvalidCredentials)?;
        let login = self.auth.open_session(Subject::Customer(customer.id)).await?;
        Ok((customer, login))
    }

    /// Updates an account. With `expected`, fails if its version differs.
    pub async fn update(
        &self,
        id: Option<CustomerId>,
        command: UpdateCustomer,
        expected: Option<i32>,
    ) -> Result<Customer, CustomerError> {
        let id = id.ok_or(CustomerError::NotLoggedIn)?;
        let tx = self.db.begin().await?;
        let before = repo::lock(&tx, id).await?.ok_or(CustomerError::NotLoggedIn)?;
        unchanged(expected, before.version)?;
        let mut customer = before.clone();
        set(&mut customer.first_name, command.first_name);
        set(&mut customer.last_name, command.last_name);
        command.phone.apply(&mut customer.phone);
        customer.phone = non_blank(customer.phone);
        if customer == before {
            return Ok(before);
        }
        customer.version += 1;
        customer.updated_at = self.clock.now();
        check(Validator::new(), &customer)?;
        repo::update(&tx, &customer).await?;
        tx.commit().await?;
        Ok(customer)
    }
}

fn check(mut validator: Validator, customer: &Customer) -> Result<(), CustomerError> {
    validator.line("input.firstName", &customer.first_name, 100);
    validator.line("input.lastName", &customer.last_name, 100);
    validator.line("input.phone", customer.phone.as_deref().unwrap_or_default(), 40);
    validator.finish().map_err(CustomerError::Invalid)
}
