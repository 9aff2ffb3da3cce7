use async_graphql::{Context, Object};

use super::objects::Cart;
use crate::graphql::context::Requested;
use crate::graphql::errors::{Result, payloads};
use crate::kernel::ids::CartId;

payloads! {
    CartReservePayload {
        /// The cart: see `reservedUntil`.
        cart: Cart
    }
    CartReleasePayload {
        /// The cart.
        cart: Cart
    }
}

#[derive(Default)]
pub struct CartHoldMutation;

#[Object]
impl CartHoldMutation {
    /// Keeps what is in a cart for 1 to 60 minutes, all of it or nothing, so that nobody else can buy it meanwhile. What
    /// was kept before is replaced; later changes of the cart are not kept until this is called again. Codes: NOT_FOUND,
    /// INSUFFICIENT_STOCK, INVALID, CART_INCOMPLETE, CART_COMPLETED, and INVALID_STATE when the sales channel keeps
    /// nothing for carts.
    async fn cart_reserve(&self, ctx: &Context<'_>, cart_id: CartId, minutes: i32) -> Result<CartReservePayload> {
        let outcome = ctx.for_write().holds.keep(ctx.actor(), cart_id, minutes).await;
        CartReservePayload::of(outcome, |row| CartReservePayload { cart: Some(Cart(row)), ..Default::default() })
    }

    /// Keeps nothing for a cart any more. Codes: NOT_FOUND, CART_COMPLETED.
    async fn cart_release(&self, ctx: &Context<'_>, cart_id: CartId) -> Result<CartReleasePayload> {
        let outcome = ctx.for_write().holds.let_go(ctx.actor(), cart_id).await;
        CartReleasePayload::of(outcome, |row| CartReleasePayload { cart: Some(Cart(row)), ..Default::default() })
    }
}
