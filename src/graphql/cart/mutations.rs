use async_graphql::Context;
use cartwright_macros::mutations;
use graphql_plan::object;

use super::inputs::{CartCreateInput, CartLineInput, CartLineUpdateInput, CartUpdateInput};
use super::objects::Cart;
use crate::domain::cart::{AddLine, CartChanges, CartError, CartMergeStrategy, NewCart, UpdateLine};
use crate::domain::payments;
use crate::graphql::account::AddressInput;
use crate::graphql::context::Requested;
use crate::graphql::errors::{Done, Outcome, Refusal, Result, UserError};
use crate::graphql::orders::Order;
use crate::graphql::payments::PaymentSession;
use crate::graphql::scalars::Decimal;
use crate::kernel::ids::{CartId, CartLineId, ShippingOptionId};
use crate::workflows::checkout::{Completed, Completion};

object! {
    /// The result of `cartComplete`.
    pub CartCompletePayload for Outcome<Completion> {
        /// How far it came; null when it was refused.
        status: value(|outcome| outcome.done().map(Completion::status));
        /// The order that the cart became.
        order: embed(Order, |outcome| placed(outcome).map(|placed| placed.order.clone()));
        /// Shows the order to whoever placed it, without an account: `order(id, guestToken)`. The same every time, as long as
        /// the order keeps its e-mail address.
        guest_token: value(|outcome| placed(outcome).map(|placed| placed.guest_token.clone()));
        /// The payment session that the cart waits for, with what the shopper has to do.
        payment_session: embed(PaymentSession, |outcome| session(outcome).cloned());
        /// Why the mutation was refused; empty when it succeeded.
        user_errors: embed(UserError, |outcome| outcome.user_errors.clone());
    }
}

fn placed(outcome: &Outcome<Completion>) -> Option<&Completed> {
    match outcome.done()? {
        Completion::Placed(placed) => Some(placed),
        Completion::ActionRequired(_) | Completion::Processing(_) => None,
    }
}

fn session(outcome: &Outcome<Completion>) -> Option<&payments::PaymentSession> {
    match outcome.done()? {
        Completion::Placed(_) => None,
        Completion::ActionRequired(session) => Some(session),
        Completion::Processing(session) => session.as_deref(),
    }
}

#[mutations]
impl CartMutation {
    /// Makes a cart: a customer's own, or a guest's. Codes: NOT_FOUND, NOT_PURCHASABLE, INSUFFICIENT_STOCK,
    /// INVALID_QUANTITY, INVALID_EMAIL.
    #[returns(cart: Cart, "The cart after the change.")]
    async fn cart_create(ctx: &Context<'_>, #[default] input: CartCreateInput) -> Done<Cart> {
        let channel = ctx.channel().await?;
        let market = ctx.reads().market().await?.map(|region| region.id);
        let region = input.region_id.or(market);
        let Some(region_id) = region else {
            return Err(CartError::NotServed.into());
        };
        let lines = input.lines.into_iter().map(AddLine::from).collect();
        let country = ctx.country().filter(|_| market == Some(region_id));
        let new = NewCart { channel_id: channel.id, region_id, country, email: input.email, lines };
        Ok(ctx.for_write().carts.create(ctx.actor(), new).await?)
    }

    /// Puts units into a cart, all of them or none. The same variant with the same properties goes onto the line that is
    /// there. Codes: NOT_FOUND, NOT_PURCHASABLE, INSUFFICIENT_STOCK, INVALID_QUANTITY, CART_COMPLETED.
    #[returns(cart: Cart, "The cart after the change.")]
    async fn cart_lines_add(ctx: &Context<'_>, cart_id: CartId, lines: Vec<CartLineInput>) -> Done<Cart> {
        let lines = lines.into_iter().map(AddLine::from).collect();
        Ok(ctx.for_write().carts.add_lines(ctx.actor(), cart_id, lines).await?)
    }

