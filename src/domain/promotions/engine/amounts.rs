//! The amounts of a basket, its units, and how a discount is allocated to them.

use rust_decimal::Decimal;

use crate::domain::promotions::basket::Basket;
use crate::kernel::money::{Currency, Money, allocate};

/// The remaining amounts of the lines and the shipping, or their discounts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Amounts {
    pub(super) lines: Vec<Decimal>,
    pub(super) shipping: Decimal,
}

impl Amounts {
    pub(super) fn of(basket: &Basket) -> Self {
        let positive = |amount: Decimal| amount.max(Decimal::ZERO);
        Self {
            lines: basket.lines.iter().map(|line| positive(line.amount)).collect(),
            shipping: basket.shipping.map_or(Decimal::ZERO, |shipping| positive(shipping.amount)),
        }
    }

    pub(super) fn nothing(basket: &Basket) -> Self {
        Self { lines: vec![Decimal::ZERO; basket.lines.len()], shipping: Decimal::ZERO }
    }

    pub(super) fn subtotal(&self) -> Decimal {
        self.lines.iter().sum()
    }

    pub(super) fn total(&self) -> Decimal {
        self.subtotal() + self.shipping
    }

    /// Subtracts these, never below zero (rule B2).
    pub(super) fn lower(&mut self, cuts: &Self) {
        let lower = |left: &mut Decimal, cut: Decimal| *left -= cut.clamp(Decimal::ZERO, *left);
        self.lines.iter_mut().zip(&cuts.lines).for_each(|(left, cut)| lower(left, *cut));
        lower(&mut self.shipping, cuts.shipping);
    }
}

/// Units of a line, and their remaining amount.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pick {
    pub(super) line: usize,
    pub(super) units: i32,
    pub(super) left: Decimal,
}

impl Pick {
    /// Picks `units` of a line. Multiplies before it divides, because a unit's share may be a recurring decimal.
    pub(super) fn new(basket: &Basket, left: &Amounts, line: usize, units: i32) -> Self {
        let quantity = basket.lines[line].quantity;
        let whole = left.lines[line];
        let part = if units == quantity { whole } else { whole * Decimal::from(units) / Decimal::from(quantity) };
        Self { line, units, left: part }
    }
}

/// Picks the `wanted` cheapest units of these lines; ties go to the earlier line. `allowed` limits the units of a line.
pub(super) fn cheapest(
    basket: &Basket,
    left: &Amounts,
    lines: &[usize],
    mut wanted: i32,
    mut allowed: impl FnMut(usize, i32) -> i32,
) -> Vec<Pick> {
    let mut in_order: Vec<_> = lines.iter().copied().filter(|line| !left.lines[*line].is_zero()).collect();
    in_order.sort_by_key(|line| left.lines[*line] / Decimal::from(basket.lines[*line].quantity.max(1)));
    let mut picks = Vec::new();
    for line in in_order {
        let units = allowed(line, basket.lines[line].quantity.min(wanted));
        if units > 0 {
            wanted -= units;
            picks.push(Pick::new(basket, left, line, units));
        }
    }
    picks
}

pub(super) fn percent(of: Decimal, percentage: Decimal) -> Decimal {
    of * percentage / Decimal::ONE_HUNDRED
}

/// Allocates a discount to these units in proportion to their remaining amounts.
pub(super) fn share_over(basket: &Basket, picks: &[Pick], off: Decimal) -> Amounts {
    let weights: Vec<_> = picks.iter().map(|pick| pick.left).collect();
    let mut cuts = Amounts::nothing(basket);
    for (pick, part) in picks.iter().zip(share(off, basket.buyer.currency, &weights)) {
        cuts.lines[pick.line] = part;
    }
    cuts
}

/// Allocates an amount by largest remainder (rule B1). Returns zeros if the amounts are too large to compute.
pub(super) fn share(off: Decimal, currency: Currency, weights: &[Decimal]) -> Vec<Decimal> {
    let off = Money::new(currency.round(off), currency);
    match allocate(off, weights) {
        Ok(parts) => parts.into_iter().map(|part| part.amount).collect(),
        Err(_) => vec![Decimal::ZERO; weights.len()],
    }
}
