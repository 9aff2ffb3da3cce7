use async_graphql::{Context, Json, Object};
use serde_json::Value;

use super::objects::{PaymentMethod, PaymentSession};
use crate::graphql::context::Requested;
use crate::graphql::errors::{ApiError, Result, payloads};
use crate::kernel::error::ErrorCode;
use crate::kernel::ids::{CartId, CustomerId, PaymentMethodId, PaymentSessionId};
use crate::workflows::checkout::PayWith;

payloads! {
    PaymentSessionCreatePayload {
        /// The new session.
        payment_session: PaymentSession
    }
    PaymentSessionUpdatePayload {
        /// The session after the change.
        payment_session: PaymentSession
    }
    PaymentSessionCancelPayload {
        /// The session after the change.
        payment_session: PaymentSession
    }
    PaymentMethodSavePayload {
        /// The payment method.
        payment_method: PaymentMethod
    }
    PaymentMethodDeletePayload {
        /// The payment method that is gone.
        deleted_id: PaymentMethodId
    }
}

fn customer(ctx: &Context<'_>) -> Result<CustomerId> {
    let nobody = || ApiError::new(ErrorCode::Unauthenticated, "Log in as a customer first.");
    ctx.actor().customer().ok_or_else(nobody)
}

#[derive(Default)]
pub struct SessionMutation;

#[Object]
impl SessionMutation {
    /// Opens a payment session for what the cart costs, and gives up the one that was open before. A change of the
    /// total afterwards needs a new one. `data` is an object that the provider understands: `stripe` takes a
    /// `paymentMethod`, a saved one's id or one of Stripe's own; without it the client's library confirms with the
    /// session's `clientSecret`. The shopper comes back to `returnUrl`. Codes: CART_INCOMPLETE, NOT_FOUND, INVALID,
    /// TOO_LONG, INVALID_STATE when there is nothing to pay, PAYMENT_DECLINED, PAYMENT_UNAVAILABLE, CART_COMPLETING,
    /// CART_COMPLETED.
    async fn payment_session_create(
        &self,
        ctx: &Context<'_>,
        cart_id: CartId,
        #[graphql(default_with = "\"manual\".to_owned()")] provider: String,
        data: Option<Json<Value>>,
        return_url: Option<String>,
    ) -> Result<PaymentSessionCreatePayload> {
        let data = data.map_or(Value::Null, |data| data.0);
        let with = PayWith { provider, data, return_url };
        let outcome = ctx.for_write().checkout.open_session(ctx.actor(), cart_id, with).await;
        PaymentSessionCreatePayload::of(outcome, |row| PaymentSessionCreatePayload {
            payment_session: Some(PaymentSession(row)),
            ..Default::default()
        })
    }

    /// Changes what the client tells the provider: the fields of `data` are added to those of before. What the provider
    /// makes of it shows when the cart is completed. Codes: NOT_FOUND, INVALID, TOO_LONG, INVALID_STATE for a session that
    /// has ended.
    async fn payment_session_update(
        &self,
        ctx: &Context<'_>,
        id: PaymentSessionId,
        data: Json<Value>,
    ) -> Result<PaymentSessionUpdatePayload> {
        let outcome = ctx.for_write().payment_handling.update_session(ctx.actor(), id, data.0).await;
        PaymentSessionUpdatePayload::of(outcome, |row| PaymentSessionUpdatePayload {
            payment_session: Some(PaymentSession(row)),
            ..Default::default()
        })
    }

    /// Gives a session up: what its provider holds is let go, and a cart that waits for it can be changed again. Codes: NOT_FOUND, INVALID_STATE for a session that has ended.
    async fn payment_session_cancel(
        &self,
        ctx: &Context<'_>,
        id: PaymentSessionId,
    ) -> Result<PaymentSessionCancelPayload> {
        let outcome = ctx.for_write().checkout.cancel_session(ctx.actor(), id).await;
        PaymentSessionCancelPayload::of(outcome, |row| PaymentSessionCancelPayload {
            payment_session: Some(PaymentSession(row)),
            ..Default::default()
        })
    }

    /// Saves a payment method of the customer who is logged in. `token` is what the provider's library gave the client.
    /// Codes: UNAUTHENTICATED, REQUIRED, NOT_FOUND for an unknown provider, INVALID for one that keeps none,
    /// PAYMENT_DECLINED, PAYMENT_UNAVAILABLE.
    async fn payment_method_save(
        &self,
        ctx: &Context<'_>,
        provider: String,
        token: String,
    ) -> Result<PaymentMethodSavePayload> {
        let customer = customer(ctx)?;
        let outcome = ctx.for_write().payments.save_method(customer, &provider, &token).await;
        PaymentMethodSavePayload::of(outcome, |row| PaymentMethodSavePayload {
            payment_method: Some(PaymentMethod(row)),
            ..Default::default()
        })
    }

    /// Forgets a payment method of the customer who is logged in, with its provider too.
    /// Codes: UNAUTHENTICATED, NOT_FOUND, PAYMENT_UNAVAILABLE.
    async fn payment_method_delete(
        &self,
        ctx: &Context<'_>,
        id: PaymentMethodId,
    ) -> Result<PaymentMethodDeletePayload> {
        let customer = customer(ctx)?;
        let outcome = ctx.for_write().payments.forget_method(customer, id).await;
        PaymentMethodDeletePayload::of(outcome, |id| PaymentMethodDeletePayload {
            deleted_id: Some(id),
            ..Default::default()
        })
    }
}
