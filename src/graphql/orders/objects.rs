use async_graphql::{Context, Description, Object, SimpleObject};

use crate::domain::orders::{self, FulfillmentStatus, OrderFilter, OrderStatus, fulfillment_status};
use crate::domain::payments::{self, PaymentStatus, status_of};
use crate::domain::pricing::paid_for;
use crate::domain::tax::combined_rate;
use crate::graphql::account::{Address, Customer, visible_customer};
use crate::graphql::catalog::ProductVariant;
use crate::graphql::context::Requested;
use crate::graphql::errors::{ApiError, Result};
use crate::graphql::scalars::{Decimal, Money, TaxedMoney};
use crate::graphql::totals::{DiscountAllocation, Explanation, TaxLine};
use crate::kernel::clock::Timestamp;
use crate::kernel::error::ErrorCode;
use crate::kernel::ids::{FulfillmentId, OrderLineId, PaymentId};
use crate::kernel::money::{self, Currency};

/// What was sold. It is a snapshot: it never changes with the catalogue.
#[derive(Description)]
pub struct Order(pub orders::Order);

impl Order {
    async fn rows(&self, ctx: &Context<'_>) -> Result<Vec<orders::OrderLine>> {
        Ok(ctx.reads().loaders.order_lines.load(self.0.id).await?.unwrap_or_default())
    }
}

#[Object(use_type_description)]
impl Order {
    /// Id.
    pub(crate) async fn id(&self) -> async_graphql::ID {
        self.0.id.into()
    }

    /// Its number: what people say on the phone. Unique in its sales channel.
    async fn number(&self) -> i64 {
        self.0.number
    }

    /// Where it stands.
    async fn status(&self) -> OrderStatus {
        self.0.status
    }

    /// How far it is paid.
    async fn payment_status(&self, ctx: &Context<'_>) -> Result<PaymentStatus> {
        let found = ctx.reads().loaders.payments.load(self.0.id).await?.unwrap_or_default();
        Ok(status_of(self.0.total_gross, &found))
    }

    /// How far it was sent.
    async fn fulfillment_status(&self, ctx: &Context<'_>) -> Result<FulfillmentStatus> {
        Ok(fulfillment_status(&self.rows(ctx).await?))
    }

    /// Where its news go.
    async fn email(&self) -> &str {
        &self.0.email
    }

    /// The customer, for themselves and for staff; null for a guest's order.
    async fn customer(&self, ctx: &Context<'_>) -> Result<Option<Customer>> {
        visible_customer(ctx, self.0.customer_id).await
    }

    /// The currency of every amount.
    async fn currency_code(&self) -> Currency {
        self.0.currency
    }

    /// Whether unit prices include tax.
    async fn prices_include_tax(&self) -> bool {
        self.0.prices_include_tax
    }

    /// What the shopper wanted to say.
    async fn note(&self) -> &str {
        &self.0.note
    }

    /// Where parcels go.
    async fn shipping_address(&self) -> Option<Address> {
        self.0.shipping_address.clone().map(Address::from)
    }

    /// Where bills go.
    async fn billing_address(&self) -> Option<Address> {
        self.0.billing_address.clone().map(Address::from)
    }

    /// How it is sent; null when nothing has to be.
    async fn shipping_name(&self) -> Option<&str> {
        self.0.shipping_name.as_deref()
    }

    /// What was sold.
    async fn lines(&self, ctx: &Context<'_>) -> Result<Vec<OrderLine>> {
        let line = |row: orders::OrderLine| OrderLine { order: self.0.clone(), row };
        Ok(self.rows(ctx).await?.into_iter().map(line).collect())
    }

    /// The promotions that applied, and what each took off lines and shipping together.
    async fn discounts(&self) -> Vec<DiscountAllocation> {
        DiscountAllocation::of_all(&self.0.promotions.applied, self.0.currency)
    }

    /// What each promotion took off shipping.
    async fn shipping_discount_allocations(&self) -> Vec<DiscountAllocation> {
        DiscountAllocation::of(&self.0.shipping_discounts, self.0.currency)
    }

    /// The sum of the lines, without discounts.
    async fn subtotal(&self) -> TaxedMoney {
        self.0.subtotal().into()
    }

    /// What promotions took off lines and shipping.
    async fn discount_total(&self) -> TaxedMoney {
        self.0.discount().into()
    }

    /// Shipping, without discounts.
    async fn shipping_total(&self) -> TaxedMoney {
        self.0.shipping().into()
    }

    /// All tax.
    async fn tax_total(&self) -> Money {
        self.0.total().tax.into()
    }

    /// The tax by rate, over lines and shipping together. They add up to `taxTotal`.
    async fn tax_lines(&self, ctx: &Context<'_>) -> Result<Vec<TaxLine>> {
        let rows = self.0.tax_rows(&self.rows(ctx).await?);
        let rows = rows.map_err(|error| ApiError::new(ErrorCode::InvalidAmount, error.to_string()))?;
        Ok(rows.into_iter().map(TaxLine::from).collect())
    }

    /// Whether the customer paid no tax.
    async fn tax_exempt(&self) -> bool {
        self.0.tax_exempt
    }

