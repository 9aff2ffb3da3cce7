//! Payments: promises to pay, and money held, taken, let go and given back.
//!
//! # Decisions
//! - Payment providers are behind [`provider::PaymentProvider`]. They are asked outside of transactions.
//! - A session is a promise for one amount. It becomes the payment of one order, once.
//! - What a payment holds is kept within its bounds by the database.

mod error;
mod model;
pub mod provider;
mod repo;
mod sessions;
mod settle;

pub use error::PaymentError;
pub use model::{Payment, PaymentSession, PaymentStatus, SessionStatus, status_of};

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::db::{Conn, Result};
use crate::kernel::clock::SharedClock;
use crate::kernel::ids::{OrderId, PaymentId, PaymentSessionId};
use provider::PaymentProvider;

/// The providers that the shop takes payments with, by name.
pub type Providers = BTreeMap<&'static str, Arc<dyn PaymentProvider>>;

/// Payments.
#[derive(Clone)]
pub struct Payments {
    clock: SharedClock,
    providers: Arc<Providers>,
}

impl Payments {
    /// The facade over these providers.
    pub fn new(clock: SharedClock, providers: Providers) -> Self {
        Self { clock, providers: Arc::new(providers) }
    }

    /// The names of the providers.
    pub fn provider_names(&self) -> Vec<&'static str> {
        self.providers.keys().copied().collect()
    }

    /// The session with this id.
    pub async fn find_session(&self, conn: &Conn, id: PaymentSessionId) -> Result<Option<PaymentSession>> {
        repo::find_session(conn, id).await
    }

    /// The payments of these orders, oldest first.
    pub async fn of_orders(&self, conn: &Conn, ids: &[OrderId]) -> Result<Vec<Payment>> {
        repo::of_orders(conn, ids).await
    }

    /// The payments with these ids, in no order.
    pub async fn by_ids(&self, conn: &Conn, ids: &[PaymentId]) -> Result<Vec<Payment>> {
        repo::by_ids(conn, ids).await
    }

    fn provider(&self, name: &str) -> std::result::Result<&Arc<dyn PaymentProvider>, PaymentError> {
        self.providers.get(name).ok_or(PaymentError::UnknownProvider)
    }
}
