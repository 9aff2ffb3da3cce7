use async_graphql::Context;
use cartwright_macros::mutations;

use super::objects::Cart;
use crate::graphql::context::RequestExt;
use crate::graphql::errors::Done;
use crate::kernel::ids::CartId;

#[mutations]
impl CartHoldMutation {
    /// Reserves the contents of a cart for 1 to 60 minutes, all of them or none, so that nobody else can buy them in
    /// the meantime. An earlier reservation is replaced; later changes to the cart are not reserved until this is
    /// called again.
    /// Codes: NOT_FOUND, INSUFFICIENT_STOCK, INVALID, CART_INCOMPLETE, CART_COMPLETED, and INVALID_STATE if the sales
    /// channel does not allow carts to reserve stock.
    #[returns(cart: Cart, "The cart, with the end of the reservation in `reservedUntil`.")]
    async fn cart_reserve(
        ctx: &Context<'_>,
        /// The id of the cart.
        cart_id: CartId,
        /// How long to reserve the contents, in minutes: 1 to 60.
        minutes: i32,
    ) -> Done<Cart> {
        Ok(ctx.writer().holds.reserve(ctx.actor(), cart_id, minutes).await?)
    }

    /// Releases the stock reserved for a cart. Codes: NOT_FOUND, CART_COMPLETED.
    #[returns(cart: Cart, "The cart.")]
    async fn cart_release(
        ctx: &Context<'_>,
        /// The id of the cart.
        cart_id: CartId,
    ) -> Done<Cart> {
        Ok(ctx.writer().holds.release(ctx.actor(), cart_id).await?)
    }
}
