use async_graphql::{Context, Json};
use cartwright_macros::mutations;
use serde_json::Value;

use super::objects::{PaymentMethod, PaymentSession};
use crate::graphql::context::Requested;
use crate::graphql::errors::{ApiError, Done, Refusal, Result};
use crate::kernel::error::ErrorCode;
use crate::kernel::ids::{CartId, CustomerId, PaymentMethodId, PaymentSessionId};
use crate::workflows::checkout::PayWith;

fn customer(ctx: &Context<'_>) -> Result<CustomerId> {
    let nobody = || ApiError::new(ErrorCode::Unauthenticated, "Log in as a customer first.");
    ctx.actor().customer().ok_or_else(nobody)
}

#[mutations]
impl SessionMutation {
    /// Opens a payment session for what the cart costs, and gives up the one that was open before. A change of the
    /// total afterwards needs a new one. `data` is an object that the provider understands: `stripe` takes a
    /// `paymentMethod`, a saved one's id or one of Stripe's own; without it the client's library confirms with the
    /// session's `clientSecret`. The shopper comes back to `returnUrl`. Codes: CART_INCOMPLETE, NOT_FOUND, INVALID,
    /// TOO_LONG, INVALID_STATE when there is nothing to pay, PAYMENT_DECLINED, PAYMENT_UNAVAILABLE, CART_COMPLETING,
    /// CART_COMPLETED.
    #[returns(payment_session: PaymentSession, "The new session.")]
    async fn payment_session_create(
        ctx: &Context<'_>,
        cart_id: CartId,
        #[default("manual".to_owned())] provider: String,
        data: Option<Json<Value>>,
        return_url: Option<String>,
    ) -> Done<PaymentSession> {
        let data = data.map_or(Value::Null, |data| data.0);
        let with = PayWith { provider, data, return_url };
        Ok(ctx.for_write().checkout.open_session(ctx.actor(), cart_id, with).await?)
    }

    /// Changes what the client tells the provider: the fields of `data` are added to those of before. What the provider
    /// makes of it shows when the cart is completed. Codes: NOT_FOUND, INVALID, TOO_LONG, INVALID_STATE for a session that
    /// has ended.
    #[returns(payment_session: PaymentSession, "The session after the change.")]
    async fn payment_session_update(
        ctx: &Context<'_>,
        id: PaymentSessionId,
        data: Json<Value>,
    ) -> Done<PaymentSession> {
        Ok(ctx.for_write().payment_handling.update_session(ctx.actor(), id, data.0).await?)
    }

    /// Gives a session up: what its provider holds is let go, and a cart that waits for it can be changed again. Codes: NOT_FOUND, INVALID_STATE for a session that has ended.
    #[returns(payment_session: PaymentSession, "The session after the change.")]
    async fn payment_session_cancel(ctx: &Context<'_>, id: PaymentSessionId) -> Done<PaymentSession> {
        Ok(ctx.for_write().checkout.cancel_session(ctx.actor(), id).await?)
    }

    /// Saves a payment method of the customer who is logged in. `token` is what the provider's library gave the client.
    /// Codes: UNAUTHENTICATED, REQUIRED, NOT_FOUND for an unknown provider, INVALID for one that keeps none,
    /// PAYMENT_DECLINED, PAYMENT_UNAVAILABLE.
    #[returns(payment_method: PaymentMethod, "The payment method.")]
    async fn payment_method_save(ctx: &Context<'_>, provider: String, token: String) -> Done<PaymentMethod> {
        let customer = customer(ctx)?;
        Ok(ctx.for_write().payments.save_method(customer, &provider, &token).await?)
    }

    /// Forgets a payment method of the customer who is logged in, with its provider too.
    /// Codes: UNAUTHENTICATED, NOT_FOUND, PAYMENT_UNAVAILABLE.
    #[returns(deleted_id: value PaymentMethodId, "The payment method that is gone.")]
    async fn payment_method_delete(ctx: &Context<'_>, id: PaymentMethodId) -> Result<PaymentMethodId, Refusal> {
        let customer = customer(ctx)?;
        Ok(ctx.for_write().payments.forget_method(customer, id).await?)
    }
}