    /// Changes quantities, all of them or none; 0 takes a line out.
    /// Codes: NOT_FOUND, INSUFFICIENT_STOCK, INVALID_QUANTITY, CART_COMPLETED.
    #[returns(cart: Cart, "The cart after the change.")]
    async fn cart_lines_update(ctx: &Context<'_>, cart_id: CartId, lines: Vec<CartLineUpdateInput>) -> Done<Cart> {
        let lines: Vec<_> = lines.into_iter().map(UpdateLine::from).collect();
        Ok(ctx.for_write().carts.update_lines(ctx.actor(), cart_id, &lines).await?)
    }

    /// Takes lines out, all of them or none. Codes: NOT_FOUND, CART_COMPLETED.
    #[returns(cart: Cart, "The cart after the change.")]
    async fn cart_lines_remove(ctx: &Context<'_>, cart_id: CartId, line_ids: Vec<CartLineId>) -> Done<Cart> {
        Ok(ctx.for_write().carts.remove_lines(ctx.actor(), cart_id, &line_ids).await?)
    }

    /// Changes e-mail address, note or region. Codes: NOT_FOUND, INVALID_EMAIL, CART_COMPLETED.
    #[returns(cart: Cart, "The cart after the change.")]
    async fn cart_update(ctx: &Context<'_>, cart_id: CartId, input: CartUpdateInput) -> Done<Cart> {
        let CartUpdateInput { email, note, region_id } = input;
        let changes = CartChanges { email, note, region_id };
        Ok(ctx.for_write().carts.update(ctx.actor(), cart_id, changes).await?)
    }

    /// Sets the addresses that are given. The shipping address is in a country of the cart's region.
    /// Codes: REQUIRED, TOO_LONG, INVALID_TEXT, COUNTRY_NOT_SERVED, CART_COMPLETED.
    #[returns(cart: Cart, "The cart after the change.")]
    async fn cart_addresses_set(
        ctx: &Context<'_>,
        cart_id: CartId,
        shipping: Option<AddressInput>,
        billing: Option<AddressInput>,
    ) -> Done<Cart> {
        let (shipping, billing) = (shipping.map(Into::into), billing.map(Into::into));
        Ok(ctx.for_write().carts.set_addresses(ctx.actor(), cart_id, shipping, billing).await?)
    }

    /// Chooses a way of shipping. Codes: SHIPPING_UNAVAILABLE, CART_COMPLETED.
    #[returns(cart: Cart, "The cart after the change.")]
    async fn cart_shipping_select(
        ctx: &Context<'_>,
        cart_id: CartId,
        shipping_option_id: ShippingOptionId,
    ) -> Done<Cart> {
        Ok(ctx.for_write().carts.select_shipping(ctx.actor(), cart_id, shipping_option_id).await?)
    }

    /// Makes a guest's cart the own one of the customer who is logged in.
    /// Codes: NOT_FOUND for another customer's cart, CART_COMPLETED.
    #[returns(cart: Cart, "The cart after the change.")]
    async fn cart_customer_attach(ctx: &Context<'_>, cart_id: CartId) -> Done<Cart> {
        Ok(ctx.for_write().carts.attach_customer(ctx.actor(), cart_id).await?)
    }

    /// Puts what is in the cart `from` into the cart `into`, such as a guest's into the own one after logging in, and throws
    /// `from` away with its payment session and the units kept for it. No line is lost: what cannot be bought any more, or
    /// not in this number, is told by `problems` and when the cart is completed. The lines of `into` come first; of what is
    /// in both, the strategy says how many there are. Codes are those of both; address, e-mail address, note and shipping
    /// are taken over where `into` has none. A price that staff set in `from` is not. Both carts are the caller's own, or a
    /// guest's; asking again is NOT_FOUND, because `from` is gone.
    /// Codes: NOT_FOUND, INVALID for one cart with itself, INVALID_QUANTITY, TOO_LONG, CART_COMPLETED, CART_COMPLETING.
    #[returns(cart: Cart, "The cart that has everything now.")]
    async fn cart_merge(
        ctx: &Context<'_>,
        from: CartId,
        into: CartId,
        #[default(CartMergeStrategy::Max)] strategy: CartMergeStrategy,
    ) -> Done<Cart> {
        Ok(ctx.for_write().checkout.merge_carts(ctx.actor(), from, into, strategy).await?)
    }

