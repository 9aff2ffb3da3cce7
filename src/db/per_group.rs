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
