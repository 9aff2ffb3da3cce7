//! Product search: filters, sorting, full text and paging in one statement.
//!
//! # Decisions
//! - Only this module reads the tables of several domains together, because a list that is filtered by price and stock
//!   and sorted by relevance must be computed in one place. It writes nothing.

mod model;
mod repo;

pub use model::{ProductFilter, ProductList, ProductQuery, ProductSort};

use crate::db::{self, Conn};
use crate::domain::catalog::Product;
use crate::kernel::clock::SharedClock;
use crate::kernel::page::Page;

/// Product search.
#[derive(Clone)]
pub struct Search {
    clock: SharedClock,
}

impl Search {
    /// Creates the facade.
    pub fn new(clock: SharedClock) -> Self {
        Self { clock }
    }

    /// Returns a page of each list, in the order of the lists, in one statement.
    pub async fn products(&self, conn: &Conn, lists: &[ProductList]) -> db::Result<Vec<Page<Product>>> {
        let found = repo::products(conn, lists, self.clock.now()).await?;
        Ok(lists.iter().zip(found).map(|(list, rows)| page(list, rows)).collect())
    }

    /// Returns the number of products that match the query.
    pub async fn count_products(&self, conn: &Conn, query: &ProductQuery) -> db::Result<i64> {
        repo::count(conn, query, self.clock.now()).await
    }
}

fn page(list: &ProductList, rows: Vec<repo::Found>) -> Page<Product> {
    let page = list.paging.page(rows, |row| (row.key(list.sort), row.product.id.0));
    let entries = page.entries.into_iter().map(|(cursor, row)| (cursor, row.product)).collect();
    Page { entries, has_next: page.has_next, has_previous: page.has_previous }
}
