use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{Array, Uuid};
use diesel_async::RunQueryDsl;

use super::BATCH;
use crate::db::schema::{categories, products, variants};
use crate::db::{Conn, Result};
use crate::domain::catalog::Catalog;
use crate::domain::catalog::model::{Audience, SellableVariant, Variant};
use crate::kernel::clock::Timestamp;
use crate::kernel::ids::{CategoryId, CollectionId, ProductId, TaxClassId, VariantId};

impl Catalog {
    /// Returns the variants of these products, in their order.
    pub async fn variants_of(&self, mut conn: &Conn, ids: &[ProductId]) -> Result<Vec<Variant>> {
        let of_products = variants::table.filter(variants::product_id.eq_any(ids));
        let in_order = of_products.order((variants::product_id, variants::position, variants::id));
        Ok(in_order.select(Variant::as_select()).load(&mut conn).await?)
    }

    /// Returns those of these variants that exist, protected from deletion until the caller's transaction ends. Locks
    /// their products first, as deletion does.
    pub async fn lock_for_key_share(&self, mut conn: &Conn, ids: &[VariantId]) -> Result<Vec<VariantId>> {
        let with_products = products::table.inner_join(variants::table).filter(variants::id.eq_any(ids));
        Ok(with_products.order(variants::id).select(variants::id).for_key_share().load(&mut conn).await?)
    }
}

pub(in crate::domain::catalog) async fn by_ids(
    mut conn: &Conn,
    audience: Audience,
    ids: &[VariantId],
    now: Timestamp,
) -> Result<Vec<Variant>> {
    let query =
        variants::table.inner_join(products::table).filter(variants::id.eq_any(ids)).select(Variant::as_select());
    Ok(match audience {
        Audience::Staff => query.load(&mut conn).await?,
        Audience::Shoppers => query.filter(products::published_at.le(now)).load(&mut conn).await?,
    })
}

/// The collections of a product, as a column.
const COLLECTIONS: &str =
    "ARRAY(SELECT c.collection_id FROM collection_products c WHERE c.product_id = products.id ORDER BY 1)";

pub(in crate::domain::catalog) async fn goods(
    mut conn: &Conn,
    ids: &[VariantId],
    now: Timestamp,
) -> Result<Vec<SellableVariant>> {
    let published = variants::table
        .inner_join(products::table.left_join(categories::table))
        .filter(variants::id.eq_any(ids))
        .filter(products::published_at.le(now));
    let of_product =
        (products::title, products::tags, products::product_type, products::vendor, products::tax_class_id);
    let path = sql::<Array<Uuid>>("coalesce(categories.path, '{}')");
    let columns = (Variant::as_select(), of_product, path, sql::<Array<Uuid>>(COLLECTIONS));
    type OfProduct = (String, Vec<String>, String, String, Option<TaxClassId>);
    let rows: Vec<(Variant, OfProduct, Vec<CategoryId>, Vec<CollectionId>)> =
        published.select(columns).load(&mut conn).await?;
    let goods =
        |(variant, (product_title, tags, product_type, vendor, tax_class_id), category_path, collection_ids)| {
            SellableVariant {
                variant,
                product_title,
                tags,
                product_type,
                vendor,
                tax_class_id,
                category_path,
                collection_ids,
            }
        };
    Ok(rows.into_iter().map(goods).collect())
}

pub(in crate::domain::catalog) async fn by_sku(
    mut conn: &Conn,
    audience: Audience,
    sku: &str,
    now: Timestamp,
) -> Result<Option<Variant>> {
    let query = variants::table.inner_join(products::table).filter(variants::sku.eq(sku)).select(Variant::as_select());
    Ok(match audience {
        Audience::Staff => query.first(&mut conn).await.optional()?,
        Audience::Shoppers => query.filter(products::published_at.le(now)).first(&mut conn).await.optional()?,
    })
}

pub(in crate::domain::catalog) async fn lock(mut conn: &Conn, id: VariantId) -> Result<Option<Variant>> {
    Ok(variants::table.find(id).select(Variant::as_select()).for_no_key_update().first(&mut conn).await.optional()?)
}

pub(in crate::domain::catalog) async fn insert(mut conn: &Conn, rows: &[Variant]) -> Result<()> {
    for batch in rows.chunks(BATCH) {
        diesel::insert_into(variants::table).values(batch).execute(&mut conn).await?;
    }
    Ok(())
}

pub(in crate::domain::catalog) async fn update(mut conn: &Conn, variant: &Variant) -> Result<()> {
    diesel::update(variants::table.find(variant.id)).set(variant).execute(&mut conn).await?;
    Ok(())
}

pub(in crate::domain::catalog) async fn delete(mut conn: &Conn, ids: &[VariantId]) -> Result<Vec<Variant>> {
    let gone = diesel::delete(variants::table.filter(variants::id.eq_any(ids)));
    Ok(gone.returning(Variant::as_returning()).get_results(&mut conn).await?)
}
