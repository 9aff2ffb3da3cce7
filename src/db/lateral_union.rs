//! One statement for the same list under many parents, such as the first three products of each of twenty collections.

use std::marker::PhantomData;

use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_types::{BigInt, Integer};

/// A union of queries with the same columns. Each row also has the index of its query and its position in it:
/// `(group, position, columns of ST)`. Sort by these two, because PostgreSQL guarantees no order over a UNION.
pub(crate) struct LateralUnion<ST> {
    queries: Vec<Box<dyn QueryFragment<Pg> + Send>>,
    columns: PhantomData<fn() -> ST>,
}

impl<ST> LateralUnion<ST> {
    /// Creates a union with one query per group. All queries must return the columns of `ST`.
    pub(crate) fn new(queries: Vec<Box<dyn QueryFragment<Pg> + Send>>) -> Self {
        Self { queries, columns: PhantomData }
    }
}

impl<ST> Query for LateralUnion<ST> {
    type SqlType = (Integer, BigInt, ST);
}

impl<ST> QueryId for LateralUnion<ST> {
    type QueryId = ();

    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<ST> QueryFragment<Pg> for LateralUnion<ST> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        for (group, query) in self.queries.iter().enumerate() {
            if group > 0 {
                out.push_sql(" UNION ALL ");
            }
            out.push_sql(&format!("(SELECT {group}, row_number() OVER (), q.* FROM ("));
            query.walk_ast(out.reborrow())?;
            out.push_sql(") q)");
        }
        Ok(())
    }
}

/// A row of [`LateralUnion`]: the group, the position in it, and the query's columns.
pub(crate) type Row<R> = (i32, i64, R);

/// Splits rows into their groups, each in order.
pub(crate) fn regroup<R>(mut rows: Vec<Row<R>>, groups: usize) -> Vec<Vec<R>> {
    rows.sort_by_key(|(group, place, _)| (*group, *place));
    let mut found: Vec<Vec<R>> = (0..groups).map(|_| Vec::new()).collect();
    for (group, _, row) in rows {
        if let Some(rows) = usize::try_from(group).ok().and_then(|group| found.get_mut(group)) {
            rows.push(row);
        }
    }
    found
}
