//! The pure part of quoting a cart: 100 lines with 20 promotions, and the same without any, in one run.
//!
//! `cargo bench --bench quote`; only the ratio of the two is meaningful, since absolute times depend on the machine.

use cartwright::domain::pricing::{Item, Quote, totals};
use cartwright::domain::promotions::engine::apply;
use cartwright::domain::promotions::rules::{
    Amount, BuyGet, Conditions, Discount, Effect, Effects, ItemFilter, MinQuantity, Target,
};
use cartwright::domain::promotions::{
    Allocation, AllocationMethod, Basket, BasketLine, BasketShipping, Candidate, DiscountClass, Outcome,
};
use cartwright::domain::regions::{ShippingTax, TaxRounding};
use cartwright::domain::tax::AppliedRate;
use cartwright::kernel::buyer::Buyer;
use cartwright::kernel::ids::{ProductId, PromotionId, RegionId, ShippingOptionId, VariantId};
use rust_decimal::Decimal;

/// The number of lines in the cart.
const LINES: i64 = 100;
/// The number of active promotions.
const PROMOTIONS: i64 = 20;

fn main() {
    divan::main();
}

fn basket() -> Basket {
    let line = |place: i64| {
        let (unit_price, quantity) = (Decimal::new(999 + 137 * place, 2), 1 + i32::try_from(place % 7).unwrap_or(0));
        BasketLine {
            variant_id: VariantId::new(),
            product_id: ProductId::new(),
            quantity,
            unit_price,
            amount: unit_price * Decimal::from(quantity),
            category_path: Vec::new(),
            collection_ids: Vec::new(),
            tags: vec![format!("tag-{}", place % 10)],
            product_type: "Notebook".to_owned(),
            vendor: "Cartwright".to_owned(),
        }
    };
    let buyer = Buyer {
        region_id: RegionId::new(),
        currency: "EUR".parse().expect("a currency"),
        prices_include_tax: true,
        tax_rate: Decimal::new(19, 2),
        country: None,
        channel_id: None,
        groups: Vec::new(),
    };
    let shipping = BasketShipping { option_id: ShippingOptionId::new(), amount: Decimal::new(490, 2) };
    Basket { buyer, lines: (0..LINES).map(line).collect(), shipping: Some(shipping), customer_id: None, email: None }
}

/// All kinds: percentages and amounts on tags, buy X get Y, one for the order and one for shipping.
fn candidates() -> Vec<Candidate> {
    let items = |tag: i64, allocation| Target::Items {
        filter: ItemFilter { tags: vec![format!("tag-{tag}")], ..ItemFilter::default() },
        allocation,
        max_quantity: None,
    };
    let amount = |cents| Amount { amount: Decimal::new(cents, 2).into(), currency: "EUR".parse().expect("a currency") };
    let effect = |place: i64| match place % 5 {
        0 => Effect {
            target: items(place % 10, AllocationMethod::Each),
            discount: Discount::Percentage { percentage: Decimal::from(5 + place) },
        },
        1 => {
            Effect { target: items(place % 10, AllocationMethod::Across), discount: Discount::FixedAmount(amount(500)) }
        }
        2 => Effect {
            target: items(place % 10, AllocationMethod::Each),
            discount: Discount::BuyXGetY(Box::new(BuyGet {
                buy_quantity: 2,
                buy: ItemFilter::default(),
                get_quantity: 1,
                get: ItemFilter::default(),
                percentage: Decimal::ONE_HUNDRED.into(),
                max_repeats: Some(3),
            })),
        },
        3 => Effect {
            target: Target::Order { with_shipping: true },
            discount: Discount::Percentage { percentage: Decimal::TWO },
        },
        _ => {
            Effect { target: Target::Shipping { option_ids: Vec::new() }, discount: Discount::FixedAmount(amount(20)) }
        }
    };
    let candidate = |place: i64| Candidate {
        promotion_id: PromotionId::new(),
        campaign_id: None,
        budget: None,
        code: None,
        title: format!("Promotion {place}"),
        priority: i32::try_from(place).unwrap_or(0),
        exclusive: false,
        combines_with: DiscountClass::ALL.to_vec(),
        conditions: Conditions {
            min_subtotal: Some(amount(1_000)),
            min_quantity: Some(MinQuantity { quantity: 3, items: ItemFilter::default() }),
            ..Conditions::default()
        },
        effects: Effects(vec![effect(place)]),
    };
    (0..PROMOTIONS).map(candidate).collect()
}

/// Computes discounts, taxes and totals of the basket.
fn quote(basket: &Basket, candidates: &[Candidate]) -> Decimal {
    let Outcome { lines, shipping, .. } = apply(basket, candidates);
    let rates = [AppliedRate::new("VAT", "VAT", Decimal::new(19, 2))];
    let off = |allocations: &[Allocation]| -> Decimal { allocations.iter().map(|allocation| allocation.amount).sum() };
    let item =
        |unit_price, quantity, discount| Item { unit_price, quantity, includes_tax: true, rates: &rates, discount };
    let quote = Quote {
        currency: basket.buyer.currency,
        prices_include_tax: true,
        tax_rounding: TaxRounding::Line,
        shipping_tax: ShippingTax::Own,
        tax_exempt: false,
        lines: basket
            .lines
            .iter()
            .zip(&lines)
            .map(|(line, allocations)| item(line.unit_price, line.quantity, off(allocations)))
            .collect(),
        shipping: basket.shipping.map(|chosen| item(chosen.amount, 1, off(&shipping))),
    };
    totals(&quote).expect("totals").total.gross.amount
}

#[divan::bench]
fn without_promotions(bencher: divan::Bencher<'_, '_>) {
    let basket = basket();
    bencher.bench(|| quote(divan::black_box(&basket), &[]));
}

#[divan::bench]
fn under_20_promotions(bencher: divan::Bencher<'_, '_>) {
    let (basket, candidates) = (basket(), candidates());
    assert!(apply(&basket, &candidates).applied.len() >= 15, "most of them apply");
    bencher.bench(|| quote(divan::black_box(&basket), divan::black_box(&candidates)));
}
