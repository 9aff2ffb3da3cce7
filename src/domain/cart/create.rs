//! Creating carts.

use async_graphql::InputObject;

use super::draft::CartDraft;
use super::lines::AddLine;
use super::model::Cart;
use super::{CartError, Carts};
use crate::domain::promotions::{Allocations, AppliedPromotions};
use crate::domain::regions::ShippingTax;
use crate::domain::tax::AppliedRates;
use crate::kernel::actor::Actor;
use crate::kernel::country::Country;
use crate::kernel::ids::{CartId, ChannelId, RegionId};
use crate::kernel::text::normalize_email;

/// A cart to create.
#[derive(Clone, Debug, Default, InputObject)]
#[graphql(name = "CartCreateInput")]
pub struct CreateCart {
    /// The region that determines prices and currency. Defaults to the region of the request's context.
    pub region_id: Option<RegionId>,
    /// The email address for notifications about the order. Defaults to a customer's own address.
    pub email: Option<String>,
    /// The initial lines.
    #[graphql(default)]
    pub lines: Vec<AddLine>,
}

/// The context in which a cart is created.
#[derive(Clone, Copy, Debug)]
pub struct Storefront {
    /// The sales channel.
    pub channel_id: ChannelId,
    /// The region that serves the shopper's country; `None` if no region does.
    pub region_id: Option<RegionId>,
    /// The shopper's country, if known.
    pub country: Option<Country>,
}

impl Carts {
    /// Creates a cart for a customer or a guest.
    pub async fn create(&self, actor: &Actor, command: CreateCart, at: Storefront) -> Result<Cart, CartError> {
        let region_id = command.region_id.or(at.region_id).ok_or(CartError::NotServed)?;
        let now = self.clock.now();
        let tx = self.db.begin().await?;
        let region = self.regions.find(&tx, region_id).await?.ok_or(CartError::RegionNotFound)?;
        let own_email = match actor.customer() {
            Some(id) => self.customers.by_ids(&tx, &[id]).await?.pop().map(|customer| customer.email),
            None => None,
        };
        let cart = Cart {
            id: CartId::new(),
            channel_id: at.channel_id,
            region_id: region.id,
            // The country is only kept if the cart's region serves it.
            country: at.country.filter(|_| at.region_id == Some(region_id)),
            customer_id: actor.customer(),
            currency: region.currency,
            prices_include_tax: region.prices_include_tax,
            tax_rounding: region.tax_rounding,
            shipping_tax: ShippingTax::Own,
            shipping_taxes: AppliedRates::default(),
            tax_exempt: false,
            tax_quote: String::new(),
            codes: Vec::new(),
            promotions: AppliedPromotions::default(),
            email: command.email.as_deref().map(normalize_email).or(own_email),
            note: String::new(),
            shipping_address: None,
            billing_address: None,
            shipping_option_id: None,
            shipping_name: None,
            shipping_amount: None,
            shipping_discounts: Allocations::default(),
            order_id: None,
            completing_run_id: None,
            version: 0,
            created_at: now,
            updated_at: now,
        };
        super::details::check(&cart, "input")?;
        super::repo::insert(&tx, &cart).await?;
        let mut draft = CartDraft::of(cart, Vec::new());
        self.put_lines(&tx, &mut draft, command.lines, "input.lines").await?;
        self.close(tx, draft).await
    }
}
