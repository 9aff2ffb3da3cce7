//! The address book.

use async_graphql::InputObject;

use super::{CustomerAddress, CustomerError, Customers, repo};
use crate::db::Conn;
use crate::kernel::address::Address;
use crate::kernel::ids::{AddressId, CustomerId};
use crate::kernel::patch::set;
use crate::kernel::text::Validator;

/// The maximum number of addresses in an address book.
const MAX_ADDRESSES: usize = 50;

/// An address to add to the address book.
#[derive(Clone, Debug, InputObject)]
#[graphql(name = "AddressCreateInput")]
pub struct CreateAddress {
    /// The address.
    pub address: Address,
    /// Whether to make it the default shipping address.
    pub default_shipping: Option<bool>,
    /// Whether to make it the default billing address.
    pub default_billing: Option<bool>,
}

/// The changes to an address of the address book. Omitted fields keep their values.
#[derive(Clone, Debug, InputObject)]
#[graphql(name = "AddressUpdateInput")]
pub struct UpdateAddress {
    /// The complete new address.
    pub address: Option<Address>,
    /// Whether it is the default shipping address.
    pub default_shipping: Option<bool>,
    /// Whether it is the default billing address.
    pub default_billing: Option<bool>,
}

impl Customers {
    /// Adds an address to the caller's address book.
    pub async fn create_address(
        &self,
        id: Option<CustomerId>,
        command: CreateAddress,
    ) -> Result<CustomerAddress, CustomerError> {
        let entry = CustomerAddress {
            id: AddressId::new(),
            customer_id: id.ok_or(CustomerError::NotLoggedIn)?,
            address: command.address,
            default_shipping: command.default_shipping.unwrap_or(false),
            default_billing: command.default_billing.unwrap_or(false),
            created_at: self.clock.now(),
        };
        let mut validator = Validator::new();
        entry.address.check(&mut validator, "input.address");
        validator.finish().map_err(CustomerError::Invalid)?;
        let tx = self.db.begin().await?;
        repo::lock(&tx, entry.customer_id).await?.ok_or(CustomerError::NotLoggedIn)?;
        let mut validator = Validator::new();
        validator.count("input", self.addresses(&tx, &[entry.customer_id]).await?.len() + 1, MAX_ADDRESSES);
        validator.finish().map_err(CustomerError::Invalid)?;
        save(&tx, &entry).await?;
        tx.commit().await?;
        Ok(entry)
    }

    /// Updates an address in the caller's address book.
    pub async fn update_address(
        &self,
        customer: Option<CustomerId>,
        id: AddressId,
        command: UpdateAddress,
    ) -> Result<CustomerAddress, CustomerError> {
        let customer = customer.ok_or(CustomerError::NotLoggedIn)?;
        let tx = self.db.begin().await?;
        repo::lock(&tx, customer).await?.ok_or(CustomerError::NotLoggedIn)?;
        let mut entry = repo::address(&tx, customer, id).await?.ok_or(CustomerError::AddressNotFound)?;
        set(&mut entry.address, command.address);
        set(&mut entry.default_shipping, command.default_shipping);
        set(&mut entry.default_billing, command.default_billing);
        let mut validator = Validator::new();
        entry.address.check(&mut validator, "input.address");
        validator.finish().map_err(CustomerError::Invalid)?;
        save(&tx, &entry).await?;
        tx.commit().await?;
        Ok(entry)
    }

    /// Deletes an address from the caller's address book.
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

/// Saves the entry, and clears its defaults on the other entries.
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
