//! What the engine refuses.

use serde_json::json;

use super::model::RunStatus;
use crate::db;
use crate::kernel::error::{ErrorCode, Explain, Problem};

/// Why something about a run was refused.
#[derive(Debug, thiserror::Error)]
pub enum DurableError {
    /// The input is wrong.
    #[error("the input is wrong")]
    Invalid(Vec<Problem>),
    /// There is no such run.
    #[error("there is no such run")]
    NotFound,
    /// The run is not stuck.
    #[error("the run is {0:?}")]
    InvalidState(RunStatus),
    /// The run is stuck at another step.
    #[error("the run is stuck at the step {step}")]
    OtherStep {
        /// Where it is stuck.
        step: String,
    },
    /// The run is being undone: its step can only be said to be undone.
    #[error("the run is being undone")]
    Undoing,
    /// The database failed.
    #[error("the database failed")]
    Db(#[from] db::Error),
}

impl From<Problem> for DurableError {
    fn from(problem: Problem) -> Self {
        Self::Invalid(vec![problem])
    }
}

impl Explain for DurableError {
    fn problems(&self) -> Vec<Problem> {
        let problem = match self {
            Self::Invalid(problems) => return problems.clone(),
            Self::NotFound => Problem::new(ErrorCode::NotFound, "There is no such workflow run.").at("runId"),
            Self::InvalidState(status) => {
                let message = format!("The run is {}: only a STUCK run can be retried or resolved.", status.word());
                Problem::new(ErrorCode::InvalidState, message).with(json!({ "status": status.word() }))
            }
            Self::OtherStep { step } => {
                let message = format!("The run is stuck at the step {step}: specify that step.");
                Problem::new(ErrorCode::InvalidState, message).at("step").with(json!({ "step": step }))
            }
            Self::Undoing => {
                let message = "The run is being undone: set undone to true, or retry the step.";
                Problem::new(ErrorCode::InvalidState, message).at("undone")
            }
            Self::Db(_) => return Vec::new(),
        };
        vec![problem]
    }
}
