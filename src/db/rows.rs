//! The statements that every table with an id needs, so that a repo only contains its own.

/// `rows! { Campaign in campaigns, by CampaignId }` declares `lock`, `insert`, `update` and `delete` in the module where
/// it stands; `rows! { mod classes: TaxClass in tax_classes, by TaxClassId }` does so in a module of its own. More, in
/// this order:
///
/// - `, read as Taxes::classes` adds a method to the facade that returns the rows with given ids.
/// - `, sorted by name: String` adds `page`; `, sorted descending by created_at: Timestamp` has the newest rows first.
/// - `, counted as Taxes::count_classes` adds a method to the facade that returns the number of rows.
///
/// The row derives `Queryable`, `Selectable`, `Insertable` and `AsChangeset`. The names must be imported, and so must
/// `diesel::prelude::*`, `RunQueryDsl`, `Conn` and `Result`. Use it in a repo: only repos run statements.
macro_rules! rows {
    (mod $name:ident: $($rest:tt)+) => {
        pub(super) mod $name {
            use super::*;

            $crate::db::rows::rows! { $($rest)+ }
        }
    };
    (
        $row:ident in $table:ident, by $id:ident
        $(, read as $reader:ident::$by_ids:ident)?
        $(, sorted by $ascending:ident: $ascending_ty:ty)?
        $(, sorted descending by $descending:ident: $descending_ty:ty)?
        $(, counted as $counter:ident::$count:ident)?
    ) => {
        /// Returns the row, locked until the transaction ends.
        #[allow(dead_code, reason = "not every table needs every statement")]
        pub(crate) async fn lock(mut conn: &Conn, id: $id) -> Result<Option<$row>> {
            let locked = $table::table.find(id).select($row::as_select()).for_update();
            Ok(locked.first(&mut conn).await.optional()?)
        }

        /// Inserts a row.
        #[allow(dead_code, reason = "not every table needs every statement")]
        pub(crate) async fn insert(mut conn: &Conn, row: &$row) -> Result<()> {
            diesel::insert_into($table::table).values(row).execute(&mut conn).await?;
            Ok(())
        }

        /// Updates an existing row.
        #[allow(dead_code, reason = "not every table needs every statement")]
        pub(crate) async fn update(mut conn: &Conn, row: &$row) -> Result<()> {
            diesel::update($table::table.find(row.id)).set(row).execute(&mut conn).await?;
            Ok(())
        }

        /// Deletes rows. Returns the ids of those that existed.
        #[allow(dead_code, reason = "not every table needs every statement")]
        pub(crate) async fn delete(mut conn: &Conn, ids: &[$id]) -> Result<Vec<$id>> {
            let deleted = diesel::delete($table::table.filter($table::id.eq_any(ids)));
            Ok(deleted.returning($table::id).get_results(&mut conn).await?)
        }

        $(
            impl $reader {
                /// Returns the rows with these ids, in no particular order.
                pub async fn $by_ids(&self, mut conn: &Conn, ids: &[$id]) -> Result<Vec<$row>> {
                    Ok($table::table.filter($table::id.eq_any(ids)).select($row::as_select()).load(&mut conn).await?)
                }
            }
        )?
        $($crate::db::rows::page! { $row in $table, by $id, false, $ascending: $ascending_ty })?
        $($crate::db::rows::page! { $row in $table, by $id, true, $descending: $descending_ty })?
        $(
            impl $counter {
                /// Returns the number of rows.
                pub async fn $count(&self, mut conn: &Conn) -> Result<i64> {
                    Ok($table::table.count().get_result(&mut conn).await?)
                }
            }
        )?
    };
}

/// The statement of a page of [`rows`].
macro_rules! page {
    ($row:ident in $table:ident, by $id:ident, $descending:literal, $key:ident: $key_ty:ty) => {
        /// Returns the rows of a page and one more.
        pub(crate) async fn page(
            mut conn: &Conn,
            paging: &$crate::kernel::page::PageRequest,
            cursor: Option<($key_ty, uuid::Uuid)>,
        ) -> Result<Vec<$row>> {
            let query = $table::table.select($row::as_select()).into_boxed();
            let cursor = cursor.map(|(key, id)| (key, $id(id)));
            let rows = $crate::db::keyset::keyset!(query, paging, $descending, $table::$key, $table::id, cursor);
            Ok(rows.load(&mut conn).await?)
        }
    };
}
pub(crate) use {page, rows};
