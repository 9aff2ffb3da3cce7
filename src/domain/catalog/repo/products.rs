use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::BATCH;
use crate::db::schema::{product_images, product_options, products};
use crate::db::{Conn, Result};
use crate::domain::catalog::Catalog;
use crate::domain::catalog::model::{Audience, Product, ProductImage, ProductOption};
use crate::kernel::clock::Timestamp;
use crate::kernel::ids::{ImageId, ProductId};

impl Catalog {
    /// Returns the product with this handle, locked until the caller's transaction ends.
    pub async fn lock_by_handle_in(&self, mut conn: &Conn, handle: &str) -> Result<Option<Product>> {
        let locked =
            products::table.filter(products::handle.eq(handle)).select(Product::as_select()).for_no_key_update();
        Ok(locked.first(&mut conn).await.optional()?)
    }

    /// Returns the options of these products, in their order.
    pub async fn options_of(&self, mut conn: &Conn, ids: &[ProductId]) -> Result<Vec<ProductOption>> {
        let of_products = product_options::table.filter(product_options::product_id.eq_any(ids));
        let in_order = of_products.order((product_options::product_id, product_options::position));
        Ok(in_order.select(ProductOption::as_select()).load(&mut conn).await?)
    }

    /// Returns the images of these products, in their order.
    pub async fn images_of(&self, mut conn: &Conn, ids: &[ProductId]) -> Result<Vec<ProductImage>> {
        let of_products = product_images::table.filter(product_images::product_id.eq_any(ids));
        let in_order = of_products.order((product_images::product_id, product_images::position, product_images::id));
        Ok(in_order.select(ProductImage::as_select()).load(&mut conn).await?)
    }

    /// Returns the images with these ids, in no particular order.
    pub async fn images(&self, mut conn: &Conn, ids: &[ImageId]) -> Result<Vec<ProductImage>> {
        let by_ids = product_images::table.filter(product_images::id.eq_any(ids));
        Ok(by_ids.select(ProductImage::as_select()).load(&mut conn).await?)
    }
}

pub(in crate::domain::catalog) async fn by_ids(
    mut conn: &Conn,
    audience: Audience,
    ids: &[ProductId],
    now: Timestamp,
) -> Result<Vec<Product>> {
    let query = products::table.filter(products::id.eq_any(ids)).select(Product::as_select());
    Ok(match audience {
        Audience::Staff => query.load(&mut conn).await?,
        Audience::Shoppers => query.filter(products::published_at.le(now)).load(&mut conn).await?,
    })
}

pub(in crate::domain::catalog) async fn by_handle(
    mut conn: &Conn,
    audience: Audience,
    handle: &str,
    now: Timestamp,
) -> Result<Option<Product>> {
    let query = products::table.filter(products::handle.eq(handle)).select(Product::as_select());
    Ok(match audience {
        Audience::Staff => query.first(&mut conn).await.optional()?,
        Audience::Shoppers => query.filter(products::published_at.le(now)).first(&mut conn).await.optional()?,
    })
}

pub(in crate::domain::catalog) async fn lock(mut conn: &Conn, id: ProductId) -> Result<Option<Product>> {
    Ok(products::table.find(id).select(Product::as_select()).for_no_key_update().first(&mut conn).await.optional()?)
}

/// Returns those of these handles that are in use.
pub(in crate::domain::catalog) async fn taken_handles(mut conn: &Conn, handles: &[String]) -> Result<Vec<String>> {
    let taken = products::table.filter(products::handle.eq_any(handles)).select(products::handle);
    Ok(taken.load(&mut conn).await?)
}

pub(in crate::domain::catalog) async fn insert(mut conn: &Conn, rows: &[Product]) -> Result<()> {
    for batch in rows.chunks(BATCH) {
        diesel::insert_into(products::table).values(batch).execute(&mut conn).await?;
    }
    Ok(())
}

pub(in crate::domain::catalog) async fn update(mut conn: &Conn, product: &Product) -> Result<()> {
    diesel::update(products::table.find(product.id)).set(product).execute(&mut conn).await?;
    Ok(())
}

pub(in crate::domain::catalog) async fn set_published(
    mut conn: &Conn,
    ids: &[ProductId],
    at: Option<Timestamp>,
    now: Timestamp,
) -> Result<Vec<Product>> {
    let changed = diesel::update(products::table.filter(products::id.eq_any(ids))).set((
        products::published_at.eq(at),
        products::version.eq(products::version + 1),
        products::updated_at.eq(now),
    ));
    Ok(changed.returning(Product::as_returning()).get_results(&mut conn).await?)
}

pub(in crate::domain::catalog) async fn delete(mut conn: &Conn, ids: &[ProductId]) -> Result<Vec<ProductId>> {
    let gone = diesel::delete(products::table.filter(products::id.eq_any(ids)));
    Ok(gone.returning(products::id).get_results(&mut conn).await?)
}

pub(in crate::domain::catalog) async fn insert_options(mut conn: &Conn, rows: &[ProductOption]) -> Result<()> {
    for batch in rows.chunks(BATCH) {
        diesel::insert_into(product_options::table).values(batch).execute(&mut conn).await?;
    }
    Ok(())
}

pub(in crate::domain::catalog) async fn update_option(mut conn: &Conn, option: &ProductOption) -> Result<()> {
    diesel::update(product_options::table.find(option.id)).set(option).execute(&mut conn).await?;
    Ok(())
}

pub(in crate::domain::catalog) async fn insert_images(mut conn: &Conn, rows: &[ProductImage]) -> Result<()> {
    for batch in rows.chunks(BATCH) {
        diesel::insert_into(product_images::table).values(batch).execute(&mut conn).await?;
    }
    Ok(())
}

pub(in crate::domain::catalog) async fn update_image(mut conn: &Conn, image: &ProductImage) -> Result<()> {
    diesel::update(product_images::table.find(image.id)).set(image).execute(&mut conn).await?;
    Ok(())
}

pub(in crate::domain::catalog) async fn delete_images(mut conn: &Conn, ids: &[ImageId]) -> Result<Vec<ImageId>> {
    let gone = diesel::delete(product_images::table.filter(product_images::id.eq_any(ids)));
    Ok(gone.returning(product_images::id).get_results(&mut conn).await?)
}
