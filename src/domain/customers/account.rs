//! Registering, logging in and editing one's account.

use super::{Customer, CustomerError, Customers, repo};
use crate::domain::auth::{AuthError, LoggedIn, Subject};
use crate::kernel::ids::CustomerId;
use crate::kernel::text::{Checks, normal_email, storable};

/// An account to make.
#[derive(Clone)]
pub struct NewCustomer {
    /// E-mail address: the login name.
    pub email: String,
    /// Password, 8 to 200 characters.
    pub password: String,
    /// Given name.
    pub first_name: String,
    /// Family name.
    pub last_name: String,
    /// Telephone.
    pub phone: Option<String>,
}

/// What to change of one's account; `None` leaves a thing as it is.
#[derive(Clone, Debug, Default)]
pub struct CustomerChanges {
    /// Given name.
    pub first_name: Option<String>,
    /// Family name.
    pub last_name: Option<String>,
    /// Telephone; an empty one takes it away.
    pub phone: Option<String>,
}

impl Customers {
    /// Makes an account and logs its owner in.
    pub async fn register(&self, new: NewCustomer) -> Result<(Customer, LoggedIn), CustomerError> {
        let now = self.clock.now();
        let mut customer = Customer {
            id: CustomerId::new(),
            email: normal_email(&new.email),
            first_name: new.first_name,
            last_name: new.last_name,
            phone: new.phone.filter(|phone| !phone.is_empty()),
            password_hash: String::new(),
            version: 1,
            created_at: now,
            updated_at: now,
            tax_exempt: false,
            tax_exempt_reason: String::new(),
        };
        let mut checks = Checks::new();
        checks.email("input.email", &customer.email);
        checks.password("input.password", &new.password);
        check(checks, &customer)?;
        customer.password_hash = self.auth.hash_password(&new.password).await?;
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

    /// Changes an account.
    pub async fn update(&self, id: Option<CustomerId>, changes: CustomerChanges) -> Result<Customer, CustomerError> {
        let id = id.ok_or(CustomerError::NotLoggedIn)?;
        let tx = self.db.begin().await?;
        let mut customer = repo::lock(&tx, id).await?.ok_or(CustomerError::NotLoggedIn)?;
        customer.first_name = changes.first_name.unwrap_or(customer.first_name);
        customer.last_name = changes.last_name.unwrap_or(customer.last_name);
        customer.phone = changes.phone.or(customer.phone).filter(|phone| !phone.is_empty());
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
