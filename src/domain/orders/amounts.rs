//! The value of canceled units, and the amount due. Pure.

use rust_decimal::Decimal;

use super::LineUnits;
use super::model::{Order, OrderLine};
use crate::domain::pricing::paid_share;
use crate::domain::tax::Taxed;
use crate::kernel::money::{Money, MoneyError};

impl OrderLine {
    /// The price of this many units that are not canceled: their share of the line, including discounts and tax. Over
    /// all units, the shares add up to the line (rule B14).
    pub fn worth(&self, order: &Order, units: i32) -> Result<Taxed, MoneyError> {
        paid_share(order.taxed(self.net, self.tax), self.quantity, self.canceled_quantity, units)
    }

    /// The price of the canceled units.
    pub fn canceled(&self, order: &Order) -> Result<Taxed, MoneyError> {
        match self.canceled_quantity {
            0 => Ok(Taxed::zero(order.currency)),
            units => paid_share(order.taxed(self.net, self.tax), self.quantity, 0, units),
        }
    }
}

impl Order {
    /// The amount that no longer needs to be paid because it was canceled: the whole total of a canceled order
    /// including shipping, otherwise the price of the canceled units.
    pub fn total_canceled(&self, lines: &[OrderLine]) -> Result<Taxed, MoneyError> {
        if self.canceled_at.is_some() {
            return Ok(self.total());
        }
        lines.iter().try_fold(Taxed::zero(self.currency), |sum, line| sum.plus(line.canceled(self)?))
    }

    /// The total less what was canceled.
    pub fn total_remaining(&self, lines: &[OrderLine]) -> Result<Money, MoneyError> {
        self.total().gross.minus(self.total_canceled(lines)?.gross)
    }

    /// The amount due after `covered`: the amounts that were received or no longer need to be paid. Never below zero.
    pub fn due(&self, lines: &[OrderLine], covered: Decimal) -> Result<Money, MoneyError> {
        let left = self.total_remaining(lines)?.minus(Money::new(covered, self.currency))?;
        Ok(clamp_at_zero(left))
    }

    /// The amount covered beyond the total; never below zero.
    pub fn overpaid(&self, lines: &[OrderLine], covered: Decimal) -> Result<Money, MoneyError> {
        let over = Money::new(covered, self.currency).minus(self.total_remaining(lines)?)?;
        Ok(clamp_at_zero(over))
    }

    /// The price of units of these lines, before they are canceled.
    pub fn worth(&self, lines: &[OrderLine], units: &[LineUnits]) -> Result<Taxed, MoneyError> {
        let of = |part: &LineUnits| lines.iter().find(|line| line.id == part.line_id).map(|line| (line, part.quantity));
        units
            .iter()
            .filter_map(of)
            .try_fold(Taxed::zero(self.currency), |sum, (line, quantity)| sum.plus(line.worth(self, quantity)?))
    }
}

fn clamp_at_zero(money: Money) -> Money {
    if money.amount.is_sign_negative() { Money::zero(money.currency).rounded() } else { money.rounded() }
}
