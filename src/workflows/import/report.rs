//! The report of an import, and the errors that stop one.

use super::shopify::{HeaderError, RowProblem};
use crate::db;

/// The maximum number of reported problems.
const MAX_PROBLEMS: usize = 1_000;

/// The report of an import. Rows of a handle that come after those of other products count as a separate product.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImportReport {
    /// The number of products created.
    pub created: u64,
    /// The number of products updated.
    pub updated: u64,
    /// The number of products that already matched the file.
    pub unchanged: u64,
    /// The number of products rejected.
    pub skipped: u64,
    /// The reasons: the first thousand problems, by line.
    pub problems: Vec<RowProblem>,
    /// The number of further problems.
    pub more_problems: u64,
}

impl ImportReport {
    /// Returns the number of products processed.
    pub const fn products(&self) -> u64 {
        self.created + self.updated + self.unchanged + self.skipped
    }

    pub(super) fn skip(&mut self, problems: impl IntoIterator<Item = RowProblem>) {
        self.skipped += 1;
        for problem in problems {
            if self.problems.len() < MAX_PROBLEMS {
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
