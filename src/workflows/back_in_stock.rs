//! Signing up for news of a variant that is sold out.

use crate::db::{self, Db};
use crate::domain::auth::Auth;
use crate::domain::catalog::{Audience, Catalog};
use crate::domain::inventory::{Inventory, InventoryError};
use crate::kernel::error::{ErrorCode, Explain, Problem};
use crate::kernel::ids::VariantId;

/// Signing up for news of variants that are sold out.
#[derive(Clone)]
pub struct BackInStock {
    pub(crate) db: Db,
    pub(crate) auth: Auth,
    pub(crate) catalog: Catalog,
    pub(crate) inventory: Inventory,
}

/// Why it could not be done.
#[derive(Debug, thiserror::Error)]
pub enum BackInStockError {
    /// The token is malformed, forged or for something else.
    #[error("the token is not valid")]
    InvalidToken,
    /// Stock.
    #[error(transparent)]
    Inventory(#[from] InventoryError),
    /// The database failed.
    #[error("the database failed")]
    Db(#[from] db::Error),
}

impl Explain for BackInStockError {
    fn problems(&self) -> Vec<Problem> {
        match self {
            Self::InvalidToken => vec![
                Problem::new(ErrorCode::Invalid, "Use the token from the notification: this one is not valid.")
                    .at("token"),
            ],
            Self::Inventory(error) => error.problems(),
            Self::Db(_) => Vec::new(),
        }
    }
}

impl BackInStock {
    /// Notes who wants to know when a published variant is back. The answer is the same whether that was known or not.
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

    /// Forgets who wanted to know, by the token that their mails have.
    pub async fn unsubscribe(&self, token: &str) -> Result<(), BackInStockError> {
        let alert = self.auth.stock_alert_of(token).ok_or(BackInStockError::InvalidToken)?;
        Ok(self.inventory.unsubscribe(alert).await?)
    }
}
