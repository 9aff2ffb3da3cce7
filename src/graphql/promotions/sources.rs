//! Batch sources for promotions.

use graphql_plan::Total;

use crate::db::{self, Conn};
use crate::domain::promotions::{Campaign, Promotion, PromotionChildPage, PromotionCode, PromotionUsage};
use crate::graphql::connection::connection;
use crate::graphql::context::Scope;
use crate::graphql::sources::{keys, source};
use crate::kernel::ids::{CampaignId, PromotionId};
use crate::kernel::page::Page;

source! {
    pub PROMOTION: PromotionId => Promotion =
        |scope, conn, ids| scope.app.promotions.by_ids(conn, ids), by |row| row.id
}
source! {
    pub CAMPAIGN: CampaignId => Campaign =
        |scope, conn, ids| scope.app.promotions.campaigns_by_ids(conn, ids), by |row| row.id
}
source! {
    /// The number of codes of a promotion.
    pub CODES_OF_PROMOTION: PromotionId => i64 = |scope, conn, ids| scope.app.promotions.code_counts(conn, ids)
}
source! {
    /// The number of uses of a promotion: all, and those that count.
    pub USES_OF_PROMOTION: PromotionId => (i64, i64) = |scope, conn, ids| scope.app.promotions.usage_counts(conn, ids)
}
source! {
    /// A page of a promotion's codes. All lists of a query level are loaded by one statement.
    pub CODE_LIST: PromotionChildPage => graphql_plan::Page<PromotionCode> = |scope, conn, lists| codes(scope, conn, lists)
}
source! {
    /// A page of a promotion's uses. All lists of a query level are loaded by one statement.
    pub USAGE_LIST: PromotionChildPage => graphql_plan::Page<PromotionUsage> = |scope, conn, lists| usages(scope, conn, lists)
}

keys!(PromotionChildPage);

async fn codes(
    scope: &Scope,
    conn: &Conn,
    lists: &[PromotionChildPage],
) -> db::Result<Vec<(PromotionChildPage, graphql_plan::Page<PromotionCode>)>> {
    let pages = scope.app.promotions.code_lists(conn, lists).await?;
    let paged = |(list, page): (&PromotionChildPage, Page<PromotionCode>)| {
        let id = list.promotion_id;
        // Loaded through the source, so that all totals of a query level are one statement.
        let total = Total::lazy(move |loads| async move {
            let count = loads.load(&CODES_OF_PROMOTION, id).await?;
            Ok(count.map_or(0, |count| *count))
        });
        (list.clone(), connection(page, total))
    };
    Ok(lists.iter().zip(pages).map(paged).collect())
}

async fn usages(
    scope: &Scope,
    conn: &Conn,
    lists: &[PromotionChildPage],
) -> db::Result<Vec<(PromotionChildPage, graphql_plan::Page<PromotionUsage>)>> {
    let pages = scope.app.promotions.usage_lists(conn, lists).await?;
    let paged = |(list, page): (&PromotionChildPage, Page<PromotionUsage>)| {
        let id = list.promotion_id;
        let total = Total::lazy(move |loads| async move {
            let counts = loads.load(&USES_OF_PROMOTION, id).await?;
            Ok(counts.map_or(0, |counts| counts.0))
        });
        (list.clone(), connection(page, total))
    };
    Ok(lists.iter().zip(pages).map(paged).collect())
}
