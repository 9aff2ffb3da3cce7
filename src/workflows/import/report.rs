//! What an import did, and why one stops.

use super::shopify::{HeaderError, RowProblem};
use crate::db;

/// How many problems are kept word for word.
const MOST_PROBLEMS: usize = 1_000;

/// What an import did. Rows of a handle that come after those of other products count as a product of their own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImportReport {
    /// Products that were made.
    pub created: u64,
    /// Products that were changed.
    pub updated: u64,
    /// Products that were as the file has them.
    pub unchanged: u64,
    /// Products that were refused.
    pub skipped: u64,
    /// Why: the first thousand problems, by line.
    pub problems: Vec<RowProblem>,
    /// How many problems there were beyond these.
    pub more_problems: u64,
}

impl ImportReport {
    /// How many products of the file are dealt with.
    pub const fn products(&self) -> u64 {
        self.created + self.updated + self.unchanged + self.skipped
    }

    pub(super) fn skip(&mut self, problems: impl IntoIterator<Item = RowProblem>) {
        self.skipped += 1;
        for problem in problems {
            if self.problems.len() < MOST_PROBLEMS {
                self.problems.push(problem);
            } else {
                self.more_problems += 1;
            }
        }
    }
}

/// Why an import stopped.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The file as a whole cannot be read.
    #[error(transparent)]
    Header(#[from] HeaderError),
    /// The database cannot be reached.
    #[error("the database failed")]
    Db(#[from] db::Error),
    /// The thread that reads the file failed.
    #[error("the file could not be read: {0}")]
    Reader(#[from] tokio::task::JoinError),
}
