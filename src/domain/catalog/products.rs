//! Writing, updating, publishing and deleting products and their images. Creating is in `workflows::products`.

use async_graphql::InputObject;

use super::model::{Product, ProductImage, ProductOption, Variant};
use super::{Catalog, CatalogError, repo};
use crate::db::{Conn, Result as DbResult};
use crate::kernel::clock::Timestamp;
use crate::kernel::error::{all_found, unchanged};
use crate::kernel::ids::{CategoryId, CollectionId, ImageId, ProductId, TaxClassId};
use crate::kernel::patch::{Patch, set};
use crate::kernel::text::Checks;

/// How many variants a product may have.
const MOST_VARIANTS: usize = 2_000;
/// How many images a product may have.
const MOST_IMAGES: usize = 250;
/// How much of a handle, in bytes, stays in front of a number.
const MAX_STEM: usize = 190;
/// The highest number that is put behind a handle.
const MAX_NUMBER: usize = 10_000;
/// How many handles one statement looks for.
const HANDLES_AT_ONCE: usize = 100;

/// Products with everything of theirs that the catalogue keeps, to be written in one go.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ProductRows {
    /// The products.
    pub products: Vec<Product>,
    /// Their options.
    pub options: Vec<ProductOption>,
    /// Their images.
    pub images: Vec<ProductImage>,
    /// Their variants.
    pub variants: Vec<Variant>,
    /// The collections that they are in.
    pub collections: Vec<(CollectionId, ProductId)>,
}

/// The changes to a product. Omitted fields keep their values.
#[derive(Clone, Debug, Default, InputObject)]
#[graphql(name = "ProductUpdateInput")]
pub struct UpdateProduct {
    /// Title.
    pub title: Option<String>,
    /// Handle.
    pub handle: Option<String>,
    /// Description as HTML; scripts and other unsafe markup are removed.
    pub description_html: Option<String>,
    /// Brand or manufacturer.
    pub vendor: Option<String>,
    /// Product type.
    pub product_type: Option<String>,
    /// Tags to filter by; the list replaces the current tags.
    pub tags: Option<Vec<String>>,
    /// The category; null removes the product from its category.
    pub category_id: Patch<CategoryId>,
    /// The tax class; null removes it, so that default rates apply.
    pub tax_class_id: Patch<TaxClassId>,
    /// The collections the product belongs to; the list replaces the current collections.
    pub collection_ids: Option<Vec<CollectionId>>,
    /// Title for search engines.
    pub seo_title: Option<String>,
    /// Description for search engines.
    pub seo_description: Option<String>,
}

/// An image to add to a product.
#[derive(Clone, Debug, InputObject)]
#[graphql(name = "ProductImageCreateInput")]
pub struct CreateProductImage {
    /// The id of the product.
    pub product_id: ProductId,
    /// The URL of the image: absolute, or a path on this server.
    pub url: String,
    /// Alternative text for people who cannot see the image.
    #[graphql(default)]
    pub alt: String,
}

/// The changes to an image. Omitted fields keep their values.
#[derive(Clone, Debug, InputObject)]
#[graphql(name = "ProductImageUpdateInput")]
pub struct UpdateProductImage {
    /// Alternative text for people who cannot see the image.
    pub alt: Option<String>,
    /// The position among the product's images, starting at 0.
    pub position: Option<i32>,
}

impl Catalog {
    /// Writes new products in the caller's transaction.
    pub async fn insert_in(&self, conn: &Conn, rows: &ProductRows) -> Result<(), CatalogError> {
        check_new(rows)?;
        repo::products::insert(conn, &rows.products).await?;
        repo::products::insert_options(conn, &rows.options).await?;
        repo::products::insert_images(conn, &rows.images).await?;
        repo::variants::insert(conn, &rows.variants).await?;
        repo::collections::add(conn, &rows.collections).await?;
        Ok(())
    }

    /// Writes a product that exists, in the caller's transaction.
    pub async fn save_in(&self, conn: &Conn, product: &Product) -> Result<(), CatalogError> {
        let mut checks = Checks::new();
        check_product(&mut checks, product);
        checks.finish().map_err(CatalogError::Invalid)?;
        Ok(repo::products::update(conn, product).await?)
    }

    /// The product with this id, locked until the caller's transaction ends.
    pub async fn lock_in(&self, conn: &Conn, id: ProductId) -> Result<Product, CatalogError> {
        let found = repo::products::lock(conn, id).await?;
        found.ok_or(CatalogError::NotFound { what: "product", path: "id" })
    }

    /// Writes options that exist, in the caller's transaction.
    pub async fn save_options_in(&self, conn: &Conn, options: &[ProductOption]) -> Result<(), CatalogError> {
        for option in options {
            repo::products::update_option(conn, option).await?;
        }
        Ok(())
    }

