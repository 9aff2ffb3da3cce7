//! Discount codes entered by the shopper.

use super::model::Cart;
use super::{CartError, Carts};
use crate::domain::promotions::{DiscountCodeError, code_key};
use crate::kernel::actor::Actor;
use crate::kernel::error::{ErrorCode, UserError};
use crate::kernel::ids::CartId;
use crate::kernel::text::Validator;

/// The maximum number of codes per cart.
const MAX_CODES: usize = 10;

impl Carts {
    /// Adds codes, all or none: an unknown code is rejected. A code that does not apply yet is kept with its reason,
    /// because it may apply after the next change.
    pub async fn add_codes(&self, actor: &Actor, id: CartId, codes: &[String]) -> Result<Cart, CartError> {
        let mut validator = Validator::new();
        validator.count("codes", codes.len(), MAX_CODES);
        validator.finish().map_err(CartError::Invalid)?;
        let (tx, mut draft) = self.open(actor, id).await?;
        let mut validator = Validator::new();
        for (place, code) in codes.iter().enumerate() {
            let path = format!("codes.{place}");
            validator.required(&path, code);
            validator.line(&path, code, 100);
            draft.cart.add_code(code);
        }
        validator.count("codes", draft.cart.codes.len(), MAX_CODES);
        validator.finish().map_err(CartError::Invalid)?;
        let saved = self.save_in(&tx, draft).await?;
        let unknown = |(place, code): (usize, &String)| {
            let rejected = saved.cart.promotions.refusal(code)?;
            let gone = matches!(rejected.reason, DiscountCodeError::Unknown | DiscountCodeError::Inactive);
            gone.then(|| UserError::new(ErrorCode::NotFound, &rejected.message).at(&format!("codes.{place}")))
        };
        let problems: Vec<_> = codes.iter().enumerate().filter_map(unknown).collect();
        if !problems.is_empty() {
            return Err(CartError::Invalid(problems));
        }
        tx.commit().await?;
        Ok(self.request_taxes(saved).await?.cart)
    }

    /// Removes codes. Codes that were not entered are ignored.
    pub async fn remove_codes(&self, actor: &Actor, id: CartId, codes: &[String]) -> Result<Cart, CartError> {
        let (tx, mut draft) = self.open(actor, id).await?;
        draft.cart.codes.retain(|known| !codes.iter().any(|code| code_key(code) == code_key(known)));
        self.close(tx, draft).await
    }
}
