use async_graphql::Json;
use graphql_plan::{Cx, object};

use super::sources::EVENTS_OF_PAYMENT;
use crate::app::App;
use crate::domain::payments::{self, GrantedRefund, SavedMethod};
use crate::graphql::context::Asked;
use crate::graphql::guards::staff;
use crate::graphql::orders::Order;
use crate::graphql::orders::sources::ORDER;
use crate::graphql::scalars::Money;
use crate::kernel::actor::Permission;
use crate::kernel::money::{self, Currency};

/// Whether the caller may see what is only for those who look after orders.
fn sees_orders(cx: &Cx<'_>) -> bool {
    cx.actor().may(Permission::Orders)
}

object! {
    /// A way to pay.
    pub PaymentProvider for String {
        /// Its name: what `paymentSessionCreate` takes.
        name: field(|name| name);
    }
}

impl PaymentProvider {
    /// The names of all of them.
    pub(in crate::graphql) fn all(app: &App) -> Vec<String> {
        app.payments.provider_names().into_iter().map(str::to_owned).collect()
    }
}

object! {
    /// A shopper's promise to pay one amount for a cart.
    pub PaymentSession for payments::PaymentSession {
        /// Id.
        id;
        /// The provider's name.
        provider;
        /// How much: the cart's total when the session was opened.
        amount: embed(Money, |session| session.money());
        /// Where it stands. An open one is EXPIRED from `expiresAt` on.
        status: value(|session, cx| session.status_at(cx.app().clock.now()));
        /// What the client told the provider, and what the client needs of it, such as Stripe's `clientSecret`.
        data: value(|session| Json(session.data.clone()));
        /// What the shopper has to do; null when that is nothing.
        action: embed(PaymentAction, |session| session.action.clone());
        /// Why the last try to pay failed; null when none has.
        failure: embed(PaymentFailure, |session| session.failure.clone());
        /// Until when the cart has to be completed.
        expires_at;
        /// When it was opened.
        created_at;
    }
}

object! {
    /// What a shopper has to do before a payment can go on.
    pub PaymentAction for payments::Action {
        /// `redirect`: go to the `url`; `sdk`: hand the `clientSecret` to the provider's own library. Other words are a
        /// provider's own.
        r#type: field(|action| &action.kind);
        /// Where to go; null when there is nowhere to go.
        url;
        /// What the provider's library needs; null when it needs nothing.
        client_secret;
    }
}

object! {
    /// Why a provider did not take a payment.
    pub PaymentFailure for payments::Failure {
        /// The provider's word for it, such as `card_declined`.
        code;
        /// For the shopper, in the provider's words; it may be empty.
        message;
    }
}

/// An amount of a payment.
fn amount(payment: &payments::Payment, amount: rust_decimal::Decimal) -> money::Money {
    money::Money::new(amount, payment.currency)
}

