//! The discount rules (A5 to A17, B1 to B15) as tables, and invariants for random baskets.

mod random;
mod rules;
mod stacking;

use rust_decimal::Decimal;
use uuid::Uuid;

use super::{Candidate, TypedCode, apply};
use crate::domain::promotions::basket::{Basket, BasketLine, BasketShipping};
use crate::domain::promotions::discounts::Outcome;
use crate::domain::promotions::model::DiscountCodeError;
use crate::domain::promotions::rules::{
    AllocationMethod, Amount, Conditions, Discount, DiscountClass, Effect, Effects, ItemFilter, Target,
};
use crate::kernel::buyer::Buyer;
use crate::kernel::ids::{ProductId, PromotionCodeId, PromotionId, RegionId, ShippingOptionId, VariantId};

fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn decimals(texts: &[&str]) -> Vec<Decimal> {
    texts.iter().map(|text| decimal(text)).collect()
}

/// A basket of lines with these prices and quantities. The product of line 0 has the tag `0`, and so on.
fn basket(currency: &str, lines: &[(&str, i32)]) -> Basket {
    let line = |(place, (price, quantity)): (usize, &(&str, i32))| BasketLine {
        variant_id: VariantId::new(),
        product_id: ProductId::new(),
        quantity: *quantity,
        unit_price: decimal(price),
        amount: decimal(price) * Decimal::from(*quantity),
        category_path: Vec::new(),
        collection_ids: Vec::new(),
        tags: vec![place.to_string()],
        product_type: String::new(),
        vendor: String::new(),
    };
    Basket {
        buyer: Buyer {
            region_id: RegionId::new(),
            currency: currency.parse().unwrap(),
            prices_include_tax: false,
            tax_rate: Decimal::ZERO,
            country: None,
            channel_id: None,
            groups: Vec::new(),
        },
        lines: lines.iter().enumerate().map(line).collect(),
        shipping: None,
        customer_id: None,
        email: None,
    }
}

fn shipped(mut basket: Basket, amount: &str) -> Basket {
    basket.shipping = Some(BasketShipping { option_id: ShippingOptionId::new(), amount: decimal(amount) });
    basket
}

const fn order() -> Target {
    Target::Order { with_shipping: false }
}

const fn shipping() -> Target {
    Target::Shipping { option_ids: Vec::new() }
}

fn items(allocation: AllocationMethod, max_quantity: Option<i32>) -> Target {
    Target::Items { filter: ItemFilter::default(), allocation, max_quantity }
}

fn each() -> Target {
    items(AllocationMethod::Each, None)
}

/// Only the line at this index.
fn line(place: usize) -> Target {
    Target::Items { filter: tagged(place), allocation: AllocationMethod::Each, max_quantity: None }
}

fn tagged(place: usize) -> ItemFilter {
    ItemFilter { tags: vec![place.to_string()], ..ItemFilter::default() }
}

fn percent(percentage: &str) -> Discount {
    Discount::Percentage { percentage: decimal(percentage) }
}

fn amount(amount: &str, currency: &str) -> Amount {
    Amount { amount: decimal(amount).into(), currency: currency.parse().unwrap() }
}

fn off(text: &str, currency: &str) -> Discount {
    Discount::FixedAmount(amount(text, currency))
}

/// A promotion that can be combined with any other. Promotions are applied in the order of creation.
fn promotion(target: Target, discount: Discount) -> Candidate {
    Candidate {
        promotion_id: PromotionId(Uuid::now_v7()),
        campaign_id: None,
        budget: None,
        code: None,
        title: "Summer".to_owned(),
        priority: 0,
        exclusive: false,
        combines_with: DiscountClass::ALL.to_vec(),
        conditions: Conditions::default(),
        effects: Effects(vec![Effect { target, discount }]),
    }
}

fn coded(candidate: Candidate, code: &str) -> Candidate {
    Candidate { code: Some(TypedCode { id: PromotionCodeId::new(), code: code.to_owned() }), ..candidate }
}

/// The discount of each line.
fn cuts(outcome: &Outcome) -> Vec<Decimal> {
    outcome.lines.iter().map(|line| line.iter().map(|part| part.amount).sum()).collect()
}

fn shipping_cut(outcome: &Outcome) -> Decimal {
    outcome.shipping.iter().map(|part| part.amount).sum()
}

/// The remaining amount of each line.
fn left(basket: &Basket, outcome: &Outcome) -> Vec<Decimal> {
    basket.lines.iter().zip(cuts(outcome)).map(|(line, cut)| line.amount - cut).collect()
}

/// The reason why the only code does not apply.
fn reason(basket: &Basket, candidate: Candidate) -> DiscountCodeError {
    let outcome = apply(basket, &[coded(candidate, "CODE")]);
    assert_eq!((outcome.applied.len(), outcome.rejected.len()), (0, 1), "{outcome:?}");
    assert!(cuts(&outcome).iter().all(Decimal::is_zero) && shipping_cut(&outcome).is_zero());
    outcome.rejected[0].reason
}
