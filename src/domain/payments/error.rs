//! Errors of payments.

use rust_decimal::Decimal;
use serde_json::json;

use super::model::{Action, SessionStatus};
use super::provider::ProviderError;
use crate::db;
use crate::kernel::error::{ErrorCode, UserError, UserFacing};
use crate::kernel::money::Money;

/// Why a payment request failed.
#[derive(Debug, thiserror::Error)]
pub enum PaymentError {
    /// The payment, session or webhook event does not exist.
    #[error("there is no such payment")]
    NotFound,
    /// The provider does not exist.
    #[error("there is no such payment provider")]
    UnknownProvider,
    /// There is nothing to pay.
    #[error("there is nothing to pay")]
    NothingToPay,
    /// The cart must be paid first.
    #[error("the cart has to be paid first")]
    Required,
    /// The session is not authorized yet: the shopper must take an action, or the provider has not decided.
    #[error("the payment session is {}", .status.as_str())]
    NotAuthorized {
        /// The status of the session.
        status: SessionStatus,
        /// The action that the shopper must take.
        action: Option<Action>,
    },
    /// The session is in a state that does not allow this.
    #[error("the payment session is {}", .0.as_str())]
    InvalidState(SessionStatus),
    /// The session's amount differs from the amount due (rule D2).
    #[error("promised {promised:?}, to be paid {due:?}")]
    AmountMismatch {
        /// The amount of the session.
        promised: Money,
        /// The amount due.
        due: Money,
    },
    /// The amount to capture or void exceeds the authorized amount (rules F1 and F3).
    #[error("only {capturable} can be captured")]
    OverCapture {
        /// The amount that can be captured.
        capturable: Decimal,
    },
    /// The amount to refund exceeds the captured amount (rule F2).
    #[error("only {refundable} can be refunded")]
    OverRefund {
        /// The amount that can be refunded.
        refundable: Decimal,
    },
    /// The amount marked as paid exceeds the amount due.
    #[error("only {due} is due")]
    Overpaid {
        /// The amount due.
        due: Decimal,
    },
    /// A capture is unanswered.
    #[error("{amount} are being captured")]
    Capturing {
        /// The amount of the capture.
        amount: Decimal,
    },
    /// The payment is not attached to an order yet.
    #[error("the payment belongs to no order")]
    NotAttached,
    /// The input is malformed.
    #[error("the input is malformed")]
    Invalid(Vec<UserError>),
    /// The provider did not perform the request.
    #[error(transparent)]
    Provider(#[from] ProviderError),
    /// The database failed.
    #[error("the database failed")]
    Db(#[from] db::Error),
}

impl From<UserError> for PaymentError {
    fn from(problem: UserError) -> Self {
        Self::Invalid(vec![problem])
    }
}

impl PaymentError {
    /// Returns whether a retry may succeed.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Provider(error) => error.is_transient(),
            Self::Db(error) => matches!(error, db::Error::Unavailable(_)),
            _ => false,
        }
    }
}

fn amount(code: &str, message: String, most: Decimal) -> UserError {
    UserError::new(ErrorCode::InvalidAmount, message).at("amount").with(json!({ code: most.normalize().to_string() }))
}

fn of_provider(error: &ProviderError) -> UserError {
    match error {
        ProviderError::Declined(failure) => {
            let message = match failure.message.as_str() {
                "" => "The payment was declined.".to_owned(),
                told => format!("The payment was declined: {told}"),
            };
            UserError::new(ErrorCode::PaymentDeclined, message).with(json!({ "reason": failure.code }))
        }
        ProviderError::Unavailable(_) | ProviderError::Unknown(_) => {
            let message = "The payment provider cannot be reached at the moment: try again, or pay in another way.";
            UserError::new(ErrorCode::PaymentUnavailable, message)
        }
        ProviderError::Misuse(reason) => {
            let message = format!("The payment provider does not accept this: {reason}.");
            UserError::new(ErrorCode::Invalid, message)
        }
    }
}

impl UserFacing for PaymentError {
    fn user_errors(&self) -> Vec<UserError> {
        let problem = match self {
            Self::NotFound => UserError::new(ErrorCode::NotFound, "There is no such payment.").at("id"),
            Self::UnknownProvider => {
                UserError::new(ErrorCode::NotFound, "There is no such payment provider.").at("provider")
            }
            Self::NothingToPay => {
                UserError::new(ErrorCode::InvalidState, "There is nothing to pay: complete the cart.")
            }
            Self::Required => {
                UserError::new(ErrorCode::PaymentRequired, "Create a payment session for this cart first.")
            }
            Self::NotAuthorized { status, action } => {
                let message = match status {
                    SessionStatus::ActionRequired => {
                        "The shopper must take an action first: see the action of the payment session."
                    }
                    SessionStatus::Pending => "The payment provider has not decided yet: try again in a moment.",
                    _ => "The payment session must be paid first.",
                };
                let details = json!({ "status": status.as_str(), "type": action.as_ref().map(|action| &action.kind) });
                UserError::new(ErrorCode::PaymentRequired, message).with(details)
            }
            Self::InvalidState(status) => {
                let message = format!("The payment session is {} and cannot be changed.", status.as_str());
                UserError::new(ErrorCode::InvalidState, message).at("id").with(json!({ "status": status.as_str() }))
            }
            Self::AmountMismatch { promised, due } => {
                let message = "The total has changed since the payment session was created: create a new one.";
                let digits = |money: &Money| money.rounded().amount.to_string();
                let details = json!({ "promised": digits(promised), "amountDue": digits(due) });
                UserError::new(ErrorCode::AmountMismatch, message).with(details)
            }
            Self::OverCapture { capturable } => amount(
                "capturable",
                format!("The amount must not exceed the {} that can be captured.", capturable.normalize()),
                *capturable,
            ),
            Self::OverRefund { refundable } => amount(
                "refundable",
                format!("The amount must not exceed the {} that can be refunded.", refundable.normalize()),
                *refundable,
            ),
            Self::Overpaid { due } => {
                amount("amountDue", format!("The amount must not exceed the {} due.", due.normalize()), *due)
            }
            Self::Capturing { amount } => {
                let message = "The provider has not answered a capture yet: try again in a moment.";
                let details = json!({ "pendingCapture": amount.normalize().to_string() });
                UserError::new(ErrorCode::InvalidState, message).with(details)
            }
            Self::NotAttached => {
                UserError::new(ErrorCode::InvalidState, "This payment does not belong to an order yet.").at("id")
            }
            Self::Invalid(problems) => return problems.clone(),
            Self::Provider(error) => of_provider(error),
            Self::Db(_) => return Vec::new(),
        };
        vec![problem]
    }
}
