//! Telling those who wait for a variant that it is back.
//!
//! # Decisions
//! - Whoever makes units free looks for those who wait, in the same transaction: an alert is answered once, by one
//!   event, and an alert that is made while units come in is answered by these or not needed.
//! - Nobody learns from signing up whether an address is known.

use super::demand::availability;
use super::model::{AlertFilter, StockAlert};
use super::{Inventory, InventoryError, repo};
use crate::db::Conn;
use crate::events::{Event, publish};
use crate::kernel::ids::{InventoryItemId, StockAlertId, VariantId};
use crate::kernel::page::{Page, Window};
use crate::kernel::text::{Checks, normal_email};

impl Inventory {
    /// Notes who wants to know when a variant is back; noting it twice changes nothing. A variant that can be bought is not
    /// waited for.
    pub async fn subscribe(&self, variant_id: VariantId, email: &str) -> Result<(), InventoryError> {
        let email = normal_email(email);
        let mut checks = Checks::new();
        checks.email("email", &email);
        checks.finish().map_err(InventoryError::Invalid)?;
        let now = self.clock.now();
        let tx = self.db.begin().await?;
        // Units that come in meanwhile wait for this lock, and then find the alert.
        repo::lock_supply(&tx, &[variant_id]).await?;
        let supplies = repo::supply(&tx, &[variant_id], None, now).await?;
        let missing = || InventoryError::NotFound { what: "variant", path: "variantId".to_owned() };
        if availability(&supplies).pop().ok_or_else(missing)?.allows(1) {
            return Err(InventoryError::InvalidState("This can be bought now, without waiting."));
        }
        let alert = StockAlert { id: StockAlertId::new(), variant_id, email, created_at: now, notified_at: None };
        repo::add_alert(&tx, &alert).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Forgets who wanted to know; forgetting it twice changes nothing.
    pub async fn unsubscribe(&self, id: StockAlertId) -> Result<(), InventoryError> {
        let conn = self.db.conn().await?;
        Ok(repo::delete_alert(&conn, id).await?)
    }

    /// A page of all alerts, newest first.
    pub async fn list_alerts(
        &self,
        conn: &Conn,
        filter: &AlertFilter,
        window: &Window,
    ) -> Result<Page<StockAlert>, InventoryError> {
        let rows = repo::alerts(conn, filter, window, window.key()?).await?;
        Ok(window.page(rows, |alert| (alert.created_at.to_rfc3339(), alert.id.0)))
    }

    /// Publishes which variants that somebody waits for can be bought again, now that there may be more of these items.
    pub(super) async fn tell_in(&self, conn: &Conn, items: &[InventoryItemId]) -> Result<(), InventoryError> {
        if items.is_empty() {
            return Ok(());
        }
        let waited_for = repo::waited_for(conn, items).await?;
        if waited_for.is_empty() {
            return Ok(());
        }
        let now = self.clock.now();
        let supplies = repo::supply(conn, &waited_for, None, now).await?;
        let back = availability(&supplies).into_iter().filter(|found| found.allows(1));
        let back: Vec<_> = back.map(|found| found.variant_id).collect();
        repo::answer_alerts(conn, &back, now).await?;
        for variant in back {
            publish(conn, Event::VariantAvailable(variant), now).await?;
        }
        Ok(())
    }
}
