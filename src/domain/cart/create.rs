//! Making carts.

use super::edit::Draft;
use super::lines::AddLine;
use super::model::Cart;
use super::{CartError, Carts};
use crate::domain::promotions::{Allocations, AppliedPromotions};
use crate::domain::regions::ShippingTax;
use crate::domain::tax::AppliedRates;
use crate::kernel::actor::Actor;
use crate::kernel::country::Country;
use crate::kernel::ids::{CartId, ChannelId, RegionId};
use crate::kernel::text::normal_email;

/// A cart to make.
#[derive(Clone, Debug)]
pub struct NewCart {
    /// Where it is made.
    pub channel_id: ChannelId,
    /// The market whose prices it has.
    pub region_id: RegionId,
    /// Where the shopper is, when that is known and in that market.
    pub country: Option<Country>,
    /// Where the order's news go.
    pub email: Option<String>,
    /// What is in it from the start.
    pub lines: Vec<AddLine>,
}

impl Carts {
    /// Makes a cart: a customer's own, or a guest's.
    pub async fn create(&self, actor: &Actor, new: NewCart) -> Result<Cart, CartError> {
        let now = self.clock.now();
        let tx = self.db.begin().await?;
        let region = self.regions.find(&tx, new.region_id).await?.ok_or(CartError::RegionNotFound)?;
        let own_email = match actor.customer() {
            Some(id) => self.customers.by_ids(&tx, &[id]).await?.pop().map(|customer| customer.email),
            None => None,
        };
        let cart = Cart {
            id: CartId::new(),
            channel_id: new.channel_id,
            region_id: region.id,
            country: new.country,
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
            email: new.email.as_deref().map(normal_email).or(own_email),
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
        super::repo::insert(&tx, &cart).await?;
        let mut draft = Draft::of(cart, Vec::new());
        super::details::check(&draft.cart, "input")?;
        self.put_lines(&tx, &mut draft, new.lines, "input.lines").await?;
        self.close(tx, draft).await
    }
}
