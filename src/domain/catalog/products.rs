//! Writes, updates, publishes and deletes products and their images. `workflows::products` creates them.

use async_graphql::InputObject;

use super::model::{Product, ProductImage, ProductOption, Variant};
use super::{Catalog, CatalogError, repo};
use crate::db::{Conn, Result as DbResult};
use crate::kernel::clock::Timestamp;
use crate::kernel::error::{all_found, unchanged};
use crate::kernel::ids::{CategoryId, CollectionId, ImageId, ProductId, TaxClassId};
use crate::kernel::patch::{Patch, set};
use crate::kernel::text::Validator;

/// The maximum number of variants of a product.
const MAX_VARIANTS: usize = 2_000;
/// The maximum number of images of a product.
const MAX_IMAGES: usize = 250;
/// The maximum length of a handle before an appended number, in bytes.
const MAX_HANDLE_PREFIX: usize = 190;
/// The highest number that is appended to a handle.
const MAX_NUMBER: usize = 10_000;
/// The number of handles looked up per statement.
const HANDLES_AT_ONCE: usize = 100;

/// Products with all their catalog data, to be written together.
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
    /// The collections they belong to.
    pub collections: Vec<(CollectionId, ProductId)>,
}

/// What describes a product, in the inputs that create and update one. Omitted fields keep their values; those of a new
/// product are empty.
#[derive(Clone, Debug, Default, PartialEq, InputObject)]
pub struct ProductDetails {
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
    /// Title for search engines.
    pub seo_title: Option<String>,
    /// Description for search engines.
    pub seo_description: Option<String>,
}

impl ProductDetails {
    /// Sets what is given.
    pub(crate) fn apply(self, product: &mut Product) {
        set(&mut product.description_html, self.description_html.map(|html| clean_html(&html)));
        set(&mut product.vendor, self.vendor);
        set(&mut product.product_type, self.product_type);
        set(&mut product.tags, self.tags.map(clean_tags));
        self.category_id.apply(&mut product.category_id);
        self.tax_class_id.apply(&mut product.tax_class_id);
        set(&mut product.seo_title, self.seo_title);
        set(&mut product.seo_description, self.seo_description);
    }
}

/// The changes to a product. Omitted fields keep their values.
#[derive(Clone, Debug, Default, InputObject)]
#[graphql(name = "ProductUpdateInput")]
pub struct UpdateProduct {
    /// Title.
    pub title: Option<String>,
    /// Handle.
    pub handle: Option<String>,
    /// What describes it.
    #[graphql(flatten)]
    pub details: ProductDetails,
    /// The collections the product belongs to; the list replaces the current collections.
    pub collection_ids: Option<Vec<CollectionId>>,
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
    /// Inserts products in the caller's transaction.
    pub async fn insert_in(&self, conn: &Conn, rows: &ProductRows) -> Result<(), CatalogError> {
        check_new(rows)?;
        repo::products::insert(conn, &rows.products).await?;
        repo::products::insert_options(conn, &rows.options).await?;
        repo::products::insert_images(conn, &rows.images).await?;
        repo::variants::insert(conn, &rows.variants).await?;
        repo::collections::add(conn, &rows.collections).await?;
        Ok(())
    }

    /// Saves an existing product, in the caller's transaction.
    pub async fn save_in(&self, conn: &Conn, product: &Product) -> Result<(), CatalogError> {
        let mut validator = Validator::new();
        check_product(&mut validator, product);
        validator.finish().map_err(CatalogError::Invalid)?;
        Ok(repo::products::update(conn, product).await?)
    }

    /// Returns the product with this id, locked until the caller's transaction ends.
    pub async fn lock_in(&self, conn: &Conn, id: ProductId) -> Result<Product, CatalogError> {
        let found = repo::products::lock(conn, id).await?;
        found.ok_or(CatalogError::NotFound { what: "product", path: "id" })
    }

    /// Saves existing options, in the caller's transaction.
    pub async fn save_options_in(&self, conn: &Conn, options: &[ProductOption]) -> Result<(), CatalogError> {
        for option in options {
            repo::products::update_option(conn, option).await?;
        }
        Ok(())
    }

    /// Saves existing images, in the caller's transaction.
    pub async fn save_images_in(&self, conn: &Conn, images: &[ProductImage]) -> Result<(), CatalogError> {
        for image in images {
            repo::products::update_image(conn, image).await?;
        }
        Ok(())
    }

    /// Updates a product. With `expected`, fails if its version differs.
    pub async fn update_product(
        &self,
        id: ProductId,
        command: UpdateProduct,
        expected: Option<i32>,
    ) -> Result<Product, CatalogError> {
        let tx = self.db.begin().await?;
        let before = self.lock_in(&tx, id).await?;
        unchanged(expected, before.version)?;
        let mut product = before.clone();
        set(&mut product.title, command.title);
        set(&mut product.handle, command.handle);
        command.details.apply(&mut product);
        if product == before && command.collection_ids.is_none() {
            return Ok(before);
        }
        product.version += 1;
        product.updated_at = self.clock.now();
        self.save_in(&tx, &product).await?;
        if let Some(ids) = command.collection_ids {
            repo::collections::set_of_product(&tx, id, &ids).await?;
        }
        tx.commit().await?;
        Ok(product)
    }

