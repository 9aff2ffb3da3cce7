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
use crate::graphql::context::Asked;
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
    DiscountAllocation, ExplainArgs, Explanation, TaxLine, Told, discounts_of, discounts_of_all, explanations, taxes_of,
};
use crate::kernel::ids::ShippingOptionId;
use crate::kernel::money::{self, Currency};

object! {
    /// What a shopper is about to buy. Its prices and totals are those of its last change; completing it tells when they
    /// have changed since.
    pub Cart for cart::Cart, implements Node {
        /// Id. Keep it: whoever knows it can change a guest's cart.
        id;
        /// Where it stands.
        status: value(|cart| cart.status());
        /// Counts the changes.
        version;
        /// The currency of every amount.
        currency_code: field(|cart| &cart.currency);
        /// The market whose prices it has.
        region: option(Region, REGION, |cart| cart.region_id);
        /// Whether its prices include tax.
        prices_include_tax;
        /// Whose it is, for themselves and for staff; null for a guest's.
        customer: option(Customer, VISIBLE_CUSTOMER, |cart| cart.customer_id);
        /// Where the order's news go.
        email;
        /// What the shopper wants to say.
        note;
        /// Where parcels go.
        shipping_address: embed(Address, |cart| cart.shipping_address.clone());
        /// Where bills go; null means to the shipping address.
        billing_address: embed(Address, |cart| cart.billing_address.clone());
        /// What is in it, in the order in which it was added.
        lines: pick(CartLine, LINES_OF_CART, |cart| cart.id, |cart, lines| priced(cart, lines));
        /// How many units are in it.
        total_quantity: from(LINES_OF_CART, |cart| cart.id, |_, lines| {
            lines.iter().map(|line| line.quantity).sum::<i32>()
        });
        /// The ways to send it.
        shipping_options: many(ShippingOption, SHIPPING_OPTIONS_OF_REGION, |cart| cart.region_id);
        /// The chosen way to send it.
        shipping_option: pick(
            SelectedShipping,
            LINES_OF_CART,
            |cart| cart.shipping_option_id.map(|_| cart.id),
            |cart, lines| chosen_shipping(cart, lines),
        );
        /// The codes that the shopper gave, in their order, and why some do not apply now.
        codes: embed(CartCode, |cart| codes(cart));
        /// The promotions that apply, by code or by themselves, and what each takes off lines and shipping together.
        discounts: embed(DiscountAllocation, |cart| discounts_of_all(&cart.promotions.applied, cart.currency));
        /// The sum of the lines, without discounts.
        subtotal: pick(TaxedMoney, LINES_OF_CART, |cart| cart.id, |cart, lines| {
            totals(cart, lines).map(|totals| totals.subtotal)
        });
        /// What promotions take off lines and shipping.
        discount_total: pick(TaxedMoney, LINES_OF_CART, |cart| cart.id, |cart, lines| {
            totals(cart, lines).map(|totals| totals.discount)
        });
        /// Shipping, without discounts; zero until a way is chosen.
        shipping_total: pick(TaxedMoney, LINES_OF_CART, |cart| cart.id, |cart, lines| {
            totals(cart, lines).map(|totals| totals.shipping.subtotal)
        });
        /// All tax.
        tax_total: pick(Money, LINES_OF_CART, |cart| cart.id, |cart, lines| {
            totals(cart, lines).map(|totals| totals.total.tax)
        });
        /// The tax by rate, over lines and shipping together. They add up to `taxTotal`.
        tax_lines: pick(TaxLine, LINES_OF_CART, |cart| cart.id, |cart, lines| {
            totals(cart, lines).map(|totals| totals.taxes)
        });
        /// Until when what was in it at `cartReserve` is kept for it; null when nothing is.
        reserved_until: from(HOLD_OF_CART, |cart| cart.id, |_, until| until.first().copied());
        /// Whether the customer pays no tax.
        tax_exempt;
        /// Where every total comes from; with a path, such as `total` or `lines.0`, only that one and what is below it.
        explain(ExplainArgs): pick(Explanation, LINES_OF_CART, |cart| cart.id, |cart, lines, args| {
            explained(cart, lines, args)
        });
        /// Prices that staff set by hand in it, oldest first, the ones that were taken back included.
        price_overrides: many(PriceOverride, OVERRIDES_OF_CART, |cart| cart.id).requires(&PRICING);
        /// What is to be paid: the subtotal and shipping, less discounts.
        total: pick(TaxedMoney, LINES_OF_CART, |cart| cart.id, |cart, lines| {
            totals(cart, lines).map(|totals| totals.total)
        });
        /// What still stands between this cart and an order, with paths below the cart. Stock and payment are looked at
        /// when it is completed.
        problems: pick(UserError, LINES_OF_CART, |cart| cart.id, |cart, lines| cart.problems(&lines.to_vec()));
        /// The newest payment session: the one that pays it, while that is open; null when none was opened.
        payment_session: option(PaymentSession, SESSION_OF_CART, |cart| cart.id);
        /// The ways to pay for it.
        payment_providers: embed(PaymentProvider, |_, cx| PaymentProvider::all(cx.app()));
        /// The order that it became; null while it is open. Then the cart never changes again.
        order_id;
        /// When it was made.
        created_at;
        /// When it was last changed.
        updated_at;
    }
}

