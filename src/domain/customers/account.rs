//! Registering, logging in and editing one's account.

use async_graphql::InputObject;

use super::{Customer, CustomerError, Customers, repo};
use crate::domain::auth::{AuthError, LoggedIn, Subject};
use crate::kernel::error::unchanged;
use crate::kernel::ids::CustomerId;
use crate::kernel::patch::set;
use crate::kernel::text::{Checks, normal_email, storable};

// It has no Debug, so that no password gets into a log.
/// A customer account to create.
#[derive(Clone, InputObject)]
#[graphql(name = "CustomerRegisterInput")]
pub struct RegisterCustomer {
    /// E-mail address, used to log in.
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
    /// Phone number; an empty string removes it.
    pub phone: Option<String>,
}

impl Customers {
    /// Makes an account and logs its owner in.
    pub async fn register(&self, command: RegisterCustomer) -> Result<(Customer, LoggedIn), CustomerError> {
        let now = self.clock.now();
        let mut customer = Customer {
            id: CustomerId::new(),
            email: normal_email(&command.email),
            first_name: command.first_name,
            last_name: command.last_name,
            phone: command.phone.filter(|phone| !phone.is_empty()),
            password_hash: String::new(),
            version: 1,
            created_at: now,
            updated_at: now,
            tax_exempt: false,
            tax_exempt_reason: String::new(),
        };
        let mut checks = Checks::new();
        checks.email("input.email", &customer.email);
        checks.password("input.password", &command.password);
        check(checks, &customer)?;
        customer.password_hash = self.auth.hash_password(&command.password).await?;
        repo::insert(&*self.db.conn().await?, &customer).await?;
        let login = self.auth.open_session(Subject::Customer(customer.id)).await?;
        Ok((customer, login))
    }

    /// Logs a customer in.
    pub async fn login(&self, email: &str, password: &str) -> Result<(Customer, LoggedIn), CustomerError> {
        let found = {
            let conn = self.db.conn().await?;
            repo::by_email(&conn, &storable(normal_email(email))).await?
        };
        let hash = found.as_ref().map(|customer| customer.password_hash.as_str());
        let right = self.auth.verify_password(password, hash).await?;
        let customer = found.filter(|_| right).ok_or(AuthError::InvalidCredentials)?;
        let login = self.auth.open_session(Subject::Customer(customer.id)).await?;
        Ok((customer, login))
    }

    /// Changes an account; with `expected`, only if that is still its version.
    pub async fn update(
        &self,
        id: Option<CustomerId>,
        command: UpdateCustomer,
        expected: Option<i32>,
    ) -> Result<Customer, CustomerError> {
        let id = id.ok_or(CustomerError::NotLoggedIn)?;
        let tx = self.db.begin().await?;
        let mut customer = repo::lock(&tx, id).await?.ok_or(CustomerError::NotLoggedIn)?;
        unchanged(expected, customer.version)?;
        set(&mut customer.first_name, command.first_name);
        set(&mut customer.last_name, command.last_name);
        customer.phone = command.phone.or(customer.phone).filter(|phone| !phone.is_empty());
        customer.version += 1;
        customer.updated_at = self.clock.now();
        check(Checks::new(), &customer)?;
        repo::update(&tx, &customer).await?;
        tx.commit().await?;
        Ok(customer)
    }
}

fn check(mut checks: Checks, customer: &Customer) -> Result<(), CustomerError> {
    checks.line("input.firstName", &customer.first_name, 100);
    checks.line("input.lastName", &customer.last_name, 100);
    checks.line("input.phone", customer.phone.as_deref().unwrap_or_default(), 40);
    checks.finish().map_err(CustomerError::Invalid)
}
