use std::sync::Arc;

use async_graphql::Json;
use graphql_plan::{Found, Result, object};

use super::sources::{LINES_OF_CART, OVERRIDES_OF_CART};
use crate::domain::cart;
use crate::domain::pricing::{LineTotals, Totals};
use crate::domain::promotions::{Allocations, Rejected};
use crate::domain::tax::combined_rate;
use crate::graphql::account::sources::VISIBLE_CUSTOMER;
use crate::graphql::account::{Address, Customer};
use crate::graphql::catalog::ProductVariant;
use crate::graphql::catalog::sources::VARIANT;
use crate::graphql::context::CxExt;
use crate::graphql::errors::UserError;
use crate::graphql::guards::PRICING;
use crate::graphql::inventory::sources::HOLD_OF_CART;
use crate::graphql::node::Node;
use crate::graphql::payments::sources::SESSION_OF_CART;
use crate::graphql::payments::{PaymentProvider, PaymentSession};
use crate::graphql::scalars::{Decimal, Money, TaxedMoney};
use crate::graphql::shop::sources::{REGION, SHIPPING_OPTIONS_OF_REGION};
use crate::graphql::shop::{Region, ShippingOption};
use crate::graphql::totals::{
    DiscountAllocation, ExplainArgs, Explanation, ExplanationIn, TaxLine, discounts_of, discounts_of_all, explanations,
    taxes_of,
};
use crate::kernel::ids::ShippingOptionId;
use crate::kernel::money::{self, Currency};

object! {
    /// What a shopper is about to buy. Its prices and totals were calculated at its last change; completing the cart
    /// reports whether they have changed since then.
    pub Cart for cart::Cart, implements Node {
        /// Id. Treat it as a secret: anyone who knows it can change a guest's cart.
        id;
        /// Status.
        status: value(|cart| cart.status());
        /// The version, incremented by each change.
        version;
        /// The currency of every amount.
        currency_code: field(|cart| &cart.currency);
        /// The region that determines prices and currency.
        region: option(Region, REGION, |cart| cart.region_id);
        /// Whether prices include tax.
        prices_include_tax;
        /// The customer the cart belongs to, visible to that customer and to staff; null for a guest's cart.
        customer: option(Customer, VISIBLE_CUSTOMER, |cart| cart.customer_id);
        /// The email address for notifications about the order.
        email;
        /// The shopper's note.
        note;
        /// The shipping address.
        shipping_address: embed(Address, |cart| cart.shipping_address.clone());
        /// The billing address; null if it is the shipping address.
        billing_address: embed(Address, |cart| cart.billing_address.clone());
        /// The lines, in the order in which they were added.
        lines: pick(CartLine, LINES_OF_CART, |cart| cart.id, |cart, lines| priced(cart, lines));
        /// The number of units of all lines.
        total_quantity: from(LINES_OF_CART, |cart| cart.id, |_, lines| {
            lines.iter().map(|line| line.quantity).sum::<i32>()
        });
        /// The available shipping options.
        shipping_options: many(ShippingOption, SHIPPING_OPTIONS_OF_REGION, |cart| cart.region_id);
        /// The selected shipping option.
        shipping_option: pick(
            SelectedShipping,
            LINES_OF_CART,
            |cart| cart.shipping_option_id.map(|_| cart.id),
            |cart, lines| chosen_shipping(cart, lines),
        );
        /// The discount codes the shopper entered, in their order, and why some do not apply at the moment.
        codes: embed(CartCode, |cart| codes(cart));
        /// The promotions that apply, with or without a code, and the discount of each on lines and shipping together.
        discounts: embed(DiscountAllocation, |cart| discounts_of_all(&cart.promotions.applied, cart.currency));
        /// The sum of the lines, before discounts.
        subtotal: pick(TaxedMoney, LINES_OF_CART, |cart| cart.id, |cart, lines| {
            totals(cart, lines).map(|totals| totals.subtotal)
        });
        /// The discounts on lines and shipping.
        discount_total: pick(TaxedMoney, LINES_OF_CART, |cart| cart.id, |cart, lines| {
            totals(cart, lines).map(|totals| totals.discount)
        });
        /// The shipping costs, before discounts; zero until a shipping option is selected.
        shipping_total: pick(TaxedMoney, LINES_OF_CART, |cart| cart.id, |cart, lines| {
            totals(cart, lines).map(|totals| totals.shipping.subtotal)
        });
        /// The total tax.
        tax_total: pick(Money, LINES_OF_CART, |cart| cart.id, |cart, lines| {
            totals(cart, lines).map(|totals| totals.total.tax)
        });
        /// The tax by rate, on lines and shipping together. The entries add up to `taxTotal`.
        tax_lines: pick(TaxLine, LINES_OF_CART, |cart| cart.id, |cart, lines| {
            totals(cart, lines).map(|totals| totals.taxes)
        });
        /// The end of the stock reservation made by `cartReserve` (UTC); null if nothing is reserved.
        reserved_until: from(HOLD_OF_CART, |cart| cart.id, |_, until| until.first().copied());
        /// Whether the customer is exempt from tax.
        tax_exempt;
        /// How each total is calculated. With a path, such as `total` or `lines.0`, only that total and those below it.
        explain(ExplainArgs): pick(Explanation, LINES_OF_CART, |cart| cart.id, |cart, lines, args| {
            explained(cart, lines, args)
        });
        /// The prices that staff overrode, oldest first, including those that were restored.
        price_overrides: many(PriceOverride, OVERRIDES_OF_CART, |cart| cart.id).requires(&PRICING);
        /// The amount to pay: the subtotal and shipping, less discounts.
        total: pick(TaxedMoney, LINES_OF_CART, |cart| cart.id, |cart, lines| {
            totals(cart, lines).map(|totals| totals.total)
        });
        /// What prevents the cart from being completed, with paths relative to the cart. Stock and payment are only
        /// checked when the cart is completed.
        problems: pick(UserError, LINES_OF_CART, |cart| cart.id, |cart, lines| cart.problems(&lines.shared()));
        /// The most recent payment session; while it is open, it pays for the cart. Null if none was opened.
        payment_session: option(PaymentSession, SESSION_OF_CART, |cart| cart.id);
        /// The available payment providers.
        payment_providers: embed(PaymentProvider, |_, cx| PaymentProvider::all(cx.app()));
        /// The id of the order the cart became; null while the cart is open. After that, the cart cannot be changed.
        order_id;
        /// Time at which it was created (UTC).
        created_at;
        /// Time at which it was last updated (UTC).
        updated_at;
    }
}

