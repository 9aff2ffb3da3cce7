use async_graphql::{Context, Json};
use cartwright_macros::mutations;
use serde_json::Value;

use super::objects::WorkflowRun;
use crate::durable::Resolution;
use crate::graphql::context::Requested;
use crate::graphql::errors::Done;
use crate::kernel::ids::WorkflowRunId;
use crate::kernel::text::storable;

#[mutations(staff = SETTINGS)]
impl WorkflowMutation {
    /// Tries the step again at which a run is stuck, as often as if it had never been tried. Codes: NOT_FOUND,
    /// INVALID_STATE when the run is not STUCK.
    #[returns(workflow_run: WorkflowRun, "The run after trying again, for two seconds at most.")]
    async fn workflow_step_retry(ctx: &Context<'_>, run_id: WorkflowRunId) -> Done<WorkflowRun> {
        let staff = ctx.staff_id()?;
        tracing::info!(run.id = %run_id, staff.id = %staff, "Staff have the run {run_id} tried again");
        Ok(ctx.for_write().durable.retry(run_id).await?)
    }

    /// Says what became of the step at which a run is stuck, when somebody has found out elsewhere. Done (the default): its
    /// call is not repeated, and the run goes on. `undone: true`: nothing of its call is left outside, and the rest of the
    /// run is undone. `output` replaces fields of the run's state, such as the reference that the step would have found.
    /// Codes: NOT_FOUND, INVALID when `output` makes no state of this workflow, INVALID_STATE when the run is not STUCK,
    /// is stuck at another step, or is being undone and the step is said to be done.
    #[returns(workflow_run: WorkflowRun, "The run after going on, for two seconds at most.")]
    async fn workflow_step_resolve(
        ctx: &Context<'_>,
        run_id: WorkflowRunId,
        step: String,
        output: Option<Json<Value>>,
        undone: Option<bool>,
    ) -> Done<WorkflowRun> {
        let output = output.map(|Json(output)| output);
        let resolution = Resolution { step: storable(step), output, undone: undone.unwrap_or_default() };
        let staff = ctx.staff_id()?;
        let Resolution { step, undone, .. } = &resolution;
        tracing::info!(run.id = %run_id, staff.id = %staff, step, undone, "Staff say what became of the run {run_id}");
        Ok(ctx.for_write().durable.resolve(run_id, resolution).await?)
    }
}
