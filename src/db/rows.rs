//! The statements that every table with an id needs, so that a repo only contains its own.

/// `rows! { classes: TaxClass in tax_classes, by TaxClassId }` declares a module `classes` with `by_ids`, `lock`,
/// `insert`, `update` and `delete`. With `, sorted by name: String` it also has `page` and `count`. The row derives
/// `Queryable`, `Selectable`, `Insertable` and `AsChangeset`. Use it in a repo: only repos run statements.
macro_rules! rows {
    ($name:ident: $row:ident in $table:ident, by $id:ident $(, sorted by $key:ident: $key_ty:ty)?) => {
        #[allow(dead_code, reason = "not every table needs every statement")]
        pub(super) mod $name {
            use diesel::prelude::*;
            use diesel_async::RunQueryDsl;

            use super::super::model::$row;
            use crate::db::schema::$table;
            use crate::db::{Conn, Result};
            use crate::kernel::ids::$id;

            /// Returns the rows with these ids, in no particular order.
            pub async fn by_ids(mut conn: &Conn, ids: &[$id]) -> Result<Vec<$row>> {
                Ok($table::table.filter($table::id.eq_any(ids)).select($row::as_select()).load(&mut conn).await?)
            }

            /// Returns the row, locked until the transaction ends.
            pub async fn lock(mut conn: &Conn, id: $id) -> Result<Option<$row>> {
                let locked = $table::table.find(id).select($row::as_select()).for_update();
                Ok(locked.first(&mut conn).await.optional()?)
            }

            /// Inserts a row.
            pub async fn insert(mut conn: &Conn, row: &$row) -> Result<()> {
                diesel::insert_into($table::table).values(row).execute(&mut conn).await?;
                Ok(())
            }

            /// Updates an existing row.
            pub async fn update(mut conn: &Conn, row: &$row) -> Result<()> {
                diesel::update($table::table.find(row.id)).set(row).execute(&mut conn).await?;
                Ok(())
            }

            /// Deletes rows. Returns the ids of those that existed.
            pub async fn delete(mut conn: &Conn, ids: &[$id]) -> Result<Vec<$id>> {
                let gone = diesel::delete($table::table.filter($table::id.eq_any(ids)));
                Ok(gone.returning($table::id).get_results(&mut conn).await?)
            }
            $(
                /// Returns the rows of a page and one more.
                pub async fn page(
                    mut conn: &Conn,
                    paging: &crate::kernel::page::PageRequest,
                    cursor: Option<($key_ty, uuid::Uuid)>,
                ) -> Result<Vec<$row>> {
                    let (query, cursor) =
                        ($table::table.select($row::as_select()).into_boxed(), cursor.map(|(key, id)| (key, $id(id))));
                    let rows = crate::db::keyset::keyset!(query, paging, false, $table::$key, $table::id, cursor);
                    Ok(rows.load(&mut conn).await?)
                }

                /// Returns the number of rows.
                pub async fn count(mut conn: &Conn) -> Result<i64> {
                    Ok($table::table.count().get_result(&mut conn).await?)
                }
            )?
        }
    };
}
pub(crate) use rows;
