//! The SQL of the engine. Leases are told by PostgreSQL's clock, because processes may disagree about the time.

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
use crate::kernel::page::Window;
use crate::kernel::text::storable;

/// How long a process may be silent before another one takes its runs.
const LEASE_MICROSECONDS: i64 = 15_000_000;

#[declare_sql_function]
extern "SQL" {
    /// The time of PostgreSQL, now and not when the transaction began.
    fn clock_timestamp() -> Timestamptz;
    /// What `+` is between a moment and a span; null for no span.
    fn timestamptz_pl_interval(at: Timestamptz, span: Nullable<Interval>) -> Nullable<Timestamptz>;
}

/// Who works on a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lease {
    /// This process, from now on for the length of a lease.
    Held(Uuid),
    /// Nobody: whoever finds that it is due may take it.
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

/// Runs that somebody has left in the middle, whenever they are due by that process's clock, and those that nobody works on
/// and that are due.
macro_rules! left_or_due {
    ($now:expr) => {
        lease_until.lt(clock_timestamp().nullable()).or(lease_until.is_null().and(due_at.le($now)))
    };
}

/// Writes a new run down; `false` when there is one of that key.
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
            r::wakes.eq(run.wakes),
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

/// Forgets some of the runs that were finished before a moment, with their steps.
pub(super) async fn forget_finished(mut conn: &Conn, before: Timestamp, most: i64) -> Result<usize> {
    let old = workflow_runs::table.filter(workflow_runs::finished_at.lt(before)).limit(most);
    let old: Vec<WorkflowRunId> = old.select(workflow_runs::id).load(&mut conn).await?;
    let old = workflow_runs::table.filter(workflow_runs::id.eq_any(old));
    Ok(diesel::delete(old).execute(&mut conn).await?)
}

/// Of these subjects, those of which a run of the workflow has not ended.
pub(super) async fn unfinished(mut conn: &Conn, workflow: &str, subjects: &[String]) -> Result<Vec<String>> {
    let of_subjects = workflow_runs::table.filter(workflow_runs::subject.eq_any(subjects));
    let open = of_subjects.filter(workflow_runs::workflow.eq(workflow)).filter(workflow_runs::finished_at.is_null());
    Ok(open.select(workflow_runs::subject).load(&mut conn).await?)
}

pub(super) async fn by_key(mut conn: &Conn, workflow: &str, key: &str) -> Result<WorkflowRunId> {
    let of_key = workflow_runs::table.filter(workflow_runs::workflow.eq(workflow)).filter(workflow_runs::key.eq(key));
    Ok(of_key.select(workflow_runs::id).first(&mut conn).await?)
}

/// Takes a run that is due and that nobody works on, or that this process has just started.
pub(super) async fn claim(mut conn: &Conn, id: WorkflowRunId, owner: Uuid, now: Timestamp) -> Result<Option<Run>> {
    use workflow_runs::{due_at, lease_owner, lease_until, status, version};
    let just_started = status.eq(RunStatus::Pending).and(lease_owner.eq(owner)).and(due_at.le(now));
    let free = workflow_runs::table.find(id).filter(due_at.is_not_null());
    let free = free.filter(left_or_due!(now).or(just_started));
    let lease = Lease::Held(owner);
    let taken = diesel::update(free).set((
        status.eq(case_when(status.eq(RunStatus::Pending), RunStatus::Running.into_sql::<Text>()).otherwise(status)),
        lease_owner.eq(lease.owner()),
        lease_until.eq(timestamptz_pl_interval(clock_timestamp(), lease.span())),
        version.eq(version + 1),
    ));
    Ok(taken.returning(Run::as_returning()).get_result(&mut conn).await.optional()?)
}

/// Which runs are due and nobody's, the longest overdue first.
pub(super) async fn due(mut conn: &Conn, workflows: &[&str], now: Timestamp, most: i64) -> Result<Vec<WorkflowRunId>> {
    use workflow_runs::{due_at, lease_until, workflow};
    let due = workflow_runs::table.filter(due_at.is_not_null()).filter(left_or_due!(now));
    let due = due.filter(workflow.eq_any(workflows));
    Ok(due.order(due_at).limit(most).select(workflow_runs::id).load(&mut conn).await?)
}

/// Of these runs, those that nobody else is taking at this moment, as they are before they are taken.
pub(super) async fn lock_free(mut conn: &Conn, ids: &[WorkflowRunId], now: Timestamp) -> Result<Vec<Run>> {
    use workflow_runs::{due_at, id, lease_until};
    let free = workflow_runs::table.filter(id.eq_any(ids)).filter(due_at.is_not_null()).filter(left_or_due!(now));
    let free = free.order(due_at);
    Ok(free.select(Run::as_select()).for_update().skip_locked().load(&mut conn).await?)
}

