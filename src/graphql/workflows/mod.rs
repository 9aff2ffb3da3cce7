//! Runs of durable workflows: for staff who want to know what hangs, and to help it along.

mod mutations;
mod objects;
pub mod sources;

use async_graphql::{Context, InputObject};
use cartwright_macros::queries;
use graphql_plan::{Connection, One};

pub use mutations::WorkflowMutation;
pub use objects::WorkflowRun;

use super::connection::{connection, counted};
use super::context::Requested;
use super::errors::{Result, refused};
use crate::durable::{RunFilter, RunStatus};
use crate::kernel::ids::WorkflowRunId;
use crate::kernel::page::{PageArgs, Window};
use crate::kernel::text::storable;
use sources::WORKFLOW_RUN;

/// A filter for workflow runs. Omitted fields do not restrict the list.
#[derive(InputObject, Default)]
pub struct WorkflowRunFilterInput {
    /// Only runs with this status. Runs that need staff are STUCK.
    status: Option<RunStatus>,
    /// Only runs of the workflow with this name.
    workflow: Option<String>,
    /// Only runs about this subject: an id, such as the id of a cart.
    subject: Option<String>,
}

#[queries(staff = SETTINGS)]
impl WorkflowQuery {
    /// Returns a workflow run by id, or null if there is none.
    async fn workflow_run(
        ctx: &Context<'_>,
        /// The id of the workflow run.
        id: WorkflowRunId,
    ) -> Result<Option<One<WorkflowRun>>> {
        Ok(ctx.reads().load(&WORKFLOW_RUN, id).await?.map(One))
    }

    /// All runs of workflows that call external services, newest first. A workflow that did not need to call one has no
    /// run.
    async fn workflow_runs(
        ctx: &Context<'_>,
        /// Returns only entries that match every field of the filter.
        #[default]
        filter: WorkflowRunFilterInput,
        #[flatten] page: PageArgs,
    ) -> Result<One<Connection<WorkflowRun>>> {
        let WorkflowRunFilterInput { status, workflow, subject } = filter;
        let filter = RunFilter { status, workflow: workflow.map(storable), subject: subject.map(storable) };
        let window = Window::new(&page, "NEWEST")?;
        let reads = ctx.reads();
        let page = reads.app.durable.list(reads.conn().await?, &filter, &window).await.map_err(refused)?;
        let total = counted!(filter, |scope, conn| scope.app.durable.count(conn, &filter));
        Ok(connection(page, total).into())
    }
}
