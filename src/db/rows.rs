//! The statements that every table of rows with an id needs, so that a repo writes down only those of its own.

/// `rows! { classes: TaxClass in tax_classes, by TaxClassId }` is a module `classes` with `by_ids`, `lock`, `insert`,
/// `update` and `delete`. With `, sorted by name: String` it has `page` and `count`, too. The row derives `Queryable`,
/// `Selectable`, `Insertable` and `AsChangeset`. Declare it in a repo: outside of one, nobody runs statements.
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

            /// The rows with these ids, in no order.
            pub async fn by_ids(mut conn: &Conn, ids: &[$id]) -> Result<Vec<$row>> {
                Ok($table::table.filter($table::id.eq_any(ids)).select($row::as_select()).load(&mut conn).await?)
            }

            /// The row, locked until the transaction ends.
            pub async fn lock(mut conn: &Conn, id: $id) -> Result<Option<$row>> {
                let locked = $table::table.find(id).select($row::as_select()).for_update();
                Ok(locked.first(&mut conn).await.optional()?)
            }

            /// Adds a row.
            pub async fn insert(mut conn: &Conn, row: &$row) -> Result<()> {
                diesel::insert_into($table::table).values(row).execute(&mut conn).await?;
                Ok(())
            }

            /// Writes a row that exists.
            pub async fn update(mut conn: &Conn, row: &$row) -> Result<()> {
                diesel::update($table::table.find(row.id)).set(row).execute(&mut conn).await?;
                Ok(())
            }

            /// Deletes rows, and gives the ids of those that there were.
            pub async fn delete(mut conn: &Conn, ids: &[$id]) -> Result<Vec<$id>> {
                let gone = diesel::delete($table::table.filter($table::id.eq_any(ids)));
                Ok(gone.returning($table::id).get_results(&mut conn).await?)
            }
            $(
                /// The rows of a page and one more.
                pub async fn page(
                    mut conn: &Conn,
                    window: &crate::kernel::page::Window,
                    beyond: Option<($key_ty, uuid::Uuid)>,
                ) -> Result<Vec<$row>> {
                    let (query, beyond) =
                        ($table::table.select($row::as_select()).into_boxed(), beyond.map(|(key, id)| (key, $id(id))));
                    let rows = crate::db::keyset::keyset!(query, window, false, $table::$key, $table::id, beyond);
                    Ok(rows.load(&mut conn).await?)
                }

                /// How many rows there are.
                pub async fn count(mut conn: &Conn) -> Result<i64> {
                    Ok($table::table.count().get_result(&mut conn).await?)
                }
            )?
        }
    };
}
pub(crate) use rows;
