use async_graphql::Json;
use graphql_plan::{Cx, object};

use super::sources::EVENTS_OF_PAYMENT;
use crate::app::App;
use crate::domain::payments::{self, GrantedRefund, SavedMethod};
use crate::graphql::context::CxExt;
use crate::graphql::guards::staff;
use crate::graphql::orders::Order;
use crate::graphql::orders::sources::ORDER;
use crate::graphql::scalars::Money;
use crate::kernel::actor::Permission;
use crate::kernel::money::{self, Currency};

/// Whether the caller may see data that is restricted to the permission ORDERS.
fn sees_orders(cx: &Cx<'_>) -> bool {
    cx.actor().may(Permission::Orders)
}

object! {
    /// A payment provider.
    pub PaymentProvider for String {
        /// The name of the provider, as `paymentSessionCreate` expects it.
        name: field(|name| name);
    }
}

impl PaymentProvider {
    /// The names of all providers.
    pub(in crate::graphql) fn all(app: &App) -> Vec<String> {
        app.payments.provider_names().into_iter().map(str::to_owned).collect()
    }
}

object! {
    /// An attempt by a shopper to pay a certain amount for a cart.
    pub PaymentSession for payments::PaymentSession {
        /// Id.
        id;
        /// The name of the provider.
        provider;
        /// The amount to pay: the cart's total when the session was created.
        amount: embed(Money, |session| session.money());
        /// Status. An open session is EXPIRED from `expiresAt` on.
        status: value(|session, cx| session.status_at(cx.app().clock.now()));
        /// Data that the client passed to the provider, and data of the provider that the client needs, such as
        /// Stripe's `clientSecret`.
        data: value(|session| Json(session.data.clone()));
        /// The action the shopper has to take; null if there is none.
        action: embed(PaymentAction, |session| session.action.clone());
        /// Why the last payment attempt failed; null if none has failed.
        failure: embed(PaymentFailure, |session| session.failure.clone());
        /// Time until which the cart must be completed (UTC).
        expires_at;
        /// Time at which it was created (UTC).
        created_at;
    }
}

object! {
    /// An action the shopper has to take before the payment can continue.
    pub PaymentAction for payments::Action {
        /// The type: `redirect` sends the shopper to `url`; `sdk` passes `clientSecret` to the provider's client
        /// library. Providers can define others.
        r#type: field(|action| &action.kind);
        /// The URL to open; null if there is none.
        url;
        /// The secret for the provider's client library; null if it needs none.
        client_secret;
    }
}

object! {
    /// Why a provider did not accept a payment.
    pub PaymentFailure for payments::PaymentFailure {
        /// Machine-readable code of the provider, such as `card_declined`.
        code;
        /// Human-readable message of the provider for the shopper; it can be empty.
        message;
    }
}

/// An amount in the payment's currency.
fn amount(payment: &payments::Payment, amount: rust_decimal::Decimal) -> money::Money {
    money::Money::new(amount, payment.currency)
}

object! {
    /// A payment: amounts authorized, captured, voided and refunded. Its balances are derived from its events.
    pub Payment for payments::Payment {
        /// Id.
        id;
        /// The name of the provider.
        provider;
        /// The provider's id of the payment. Empty if there is none, and empty unless the caller is staff with the
        /// permission ORDERS.
        reference: value(|payment, cx| {
            if sees_orders(cx) { payment.reference.clone() } else { String::new() }
        }).visible(staff);
        /// The order, visible to staff with the permission ORDERS; null while the cart is not completed.
        order: option(Order, ORDER, |payment, cx| payment.order_id.filter(|_| sees_orders(cx))).visible(staff);
        /// The authorized amount.
        authorized: embed(Money, |payment| amount(payment, payment.authorized));
        /// The captured amount.
        captured: embed(Money, |payment| amount(payment, payment.captured));
        /// The voided amount: authorized, but released without being captured.
        voided: embed(Money, |payment| amount(payment, payment.voided));
        /// The refunded amount.
        refunded: embed(Money, |payment| amount(payment, payment.refunded));
        /// The amount that the shopper's bank charged back.
        charged_back: embed(Money, |payment| amount(payment, payment.charged_back));
        /// The charged amount: captured, less refunds and chargebacks.
        charged: embed(Money, |payment| amount(payment, payment.charged()));
        /// The amount that can still be captured or voided.
        capturable: embed(Money, |payment| amount(payment, payment.capturable()));
        /// The amount that can still be refunded.
        refundable: embed(Money, |payment| amount(payment, payment.refundable()));
        /// The amount that the provider has not yet decided to authorize.
        pending_authorize: embed(Money, |payment| amount(payment, payment.pending_authorize));
        /// The amount of captures that the provider has not yet answered.
        pending_capture: embed(Money, |payment| amount(payment, payment.pending_capture));
        /// The amount of voids that the provider has not yet answered.
        pending_void: embed(Money, |payment| amount(payment, payment.pending_void));
        /// The amount of refunds that the provider has not yet answered.
        pending_refund: embed(Money, |payment| amount(payment, payment.pending_refund));
        /// The transaction events of the payment, in the order in which they became known; empty unless the caller is
        /// staff with the permission ORDERS.
        events: pick(
            TransactionEvent,
            EVENTS_OF_PAYMENT,
            |payment, cx| sees_orders(cx).then_some(payment.id),
            |payment, found| found.iter().map(|event| (event.clone(), payment.currency)).collect::<Vec<_>>(),
        ).visible(staff);
        /// The version, incremented by each change.
        version;
        /// Time at which it was created (UTC).
        created_at;
        /// Time at which it was last updated (UTC).
        updated_at;
    }
}

