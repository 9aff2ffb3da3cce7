//! The generated tests that every workflow must pass.

use async_trait::async_trait;
use cartwright::app::App;
use cartwright::config::Secret;
use cartwright::domain::payments::{NewPaymentOperation, SessionStatus, TransactionKind};
use cartwright::durable::testing::{Fixture, SharedFaults, exercise};
use cartwright::durable::{Engine, Started};
use cartwright::kernel::actor::Actor;
use cartwright::kernel::ids::{CartId, OrderId};
use cartwright::providers::payment::TestBank;
use cartwright::workflows::checkout::CheckoutError;
use cartwright::workflows::checkout::run::{CheckoutWorkflow, OrderDraft};
use cartwright::workflows::money::{ClosedSession, OperationState, PaymentOperationWorkflow, ReleaseAuthorization};
use cartwright_macros::shop_test;
use serde_json::json;

use crate::payments::{bank_shop, open_session, place_order};
use crate::support::Shop;

/// The application of another process on the shop's database.
fn process(shop: &Shop, faults: SharedFaults) -> App {
    shop.another_app(|builder| builder.test_payments(Secret::new(TestBank::SECRET)).faults(faults))
}

/// Returns an error if one of the counts is not 0.
async fn check_none(shop: &Shop, violations: &[(&str, String)]) -> Result<(), String> {
    for (what, sql) in violations {
        let count = shop.count(sql).await;
        if count != 0 {
            return Err(format!("{what}: {count}"));
        }
    }
    Ok(())
}

struct CheckoutFixture(Shop);

#[async_trait]
impl Fixture<CheckoutWorkflow> for CheckoutFixture {
    async fn process(&self, faults: SharedFaults) -> Engine {
        process(&self.0, faults).durable.clone()
    }

    async fn given(&self) -> OrderDraft {
        let (cart, _) = open_session(&self.0, &self.0.anonymous(), "test", json!({})).await;
        self.0.checkout.agreed(&Actor::Anonymous, cart.parse().unwrap()).await.unwrap()
    }

    async fn start(&self, engine: &Engine, state: OrderDraft) -> Result<Started<OrderDraft>, CheckoutError> {
        let (tx, cart) = (engine.db().begin().await?, state.order.cart_id);
        self.0.carts.lock_in(&tx, &Actor::Anonymous, cart).await?;
        let started = engine.start_in::<CheckoutWorkflow>(&tx, &cart.to_string(), state).await?;
        if let Started::Run(run) = &started {
            self.0.carts.begin_completing_in(&tx, cart, *run).await?;
        }
        tx.commit().await?;
        Ok(started)
    }

    async fn is_done(&self, state: &OrderDraft) -> Result<(), String> {
        let (cart, order) = (state.order.cart_id.0, state.order.id.0);
        let violations = [
            (
                "number of orders other than one",
                format!("SELECT count(*) - 1 FROM orders WHERE id = '{order}' AND cart_id = '{cart}'"),
            ),
            (
                "number of placed events other than one",
                format!("SELECT count(*) - 1 FROM events WHERE kind = 'order_placed' AND subject_id = '{order}'"),
            ),
            ("open carts", format!("SELECT count(*) FROM carts WHERE id = '{cart}' AND order_id IS NULL")),
            (
                "number of reservations other than one",
                format!("SELECT count(*) - 1 FROM stock_reservations WHERE order_id = '{order}'"),
            ),
            (
                "number of payments other than one",
                format!("SELECT count(*) - 1 FROM payments WHERE order_id = '{order}' AND authorized > 0"),
            ),
            (
                "number of charges other than one",
                format!(
                    "SELECT count(*) - 1 FROM test_bank_charges c JOIN payment_sessions s
                ON s.reference = c.reference WHERE s.cart_id = '{cart}' AND c.authorized = c.amount AND c.voided = 0"
                ),
            ),
        ];
        check_none(&self.0, &violations).await
    }

    async fn is_undone(&self, state: &OrderDraft) -> Result<(), String> {
        // A separate run releases the authorization.
        self.0.drain_runs().await;
        let (cart, order) = (state.order.cart_id.0, state.order.id.0);
        let violations = [
            ("orders", format!("SELECT count(*) FROM orders WHERE id = '{order}'")),
            (
                "locked or completed carts",
                format!(
                    "SELECT count(*) FROM carts WHERE id = '{cart}'
                AND (order_id IS NOT NULL OR completing_run_id IS NOT NULL)"
                ),
            ),
            ("reservations", format!("SELECT count(*) FROM stock_reservations WHERE order_id = '{order}'")),
            (
                "open sessions",
                format!("SELECT count(*) FROM payment_sessions WHERE cart_id = '{cart}' AND status <> 'FAILED'"),
            ),
            (
                "open authorizations at the bank",
                format!(
                    "SELECT count(*) FROM test_bank_charges c JOIN payment_sessions s
                ON s.reference = c.reference WHERE s.cart_id = '{cart}' AND c.authorized > c.voided"
                ),
            ),
            (
                "recorded open authorizations",
                format!(
                    "SELECT count(*) FROM payments p JOIN payment_sessions s
                ON s.id = p.session_id WHERE s.cart_id = '{cart}' AND p.authorized > p.voided"
                ),
            ),
        ];
        check_none(&self.0, &violations).await
    }
}

