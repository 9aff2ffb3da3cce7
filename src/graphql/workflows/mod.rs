//! Runs of durable workflows: lets staff find stuck runs and resume them.

mod mutations;
mod objects;
pub mod sources;

use async_graphql::Context;
use cartwright_macros::queries;
use graphql_plan::One;

pub use mutations::WorkflowMutation;
pub use objects::WorkflowRun;

use super::connection::{Paged, connection, counted};
use super::context::RequestExt;
use super::errors::{Result, refused};
use crate::durable::RunFilter;
use crate::kernel::ids::WorkflowRunId;
use crate::kernel::page::{PageArgs, PageRequest};
use sources::WORKFLOW_RUN;

#[queries(staff = SETTINGS)]
impl WorkflowQuery {
    /// Returns a workflow run by id, or null if there is none.
    async fn workflow_run(
        ctx: &Context<'_>,
        /// The id of the workflow run.
        id: WorkflowRunId,
    ) -> Result<Option<One<WorkflowRun>>> {
        Ok(ctx.loaders().load(&WORKFLOW_RUN, id).await?.map(One))
    }

    /// All runs of workflows that call external services, newest first. A workflow that did not need to call one has no
    /// run.
    async fn workflow_runs(
        ctx: &Context<'_>,
        /// Returns only entries that match every field of the filter.
        #[default]
        filter: RunFilter,
        #[flatten] page: PageArgs,
    ) -> Result<Paged<WorkflowRun>> {
        let paging = PageRequest::new(&page, "NEWEST")?;
        let loaders = ctx.loaders();
        let page = loaders.app.durable.list(loaders.conn().await?, &filter, &paging).await.map_err(refused)?;
        let total = counted!(filter, |scope, conn| scope.app.durable.count(conn, &filter));
        Ok(connection(page, total).into())
    }
}
