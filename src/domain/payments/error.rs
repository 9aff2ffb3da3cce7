//! What payments refuse.

use rust_decimal::Decimal;
use serde_json::json;

use super::model::{Action, SessionStatus};
use super::provider::ProviderError;
use crate::db;
use crate::kernel::error::{ErrorCode, Explain, Problem};
use crate::kernel::money::Money;

/// Why something about a payment was refused.
#[derive(Debug, thiserror::Error)]
pub enum PaymentError {
    /// There is no such payment, session or notice.
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
    /// The session is not paid yet: the shopper has to do something, or the provider to decide.
    #[error("the payment session is {}", .status.word())]
    NotAuthorized {
        /// Where it stands.
        status: SessionStatus,
        /// What the shopper has to do.
        action: Option<Action>,
    },
    /// The session is in a state that does not allow this.
    #[error("the payment session is {}", .0.word())]
    InvalidState(SessionStatus),
    /// What was promised is not what is to be paid (rule D2).
    #[error("promised {promised:?}, to be paid {due:?}")]
    AmountMismatch {
        /// What was promised.
        promised: Money,
        /// What is to be paid.
        due: Money,
    },
    /// More was to be taken, or let go, than is held (rules F1 and F3).
    #[error("only {capturable} can be captured")]
    OverCapture {
        /// What can be taken.
        capturable: Decimal,
    },
    /// More was to be given back than was taken (rule F2).
    #[error("only {refundable} can be refunded")]
    OverRefund {
        /// What can be given back.
        refundable: Decimal,
    },
    /// More was marked as paid than is due.
    #[error("only {due} is due")]
    Overpaid {
        /// What is due.
        due: Decimal,
    },
    /// A capture was asked for and is not answered yet.
    #[error("{amount} are being captured")]
    Capturing {
        /// How much.
        amount: Decimal,
    },
    /// The payment is for no order yet.
    #[error("the payment belongs to no order")]
    Unbound,
    /// The input is malformed.
    #[error("the input is malformed")]
    Invalid(Vec<Problem>),
    /// The provider did not do it.
    #[error(transparent)]
    Provider(#[from] ProviderError),
    /// The database failed.
    #[error("the database failed")]
    Db(#[from] db::Error),
}

impl From<Problem> for PaymentError {
    fn from(problem: Problem) -> Self {
        Self::Invalid(vec![problem])
    }
}

impl PaymentError {
    /// Whether it may pass by itself, so that the call is tried again.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Provider(error) => error.is_transient(),
            Self::Db(error) => matches!(error, db::Error::Unavailable(_)),
            _ => false,
        }
    }
}

fn amount(code: &str, message: String, most: Decimal) -> Problem {
    Problem::new(ErrorCode::InvalidAmount, message).at("amount").with(json!({ code: most.normalize().to_string() }))
}

fn of_provider(error: &ProviderError) -> Problem {
    match error {
        ProviderError::Declined(failure) => {
            let message = match failure.message.as_str() {
                "" => "The payment was declined.".to_owned(),
                told => format!("The payment was declined: {told}"),
            };
            Problem::new(ErrorCode::PaymentDeclined, message).with(json!({ "reason": failure.code }))
        }
        ProviderError::Unavailable(_) | ProviderError::Unknown(_) => {
            let message = "The payment provider cannot be reached at the moment: try again, or pay in another way.";
            Problem::new(ErrorCode::PaymentUnavailable, message)
        }
        ProviderError::Misuse(reason) => {
            let message = format!("The payment provider does not accept this: {reason}.");
            Problem::new(ErrorCode::Invalid, message)
        }
    }
}

impl Explain for PaymentError {
    fn problems(&self) -> Vec<Problem> {
        let problem = match self {
            Self::NotFound => Problem::new(ErrorCode::NotFound, "There is no such payment.").at("id"),
            Self::UnknownProvider => {
                Problem::new(ErrorCode::NotFound, "There is no such payment provider.").at("provider")
            }
            Self::NothingToPay => Problem::new(ErrorCode::InvalidState, "There is nothing to pay: complete the cart."),
            Self::Required => Problem::new(ErrorCode::PaymentRequired, "Create a payment session for this cart first."),
            Self::NotAuthorized { status, action } => {
                let message = match status {
                    SessionStatus::ActionRequired => {
                        "The shopper must take an action first: see the action of the payment session."
                    }
                    SessionStatus::Pending => "The payment provider has not decided yet: try again in a moment.",
                    _ => "The payment session must be paid first.",
                };
                let details = json!({ "status": status.word(), "type": action.as_ref().map(|action| &action.kind) });
                Problem::new(ErrorCode::PaymentRequired, message).with(details)
            }
            Self::InvalidState(status) => {
                let message = format!("The payment session is {} and cannot be changed.", status.word());
                Problem::new(ErrorCode::InvalidState, message).at("id").with(json!({ "status": status.word() }))
            }
            Self::AmountMismatch { promised, due } => {
                let message = "The total has changed since the payment session was created: create a new one.";
                let digits = |money: &Money| money.rounded().amount.to_string();
                let details = json!({ "promised": digits(promised), "due": digits(due) });
                Problem::new(ErrorCode::AmountMismatch, message).with(details)
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
                amount("due", format!("The amount must not exceed the {} due.", due.normalize()), *due)
            }
            Self::Capturing { amount } => {
                let message = "The provider has not answered a capture yet: try again in a moment.";
                let details = json!({ "pendingCapture": amount.normalize().to_string() });
                Problem::new(ErrorCode::InvalidState, message).with(details)
            }
            Self::Unbound => {
                Problem::new(ErrorCode::InvalidState, "This payment does not belong to an order yet.").at("id")
            }
            Self::Invalid(problems) => return problems.clone(),
            Self::Provider(error) => of_provider(error),
            Self::Db(_) => return Vec::new(),
        };
        vec![problem]
    }
}
