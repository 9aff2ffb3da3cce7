use async_graphql::{Context, Json, Object};
use serde_json::Value;

use super::objects::WorkflowRun;
use crate::durable::Resolution;
use crate::graphql::context::Requested;
use crate::graphql::errors::{Result, payloads};
use crate::graphql::guards::{Needs, requires, staff};
use crate::kernel::actor::Permission;
use crate::kernel::ids::WorkflowRunId;
use crate::kernel::text::storable;

payloads! {
    WorkflowStepRetryPayload {
        /// The run after trying again, for two seconds at most.
        workflow_run: WorkflowRun
    }
    WorkflowStepResolvePayload {
        /// The run after going on, for two seconds at most.
        workflow_run: WorkflowRun
    }
}

#[derive(Default)]
pub struct WorkflowMutation;

#[Object]
impl WorkflowMutation {
    /// Tries the step again at which a run is stuck, as often as if it had never been tried. Codes: NOT_FOUND,
    /// INVALID_STATE when the run is not STUCK.
    #[graphql(guard = "Needs(Permission::Settings)", visible = "staff", directive = requires::apply("SETTINGS".into()))]
    async fn workflow_step_retry(&self, ctx: &Context<'_>, run_id: WorkflowRunId) -> Result<WorkflowStepRetryPayload> {
        let staff = ctx.staff_id()?;
        tracing::info!(run.id = %run_id, staff.id = %staff, "Staff have the run {run_id} tried again");
        let outcome = ctx.for_write().durable.retry(run_id).await;
        WorkflowStepRetryPayload::of(outcome, |run| WorkflowStepRetryPayload {
            workflow_run: Some(WorkflowRun(run)),
            ..Default::default()
        })
    }

    /// Says what became of the step at which a run is stuck, when somebody has found out elsewhere. Done (the default): its
    /// call is not repeated, and the run goes on. `undone: true`: nothing of its call is left outside, and the rest of the
    /// run is undone. `output` replaces fields of the run's state, such as the reference that the step would have found.
    /// Codes: NOT_FOUND, INVALID when `output` makes no state of this workflow, INVALID_STATE when the run is not STUCK,
    /// is stuck at another step, or is being undone and the step is said to be done.
    #[graphql(guard = "Needs(Permission::Settings)", visible = "staff", directive = requires::apply("SETTINGS".into()))]
    async fn workflow_step_resolve(
        &self,
        ctx: &Context<'_>,
        run_id: WorkflowRunId,
        step: String,
        output: Option<Json<Value>>,
        undone: Option<bool>,
    ) -> Result<WorkflowStepResolvePayload> {
        let output = output.map(|Json(output)| output);
        let resolution = Resolution { step: storable(step), output, undone: undone.unwrap_or_default() };
        let staff = ctx.staff_id()?;
        let Resolution { step, undone, .. } = &resolution;
        tracing::info!(run.id = %run_id, staff.id = %staff, step, undone, "Staff say what became of the run {run_id}");
        let outcome = ctx.for_write().durable.resolve(run_id, resolution).await;
        WorkflowStepResolvePayload::of(outcome, |run| WorkflowStepResolvePayload {
            workflow_run: Some(WorkflowRun(run)),
            ..Default::default()
        })
    }
}
