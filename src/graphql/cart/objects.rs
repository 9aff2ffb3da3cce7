use async_graphql::{Context, Description, Json, Object, SimpleObject};

use crate::domain::cart::{self, CartLine as Row, CartStatus};
use crate::domain::pricing::{LineTotals, Totals};
use crate::domain::promotions::{AppliedPromotions, CodeProblem};
use crate::domain::tax::combined_rate;
use crate::graphql::account::{Address, Customer, visible_customer};
use crate::graphql::catalog::ProductVariant;
use crate::graphql::context::Requested;
use crate::graphql::errors::{ApiError, Result, UserError};
use crate::graphql::guards::{Needs, requires, staff};
use crate::graphql::payments::{PaymentProvider, PaymentSession};
use crate::graphql::scalars::{Decimal, Money, TaxedMoney};
use crate::graphql::shop::{Region, ShippingOption};
use crate::graphql::totals::{DiscountAllocation, Explanation, TaxLine};
use crate::kernel::actor::Permission;
use crate::kernel::clock::Timestamp;
use crate::kernel::error::ErrorCode;
use crate::kernel::ids::{CartLineId, OrderId, ShippingOptionId, StaffId, VariantId};
use crate::kernel::money;
use crate::kernel::money::Currency;

/// What a shopper is about to buy. Its prices and totals are those of its last change; completing it tells when they
/// have changed since.
#[derive(Description)]
pub struct Cart(pub cart::Cart);

impl Cart {
    async fn rows(&self, ctx: &Context<'_>) -> Result<Vec<Row>> {
        Ok(ctx.reads().loaders.cart_lines.load(self.0.id).await?.unwrap_or_default())
    }

    async fn totals(&self, ctx: &Context<'_>) -> Result<Totals> {
        let rows = self.rows(ctx).await?;
        self.0.totals(&rows).map_err(|error| ApiError::new(ErrorCode::InvalidAmount, error.to_string()))
    }
}

#[Object(use_type_description)]
impl Cart {
    /// Id. Keep it: whoever knows it can change a guest's cart.
    pub(crate) async fn id(&self) -> async_graphql::ID {
        self.0.id.into()
    }

    /// Where it stands.
    async fn status(&self) -> CartStatus {
        self.0.status()
    }

    /// Counts the changes.
    async fn version(&self) -> i32 {
        self.0.version
    }

    /// The currency of every amount.
    async fn currency_code(&self) -> Currency {
        self.0.currency
    }

    /// The market whose prices it has.
    async fn region(&self, ctx: &Context<'_>) -> Result<Option<Region>> {
        Ok(ctx.reads().loaders.region.load(self.0.region_id).await?.map(Region))
    }

    /// Whether its prices include tax.
    async fn prices_include_tax(&self) -> bool {
        self.0.prices_include_tax
    }

    /// Whose it is, for themselves and for staff; null for a guest's.
    async fn customer(&self, ctx: &Context<'_>) -> Result<Option<Customer>> {
        visible_customer(ctx, self.0.customer_id).await
    }

    /// Where the order's news go.
    async fn email(&self) -> Option<&str> {
        self.0.email.as_deref()
    }

    /// What the shopper wants to say.
    async fn note(&self) -> &str {
        &self.0.note
    }

    /// Where parcels go.
    async fn shipping_address(&self) -> Option<Address> {
        self.0.shipping_address.clone().map(Address::from)
    }

    /// Where bills go; null means to the shipping address.
    async fn billing_address(&self) -> Option<Address> {
        self.0.billing_address.clone().map(Address::from)
    }

    /// What is in it, in the order in which it was added.
    async fn lines(&self, ctx: &Context<'_>) -> Result<Vec<CartLine>> {
        let rows = self.rows(ctx).await?;
        let totals = self.totals(ctx).await?;
        let line = |(row, totals): (Row, LineTotals)| CartLine { currency: self.0.currency, row, totals };
        Ok(rows.into_iter().zip(totals.lines).map(line).collect())
    }

