//! Runs of durable workflows: for staff who want to know what hangs, and to help it along.

mod mutations;
mod objects;
pub mod sources;

use async_graphql::Context;
use cartwright_macros::queries;
use graphql_plan::{Connection, One};

pub use mutations::WorkflowMutation;
pub use objects::WorkflowRun;

use super::connection::{connection, counted};
use super::context::Requested;
use super::errors::{Result, refused};
use crate::durable::RunFilter;
use crate::kernel::ids::WorkflowRunId;
use crate::kernel::page::{PageArgs, Window};
use sources::WORKFLOW_RUN;

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
        filter: RunFilter,
        #[flatten] page: PageArgs,
    ) -> Result<One<Connection<WorkflowRun>>> {
        let window = Window::new(&page, "NEWEST")?;
        let reads = ctx.reads();
        let page = reads.app.durable.list(reads.conn().await?, &filter, &window).await.map_err(refused)?;
        let total = counted!(filter, |scope, conn| scope.app.durable.count(conn, &filter));
        Ok(connection(page, total).into())
    }
}
