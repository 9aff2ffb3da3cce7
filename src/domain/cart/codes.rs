//! Codes that a shopper gives.

use super::model::Cart;
use super::{CartError, Carts};
use crate::domain::promotions::{CodeProblem, code_key};
use crate::kernel::actor::Actor;
use crate::kernel::error::{ErrorCode, Problem};
use crate::kernel::ids::CartId;
use crate::kernel::text::Checks;

/// The most codes of a cart.
const MOST_CODES: usize = 10;

impl Carts {
    /// Gives codes. One that the shop does not know is refused, and with it all of them; one that does not apply now is
    /// kept with its reason, because it may apply after the next change.
    pub async fn add_codes(&self, actor: &Actor, id: CartId, codes: &[String]) -> Result<Cart, CartError> {
        let mut checks = Checks::new();
        checks.count("codes", codes.len(), MOST_CODES);
        checks.finish().map_err(CartError::Invalid)?;
        let (tx, mut draft) = self.open(actor, id).await?;
        let mut checks = Checks::new();
        for (place, code) in codes.iter().enumerate() {
            let path = format!("codes.{place}");
            checks.required(&path, code);
            checks.line(&path, code, 100);
            draft.cart.add_code(code);
        }
        checks.count("codes", draft.cart.codes.len(), MOST_CODES);
        checks.finish().map_err(CartError::Invalid)?;
        let saved = self.save_in(&tx, draft).await?;
        let unknown = |(place, code): (usize, &String)| {
            let rejected = saved.cart.promotions.refusal(code)?;
            let gone = matches!(rejected.reason, CodeProblem::Unknown | CodeProblem::Inactive);
            gone.then(|| Problem::new(ErrorCode::NotFound, &rejected.message).at(&format!("codes.{place}")))
        };
        let problems: Vec<_> = codes.iter().enumerate().filter_map(unknown).collect();
        if !problems.is_empty() {
            return Err(CartError::Invalid(problems));
        }
        tx.commit().await?;
        Ok(self.ask_for_taxes(saved).await?.cart)
    }

    /// Takes codes back. One that was not given is no matter.
    pub async fn remove_codes(&self, actor: &Actor, id: CartId, codes: &[String]) -> Result<Cart, CartError> {
        let (tx, mut draft) = self.open(actor, id).await?;
        draft.cart.codes.retain(|known| !codes.iter().any(|code| code_key(code) == code_key(known)));
        self.close(tx, draft).await
    }
}