fn totals(cart: &cart::Cart, lines: Found<'_, cart::CartLine>) -> Result<Totals> {
    Ok(cart.totals(&lines.to_vec())?)
}

fn priced(cart: &cart::Cart, lines: Found<'_, cart::CartLine>) -> Result<Vec<PricedLine>> {
    let lines = lines.to_vec();
    let totals = cart.totals(&lines)?.lines;
    let priced = |(line, totals)| PricedLine { currency: cart.currency, line, totals };
    Ok(lines.into_iter().zip(totals).map(priced).collect())
}

fn chosen_shipping(cart: &cart::Cart, lines: Found<'_, cart::CartLine>) -> Result<Option<ChosenShipping>> {
    let chosen = cart.shipping_option_id.zip(cart.shipping_name.clone()).zip(cart.shipping_amount);
    let Some(((id, name), amount)) = chosen else { return Ok(None) };
    let (price, discounts) = (money::Money::new(amount, cart.currency), cart.shipping_discounts.clone());
    Ok(Some(ChosenShipping { id, name, price, discounts, totals: totals(cart, lines)?.shipping }))
}

fn codes(cart: &cart::Cart) -> Vec<GivenCode> {
    let given = |code: &String| GivenCode { code: code.clone(), refusal: cart.promotions.refusal(code).cloned() };
    cart.codes.iter().map(given).collect()
}

fn explained(cart: &cart::Cart, lines: Found<'_, cart::CartLine>, args: &ExplainArgs) -> Result<Vec<Told>> {
    Ok(explanations(cart.explain(&lines.to_vec())?, args.path.as_deref(), cart.currency))
}

object! {
    /// A name and a value that the shopper gave.
    pub Property for (String, String) {
        /// Name, such as `engraving`.
        key: field(|(key, _)| key);
        /// Value.
        value: field(|(_, value)| value);
    }
}

/// A line with what it comes to.
#[derive(Clone, Debug)]
pub struct PricedLine {
    currency: Currency,
    line: cart::CartLine,
    totals: LineTotals,
}

