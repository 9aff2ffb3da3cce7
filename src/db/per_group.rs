//! One statement for the same list under many parents: the first three products of each of twenty collections.

use std::marker::PhantomData;

use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_types::{BigInt, Integer};

/// Queries of the same columns, of which each row says from which query it is, and its place in it:
/// `(group, place, columns of ST)`. Sort by the two: PostgreSQL promises no order over a UNION.
pub(crate) struct PerGroup<ST> {
    queries: Vec<Box<dyn QueryFragment<Pg> + Send>>,
    columns: PhantomData<fn() -> ST>,
}

impl<ST> PerGroup<ST> {
    /// One query for each group. All of them have to give the columns of `ST`.
    pub(crate) fn new(queries: Vec<Box<dyn QueryFragment<Pg> + Send>>) -> Self {
        Self { queries, columns: PhantomData }
    }
}

impl<ST> Query for PerGroup<ST> {
    type SqlType = (Integer, BigInt, ST);
}

impl<ST> QueryId for PerGroup<ST> {
    type QueryId = ();

    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<ST> QueryFragment<Pg> for PerGroup<ST> {
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

/// A row of [`PerGroup`]: the group, the place in it, and what the query gave.
pub(crate) type Row<R> = (i32, i64, R);

/// The rows of each of so many groups, in their order.
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
