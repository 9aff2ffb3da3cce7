//! The words of this domain.

use diesel::prelude::*;

use crate::db::schema::{categories, collections, product_images, product_options, products, variants};
use crate::kernel::clock::Timestamp;
use crate::kernel::ids::{CategoryId, CollectionId, ImageId, OptionId, ProductId, TaxClassId, VariantId};

/// For whom something is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Audience {
    /// Shoppers see what is published.
    Shoppers,
    /// Staff see everything.
    Staff,
}

/// Something that the shop sells, in one or more variants.
#[derive(Clone, Debug, PartialEq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = products, treat_none_as_null = true)]
pub struct Product {
    /// Id.
    pub id: ProductId,
    /// The product's name in web addresses, unique.
    pub handle: String,
    /// Title.
    pub title: String,
    /// Description as clean HTML.
    pub description_html: String,
    /// Who makes it.
    pub vendor: String,
    /// What kind of thing it is.
    pub product_type: String,
    /// Words to filter by.
    pub tags: Vec<String>,
    /// Its category.
    pub category_id: Option<CategoryId>,
    /// Title for search engines; empty means the title.
    pub seo_title: String,
    /// Description for search engines.
    pub seo_description: String,
    /// Since when shoppers see it; `None` means that they do not.
    pub published_at: Option<Timestamp>,
    /// Counts the changes.
    pub version: i32,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// Its tax class; `None` is taxed by default.
    pub tax_class_id: Option<TaxClassId>,
}

/// A way in which a product's variants differ, such as the size.
#[derive(Clone, Debug, PartialEq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = product_options)]
pub struct ProductOption {
    /// Id.
    pub id: OptionId,
    /// Whose.
    pub product_id: ProductId,
    /// Name, such as `Size`.
    pub name: String,
    /// Its place among the product's options, from 0.
    pub position: i32,
    /// The choices, in the order in which they are shown.
    pub choices: Vec<String>,
}

/// A picture of a product.
#[derive(Clone, Debug, PartialEq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = product_images)]
pub struct ProductImage {
    /// Id.
    pub id: ImageId,
    /// Whose.
    pub product_id: ProductId,
    /// Where it is: a web address, or a path on this server.
    pub url: String,
    /// What it shows, for those who cannot see it.
    pub alt: String,
    /// Its place among the product's images, from 0.
    pub position: i32,
}

/// What is priced, stocked and sold: one combination of a product's options.
#[derive(Clone, Debug, PartialEq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = variants, treat_none_as_null = true)]
pub struct Variant {
    /// Id.
    pub id: VariantId,
    /// Whose.
    pub product_id: ProductId,
    /// The option values, for people: `A5 / Dotted`.
    pub title: String,
    /// Stock-keeping unit, unique.
    pub sku: Option<String>,
    /// Barcode (EAN, UPC).
    pub barcode: Option<String>,
    /// One choice for each of the product's options, in their order.
    pub option_values: Vec<String>,
    /// Its place among the product's variants, from 0.
    pub position: i32,
    /// Weight in grams.
    pub weight_grams: Option<i32>,
    /// Whether it has to be sent.
    pub requires_shipping: bool,
    /// Whether tax is charged on it.
    pub taxable: bool,
    /// The picture that shows this variant.
    pub image_id: Option<ImageId>,
    /// Counts the changes.
    pub version: i32,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// A variant with what taxes and promotions go by.
#[derive(Clone, Debug, PartialEq)]
pub struct Goods {
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
    /// How the product is taxed; `None` for the default.
    pub tax_class_id: Option<TaxClassId>,
    /// The product's category and the ones above it, from the root down.
    pub category_path: Vec<CategoryId>,
    /// The collections that the product is in.
    pub collection_ids: Vec<CollectionId>,
}

/// A place in the shop's tree of kinds of things.
#[derive(Clone, Debug, PartialEq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = categories, treat_none_as_null = true)]
pub struct Category {
    /// Id.
    pub id: CategoryId,
    /// The category above; `None` for a root.
    pub parent_id: Option<CategoryId>,
    /// The category's name in web addresses, unique.
    pub handle: String,
    /// Name.
    pub name: String,
    /// The ids from the root down to this one.
    pub path: Vec<CategoryId>,
    /// When it was made.
    pub created_at: Timestamp,
}

/// A hand-picked set of products.
#[derive(Clone, Debug, PartialEq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = collections)]
pub struct Collection {
    /// Id.
    pub id: CollectionId,
    /// The collection's name in web addresses, unique.
    pub handle: String,
    /// Title.
    pub title: String,
    /// Description as clean HTML.
    pub description_html: String,
    /// When it was made.
    pub created_at: Timestamp,
}
