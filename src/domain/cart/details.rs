//! E-mail address, note, region, addresses, shipping and owner of a cart.

use async_graphql::InputObject;

use super::model::{Cart, CartLine};
use super::{CartError, Carts, repo};
use crate::db::Conn;
use crate::events::{Event, publish};
use crate::kernel::actor::Actor;
use crate::kernel::address::Address;
use crate::kernel::error::{ErrorCode, Problem};
use crate::kernel::ids::{CartId, RegionId, ShippingOptionId};
use crate::kernel::patch::set;
use crate::kernel::text::{Checks, normal_email};

/// The changes to a cart. Omitted fields keep their values.
#[derive(Clone, Debug, InputObject)]
#[graphql(name = "CartUpdateInput")]
pub struct UpdateCart {
    /// The e-mail address for notifications about the order.
    pub email: Option<String>,
    /// A note from the shopper: at most 5,000 characters.
    pub note: Option<String>,
    /// The region that determines prices and currency. Changing it recalculates the cart and clears the selected
    /// shipping option; lines that cannot be bought there stay in the cart without a price.
    pub region_id: Option<RegionId>,
}

impl Carts {
    /// Changes a cart. In another region, lines that cannot be bought there are kept and marked (rule D11).
    pub async fn update(&self, actor: &Actor, id: CartId, command: UpdateCart) -> Result<Cart, CartError> {
        let (tx, mut draft) = self.open(actor, id).await?;
        let cart = &mut draft.cart;
        if let Some(email) = &command.email {
            cart.email = Some(normal_email(email));
        }
        set(&mut cart.note, command.note);
        if let Some(region) = command.region_id.filter(|region| *region != cart.region_id) {
            self.regions.find(&tx, region).await?.ok_or(CartError::RegionNotFound)?;
            cart.region_id = region;
            cart.country = None;
            // A price set by hand is in the currency of the region that it was set in.
            draft.lines.iter_mut().for_each(CartLine::forget_override);
            let served = self.regions.countries(&tx, &[region]).await?;
            let stays = |address: &Address| served.iter().any(|(_, country)| *country == address.country);
            cart.shipping_address = cart.shipping_address.take().filter(stays);
        }
        check(cart, "input")?;
        self.close(tx, draft).await
    }

    /// Quotes a cart anew, so that the shopper sees what it costs now.
    pub async fn refresh(&self, actor: &Actor, id: CartId) -> Result<Cart, CartError> {
        let (tx, draft) = self.open(actor, id).await?;
        self.close(tx, draft).await
    }

    /// Sets the addresses that are given. The shipping address is in a country of the cart's region.
    pub async fn set_addresses(
        &self,
        actor: &Actor,
        id: CartId,
        shipping: Option<Address>,
        billing: Option<Address>,
    ) -> Result<Cart, CartError> {
        let mut checks = Checks::new();
        for (address, path) in [(&shipping, "shipping"), (&billing, "billing")] {
            if let Some(address) = address {
                address.check(&mut checks, path);
            }
        }
        checks.finish().map_err(CartError::Invalid)?;
        let (tx, mut draft) = self.open(actor, id).await?;
        if let Some(address) = &shipping {
            let served = self.regions.countries(&tx, &[draft.cart.region_id]).await?;
            if !served.iter().any(|(_, country)| *country == address.country) {
                let message = format!(
                    "The region of this cart does not serve {}: choose another country or region.",
                    address.country.name()
                );
                return Err(Problem::new(ErrorCode::CountryNotServed, message).at("shipping.country").into());
            }
        }
        draft.cart.shipping_address = shipping.or(draft.cart.shipping_address);
        draft.cart.billing_address = billing.or(draft.cart.billing_address);
        self.close(tx, draft).await
    }

    /// Chooses a way of shipping.
    pub async fn select_shipping(
        &self,
        actor: &Actor,
        id: CartId,
        option: ShippingOptionId,
    ) -> Result<Cart, CartError> {
        let (tx, mut draft) = self.open(actor, id).await?;
        let offered = self.fulfilment.find_active(&tx, option).await?;
        if offered.is_none_or(|option| option.region_id != draft.cart.region_id) {
            let message = "This shipping option is not available for this cart: select another one.";
            return Err(Problem::new(ErrorCode::ShippingUnavailable, message).at("shippingOptionId").into());
        }
        draft.cart.shipping_option_id = Some(option);
        self.close(tx, draft).await
    }

    /// Makes a guest's cart the caller's own. A cart has one owner for good: another customer's is not found
    /// (rule D10), and one's own stays as it is.
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

    /// Deletes a cart that the caller has locked and found open, in the caller's transaction. Subscriptions to it end.
    pub async fn delete_in(&self, conn: &Conn, id: CartId) -> Result<(), CartError> {
        repo::delete(conn, id).await?;
        Ok(publish(conn, Event::CartUpdated(id), self.clock.now()).await?)
    }
}

pub(super) fn check(cart: &Cart, path: &str) -> Result<(), CartError> {
    let mut checks = Checks::new();
    if let Some(email) = &cart.email {
        checks.email(&format!("{path}.email"), email);
    }
    checks.paragraph(&format!("{path}.note"), &cart.note, 5_000);
    checks.finish().map_err(CartError::Invalid)
}