object! {
    /// A transaction event of a payment. Events are never changed.
    pub TransactionEvent for (payments::TransactionEvent, Currency) {
        /// Id.
        id: field(|(event, _)| &event.id);
        /// The kind of transaction.
        kind: field(|(event, _)| &event.kind);
        /// The result.
        result: field(|(event, _)| &event.result);
        /// The amount.
        amount: embed(Money, |(event, currency)| money::Money::new(event.amount, *currency));
        /// The provider's id of the transaction; empty if there is none.
        reference: field(|(event, _)| &event.reference);
        /// The message of the provider; it can be empty.
        message: field(|(event, _)| &event.message);
        /// The source of the event.
        source: field(|(event, _)| &event.source);
        /// The id of the staff user who requested it; null if it was the shop itself.
        staff_id: field(|(event, _)| &event.staff_id);
        /// Time of the event according to the provider (UTC).
        occurred_at: field(|(event, _)| &event.occurred_at);
        /// Time at which the event was recorded (UTC).
        created_at: field(|(event, _)| &event.created_at);
    }
}

object! {
    /// A refund.
    pub Refund for GrantedRefund {
        /// Id.
        id: field(|granted| &granted.refund.id);
        /// The amount.
        amount: embed(Money, |granted| money::Money::new(granted.refund.amount, granted.refund.currency));
        /// Status.
        status;
        /// The reason for the refund; empty unless the caller is staff with the permission ORDERS.
        reason: value(|granted, cx| {
            if sees_orders(cx) { granted.refund.reason.clone() } else { String::new() }
        }).visible(staff);
        /// The id of the staff user who granted it, visible to staff with the permission ORDERS; null if it was the
        /// shop itself.
        created_by: value(|granted, cx| granted.refund.created_by.filter(|_| sees_orders(cx))).visible(staff);
        /// Time at which it was granted (UTC).
        created_at: field(|granted| &granted.refund.created_at);
    }
}

object! {
    /// A webhook event received from a payment provider.
    pub PaymentWebhookEvent for payments::PaymentWebhookEvent {
        /// Id.
        id;
        /// The name of the provider.
        provider;
        /// The provider's id of the event.
        event_id;
        /// The provider's name for the kind of event.
        kind;
        /// The provider's id of the payment; empty if the event is not about a payment.
        reference;
        /// Status.
        status;
        /// Why it is unmatched; null if it is not.
        problem;
        /// Time at which it was received (UTC).
        received_at;
        /// Time at which it was applied (UTC); null if it was not.
        applied_at;
    }
}

object! {
    /// A payment method that a customer has saved with a provider.
    pub PaymentMethod for SavedMethod {
        /// Id: pass it as `paymentMethod` in the data of a payment session.
        id;
        /// The name of the provider.
        provider;
        /// The card brand, such as `visa`.
        brand;
        /// The last four digits.
        last4;
        /// The month in which it expires, such as `2030-12`; null if the provider does not say.
        expires;
        /// Time at which it was saved (UTC).
        created_at;
    }
}
