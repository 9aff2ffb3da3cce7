//! The engine's SQL. Leases use PostgreSQL's clock, because the clocks of processes may differ.

use diesel::data_types::PgInterval;
use diesel::dsl::case_when;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::{Interval, Nullable, Text, Timestamptz};
use diesel::upsert::excluded;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::Engine;
use super::model::{Run, RunFilter, RunStatus, RunStep};
use crate::db::keyset::keyset;
use crate::db::schema::{workflow_runs, workflow_steps};
use crate::db::{Conn, Result};
use crate::kernel::clock::Timestamp;
use crate::kernel::ids::WorkflowRunId;
use crate::kernel::page::PageRequest;
use crate::kernel::text::strip_nul;

/// How long a process may go without a heartbeat before another one takes over its runs.
const LEASE_MICROSECONDS: i64 = 15_000_000;

#[declare_sql_function]
extern "SQL" {
    /// PostgreSQL's current time, not the start time of the transaction.
    fn clock_timestamp() -> Timestamptz;
    /// Adds an interval to a timestamp. Returns null if the interval is null.
    fn timestamptz_pl_interval(at: Timestamptz, span: Nullable<Interval>) -> Nullable<Timestamptz>;
}

/// The lease of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lease {
    /// Held by this process for the length of a lease, starting now.
    Held(Uuid),
    /// Not held: any process may claim the run when it is due.
    Free,
}

impl Lease {
    const fn owner(self) -> Option<Uuid> {
        match self {
            Self::Held(owner) => Some(owner),
            Self::Free => None,
        }
    }

    fn span(self) -> Option<PgInterval> {
        self.owner().map(|_| PgInterval::from_microseconds(LEASE_MICROSECONDS))
    }
}

/// Runs whose lease has expired, regardless of `due_at`, and unleased runs that are due.
macro_rules! claimable {
    ($now:expr) => {
        lease_until.lt(clock_timestamp().nullable()).or(lease_until.is_null().and(due_at.le($now)))
    };
}

/// Inserts a new run. Returns `false` if a run with that key exists.
pub(super) async fn insert(mut conn: &Conn, run: &Run, lease: Lease) -> Result<bool> {
    use workflow_runs as r;
    let row = (
        (
            r::id.eq(run.id),
            r::workflow.eq(&run.workflow),
            r::key.eq(&run.key),
            r::subject.eq(&run.subject),
            r::state.eq(&run.state),
            r::status.eq(run.status),
            r::undoing.eq(run.undoing),
            r::step.eq(&run.step),
            r::attempt.eq(run.attempt),
            r::called.eq(run.called),
        ),
        (
            r::signals.eq(run.signals),
            r::error.eq(&run.error),
            r::lease_owner.eq(lease.owner()),
            r::lease_until.eq(timestamptz_pl_interval(clock_timestamp(), lease.span())),
            r::due_at.eq(run.due_at),
            r::version.eq(run.version),
            r::created_at.eq(run.created_at),
            r::updated_at.eq(run.updated_at),
            r::finished_at.eq(run.finished_at),
        ),
    );
    let inserted = diesel::insert_into(r::table).values(row).on_conflict((r::workflow, r::key)).do_nothing();
    Ok(inserted.execute(&mut conn).await? == 1)
}

pub(super) async fn delete(mut conn: &Conn, id: WorkflowRunId) -> Result<()> {
    diesel::delete(workflow_runs::table.find(id)).execute(&mut conn).await?;
    Ok(())
}

/// Deletes up to `most` runs that finished before `before`, with their steps.
pub(super) async fn delete_finished(mut conn: &Conn, before: Timestamp, most: i64) -> Result<usize> {
    let old = workflow_runs::table.filter(workflow_runs::finished_at.lt(before)).limit(most);
    let old: Vec<WorkflowRunId> = old.select(workflow_runs::id).load(&mut conn).await?;
    let old = workflow_runs::table.filter(workflow_runs::id.eq_any(old));
    Ok(diesel::delete(old).execute(&mut conn).await?)
}

/// Returns those of these subjects that have an unfinished run of the workflow.
pub(super) async fn unfinished(mut conn: &Conn, workflow: &str, subjects: &[String]) -> Result<Vec<String>> {
    let of_subjects = workflow_runs::table.filter(workflow_runs::subject.eq_any(subjects));
    let open = of_subjects.filter(workflow_runs::workflow.eq(workflow)).filter(workflow_runs::finished_at.is_null());
    Ok(open.select(workflow_runs::subject).load(&mut conn).await?)
}