    /// Writes images that exist, in the caller's transaction.
    pub async fn save_images_in(&self, conn: &Conn, images: &[ProductImage]) -> Result<(), CatalogError> {
        for image in images {
            repo::products::update_image(conn, image).await?;
        }
        Ok(())
    }

    /// Updates a product. With `expected`, only if that is still its version.
    pub async fn update_product(
        &self,
        id: ProductId,
        command: UpdateProduct,
        expected: Option<i32>,
    ) -> Result<Product, CatalogError> {
        let tx = self.db.begin().await?;
        let mut product = self.lock_in(&tx, id).await?;
        unchanged(expected, product.version)?;
        set(&mut product.title, command.title);
        set(&mut product.handle, command.handle);
        set(&mut product.description_html, command.description_html.map(|html| clean_html(&html)));
        set(&mut product.vendor, command.vendor);
        set(&mut product.product_type, command.product_type);
        set(&mut product.tags, command.tags.map(clean_tags));
        command.category_id.apply(&mut product.category_id);
        command.tax_class_id.apply(&mut product.tax_class_id);
        set(&mut product.seo_title, command.seo_title);
        set(&mut product.seo_description, command.seo_description);
        product.version += 1;
        product.updated_at = self.clock.now();
        self.save_in(&tx, &product).await?;
        if let Some(ids) = command.collection_ids {
            repo::collections::set_of_product(&tx, id, &ids).await?;
        }
        tx.commit().await?;
        Ok(product)
    }

    /// Shows products to shoppers from a moment on, or from now, in the caller's transaction; all of them or none.
    pub async fn publish_in(
        &self,
        conn: &Conn,
        ids: &[ProductId],
        from: Option<Timestamp>,
    ) -> Result<Vec<Product>, CatalogError> {
        let now = self.clock.now();
        self.set_published_in(conn, ids, Some(from.unwrap_or(now))).await
    }

    /// Hides products from shoppers.
    pub async fn unpublish(&self, ids: &[ProductId]) -> Result<Vec<Product>, CatalogError> {
        let tx = self.db.begin().await?;
        let changed = self.set_published_in(&tx, ids, None).await?;
        tx.commit().await?;
        Ok(changed)
    }

    async fn set_published_in(
        &self,
        conn: &Conn,
        ids: &[ProductId],
        at: Option<Timestamp>,
    ) -> Result<Vec<Product>, CatalogError> {
        let changed = repo::products::set_published(conn, ids, at, self.clock.now()).await?;
        all_found("product", ids, &changed)?;
        Ok(changed)
    }

    /// A handle that no product has: this one, else with the lowest number from 2 behind it. Somebody else may take it
    /// before the caller's transaction ends.
    pub async fn free_handle_in(&self, conn: &Conn, wanted: &str) -> DbResult<String> {
        let stem = wanted.get(..MAX_STEM).unwrap_or(wanted).trim_end_matches('-');
        let numbered = |number: usize| if number == 1 { wanted.to_owned() } else { format!("{stem}-{number}") };
        for first in (1..MAX_NUMBER).step_by(HANDLES_AT_ONCE) {
            let candidates: Vec<_> = (first..first + HANDLES_AT_ONCE).map(numbered).collect();
            let taken = repo::products::taken_handles(conn, &candidates).await?;
            if let Some(free) = candidates.into_iter().find(|candidate| !taken.contains(candidate)) {
                return Ok(free);
            }
        }
        Ok(wanted.to_owned())
    }

    /// Deletes products with all that is theirs, all of them or none. Orders keep what they sold.
    pub async fn delete_products(&self, ids: &[ProductId]) -> Result<Vec<ProductId>, CatalogError> {
        let tx = self.db.begin().await?;
        let gone = repo::products::delete(&tx, ids).await?;
        all_found("product", ids, &gone)?;
        tx.commit().await?;
        Ok(gone)
    }

    /// Adds an image to a product, at the end.
    pub async fn create_image(&self, command: CreateProductImage) -> Result<ProductImage, CatalogError> {
        let CreateProductImage { product_id, url, alt } = command;
        let tx = self.db.begin().await?;
        let missing = CatalogError::NotFound { what: "product", path: "input.productId" };
        repo::products::lock(&tx, product_id).await?.ok_or(missing)?;
        let images = self.images_of(&tx, &[product_id]).await?;
        let position = images.last().map_or(0, |last| last.position.saturating_add(1));
        let image = ProductImage { id: ImageId::new(), product_id, url, alt, position };
        let mut checks = Checks::new();
        checks.count("input", images.len() + 1, MOST_IMAGES);
        check_image(&mut checks, "input", &image);
        checks.finish().map_err(CatalogError::Invalid)?;
        repo::products::insert_images(&tx, std::slice::from_ref(&image)).await?;
        tx.commit().await?;
        Ok(image)
    }

