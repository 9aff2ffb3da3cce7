//! The SQL of timelines.

use diesel::dsl::{AsSelect, SqlTypeOf};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::QueryFragment;
use diesel_async::RunQueryDsl;

use crate::db::keyset::keyset;
use crate::db::lateral_union::{LateralUnion, Row, regroup};
use crate::db::schema::order_timeline;
use crate::db::{Conn, Result};
use crate::domain::orders::model::TimelineEntry;
use crate::domain::orders::{Orders, Timeline};
use crate::kernel::ids::OrderId;

impl Orders {
    /// The number of entries in an order's timeline; without `internal`, only those that shoppers see.
    pub async fn count_timeline(&self, mut conn: &Conn, order: OrderId, internal: bool) -> Result<i64> {
        Ok(shown(order, internal).count().get_result(&mut conn).await?)
    }
}

pub(in crate::domain::orders) async fn insert(mut conn: &Conn, rows: &[TimelineEntry]) -> Result<()> {
    if !rows.is_empty() {
        diesel::insert_into(order_timeline::table).values(rows).execute(&mut conn).await?;
    }
    Ok(())
}

/// The rows of each list, in the same order, in one statement.
pub(in crate::domain::orders) async fn lists(mut conn: &Conn, lists: &[Timeline]) -> Result<Vec<Vec<TimelineEntry>>> {
    let queries = lists.iter().map(query).collect();
    let rows: Vec<Row<TimelineEntry>> =
        LateralUnion::<SqlTypeOf<AsSelect<TimelineEntry, Pg>>>::new(queries).load(&mut conn).await?;
    Ok(regroup(rows, lists.len()))
}

fn query(list: &Timeline) -> Box<dyn QueryFragment<Pg> + Send> {
    let (paging, rows) = (&list.paging, shown(list.order_id, list.internal).select(TimelineEntry::as_select()));
    let cursor = list.cursor();
    Box::new(keyset!(rows, paging, false, order_timeline::created_at, order_timeline::id, cursor))
}

fn shown(order: OrderId, internal: bool) -> order_timeline::BoxedQuery<'static, Pg> {
    let mut rows = order_timeline::table.filter(order_timeline::order_id.eq(order)).into_boxed();
    if !internal {
        rows = rows.filter(order_timeline::customer_visible);
    }
    rows
}
