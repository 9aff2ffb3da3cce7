//! The address book.

use super::{CustomerAddress, CustomerError, Customers, repo};
use crate::db::Conn;
use crate::kernel::address::Address;
use crate::kernel::ids::{AddressId, CustomerId};
use crate::kernel::text::Checks;

/// How many addresses a book may hold.
const MOST: usize = 50;

/// For what an address becomes the default; `None` leaves it as it is.
#[derive(Clone, Copy, Debug, Default)]
pub struct AddressDefaults {
    /// Parcels go here.
    pub shipping: Option<bool>,
    /// Bills go here.
    pub billing: Option<bool>,
}

impl Customers {
    /// Adds an address to the caller's book.
    pub async fn add_address(
        &self,
        id: Option<CustomerId>,
        address: Address,
        defaults: AddressDefaults,
    ) -> Result<CustomerAddress, CustomerError> {
        let entry = CustomerAddress {
            id: AddressId::new(),
            customer_id: id.ok_or(CustomerError::NotLoggedIn)?,
            address,
            default_shipping: defaults.shipping.unwrap_or(false),
            default_billing: defaults.billing.unwrap_or(false),
            created_at: self.clock.now(),
        };
        let mut checks = Checks::new();
        entry.address.check(&mut checks, "input.address");
        checks.finish().map_err(CustomerError::Invalid)?;
        let tx = self.db.begin().await?;
        repo::lock(&tx, entry.customer_id).await?.ok_or(CustomerError::NotLoggedIn)?;
        let mut checks = Checks::new();
        checks.count("input", repo::addresses(&tx, &[entry.customer_id]).await?.len() + 1, MOST);
        checks.finish().map_err(CustomerError::Invalid)?;
        save(&tx, &entry).await?;
        tx.commit().await?;
        Ok(entry)
    }

    /// Changes an address of the caller's book.
    pub async fn update_address(
        &self,
        customer: Option<CustomerId>,
        id: AddressId,
        address: Option<Address>,
        defaults: AddressDefaults,
    ) -> Result<CustomerAddress, CustomerError> {
        let customer = customer.ok_or(CustomerError::NotLoggedIn)?;
        let tx = self.db.begin().await?;
        repo::lock(&tx, customer).await?.ok_or(CustomerError::NotLoggedIn)?;
        let mut entry = repo::address(&tx, customer, id).await?.ok_or(CustomerError::AddressNotFound)?;
        entry.address = address.unwrap_or(entry.address);
        entry.default_shipping = defaults.shipping.unwrap_or(entry.default_shipping);
        entry.default_billing = defaults.billing.unwrap_or(entry.default_billing);
        let mut checks = Checks::new();
        entry.address.check(&mut checks, "input.address");
        checks.finish().map_err(CustomerError::Invalid)?;
        save(&tx, &entry).await?;
        tx.commit().await?;
        Ok(entry)
    }

    /// Takes an address out of the caller's book.
    pub async fn delete_address(
        &self,
        customer: Option<CustomerId>,
        id: AddressId,
    ) -> Result<AddressId, CustomerError> {
        let customer = customer.ok_or(CustomerError::NotLoggedIn)?;
        let conn = self.db.conn().await?;
        if repo::delete_address(&conn, customer, id).await? { Ok(id) } else { Err(CustomerError::AddressNotFound) }
    }
}

/// Writes the entry, and takes the defaults that it claims from the entry that had them.
async fn save(conn: &Conn, entry: &CustomerAddress) -> Result<(), CustomerError> {
    if entry.default_shipping {
        repo::clear_default_shipping(conn, entry.customer_id).await?;
    }
    if entry.default_billing {
        repo::clear_default_billing(conn, entry.customer_id).await?;
    }
    repo::save_address(conn, entry).await?;
    Ok(())
}