    /// Changes what an image is said to show, and its place among the product's images (from 0).
    pub async fn update_image(&self, id: ImageId, command: UpdateProductImage) -> Result<ProductImage, CatalogError> {
        let missing = CatalogError::NotFound { what: "image", path: "id" };
        let tx = self.db.begin().await?;
        let found = self.images(&tx, &[id]).await?.pop().ok_or(missing)?;
        repo::products::lock(&tx, found.product_id).await?;
        let mut images = self.images_of(&tx, &[found.product_id]).await?;
        let place = images.iter().position(|image| image.id == id);
        let mut image = images.remove(place.ok_or(CatalogError::NotFound { what: "image", path: "id" })?);
        set(&mut image.alt, command.alt);
        let mut checks = Checks::new();
        check_image(&mut checks, "input", &image);
        checks.finish().map_err(CatalogError::Invalid)?;
        let place = command.position.map_or(place.unwrap_or(0), |place| usize::try_from(place).unwrap_or(0));
        images.insert(place.min(images.len()), image);
        for (place, image) in images.iter_mut().enumerate() {
            image.position = i32::try_from(place).unwrap_or(i32::MAX);
        }
        self.save_images_in(&tx, &images).await?;
        tx.commit().await?;
        Ok(images.swap_remove(place.min(images.len() - 1)))
    }

    /// Takes images off their products, all of them or none.
    pub async fn delete_images(&self, ids: &[ImageId]) -> Result<Vec<ImageId>, CatalogError> {
        let tx = self.db.begin().await?;
        let gone = repo::products::delete_images(&tx, ids).await?;
        all_found("image", ids, &gone)?;
        tx.commit().await?;
        Ok(gone)
    }
}

/// HTML without scripts, event handlers and other things that a description has no use for.
pub(crate) fn clean_html(html: &str) -> String {
    ammonia::clean(html).trim().to_owned()
}

/// Tags without surrounding space, blanks and repetitions.
pub(crate) fn clean_tags(tags: Vec<String>) -> Vec<String> {
    let mut clean: Vec<String> = Vec::with_capacity(tags.len());
    for tag in tags {
        let tag = tag.trim();
        if !tag.is_empty() && !clean.iter().any(|known| known == tag) {
            clean.push(tag.to_owned());
        }
    }
    clean
}

/// What is wrong with new products, as far as that can be seen without the database.
pub(crate) fn check_new(rows: &ProductRows) -> Result<(), CatalogError> {
    let mut checks = Checks::new();
    for product in &rows.products {
        check_product(&mut checks, product);
    }
    let products = rows.products.len().max(1);
    checks.count("input.variants", rows.variants.len() / products, MOST_VARIANTS);
    checks.count("input.images", rows.images.len() / products, MOST_IMAGES);
    for (place, option) in rows.options.iter().enumerate() {
        checks.line(&format!("input.options.{place}.name"), &option.name, 100);
        checks.required(&format!("input.options.{place}.name"), &option.name);
    }
    for (place, image) in rows.images.iter().enumerate() {
        check_image(&mut checks, &format!("input.images.{place}"), image);
    }
    for (place, variant) in rows.variants.iter().enumerate() {
        super::variants::check(&mut checks, &format!("input.variants.{place}"), variant);
    }
    checks.finish().map_err(CatalogError::Invalid)
}

fn check_product(checks: &mut Checks, product: &Product) {
    // Of a blank title no handle can be made, and the title is what has to be mended.
    if !product.handle.is_empty() || !product.title.trim().is_empty() {
        checks.handle("input.handle", &product.handle);
    }
    checks.line("input.title", &product.title, 255);
    checks.required("input.title", &product.title);
    checks.html("input.descriptionHtml", &product.description_html, 100_000);
    checks.line("input.vendor", &product.vendor, 255);
    checks.line("input.productType", &product.product_type, 255);
    checks.line("input.seoTitle", &product.seo_title, 255);
    checks.paragraph("input.seoDescription", &product.seo_description, 1_000);
    checks.count("input.tags", product.tags.len(), 250);
    for (place, tag) in product.tags.iter().enumerate() {
        checks.line(&format!("input.tags.{place}"), tag, 255);
    }
}

fn check_image(checks: &mut Checks, path: &str, image: &ProductImage) {
    checks.url(&format!("{path}.url"), &image.url);
    checks.line(&format!("{path}.alt"), &image.alt, 500);
}
