use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::BATCH;
use crate::db::keyset::keyset;
use crate::db::schema::{collection_products, collections};
use crate::db::{Conn, Result};
use crate::domain::catalog::Catalog;
use crate::domain::catalog::model::Collection;
use crate::kernel::ids::{CollectionId, ProductId};
use crate::kernel::page::PageRequest;

impl Catalog {
    /// Returns the collections these products belong to, by title.
    pub async fn collections_of(&self, mut conn: &Conn, ids: &[ProductId]) -> Result<Vec<(ProductId, Collection)>> {
        let of_products = collection_products::table
            .inner_join(collections::table)
            .filter(collection_products::product_id.eq_any(ids))
            .order((collections::title, collections::id));
        Ok(of_products.select((collection_products::product_id, Collection::as_select())).load(&mut conn).await?)
    }

    /// Returns the collections with these ids, in no particular order.
    pub async fn collections(&self, mut conn: &Conn, ids: &[CollectionId]) -> Result<Vec<Collection>> {
        let by_ids = collections::table.filter(collections::id.eq_any(ids));
        Ok(by_ids.select(Collection::as_select()).load(&mut conn).await?)
    }

    /// Returns the collection with this handle.
    pub async fn collection_by_handle(&self, mut conn: &Conn, handle: &str) -> Result<Option<Collection>> {
        let by_handle = collections::table.filter(collections::handle.eq(handle));
        Ok(by_handle.select(Collection::as_select()).first(&mut conn).await.optional()?)
    }

    /// Returns the number of collections.
    pub async fn count_collections(&self, mut conn: &Conn) -> Result<i64> {
        Ok(collections::table.count().get_result(&mut conn).await?)
    }
}

pub(in crate::domain::catalog) async fn list(
    mut conn: &Conn,
    paging: &PageRequest,
    cursor: Option<(String, Uuid)>,
) -> Result<Vec<Collection>> {
    let query = collections::table.select(Collection::as_select()).into_boxed();
    let cursor = cursor.map(|(title, id)| (title, CollectionId(id)));
    Ok(keyset!(query, paging, false, collections::title, collections::id, cursor).load(&mut conn).await?)
}

pub(in crate::domain::catalog) async fn lock(mut conn: &Conn, id: CollectionId) -> Result<Option<Collection>> {
    let locked = collections::table.find(id).select(Collection::as_select()).for_update();
    Ok(locked.first(&mut conn).await.optional()?)
}

pub(in crate::domain::catalog) async fn insert(mut conn: &Conn, collection: &Collection) -> Result<()> {
    diesel::insert_into(collections::table).values(collection).execute(&mut conn).await?;
    Ok(())
}

pub(in crate::domain::catalog) async fn update(mut conn: &Conn, collection: &Collection) -> Result<()> {
    diesel::update(collections::table.find(collection.id)).set(collection).execute(&mut conn).await?;
    Ok(())
}

pub(in crate::domain::catalog) async fn delete(mut conn: &Conn, ids: &[CollectionId]) -> Result<Vec<CollectionId>> {
    let gone = diesel::delete(collections::table.filter(collections::id.eq_any(ids)));
    Ok(gone.returning(collections::id).get_results(&mut conn).await?)
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