/// Takes runs that the caller has locked.
pub(super) async fn take(mut conn: &Conn, ids: &[WorkflowRunId], owner: Uuid) -> Result<Vec<Run>> {
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

/// Stays in possession of a run; `false` when somebody else has it by now.
pub(super) async fn renew(mut conn: &Conn, run: &Run, owner: Uuid) -> Result<bool> {
    let mine = workflow_runs::table
        .find(run.id)
        .filter(workflow_runs::version.eq(run.version))
        .filter(workflow_runs::lease_owner.eq(owner));
    let until = timestamptz_pl_interval(clock_timestamp(), Lease::Held(owner).span());
    Ok(diesel::update(mine).set(workflow_runs::lease_until.eq(until)).execute(&mut conn).await? == 1)
}

/// Lets a lease end at once, as if its owner had been silent for long.
pub(super) async fn expire(mut conn: &Conn, id: WorkflowRunId) -> Result<()> {
    let past = PgInterval::from_microseconds(-1_000_000);
    let until = timestamptz_pl_interval(clock_timestamp(), Some(past));
    diesel::update(workflow_runs::table.find(id)).set(workflow_runs::lease_until.eq(until)).execute(&mut conn).await?;
    Ok(())
}

/// The run, locked, if it is still this owner's in this version.
pub(super) async fn lock_mine(mut conn: &Conn, run: &Run, owner: Uuid) -> Result<Option<Run>> {
    let mine = workflow_runs::table
        .find(run.id)
        .filter(workflow_runs::version.eq(run.version))
        .filter(workflow_runs::lease_owner.eq(owner));
    Ok(mine.select(Run::as_select()).for_update().first(&mut conn).await.optional()?)
}

/// The run, locked, whoever has it.
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
            r::wakes.eq(run.wakes),
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

/// Remembers that news came for a run that is worked on at the moment.
pub(super) async fn add_wake(mut conn: &Conn, id: WorkflowRunId) -> Result<()> {
    diesel::update(workflow_runs::table.find(id))
        .set(workflow_runs::wakes.eq(workflow_runs::wakes + 1))
        .execute(&mut conn)
        .await?;
    Ok(())
}

/// Writes steps as they are now.
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
    /// The runs with these ids, in no order.
    pub async fn by_ids(&self, mut conn: &Conn, ids: &[WorkflowRunId]) -> Result<Vec<Run>> {
        Ok(workflow_runs::table.filter(workflow_runs::id.eq_any(ids)).select(Run::as_select()).load(&mut conn).await?)
    }

    /// The steps of these runs, in their order.
    pub async fn steps_of(&self, mut conn: &Conn, ids: &[WorkflowRunId]) -> Result<Vec<RunStep>> {
        let of_runs = workflow_steps::table.filter(workflow_steps::run_id.eq_any(ids));
        let in_order = of_runs.order((workflow_steps::run_id, workflow_steps::position));
        Ok(in_order.select(RunStep::as_select()).load(&mut conn).await?)
    }

    /// How many runs the filter leaves.
    pub async fn count(&self, mut conn: &Conn, filter: &RunFilter) -> Result<i64> {
        Ok(narrowed(filter).count().get_result(&mut conn).await?)
    }
}

pub(super) async fn list(
    mut conn: &Conn,
    filter: &RunFilter,
    window: &Window,
    beyond: Option<(Timestamp, Uuid)>,
) -> Result<Vec<Run>> {
    let rows = narrowed(filter).select(Run::as_select());
    let beyond = beyond.map(|(created, id)| (created, WorkflowRunId(id)));
    Ok(keyset!(rows, window, true, workflow_runs::created_at, workflow_runs::id, beyond).load(&mut conn).await?)
}

fn narrowed(filter: &RunFilter) -> workflow_runs::BoxedQuery<'static, Pg> {
    let mut query = workflow_runs::table.into_boxed();
    if let Some(status) = filter.status {
        query = query.filter(workflow_runs::status.eq(status));
    }
    if let Some(workflow) = &filter.workflow {
        query = query.filter(workflow_runs::workflow.eq(storable(workflow.clone())));
    }
    if let Some(subject) = &filter.subject {
        query = query.filter(workflow_runs::subject.eq(storable(subject.clone())));
    }
    query
}