pub(super) async fn by_key(mut conn: &Conn, workflow: &str, key: &str) -> Result<WorkflowRunId> {
    let of_key = workflow_runs::table.filter(workflow_runs::workflow.eq(workflow)).filter(workflow_runs::key.eq(key));
    Ok(of_key.select(workflow_runs::id).first(&mut conn).await?)
}

/// Claims a run that is due and not leased, or that this process has just started.
pub(super) async fn claim(mut conn: &Conn, id: WorkflowRunId, owner: Uuid, now: Timestamp) -> Result<Option<Run>> {
    use workflow_runs::{due_at, lease_owner, lease_until, status, version};
    let just_started = status.eq(RunStatus::Pending).and(lease_owner.eq(owner)).and(due_at.le(now));
    let free = workflow_runs::table.find(id).filter(due_at.is_not_null());
    let free = free.filter(claimable!(now).or(just_started));
    let lease = Lease::Held(owner);
    let taken = diesel::update(free).set((
        status.eq(case_when(status.eq(RunStatus::Pending), RunStatus::Running.into_sql::<Text>()).otherwise(status)),
        lease_owner.eq(lease.owner()),
        lease_until.eq(timestamptz_pl_interval(clock_timestamp(), lease.span())),
        version.eq(version + 1),
    ));
    Ok(taken.returning(Run::as_returning()).get_result(&mut conn).await.optional()?)
}

/// Returns the runs that are due and not leased, longest overdue first.
pub(super) async fn due(mut conn: &Conn, workflows: &[&str], now: Timestamp, most: i64) -> Result<Vec<WorkflowRunId>> {
    use workflow_runs::{due_at, lease_until, workflow};
    let due = workflow_runs::table.filter(due_at.is_not_null()).filter(claimable!(now));
    let due = due.filter(workflow.eq_any(workflows));
    Ok(due.order(due_at).limit(most).select(workflow_runs::id).load(&mut conn).await?)
}

/// Locks those of these runs that no other process is claiming. Returns them as they were before being claimed.
pub(super) async fn lock_claimable(mut conn: &Conn, ids: &[WorkflowRunId], now: Timestamp) -> Result<Vec<Run>> {
    use workflow_runs::{due_at, id, lease_until};
    let free = workflow_runs::table.filter(id.eq_any(ids)).filter(due_at.is_not_null()).filter(claimable!(now));
    let free = free.order(due_at);
    Ok(free.select(Run::as_select()).for_update().skip_locked().load(&mut conn).await?)
}

/// Claims runs that the caller has locked.
pub(super) async fn claim_locked(mut conn: &Conn, ids: &[WorkflowRunId], owner: Uuid) -> Result<Vec<Run>> {
    use workflow_runs::{lease_owner, lease_until, status, version};
    let lease = Lease::Held(owner);
    let taken = diesel::update(workflow_runs::table.filter(workflow_runs::id.eq_any(ids))).set((
        status.eq(case_when(status.eq(RunStatus::Pending), RunStatus::Running.into_sql::<Text>()).otherwise(status)),
        lease_owner.eq(lease.owner()),
        lease_until.eq(timestamptz_pl_interval(clock_timestamp(), lease.span())),
        version.eq(version + 1),
    ));
    Ok(taken.returning(Run::as_returning()).get_results(&mut conn).await?)
}

/// Renews the lease. Returns `false` if another process holds the run now.
pub(super) async fn renew(mut conn: &Conn, run: &Run, owner: Uuid) -> Result<bool> {
    let mine = workflow_runs::table
        .find(run.id)
        .filter(workflow_runs::version.eq(run.version))
        .filter(workflow_runs::lease_owner.eq(owner));
    let until = timestamptz_pl_interval(clock_timestamp(), Lease::Held(owner).span());
    Ok(diesel::update(mine).set(workflow_runs::lease_until.eq(until)).execute(&mut conn).await? == 1)
}

/// Expires a lease immediately, as if its owner had sent no heartbeat.
pub(super) async fn expire(mut conn: &Conn, id: WorkflowRunId) -> Result<()> {
    let past = PgInterval::from_microseconds(-1_000_000);
    let until = timestamptz_pl_interval(clock_timestamp(), Some(past));
    diesel::update(workflow_runs::table.find(id)).set(workflow_runs::lease_until.eq(until)).execute(&mut conn).await?;
    Ok(())
}

/// Locks and returns the run if this owner still holds it at this version.
pub(super) async fn lock_owned(mut conn: &Conn, run: &Run, owner: Uuid) -> Result<Option<Run>> {
    let mine = workflow_runs::table
        .find(run.id)
        .filter(workflow_runs::version.eq(run.version))
        .filter(workflow_runs::lease_owner.eq(owner));
    Ok(mine.select(Run::as_select()).for_update().first(&mut conn).await.optional()?)
}

