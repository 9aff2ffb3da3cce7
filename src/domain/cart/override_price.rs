//! Price overrides by staff, with a reason and an audit record.

use rust_decimal::Decimal;

use super::model::{Cart, PriceOverride};
use super::{CartError, Carts, repo};
use crate::kernel::ids::{CartId, CartLineId, PriceOverrideId, StaffId};
use crate::kernel::text::Validator;

impl Carts {
    /// Overrides the unit price of a line in any cart, or restores the listed price. The override stays until it is
    /// removed, regardless of price lists and tiers; promotions apply to it.
    pub async fn override_price(
        &self,
        staff: StaffId,
        id: CartId,
        line_id: CartLineId,
        amount: Option<Decimal>,
        reason: String,
    ) -> Result<Cart, CartError> {
        let tx = self.db.begin().await?;
        let mut draft = self.lock_unchecked_in(&tx, id).await?.ensure_open()?;
        let currency = draft.cart.currency;
        let mut validator = Validator::new();
        validator.required("reason", &reason);
        validator.line("reason", &reason, 200);
        if let Some(amount) = amount {
            validator.price("amount", amount, currency);
        }
        validator.finish().map_err(CartError::Invalid)?;
        let line = draft.lines.iter_mut().find(|line| line.id == line_id);
        let line = line.ok_or(CartError::LineNotFound { path: "lineId".to_owned() })?;
        let before = line.unit_price;
        line.override_price = amount;
        line.override_reason = amount.map(|_| reason.clone());
        let variant_id = line.variant_id;
        let saved = self.save_in(&tx, draft).await?;
        let record = PriceOverride {
            id: PriceOverrideId::new(),
            cart_id: id,
            line_id,
            variant_id,
            staff_id: staff,
            currency,
            before,
            after: amount,
            reason,
            created_at: self.clock.now(),
        };
        repo::record_override(&tx, &record).await?;
        tx.commit().await?;
        tracing::info!(cart.id = %id, staff.id = %staff, "The price of a line was set by hand");
        Ok(self.request_taxes(saved).await?.cart)
    }
}