    /// Gives codes of promotions, all of them or none. One that does not apply now is kept with its reason, because it
    /// may apply after the next change. Codes: NOT_FOUND for one that is not known, TOO_LONG, CART_COMPLETED.
    #[returns(cart: Cart, "The cart after the change. See `codes` for those that do not apply now.")]
    async fn cart_codes_add(ctx: &Context<'_>, cart_id: CartId, codes: Vec<String>) -> Done<Cart> {
        Ok(ctx.for_write().carts.add_codes(ctx.actor(), cart_id, &codes).await?)
    }

    /// Takes codes back. Codes: NOT_FOUND, CART_COMPLETED.
    #[returns(cart: Cart, "The cart after the change.")]
    async fn cart_codes_remove(ctx: &Context<'_>, cart_id: CartId, codes: Vec<String>) -> Done<Cart> {
        Ok(ctx.for_write().carts.remove_codes(ctx.actor(), cart_id, &codes).await?)
    }

    /// Sets the price of one unit of a line in anybody's cart, in the cart's currency, or with null gives the line back to
    /// its listed price. A shopper who takes more units, or changes the region, gets the listed price again. Who did it
    /// and why is kept. Codes: NOT_FOUND, REQUIRED, INVALID_AMOUNT, CART_COMPLETED.
    #[staff(PRICING)]
    #[returns(cart: Cart, "The cart after the change.")]
    async fn cart_line_price_set(
        ctx: &Context<'_>,
        cart_id: CartId,
        line_id: CartLineId,
        amount: Option<Decimal>,
        reason: String,
    ) -> Done<Cart> {
        let staff = ctx.staff_id()?;
        let amount = amount.map(|amount| amount.0);
        Ok(ctx.for_write().carts.override_price(staff, cart_id, line_id, amount, reason).await?)
    }

    /// Quotes a cart anew: prices, rates and shipping of this moment. Codes: NOT_FOUND, CART_COMPLETED.
    #[returns(cart: Cart, "The cart after the change.")]
    async fn cart_refresh(ctx: &Context<'_>, cart_id: CartId) -> Done<Cart> {
        Ok(ctx.for_write().carts.refresh(ctx.actor(), cart_id).await?)
    }

    /// Throws a cart away. Codes: NOT_FOUND, CART_COMPLETED.
    #[returns(deleted_id: value CartId, "The cart that is gone.")]
    async fn cart_delete(ctx: &Context<'_>, cart_id: CartId) -> Result<CartId, Refusal> {
        Ok(ctx.for_write().checkout.delete_cart(ctx.actor(), cart_id).await?)
    }

    /// Turns a cart into an order, exactly once: asking again, or many times at once, gives the same order. A total of
    /// zero needs no payment session. While the payment is asked for outside, the cart cannot be changed; when it fails, the
    /// cart is given back with everything that was taken for it.
    /// Codes: CART_INCOMPLETE, PAYMENT_REQUIRED when there is no session, PAYMENT_DECLINED, PAYMENT_UNAVAILABLE when the
    /// provider does not answer, AMOUNT_MISMATCH, INSUFFICIENT_STOCK, NOT_PURCHASABLE,
    /// PROMO_LIMIT when a promotion was used up meanwhile (the cart then shows what it costs without it), and
    /// PRICE_CHANGED when prices, rates or shipping are other than the shopper last saw and `acceptPriceChanges` is
    /// not set.
    #[returns(CartCompletePayload)]
    async fn cart_complete(
        ctx: &Context<'_>,
        cart_id: CartId,
        #[default(false)] accept_price_changes: bool,
    ) -> Result<Completion, Refusal> {
        Ok(ctx.for_write().checkout.complete(ctx.actor(), cart_id, accept_price_changes).await?)
    }
}
