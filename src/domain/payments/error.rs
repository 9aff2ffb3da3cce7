//! What payments refuse.

use rust_decimal::Decimal;
use serde_json::json;

use super::provider::ProviderError;
use crate::db;
use crate::kernel::error::{ErrorCode, Explain, Problem};

/// Why something about a payment was refused.
#[derive(Debug, thiserror::Error)]
pub enum PaymentError {
    /// There is no such payment or session.
    #[error("there is no such payment")]
    NotFound,
    /// There is no such provider.
    #[error("there is no such payment provider")]
    UnknownProvider,
    /// There is nothing to pay.
    #[error("there is nothing to pay")]
    NothingToPay,
    /// The cart has to be paid first.
    #[error("the cart has to be paid first")]
    Required,
    /// What was promised is not what is to be paid (rule D2).
    #[error("promised {promised}, to be paid {due}")]
    AmountMismatch {
        /// What was promised.
        promised: Decimal,
        /// What is to be paid.
        due: Decimal,
    },
    /// More was to be taken than is held (rule F1).
    #[error("only {capturable} can be captured")]
    OverCapture {
        /// What can be taken.
        capturable: Decimal,
    },
    /// The provider did not do it.
    #[error(transparent)]
    Provider(#[from] ProviderError),
    /// The database failed.
    #[error(transparent)]
    Db(#[from] db::Error),
}

impl Explain for PaymentError {
    fn problems(&self) -> Vec<Problem> {
        let problem = match self {
            Self::NotFound => Problem::new(ErrorCode::NotFound, "There is no such payment.").at("id"),
            Self::UnknownProvider => {
                Problem::new(ErrorCode::NotFound, "There is no such payment provider.").at("provider")
            }
            Self::NothingToPay => Problem::new(ErrorCode::InvalidState, "There is nothing to pay: complete the cart."),
            Self::Required => Problem::new(ErrorCode::PaymentRequired, "Open a payment session for this cart first."),
            Self::AmountMismatch { promised, due } => {
                let message = "The total has changed since the payment session was opened: open a new one.";
                let details = json!({ "promised": promised.to_string(), "due": due.to_string() });
                Problem::new(ErrorCode::AmountMismatch, message).with(details)
            }
            Self::OverCapture { capturable } => {
                let message = format!("Only {capturable} can be captured.");
                Problem::new(ErrorCode::InvalidAmount, message)
                    .at("amount")
                    .with(json!({ "capturable": capturable.to_string() }))
            }
            Self::Provider(error) => {
                Problem::new(ErrorCode::PaymentDeclined, format!("The payment was refused: {error}."))
            }
            Self::Db(_) => return Vec::new(),
        };
        vec![problem]
    }
}
