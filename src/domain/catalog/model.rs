//! The types of this domain.

use diesel::prelude::*;

use crate::db::schema::{categories, collections, product_images, product_options, products, variants};
use crate::kernel::clock::Timestamp;
use crate::kernel::ids::{CategoryId, CollectionId, ImageId, OptionId, ProductId, TaxClassId, VariantId};

/// Who catalog data is read for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Audience {
    /// Shoppers see only what is published.
    Shoppers,
    /// Staff see everything.
    Staff,
}

/// A product, sold in one or more variants.
#[derive(Clone, Debug, PartialEq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = products, treat_none_as_null = true)]
pub struct Product {
    /// The id.
    pub id: ProductId,
    /// The handle, used in URLs; unique.
    pub handle: String,
    /// The title.
    pub title: String,
    /// The description as sanitized HTML.
    pub description_html: String,
    /// The brand or manufacturer.
    pub vendor: String,
    /// The product type.
    pub product_type: String,
    /// The tags to filter by.
    pub tags: Vec<String>,
    /// The category.
    pub category_id: Option<CategoryId>,
    /// The title for search engines; empty means the title.
    pub seo_title: String,
    /// The description for search engines.
    pub seo_description: String,
    /// When it was or will be published; `None` if it is unpublished.
    pub published_at: Option<Timestamp>,
    /// The version, incremented by each change.
    pub version: i32,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was last updated.
    pub updated_at: Timestamp,
    /// The tax class; `None` if default rates apply.
    pub tax_class_id: Option<TaxClassId>,
}

impl Product {
    /// Creates a product without details, not published.
    pub fn new(id: ProductId, handle: String, title: String, now: Timestamp) -> Self {
        Self {
            id,
            handle,
            title,
            description_html: String::new(),
            vendor: String::new(),
            product_type: String::new(),
            tags: Vec::new(),
            category_id: None,
            seo_title: String::new(),
            seo_description: String::new(),
            published_at: None,
            version: 1,
            created_at: now,
            updated_at: now,
            tax_class_id: None,
        }
    }
}

/// An option of a product, such as its size.
#[derive(Clone, Debug, PartialEq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = product_options)]
pub struct ProductOption {
    /// The id.
    pub id: OptionId,
    /// The product it belongs to.
    pub product_id: ProductId,
    /// The name, such as `Size`.
    pub name: String,
    /// The position among the product's options, starting at 0.
    pub position: i32,
    /// The choices, in display order.
    pub choices: Vec<String>,
}

/// An image of a product.
#[derive(Clone, Debug, PartialEq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = product_images)]
pub struct ProductImage {
    /// The id.
    pub id: ImageId,
    /// The product it belongs to.
    pub product_id: ProductId,
    /// The URL: absolute, or a path on this server.
    pub url: String,
    /// The alternative text for people who cannot see it.
    pub alt: String,
    /// The position among the product's images, starting at 0.
    pub position: i32,
}

/// A variant: one combination of a product's options, with its own price and stock.
#[derive(Clone, Debug, PartialEq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = variants, treat_none_as_null = true)]
pub struct Variant {
    /// The id.
    pub id: VariantId,
    /// The product it belongs to.
    pub product_id: ProductId,
    /// The option values, human-readable: `A5 / Dotted`.
    pub title: String,
    /// The stock-keeping unit, unique.
    pub sku: Option<String>,
    /// The barcode (EAN, UPC).
    pub barcode: Option<String>,
    /// One choice for each of the product's options, in their order.
    pub option_values: Vec<String>,
    /// The position among the product's variants, starting at 0.
    pub position: i32,
    /// The weight in grams.
    pub weight_grams: Option<i32>,
    /// Whether it must be shipped.
    pub requires_shipping: bool,
    /// Whether it is taxable.
    pub taxable: bool,
    /// The image of this variant.
    pub image_id: Option<ImageId>,
    /// The version, incremented by each change.
    pub version: i32,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was last updated.
    pub updated_at: Timestamp,
}

/// A variant with the data that taxes and promotions depend on.
#[derive(Clone, Debug, PartialEq)]
pub struct SellableVariant {
    /// The variant.
    pub variant: Variant,
    /// The product's title.
    pub product_title: String,
    /// The product's tags.
    pub tags: Vec<String>,
    /// The product's type.
    pub product_type: String,
    /// The product's vendor.
    pub vendor: String,
    /// The product's tax class; `None` if default rates apply.
    pub tax_class_id: Option<TaxClassId>,
    /// The product's category and its ancestors, from the root down.
    pub category_path: Vec<CategoryId>,
    /// The collections the product belongs to.
    pub collection_ids: Vec<CollectionId>,
}

/// A category in the category tree.
#[derive(Clone, Debug, PartialEq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = categories, treat_none_as_null = true)]
pub struct Category {
    /// The id.
    pub id: CategoryId,
    /// The parent category; `None` for a root.
    pub parent_id: Option<CategoryId>,
    /// The handle, used in URLs; unique.
    pub handle: String,
    /// The name.
    pub name: String,
    /// The ids from the root down to this category.
    pub path: Vec<CategoryId>,
    /// When it was created.
    pub created_at: Timestamp,
}

/// A collection: a hand-picked set of products.
#[derive(Clone, Debug, PartialEq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = collections)]
pub struct Collection {
    /// The id.
    pub id: CollectionId,
    /// The handle, used in URLs; unique.
    pub handle: String,
    /// The title.
    pub title: String,
    /// The description as sanitized HTML.
    pub description_html: String,
    /// When it was created.
    pub created_at: Timestamp,
}
