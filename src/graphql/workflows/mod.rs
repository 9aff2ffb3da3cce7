//! Runs of durable workflows: for staff who want to know what hangs, and to help it along.

mod mutations;
mod objects;

use async_graphql::connection::Connection;
use async_graphql::{Context, InputObject, Object};

pub use mutations::WorkflowMutation;
pub use objects::{WorkflowRun, WorkflowRunTotal};

use super::connection::{connection, page_args};
use super::context::Requested;
use super::errors::{Result, refused};
use super::guards::{Needs, requires, staff};
use crate::durable::{RunFilter, RunStatus};
use crate::kernel::actor::Permission;
use crate::kernel::ids::WorkflowRunId;
use crate::kernel::page::Window;
use crate::kernel::text::storable;

type WorkflowRunConnection = Connection<String, WorkflowRun, WorkflowRunTotal>;

/// Which runs of workflows to list; what is left out does not narrow the list.
#[derive(InputObject, Default)]
pub struct WorkflowRunFilterInput {
    /// In this state: those that need a hand are STUCK.
    status: Option<RunStatus>,
    /// Of the workflow of this name.
    workflow: Option<String>,
    /// About this subject: an id, such as a cart's.
    subject: Option<String>,
}

#[derive(Default)]
pub struct WorkflowQuery;

#[Object]
impl WorkflowQuery {
    /// One run of a workflow; null when there is none.
    #[graphql(guard = "Needs(Permission::Settings)", visible = "staff", directive = requires::apply("SETTINGS".into()))]
    async fn workflow_run(&self, ctx: &Context<'_>, id: WorkflowRunId) -> Result<Option<WorkflowRun>> {
        Ok(ctx.reads().loaders.workflow_run.load(id).await?.map(WorkflowRun))
    }

    /// Every run of a workflow that calls somebody outside, newest first. One that needed nobody left no run.
    #[graphql(guard = "Needs(Permission::Settings)", visible = "staff", directive = requires::apply("SETTINGS".into()))]
    async fn workflow_runs(
        &self,
        ctx: &Context<'_>,
        #[graphql(default)] filter: WorkflowRunFilterInput,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<WorkflowRunConnection> {
        let WorkflowRunFilterInput { status, workflow, subject } = filter;
        let filter = RunFilter { status, workflow: workflow.map(storable), subject: subject.map(storable) };
        let window = Window::new(&page_args(first, after, last, before), "NEWEST")?;
        let reads = ctx.reads();
        let page = ctx.app().durable.list(reads.conn().await?, &filter, &window).await.map_err(refused)?;
        Ok(connection(page, WorkflowRunTotal(filter), WorkflowRun))
    }
}
