use async_graphql::{Context, Description, Object};

use crate::domain::orders;
use crate::domain::tax::combined_rate;
use crate::graphql::catalog::ProductVariant;
use crate::graphql::context::Requested;
use crate::graphql::errors::{ApiError, Result};
use crate::graphql::scalars::{Decimal, Money, TaxedMoney};
use crate::graphql::totals::{DiscountAllocation, TaxLine};
use crate::kernel::error::ErrorCode;
use crate::kernel::ids::OrderLineId;
use crate::kernel::money;

/// Something that was sold, as it was then.
#[derive(Description)]
pub struct OrderLine {
    pub(super) order: orders::Order,
    pub(super) row: orders::OrderLine,
}

#[Object(use_type_description)]
impl OrderLine {
    /// Id.
    async fn id(&self) -> OrderLineId {
        self.row.id
    }

    /// The product's title when it was sold.
    async fn product_title(&self) -> &str {
        &self.row.product_title
    }

    /// The variant's title when it was sold.
    async fn variant_title(&self) -> &str {
        &self.row.variant_title
    }

    /// The stock-keeping unit when it was sold.
    async fn sku(&self) -> Option<&str> {
        self.row.sku.as_deref()
    }

    /// The picture when it was sold: a whole web address.
    async fn image_url(&self, ctx: &Context<'_>) -> Option<String> {
        self.row.image_url.as_deref().map(|url| crate::graphql::catalog::absolute(ctx, url))
    }

    /// The variant as it is now; null when the catalogue does not show it any more.
    async fn variant(&self, ctx: &Context<'_>) -> Result<Option<ProductVariant>> {
        let Some(id) = self.row.variant_id else { return Ok(None) };
        Ok(ctx.reads().loaders.variant.load(id).await?.map(ProductVariant))
    }

    /// How the shopper wanted it.
    async fn properties(&self) -> Vec<crate::graphql::cart::Property> {
        let pairs: std::collections::BTreeMap<String, String> =
            serde_json::from_value(self.row.properties.clone()).unwrap_or_default();
        pairs.into_iter().map(crate::graphql::cart::Property::from).collect()
    }

    /// How many.
    async fn quantity(&self) -> i32 {
        self.row.quantity
    }

    /// How many of these were not there when it was sold, and were promised for later.
    async fn backordered_quantity(&self) -> i32 {
        self.row.backordered
    }

    /// How many of these were packed or sent.
    async fn fulfilled_quantity(&self) -> i32 {
        self.row.fulfilled_quantity
    }

    /// How many of these have arrived.
    async fn delivered_quantity(&self) -> i32 {
        self.row.delivered_quantity
    }

    /// How many were cancelled before they were sent.
    async fn cancelled_quantity(&self) -> i32 {
        self.row.cancelled_quantity
    }

    /// How many are neither packed, sent nor cancelled.
    async fn unfulfilled_quantity(&self) -> i32 {
        self.row.left()
    }

    /// What one unit cost.
    async fn unit_price(&self) -> Money {
        money::Money::new(self.row.unit_price, self.order.currency).into()
    }

    /// What one unit cost without the sale or the price that was set by hand; null when it was not reduced.
    async fn compare_at(&self) -> Option<Money> {
        self.row.compare_at.map(|amount| money::Money::new(amount, self.order.currency).into())
    }

    /// Whether the unit price included tax.
    async fn includes_tax(&self) -> bool {
        self.row.includes_tax
    }

    /// The price list that the unit price was from; null for a base price.
    async fn price_list(&self) -> Option<&str> {
        self.row.price_list.as_deref()
    }

    /// From how many units on the unit price counted; null for a price of any quantity.
    async fn tier_from(&self) -> Option<i32> {
        self.row.tier_from
    }

    /// Why staff had set the unit price by hand; null when they had not.
    async fn price_override_reason(&self) -> Option<&str> {
        self.row.override_reason.as_deref()
    }

    /// All its rates of tax together, as a fraction.
    async fn tax_rate(&self) -> Decimal {
        Decimal(combined_rate(&self.row.taxes.0).normalize())
    }

    /// Its taxes. They add up to the total's tax.
    async fn tax_lines(&self) -> Vec<TaxLine> {
        TaxLine::of(&self.row.taxes.0, money::Money::new(self.row.net, self.order.currency))
    }

    /// What promotions took off it.
    async fn discount_allocations(&self) -> Vec<DiscountAllocation> {
        DiscountAllocation::of(&self.row.discounts, self.order.currency)
    }

    /// What all units cost, without discounts.
    async fn subtotal(&self) -> TaxedMoney {
        let row = &self.row;
        self.order.taxed(row.net + row.discount_net, row.tax + row.discount_tax).into()
    }

    /// What promotions took off it, with its tax.
    async fn discount_total(&self) -> TaxedMoney {
        self.order.taxed(self.row.discount_net, self.row.discount_tax).into()
    }

    /// What was to be paid for it: the subtotal less discounts.
    async fn total(&self) -> TaxedMoney {
        self.order.taxed(self.row.net, self.row.tax).into()
    }

    /// What was to be paid for so many of its units that are not cancelled: their share of the total, discounts and tax
    /// included. It is what they are worth when they are cancelled or come back. Code: INVALID_QUANTITY.
    async fn paid_value(&self, #[graphql(default = 1)] quantity: i32) -> Result<TaxedMoney> {
        let most = self.row.quantity - self.row.cancelled_quantity;
        if !(1..=most).contains(&quantity) {
            return Err(ApiError::new(ErrorCode::InvalidQuantity, format!("A quantity is from 1 to {most}.")));
        }
        let paid = self.row.worth(&self.order, quantity);
        Ok(paid.map_err(|error| ApiError::new(ErrorCode::InvalidAmount, error.to_string()))?.into())
    }
}
