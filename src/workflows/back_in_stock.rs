//! Subscriptions to back-in-stock notifications.

use crate::db::{self, Db};
use crate::domain::auth::Auth;
use crate::domain::catalog::{Audience, Catalog};
use crate::domain::inventory::{Inventory, InventoryError};
use crate::kernel::error::{ErrorCode, UserError, UserFacing};
use crate::kernel::ids::VariantId;

/// Subscribes shoppers to back-in-stock notifications.
#[derive(Clone)]
pub struct BackInStock {
    pub(crate) db: Db,
    pub(crate) auth: Auth,
    pub(crate) catalog: Catalog,
    pub(crate) inventory: Inventory,
}

/// Why a subscription failed.
#[derive(Debug, thiserror::Error)]
pub enum BackInStockError {
    /// The token is malformed, forged or for another purpose.
    #[error("the token is not valid")]
    InvalidToken,
    /// An inventory error.
    #[error(transparent)]
    Inventory(#[from] InventoryError),
    /// The database failed.
    #[error("the database failed")]
    Db(#[from] db::Error),
}

impl UserFacing for BackInStockError {
    fn user_errors(&self) -> Vec<UserError> {
        match self {
            Self::InvalidToken => vec![
                UserError::new(ErrorCode::Invalid, "Use the token from the notification: this one is not valid.")
                    .at("token"),
            ],
            Self::Inventory(error) => error.user_errors(),
            Self::Db(_) => Vec::new(),
        }
    }
}

impl BackInStock {
    /// Subscribes an email address to a published variant. The response does not reveal an existing subscription.
    pub async fn subscribe(&self, variant: VariantId, email: &str) -> Result<VariantId, BackInStockError> {
        let shown = {
            let conn = self.db.conn().await?;
            self.catalog.variants(&conn, Audience::Shoppers, &[variant]).await?
        };
        if shown.is_empty() {
            return Err(InventoryError::NotFound { what: "variant", path: "variantId".to_owned() }.into());
        }
        self.inventory.subscribe(variant, email).await?;
        Ok(variant)
    }

    /// Deletes a subscription, identified by the token from its emails.
    pub async fn unsubscribe(&self, token: &str) -> Result<(), BackInStockError> {
        let alert = self.auth.stock_alert_of(token).ok_or(BackInStockError::InvalidToken)?;
        Ok(self.inventory.unsubscribe(alert).await?)
    }
}