fn totals(cart: &cart::Cart, lines: Found<'_, cart::CartLine>) -> Result<Totals> {
    Ok(cart.totals(&lines.shared())?)
}

fn priced(cart: &cart::Cart, lines: Found<'_, cart::CartLine>) -> Result<Vec<PricedLine>> {
    let lines = lines.shared();
    let totals = cart.totals(&lines)?.lines;
    let priced = |(line, totals)| PricedLine { currency: cart.currency, line, totals };
    Ok(lines.into_iter().zip(totals).map(priced).collect())
}

fn chosen_shipping(cart: &cart::Cart, lines: Found<'_, cart::CartLine>) -> Result<Option<SelectedShippingRow>> {
    let chosen = cart.shipping_option_id.zip(cart.shipping_name.clone()).zip(cart.shipping_amount);
    let Some(((id, name), amount)) = chosen else { return Ok(None) };
    let (price, discounts) = (money::Money::new(amount, cart.currency), cart.shipping_discounts.clone());
    Ok(Some(SelectedShippingRow { id, name, price, discounts, totals: totals(cart, lines)?.shipping }))
}

fn codes(cart: &cart::Cart) -> Vec<EnteredCode> {
    let given = |code: &String| EnteredCode { code: code.clone(), refusal: cart.promotions.refusal(code).cloned() };
    cart.codes.iter().map(given).collect()
}

fn explained(cart: &cart::Cart, lines: Found<'_, cart::CartLine>, args: &ExplainArgs) -> Result<Vec<ExplanationIn>> {
    Ok(explanations(cart.explain(&lines.shared())?, args.path.as_deref(), cart.currency))
}

object! {
    /// A custom attribute the shopper entered.
    pub Attribute for (String, String) {
        /// Name, such as `engraving`.
        key: field(|(key, _)| key);
        /// Value.
        value: field(|(_, value)| value);
    }
}

/// A line with its totals.
#[derive(Clone, Debug)]
pub struct PricedLine {
    currency: Currency,
    line: Arc<cart::CartLine>,
    totals: LineTotals,
}

