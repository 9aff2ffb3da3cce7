use async_graphql::Context;
use cartwright_macros::mutations;
use graphql_plan::object;

use super::objects::Cart;
use crate::domain::cart::{
    AddLine, CartMergeStrategy, CreateCart, SetCartAddresses, Storefront, UpdateCart, UpdateLine,
};
use crate::domain::payments;
use crate::graphql::context::RequestExt;
use crate::graphql::errors::{Done, Outcome, Refusal, Result, UserError};
use crate::graphql::orders::Order;
use crate::graphql::payments::PaymentSession;
use crate::kernel::decimal::Decimal;
use crate::kernel::ids::{CartId, CartLineId, ShippingOptionId};
use crate::workflows::checkout::{Completed, Completion};

object! {
    /// The result of `cartComplete`.
    pub CartCompletePayload for Outcome<Completion> {
        /// The result; null if the cart was refused.
        status: value(|outcome| outcome.done().map(Completion::status));
        /// The order that was placed.
        order: embed(Order, |outcome| placed(outcome).map(|placed| placed.order.clone()));
        /// A token that shows the order without an account: `order(id, guestToken)`. It stays the same until the
        /// order's email address changes.
        guest_token: value(|outcome| placed(outcome).map(|placed| placed.guest_token.clone()));
        /// The payment session that the cart is waiting for, with the action the shopper has to take.
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
    /// Creates a cart for the customer who is logged in, or for a guest.
    /// Codes: NOT_FOUND, NOT_PURCHASABLE, INSUFFICIENT_STOCK, INVALID_QUANTITY, INVALID_EMAIL.
    #[returns(cart: Cart, "The new cart.")]
    async fn cart_create(
        ctx: &Context<'_>,
        /// The cart to create; if omitted, an empty cart.
        #[default]
        input: CreateCart,
    ) -> Done<Cart> {
        let channel = ctx.channel().await?;
        let market = ctx.loaders().market().await?.map(|region| region.id);
        let at = Storefront { channel_id: channel.id, region_id: market, country: ctx.country() };
        Ok(ctx.writer().carts.create(ctx.actor(), input, at).await?)
    }

    /// Adds lines to a cart, all of them or none. Units of a variant that is already in the cart with the same
    /// attributes are added to that line.
    /// Codes: NOT_FOUND, NOT_PURCHASABLE, INSUFFICIENT_STOCK, INVALID_QUANTITY, CART_COMPLETED.
    #[returns(cart: Cart, "The updated cart.")]
    async fn cart_lines_add(
        ctx: &Context<'_>,
        /// The id of the cart.
        cart_id: CartId,
        /// The lines to add.
        lines: Vec<AddLine>,
    ) -> Done<Cart> {
        Ok(ctx.writer().carts.add_lines(ctx.actor(), cart_id, lines).await?)
    }

    /// Changes the quantities of lines, all of them or none; 0 removes a line.
    /// Codes: NOT_FOUND, INSUFFICIENT_STOCK, INVALID_QUANTITY, CART_COMPLETED.
    #[returns(cart: Cart, "The updated cart.")]
    async fn cart_lines_update(
        ctx: &Context<'_>,
        /// The id of the cart.
        cart_id: CartId,
        /// The lines with their new quantities.
        lines: Vec<UpdateLine>,
    ) -> Done<Cart> {
        Ok(ctx.writer().carts.update_lines(ctx.actor(), cart_id, &lines).await?)
    }

    /// Removes lines, all of them or none. Codes: NOT_FOUND, CART_COMPLETED.
    #[returns(cart: Cart, "The updated cart.")]
    async fn cart_lines_remove(
        ctx: &Context<'_>,
        /// The id of the cart.
        cart_id: CartId,
        /// The ids of the lines.
        line_ids: Vec<CartLineId>,
    ) -> Done<Cart> {
        Ok(ctx.writer().carts.remove_lines(ctx.actor(), cart_id, &line_ids).await?)
    }

    /// Changes the email address, the note or the region. Codes: NOT_FOUND, INVALID_EMAIL, CART_COMPLETED.
    #[returns(cart: Cart, "The updated cart.")]
    async fn cart_update(
        ctx: &Context<'_>,
        /// The id of the cart.
        cart_id: CartId,
        /// The changes.
        input: UpdateCart,
    ) -> Done<Cart> {
        Ok(ctx.writer().carts.update(ctx.actor(), cart_id, input).await?)
    }

    /// Sets or removes the shipping address, the billing address, or both. The shipping address must be in a country of
    /// the cart's region.
    /// Codes: REQUIRED, TOO_LONG, INVALID_TEXT, COUNTRY_NOT_SERVED, CART_COMPLETED.
    #[returns(cart: Cart, "The updated cart.")]
    async fn cart_addresses_set(
        ctx: &Context<'_>,
        /// The id of the cart.
        cart_id: CartId,
        /// The addresses.
        input: SetCartAddresses,
    ) -> Done<Cart> {
        Ok(ctx.writer().carts.set_addresses(ctx.actor(), cart_id, input).await?)
    }

    /// Selects a shipping option. Codes: SHIPPING_UNAVAILABLE, CART_COMPLETED.
    #[returns(cart: Cart, "The updated cart.")]
    async fn cart_shipping_select(
        ctx: &Context<'_>,
        /// The id of the cart.
        cart_id: CartId,
        /// The id of the shipping option.
        shipping_option_id: ShippingOptionId,
    ) -> Done<Cart> {
        Ok(ctx.writer().carts.select_shipping(ctx.actor(), cart_id, shipping_option_id).await?)
    }

    /// Assigns a guest's cart to the customer who is logged in.
    /// Codes: NOT_FOUND for another customer's cart, CART_COMPLETED.
    #[returns(cart: Cart, "The updated cart.")]
    async fn cart_customer_attach(
        ctx: &Context<'_>,
        /// The id of the guest's cart.
        cart_id: CartId,
    ) -> Done<Cart> {
        Ok(ctx.writer().carts.attach_customer(ctx.actor(), cart_id).await?)
    }

    /// Merges the cart `from` into the cart `into`, such as a guest's cart into the customer's own cart after login.
    /// `from` is deleted with its payment session and its stock reservation. No line is lost: lines that can no longer
    /// be bought, or not in that quantity, are reported in `problems` and when the cart is completed. The lines of
    /// `into` come first; `strategy` determines the quantity of lines that are in both. The merged cart has the codes
    /// of both; addresses, email address, note and shipping option are taken from `from` where `into` has none. Prices
    /// that staff overrode in `from` are not kept. Each cart must belong to the caller or to a guest; calling it again
    /// returns NOT_FOUND, because `from` no longer exists.
    /// Codes: NOT_FOUND, INVALID for a cart merged into itself, INVALID_QUANTITY, TOO_LONG, CART_COMPLETED,
    /// CART_COMPLETING.
    #[returns(cart: Cart, "The merged cart.")]
    async fn cart_merge(
        ctx: &Context<'_>,
        /// The id of the cart to merge and delete.
        from: CartId,
        /// The id of the cart to keep.
        into: CartId,
        /// How to combine the quantities of lines that are in both carts.
        #[default(CartMergeStrategy::Max)]
        strategy: CartMergeStrategy,
    ) -> Done<Cart> {
        Ok(ctx.writer().checkout.merge_carts(ctx.actor(), from, into, strategy).await?)
    }

    /// Adds discount codes, all of them or none. A code that does not apply at the moment is kept with the reason,
    /// because it may apply after the next change.
    /// Codes: NOT_FOUND for an unknown code, TOO_LONG, CART_COMPLETED.
    #[returns(cart: Cart, "The updated cart. `codes` shows which codes do not apply at the moment.")]
    async fn cart_codes_add(
        ctx: &Context<'_>,
        /// The id of the cart.
        cart_id: CartId,
        /// The discount codes to add.
        codes: Vec<String>,
    ) -> Done<Cart> {
        Ok(ctx.writer().carts.add_codes(ctx.actor(), cart_id, &codes).await?)
    }

    /// Removes discount codes. Codes: NOT_FOUND, CART_COMPLETED.
    #[returns(cart: Cart, "The updated cart.")]
    async fn cart_codes_remove(
        ctx: &Context<'_>,
        /// The id of the cart.
        cart_id: CartId,
        /// The discount codes to remove.
        codes: Vec<String>,
    ) -> Done<Cart> {
        Ok(ctx.writer().carts.remove_codes(ctx.actor(), cart_id, &codes).await?)
    }

    /// Overrides the unit price of a line in any cart, or restores its listed price. The listed price returns when the
    /// shopper increases the quantity or changes the region. Who changed the price, and why, is recorded.
    /// Codes: NOT_FOUND, REQUIRED, INVALID_AMOUNT, CART_COMPLETED.
    #[staff(PRICING)]
    #[returns(cart: Cart, "The updated cart.")]
    async fn cart_line_price_set(
        ctx: &Context<'_>,
        /// The id of the cart.
        cart_id: CartId,
        /// The id of the line.
        line_id: CartLineId,
        /// The price of one unit in the cart's currency, in major units; null restores the listed price.
        amount: Option<Decimal>,
        /// The reason for the change.
        reason: String,
    ) -> Done<Cart> {
        let staff = ctx.staff_id()?;
        let amount = amount.map(|amount| amount.0);
        Ok(ctx.writer().carts.override_price(staff, cart_id, line_id, amount, reason).await?)
    }

    /// Recalculates a cart with current prices, tax rates and shipping. Codes: NOT_FOUND, CART_COMPLETED.
    #[returns(cart: Cart, "The updated cart.")]
    async fn cart_refresh(
        ctx: &Context<'_>,
        /// The id of the cart.
        cart_id: CartId,
    ) -> Done<Cart> {
        Ok(ctx.writer().carts.refresh(ctx.actor(), cart_id).await?)
    }

    /// Deletes a cart. Codes: NOT_FOUND, CART_COMPLETED.
    #[returns(deleted_id: value CartId, "The id of the deleted cart.")]
    async fn cart_delete(
        ctx: &Context<'_>,
        /// The id of the cart.
        cart_id: CartId,
    ) -> Result<CartId, Refusal> {
        Ok(ctx.writer().checkout.delete_cart(ctx.actor(), cart_id).await?)
    }

    /// Turns a cart into an order exactly once: repeated or concurrent calls return the same order. A total of zero
    /// needs no payment session. While the payment provider is being called, the cart cannot be changed; if the payment
    /// fails, the cart can be changed again and everything reserved for it is released.
    /// Codes: CART_INCOMPLETE, PAYMENT_REQUIRED if there is no session, PAYMENT_DECLINED, PAYMENT_UNAVAILABLE if the
    /// provider does not answer, AMOUNT_MISMATCH, INSUFFICIENT_STOCK, NOT_PURCHASABLE, PROMO_LIMIT if a promotion was
    /// used up in the meantime (the cart then shows its total without the promotion), and PRICE_CHANGED if prices, tax
    /// rates or shipping differ from what the shopper last saw and `acceptPriceChanges` is not set.
    #[returns(CartCompletePayload)]
    async fn cart_complete(
        ctx: &Context<'_>,
        /// The id of the cart.
        cart_id: CartId,
        /// Whether to place the order even if prices, tax rates or shipping have changed.
        #[default(false)]
        accept_price_changes: bool,
    ) -> Result<Completion, Refusal> {
        Ok(ctx.writer().checkout.complete(ctx.actor(), cart_id, accept_price_changes).await?)
    }
}
