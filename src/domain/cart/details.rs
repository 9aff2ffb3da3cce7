//! The email address, note, region, addresses, shipping option and owner of a cart.

use async_graphql::InputObject;

use super::model::{Cart, CartLine};
use super::{CartError, Carts, repo};
use crate::db::Conn;
use crate::events::{Event, publish};
use crate::kernel::actor::Actor;
use crate::kernel::address::Address;
use crate::kernel::error::{ErrorCode, UserError};
use crate::kernel::ids::{CartId, RegionId, ShippingOptionId};
use crate::kernel::patch::{Patch, set};
use crate::kernel::text::{Validator, normalize_email};

/// The changes to a cart. Omitted fields keep their values.
#[derive(Clone, Debug, InputObject)]
#[graphql(name = "CartUpdateInput")]
pub struct UpdateCart {
    /// The email address for notifications about the order.
    pub email: Option<String>,
    /// A note from the shopper: at most 5,000 characters.
    pub note: Option<String>,
    /// The region that determines prices and currency. Changing it recalculates the cart and clears the selected
    /// shipping option; lines that cannot be bought there stay in the cart without a price.
    pub region_id: Option<RegionId>,
}

/// The addresses of a cart. Omitted fields keep their values.
#[derive(Clone, Debug, InputObject)]
#[graphql(name = "CartAddressesSetInput")]
pub struct SetCartAddresses {
    /// The shipping address; null removes it.
    pub shipping_address: Patch<Address>,
    /// The billing address; null removes it.
    pub billing_address: Patch<Address>,
}

impl Carts {
    /// Updates a cart. If the region changes, lines that cannot be bought there are kept and marked (rule D11).
    pub async fn update(&self, actor: &Actor, id: CartId, command: UpdateCart) -> Result<Cart, CartError> {
        let (tx, mut draft) = self.open(actor, id).await?;
        let cart = &mut draft.cart;
        if let Some(email) = &command.email {
            cart.email = Some(normalize_email(email));
        }
        set(&mut cart.note, command.note);
        if let Some(region) = command.region_id.filter(|region| *region != cart.region_id) {
            self.regions.find(&tx, region).await?.ok_or(CartError::RegionNotFound)?;
            cart.region_id = region;
            cart.country = None;
            // An overridden price is in the currency of the region in which it was set.
            draft.lines.iter_mut().for_each(CartLine::clear_override);
            let served = self.regions.countries(&tx, &[region]).await?;
            let stays = |address: &Address| served.iter().any(|(_, country)| *country == address.country);
            cart.shipping_address = cart.shipping_address.take().filter(stays);
        }
        check(cart, "input")?;
        self.close(tx, draft).await
    }

    /// Requotes a cart, so that the shopper sees current prices.
    pub async fn refresh(&self, actor: &Actor, id: CartId) -> Result<Cart, CartError> {
        let (tx, draft) = self.open(actor, id).await?;
        self.close(tx, draft).await
    }

    /// Sets or removes addresses. The shipping address must be in a country of the cart's region.
    pub async fn set_addresses(&self, actor: &Actor, id: CartId, command: SetCartAddresses) -> Result<Cart, CartError> {
        let SetCartAddresses { shipping_address, billing_address } = command;
        let mut validator = Validator::new();
        for (address, path) in
            [(&shipping_address, "input.shippingAddress"), (&billing_address, "input.billingAddress")]
        {
            if let Patch::Set(address) = address {
                address.check(&mut validator, path);
            }
        }
        validator.finish().map_err(CartError::Invalid)?;
        let (tx, mut draft) = self.open(actor, id).await?;
        if let Patch::Set(address) = &shipping_address {
            let served = self.regions.countries(&tx, &[draft.cart.region_id]).await?;
            if !served.iter().any(|(_, country)| *country == address.country) {
                let message = format!(
                    "The region of this cart does not serve {}: choose another country or region.",
                    address.country.name()
                );
                return Err(UserError::new(ErrorCode::CountryNotServed, message)
                    .at("input.shippingAddress.country")
                    .into());
            }
        }
        shipping_address.apply(&mut draft.cart.shipping_address);
        billing_address.apply(&mut draft.cart.billing_address);
        self.close(tx, draft).await
    }

    /// Selects a shipping option.
    pub async fn select_shipping(
        &self,
        actor: &Actor,
        id: CartId,
        option: ShippingOptionId,
    ) -> Result<Cart, CartError> {
        let (tx, mut draft) = self.open(actor, id).await?;
        let offered = self.fulfillment.find_active(&tx, option).await?;
        if offered.is_none_or(|option| option.region_id != draft.cart.region_id) {
            let message = "This shipping option is not available for this cart: select another one.";
            return Err(UserError::new(ErrorCode::ShippingUnavailable, message).at("shippingOptionId").into());
        }
        draft.cart.shipping_option_id = Some(option);
        self.close(tx, draft).await
    }

    /// Assigns a guest's cart to the caller. A cart's owner never changes: another customer's cart is not found (rule
    /// D10), and the caller's own cart is unchanged.
    pub async fn attach_customer(&self, actor: &Actor, id: CartId) -> Result<Cart, CartError> {
        let customer = actor.customer().ok_or(CartError::NotLoggedIn)?;
        let (tx, mut draft) = self.open(actor, id).await?;
        if draft.cart.customer_id.is_none() {
            let account = self.customers.by_ids(&tx, &[customer]).await?.pop().ok_or(CartError::NotLoggedIn)?;
            draft.cart.customer_id = Some(customer);
            draft.cart.email = draft.cart.email.or(Some(account.email));
        }
        self.close(tx, draft).await
    }

    /// Deletes a cart that the caller has locked and found open, in the caller's transaction. Its subscriptions end.
    pub async fn delete_in(&self, conn: &Conn, id: CartId) -> Result<(), CartError> {
        repo::delete(conn, &[id]).await?;
        Ok(publish(conn, Event::CartUpdated(id), self.clock.now()).await?)
    }
}

pub(super) fn check(cart: &Cart, path: &str) -> Result<(), CartError> {
    let mut validator = Validator::new();
    if let Some(email) = &cart.email {
        validator.email(&format!("{path}.email"), email);
    }
    validator.paragraph(&format!("{path}.note"), &cart.note, 5_000);
    validator.finish().map_err(CartError::Invalid)
}
