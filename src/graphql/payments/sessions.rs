use async_graphql::{Context, Json};
use cartwright_macros::mutations;
use serde_json::Value;

use super::objects::{PaymentMethod, PaymentSession};
use crate::graphql::context::RequestExt;
use crate::graphql::errors::{ApiError, Done, Refusal, Result};
use crate::kernel::error::ErrorCode;
use crate::kernel::ids::{CartId, CustomerId, PaymentMethodId, PaymentSessionId};
use crate::workflows::checkout::PaymentInput;

fn customer(ctx: &Context<'_>) -> Result<CustomerId> {
    let nobody = || ApiError::new(ErrorCode::Unauthenticated, "Log in as a customer first.");
    ctx.actor().customer().ok_or_else(nobody)
}

#[mutations]
impl SessionMutation {
    /// Creates a payment session for the total of a cart, and cancels the previous session. If the total changes
    /// afterwards, a new session is needed.
    /// Codes: CART_INCOMPLETE, NOT_FOUND, INVALID, TOO_LONG, INVALID_STATE if there is nothing to pay,
    /// PAYMENT_DECLINED, PAYMENT_UNAVAILABLE, CART_COMPLETING, CART_COMPLETED.
    #[returns(payment_session: PaymentSession, "The new payment session.")]
    async fn payment_session_create(
        ctx: &Context<'_>,
        /// The id of the cart.
        cart_id: CartId,
        /// The name of the payment provider.
        #[default("manual".to_owned())]
        provider: String,
        /// An object for the provider. `stripe` accepts a `paymentMethod`: the id of a saved one, or one of Stripe's
        /// own. Without it, the client's library confirms the payment with the session's `clientSecret`.
        data: Option<Json<Value>>,
        /// The URL to which the shopper returns after paying.
        return_url: Option<String>,
    ) -> Done<PaymentSession> {
        let data = data.map_or(Value::Null, |data| data.0);
        let with = PaymentInput { provider, data, return_url };
        Ok(ctx.writer().checkout.open_session(ctx.actor(), cart_id, with).await?)
    }

    /// Updates the data that the client passes to the provider: the fields of `data` are merged into the existing data.
    /// The provider evaluates them when the cart is completed.
    /// Codes: NOT_FOUND, INVALID, TOO_LONG, INVALID_STATE for a session that has ended.
    #[returns(payment_session: PaymentSession, "The updated payment session.")]
    async fn payment_session_update(
        ctx: &Context<'_>,
        /// The id of the payment session.
        id: PaymentSessionId,
        /// The fields to set.
        data: Json<Value>,
    ) -> Done<PaymentSession> {
        Ok(ctx.writer().payment_workflows.update_session(ctx.actor(), id, data.0).await?)
    }

    /// Cancels a payment session: what its provider has authorized is voided, and a cart that waits for it can be
    /// changed again.
    /// Codes: NOT_FOUND, INVALID_STATE for a session that has ended.
    #[returns(payment_session: PaymentSession, "The updated payment session.")]
    async fn payment_session_cancel(
        ctx: &Context<'_>,
        /// The id of the payment session.
        id: PaymentSessionId,
    ) -> Done<PaymentSession> {
        Ok(ctx.writer().checkout.cancel_session(ctx.actor(), id).await?)
    }

    /// Saves a payment method of the customer who is logged in.
    /// Codes: UNAUTHENTICATED, REQUIRED, NOT_FOUND for an unknown provider, INVALID for a provider that does not save
    /// payment methods, PAYMENT_DECLINED, PAYMENT_UNAVAILABLE.
    #[returns(payment_method: PaymentMethod, "The saved payment method.")]
    async fn payment_method_save(
        ctx: &Context<'_>,
        /// The name of the payment provider.
        provider: String,
        /// The token that the provider's library gave to the client.
        token: String,
    ) -> Done<PaymentMethod> {
        let customer = customer(ctx)?;
        Ok(ctx.writer().payments.save_method(customer, &provider, &token).await?)
    }

    /// Deletes a payment method of the customer who is logged in, here and at the provider.
    /// Codes: UNAUTHENTICATED, NOT_FOUND, PAYMENT_UNAVAILABLE.
    #[returns(deleted_id: value PaymentMethodId, "The id of the deleted payment method.")]
    async fn payment_method_delete(
        ctx: &Context<'_>,
        /// The id of the payment method.
        id: PaymentMethodId,
    ) -> Result<PaymentMethodId, Refusal> {
        let customer = customer(ctx)?;
        Ok(ctx.writer().payments.delete_method(customer, id).await?)
    }
}