    /// How many units are in it.
    async fn total_quantity(&self, ctx: &Context<'_>) -> Result<i32> {
        Ok(self.rows(ctx).await?.iter().map(|row| row.quantity).sum())
    }

    /// The ways to send it.
    async fn shipping_options(&self, ctx: &Context<'_>) -> Result<Vec<ShippingOption>> {
        let found = ctx.reads().loaders.shipping_options.load(self.0.region_id).await?.unwrap_or_default();
        Ok(found.into_iter().map(ShippingOption).collect())
    }

    /// The chosen way to send it.
    async fn shipping_option(&self, ctx: &Context<'_>) -> Result<Option<SelectedShipping>> {
        let cart = &self.0;
        let chosen = cart.shipping_option_id.zip(cart.shipping_name.clone()).zip(cart.shipping_amount);
        let Some(((id, name), amount)) = chosen else { return Ok(None) };
        let totals = self.totals(ctx).await?.shipping;
        Ok(Some(SelectedShipping {
            id,
            name,
            price: money::Money::new(amount, cart.currency).into(),
            discount_total: totals.discount.into(),
            total: totals.total.into(),
            discount_allocations: DiscountAllocation::of(&cart.shipping_discounts, cart.currency),
            tax_lines: TaxLine::of(&totals.taxes, totals.total.net),
        }))
    }

    /// The codes that the shopper gave, in their order, and why some do not apply now.
    async fn codes(&self) -> Vec<CartCode> {
        self.0.codes.iter().map(|code| CartCode::new(code, &self.0.promotions)).collect()
    }

    /// The promotions that apply, by code or by themselves, and what each takes off lines and shipping together.
    async fn discounts(&self) -> Vec<DiscountAllocation> {
        DiscountAllocation::of_all(&self.0.promotions.applied, self.0.currency)
    }

    /// The sum of the lines, without discounts.
    async fn subtotal(&self, ctx: &Context<'_>) -> Result<TaxedMoney> {
        Ok(self.totals(ctx).await?.subtotal.into())
    }

    /// What promotions take off lines and shipping.
    async fn discount_total(&self, ctx: &Context<'_>) -> Result<TaxedMoney> {
        Ok(self.totals(ctx).await?.discount.into())
    }

    /// Shipping, without discounts; zero until a way is chosen.
    async fn shipping_total(&self, ctx: &Context<'_>) -> Result<TaxedMoney> {
        Ok(self.totals(ctx).await?.shipping.subtotal.into())
    }

    /// All tax.
    async fn tax_total(&self, ctx: &Context<'_>) -> Result<Money> {
        Ok(self.totals(ctx).await?.total.tax.into())
    }

    /// The tax by rate, over lines and shipping together. They add up to `taxTotal`.
    async fn tax_lines(&self, ctx: &Context<'_>) -> Result<Vec<TaxLine>> {
        Ok(self.totals(ctx).await?.taxes.into_iter().map(TaxLine::from).collect())
    }

    /// Until when what was in it at `cartReserve` is kept for it; null when nothing is.
    async fn reserved_until(&self, ctx: &Context<'_>) -> Result<Option<Timestamp>> {
        Ok(ctx.reads().loaders.held_until.load(self.0.id).await?)
    }

    /// Whether the customer pays no tax.
    async fn tax_exempt(&self) -> bool {
        self.0.tax_exempt
    }

    /// Where every total comes from; with a path, such as `total` or `lines.0`, only that one and what is below it.
    async fn explain(&self, ctx: &Context<'_>, path: Option<String>) -> Result<Vec<Explanation>> {
        let told = self.0.explain(&self.rows(ctx).await?);
        let told = told.map_err(|error| ApiError::new(ErrorCode::InvalidAmount, error.to_string()))?;
        Ok(Explanation::all(told, path.as_deref(), self.0.currency))
    }

