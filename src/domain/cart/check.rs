//! What prevents a cart from being completed. Pure.

use std::borrow::Borrow;

use super::model::{Cart, CartLine};
use crate::kernel::error::{ErrorCode, UserError};

impl Cart {
    /// Everything that prevents this cart from being completed, with paths relative to the cart. Stock and payment are
    /// checked when it is completed.
    pub fn problems<L: Borrow<CartLine>>(&self, lines: &[L]) -> Vec<UserError> {
        let lines: Vec<&CartLine> = lines.iter().map(Borrow::borrow).collect();
        let mut problems = Vec::new();
        let mut lacks = |path: &str, message: &str| {
            problems.push(UserError::new(ErrorCode::CartIncomplete, message).at(path));
        };
        if lines.is_empty() {
            lacks("lines", "Add a line: the cart is empty.");
        }
        if self.email.is_none() {
            lacks("email", "Set an email address.");
        }
        if lines.iter().any(|line| line.requires_shipping) {
            if self.shipping_address.is_none() {
                lacks("shippingAddress", "Set a shipping address.");
            }
            if self.shipping_option_id.is_none() {
                lacks("shippingOption", "Select a shipping option.");
            }
        }
        for (place, line) in lines.iter().enumerate().filter(|(_, line)| line.unit_price.is_none()) {
            let message = "This can no longer be bought here: remove it from the cart.";
            let problem = UserError::new(ErrorCode::NotPurchasable, message).at(&format!("lines.{place}"));
            problems.push(problem.with(serde_json::json!({ "lineId": line.id })));
        }
        problems
    }
}
