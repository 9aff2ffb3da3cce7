//! The errors of the engine.

use serde_json::json;

use super::model::RunStatus;
use crate::db;
use crate::kernel::error::{ErrorCode, UserError, UserFacing};

/// Why an operation on a run was rejected.
#[derive(Debug, thiserror::Error)]
pub enum DurableError {
    /// The input is invalid.
    #[error("the input is wrong")]
    Invalid(Vec<UserError>),
    /// The run does not exist.
    #[error("there is no such run")]
    NotFound,
    /// The run is not stuck.
    #[error("the run is {0:?}")]
    InvalidState(RunStatus),
    /// The run is stuck at another step.
    #[error("the run is stuck at the step {step}")]
    StepMismatch {
        /// The step at which it is stuck.
        step: String,
    },
    /// The run is being undone: its step can only be resolved as undone.
    #[error("the run is being undone")]
    Undoing,
    /// The database failed.
    #[error("the database failed")]
    Db(#[from] db::Error),
}

impl From<UserError> for DurableError {
    fn from(problem: UserError) -> Self {
        Self::Invalid(vec![problem])
    }
}

impl UserFacing for DurableError {
    fn user_errors(&self) -> Vec<UserError> {
        let problem = match self {
            Self::Invalid(problems) => return problems.clone(),
            Self::NotFound => UserError::new(ErrorCode::NotFound, "There is no such workflow run.").at("runId"),
            Self::InvalidState(status) => {
                let message = format!("The run is {}: only a STUCK run can be retried or resolved.", status.as_str());
                UserError::new(ErrorCode::InvalidState, message).with(json!({ "status": status.as_str() }))
            }
            Self::StepMismatch { step } => {
                let message = format!("The run is stuck at the step {step}: specify that step.");
                UserError::new(ErrorCode::InvalidState, message).at("step").with(json!({ "step": step }))
            }
            Self::Undoing => {
                let message = "The run is being undone: set undone to true, or retry the step.";
                UserError::new(ErrorCode::InvalidState, message).at("undone")
            }
            Self::Db(_) => return Vec::new(),
        };
        vec![problem]
    }
}