    /// Prices that staff set by hand in it, oldest first, the ones that were taken back included.
    #[graphql(guard = "Needs(Permission::Pricing)", visible = "staff", directive = requires::apply("PRICING".into()))]
    async fn price_overrides(&self, ctx: &Context<'_>) -> Result<Vec<PriceOverride>> {
        let found = ctx.reads().loaders.price_overrides.load(self.0.id).await?.unwrap_or_default();
        Ok(found.into_iter().map(PriceOverride::from).collect())
    }

    /// What is to be paid: the subtotal and shipping, less discounts.
    async fn total(&self, ctx: &Context<'_>) -> Result<TaxedMoney> {
        Ok(self.totals(ctx).await?.total.into())
    }

    /// What still stands between this cart and an order, with paths below the cart. Stock and payment are looked at
    /// when it is completed.
    async fn problems(&self, ctx: &Context<'_>) -> Result<Vec<UserError>> {
        let rows = self.rows(ctx).await?;
        Ok(self.0.problems(&rows).into_iter().map(UserError::from).collect())
    }

    /// The newest payment session: the one that pays it, while that is open; null when none was opened.
    async fn payment_session(&self, ctx: &Context<'_>) -> Result<Option<PaymentSession>> {
        Ok(ctx.reads().loaders.payment_session.load(self.0.id).await?.map(PaymentSession))
    }

    /// The ways to pay for it.
    async fn payment_providers(&self, ctx: &Context<'_>) -> Vec<PaymentProvider> {
        PaymentProvider::all(ctx)
    }

    /// The order that it became; null while it is open. Then the cart never changes again.
    async fn order_id(&self) -> Option<OrderId> {
        self.0.order_id
    }

    /// When it was made.
    async fn created_at(&self) -> Timestamp {
        self.0.created_at
    }

    /// When it was last changed.
    async fn updated_at(&self) -> Timestamp {
        self.0.updated_at
    }
}

/// A name and a value that the shopper gave.
#[derive(SimpleObject)]
pub struct Property {
    /// Name, such as `engraving`.
    key: String,
    /// Value.
    value: String,
}

impl From<(String, String)> for Property {
    fn from((key, value): (String, String)) -> Self {
        Self { key, value }
    }
}

/// So many units of a variant, as the shopper wants them.
#[derive(Description)]
pub struct CartLine {
    currency: Currency,
    row: Row,
    totals: LineTotals,
}

#[Object(use_type_description)]
impl CartLine {
    /// Id.
    async fn id(&self) -> CartLineId {
        self.row.id
    }

    /// Of what, by id.
    async fn variant_id(&self) -> VariantId {
        self.row.variant_id
    }

    /// Of what; null when it is not published any more.
    async fn variant(&self, ctx: &Context<'_>) -> Result<Option<ProductVariant>> {
        Ok(ctx.reads().loaders.variant.load(self.row.variant_id).await?.map(ProductVariant))
    }

    /// How many.
    async fn quantity(&self) -> i32 {
        self.row.quantity
    }

    /// How the shopper wants it.
    async fn properties(&self) -> Vec<Property> {
        self.row.properties.0.clone().into_iter().map(Property::from).collect()
    }

    /// What one unit costs; null when it cannot be bought here any more. Such a line has to be taken out.
    async fn unit_price(&self) -> Option<Money> {
        self.row.unit_price.map(|amount| money::Money::new(amount, self.currency).into())
    }

    /// What one unit costs without the sale or the price that was set by hand; null when it is not reduced.
    async fn compare_at(&self) -> Option<Money> {
        self.row.compare_at.map(|amount| money::Money::new(amount, self.currency).into())
    }

    /// Whether the unit price includes tax.
    async fn includes_tax(&self) -> bool {
        self.row.includes_tax
    }

    /// The price list that the unit price is from; null for a base price.
    async fn price_list(&self) -> Option<&str> {
        self.row.price_list.as_deref()
    }

