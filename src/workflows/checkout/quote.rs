//! Requotes a cart before it is completed.

use super::{Checkout, CheckoutError, Initiator, ready};
use crate::db::Tx;
use crate::domain::cart::CartDraft;

impl Checkout {
    /// Requotes the cart. A change that the shopper has not accepted is saved to the cart and reported.
    pub(super) async fn quote(
        &self,
        mut tx: Tx,
        initiator: Initiator<'_>,
        seen: CartDraft,
        accept: bool,
    ) -> Result<(Tx, CartDraft), CheckoutError> {
        let mut draft = seen.clone();
        self.carts.requote_in(&tx, &mut draft).await?;
        if draft.same(&seen) {
            return Ok((tx, draft));
        }
        let mut draft = self.carts.save_in(&tx, draft).await?;
        if draft.needs_taxes() {
            // The provider is called without a lock, and the cart is requoted with its answer.
            tx.commit().await?;
            let cart = self.carts.request_taxes(draft).await?.cart.id;
            tx = self.db.begin().await?;
            let answered = self.lock(&tx, initiator, cart).await?.ensure_open()?;
            draft = self.carts.save_in(&tx, answered).await?;
        }
        let (before, now) = (seen.cart.totals(&seen.lines)?, draft.cart.totals(&draft.lines)?);
        if accept || before == now {
            return Ok((tx, draft));
        }
        let (before, now) = (before.total.gross.amount, now.total.gross.amount);
        tx.commit().await?;
        ready(&draft)?;
        Err(CheckoutError::PriceChanged { before, now })
    }
}
