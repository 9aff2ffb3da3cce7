//! Back-in-stock alerts.
//!
//! # Decisions
//! - Code that releases units looks for waiting alerts in the same transaction: an alert is answered once, by one
//!   event, and an alert created while units arrive is either answered by them or not needed.
//! - Subscribing never reveals whether an email address is known.

use super::demand::availability;
use super::model::{AlertFilter, StockAlert};
use super::{Inventory, InventoryError, repo};
use crate::db::Conn;
use crate::events::{Event, publish};
use crate::kernel::ids::{InventoryItemId, StockAlertId, VariantId};
use crate::kernel::page::{Page, PageRequest};
use crate::kernel::text::{Validator, normalize_email};

impl Inventory {
    /// Subscribes an email address to the return of a variant; a second subscription has no effect. A variant that can
    /// be bought is refused.
    pub async fn subscribe(&self, variant_id: VariantId, email: &str) -> Result<(), InventoryError> {
        let email = normalize_email(email);
        let mut validator = Validator::new();
        validator.email("email", &email);
        validator.finish().map_err(InventoryError::Invalid)?;
        let now = self.clock.now();
        let tx = self.db.begin().await?;
        // Units that arrive in the meantime wait for this lock, and then find the alert.
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

    /// Deletes an alert; deleting it again has no effect.
    pub async fn unsubscribe(&self, id: StockAlertId) -> Result<(), InventoryError> {
        let conn = self.db.conn().await?;
        Ok(repo::delete_alert(&conn, id).await?)
    }

    /// A page of all alerts, newest first.
    pub async fn list_alerts(
        &self,
        conn: &Conn,
        filter: &AlertFilter,
        paging: &PageRequest,
    ) -> Result<Page<StockAlert>, InventoryError> {
        let rows = repo::alerts(conn, filter, paging, paging.key()?).await?;
        Ok(paging.page(rows, |alert| (alert.created_at.to_rfc3339(), alert.id.0)))
    }

    /// Publishes an event for each variant with waiting alerts that can be bought again, now that these items may have
    /// more units.
    pub(super) async fn notify_in(&self, conn: &Conn, items: &[InventoryItemId]) -> Result<(), InventoryError> {
        if items.is_empty() {
            return Ok(());
        }
        let variants_with_alerts = repo::variants_with_alerts(conn, items).await?;
        if variants_with_alerts.is_empty() {
            return Ok(());
        }
        let now = self.clock.now();
        let supplies = repo::supply(conn, &variants_with_alerts, None, now).await?;
        let back = availability(&supplies).into_iter().filter(|found| found.allows(1));
        let back: Vec<_> = back.map(|found| found.variant_id).collect();
        repo::mark_notified(conn, &back, now).await?;
        for variant in back {
            publish(conn, Event::VariantAvailable(variant), now).await?;
        }
        Ok(())
    }
}
