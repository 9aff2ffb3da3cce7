use async_graphql::{Context, Description, Json, Object, SimpleObject};
use serde_json::Value;

use crate::durable::{Cause, Run, RunFilter, RunStatus, RunStep, StepStatus};
use crate::graphql::context::Requested;
use crate::graphql::errors::Result;
use crate::kernel::clock::Timestamp;
use crate::kernel::error::{ErrorCode, Problem};
use crate::kernel::ids::WorkflowRunId;

/// Fields of states that are about people, or secret.
const HIDDEN: [&str; 9] =
    ["action", "billing_address", "data", "email", "note", "payload", "phone", "return_url", "shipping_address"];

/// A state without what staff of the settings need not know.
fn without_secrets(state: &Value) -> Value {
    match state {
        Value::Object(fields) => {
            let shown = fields.iter().filter(|(name, _)| !HIDDEN.contains(&name.as_str()));
            Value::Object(shown.map(|(name, value)| (name.clone(), without_secrets(value))).collect())
        }
        Value::Array(values) => Value::Array(values.iter().map(without_secrets).collect()),
        other => other.clone(),
    }
}

/// A run of a workflow: several steps that end done or undone, whatever crashes in between.
#[derive(Description)]
pub struct WorkflowRun(pub Run);

#[Object(use_type_description)]
impl WorkflowRun {
    /// Id.
    async fn id(&self) -> WorkflowRunId {
        self.0.id
    }

    /// The workflow's name.
    async fn workflow(&self) -> &str {
        &self.0.workflow
    }

    /// What it is about: an id, such as a cart's.
    async fn subject(&self) -> &str {
        &self.0.subject
    }

    /// Where it stands.
    async fn status(&self) -> RunStatus {
        self.0.status
    }

    /// The name of the step that it stands at; of the last one when it is done, of the first one that was undone when it
    /// is undone.
    async fn step(&self) -> &str {
        &self.0.step
    }

    /// How often that step was tried since it was last begun, or since its undoing was.
    async fn attempt(&self) -> i32 {
        self.0.attempt
    }

    /// Every step, in their order.
    async fn steps(&self, ctx: &Context<'_>) -> Result<Vec<WorkflowStep>> {
        let steps = ctx.reads().loaders.workflow_steps.load(self.0.id).await?.unwrap_or_default();
        Ok(steps.into_iter().map(WorkflowStep::from).collect())
    }

    /// Why it is undone or stuck; null while all goes well.
    async fn error(&self) -> Option<WorkflowError> {
        self.0.error.clone().map(WorkflowError::from)
    }

    /// What its steps know and found out. Who people are, and what only they may know, is left out: e-mail and other
    /// addresses, notes, and what a payment provider gave a shopper.
    async fn state(&self) -> Json<Value> {
        Json(without_secrets(&self.0.state))
    }

    /// When it is taken up next, UTC. While it waits: when waiting ends and it is undone. Null when it is finished or
    /// stuck.
    async fn due_at(&self) -> Option<Timestamp> {
        self.0.due_at
    }

    /// When it was started, UTC.
    async fn created_at(&self) -> Timestamp {
        self.0.created_at
    }

    /// When it was last changed, UTC.
    async fn updated_at(&self) -> Timestamp {
        self.0.updated_at
    }

    /// When it was done or undone, UTC; null before.
    async fn finished_at(&self) -> Option<Timestamp> {
        self.0.finished_at
    }
}

/// A step of a run of a workflow.
#[derive(SimpleObject)]
pub struct WorkflowStep {
    /// Name, unique in the workflow.
    name: String,
    /// Where it stands.
    status: StepStatus,
    /// How often it was tried.
    attempts: i32,
    /// What went wrong the last time; null when nothing did.
    error: Option<WorkflowError>,
    /// When it was first tried, UTC; null before.
    started_at: Option<Timestamp>,
    /// When it was done, UTC; null when it was not.
    finished_at: Option<Timestamp>,
    /// When it was undone, UTC; null when it was not.
    undone_at: Option<Timestamp>,
}

impl From<RunStep> for WorkflowStep {
    fn from(step: RunStep) -> Self {
        let RunStep { name, status, attempts, started_at, finished_at, undone_at, .. } = step;
        let error = step.error.map(WorkflowError::from);
        Self { name, status, attempts, error, started_at, finished_at, undone_at }
    }
}

/// What went wrong in a workflow.
#[derive(SimpleObject)]
pub struct WorkflowError {
    /// What went wrong, for programs.
    code: ErrorCode,
    /// What went wrong, for people.
    message: String,
}

impl From<Cause> for WorkflowError {
    fn from(cause: Cause) -> Self {
        let Problem { code, message, .. } = cause.into();
        Self { code, message }
    }
}

/// How many runs of workflows there are.
pub struct WorkflowRunTotal(pub RunFilter);

#[Object]
impl WorkflowRunTotal {
    /// How many runs the filter leaves, over all pages. Counted only when asked for.
    async fn total_count(&self, ctx: &Context<'_>) -> Result<i64> {
        let reads = ctx.reads();
        Ok(ctx.app().durable.count(reads.conn().await?, &self.0).await?)
    }
}
