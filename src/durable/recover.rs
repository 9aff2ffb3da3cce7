//! Taking up what is due: what was paused, what waited too long, and what a process that died has left.

use std::time::Duration;

use chrono::TimeDelta;
use tokio::task::JoinSet;
use tracing::{error, info};

use super::Engine;
use super::model::{Cause, Run, RunStatus};
use super::pace::Budget;
use super::repo::{self, Lease};
use crate::db;
use crate::kernel::error::{ErrorCode, Problem};

/// How many runs are taken at once.
const MOST: i64 = 16;
/// How long a run may pause before it is left to a later round.
const PATIENCE: Duration = Duration::from_secs(1);
/// How many runs are forgotten in one statement.
const BATCH: i64 = 1_000;

/// For how long a finished run can be looked at, and for how long its key is known.
const KEPT: TimeDelta = TimeDelta::days(30);

impl Engine {
    /// Forgets runs that were finished long ago, and says how many.
    pub async fn forget_finished(&self) -> db::Result<usize> {
        let before = self.0.clock.now() - KEPT;
        let mut count = 0;
        loop {
            let forgotten = repo::forget_finished(&*self.0.db.conn().await?, before, BATCH).await?;
            count += forgotten;
            if i64::try_from(forgotten).is_ok_and(|forgotten| forgotten < BATCH) {
                return Ok(count);
            }
        }
    }

    /// One round: takes runs that are due and that nobody works on, a few at most, and drives them. Gives how many there
    /// were. When there are none, that is one statement.
    pub async fn recover(&self) -> db::Result<usize> {
        let taken = self.take_due().await?;
        let many = taken.len();
        let mut rounds = JoinSet::new();
        for run in taken {
            let engine = self.clone();
            rounds.spawn(async move {
                let id = run.id;
                if let Err(error) = engine.work_on(run, Budget::new(PATIENCE)).await {
                    error!(run.id = %id, error = chain(&error), "The run {id} could not be saved; it is tried again");
                }
            });
        }
        while let Some(ended) = rounds.join_next().await {
            if let Err(fault) = ended {
                error!(error = %fault, "A run ended by a fault; it is taken up again when its lease ends");
            }
        }
        Ok(many)
    }

    async fn take_due(&self) -> db::Result<Vec<Run>> {
        let (names, now) = (self.0.registry.names(), self.0.clock.now());
        let due = repo::due(&*self.0.db.conn().await?, &names, now, MOST).await?;
        if due.is_empty() {
            return Ok(Vec::new());
        }
        let tx = self.0.db.begin().await?;
        let free = repo::lock_free(&tx, &due, now).await?;
        let ids: Vec<_> = free.iter().map(|run| run.id).collect();
        let taken = repo::take(&tx, &ids, self.0.owner).await?;
        tx.commit().await?;
        for left in free.iter().filter(|run| run.lease_owner.is_some()) {
            let (id, workflow, step) = (left.id, &left.workflow, &left.step);
            info!(run.id = %id, workflow, step, "The run {id} was left in the middle and is taken up again");
        }
        Ok(taken)
    }

    /// Leaves a run to the staff that this version of the program cannot read.
    pub(super) async fn stick_unreadable(&self, run: &Run, why: &str) -> db::Result<Option<Run>> {
        let tx = self.0.db.begin().await?;
        let Some(mut run) = repo::lock_mine(&tx, run, self.0.owner).await? else { return Ok(None) };
        run.status = RunStatus::Stuck;
        run.due_at = None;
        run.version += 1;
        run.updated_at = self.0.clock.now();
        if !run.undoing {
            run.error = Some(Cause::from(Problem::new(ErrorCode::Internal, why)));
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
