//! The data model of the engine: runs and their steps.

use async_graphql::InputObject;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::db::schema::{workflow_runs, workflow_steps};
use crate::kernel::clock::Timestamp;
use crate::kernel::error::{ErrorCode, UserError};
use crate::kernel::ids::WorkflowRunId;
use crate::kernel::text::strip_nul;
use crate::kernel::{stored_json, string_enum};

string_enum! {
    /// The status of a workflow run.
    RunStatus {
        /// It was started, but is not being processed yet.
        Pending = "PENDING",
        /// It is being processed, or will be retried shortly.
        Running = "RUNNING",
        /// It waits for an external event. If none arrives in time, it is undone.
        Waiting = "WAITING",
        /// All steps are done.
        Done = "DONE",
        /// A step failed, and the steps before it are being undone.
        Compensating = "COMPENSATING",
        /// All steps were undone.
        Compensated = "COMPENSATED",
        /// It cannot continue on its own: staff must retry the step or resolve it.
        Stuck = "STUCK",
    }
}

string_enum! {
    /// The status of a step of a workflow run.
    StepStatus {
        /// It has not been started.
        Pending = "PENDING",
        /// It is being processed, or will be retried shortly.
        Running = "RUNNING",
        /// It waits for an external event.
        Waiting = "WAITING",
        /// It is done.
        Done = "DONE",
        /// It failed.
        Failed = "FAILED",
        /// It was undone.
        Undone = "UNDONE",
    }
}

impl RunStatus {
    /// Whether the run is being processed, or will be without a signal.
    pub const fn is_under_way(self) -> bool {
        matches!(self, Self::Pending | Self::Running | Self::Compensating)
    }

    /// Whether the run is in a final status.
    pub const fn is_finished(self) -> bool {
        matches!(self, Self::Done | Self::Compensated)
    }
}

/// A stored error: why a run is undone, or why a step failed.
#[derive(
    Clone,
    Debug,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    diesel::expression::AsExpression,
    diesel::deserialize::FromSqlRow,
)]
#[diesel(sql_type = diesel::sql_types::Jsonb)]
pub struct Cause {
    /// The machine-readable error code.
    pub code: String,
    /// The human-readable message.
    pub message: String,
    /// The path to the invalid input, if any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub path: Vec<String>,
    /// Machine-readable details.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub details: Option<Value>,
}

stored_json!(Cause);

impl From<UserError> for Cause {
    fn from(problem: UserError) -> Self {
        let UserError { code, message, path, details } = problem;
        Self { code: code.as_str().to_owned(), message: strip_nul(message), path, details }
    }
}

impl From<Cause> for UserError {
    fn from(cause: Cause) -> Self {
        let Cause { code, message, path, details } = cause;
        // The code may come from an older version of the shop and no longer exist.
        let code = code.parse().unwrap_or(ErrorCode::Internal);
        Self { code, message, path, details }
    }
}

/// A stored workflow run.
#[derive(Clone, Debug, PartialEq, Queryable, Selectable)]
#[diesel(table_name = workflow_runs)]
pub struct Run {
    /// The id.
    pub id: WorkflowRunId,
    /// The name of the workflow.
    pub workflow: String,
    /// The idempotency key, unique per workflow.
    pub key: String,
    /// The id of the object that the run is about.
    pub subject: String,
    /// The state of the workflow: its input and the results of its steps.
    pub state: Value,
    /// The status.
    pub status: RunStatus,
    /// Whether it is being undone, or was undone.
    pub undoing: bool,
    /// The current step.
    pub step: String,
    /// The number of attempts of the current step since it was last started.
    pub attempt: i32,
    /// Whether the step's call is already done because a staff member resolved it, so that it is not repeated.
    pub called: bool,
    /// The number of signals received.
    pub signals: i32,
    /// Why it is undone or stuck. `None` if there was no error.
    pub error: Option<Cause>,
    /// The process that holds the lease.
    pub lease_owner: Option<Uuid>,
    /// When the lease expires, by PostgreSQL's clock.
    pub lease_until: Option<Timestamp>,
    /// When it is next due; for a waiting run, when the wait times out. `None` if it is finished or stuck.
    pub due_at: Option<Timestamp>,
    /// Incremented on every change: a worker that knows an older version must not write.
    pub version: i32,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was last updated.
    pub updated_at: Timestamp,
    /// When it was completed or undone.
    pub finished_at: Option<Timestamp>,
}

