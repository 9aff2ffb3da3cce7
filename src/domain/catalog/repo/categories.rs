use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use crate::db::keyset::keyset;
use crate::db::rows::rows;
use crate::db::schema::categories;
use crate::db::{Conn, Result};
use crate::domain::catalog::Catalog;
use crate::domain::catalog::model::Category;
use crate::kernel::ids::CategoryId;
use crate::kernel::page::PageRequest;

rows! { Category in categories, by CategoryId, read as Catalog::categories }

impl Catalog {
    /// Returns the category with this handle.
    pub async fn category_by_handle(&self, mut conn: &Conn, handle: &str) -> Result<Option<Category>> {
        let by_handle = categories::table.filter(categories::handle.eq(handle));
        Ok(by_handle.select(Category::as_select()).first(&mut conn).await.optional()?)
    }

    /// Returns the direct children of these categories, by name.
    pub async fn categories_below(&self, mut conn: &Conn, ids: &[CategoryId]) -> Result<Vec<Category>> {
        let below =
            categories::table.filter(categories::parent_id.eq_any(ids)).order((categories::name, categories::id));
        Ok(below.select(Category::as_select()).load(&mut conn).await?)
    }

    /// Returns the number of categories without a parent.
    pub async fn count_root_categories(&self, mut conn: &Conn) -> Result<i64> {
        Ok(categories::table.filter(categories::parent_id.is_null()).count().get_result(&mut conn).await?)
    }
}

pub(in crate::domain::catalog) async fn named(
    mut conn: &Conn,
    parent: Option<CategoryId>,
    name: &str,
) -> Result<Option<CategoryId>> {
    let named =
        categories::table.filter(categories::name.eq(name)).filter(categories::parent_id.is_not_distinct_from(parent));
    Ok(named.select(categories::id).first(&mut conn).await.optional()?)
}

pub(in crate::domain::catalog) async fn roots(
    mut conn: &Conn,
    paging: &PageRequest,
    cursor: Option<(String, Uuid)>,
) -> Result<Vec<Category>> {
    let query = categories::table.filter(categories::parent_id.is_null()).select(Category::as_select()).into_boxed();
    let cursor = cursor.map(|(name, id)| (name, CategoryId(id)));
    Ok(keyset!(query, paging, false, categories::name, categories::id, cursor).load(&mut conn).await?)
}
