use async_graphql::Context;
use cartwright_macros::mutations;

use super::objects::Cart;
use crate::graphql::context::Requested;
use crate::graphql::errors::Done;
use crate::kernel::ids::CartId;

#[mutations]
impl CartHoldMutation {
    /// Keeps what is in a cart for 1 to 60 minutes, all of it or nothing, so that nobody else can buy it meanwhile. What
    /// was kept before is replaced; later changes of the cart are not kept until this is called again. Codes: NOT_FOUND,
    /// INSUFFICIENT_STOCK, INVALID, CART_INCOMPLETE, CART_COMPLETED, and INVALID_STATE when the sales channel keeps
    /// nothing for carts.
    #[returns(cart: Cart, "The cart: see `reservedUntil`.")]
    async fn cart_reserve(ctx: &Context<'_>, cart_id: CartId, minutes: i32) -> Done<Cart> {
        Ok(ctx.for_write().holds.keep(ctx.actor(), cart_id, minutes).await?)
    }

    /// Keeps nothing for a cart any more. Codes: NOT_FOUND, CART_COMPLETED.
    #[returns(cart: Cart, "The cart.")]
    async fn cart_release(ctx: &Context<'_>, cart_id: CartId) -> Done<Cart> {
        Ok(ctx.for_write().holds.let_go(ctx.actor(), cart_id).await?)
    }
}
