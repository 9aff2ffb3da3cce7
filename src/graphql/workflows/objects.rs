use async_graphql::Json;
use graphql_plan::object;
use serde_json::Value;

use super::sources::STEPS_OF_RUN;
use crate::durable::{Run, RunStep};
use crate::kernel::error::UserError;

/// State fields with personal or secret data.
const HIDDEN: [&str; 9] =
    ["action", "billing_address", "data", "email", "note", "payload", "phone", "return_url", "shipping_address"];

/// Removes the fields that staff with access to settings do not need to see.
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
    /// A run of a workflow: a sequence of steps that is either completed or undone, even after a crash.
    pub WorkflowRun for Run {
        /// Id.
        id;
        /// The workflow's name.
        workflow;
        /// The id of what it is about, such as the id of a cart.
        subject;
        /// Status.
        status;
        /// The name of the current step; of the last step if the run is done, of the first step if it has been undone.
        step;
        /// How often the current step was attempted since it was last started, or since its undoing was started.
        attempt;
        /// All steps, in their order.
        steps: many(WorkflowStep, STEPS_OF_RUN, |run| run.id);
        /// Why the run is being undone, was undone, or is stuck; null if there is no error.
        error: embed(WorkflowError, |run| run.error.clone().map(UserError::from));
        /// The data its steps have collected. Personal and secret data are omitted: email and postal addresses, notes,
        /// and what a payment provider issued to a shopper.
        state: value(|run| Json(without_secrets(&run.state)));
        /// Time at which it is next continued (UTC). While the run is waiting: time at which waiting ends and the run
        /// is undone. Null if it is finished or stuck.
        due_at;
        /// Time at which it was started (UTC).
        created_at;
        /// Time at which it was last updated (UTC).
        updated_at;
        /// Time at which it was completed or undone (UTC); null until then.
        finished_at;
    }
}

object! {
    /// A step of a workflow run.
    pub WorkflowStep for RunStep {
        /// Name, unique in the workflow.
        name;
        /// Status.
        status;
        /// The number of attempts.
        attempts;
        /// The error of the last attempt; null if there was none.
        error: embed(WorkflowError, |step| step.error.clone().map(UserError::from));
        /// Time of the first attempt (UTC); null if there was none.
        started_at;
        /// Time at which it was completed (UTC); null if it was not.
        finished_at;
        /// Time at which it was undone (UTC); null if it was not.
        undone_at;
    }
}

object! {
    /// An error in a workflow.
    pub WorkflowError for UserError {
        /// Machine-readable error code.
        code;
        /// Human-readable error message.
        message;
    }
}
