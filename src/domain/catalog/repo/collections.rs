use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::BATCH;
use crate::db::rows::rows;
use crate::db::schema::{collection_products, collections};
use crate::db::{Conn, Result};
use crate::domain::catalog::Catalog;
use crate::domain::catalog::model::Collection;
use crate::kernel::ids::{CollectionId, ProductId};

rows! {
    Collection in collections, by CollectionId,
    read as Catalog::collections, listed as Catalog::list_collections by title: String, counted as Catalog::count_collections
}

impl Catalog {
    /// Returns the collections these products belong to, by title.
    pub async fn collections_of(&self, mut conn: &Conn, ids: &[ProductId]) -> Result<Vec<(ProductId, Collection)>> {
        let of_products = collection_products::table
            .inner_join(collections::table)
            .filter(collection_products::product_id.eq_any(ids))
            .order((collections::title, collections::id));
        Ok(of_products.select((collection_products::product_id, Collection::as_select())).load(&mut conn).await?)
    }

    /// Returns the collection with this handle.
    pub async fn collection_by_handle(&self, mut conn: &Conn, handle: &str) -> Result<Option<Collection>> {
        let by_handle = collections::table.filter(collections::handle.eq(handle));
        Ok(by_handle.select(Collection::as_select()).first(&mut conn).await.optional()?)
    }
}

pub(in crate::domain::catalog) async fn add(mut conn: &Conn, pairs: &[(CollectionId, ProductId)]) -> Result<()> {
    for batch in pairs.chunks(BATCH) {
        let row = |(collection, product): &(CollectionId, ProductId)| {
            (collection_products::collection_id.eq(*collection), collection_products::product_id.eq(*product))
        };
        diesel::insert_into(collection_products::table)
            .values(batch.iter().map(row).collect::<Vec<_>>())
            .on_conflict_do_nothing()
            .execute(&mut conn)
            .await?;
    }
    Ok(())
}

pub(in crate::domain::catalog) async fn remove(
    mut conn: &Conn,
    id: CollectionId,
    products: &[ProductId],
) -> Result<()> {
    let members = collection_products::table
        .filter(collection_products::collection_id.eq(id))
        .filter(collection_products::product_id.eq_any(products));
    diesel::delete(members).execute(&mut conn).await?;
    Ok(())
}

pub(in crate::domain::catalog) async fn set_of_product(
    mut conn: &Conn,
    product: ProductId,
    ids: &[CollectionId],
) -> Result<()> {
    let others = collection_products::table
        .filter(collection_products::product_id.eq(product))
        .filter(collection_products::collection_id.ne_all(ids));
    diesel::delete(others).execute(&mut conn).await?;
    let pairs: Vec<_> = ids.iter().map(|id| (*id, product)).collect();
    add(conn, &pairs).await
}