/// Locks and returns the run, regardless of its lease.
pub(super) async fn lock(mut conn: &Conn, id: WorkflowRunId) -> Result<Option<Run>> {
    Ok(workflow_runs::table.find(id).select(Run::as_select()).for_update().first(&mut conn).await.optional()?)
}

/// Saves a run that the caller has locked, as its next version.
pub(super) async fn save(mut conn: &Conn, run: &Run, lease: Lease) -> Result<()> {
    use workflow_runs as r;
    diesel::update(r::table.find(run.id))
        .set((
            r::subject.eq(&run.subject),
            r::state.eq(&run.state),
            r::status.eq(run.status),
            r::undoing.eq(run.undoing),
            r::step.eq(&run.step),
            r::attempt.eq(run.attempt),
            r::called.eq(run.called),
            r::signals.eq(run.signals),
            r::error.eq(&run.error),
            r::lease_owner.eq(lease.owner()),
            r::lease_until.eq(timestamptz_pl_interval(clock_timestamp(), lease.span())),
            r::due_at.eq(run.due_at),
            r::version.eq(run.version),
            r::updated_at.eq(run.updated_at),
            r::finished_at.eq(run.finished_at),
        ))
        .execute(&mut conn)
        .await?;
    Ok(())
}

/// Records a signal for a run that is currently being processed.
pub(super) async fn add_signal(mut conn: &Conn, id: WorkflowRunId) -> Result<()> {
    diesel::update(workflow_runs::table.find(id))
        .set(workflow_runs::signals.eq(workflow_runs::signals + 1))
        .execute(&mut conn)
        .await?;
    Ok(())
}

/// Inserts or updates steps.
pub(super) async fn save_steps(mut conn: &Conn, steps: &[RunStep]) -> Result<()> {
    use workflow_steps as s;
    if steps.is_empty() {
        return Ok(());
    }
    diesel::insert_into(s::table)
        .values(steps)
        .on_conflict((s::run_id, s::position))
        .do_update()
        .set((
            s::name.eq(excluded(s::name)),
            s::status.eq(excluded(s::status)),
            s::called.eq(excluded(s::called)),
            s::written.eq(excluded(s::written)),
            s::attempts.eq(excluded(s::attempts)),
            s::error.eq(excluded(s::error)),
            s::started_at.eq(excluded(s::started_at)),
            s::finished_at.eq(excluded(s::finished_at)),
            s::undone_at.eq(excluded(s::undone_at)),
        ))
        .execute(&mut conn)
        .await?;
    Ok(())
}

impl Engine {
    /// Returns the runs with these ids, in no particular order.
    pub async fn by_ids(&self, mut conn: &Conn, ids: &[WorkflowRunId]) -> Result<Vec<Run>> {
        Ok(workflow_runs::table.filter(workflow_runs::id.eq_any(ids)).select(Run::as_select()).load(&mut conn).await?)
    }

    /// Returns the steps of these runs, in order.
    pub async fn steps_of(&self, mut conn: &Conn, ids: &[WorkflowRunId]) -> Result<Vec<RunStep>> {
        let of_runs = workflow_steps::table.filter(workflow_steps::run_id.eq_any(ids));
        let in_order = of_runs.order((workflow_steps::run_id, workflow_steps::position));
        Ok(in_order.select(RunStep::as_select()).load(&mut conn).await?)
    }

    /// Counts the runs that match the filter.
    pub async fn count(&self, mut conn: &Conn, filter: &RunFilter) -> Result<i64> {
        Ok(filtered(filter).count().get_result(&mut conn).await?)
    }
}

pub(super) async fn list(
    mut conn: &Conn,
    filter: &RunFilter,
    paging: &PageRequest,
    cursor: Option<(Timestamp, Uuid)>,
) -> Result<Vec<Run>> {
    let rows = filtered(filter).select(Run::as_select());
    let cursor = cursor.map(|(created, id)| (created, WorkflowRunId(id)));
    Ok(keyset!(rows, paging, true, workflow_runs::created_at, workflow_runs::id, cursor).load(&mut conn).await?)
}

fn filtered(filter: &RunFilter) -> workflow_runs::BoxedQuery<'static, Pg> {
    let mut query = workflow_runs::table.into_boxed();
    if let Some(status) = filter.status {
        query = query.filter(workflow_runs::status.eq(status));
    }
    if let Some(workflow) = &filter.workflow {
        query = query.filter(workflow_runs::workflow.eq(strip_nul(workflow.clone())));
    }
    if let Some(subject) = &filter.subject {
        query = query.filter(workflow_runs::subject.eq(strip_nul(subject.clone())));
    }
    query
}
