//! Payments: promises to pay, and money held, taken, let go and given back.
//!
//! # Decisions
//! - **What happened to money is kept as facts** ([`MoneyEvent`]), which are added and never changed. A payment's balances
//!   are their fold: the same whatever comes late, twice or out of order. They are kept with the payment, so that moving
//!   money is decided by one locked row.
//! - **A request is a fact too.** It is written under the payment's lock before a provider is asked, and counts against
//!   what is left until it is answered: two who ask at once cannot both be granted what is there once.
//! - **Payment providers are behind [`provider::PaymentProvider`]**, asked outside of transactions; one that needs no
//!   network, such as `manual`, answers inside of them.
//! - **A session is a promise for one amount.** Its payment is made with it, and is bound to one order, once.
//! - **What a provider tells on its own is taken once** and applied in a transaction of its own. What it tells of a session
//!   that is not known yet is parked, and applied when that is kept.

mod ask;
mod breaker;
mod error;
mod fact;
mod fold;
mod lists;
mod machine;
mod methods;
mod model;
mod moves;
mod notices;
pub mod provider;
mod refunds;
mod release;
mod repo;
mod sessions;
mod stand;
mod status;

pub use error::PaymentError;
pub use fact::{Fact, MoneyKind, MoneyResult, MoneySource};
pub use lists::{NoticeFilter, PaymentFilter, PaymentList, PaymentSort};
pub use model::{
    Action, Failure, MoneyEvent, NoticeStatus, Payment, PaymentNotice, PaymentSession, Refund, SavedMethod,
    SessionStatus,
};
pub use moves::{AskedMove, MoveMoney};
pub use notices::Applied;
pub use refunds::{GiveBack, GrantRefund, GrantedRefund, MarkPaid, covered, goodwill};
pub use sessions::OpenSession;
pub use status::{ChargeStatus, PaymentStatus, RefundStatus, charge_status, status_of};

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::db::{Conn, Db, Result};
use crate::kernel::clock::SharedClock;
use crate::kernel::ids::{OrderId, PaymentNoticeId, PaymentSessionId};
use crate::kernel::page::{Page, Window};
use breaker::Breaker;
use provider::PaymentProvider;

/// The providers that the shop takes payments with, by name.
pub type Providers = BTreeMap<&'static str, Arc<dyn PaymentProvider>>;

/// Payments.
#[derive(Clone)]
pub struct Payments {
    db: Db,
    clock: SharedClock,
    providers: Arc<Providers>,
    breaker: Breaker,
}

impl Payments {
    /// The facade over these providers.
    pub fn new(db: Db, clock: SharedClock, providers: Providers) -> Self {
        Self { db, clock, providers: Arc::new(providers), breaker: Breaker::default() }
    }

    /// The names of the providers.
    pub fn provider_names(&self) -> Vec<&'static str> {
        self.providers.keys().copied().collect()
    }

    /// Whether a provider is asked over a network. One that is not there any more counts as one that is.
    pub fn is_outside(&self, provider: &str) -> bool {
        self.providers.get(provider).is_none_or(|provider| provider.outside())
    }

    /// The session as it is now, on a connection of its own: for whoever calls outside of transactions.
    pub async fn current_session(&self, id: PaymentSessionId) -> std::result::Result<PaymentSession, PaymentError> {
        let conn = self.db.conn().await?;
        self.find_session(&conn, id).await?.ok_or(PaymentError::NotFound)
    }

    /// The payments of these orders, oldest first.
    pub async fn of_orders(&self, conn: &Conn, ids: &[OrderId]) -> Result<Vec<(OrderId, Payment)>> {
        let found = repo::payments::of_orders(conn, ids).await?;
        Ok(found.into_iter().filter_map(|payment| Some((payment.order_id?, payment))).collect())
    }

    /// A page of all payments.
    pub async fn list(&self, conn: &Conn, list: &PaymentList) -> Result<Page<Payment>> {
        let rows = repo::payments::list(conn, list).await?;
        Ok(list.window.page(rows, |payment| (payment.created_at.to_rfc3339(), payment.id.0)))
    }

    /// A page of what providers told, newest first.
    pub async fn notices(
        &self,
        conn: &Conn,
        filter: &NoticeFilter,
        window: &Window,
    ) -> std::result::Result<Page<PaymentNotice>, PaymentError> {
        let beyond = window.key()?.map(|(key, id)| (key, PaymentNoticeId(id)));
        let rows = repo::notices::list(conn, filter, window, beyond).await?;
        Ok(window.page(rows, |notice| (notice.received_at.to_rfc3339(), notice.id.0)))
    }
}