impl Run {
    /// Returns why the run is undone or stuck.
    pub fn cause(&self) -> UserError {
        let unknown = || UserError::new(ErrorCode::Internal, "The cause is unknown.");
        self.error.clone().map_or_else(unknown, UserError::from)
    }

    /// Marks the run as finished.
    pub(super) fn finish(&mut self, status: RunStatus, now: Timestamp) {
        self.status = status;
        self.due_at = None;
        self.finished_at = Some(now);
    }

    /// Starts compensation with the last step that has something to undo.
    pub(super) fn compensate(&mut self, steps: &[RunStep], cause: Cause, now: Timestamp) {
        self.undoing = true;
        self.error = Some(cause);
        self.attempt = 0;
        self.called = false;
        let Some(last) = steps.iter().rfind(|step| step.needs_undo()) else {
            return self.finish(RunStatus::Compensated, now);
        };
        self.status = RunStatus::Compensating;
        self.due_at = Some(now);
        last.name.clone_into(&mut self.step);
    }
}

/// A stored step of a run.
#[derive(Clone, Debug, PartialEq, Queryable, Selectable, Insertable)]
#[diesel(table_name = workflow_steps, treat_none_as_default_value = false)]
pub struct RunStep {
    /// The run it belongs to.
    pub run_id: WorkflowRunId,
    /// The zero-based position.
    pub position: i32,
    /// The name.
    pub name: String,
    /// The status.
    pub status: StepStatus,
    /// Whether it may have had an external effect.
    pub called: bool,
    /// Whether any of its writes were committed.
    pub written: bool,
    /// The number of attempts.
    pub attempts: i32,
    /// The last error.
    pub error: Option<Cause>,
    /// When it was first attempted.
    pub started_at: Option<Timestamp>,
    /// When it was completed.
    pub finished_at: Option<Timestamp>,
    /// When it was undone.
    pub undone_at: Option<Timestamp>,
}

impl RunStep {
    /// Creates a step that has not started.
    pub(super) fn pending(run_id: WorkflowRunId, position: usize, name: &str) -> Self {
        Self {
            run_id,
            position: i32::try_from(position).unwrap_or(i32::MAX),
            name: name.to_owned(),
            status: StepStatus::Pending,
            called: false,
            written: false,
            attempts: 0,
            error: None,
            started_at: None,
            finished_at: None,
            undone_at: None,
        }
    }

    /// Marks the step's writes as committed with the run.
    pub(super) fn mark_written(&mut self, status: StepStatus, now: Timestamp) {
        self.status = status;
        self.written = true;
        self.error = None;
        self.attempts = self.attempts.max(1);
        self.started_at = self.started_at.or(Some(now));
        self.finished_at = (status == StepStatus::Done).then_some(now);
    }

    /// Marks the step as undone.
    pub(super) fn mark_undone(&mut self, now: Timestamp) {
        self.status = StepStatus::Undone;
        self.called = false;
        self.written = false;
        self.undone_at = Some(now);
    }

    /// Whether there is something to undo.
    pub(super) const fn needs_undo(&self) -> bool {
        self.called || self.written
    }
}

/// A filter for workflow runs. Omitted fields do not restrict the list.
#[derive(Clone, Debug, Default, PartialEq, Eq, InputObject)]
#[graphql(name = "WorkflowRunFilterInput")]
pub struct RunFilter {
    /// Only runs with this status. Runs that need staff are STUCK.
    pub status: Option<RunStatus>,
    /// Only runs of the workflow with this name.
    pub workflow: Option<String>,
    /// Only runs about this subject: an id, such as the id of a cart.
    pub subject: Option<String>,
}
