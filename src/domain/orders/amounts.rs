//! What cancelled units were worth, and what is still to be paid. Pure.

use rust_decimal::Decimal;

use super::LineUnits;
use super::model::{Order, OrderLine};
use crate::domain::pricing::paid_for;
use crate::domain::tax::Taxed;
use crate::kernel::money::{Money, MoneyError};

impl OrderLine {
    /// What was to be paid for so many of the units that are not cancelled: their share of the line, discounts and tax
    /// included. Over all units the shares add up to the line (rule B14).
    pub fn worth(&self, order: &Order, units: i32) -> Result<Taxed, MoneyError> {
        paid_for(order.taxed(self.net, self.tax), self.quantity, self.cancelled_quantity, units)
    }

    /// What was to be paid for the units that are cancelled.
    pub fn cancelled(&self, order: &Order) -> Result<Taxed, MoneyError> {
        match self.cancelled_quantity {
            0 => Ok(Taxed::zero(order.currency)),
            units => paid_for(order.taxed(self.net, self.tax), self.quantity, 0, units),
        }
    }
}

impl Order {
    /// What need not be paid any more, because it was cancelled: all of a cancelled order, shipping included, else the
    /// cancelled units of its lines.
    pub fn total_cancelled(&self, lines: &[OrderLine]) -> Result<Taxed, MoneyError> {
        if self.cancelled_at.is_some() {
            return Ok(self.total());
        }
        lines.iter().try_fold(Taxed::zero(self.currency), |sum, line| sum.plus(line.cancelled(self)?))
    }

    /// What was to be paid, less what was cancelled.
    pub fn total_left(&self, lines: &[OrderLine]) -> Result<Money, MoneyError> {
        self.total().gross.minus(self.total_cancelled(lines)?.gross)
    }

    /// What is still to be paid when so much is covered: was received, or need not be paid any more. Never below zero.
    pub fn due(&self, lines: &[OrderLine], covered: Decimal) -> Result<Money, MoneyError> {
        let left = self.total_left(lines)?.minus(Money::new(covered, self.currency))?;
        Ok(above_zero(left))
    }

    /// What is covered above what is to be paid; never below zero.
    pub fn overpaid(&self, lines: &[OrderLine], covered: Decimal) -> Result<Money, MoneyError> {
        let over = Money::new(covered, self.currency).minus(self.total_left(lines)?)?;
        Ok(above_zero(over))
    }

    /// What units of these lines were worth before they are cancelled.
    pub fn worth(&self, lines: &[OrderLine], units: &[LineUnits]) -> Result<Taxed, MoneyError> {
        let of = |part: &LineUnits| lines.iter().find(|line| line.id == part.line_id).map(|line| (line, part.quantity));
        units
            .iter()
            .filter_map(of)
            .try_fold(Taxed::zero(self.currency), |sum, (line, quantity)| sum.plus(line.worth(self, quantity)?))
    }
}

fn above_zero(money: Money) -> Money {
    if money.amount.is_sign_negative() { Money::zero(money.currency).rounded() } else { money.rounded() }
}
