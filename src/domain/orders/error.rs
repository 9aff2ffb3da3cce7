//! What orders refuse.

use serde_json::json;

use super::status::{FulfillmentState, OrderStatus};
use crate::db;
use crate::kernel::error::{ErrorCode, Explain, Problem};
use crate::kernel::money::{Money, MoneyError};

/// Why something about an order was refused.
#[derive(Debug, thiserror::Error)]
pub enum OrderError {
    /// The input is wrong.
    #[error("the input is wrong")]
    Invalid(Vec<Problem>),
    /// There is no such order, or not for this caller.
    #[error("there is no such order")]
    NotFound,
    /// There is no such thing of an order.
    #[error("there is no such {what}")]
    Missing {
        /// The kind of thing.
        what: &'static str,
        /// Where its id was given.
        path: &'static str,
    },
    /// The order may not go from one state to the other.
    #[error("an order that is {from:?} does not become {to:?}")]
    Transition {
        /// Where it stands.
        from: OrderStatus,
        /// Where it was to go.
        to: OrderStatus,
    },
    /// The order is neither placed nor in any other state that allows this.
    #[error("the order is {0:?}")]
    NotPlaced(OrderStatus),
    /// The fulfillment may not go from one state to the other.
    #[error("a fulfillment that is {from:?} does not become {to:?}")]
    FulfillmentTransition {
        /// Where it stands.
        from: FulfillmentState,
        /// Where it was to go.
        to: FulfillmentState,
    },
    /// A part of it was sent already.
    #[error("{units} units of the order are on their way")]
    Fulfilled {
        /// How many.
        units: i64,
    },
    /// It has left, so that its addresses cannot change any more.
    #[error("a parcel has left")]
    Shipped,
    /// The order is not done.
    #[error("{undelivered} units have not arrived, {due:?} is due")]
    NotDone {
        /// How many units have neither arrived nor been cancelled.
        undelivered: i64,
        /// What is still to be paid.
        due: Money,
    },
    /// More was to be taken than is due.
    #[error("only {due:?} is due")]
    OverDue {
        /// What is still to be paid.
        due: Money,
    },
    /// There is no such line in this order.
    #[error("there is no such line")]
    LineNotFound {
        /// Where its id was given.
        path: String,
    },
    /// More units were named than are left (rule G1).
    #[error("only {left} are left")]
    TooMany {
        /// How many are left.
        left: i32,
        /// Where the quantity was given.
        path: String,
    },
    /// Units were named that were cancelled.
    #[error("{cancelled} were cancelled")]
    LineCancelled {
        /// How many were cancelled.
        cancelled: i32,
        /// How many are left.
        left: i32,
        /// Where the quantity was given.
        path: String,
    },
    /// An amount could not be computed.
    #[error(transparent)]
    Money(#[from] MoneyError),
    /// The database failed.
    #[error("the database failed")]
    Db(#[source] db::Error),
}

impl From<db::Error> for OrderError {
    fn from(error: db::Error) -> Self {
        match error.constraint() {
            // What the lock on the order has to prevent already.
            Some("order_lines_fulfilled_range") => Self::TooMany { left: 0, path: "lines".to_owned() },
            _ => Self::Db(error),
        }
    }
}

impl From<Problem> for OrderError {
    fn from(problem: Problem) -> Self {
        Self::Invalid(vec![problem])
    }
}

/// The problem of every transition that is not allowed.
fn invalid_state(message: String, from: &str, to: &str) -> Problem {
    Problem::new(ErrorCode::InvalidState, message).with(json!({ "from": from, "to": to }))
}

impl Explain for OrderError {
    fn problems(&self) -> Vec<Problem> {
        let problem = match self {
            Self::Invalid(problems) => return problems.clone(),
            Self::NotFound => Problem::new(ErrorCode::NotFound, "There is no such order.").at("id"),
            Self::Missing { what, path } => {
                Problem::new(ErrorCode::NotFound, format!("There is no such {what}.")).at(path)
            }
            Self::Transition { from, to } => {
                let message = format!("An order that is {} cannot become {}.", from.word(), to.word());
                invalid_state(message, from.word(), to.word())
            }
            Self::NotPlaced(from) => {
                let message = match from {
                    OrderStatus::OnHold => "The order is ON_HOLD: release it first.".to_owned(),
                    other => format!("The order is {}: this is no longer possible.", other.word()),
                };
                invalid_state(message, from.word(), OrderStatus::Placed.word())
            }
            Self::FulfillmentTransition { from, to } => {
                let message = format!("A fulfillment that is {} cannot become {}.", from.word(), to.word());
                invalid_state(message, from.word(), to.word())
            }
            Self::Fulfilled { units } => {
                let message =
                    "Units are packed or shipped: cancel the fulfillments first, or only the remaining units.";
                let (from, to) = (OrderStatus::Placed.word(), OrderStatus::Cancelled.word());
                let details = json!({ "from": from, "to": to, "fulfilled": units });
                Problem::new(ErrorCode::InvalidState, message).with(details)
            }
            Self::Shipped => {
                Problem::new(ErrorCode::InvalidState, "A parcel has been shipped: addresses can no longer be changed.")
            }
            Self::NotDone { undelivered, due } => {
                let (from, to) = (OrderStatus::Placed.word(), OrderStatus::Completed.word());
                let units = match undelivered {
                    0 => None,
                    1 => Some("1 unit is not delivered".to_owned()),
                    units => Some(format!("{units} units are not delivered")),
                };
                let money = (!due.amount.is_zero()).then(|| format!("{} {} is due", due.amount, due.currency));
                let missing: Vec<_> = units.into_iter().chain(money).collect();
                let message = format!("The order cannot be completed yet: {}.", missing.join(", and "));
                let missing = json!({ "undelivered": undelivered, "due": due.amount.to_string() });
                let details = json!({ "from": from, "to": to, "missing": missing });
                Problem::new(ErrorCode::InvalidState, message).with(details)
            }
            Self::OverDue { due } => {
                let message = format!("The amount must not exceed the {} due.", due.amount);
                let details = json!({ "due": due.amount.to_string() });
                Problem::new(ErrorCode::InvalidAmount, message).at("amount").with(details)
            }
            Self::LineNotFound { path } => {
                Problem::new(ErrorCode::NotFound, "There is no such line in this order.").at(path)
            }
            Self::TooMany { left, path } => {
                let message = format!("Only {left} units of this line are left: reduce the quantity.");
                Problem::new(ErrorCode::InvalidQuantity, message).at(path).with(json!({ "left": left }))
            }
            Self::LineCancelled { cancelled, left, path } => {
                let message =
                    format!("{cancelled} units of this line were canceled, only {left} are left: reduce the quantity.");
                let details = json!({ "cancelled": cancelled, "left": left });
                Problem::new(ErrorCode::InvalidState, message).at(path).with(details)
            }
            Self::Money(error) => Problem::new(ErrorCode::InvalidAmount, error.to_string()),
            Self::Db(_) => return Vec::new(),
        };
        vec![problem]
    }
}
