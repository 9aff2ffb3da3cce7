//! Errors of order operations.

use serde_json::json;

use super::status::{FulfillmentStatus, OrderStatus};
use crate::db;
use crate::kernel::error::{ErrorCode, UserError, UserFacing};
use crate::kernel::money::{Money, MoneyError};

/// Why an order operation was refused.
#[derive(Debug, thiserror::Error)]
pub enum OrderError {
    /// The input is invalid.
    #[error("the input is wrong")]
    Invalid(Vec<UserError>),
    /// The order does not exist, or the caller may not access it.
    #[error("there is no such order")]
    NotFound,
    /// An object of an order does not exist.
    #[error("there is no such {what}")]
    Missing {
        /// The kind of object.
        what: &'static str,
        /// The path of its id in the input.
        path: &'static str,
    },
    /// The order's status does not allow this transition.
    #[error("an order that is {from:?} does not become {to:?}")]
    Transition {
        /// The current status.
        from: OrderStatus,
        /// The requested status.
        to: OrderStatus,
    },
    /// The order's status does not allow this: it is neither placed nor in another allowed status.
    #[error("the order is {0:?}")]
    NotPlaced(OrderStatus),
    /// The fulfillment's status does not allow this transition.
    #[error("a fulfillment that is {from:?} does not become {to:?}")]
    FulfillmentTransition {
        /// The current status.
        from: FulfillmentStatus,
        /// The requested status.
        to: FulfillmentStatus,
    },
    /// Some units have already been fulfilled.
    #[error("{units} units of the order are on their way")]
    Fulfilled {
        /// The number of fulfilled units.
        units: i64,
    },
    /// A parcel has been shipped, so the addresses can no longer change.
    #[error("a parcel has left")]
    Shipped,
    /// The order cannot be completed yet.
    #[error("{undelivered} units have not arrived, {due:?} is due")]
    NotDone {
        /// The number of units that are neither delivered nor canceled.
        undelivered: i64,
        /// The amount due.
        due: Money,
    },
    /// The amount exceeds the amount due.
    #[error("only {due:?} is due")]
    OverDue {
        /// The amount due.
        due: Money,
    },
    /// The order has no such line.
    #[error("there is no such line")]
    LineNotFound {
        /// The path of its id in the input.
        path: String,
    },
    /// More units were specified than are left (rule G1).
    #[error("only {left} are left")]
    TooMany {
        /// The number of units left.
        left: i32,
        /// The path of the quantity in the input.
        path: String,
    },
    /// Some of the specified units were canceled.
    #[error("{canceled} were canceled")]
    LineCanceled {
        /// The number of canceled units.
        canceled: i32,
        /// The number of units left.
        left: i32,
        /// The path of the quantity in the input.
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
            // The lock on the order should already prevent this.
            Some("order_lines_fulfilled_range") => Self::TooMany { left: 0, path: "lines".to_owned() },
            _ => Self::Db(error),
        }
    }
}

impl From<UserError> for OrderError {
    fn from(problem: UserError) -> Self {
        Self::Invalid(vec![problem])
    }
}

/// The error for a transition that is not allowed.
fn invalid_state(message: String, from: &str, to: &str) -> UserError {
    UserError::new(ErrorCode::InvalidState, message).with(json!({ "from": from, "to": to }))
}

impl UserFacing for OrderError {
    fn user_errors(&self) -> Vec<UserError> {
        let problem = match self {
            Self::Invalid(problems) => return problems.clone(),
            Self::NotFound => UserError::new(ErrorCode::NotFound, "There is no such order.").at("id"),
            Self::Missing { what, path } => {
                UserError::new(ErrorCode::NotFound, format!("There is no such {what}.")).at(path)
            }
            Self::Transition { from, to } => {
                let message = format!("An order that is {} cannot become {}.", from.as_str(), to.as_str());
                invalid_state(message, from.as_str(), to.as_str())
            }
            Self::NotPlaced(from) => {
                let message = match from {
                    OrderStatus::OnHold => "The order is ON_HOLD: release it first.".to_owned(),
                    other => format!("The order is {}: this is no longer possible.", other.as_str()),
                };
                invalid_state(message, from.as_str(), OrderStatus::Placed.as_str())
            }
            Self::FulfillmentTransition { from, to } => {
                let message = format!("A fulfillment that is {} cannot become {}.", from.as_str(), to.as_str());
                invalid_state(message, from.as_str(), to.as_str())
            }
            Self::Fulfilled { units } => {
                let message =
                    "Units are packed or shipped: cancel the fulfillments first, or only the remaining units.";
                let (from, to) = (OrderStatus::Placed.as_str(), OrderStatus::Canceled.as_str());
                let details = json!({ "from": from, "to": to, "fulfilled": units });
                UserError::new(ErrorCode::InvalidState, message).with(details)
            }
            Self::Shipped => UserError::new(
                ErrorCode::InvalidState,
                "A parcel has been shipped: addresses can no longer be changed.",
            ),
            Self::NotDone { undelivered, due } => {
                let (from, to) = (OrderStatus::Placed.as_str(), OrderStatus::Completed.as_str());
                let units = match undelivered {
                    0 => None,
                    1 => Some("1 unit is not delivered".to_owned()),
                    units => Some(format!("{units} units are not delivered")),
                };
                let money = (!due.amount.is_zero()).then(|| format!("{} {} is due", due.amount, due.currency));
                let missing: Vec<_> = units.into_iter().chain(money).collect();
                let message = format!("The order cannot be completed yet: {}.", missing.join(", and "));
                let missing = json!({ "undelivered": undelivered, "amountDue": due.amount.to_string() });
                let details = json!({ "from": from, "to": to, "missing": missing });
                UserError::new(ErrorCode::InvalidState, message).with(details)
            }
            Self::OverDue { due } => {
                let message = format!("The amount must not exceed the {} due.", due.amount);
                let details = json!({ "amountDue": due.amount.to_string() });
                UserError::new(ErrorCode::InvalidAmount, message).at("amount").with(details)
            }
            Self::LineNotFound { path } => {
                UserError::new(ErrorCode::NotFound, "There is no such line in this order.").at(path)
            }
            Self::TooMany { left, path } => {
                let message = format!("Only {left} units of this line are left: reduce the quantity.");
                UserError::new(ErrorCode::InvalidQuantity, message).at(path).with(json!({ "left": left }))
            }
            Self::LineCanceled { canceled, left, path } => {
                let message =
                    format!("{canceled} units of this line were canceled, only {left} are left: reduce the quantity.");
                let details = json!({ "canceled": canceled, "left": left });
                UserError::new(ErrorCode::InvalidState, message).at(path).with(details)
            }
            Self::Money(error) => UserError::new(ErrorCode::InvalidAmount, error.to_string()),
            Self::Db(_) => return Vec::new(),
        };
        vec![problem]
    }
}
