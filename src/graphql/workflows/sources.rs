//! Batch sources for workflows.

use crate::durable::{Run, RunStep};
use crate::graphql::sources::source;
use crate::kernel::ids::WorkflowRunId;

source! {
    pub WORKFLOW_RUN: WorkflowRunId => Run = |scope, conn, ids| scope.app.durable.by_ids(conn, ids), by |row| row.id
}
source! {
    pub STEPS_OF_RUN: WorkflowRunId => RunStep =
        |scope, conn, ids| scope.app.durable.steps_of(conn, ids), by |row| row.run_id
}
