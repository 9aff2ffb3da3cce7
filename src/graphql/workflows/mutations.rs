use async_graphql::{Context, Json};
use cartwright_macros::mutations;
use serde_json::Value;

use super::objects::WorkflowRun;
use crate::durable::Resolution;
use crate::graphql::context::RequestExt;
use crate::graphql::errors::Done;
use crate::kernel::ids::WorkflowRunId;
use crate::kernel::text::strip_nul;

#[mutations(staff = SETTINGS)]
impl WorkflowMutation {
    /// Retries the step at which a run is stuck, with a fresh number of attempts.
    /// Codes: NOT_FOUND, INVALID_STATE if the run is not STUCK.
    #[returns(workflow_run: WorkflowRun, "The run after the retry, which is awaited for at most two seconds.")]
    async fn workflow_step_retry(
        ctx: &Context<'_>,
        /// The id of the workflow run.
        run_id: WorkflowRunId,
    ) -> Done<WorkflowRun> {
        let staff = ctx.staff_id()?;
        let run = ctx.writer().durable.retry(run_id).await?;
        tracing::info!(run.id = %run_id, staff.id = %staff, "Staff had the run {run_id} tried again");
        Ok(run)
    }

    /// Resolves the step at which a run is stuck, after its outcome was determined in another way. By default the step
    /// counts as done: its call is not repeated, and the run continues.
    /// Codes: NOT_FOUND, INVALID if `output` does not fit the state of this workflow, INVALID_STATE if the run is not
    /// STUCK, is stuck at another step, or is being undone and the step is said to be done.
    #[returns(workflow_run: WorkflowRun, "The run after it continued, which is awaited for at most two seconds.")]
    async fn workflow_step_resolve(
        ctx: &Context<'_>,
        /// The id of the workflow run.
        run_id: WorkflowRunId,
        /// The name of the step at which the run is stuck.
        step: String,
        /// Fields to replace in the run's state, such as the reference that the step would have found.
        output: Option<Json<Value>>,
        /// True if the call had no lasting effect: the rest of the run is then undone.
        undone: Option<bool>,
    ) -> Done<WorkflowRun> {
        let output = output.map(|Json(output)| output);
        let resolution = Resolution { step: strip_nul(step), output, undone: undone.unwrap_or_default() };
        let (staff, step, undone) = (ctx.staff_id()?, resolution.step.clone(), resolution.undone);
        let run = ctx.writer().durable.resolve(run_id, resolution).await?;
        tracing::info!(run.id = %run_id, staff.id = %staff, step, undone, "Staff said what became of the run {run_id}");
        Ok(run)
    }
}
