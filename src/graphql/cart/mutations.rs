use async_graphql::{Context, Object};

use super::inputs::{CartCreateInput, CartLineInput, CartLineUpdateInput, CartUpdateInput};
use super::objects::Cart;
use crate::domain::cart::{AddLine, CartChanges, CartError, CartMergeStrategy, NewCart, UpdateLine};
use crate::graphql::account::AddressInput;
use crate::graphql::context::Requested;
use crate::graphql::errors::{Result, payloads};
use crate::graphql::guards::{Needs, requires, staff};
use crate::graphql::orders::Order;
use crate::graphql::payments::PaymentSession;
use crate::graphql::scalars::Decimal;
use crate::kernel::actor::Permission;
use crate::kernel::ids::{CartId, CartLineId, ShippingOptionId};
use crate::workflows::checkout::{Completion, CompletionStatus};

payloads! {
    CartCreatePayload {
        /// The cart after the change.
        cart: Cart
    }
    CartLinesAddPayload {
        /// The cart after the change.
        cart: Cart
    }
    CartLinesUpdatePayload {
        /// The cart after the change.
        cart: Cart
    }
    CartLinesRemovePayload {
        /// The cart after the change.
        cart: Cart
    }
    CartUpdatePayload {
        /// The cart after the change.
        cart: Cart
    }
    CartAddressesSetPayload {
        /// The cart after the change.
        cart: Cart
    }
    CartShippingSelectPayload {
        /// The cart after the change.
        cart: Cart
    }
    CartCustomerAttachPayload {
        /// The cart after the change.
        cart: Cart
    }
    CartMergePayload {
        /// The cart that has everything now.
        cart: Cart
    }
    CartCodesAddPayload {
        /// The cart after the change. See `codes` for those that do not apply now.
        cart: Cart
    }
    CartCodesRemovePayload {
        /// The cart after the change.
        cart: Cart
    }
    CartLinePriceSetPayload {
        /// The cart after the change.
        cart: Cart
    }
    CartRefreshPayload {
        /// The cart after the change.
        cart: Cart
    }
    CartDeletePayload {
        /// The cart that is gone.
        deleted_id: CartId
    }
    CartCompletePayload {
        /// How far it came; null when it was refused.
        status: CompletionStatus,
        /// The order that the cart became.
        order: Order,
        /// Shows the order to whoever placed it, without an account: `order(id, guestToken)`. The same every time, as long as
        /// the order keeps its e-mail address.
        guest_token: String,
        /// The payment session that the cart waits for, with what the shopper has to do.
        payment_session: PaymentSession,
    }
}

impl From<Completion> for CartCompletePayload {
    fn from(completion: Completion) -> Self {
        let status = completion.status();
        match completion {
            Completion::Placed(placed) => Self {
                status: Some(status),
                order: Some(Order(placed.order)),
                guest_token: Some(placed.guest_token),
                ..Self::default()
            },
            Completion::ActionRequired(session) => {
                Self { status: Some(status), payment_session: Some(PaymentSession(*session)), ..Self::default() }
            }
            Completion::Processing(session) => Self {
                status: Some(status),
                payment_session: session.map(|session| PaymentSession(*session)),
                ..Self::default()
            },
        }
    }
}

#[derive(Default)]
pub struct CartMutation;

