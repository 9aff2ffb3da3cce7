use diesel::dsl::{AsSelect, SqlTypeOf};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::QueryFragment;
use diesel_async::RunQueryDsl;

use crate::db::keyset::keyset;
use crate::db::lateral_union::{LateralUnion, Row, regroup};
use crate::db::schema::promotion_codes;
use crate::db::{Conn, Result};
use crate::domain::promotions::Promotions;
use crate::domain::promotions::model::{PromotionChildPage, PromotionCode};
use crate::kernel::clock::Timestamp;
use crate::kernel::ids::{PromotionCodeId, PromotionId};

/// The maximum number of rows per INSERT: PostgreSQL's limit of 65,535 parameters, divided by 8 columns.
const BATCH: usize = 8_000;

impl Promotions {
    /// Returns the number of codes of each promotion. Promotions without codes are omitted.
    pub async fn code_counts(&self, mut conn: &Conn, ids: &[PromotionId]) -> Result<Vec<(PromotionId, i64)>> {
        let of_promotions = promotion_codes::table.filter(promotion_codes::promotion_id.eq_any(ids));
        let counted = of_promotions.group_by(promotion_codes::promotion_id);
        Ok(counted.select((promotion_codes::promotion_id, diesel::dsl::count_star())).load(&mut conn).await?)
    }
}

/// Inserts the codes that do not exist yet, and returns their keys.
pub(in crate::domain::promotions) async fn insert(mut conn: &Conn, rows: &[PromotionCode]) -> Result<Vec<String>> {
    let mut written = Vec::with_capacity(rows.len());
    for batch in rows.chunks(BATCH) {
        let insert = diesel::insert_into(promotion_codes::table).values(batch);
        let insert = insert.on_conflict(promotion_codes::code_key).do_nothing();
        let keys: Vec<String> = insert.returning(promotion_codes::code_key).get_results(&mut conn).await?;
        written.extend(keys);
    }
    Ok(written)
}

/// Revokes codes; revoked ones keep their time.
pub(in crate::domain::promotions) async fn revoke(
    mut conn: &Conn,
    ids: &[PromotionCodeId],
    at: Timestamp,
) -> Result<Vec<PromotionCode>> {
    let fresh =
        promotion_codes::table.filter(promotion_codes::id.eq_any(ids)).filter(promotion_codes::revoked_at.is_null());
    diesel::update(fresh).set(promotion_codes::revoked_at.eq(at)).execute(&mut conn).await?;
    let by_ids = promotion_codes::table.filter(promotion_codes::id.eq_any(ids)).order(promotion_codes::id);
    Ok(by_ids.select(PromotionCode::as_select()).load(&mut conn).await?)
}

/// Returns the rows of each list, in the order of the lists, in one statement.
pub(in crate::domain::promotions) async fn lists(
    mut conn: &Conn,
    lists: &[PromotionChildPage],
) -> Result<Vec<Vec<PromotionCode>>> {
    let queries = lists.iter().map(query).collect();
    let rows: Vec<Row<PromotionCode>> =
        LateralUnion::<SqlTypeOf<AsSelect<PromotionCode, Pg>>>::new(queries).load(&mut conn).await?;
    Ok(regroup(rows, lists.len()))
}

fn query(list: &PromotionChildPage) -> Box<dyn QueryFragment<Pg> + Send> {
    let paging = &list.paging;
    let rows = promotion_codes::table
        .filter(promotion_codes::promotion_id.eq(list.promotion_id))
        .select(PromotionCode::as_select())
        .into_boxed::<Pg>();
    let cursor = paging.key::<Timestamp>().ok().flatten().map(|(key, id)| (key, PromotionCodeId(id)));
    Box::new(keyset!(rows, paging, true, promotion_codes::created_at, promotion_codes::id, cursor))
}
