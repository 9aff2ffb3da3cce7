//! Quoting a cart: the prices, rates and shipping of this moment.

use rust_decimal::Decimal;

use super::edit::Draft;
use super::{CartError, Carts};
use crate::db::Conn;
use crate::domain::catalog::Audience;

impl Carts {
    /// Brings prices, rates and shipping of the draft up to date, in the caller's transaction. Three statements,
    /// and one more when shipping is chosen, however many lines there are.
    pub async fn requote_in(&self, conn: &Conn, draft: &mut Draft) -> Result<(), CartError> {
        let cart = &mut draft.cart;
        let region = self.regions.find_for_share(conn, cart.region_id).await?.ok_or(CartError::RegionNotFound)?;
        let ids: Vec<_> = draft.lines.iter().map(|line| line.variant_id).collect();
        let variants = self.catalog.variants(conn, Audience::Shoppers, &ids).await?;
        let prices = self.pricing.prices(conn, &ids, region.currency).await?;
        for line in &mut draft.lines {
            let variant = variants.iter().find(|variant| variant.id == line.variant_id);
            let price = prices.iter().find(|price| price.variant_id == line.variant_id);
            let taxable = variant.is_none_or(|variant| variant.taxable);
            line.unit_price = price.filter(|_| variant.is_some()).map(|price| price.amount);
            line.tax_rate = if taxable { region.tax_rate } else { Decimal::ZERO };
            line.requires_shipping = variant.is_none_or(|variant| variant.requires_shipping);
        }
        cart.currency = region.currency;
        cart.prices_include_tax = region.prices_include_tax;
        cart.tax_rounding = region.tax_rounding;
        cart.shipping_tax_rate = region.tax_rate;
        let option = match cart.shipping_option_id {
            Some(id) => self.fulfilment.find_active(conn, id).await?.filter(|option| option.region_id == region.id),
            None => None,
        };
        let needed = draft.lines.iter().any(|line| line.requires_shipping);
        let option = option.filter(|_| needed);
        cart.shipping_option_id = option.as_ref().map(|option| option.id);
        cart.shipping_name = option.as_ref().map(|option| option.name.clone());
        cart.shipping_amount = option.as_ref().map(|option| option.amount);
        Ok(())
    }
}
