use async_graphql::Json;
use graphql_plan::object;
use serde_json::Value;

use super::sources::STEPS_OF_RUN;
use crate::durable::{Run, RunStep};
use crate::kernel::error::Problem;

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

object! {
    /// A run of a workflow: several steps that end done or undone, whatever crashes in between.
    pub WorkflowRun for Run {
        /// Id.
        id;
        /// The workflow's name.
        workflow;
        /// What it is about: an id, such as a cart's.
        subject;
        /// Where it stands.
        status;
        /// The name of the step that it stands at; of the last one when it is done, of the first one that was undone when it
        /// is undone.
        step;
        /// How often that step was tried since it was last begun, or since its undoing was.
        attempt;
        /// Every step, in their order.
        steps: many(WorkflowStep, STEPS_OF_RUN, |run| run.id);
        /// Why it is undone or stuck; null while all goes well.
        error: embed(WorkflowError, |run| run.error.clone().map(Problem::from));
        /// What its steps know and found out. Who people are, and what only they may know, is left out: e-mail and other
        /// addresses, notes, and what a payment provider gave a shopper.
        state: value(|run| Json(without_secrets(&run.state)));
        /// When it is taken up next, UTC. While it waits: when waiting ends and it is undone. Null when it is finished or
        /// stuck.
        due_at;
        /// When it was started, UTC.
        created_at;
        /// When it was last changed, UTC.
        updated_at;
        /// When it was done or undone, UTC; null before.
        finished_at;
    }
}

object! {
    /// A step of a run of a workflow.
    pub WorkflowStep for RunStep {
        /// Name, unique in the workflow.
        name;
        /// Where it stands.
        status;
        /// How often it was tried.
        attempts;
        /// What went wrong the last time; null when nothing did.
        error: embed(WorkflowError, |step| step.error.clone().map(Problem::from));
        /// When it was first tried, UTC; null before.
        started_at;
        /// When it was done, UTC; null when it was not.
        finished_at;
        /// When it was undone, UTC; null when it was not.
        undone_at;
    }
}

object! {
    /// What went wrong in a workflow.
    pub WorkflowError for Problem {
        /// What went wrong, for programs.
        code;
        /// What went wrong, for people.
        message;
    }
}