object! {
    /// A line of a cart: units of one variant with the same custom attributes.
    pub CartLine for PricedLine {
        /// Id.
        id: field(|row| &row.line.id);
        /// The id of the variant.
        variant_id: field(|row| &row.line.variant_id);
        /// The variant; null if it is no longer published.
        variant: option(ProductVariant, VARIANT, |row| row.line.variant_id);
        /// The number of units.
        quantity: field(|row| &row.line.quantity);
        /// Custom attributes, such as an engraving.
        attributes: embed(Attribute, |row| row.line.attributes.0.clone().into_iter().collect::<Vec<_>>());
        /// The price of one unit; null if the variant can no longer be bought here. Remove such a line before
        /// completing the cart.
        unit_price: embed(Money, |row| row.line.unit_price.map(|amount| money::Money::new(amount, row.currency)));
        /// The price of one unit without the sale or the price override; null if it is not reduced.
        compare_at_price: embed(Money, |row| row.line.compare_at_price.map(|amount| money::Money::new(amount, row.currency)));
        /// Whether the unit price includes tax.
        includes_tax: field(|row| &row.line.includes_tax);
        /// The name of the price list that set the unit price; null for a base price.
        price_list: field(|row| &row.line.price_list);
        /// The minimum quantity of the unit price; null for a price of any quantity.
        min_quantity: field(|row| &row.line.min_quantity);
        /// Why staff overrode the unit price; null if they did not.
        price_override_reason: field(|row| &row.line.override_reason);
        /// The combined tax rate, as a fraction: `"0.19"` is 19%.
        tax_rate: value(|row| Decimal(combined_rate(&row.line.taxes.0).normalize()));
        /// The taxes on the line. They add up to the tax of `total`.
        tax_lines: embed(TaxLine, |row| taxes_of(&row.totals.taxes, row.totals.total.net));
        /// The discount of each promotion on the line.
        discount_allocations: embed(DiscountAllocation, |row| discounts_of(&row.line.discounts, row.currency));
        /// The price of all units, before discounts.
        subtotal: embed(TaxedMoney, |row| row.totals.subtotal);
        /// The total discount on the line, with its tax.
        discount_total: embed(TaxedMoney, |row| row.totals.discount);
        /// The amount to pay for the line: the subtotal less discounts.
        total: embed(TaxedMoney, |row| row.totals.total);
    }
}

/// The selected shipping option with its totals.
#[derive(Clone, Debug)]
pub struct SelectedShippingRow {
    id: ShippingOptionId,
    name: String,
    price: money::Money,
    discounts: Allocations,
    totals: LineTotals,
}

object! {
    /// The selected shipping option, at its price at the cart's last change.
    pub SelectedShipping for SelectedShippingRow {
        /// The id of the shipping option.
        id;
        /// Name.
        name;
        /// The price, with or without tax as the cart's prices are.
        price: embed(Money, |shipping| shipping.price);
        /// The total discount on shipping.
        discount_total: embed(TaxedMoney, |shipping| shipping.totals.discount);
        /// The amount to pay for shipping.
        total: embed(TaxedMoney, |shipping| shipping.totals.total);
        /// The discount of each promotion on shipping.
        discount_allocations: embed(DiscountAllocation, |shipping| {
            discounts_of(&shipping.discounts, shipping.price.currency)
        });
        /// The taxes on shipping.
        tax_lines: embed(TaxLine, |shipping| taxes_of(&shipping.totals.taxes, shipping.totals.total.net));
    }
}

/// A discount code the shopper entered, and why it does not apply, if it does not.
#[derive(Clone, Debug)]
pub struct EnteredCode {
    code: String,
    refusal: Option<Rejected>,
}

object! {
    /// A discount code the shopper entered.
    pub CartCode for EnteredCode {
        /// The code, as it was entered.
        code;
        /// Whether it gives a discount at the moment.
        applied: value(|given| given.refusal.is_none());
        /// Machine-readable reason why it does not apply; null if it applies.
        reason: value(|given| given.refusal.as_ref().map(|refusal| refusal.reason));
        /// Human-readable reason why it does not apply, in one sentence.
        message: value(|given| given.refusal.as_ref().map(|refusal| refusal.message.clone()));
        /// Machine-readable details, such as `{"missing": "12.50", "currency": "EUR"}` for MIN_SUBTOTAL.
        details: value(|given| given.refusal.as_ref().and_then(|refusal| refusal.details.clone()).map(Json));
    }
}

object! {
    /// A price override by staff, kept for the record.
    pub PriceOverride for cart::PriceOverride {
        /// The id of the cart line.
        line_id;
        /// The id of the variant.
        variant_id;
        /// The id of the staff user who made the change.
        staff_id;
        /// The price of one unit before the change.
        before: embed(Money, |row| row.before.map(|amount| money::Money::new(amount, row.currency)));
        /// The overridden price of one unit; null if the listed price was restored.
        after: embed(Money, |row| row.after.map(|amount| money::Money::new(amount, row.currency)));
        /// The reason for the change.
        reason;
        /// Time of the change (UTC).
        created_at;
    }
}
