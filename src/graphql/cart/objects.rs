use async_graphql::{Context, Description, Object, SimpleObject};

use crate::domain::cart::{self, CartLine as Row};
use crate::domain::payments::{self, SessionStatus};
use crate::domain::pricing::Totals;
use crate::domain::tax::Taxed;
use crate::graphql::account::{Address, Customer, visible_customer};
use crate::graphql::catalog::ProductVariant;
use crate::graphql::context::Requested;
use crate::graphql::errors::{ApiError, Result, UserError};
use crate::graphql::scalars::{Decimal, Money, TaxedMoney};
use crate::graphql::shop::{Region, ShippingOption};
use crate::kernel::clock::Timestamp;
use crate::kernel::error::ErrorCode;
use crate::kernel::ids::{CartLineId, OrderId, PaymentSessionId, ShippingOptionId, VariantId};
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
        let line = |(row, total): (Row, Taxed)| CartLine { currency: self.0.currency, row, total };
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
    async fn shipping_option(&self) -> Option<SelectedShipping> {
        let (id, name, amount) = (self.0.shipping_option_id?, self.0.shipping_name.clone()?, self.0.shipping_amount?);
        Some(SelectedShipping { id, name, price: money::Money::new(amount, self.0.currency).into() })
    }

    /// The sum of the lines.
    async fn subtotal(&self, ctx: &Context<'_>) -> Result<TaxedMoney> {
        Ok(self.totals(ctx).await?.subtotal.into())
    }

    /// Shipping; zero until a way is chosen.
    async fn shipping_total(&self, ctx: &Context<'_>) -> Result<TaxedMoney> {
        Ok(self.totals(ctx).await?.shipping.into())
    }

    /// All tax.
    async fn tax_total(&self, ctx: &Context<'_>) -> Result<Money> {
        Ok(self.totals(ctx).await?.total.tax.into())
    }

    /// What is to be paid: the subtotal and shipping.
    async fn total(&self, ctx: &Context<'_>) -> Result<TaxedMoney> {
        Ok(self.totals(ctx).await?.total.into())
    }

    /// What still stands between this cart and an order, with paths below the cart. Stock and payment are looked at
    /// when it is completed.
    async fn problems(&self, ctx: &Context<'_>) -> Result<Vec<UserError>> {
        let rows = self.rows(ctx).await?;
        Ok(self.0.problems(&rows).into_iter().map(UserError::from).collect())
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
    total: Taxed,
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

    /// The rate of tax as a fraction.
    async fn tax_rate(&self) -> Decimal {
        Decimal(self.row.tax_rate.normalize())
    }

    /// What all units cost.
    async fn total(&self) -> TaxedMoney {
        self.total.into()
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
}

/// A shopper's promise to pay one amount for a cart.
#[derive(Description)]
pub struct PaymentSession(pub payments::PaymentSession);

#[Object(use_type_description)]
impl PaymentSession {
    /// Id.
    async fn id(&self) -> PaymentSessionId {
        self.0.id
    }

    /// The provider's name.
    async fn provider(&self) -> &str {
        &self.0.provider
    }

    /// How much: the cart's total when the session was opened.
    async fn amount(&self) -> Money {
        money::Money::new(self.0.amount, self.0.currency).into()
    }

    /// Where it stands.
    async fn status(&self) -> SessionStatus {
        self.0.status
    }

    /// When it was opened.
    async fn created_at(&self) -> Timestamp {
        self.0.created_at
    }
}