object! {
    /// So many units of a variant, as the shopper wants them.
    pub CartLine for PricedLine {
        /// Id.
        id: field(|row| &row.line.id);
        /// Of what, by id.
        variant_id: field(|row| &row.line.variant_id);
        /// Of what; null when it is not published any more.
        variant: option(ProductVariant, VARIANT, |row| row.line.variant_id);
        /// How many.
        quantity: field(|row| &row.line.quantity);
        /// How the shopper wants it.
        properties: embed(Property, |row| row.line.properties.0.clone().into_iter().collect::<Vec<_>>());
        /// What one unit costs; null when it cannot be bought here any more. Such a line has to be taken out.
        unit_price: embed(Money, |row| row.line.unit_price.map(|amount| money::Money::new(amount, row.currency)));
        /// What one unit costs without the sale or the price that was set by hand; null when it is not reduced.
        compare_at: embed(Money, |row| row.line.compare_at.map(|amount| money::Money::new(amount, row.currency)));
        /// Whether the unit price includes tax.
        includes_tax: field(|row| &row.line.includes_tax);
        /// The price list that the unit price is from; null for a base price.
        price_list: field(|row| &row.line.price_list);
        /// From how many units on the unit price counts; null for a price of any quantity.
        tier_from: field(|row| &row.line.tier_from);
        /// Why staff set the unit price by hand; null when they did not.
        price_override_reason: field(|row| &row.line.override_reason);
        /// All its rates of tax together, as a fraction.
        tax_rate: value(|row| Decimal(combined_rate(&row.line.taxes.0).normalize()));
        /// Its taxes. They add up to the total's tax.
        tax_lines: embed(TaxLine, |row| taxes_of(&row.totals.taxes, row.totals.total.net));
        /// What promotions take off it.
        discount_allocations: embed(DiscountAllocation, |row| discounts_of(&row.line.discounts, row.currency));
        /// What all units cost, without discounts.
        subtotal: embed(TaxedMoney, |row| row.totals.subtotal);
        /// What promotions take off it, with its tax.
        discount_total: embed(TaxedMoney, |row| row.totals.discount);
        /// What is to be paid for it: the subtotal less discounts.
        total: embed(TaxedMoney, |row| row.totals.total);
    }
}

/// A chosen way to send a cart, with what it comes to.
#[derive(Clone, Debug)]
pub struct ChosenShipping {
    id: ShippingOptionId,
    name: String,
    price: money::Money,
    discounts: Allocations,
    totals: LineTotals,
}

object! {
    /// The chosen way to send a cart, at the price of the cart's last change.
    pub SelectedShipping for ChosenShipping {
        /// The option's id.
        id;
        /// Its name.
        name;
        /// Its price, with or without tax as the cart's prices are.
        price: embed(Money, |shipping| shipping.price);
        /// What promotions take off it.
        discount_total: embed(TaxedMoney, |shipping| shipping.totals.discount);
        /// What is to be paid for it.
        total: embed(TaxedMoney, |shipping| shipping.totals.total);
        /// What each promotion takes off it.
        discount_allocations: embed(DiscountAllocation, |shipping| {
            discounts_of(&shipping.discounts, shipping.price.currency)
        });
        /// Its taxes.
        tax_lines: embed(TaxLine, |shipping| taxes_of(&shipping.totals.taxes, shipping.totals.total.net));
    }
}

/// A code that a shopper gave, and why it does not apply, if it does not.
#[derive(Clone, Debug)]
pub struct GivenCode {
    code: String,
    refusal: Option<Rejected>,
}

object! {
    /// A code that a shopper gave.
    pub CartCode for GivenCode {
        /// The code, as it was typed.
        code;
        /// Whether it takes anything off now.
        applied: value(|given| given.refusal.is_none());
        /// Why it does not apply; null when it does.
        reason: value(|given| given.refusal.as_ref().map(|refusal| refusal.reason));
        /// The same for people, in one sentence.
        message: value(|given| given.refusal.as_ref().map(|refusal| refusal.message.clone()));
        /// Facts that a program may need, such as `{"missing": "12.50", "currency": "EUR"}` for MIN_SUBTOTAL.
        details: value(|given| given.refusal.as_ref().and_then(|refusal| refusal.details.clone()).map(Json));
    }
}

object! {
    /// A price that staff set by hand, for the record.
    pub PriceOverride for cart::PriceOverride {
        /// On which line of the cart.
        line_id;
        /// Of what.
        variant_id;
        /// Who did it.
        staff_id;
        /// What one unit cost before.
        before: embed(Money, |row| row.before.map(|amount| money::Money::new(amount, row.currency)));
        /// What it was set to; null when the line was given back to its listed price.
        after: embed(Money, |row| row.after.map(|amount| money::Money::new(amount, row.currency)));
        /// Why.
        reason;
        /// When.
        created_at;
    }
}
