//! Payments: sessions, authorizations, captures, voids and refunds.
//!
//! # Decisions
//! - **Money movements are stored as events** ([`TransactionEvent`]), which are appended and never changed. A payment's
//!   balances are computed from them and do not depend on late, duplicate or out-of-order arrival. They are stored with
//!   the payment, so one locked row decides whether money may move.
//! - **A request is an event too.** It is written under the payment's lock before the provider is called, and counts
//!   against the remaining amount until it is answered: two concurrent requests cannot both be granted the same money.
//! - **Payment providers are behind [`provider::PaymentProvider`]** and are called outside of transactions; one that
//!   needs no network, such as `manual`, is called inside of them.
//! - **A session covers one amount.** Its payment is created with it and is attached to one order, once.
//! - **A webhook event is processed once**, in a transaction of its own. An event for a session that is not stored yet
//!   is unmatched, and is applied when the session is stored.

mod balances;
mod breaker;
#[cfg(feature = "testing")]
pub mod contract;
mod error;
mod event;
mod lists;
mod methods;
mod model;
mod operations;
pub mod provider;
mod provider_calls;
mod provider_status;
mod refunds;
mod release;
mod repo;
mod session_state;
mod sessions;
mod status;
mod webhooks;

pub use error::PaymentError;
pub use event::PaymentEvent;
pub use lists::{PaymentFilter, PaymentList, PaymentSort, WebhookEventFilter};
pub use model::{
    Action, Payment, PaymentFailure, PaymentSession, PaymentWebhookEvent, Refund, SavedMethod, SessionStatus,
    TransactionEvent, TransactionKind, TransactionResult, TransactionSource, WebhookEventStatus,
};
pub use operations::{NewPaymentOperation, PaymentOperation};
pub use refunds::{GrantRefund, GrantedRefund, MarkPaid, NewRefund, covered, goodwill};
pub use sessions::OpenSession;
pub use status::{ChargeStatus, PaymentStatus, RefundStatus, charge_status, status_of};
pub use webhooks::AppliedWebhookEvent;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::db::{Conn, Db, Result};
use crate::kernel::clock::SharedClock;
use crate::kernel::ids::{OrderId, PaymentSessionId, PaymentWebhookEventId};
use crate::kernel::page::{Page, PageRequest};
use breaker::CircuitBreakers;
use provider::PaymentProvider;

/// The configured payment providers, by name.
pub type Providers = BTreeMap<&'static str, Arc<dyn PaymentProvider>>;

/// The payments service.
#[derive(Clone)]
pub struct Payments {
    db: Db,
    clock: SharedClock,
    providers: Arc<Providers>,
    breaker: CircuitBreakers,
}

impl Payments {
    /// Creates the service for these providers.
    pub fn new(db: Db, clock: SharedClock, providers: Providers) -> Self {
        Self { db, clock, providers: Arc::new(providers), breaker: CircuitBreakers::default() }
    }

    /// Returns the names of the providers.
    pub fn provider_names(&self) -> Vec<&'static str> {
        self.providers.keys().copied().collect()
    }

    /// Returns whether a provider is called over a network. A provider that is no longer configured counts as remote.
    pub fn is_remote(&self, provider: &str) -> bool {
        self.providers.get(provider).is_none_or(|provider| provider.is_remote())
    }

    /// Returns the current session, on a connection of its own, for callers outside of transactions.
    pub async fn current_session(&self, id: PaymentSessionId) -> std::result::Result<PaymentSession, PaymentError> {
        let conn = self.db.conn().await?;
        self.find_session(&conn, id).await?.ok_or(PaymentError::NotFound)
    }

    /// Returns the payments of these orders, oldest first.
    pub async fn of_orders(&self, conn: &Conn, ids: &[OrderId]) -> Result<Vec<(OrderId, Payment)>> {
        let found = repo::payments::of_orders(conn, ids).await?;
        Ok(found.into_iter().filter_map(|payment| Some((payment.order_id?, payment))).collect())
    }

    /// Returns a page of all payments.
    pub async fn list(&self, conn: &Conn, list: &PaymentList) -> Result<Page<Payment>> {
        let rows = repo::payments::list(conn, list).await?;
        Ok(list.paging.page(rows, |payment| (payment.created_at.to_rfc3339(), payment.id.0)))
    }

    /// Returns a page of webhook events, newest first.
    pub async fn webhook_events(
        &self,
        conn: &Conn,
        filter: &WebhookEventFilter,
        paging: &PageRequest,
    ) -> std::result::Result<Page<PaymentWebhookEvent>, PaymentError> {
        let cursor = paging.key()?.map(|(key, id)| (key, PaymentWebhookEventId(id)));
        let rows = repo::webhooks::list(conn, filter, paging, cursor).await?;
        Ok(paging.page(rows, |event| (event.received_at.to_rfc3339(), event.id.0)))
    }
}