    /// Where every total came from, as it was sold; with a path, such as `total` or `lines.0`, only that one and what is
    /// below it. Empty for orders of before there were explanations.
    async fn explain(&self, path: Option<String>) -> Vec<Explanation> {
        Explanation::all(self.0.explanation.0.clone(), path.as_deref(), self.0.currency)
    }

    /// What was to be paid: the subtotal and shipping, less discounts.
    async fn total(&self) -> TaxedMoney {
        self.0.total().into()
    }

    /// Its payments, oldest first.
    async fn payments(&self, ctx: &Context<'_>) -> Result<Vec<Payment>> {
        let found = ctx.reads().loaders.payments.load(self.0.id).await?.unwrap_or_default();
        Ok(found.into_iter().map(Payment::from).collect())
    }

    /// The parcels that have left, oldest first.
    async fn fulfillments(&self, ctx: &Context<'_>) -> Result<Vec<Fulfillment>> {
        let found = ctx.reads().loaders.fulfillments.load(self.0.id).await?.unwrap_or_default();
        Ok(found.into_iter().map(Fulfillment).collect())
    }

    /// Counts the changes.
    async fn version(&self) -> i32 {
        self.0.version
    }

    /// When it was placed.
    async fn placed_at(&self) -> Timestamp {
        self.0.placed_at
    }

    /// When it was last changed.
    async fn updated_at(&self) -> Timestamp {
        self.0.updated_at
    }

    /// When it was cancelled.
    async fn cancelled_at(&self) -> Option<Timestamp> {
        self.0.cancelled_at
    }

    /// Why it was cancelled.
    async fn cancel_reason(&self) -> Option<&str> {
        self.0.cancel_reason.as_deref()
    }
}

/// How many orders there are.
pub struct OrderTotal(pub Option<OrderFilter>);

#[Object]
impl OrderTotal {
    /// How many orders the filter leaves, over all pages. Counted only when asked for.
    async fn total_count(&self, ctx: &Context<'_>) -> Result<i64> {
        let Some(filter) = &self.0 else { return Ok(0) };
        let reads = ctx.reads();
        Ok(ctx.app().orders.count(reads.conn().await?, filter).await?)
    }
}

/// Something that was sold, as it was then.
#[derive(Description)]
pub struct OrderLine {
    order: orders::Order,
    row: orders::OrderLine,
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

    /// How many of these were sent.
    async fn fulfilled_quantity(&self) -> i32 {
        self.row.fulfilled_quantity
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

    /// What was paid for so many of its units: their share of the total, discounts and tax included. It is what they are
    /// worth when they come back. Code: INVALID_QUANTITY.
    async fn paid_value(&self, #[graphql(default = 1)] quantity: i32) -> Result<TaxedMoney> {
        if !(1..=self.row.quantity).contains(&quantity) {
            let message = format!("A quantity is from 1 to {}.", self.row.quantity);
            return Err(ApiError::new(ErrorCode::InvalidQuantity, message));
        }
        let total = self.order.taxed(self.row.net, self.row.tax);
        let paid = paid_for(total, self.row.quantity, 0, quantity);
        Ok(paid.map_err(|error| ApiError::new(ErrorCode::InvalidAmount, error.to_string()))?.into())
    }
}

/// Money held, taken, let go and given back for an order.
#[derive(SimpleObject)]
pub struct Payment {
    /// Id.
    id: PaymentId,
    /// The provider's name.
    provider: String,
    /// What was promised.
    authorized: Money,
    /// What was taken of it.
    captured: Money,
    /// What was let go of it.
    voided: Money,
    /// What was given back of what was taken.
    refunded: Money,
    /// When it was made.
    created_at: Timestamp,
}

impl From<payments::Payment> for Payment {
    fn from(row: payments::Payment) -> Self {
        let money = |amount| Money::from(money::Money::new(amount, row.currency));
        Self {
            id: row.id,
            authorized: money(row.authorized),
            captured: money(row.captured),
            voided: money(row.voided),
            refunded: money(row.refunded),
            created_at: row.created_at,
            provider: row.provider,
        }
    }
}

/// A parcel that has left.
#[derive(Description)]
pub struct Fulfillment(pub orders::Fulfillment);

#[Object(use_type_description)]
impl Fulfillment {
    /// Id.
    async fn id(&self) -> FulfillmentId {
        self.0.id
    }

    /// The carrier's number; empty when there is none.
    async fn tracking_number(&self) -> &str {
        &self.0.tracking_number
    }

    /// Where its way can be followed; empty when that is nowhere.
    async fn tracking_url(&self) -> &str {
        &self.0.tracking_url
    }

    /// What was in it.
    async fn lines(&self, ctx: &Context<'_>) -> Result<Vec<FulfillmentLine>> {
        let found = ctx.reads().loaders.fulfillment_lines.load(self.0.id).await?.unwrap_or_default();
        let line =
            |row: orders::FulfillmentLine| FulfillmentLine { line_id: row.order_line_id, quantity: row.quantity };
        Ok(found.into_iter().map(line).collect())
    }

    /// When it left.
    async fn created_at(&self) -> Timestamp {
        self.0.created_at
    }
}

/// Units of a line in a parcel.
#[derive(SimpleObject)]
pub struct FulfillmentLine {
    /// Of which line.
    line_id: OrderLineId,
    /// How many.
    quantity: i32,
}