#[shop_test]
async fn completing_a_cart_is_completed_or_undone_after_any_failure() {
    let shop = bank_shop().await;
    shop.set_stock(&shop.variant("NOTE-A5-DOT").await, 1_000).await;
    let exercised = exercise::<CheckoutWorkflow>(&CheckoutFixture(shop)).await.unwrap();
    assert_eq!(exercised.outside, ["authorize"]);
    assert_eq!(exercised.written, ["authorize", "place"]);
    assert!(exercised.crashes >= 10 && exercised.undone >= 4, "{exercised:?}");
}

struct CaptureFixture(Shop);

/// Checks for operations that are pending, or whose result differs from the bank's.
async fn check_payments(shop: &Shop, order: OrderId) -> Result<(), String> {
    let order = order.0;
    let violations = [
        (
            "pending operations",
            format!(
                "SELECT count(*) FROM payments WHERE order_id = '{order}'
            AND pending_capture + pending_void + pending_refund > 0"
            ),
        ),
        (
            "payments that differ from the bank's",
            format!(
                "SELECT count(*) FROM payments p JOIN test_bank_charges c
            ON c.reference = p.reference WHERE p.order_id = '{order}' AND p.captured <> c.captured"
            ),
        ),
    ];
    check_none(shop, &violations).await
}

#[async_trait]
impl Fixture<PaymentOperationWorkflow> for CaptureFixture {
    async fn process(&self, faults: SharedFaults) -> Engine {
        process(&self.0, faults).durable.clone()
    }

    async fn given(&self) -> OperationState {
        let order: OrderId = place_order(&self.0, "test", json!({})).await.parse().unwrap();
        let tx = self.0.db.begin().await.unwrap();
        let (_, payment) = self.0.payments.of_orders(&tx, &[order]).await.unwrap().pop().unwrap();
        let wanted = NewPaymentOperation {
            payment: payment.id,
            kind: TransactionKind::Capture,
            amount: None,
            refund_id: None,
            staff: None,
        };
        let operation = self.0.payments.request_in(&tx, wanted).await.unwrap();
        tx.commit().await.unwrap();
        OperationState::of(operation)
    }

    async fn is_done(&self, state: &OperationState) -> Result<(), String> {
        let order = state.order().unwrap();
        check_payments(&self.0, order).await?;
        let uncaptured =
            format!("SELECT count(*) FROM payments WHERE order_id = '{}' AND captured <> authorized", order.0);
        check_none(&self.0, &[("payments that are not captured", uncaptured)]).await
    }

    async fn is_undone(&self, state: &OperationState) -> Result<(), String> {
        check_payments(&self.0, state.order().unwrap()).await
    }
}

#[shop_test]
async fn payment_operations_match_the_bank_after_any_failure() {
    let shop = bank_shop().await;
    shop.set_stock(&shop.variant("NOTE-A5-DOT").await, 1_000).await;
    let exercised = exercise::<PaymentOperationWorkflow>(&CaptureFixture(shop)).await.unwrap();
    assert_eq!(exercised.outside, ["execute"]);
    assert_eq!(exercised.written, ["execute"]);
    assert!(exercised.crashes >= 5 && exercised.undone >= 4, "{exercised:?}");
}

struct ReleaseFixture(Shop);

#[async_trait]
impl Fixture<ReleaseAuthorization> for ReleaseFixture {
    async fn process(&self, faults: SharedFaults) -> Engine {
        process(&self.0, faults).durable.clone()
    }

    async fn given(&self) -> ClosedSession {
        let (cart, _) = open_session(&self.0, &self.0.anonymous(), "test", json!({ "behavior": "pending" })).await;
        let cart: CartId = cart.parse().unwrap();
        let tx = self.0.db.begin().await.unwrap();
        let session = self.0.payments.cancel_in(&tx, cart, SessionStatus::Canceled, None).await.unwrap().pop().unwrap();
        tx.commit().await.unwrap();
        // The shopper has paid anyway.
        TestBank::new(self.0.url(), Secret::new(TestBank::SECRET)).decide(&session.reference, true).await.unwrap();
        ClosedSession { session }
    }

    async fn is_done(&self, state: &ClosedSession) -> Result<(), String> {
        let reference = &state.session.reference;
        let held =
            |table| format!("SELECT count(*) FROM {table} WHERE reference = '{reference}' AND authorized <> voided");
        check_none(
            &self.0,
            &[
                ("open authorizations at the bank", held("test_bank_charges")),
                ("recorded open authorizations", held("payments")),
            ],
        )
        .await
    }

    async fn is_undone(&self, state: &ClosedSession) -> Result<(), String> {
        let open = format!(
            "SELECT count(*) FROM payment_sessions WHERE id = '{}' AND status <> 'CANCELED'",
            state.session.id.0
        );
        check_none(&self.0, &[("reopened sessions", open)]).await
    }
}

#[shop_test]
async fn a_closed_session_is_released_after_any_failure() {
    let exercised = exercise::<ReleaseAuthorization>(&ReleaseFixture(bank_shop().await)).await.unwrap();
    assert_eq!(exercised.outside, ["release"]);
    assert_eq!(exercised.written, ["release"]);
    assert!(exercised.crashes >= 5, "{exercised:?}");
}
