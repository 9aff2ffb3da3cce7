//! What carts and orders tell of their totals alike: taxes, discounts and where an amount comes from.

use async_graphql::SimpleObject;

use super::scalars::{Decimal, Money};
use crate::domain::pricing;
use crate::domain::promotions::{Allocations, Applied};
use crate::domain::tax::AppliedRate;
use crate::kernel::ids::PromotionId;
use crate::kernel::money::{self, Currency};

/// A tax on a line, on shipping, or on everything together.
#[derive(SimpleObject)]
pub struct TaxLine {
    /// Name, such as `VAT`.
    name: String,
    /// Code, for bookkeeping.
    code: String,
    /// The rate as a fraction: `"0.19"` is 19 %.
    rate: Decimal,
    /// Whether it is levied on the taxes before it too.
    compound: bool,
    /// What it was levied on, without tax.
    net: Money,
    /// The tax.
    amount: Money,
}

impl TaxLine {
    /// The taxes of one line.
    pub fn of(rates: &[AppliedRate], net: money::Money) -> Vec<Self> {
        let line =
            |rate: &AppliedRate| Self::new(rate, net, money::Money::new(rate.amount.unwrap_or_default(), net.currency));
        rates.iter().map(line).collect()
    }

    /// A rate, what it was levied on, and what it came to.
    pub fn new(rate: &AppliedRate, net: money::Money, tax: money::Money) -> Self {
        let AppliedRate { name, code, rate, compound, .. } = rate.clone();
        Self { name, code, rate: Decimal(rate.normalize()), compound, net: net.into(), amount: tax.into() }
    }
}

impl From<pricing::TaxRow> for TaxLine {
    fn from(row: pricing::TaxRow) -> Self {
        Self::new(&row.rate, row.net, row.tax)
    }
}

/// What a promotion takes off a line, off shipping, or off everything together.
#[derive(SimpleObject)]
pub struct DiscountAllocation {
    /// The promotion.
    promotion_id: PromotionId,
    /// Its title, for shoppers.
    title: String,
    /// The code that was given for it; null when it applies by itself.
    code: Option<String>,
    /// How much, with or without tax as prices are shown.
    amount: Money,
}

impl DiscountAllocation {
    /// The discounts of one line.
    pub fn of(discounts: &Allocations, currency: Currency) -> Vec<Self> {
        let allocation = |discount: &crate::domain::promotions::Allocation| Self {
            promotion_id: discount.promotion_id,
            title: discount.title.clone(),
            code: discount.code.clone(),
            amount: money::Money::new(discount.amount, currency).into(),
        };
        discounts.0.iter().map(allocation).collect()
    }

    /// What promotions take off everything together.
    pub fn of_all(applied: &[Applied], currency: Currency) -> Vec<Self> {
        let allocation = |applied: &Applied| Self {
            promotion_id: applied.promotion_id,
            title: applied.title.clone(),
            code: applied.code.clone(),
            amount: money::Money::new(applied.amount, currency).into(),
        };
        applied.iter().map(allocation).collect()
    }
}

/// How one total came to be, short enough to read out on the telephone.
#[derive(SimpleObject)]
pub struct Explanation {
    /// Which total, below the cart or order: `lines.0.total`, `shipping.total`, `subtotal`, `discountTotal`, `taxTotal`,
    /// `total`.
    path: String,
    /// What it comes to; with tax where it has one.
    amount: Money,
    /// What went into it: the unit price, the price list, the rates of tax.
    inputs: Vec<ExplanationInput>,
    /// What was done with that.
    rule: String,
    /// Where and how it was rounded.
    rounding: String,
    /// What it is made of. The parts that are not `included` in others add up to the amount.
    parts: Vec<ExplanationPart>,
}

/// A fact that went into a total.
#[derive(SimpleObject)]
pub struct ExplanationInput {
    /// What it is, such as `unit price`.
    name: String,
    /// Its value, for people.
    value: String,
}

/// A part of a total.
#[derive(SimpleObject)]
pub struct ExplanationPart {
    /// What it is, such as `2 × 14.50` or the title of a promotion.
    label: String,
    /// How much; below zero for what is taken off.
    amount: Money,
    /// Whether the parts before contain it already, as a price contains its tax.
    included: bool,
}

impl Explanation {
    /// All of them, or those of one total and what lies below it.
    pub fn all(told: Vec<pricing::Explanation>, path: Option<&str>, currency: Currency) -> Vec<Self> {
        let wanted = |one: &pricing::Explanation| {
            path.is_none_or(|path| {
                one.path.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
            })
        };
        told.into_iter().filter(wanted).map(|one| Self::new(one, currency)).collect()
    }

    fn new(one: pricing::Explanation, currency: Currency) -> Self {
        let money = |amount| Money::from(money::Money::new(amount, currency));
        let part = |part: pricing::Part| ExplanationPart {
            label: part.label,
            amount: money(part.amount),
            included: part.included,
        };
        Self {
            path: one.path,
            amount: money(one.amount),
            inputs: one.inputs.into_iter().map(|(name, value)| ExplanationInput { name, value }).collect(),
            rule: one.rule,
            rounding: one.rounding,
            parts: one.parts.into_iter().map(part).collect(),
        }
    }
}