object! {
    /// Money held, taken, let go and given back. Its balances are what its events come to.
    pub Payment for payments::Payment {
        /// Id.
        id;
        /// The provider's name.
        provider;
        /// What the provider calls it; empty for anybody but staff who may see orders, and when the provider has no name for it.
        reference: value(|payment, cx| {
            if sees_orders(cx) { payment.reference.clone() } else { String::new() }
        }).visible(staff);
        /// Its order, for staff who may see orders; null while the cart is not completed.
        order: option(Order, ORDER, |payment, cx| payment.order_id.filter(|_| sees_orders(cx))).visible(staff);
        /// What was promised.
        authorized: embed(Money, |payment| amount(payment, payment.authorized));
        /// What was taken of it.
        captured: embed(Money, |payment| amount(payment, payment.captured));
        /// What was let go of it.
        voided: embed(Money, |payment| amount(payment, payment.voided));
        /// What was given back of what was taken.
        refunded: embed(Money, |payment| amount(payment, payment.refunded));
        /// What the shopper's bank took back.
        charged_back: embed(Money, |payment| amount(payment, payment.charged_back));
        /// What the shop has of it: captured, less refunded and charged back.
        charged: embed(Money, |payment| amount(payment, payment.charged()));
        /// What can still be captured or let go.
        capturable: embed(Money, |payment| amount(payment, payment.capturable()));
        /// What can still be refunded.
        refundable: embed(Money, |payment| amount(payment, payment.refundable()));
        /// What may yet be promised: the provider has not decided.
        pending_authorize: embed(Money, |payment| amount(payment, payment.pending_authorize));
        /// What was asked to be captured, without an answer yet.
        pending_capture: embed(Money, |payment| amount(payment, payment.pending_capture));
        /// What was asked to be let go, without an answer yet.
        pending_void: embed(Money, |payment| amount(payment, payment.pending_void));
        /// What was asked to be refunded, without an answer yet.
        pending_refund: embed(Money, |payment| amount(payment, payment.pending_refund));
        /// What happened to its money, in the order in which it became known; empty for anybody but staff who may see orders.
        events: pick(
            MoneyEvent,
            EVENTS_OF_PAYMENT,
            |payment, cx| sees_orders(cx).then_some(payment.id),
            |payment, found| found.iter().map(|event| (event.clone(), payment.currency)).collect::<Vec<_>>(),
        ).visible(staff);
        /// Counts the changes.
        version;
        /// When it was made.
        created_at;
        /// When it was last changed.
        updated_at;
    }
}

object! {
    /// Something that happened to money: a fact, which is never changed.
    pub MoneyEvent for (payments::MoneyEvent, Currency) {
        /// Id.
        id: field(|(event, _)| &event.id);
        /// What happened.
        kind: field(|(event, _)| &event.kind);
        /// How far.
        result: field(|(event, _)| &event.result);
        /// How much.
        amount: embed(Money, |(event, currency)| money::Money::new(event.amount, *currency));
        /// What the provider calls it; empty when it has no name for it.
        reference: field(|(event, _)| &event.reference);
        /// What the provider said; it may be empty.
        message: field(|(event, _)| &event.message);
        /// From where it is known.
        source: field(|(event, _)| &event.source);
        /// Who asked for it; null for the shop itself.
        staff_id: field(|(event, _)| &event.staff_id);
        /// When it happened, by the provider's clock.
        occurred_at: field(|(event, _)| &event.occurred_at);
        /// When it became known here.
        created_at: field(|(event, _)| &event.created_at);
    }
}

object! {
    /// A refund that was granted.
    pub Refund for GrantedRefund {
        /// Id.
        id: field(|granted| &granted.refund.id);
        /// How much.
        amount: embed(Money, |granted| money::Money::new(granted.refund.amount, granted.refund.currency));
        /// How far it has come.
        status;
        /// Why it was granted; empty for anybody but staff who may see orders.
        reason: value(|granted, cx| {
            if sees_orders(cx) { granted.refund.reason.clone() } else { String::new() }
        }).visible(staff);
        /// Who granted it, for staff who may see orders; null for the shop itself.
        created_by: value(|granted, cx| granted.refund.created_by.filter(|_| sees_orders(cx))).visible(staff);
        /// When it was granted.
        created_at: field(|granted| &granted.refund.created_at);
    }
}

object! {
    /// Something that a payment provider told on its own.
    pub PaymentNotice for payments::PaymentNotice {
        /// Id.
        id;
        /// The provider's name.
        provider;
        /// What the provider calls it.
        event_id;
        /// The provider's word for what happened.
        kind;
        /// What the provider calls the payment that it is about; empty when it is about none.
        reference;
        /// What came of it.
        status;
        /// Why it was parked; null when it was not.
        problem;
        /// When it came.
        received_at;
        /// When it was applied; null when it was not.
        applied_at;
    }
}

object! {
    /// A payment method that a customer has saved at a provider.
    pub PaymentMethod for SavedMethod {
        /// Id: what a session's data takes as its `paymentMethod`.
        id;
        /// The provider's name.
        provider;
        /// Such as `visa`.
        brand;
        /// The last four digits.
        last4;
        /// Until which month it is valid, as `2030-12`; null when the provider does not say.
        expires;
        /// When it was saved.
        created_at;
    }
}