#[Object]
impl CartMutation {
    /// Makes a cart: a customer's own, or a guest's. Codes: NOT_FOUND, NOT_PURCHASABLE, INSUFFICIENT_STOCK,
    /// INVALID_QUANTITY, INVALID_EMAIL.
    async fn cart_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(default)] input: CartCreateInput,
    ) -> Result<CartCreatePayload> {
        let channel = ctx.channel().await?;
        let market = ctx.reads().market().await?.map(|region| region.id);
        let region = input.region_id.or(market);
        let Some(region_id) = region else {
            return CartCreatePayload::of(Err(CartError::NotServed), |()| Default::default());
        };
        let lines = input.lines.into_iter().map(AddLine::from).collect();
        let country = ctx.country().filter(|_| market == Some(region_id));
        let new = NewCart { channel_id: channel.id, region_id, country, email: input.email, lines };
        let outcome = Box::pin(ctx.for_write().carts.create(ctx.actor(), new)).await;
        CartCreatePayload::of(outcome, |row| CartCreatePayload { cart: Some(Cart(row)), ..Default::default() })
    }

    /// Puts units into a cart, all of them or none. The same variant with the same properties goes onto the line that is
    /// there. Codes: NOT_FOUND, NOT_PURCHASABLE, INSUFFICIENT_STOCK, INVALID_QUANTITY, CART_COMPLETED.
    async fn cart_lines_add(
        &self,
        ctx: &Context<'_>,
        cart_id: CartId,
        lines: Vec<CartLineInput>,
    ) -> Result<CartLinesAddPayload> {
        let lines = lines.into_iter().map(AddLine::from).collect();
        let outcome = Box::pin(ctx.for_write().carts.add_lines(ctx.actor(), cart_id, lines)).await;
        CartLinesAddPayload::of(outcome, |row| CartLinesAddPayload { cart: Some(Cart(row)), ..Default::default() })
    }

    /// Changes quantities, all of them or none; 0 takes a line out.
    /// Codes: NOT_FOUND, INSUFFICIENT_STOCK, INVALID_QUANTITY, CART_COMPLETED.
    async fn cart_lines_update(
        &self,
        ctx: &Context<'_>,
        cart_id: CartId,
        lines: Vec<CartLineUpdateInput>,
    ) -> Result<CartLinesUpdatePayload> {
        let lines: Vec<_> = lines.into_iter().map(UpdateLine::from).collect();
        let outcome = Box::pin(ctx.for_write().carts.update_lines(ctx.actor(), cart_id, &lines)).await;
        CartLinesUpdatePayload::of(outcome, |row| CartLinesUpdatePayload {
            cart: Some(Cart(row)),
            ..Default::default()
        })
    }

    /// Takes lines out, all of them or none. Codes: NOT_FOUND, CART_COMPLETED.
    async fn cart_lines_remove(
        &self,
        ctx: &Context<'_>,
        cart_id: CartId,
        line_ids: Vec<CartLineId>,
    ) -> Result<CartLinesRemovePayload> {
        let outcome = Box::pin(ctx.for_write().carts.remove_lines(ctx.actor(), cart_id, &line_ids)).await;
        CartLinesRemovePayload::of(outcome, |row| CartLinesRemovePayload {
            cart: Some(Cart(row)),
            ..Default::default()
        })
    }

    /// Changes e-mail address, note or region. Codes: NOT_FOUND, INVALID_EMAIL, CART_COMPLETED.
    async fn cart_update(
        &self,
        ctx: &Context<'_>,
        cart_id: CartId,
        input: CartUpdateInput,
    ) -> Result<CartUpdatePayload> {
        let CartUpdateInput { email, note, region_id } = input;
        let changes = CartChanges { email, note, region_id };
        let outcome = Box::pin(ctx.for_write().carts.update(ctx.actor(), cart_id, changes)).await;
        CartUpdatePayload::of(outcome, |row| CartUpdatePayload { cart: Some(Cart(row)), ..Default::default() })
    }

    /// Sets the addresses that are given. The shipping address is in a country of the cart's region.
    /// Codes: REQUIRED, TOO_LONG, INVALID_TEXT, COUNTRY_NOT_SERVED, CART_COMPLETED.
    async fn cart_addresses_set(
        &self,
        ctx: &Context<'_>,
        cart_id: CartId,
        shipping: Option<AddressInput>,
        billing: Option<AddressInput>,
    ) -> Result<CartAddressesSetPayload> {
        let (shipping, billing) = (shipping.map(Into::into), billing.map(Into::into));
        let outcome = Box::pin(ctx.for_write().carts.set_addresses(ctx.actor(), cart_id, shipping, billing)).await;
        CartAddressesSetPayload::of(outcome, |row| CartAddressesSetPayload {
            cart: Some(Cart(row)),
            ..Default::default()
        })
    }

    /// Chooses a way of shipping. Codes: SHIPPING_UNAVAILABLE, CART_COMPLETED.
    async fn cart_shipping_select(
        &self,
        ctx: &Context<'_>,
        cart_id: CartId,
        shipping_option_id: ShippingOptionId,
    ) -> Result<CartShippingSelectPayload> {
        let outcome = Box::pin(ctx.for_write().carts.select_shipping(ctx.actor(), cart_id, shipping_option_id)).await;
        CartShippingSelectPayload::of(outcome, |row| CartShippingSelectPayload {
            cart: Some(Cart(row)),
            ..Default::default()
        })
    }

    /// Makes a guest's cart the own one of the customer who is logged in.
    /// Codes: NOT_FOUND for another customer's cart, CART_COMPLETED.
    async fn cart_customer_attach(&self, ctx: &Context<'_>, cart_id: CartId) -> Result<CartCustomerAttachPayload> {
        let outcome = Box::pin(ctx.for_write().carts.attach_customer(ctx.actor(), cart_id)).await;
        CartCustomerAttachPayload::of(outcome, |row| CartCustomerAttachPayload {
            cart: Some(Cart(row)),
            ..Default::default()
        })
    }

    /// Puts what is in the cart `from` into the cart `into`, such as a guest's into the own one after logging in, and throws
    /// `from` away with its payment session and the units kept for it. No line is lost: what cannot be bought any more, or
    /// not in this number, is told by `problems` and when the cart is completed. The lines of `into` come first; of what is
    /// in both, the strategy says how many there are. Codes are those of both; address, e-mail address, note and shipping
    /// are taken over where `into` has none. A price that staff set in `from` is not. Both carts are the caller's own, or a
    /// guest's; asking again is NOT_FOUND, because `from` is gone.
    /// Codes: NOT_FOUND, INVALID for one cart with itself, INVALID_QUANTITY, TOO_LONG, CART_COMPLETED, CART_COMPLETING.
    async fn cart_merge(
        &self,
        ctx: &Context<'_>,
        from: CartId,
        into: CartId,
        #[graphql(default_with = "CartMergeStrategy::Max")] strategy: CartMergeStrategy,
    ) -> Result<CartMergePayload> {
        let outcome = Box::pin(ctx.for_write().checkout.merge_carts(ctx.actor(), from, into, strategy)).await;
        CartMergePayload::of(outcome, |row| CartMergePayload { cart: Some(Cart(row)), ..Default::default() })
    }

    /// Gives codes of promotions, all of them or none. One that does not apply now is kept with its reason, because it
    /// may apply after the next change. Codes: NOT_FOUND for one that is not known, TOO_LONG, CART_COMPLETED.
    async fn cart_codes_add(
        &self,
        ctx: &Context<'_>,
        cart_id: CartId,
        codes: Vec<String>,
    ) -> Result<CartCodesAddPayload> {
        let outcome = Box::pin(ctx.for_write().carts.add_codes(ctx.actor(), cart_id, &codes)).await;
        CartCodesAddPayload::of(outcome, |row| CartCodesAddPayload { cart: Some(Cart(row)), ..Default::default() })
    }

    /// Takes codes back. Codes: NOT_FOUND, CART_COMPLETED.
    async fn cart_codes_remove(
        &self,
        ctx: &Context<'_>,
        cart_id: CartId,
        codes: Vec<String>,
    ) -> Result<CartCodesRemovePayload> {
        let outcome = Box::pin(ctx.for_write().carts.remove_codes(ctx.actor(), cart_id, &codes)).await;
        CartCodesRemovePayload::of(outcome, |row| CartCodesRemovePayload {
            cart: Some(Cart(row)),
            ..Default::default()
        })
    }

    /// Sets the price of one unit of a line in anybody's cart, in the cart's currency, or with null gives the line back to
    /// its listed price. A shopper who takes more units, or changes the region, gets the listed price again. Who did it
    /// and why is kept. Codes: NOT_FOUND, REQUIRED, INVALID_AMOUNT, CART_COMPLETED.
    #[graphql(guard = "Needs(Permission::Pricing)", visible = "staff", directive = requires::apply("PRICING".into()))]
    async fn cart_line_price_set(
        &self,
        ctx: &Context<'_>,
        cart_id: CartId,
        line_id: CartLineId,
        amount: Option<Decimal>,
        reason: String,
    ) -> Result<CartLinePriceSetPayload> {
        let staff = ctx.staff_id()?;
        let amount = amount.map(|amount| amount.0);
        let outcome = Box::pin(ctx.for_write().carts.override_price(staff, cart_id, line_id, amount, reason)).await;
        CartLinePriceSetPayload::of(outcome, |row| CartLinePriceSetPayload {
            cart: Some(Cart(row)),
            ..Default::default()
        })
    }

    /// Quotes a cart anew: prices, rates and shipping of this moment. Codes: NOT_FOUND, CART_COMPLETED.
    async fn cart_refresh(&self, ctx: &Context<'_>, cart_id: CartId) -> Result<CartRefreshPayload> {
        let outcome = Box::pin(ctx.for_write().carts.refresh(ctx.actor(), cart_id)).await;
        CartRefreshPayload::of(outcome, |row| CartRefreshPayload { cart: Some(Cart(row)), ..Default::default() })
    }

    /// Throws a cart away. Codes: NOT_FOUND, CART_COMPLETED.
    async fn cart_delete(&self, ctx: &Context<'_>, cart_id: CartId) -> Result<CartDeletePayload> {
        let outcome = Box::pin(ctx.for_write().checkout.delete_cart(ctx.actor(), cart_id)).await;
        CartDeletePayload::of(outcome, |id| CartDeletePayload { deleted_id: Some(id), ..Default::default() })
    }

    /// Turns a cart into an order, exactly once: asking again, or many times at once, gives the same order. A total of
    /// zero needs no payment session. While the payment is asked for outside, the cart cannot be changed; when it fails, the
    /// cart is given back with everything that was taken for it.
    /// Codes: CART_INCOMPLETE, PAYMENT_REQUIRED when there is no session, PAYMENT_DECLINED, PAYMENT_UNAVAILABLE when the
    /// provider does not answer, AMOUNT_MISMATCH, INSUFFICIENT_STOCK, NOT_PURCHASABLE,
    /// PROMO_LIMIT when a promotion was used up meanwhile (the cart then shows what it costs without it), and
    /// PRICE_CHANGED when prices, rates or shipping are other than the shopper last saw and `acceptPriceChanges` is
    /// not set.
    async fn cart_complete(
        &self,
        ctx: &Context<'_>,
        cart_id: CartId,
        #[graphql(default)] accept_price_changes: bool,
    ) -> Result<CartCompletePayload> {
        let outcome = Box::pin(ctx.for_write().checkout.complete(ctx.actor(), cart_id, accept_price_changes)).await;
        CartCompletePayload::of(outcome, CartCompletePayload::from)
    }
}
