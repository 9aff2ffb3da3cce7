//! The statements that every table with an id needs, so that a repo only contains its own.

/// `rows! { Campaign in campaigns, by CampaignId }` declares `lock`, `insert`, `update` and `delete` in the module where
/// it stands; `rows! { mod classes: TaxClass in tax_classes, by TaxClassId }` does so in a module of its own. More, in
/// this order:
///
/// - `, read as Taxes::classes` adds a method to the facade that returns the rows with given ids.
/// - `, listed as Taxes::list_classes by name: String` adds a method to the facade that returns a page of rows;
///   `by descending created_at: Timestamp` has the newest rows first.
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
        $(, listed as $lister:ident::$list:ident by $($sort:ident)+: $key_ty:ty)?
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
        $($crate::db::rows::list! { $row in $table, by $id, as $lister::$list by $($sort)+: $key_ty })?
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

/// The page of [`rows`].
macro_rules! list {
    ($row:ident in $table:ident, by $id:ident, as $lister:ident::$list:ident by descending $key:ident: $key_ty:ty) => {
        $crate::db::rows::list! { $row in $table, by $id, as $lister::$list, true, $key: $key_ty }
    };
    ($row:ident in $table:ident, by $id:ident, as $lister:ident::$list:ident by $key:ident: $key_ty:ty) => {
        $crate::db::rows::list! { $row in $table, by $id, as $lister::$list, false, $key: $key_ty }
    };
    ($row:ident in $table:ident, by $id:ident, as $lister:ident::$list:ident, $descending:literal, $key:ident: $key_ty:ty) => {
        impl $lister {
            /// Returns a page of all rows.
            pub async fn $list(
                &self,
                mut conn: &Conn,
                paging: &$crate::kernel::page::PageRequest,
            ) -> std::result::Result<$crate::kernel::page::Page<$row>, $crate::db::PageError> {
                let query = $table::table.select($row::as_select()).into_boxed();
                let cursor = paging.key()?.map(|(key, id): ($key_ty, uuid::Uuid)| (key, $id(id)));
                let rows = $crate::db::keyset::keyset!(query, paging, $descending, $table::$key, $table::id, cursor);
                let rows: Vec<$row> = rows.load(&mut conn).await.map_err($crate::db::Error::from)?;
                Ok(paging.page(rows, |row| ($crate::kernel::page::Key::write(&row.$key), row.id.0)))
            }
        }
    };
}
pub(crate) use {list, rows};
