use async_graphql::{Context, Description, Object};

use super::fulfillments::Fulfillment;
use super::lines::OrderLine;
use super::timeline::{TimelineConnection, TimelineEntry};
use crate::domain::orders::{self, FulfillmentStatus, OrderFilter, OrderStatus, Timeline, fulfillment_status};
use crate::domain::payments::{
    ChargeStatus, GrantedRefund, PaymentStatus, charge_status, covered, goodwill, status_of,
};
use crate::graphql::account::{Address, Customer, visible_customer};
use crate::graphql::connection::{connection, page_args};
use crate::graphql::context::Requested;
use crate::graphql::errors::{ApiError, Result};
use crate::graphql::guards::staff;
use crate::graphql::payments::{Payment, Refund};
use crate::graphql::scalars::{Money, TaxedMoney};
use crate::graphql::totals::{DiscountAllocation, Explanation, TaxLine};
use crate::kernel::actor::Permission;
use crate::kernel::clock::Timestamp;
use crate::kernel::error::ErrorCode;
use crate::kernel::money::{self, Currency, MoneyError};

/// What was sold. It is a snapshot: it never changes with the catalogue.
#[derive(Description)]
pub struct Order(pub orders::Order);

impl Order {
    async fn rows(&self, ctx: &Context<'_>) -> Result<Vec<orders::OrderLine>> {
        Ok(ctx.reads().loaders.order_lines.load(self.0.id).await?.unwrap_or_default())
    }

    /// What was taken for it, and neither given back nor charged back.
    async fn charged(&self, ctx: &Context<'_>) -> Result<rust_decimal::Decimal> {
        let found = ctx.reads().loaders.payments.load(self.0.id).await?.unwrap_or_default();
        Ok(found.iter().map(|payment| payment.charged()).sum())
    }

    async fn granted(&self, ctx: &Context<'_>) -> Result<Vec<GrantedRefund>> {
        Ok(ctx.reads().loaders.refunds.load(self.0.id).await?.unwrap_or_default())
    }
}

fn too_large(error: MoneyError) -> ApiError {
    ApiError::new(ErrorCode::InvalidAmount, error.to_string())
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

    /// How far it is paid. What was cancelled need not be paid.
    async fn payment_status(&self, ctx: &Context<'_>) -> Result<PaymentStatus> {
        let found = ctx.reads().loaders.payments.load(self.0.id).await?.unwrap_or_default();
        let left = self.0.total_left(&self.rows(ctx).await?).map_err(too_large)?.amount;
        Ok(status_of(if left.is_zero() { self.0.total_gross } else { left }, &found))
    }

    /// How far it was sent. What was cancelled need not be sent.
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
        Ok(rows.map_err(too_large)?.into_iter().map(TaxLine::from).collect())
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

    /// What of the total need not be paid any more, because it was cancelled: all of it for a cancelled order, else what
    /// was to be paid for the cancelled units, discounts and tax included.
    async fn total_cancelled(&self, ctx: &Context<'_>) -> Result<TaxedMoney> {
        Ok(self.0.total_cancelled(&self.rows(ctx).await?).map_err(too_large)?.into())
    }

    /// What was taken by payments, and neither given back nor charged back, in major units.
    async fn received(&self, ctx: &Context<'_>) -> Result<Money> {
        Ok(money::Money::new(self.charged(ctx).await?, self.0.currency).into())
    }

    /// What is still to be paid: the total, less what was cancelled, what was received, and what was given back although
    /// nothing was cancelled. Money that is only held does not count. Never below zero.
    async fn due(&self, ctx: &Context<'_>) -> Result<Money> {
        let payments = ctx.reads().loaders.payments.load(self.0.id).await?.unwrap_or_default();
        let covered = covered(payments.iter(), self.granted(ctx).await?.iter());
        Ok(self.0.due(&self.rows(ctx).await?, covered).map_err(too_large)?.into())
    }

    /// Its payments, oldest first.
    async fn payments(&self, ctx: &Context<'_>) -> Result<Vec<Payment>> {
        let found = ctx.reads().loaders.payments.load(self.0.id).await?.unwrap_or_default();
        Ok(found.into_iter().map(Payment).collect())
    }

    /// What the shop has of its total, less what was cancelled and the refunds that were granted beyond that.
    async fn charge_status(&self, ctx: &Context<'_>) -> Result<ChargeStatus> {
        let left = self.0.total_left(&self.rows(ctx).await?).map_err(too_large)?.amount;
        Ok(charge_status(left, goodwill(self.granted(ctx).await?.iter()), self.charged(ctx).await?))
    }

    /// The refunds that were granted, oldest first.
    async fn refunds(&self, ctx: &Context<'_>) -> Result<Vec<Refund>> {
        Ok(self.granted(ctx).await?.into_iter().map(Refund).collect())
    }

    /// What was packed to be sent, oldest first, with what was cancelled of it.
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

    /// Why staff cancelled it; null when they did not say, and for anybody but staff.
    #[graphql(visible = "staff")]
    async fn cancel_reason(&self, ctx: &Context<'_>) -> Option<&str> {
        self.0.cancel_reason.as_deref().filter(|_| ctx.actor().may(Permission::Orders))
    }

    /// Why staff hold it back; null when they do not, and for anybody but staff.
    #[graphql(visible = "staff")]
    async fn hold_reason(&self, ctx: &Context<'_>) -> Option<&str> {
        self.0.hold_reason.as_deref().filter(|_| ctx.actor().may(Permission::Orders))
    }

    /// When it was completed; null before.
    async fn completed_at(&self) -> Option<Timestamp> {
        self.0.completed_at
    }

    /// When it was put away; null before.
    async fn archived_at(&self) -> Option<Timestamp> {
        self.0.archived_at
    }

    /// What happened to it, oldest first. Shoppers see what concerns them, and the notes that are written for them.
    async fn timeline(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<TimelineConnection> {
        let internal = ctx.actor().may(Permission::Orders);
        let list = Timeline::new(self.0.id, internal, &page_args(first, after, last, before))?;
        let page = ctx.reads().loaders.timeline.load(list).await?.unwrap_or_default();
        Ok(connection(page, async_graphql::connection::EmptyFields, TimelineEntry))
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
