//! Resumes runs that are due: paused ones, ones whose wait timed out, and ones left behind by a crashed process.

use std::time::Duration;

use chrono::TimeDelta;
use tokio::task::JoinSet;
use tracing::{error, info};

use super::Engine;
use super::model::{Cause, Run, RunStatus};
use super::pace::Budget;
use super::repo::{self, Lease};
use crate::db;
use crate::kernel::error::{ErrorCode, UserError};

/// The number of runs claimed at once.
const BATCH_SIZE: i64 = 16;
/// How long a run may pause before it is left to a later round.
const WAIT_TIMEOUT: Duration = Duration::from_secs(1);
/// The number of runs deleted per statement.
const BATCH: i64 = 1_000;

/// How long finished runs and their keys are kept.
const RETENTION: TimeDelta = TimeDelta::days(30);

impl Engine {
    /// Deletes runs that finished longer ago than the retention period. Returns how many.
    pub async fn delete_finished(&self) -> db::Result<usize> {
        let before = self.0.clock.now() - RETENTION;
        let mut count = 0;
        loop {
            let forgotten = repo::delete_finished(&*self.0.db.conn().await?, before, BATCH).await?;
            count += forgotten;
            if i64::try_from(forgotten).is_ok_and(|forgotten| forgotten < BATCH) {
                return Ok(count);
            }
        }
    }

    /// Runs one round: claims a small batch of due runs that are not leased and drives them. Returns their number. If
    /// none are due, this costs a single statement.
    pub async fn recover(&self) -> db::Result<usize> {
        let taken = self.claim_due().await?;
        let many = taken.len();
        let mut rounds = JoinSet::new();
        for run in taken {
            let engine = self.clone();
            rounds.spawn(async move {
                let id = run.id;
                if let Err(error) = engine.work_on(run, Budget::new(WAIT_TIMEOUT)).await {
                    error!(run.id = %id, error = chain(&error), "The run {id} could not be saved; it is tried again");
                }
            });
        }
        while let Some(ended) = rounds.join_next().await {
            if let Err(fault) = ended {
                error!(error = %fault, "A run failed unexpectedly; it resumes when its lease ends");
            }
        }
        Ok(many)
    }

    async fn claim_due(&self) -> db::Result<Vec<Run>> {
        let (names, now) = (self.0.registry.names(), self.0.clock.now());
        let due = repo::due(&*self.0.db.conn().await?, &names, now, BATCH_SIZE).await?;
        if due.is_empty() {
            return Ok(Vec::new());
        }
        let tx = self.0.db.begin().await?;
        let free = repo::lock_claimable(&tx, &due, now).await?;
        let ids: Vec<_> = free.iter().map(|run| run.id).collect();
        let taken = repo::claim_locked(&tx, &ids, self.0.owner).await?;
        tx.commit().await?;
        for left in free.iter().filter(|run| run.lease_owner.is_some()) {
            let (id, workflow, step) = (left.id, &left.workflow, &left.step);
            info!(run.id = %id, workflow, step, "Resuming the abandoned run {id}");
        }
        Ok(taken)
    }

    /// Marks a run as stuck because this version of the program cannot read it.
    pub(super) async fn mark_unreadable(&self, run: &Run, why: &str) -> db::Result<Option<Run>> {
        let tx = self.0.db.begin().await?;
        let Some(mut run) = repo::lock_owned(&tx, run, self.0.owner).await? else { return Ok(None) };
        run.status = RunStatus::Stuck;
        run.due_at = None;
        run.version += 1;
        run.updated_at = self.0.clock.now();
        if !run.undoing {
            run.error = Some(Cause::from(UserError::new(ErrorCode::Internal, why)));
        }
        repo::save(&tx, &run, Lease::Free).await?;
        tx.commit().await?;
        let (id, workflow, step) = (run.id, &run.workflow, &run.step);
        error!(run.id = %id, workflow, step, why, "The run {id} is stuck");
        Ok(Some(run))
    }
}

fn chain(error: &db::Error) -> String {
    match std::error::Error::source(error) {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    }
}
