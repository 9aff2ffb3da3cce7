//! Finding products: filter, sort, full text and paging in one statement.
//!
//! # Decisions
//! - This is the one room that reads the tables of several domains together, because a list that is filtered by price
//!   and stock and sorted by relevance has to be decided in one place. It writes nothing.

mod model;
mod repo;

pub use model::{ProductFilter, ProductList, ProductQuery, ProductSort};

use crate::db::{self, Conn};
use crate::domain::catalog::Product;
use crate::kernel::clock::SharedClock;
use crate::kernel::page::Page;

/// Finds products.
#[derive(Clone)]
pub struct Search {
    clock: SharedClock,
}

impl Search {
    /// The facade.
    pub fn new(clock: SharedClock) -> Self {
        Self { clock }
    }

    /// A page of each list, in their order, in one statement.
    pub async fn products(&self, conn: &Conn, lists: &[ProductList]) -> db::Result<Vec<Page<Product>>> {
        let found = repo::products(conn, lists, self.clock.now()).await?;
        Ok(lists.iter().zip(found).map(|(list, rows)| page(list, rows)).collect())
    }

    /// How many products the query leaves.
    pub async fn count_products(&self, conn: &Conn, query: &ProductQuery) -> db::Result<i64> {
        repo::count(conn, query, self.clock.now()).await
    }
}

fn page(list: &ProductList, rows: Vec<repo::Found>) -> Page<Product> {
    let page = list.window.page(rows, |row| (row.key(list.sort), row.product.id.0));
    let entries = page.entries.into_iter().map(|(cursor, row)| (cursor, row.product)).collect();
    Page { entries, has_next: page.has_next, has_previous: page.has_previous }
}
