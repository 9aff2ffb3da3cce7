//! What orders refuse.

use serde_json::json;

use super::model::OrderStatus;
use crate::db;
use crate::kernel::error::{ErrorCode, Explain, Problem};

/// Why something about an order was refused.
#[derive(Debug, thiserror::Error)]
pub enum OrderError {
    /// The input is wrong.
    #[error("the input is wrong")]
    Invalid(Vec<Problem>),
    /// There is no such order, or not for this caller.
    #[error("there is no such order")]
    NotFound,
    /// The order is not in a state that allows this.
    #[error("the order is {0:?}")]
    InvalidState(OrderStatus),
    /// A part of it was sent already.
    #[error("a part of the order was sent")]
    Fulfilled,
    /// There is no such line in this order.
    #[error("there is no such line")]
    LineNotFound {
        /// Where its id was given.
        path: String,
    },
    /// More was to be sent than is left to send (rule G1).
    #[error("only {left} are left to send")]
    OverFulfilled {
        /// How many are left.
        left: i32,
        /// Where the quantity was given.
        path: String,
    },
    /// The database failed.
    #[error(transparent)]
    Db(#[from] db::Error),
}

impl From<Problem> for OrderError {
    fn from(problem: Problem) -> Self {
        Self::Invalid(vec![problem])
    }
}

impl Explain for OrderError {
    fn problems(&self) -> Vec<Problem> {
        let problem = match self {
            Self::Invalid(problems) => return problems.clone(),
            Self::NotFound => Problem::new(ErrorCode::NotFound, "There is no such order.").at("id"),
            Self::InvalidState(status) => {
                let message = format!("The order is {}: this is not possible any more.", status.word());
                Problem::new(ErrorCode::InvalidState, message).with(json!({ "status": status.word() }))
            }
            Self::Fulfilled => {
                Problem::new(ErrorCode::InvalidState, "A part of the order was sent: it cannot be cancelled.")
            }
            Self::LineNotFound { path } => {
                Problem::new(ErrorCode::NotFound, "There is no such line in this order.").at(path)
            }
            Self::OverFulfilled { left, path } => {
                let message = format!("Only {left} of this line are left to send.");
                Problem::new(ErrorCode::InvalidQuantity, message).at(path).with(json!({ "left": left }))
            }
            Self::Db(_) => return Vec::new(),
        };
        vec![problem]
    }
}