    /// From how many units on the unit price counts; null for a price of any quantity.
    async fn tier_from(&self) -> Option<i32> {
        self.row.tier_from
    }

    /// Why staff set the unit price by hand; null when they did not.
    async fn price_override_reason(&self) -> Option<&str> {
        self.row.override_reason.as_deref()
    }

    /// All its rates of tax together, as a fraction.
    async fn tax_rate(&self) -> Decimal {
        Decimal(combined_rate(&self.row.taxes.0).normalize())
    }

    /// Its taxes. They add up to the total's tax.
    async fn tax_lines(&self) -> Vec<TaxLine> {
        TaxLine::of(&self.totals.taxes, self.totals.total.net)
    }

    /// What promotions take off it.
    async fn discount_allocations(&self) -> Vec<DiscountAllocation> {
        DiscountAllocation::of(&self.row.discounts, self.currency)
    }

    /// What all units cost, without discounts.
    async fn subtotal(&self) -> TaxedMoney {
        self.totals.subtotal.into()
    }

    /// What promotions take off it, with its tax.
    async fn discount_total(&self) -> TaxedMoney {
        self.totals.discount.into()
    }

    /// What is to be paid for it: the subtotal less discounts.
    async fn total(&self) -> TaxedMoney {
        self.totals.total.into()
    }
}

/// The chosen way to send a cart, at the price of the cart's last change.
#[derive(SimpleObject)]
pub struct SelectedShipping {
    /// The option's id.
    id: ShippingOptionId,
    /// Its name.
    name: String,
    /// Its price, with or without tax as the cart's prices are.
    price: Money,
    /// What promotions take off it.
    discount_total: TaxedMoney,
    /// What is to be paid for it.
    total: TaxedMoney,
    /// What each promotion takes off it.
    discount_allocations: Vec<DiscountAllocation>,
    /// Its taxes.
    tax_lines: Vec<TaxLine>,
}

/// A code that a shopper gave.
#[derive(SimpleObject)]
pub struct CartCode {
    /// The code, as it was typed.
    code: String,
    /// Whether it takes anything off now.
    applied: bool,
    /// Why it does not apply; null when it does.
    reason: Option<CodeProblem>,
    /// The same for people, in one sentence.
    message: Option<String>,
    /// Facts that a program may need, such as `{"missing": "12.50", "currency": "EUR"}` for MIN_SUBTOTAL.
    details: Option<Json<serde_json::Value>>,
}

impl CartCode {
    fn new(code: &str, promotions: &AppliedPromotions) -> Self {
        let found = promotions.refusal(code).cloned();
        Self {
            code: code.to_owned(),
            applied: found.is_none(),
            reason: found.as_ref().map(|rejected| rejected.reason),
            message: found.as_ref().map(|rejected| rejected.message.clone()),
            details: found.and_then(|rejected| rejected.details).map(Json),
        }
    }
}

/// A price that staff set by hand, for the record.
#[derive(SimpleObject)]
pub struct PriceOverride {
    /// On which line of the cart.
    line_id: CartLineId,
    /// Of what.
    variant_id: VariantId,
    /// Who did it.
    staff_id: StaffId,
    /// What one unit cost before.
    before: Option<Money>,
    /// What it was set to; null when the line was given back to its listed price.
    after: Option<Money>,
    /// Why.
    reason: String,
    /// When.
    created_at: Timestamp,
}

impl From<cart::PriceOverride> for PriceOverride {
    fn from(row: cart::PriceOverride) -> Self {
        let money = |amount| Money::from(money::Money::new(amount, row.currency));
        Self {
            line_id: row.line_id,
            variant_id: row.variant_id,
            staff_id: row.staff_id,
            before: row.before.map(money),
            after: row.after.map(money),
            reason: row.reason,
            created_at: row.created_at,
        }
    }
}
