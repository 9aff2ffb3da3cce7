//! Shared by the totals of carts and orders: taxes, discounts and explanations.

use async_graphql::InputObject;
use graphql_plan::object;

use super::scalars::{Decimal, Money};
use crate::domain::pricing::{self, TaxRow};
use crate::domain::promotions::{Allocations, AppliedPromotion};
use crate::domain::tax::AppliedRate;
use crate::kernel::ids::PromotionId;
use crate::kernel::money::{self, Currency};

object! {
    /// A tax on a line, on shipping, or on everything together.
    pub TaxLine for TaxRow {
        /// Name, such as `VAT`.
        name: field(|row| &row.rate.name);
        /// Code, for accounting.
        code: field(|row| &row.rate.code);
        /// The rate as a fraction: `"0.19"` is 19%.
        rate: value(|row| Decimal(row.rate.rate.normalize()));
        /// Whether it also applies to the taxes before it (compound tax).
        compound: field(|row| &row.rate.compound);
        /// The taxable amount, without tax.
        net: embed(Money, |row| row.net);
        /// The tax amount.
        amount: embed(Money, |row| row.tax);
    }
}

/// The taxes of one line, for [`TaxLine`].
pub(super) fn taxes_of(rates: &[AppliedRate], net: money::Money) -> Vec<TaxRow> {
    let row = |rate: &AppliedRate| TaxRow {
        rate: rate.clone(),
        net,
        tax: money::Money::new(rate.amount.unwrap_or_default(), net.currency),
    };
    rates.iter().map(row).collect()
}

/// The discount of a promotion.
#[derive(Clone, Debug)]
pub struct Discounted {
    promotion_id: PromotionId,
    title: String,
    code: Option<String>,
    amount: money::Money,
}

object! {
    /// The discount of a promotion on a line, on shipping, or on everything together.
    pub DiscountAllocation for Discounted {
        /// The id of the promotion.
        promotion_id;
        /// The title of the promotion, for shoppers.
        title;
        /// The discount code; null if the promotion applies automatically.
        code;
        /// The amount, with or without tax as prices are shown.
        amount: embed(Money, |discounted| discounted.amount);
    }
}

/// The discounts of one line, for [`DiscountAllocation`].
pub(super) fn discounts_of(discounts: &Allocations, currency: Currency) -> Vec<Discounted> {
    let row = |discount: &crate::domain::promotions::Allocation| Discounted {
        promotion_id: discount.promotion_id,
        title: discount.title.clone(),
        code: discount.code.clone(),
        amount: money::Money::new(discount.amount, currency),
    };
    discounts.0.iter().map(row).collect()
}

/// The promotions' discounts on everything together, for [`DiscountAllocation`].
pub(super) fn discounts_of_all(applied: &[AppliedPromotion], currency: Currency) -> Vec<Discounted> {
    let row = |applied: &AppliedPromotion| Discounted {
        promotion_id: applied.promotion_id,
        title: applied.title.clone(),
        code: applied.code.clone(),
        amount: money::Money::new(applied.amount, currency),
    };
    applied.iter().map(row).collect()
}

/// An explanation, with the currency of its amounts.
pub type ExplanationIn = (pricing::Explanation, Currency);

object! {
    /// How a total was calculated, short enough to read out on the telephone.
    pub Explanation for ExplanationIn {
        /// The path of the total, relative to the cart or order: `lines.0.total`, `shipping.total`, `subtotal`,
        /// `discountTotal`, `taxTotal`, `total`.
        path: field(|(told, _)| &told.path);
        /// The total; with tax if it has any.
        amount: embed(Money, |(told, currency)| money::Money::new(told.amount, *currency));
        /// The values it was calculated from: the unit price, the price list, the tax rates.
        inputs: embed(ExplanationInput, |(told, _)| told.inputs.clone());
        /// How it was calculated.
        rule: field(|(told, _)| &told.rule);
        /// Where and how it was rounded.
        rounding: field(|(told, _)| &told.rounding);
        /// The parts of the total. Those that are not `included` in others add up to the amount.
        parts: embed(ExplanationPart, |(told, currency)| {
            told.parts.iter().map(|part| (part.clone(), *currency)).collect::<Vec<_>>()
        });
    }
}

object! {
    /// A value that a total was calculated from.
    pub ExplanationInput for (String, String) {
        /// The name of the value, such as `unit price`.
        name: field(|(name, _)| name);
        /// The human-readable value.
        value: field(|(_, value)| value);
    }
}

object! {
    /// A part of a total.
    pub ExplanationPart for (pricing::Part, Currency) {
        /// The label, such as `2 × 14.50` or the title of a promotion.
        label: field(|(part, _)| &part.label);
        /// The amount; negative for a discount.
        amount: embed(Money, |(part, currency)| money::Money::new(part.amount, *currency));
        /// Whether it is already contained in the previous parts, as tax is in a price that includes tax.
        included: field(|(part, _)| &part.included);
    }
}

/// The arguments of `explain`.
#[derive(InputObject)]
pub struct ExplainArgs {
    /// The path of a total, such as `total` or `lines.0`: returns only that total and those below it.
    pub(super) path: Option<String>,
}

/// All explanations, or only that of the total at `path` and those below it, for [`Explanation`].
pub(super) fn explanations(
    told: Vec<pricing::Explanation>,
    path: Option<&str>,
    currency: Currency,
) -> Vec<ExplanationIn> {
    let wanted = |one: &pricing::Explanation| {
        path.is_none_or(|path| one.path.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with('.')))
    };
    told.into_iter().filter(wanted).map(|one| (one, currency)).collect()
}
