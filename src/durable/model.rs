//! The words of the engine: runs, their steps, and what is known of them.

use async_graphql::InputObject;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::db::schema::{workflow_runs, workflow_steps};
use crate::kernel::clock::Timestamp;
use crate::kernel::error::{ErrorCode, Problem};
use crate::kernel::ids::WorkflowRunId;
use crate::kernel::text::storable;
use crate::kernel::{stored_json, words};

words! {
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

words! {
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
    /// Whether somebody works on it, or will without being told.
    pub const fn is_under_way(self) -> bool {
        matches!(self, Self::Pending | Self::Running | Self::Compensating)
    }

    /// Whether nothing will ever happen to it any more.
    pub const fn is_finished(self) -> bool {
        matches!(self, Self::Done | Self::Compensated)
    }
}

/// A problem as it is kept: why a run is undone, or why a step failed.
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
    /// What went wrong, for programs.
    pub code: String,
    /// What went wrong, for people.
    pub message: String,
    /// Where, if it is a place in an input.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub path: Vec<String>,
    /// Facts that a program may need.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub details: Option<Value>,
}

stored_json!(Cause);

impl From<Problem> for Cause {
    fn from(problem: Problem) -> Self {
        let Problem { code, message, path, details } = problem;
        Self { code: code.word().to_owned(), message: storable(message), path, details }
    }
}

impl From<Cause> for Problem {
    fn from(cause: Cause) -> Self {
        let Cause { code, message, path, details } = cause;
        // A code that an older version of the shop knew and this one does not.
        let code = ErrorCode::from_word(&code).unwrap_or(ErrorCode::Internal);
        Self { code, message, path, details }
    }
}

/// A run of a workflow, as it is stored.
#[derive(Clone, Debug, PartialEq, Queryable, Selectable)]
#[diesel(table_name = workflow_runs)]
pub struct Run {
    /// Id.
    pub id: WorkflowRunId,
    /// The name of the workflow.
    pub workflow: String,
    /// What makes starting it twice harmless: unique in the workflow.
    pub key: String,
    /// What it is about: an id.
    pub subject: String,
    /// What its steps know and found out.
    pub state: Value,
    /// Where it stands.
    pub status: RunStatus,
    /// Whether it is being undone, or was.
    pub undoing: bool,
    /// The step that it stands at.
    pub step: String,
    /// How often this step was tried since it was last begun.
    pub attempt: i32,
    /// Whether the call of this step needs no repeating, because a member of staff said what became of it.
    pub called: bool,
    /// How often it was woken.
    pub wakes: i32,
    /// Why it is undone or stuck; `None` while all goes well.
    pub error: Option<Cause>,
    /// The process that works on it.
    pub lease_owner: Option<Uuid>,
    /// Until when that process may, by the clock of PostgreSQL.
    pub lease_until: Option<Timestamp>,
    /// When it is to be taken up; for a waiting one, when waiting ends. `None` when it is finished or stuck.
    pub due_at: Option<Timestamp>,
    /// Counts the changes: who knows an older version writes nothing.
    pub version: i32,
    /// When it was started.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// When it was done or undone.
    pub finished_at: Option<Timestamp>,
}

impl Run {
    /// Why it is undone or stuck.
    pub fn cause(&self) -> Problem {
        let unknown = || Problem::new(ErrorCode::Internal, "The cause is unknown.");
        self.error.clone().map_or_else(unknown, Problem::from)
    }

    /// Nothing is left to do.
    pub(super) fn finish(&mut self, status: RunStatus, now: Timestamp) {
        self.status = status;
        self.due_at = None;
        self.finished_at = Some(now);
    }

    /// From now on it is undone, beginning with the last step that leaves something to undo.
    pub(super) fn turn_back(&mut self, steps: &[RunStep], cause: Cause, now: Timestamp) {
        self.undoing = true;
        self.error = Some(cause);
        self.attempt = 0;
        self.called = false;
        let Some(last) = steps.iter().rfind(|step| step.leaves_something()) else {
            return self.finish(RunStatus::Compensated, now);
        };
        self.status = RunStatus::Compensating;
        self.due_at = Some(now);
        last.name.clone_into(&mut self.step);
    }
}

/// A step of a run, as it is stored.
#[derive(Clone, Debug, PartialEq, Queryable, Selectable, Insertable)]
#[diesel(table_name = workflow_steps, treat_none_as_default_value = false)]
pub struct RunStep {
    /// The run.
    pub run_id: WorkflowRunId,
    /// Which one it is, from 0.
    pub position: i32,
    /// Its name.
    pub name: String,
    /// Where it stands.
    pub status: StepStatus,
    /// Whether it may have had an effect outside.
    pub called: bool,
    /// Whether something that it wrote was committed.
    pub written: bool,
    /// How often it was tried.
    pub attempts: i32,
    /// What went wrong the last time.
    pub error: Option<Cause>,
    /// When it was first tried.
    pub started_at: Option<Timestamp>,
    /// When it was done.
    pub finished_at: Option<Timestamp>,
    /// When it was undone.
    pub undone_at: Option<Timestamp>,
}

impl RunStep {
    /// A step whose turn has not come.
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

    /// Something that it wrote is committed with the run.
    pub(super) fn wrote(&mut self, status: StepStatus, now: Timestamp) {
        self.status = status;
        self.written = true;
        self.error = None;
        self.attempts = self.attempts.max(1);
        self.started_at = self.started_at.or(Some(now));
        self.finished_at = (status == StepStatus::Done).then_some(now);
    }

    /// Nothing of it is left.
    pub(super) fn undone(&mut self, now: Timestamp) {
        self.status = StepStatus::Undone;
        self.called = false;
        self.written = false;
        self.undone_at = Some(now);
    }

    /// Whether there is something to undo.
    pub(super) const fn leaves_something(&self) -> bool {
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
