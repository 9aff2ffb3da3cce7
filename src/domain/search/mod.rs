//! Finding products: filter, sort, full text and paging in one statement.
//!
//! # Decisions
//! - This is the one room that reads the tables of several domains together, because a list that is filtered by price
//!   and stock and sorted by relevance has to be decided in one place. It writes nothing.

mod model;
mod repo;

pub use model::{ProductQuery, ProductSort};

use crate::db::{self, Conn};
use crate::domain::catalog::Product;
use crate::kernel::clock::SharedClock;
use crate::kernel::error::{Explain, Problem};
use crate::kernel::page::{Page, Window};

/// Finds products.
#[derive(Clone)]
pub struct Search {
    clock: SharedClock,
}

/// Why a list could not be given.
#[derive(Debug, thiserror::Error)]
pub enum SearchError {
    /// The page was asked for in a way that makes no sense.
    #[error("the page makes no sense")]
    Invalid(Problem),
    /// The database failed.
    #[error(transparent)]
    Db(#[from] db::Error),
}

impl From<Problem> for SearchError {
    fn from(problem: Problem) -> Self {
        Self::Invalid(problem)
    }
}

impl Explain for SearchError {
    fn problems(&self) -> Vec<Problem> {
        match self {
            Self::Invalid(problem) => vec![problem.clone()],
            Self::Db(_) => Vec::new(),
        }
    }
}

impl Search {
    /// The facade.
    pub fn new(clock: SharedClock) -> Self {
        Self { clock }
    }

    /// A page of the products that the query leaves.
    pub async fn products(
        &self,
        conn: &Conn,
        query: &ProductQuery,
        sort: ProductSort,
        window: &Window,
    ) -> Result<Page<Product>, SearchError> {
        let rows = repo::products(conn, query, sort, window, self.clock.now()).await?;
        let page = window.page(rows, |row| (row.key(sort), row.product.id.0));
        let entries = page.entries.into_iter().map(|(cursor, row)| (cursor, row.product)).collect();
        Ok(Page { entries, has_next: page.has_next, has_previous: page.has_previous })
    }

    /// How many products the query leaves.
    pub async fn count_products(&self, conn: &Conn, query: &ProductQuery) -> db::Result<i64> {
        repo::count(conn, query, self.clock.now()).await
    }
}