    /// Publishes products at a time, or now, in the caller's transaction; all of them or none.
    pub async fn publish_in(
        &self,
        conn: &Conn,
        ids: &[ProductId],
        from: Option<Timestamp>,
    ) -> Result<Vec<Product>, CatalogError> {
        let now = self.clock.now();
        self.set_published_in(conn, ids, Some(from.unwrap_or(now))).await
    }

    /// Unpublishes products, all of them or none.
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

    /// Returns an unused handle: this one, or with the lowest free number from 2 appended. Another transaction may take
    /// it before the caller's ends.
    pub async fn free_handle_in(&self, conn: &Conn, wanted: &str) -> DbResult<String> {
        let stem = wanted.get(..MAX_HANDLE_PREFIX).unwrap_or(wanted).trim_end_matches('-');
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

    /// Deletes products with all their data, all of them or none. Orders keep the data of what they sold.
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
        let mut validator = Validator::new();
        validator.count("input", images.len() + 1, MAX_IMAGES);
        check_image(&mut validator, "input", &image);
        validator.finish().map_err(CatalogError::Invalid)?;
        repo::products::insert_images(&tx, std::slice::from_ref(&image)).await?;
        tx.commit().await?;
        Ok(image)
    }

    /// Updates the alternative text and the position of an image (starting at 0).
    pub async fn update_image(&self, id: ImageId, command: UpdateProductImage) -> Result<ProductImage, CatalogError> {
        let missing = CatalogError::NotFound { what: "image", path: "id" };
        let tx = self.db.begin().await?;
        let found = self.images(&tx, &[id]).await?.pop().ok_or(missing)?;
        repo::products::lock(&tx, found.product_id).await?;
        let mut images = self.images_of(&tx, &[found.product_id]).await?;
        let place = images.iter().position(|image| image.id == id);
        let mut image = images.remove(place.ok_or(CatalogError::NotFound { what: "image", path: "id" })?);
        set(&mut image.alt, command.alt);
        let mut validator = Validator::new();
        check_image(&mut validator, "input", &image);
        validator.finish().map_err(CatalogError::Invalid)?;
        let place = command.position.map_or(place.unwrap_or(0), |place| usize::try_from(place).unwrap_or(0));
        images.insert(place.min(images.len()), image);
        for (place, image) in images.iter_mut().enumerate() {
            image.position = i32::try_from(place).unwrap_or(i32::MAX);
        }
        self.save_images_in(&tx, &images).await?;
        tx.commit().await?;
        Ok(images.swap_remove(place.min(images.len() - 1)))
    }

    /// Deletes images, all of them or none.
    pub async fn delete_images(&self, ids: &[ImageId]) -> Result<Vec<ImageId>, CatalogError> {
        let tx = self.db.begin().await?;
        let gone = repo::products::delete_images(&tx, ids).await?;
        all_found("image", ids, &gone)?;
        tx.commit().await?;
        Ok(gone)
    }
}

/// Sanitizes HTML: removes scripts, event handlers and other unsafe markup.
pub(super) fn clean_html(html: &str) -> String {
    ammonia::clean(html).trim().to_owned()
}

/// Trims tags and removes blank and duplicate ones.
fn clean_tags(tags: Vec<String>) -> Vec<String> {
    let mut clean: Vec<String> = Vec::with_capacity(tags.len());
    for tag in tags {
        let tag = tag.trim();
        if !tag.is_empty() && !clean.iter().any(|known| known == tag) {
            clean.push(tag.to_owned());
        }
    }
    clean
}

/// Validates new products, as far as possible without the database.
pub(crate) fn check_new(rows: &ProductRows) -> Result<(), CatalogError> {
    let mut validator = Validator::new();
    for product in &rows.products {
        check_product(&mut validator, product);
    }
    let products = rows.products.len().max(1);
    validator.count("input.variants", rows.variants.len() / products, MAX_VARIANTS);
    validator.count("input.images", rows.images.len() / products, MAX_IMAGES);
    for (place, option) in rows.options.iter().enumerate() {
        validator.line(&format!("input.options.{place}.name"), &option.name, 100);
        validator.required(&format!("input.options.{place}.name"), &option.name);
    }
    for (place, image) in rows.images.iter().enumerate() {
        check_image(&mut validator, &format!("input.images.{place}"), image);
    }
    for (place, variant) in rows.variants.iter().enumerate() {
        super::variants::check(&mut validator, &format!("input.variants.{place}"), variant);
    }
    validator.finish().map_err(CatalogError::Invalid)
}

fn check_product(validator: &mut Validator, product: &Product) {
    // A blank title has no handle, and the error belongs to the title.
    if !product.handle.is_empty() || !product.title.trim().is_empty() {
        validator.handle("input.handle", &product.handle);
    }
    validator.line("input.title", &product.title, 255);
    validator.required("input.title", &product.title);
    validator.html("input.descriptionHtml", &product.description_html, 100_000);
    validator.line("input.vendor", &product.vendor, 255);
    validator.line("input.productType", &product.product_type, 255);
    validator.line("input.seoTitle", &product.seo_title, 255);
    validator.paragraph("input.seoDescription", &product.seo_description, 1_000);
    validator.count("input.tags", product.tags.len(), 250);
    for (place, tag) in product.tags.iter().enumerate() {
        validator.line(&format!("input.tags.{place}"), tag, 255);
    }
}

fn check_image(validator: &mut Validator, path: &str, image: &ProductImage) {
    validator.url(&format!("{path}.url"), &image.url);
    validator.line(&format!("{path}.alt"), &image.alt, 500);
}
