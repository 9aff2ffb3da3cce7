use async_graphql::{InputObject, MaybeUndefined};

use super::sources::ProductListKey;
use crate::domain::catalog::{CategoryChanges, CollectionChanges, NewCategory, NewCollection, ProductChanges};
use crate::domain::search::{ProductQuery, ProductSort};
use crate::graphql::context::Scope;
use crate::graphql::scalars::{Decimal, change};
use crate::kernel::ids::{CategoryId, CollectionId, ImageId, TaxClassId};
use crate::kernel::money::Currency;
use crate::kernel::page::PageArgs;
use crate::kernel::text::storable;
use crate::workflows::products::{ImageSpec, OptionSpec, PriceSpec, ProductSpec, VariantChanges, VariantSpec};

/// A filter for products. Omitted fields do not restrict the list.
#[derive(InputObject, Clone, Default)]
pub struct ProductFilterInput {
    /// Only products in this collection.
    collection_id: Option<CollectionId>,
    /// Only products in this category or in a category below it.
    category_id: Option<CategoryId>,
    /// Only products with all of these tags.
    #[graphql(default)]
    tags: Vec<String>,
    /// Only products of this vendor.
    vendor: Option<String>,
    /// Only products of this type.
    product_type: Option<String>,
    /// Only products whose lowest price in the request's region is at least this amount, in major units.
    price_min: Option<Decimal>,
    /// Only products whose lowest price in the request's region is at most this amount, in major units.
    price_max: Option<Decimal>,
    /// True: only products with a variant that is in stock or can be backordered; false: only products without one.
    available: Option<bool>,
    /// Whether the products are published. Only staff see unpublished products.
    published: Option<bool>,
}

impl ProductFilterInput {
    pub(super) fn narrow(self, query: &mut ProductQuery) {
        query.collection_id = self.collection_id;
        query.category_id = self.category_id;
        query.tags = self.tags.into_iter().map(storable).collect();
        query.vendor = self.vendor.map(storable);
        query.product_type = self.product_type.map(storable);
        query.price_min = self.price_min.map(|price| price.0);
        query.price_max = self.price_max.map(|price| price.0);
        query.available = self.available;
        query.published = self.published;
    }
}

/// The arguments of a list of products that hangs below something.
#[derive(InputObject)]
pub struct ProductListArgs {
    /// Returns only entries that match every field of the filter.
    filter: Option<ProductFilterInput>,
    /// How the list is sorted.
    sort: Option<ProductSort>,
    #[graphql(flatten)]
    page: PageArgs,
}

impl ProductListArgs {
    /// The page that is asked for: `narrow` adds what the place of the list says.
    pub(super) fn list(
        &self,
        scope: &Scope,
        narrow: impl FnOnce(&mut ProductQuery),
    ) -> graphql_plan::Result<ProductListKey> {
        let filter = self.filter.clone().unwrap_or_default();
        Ok(ProductListKey::new(scope, filter, None, self.sort, &self.page, narrow)?)
    }
}

/// A price in a currency.
#[derive(InputObject)]
pub struct PriceInput {
    /// The currency.
    currency_code: Currency,
    /// The price in major units, with no more decimals than the currency has.
    amount: Decimal,
    /// The price before a reduction, in major units; must be higher than the price.
    compare_at: Option<Decimal>,
}

/// An option in which variants differ.
#[derive(InputObject)]
pub struct ProductOptionInput {
    /// Name, such as `Size`.
    name: String,
    /// The values, in display order. Values used by variants but not listed here are added.
    #[graphql(default)]
    values: Vec<String>,
}

/// An image to add.
#[derive(InputObject)]
pub struct ProductImageInput {
    /// The URL of the image: absolute, or a path on this server.
    url: String,
    /// Alternative text for people who cannot see the image.
    #[graphql(default)]
    alt: String,
}

/// A variant to create.
#[derive(InputObject)]
pub struct VariantInput {
    /// One value for each option of the product, in the order of the options. Empty for a product without options.
    #[graphql(default)]
    option_values: Vec<String>,
    /// Stock-keeping unit (SKU), unique.
    sku: Option<String>,
    /// Barcode.
    barcode: Option<String>,
    /// Weight in grams.
    weight_grams: Option<i32>,
    /// Whether it is shipped.
    #[graphql(default = true)]
    requires_shipping: bool,
    /// Whether it is taxed.
    #[graphql(default = true)]
    taxable: bool,
    /// Whether its stock is tracked.
    #[graphql(default = true)]
    track_inventory: bool,
    /// Whether it can be sold when it is out of stock.
    #[graphql(default)]
    allow_backorder: bool,
    /// The initial stock at the first stock location.
    #[graphql(default)]
    stock: i32,
    /// The URL of the image of this variant. It is added to the product's images if it is not among them.
    image_url: Option<String>,
    /// Prices. The variant cannot be bought in a currency without a price.
    #[graphql(default)]
    prices: Vec<PriceInput>,
}

impl From<VariantInput> for VariantSpec {
    fn from(input: VariantInput) -> Self {
        let price = |price: PriceInput| PriceSpec {
            currency: price.currency_code,
            amount: price.amount.0,
            compare_at: price.compare_at.map(|before| before.0),
        };
        Self {
            option_values: input.option_values,
            sku: input.sku,
            barcode: input.barcode,
            weight_grams: input.weight_grams,
            requires_shipping: input.requires_shipping,
            taxable: input.taxable,
            tracked: input.track_inventory,
            backorder: input.allow_backorder,
            stock: input.stock,
            image_url: input.image_url,
            prices: input.prices.into_iter().map(price).collect(),
        }
    }
}

/// A product to create.
#[derive(InputObject)]
pub struct ProductCreateInput {
    /// Title: at most 255 characters.
    title: String,
    /// Handle, used in URLs: lower-case letters, digits and hyphens. If omitted, it is derived from the title, with a number
    /// appended if another product has it: `field-notebook-2`.
    handle: Option<String>,
    /// Description as HTML; scripts and other unsafe markup are removed.
    #[graphql(default)]
    description_html: String,
    /// Brand or manufacturer.
    #[graphql(default)]
    vendor: String,
    /// Product type.
    #[graphql(default)]
    product_type: String,
    /// Tags to filter by.
    #[graphql(default)]
    tags: Vec<String>,
    /// The category.
    category_id: Option<CategoryId>,
    /// The tax class; without one, default rates apply.
    tax_class_id: Option<TaxClassId>,
    /// The collections the product belongs to.
    #[graphql(default)]
    collection_ids: Vec<CollectionId>,
    /// Title for search engines.
    #[graphql(default)]
    seo_title: String,
    /// Description for search engines.
    #[graphql(default)]
    seo_description: String,
    /// Whether to publish the product immediately. At least one variant must then have a price.
    #[graphql(default)]
    publish: bool,
    /// The options in which its variants differ.
    #[graphql(default)]
    options: Vec<ProductOptionInput>,
    /// The images, in display order.
    #[graphql(default)]
    images: Vec<ProductImageInput>,
    /// The variants, in display order. If omitted, one variant without a price is created.
    #[graphql(default)]
    variants: Vec<VariantInput>,
}

impl From<ProductCreateInput> for ProductSpec {
    fn from(input: ProductCreateInput) -> Self {
        let option = |option: ProductOptionInput| OptionSpec { name: option.name, choices: option.values };
        let image = |image: ProductImageInput| ImageSpec { url: image.url, alt: image.alt };
        Self {
            title: input.title,
            handle: input.handle,
            description_html: input.description_html,
            vendor: input.vendor,
            product_type: input.product_type,
            tags: input.tags,
            category_id: input.category_id,
            tax_class_id: input.tax_class_id,
            collection_ids: input.collection_ids,
            seo_title: input.seo_title,
            seo_description: input.seo_description,
            published: input.publish,
            options: input.options.into_iter().map(option).collect(),
            images: input.images.into_iter().map(image).collect(),
            variants: input.variants.into_iter().map(VariantSpec::from).collect(),
        }
    }
}

/// The changes to a product. Omitted fields keep their values.
#[derive(InputObject)]
pub struct ProductUpdateInput {
    /// Title.
    title: Option<String>,
    /// Handle.
    handle: Option<String>,
    /// Description as HTML; scripts and other unsafe markup are removed.
    description_html: Option<String>,
    /// Brand or manufacturer.
    vendor: Option<String>,
    /// Product type.
    product_type: Option<String>,
    /// Tags to filter by; the list replaces the current tags.
    tags: Option<Vec<String>>,
    /// The category; null removes the product from its category.
    category_id: MaybeUndefined<CategoryId>,
    /// The tax class; null removes it, so that default rates apply.
    tax_class_id: MaybeUndefined<TaxClassId>,
    /// The collections the product belongs to; the list replaces the current collections.
    collection_ids: Option<Vec<CollectionId>>,
    /// Title for search engines.
    seo_title: Option<String>,
    /// Description for search engines.
    seo_description: Option<String>,
}

impl From<ProductUpdateInput> for ProductChanges {
    fn from(input: ProductUpdateInput) -> Self {
        Self {
            title: input.title,
            handle: input.handle,
            description_html: input.description_html,
            vendor: input.vendor,
            product_type: input.product_type,
            tags: input.tags,
            category_id: change(input.category_id),
            tax_class_id: change(input.tax_class_id),
            collection_ids: input.collection_ids,
            seo_title: input.seo_title,
            seo_description: input.seo_description,
        }
    }
}

/// The changes to a variant. Omitted fields keep their values.
#[derive(InputObject)]
pub struct VariantUpdateInput {
    /// One value for each option of the product, in the order of the options.
    option_values: Option<Vec<String>>,
    /// Stock-keeping unit (SKU), unique; null removes it.
    sku: MaybeUndefined<String>,
    /// Barcode; null removes it.
    barcode: MaybeUndefined<String>,
    /// Weight in grams; null removes it.
    weight_grams: MaybeUndefined<i32>,
    /// Whether it is shipped.
    requires_shipping: Option<bool>,
    /// Whether it is taxed.
    taxable: Option<bool>,
    /// Whether its stock is tracked.
    track_inventory: Option<bool>,
    /// Whether it can be sold when it is out of stock.
    allow_backorder: Option<bool>,
    /// The image of the product that shows this variant; null means the product's first image.
    image_id: MaybeUndefined<ImageId>,
    /// The position among the product's variants, starting at 0.
    position: Option<i32>,
}

impl From<VariantUpdateInput> for VariantChanges {
    fn from(input: VariantUpdateInput) -> Self {
        Self {
            option_values: input.option_values,
            sku: change(input.sku),
            barcode: change(input.barcode),
            weight_grams: change(input.weight_grams),
            requires_shipping: input.requires_shipping,
            taxable: input.taxable,
            tracked: input.track_inventory,
            backorder: input.allow_backorder,
            image_id: change(input.image_id),
            position: input.position,
        }
    }
}

/// A category to create.
#[derive(InputObject)]
pub struct CategoryCreateInput {
    /// Name: at most 255 characters.
    name: String,
    /// Handle, used in URLs. If omitted, it is derived from the name.
    handle: Option<String>,
    /// The parent category; if omitted, the category is a top-level category.
    parent_id: Option<CategoryId>,
}

impl From<CategoryCreateInput> for NewCategory {
    fn from(input: CategoryCreateInput) -> Self {
        Self { name: input.name, handle: input.handle, parent_id: input.parent_id }
    }
}

/// The changes to a category. Omitted fields keep their values.
#[derive(InputObject)]
pub struct CategoryUpdateInput {
    /// Name.
    name: Option<String>,
    /// Handle.
    handle: Option<String>,
}

impl From<CategoryUpdateInput> for CategoryChanges {
    fn from(input: CategoryUpdateInput) -> Self {
        Self { name: input.name, handle: input.handle }
    }
}

/// A collection to create.
#[derive(InputObject)]
pub struct CollectionCreateInput {
    /// Title: at most 255 characters.
    title: String,
    /// Handle, used in URLs. If omitted, it is derived from the title.
    handle: Option<String>,
    /// Description as HTML; scripts and other unsafe markup are removed.
    #[graphql(default)]
    description_html: String,
}

impl From<CollectionCreateInput> for NewCollection {
    fn from(input: CollectionCreateInput) -> Self {
        Self { title: input.title, handle: input.handle, description_html: input.description_html }
    }
}

/// The changes to a collection. Omitted fields keep their values.
#[derive(InputObject)]
pub struct CollectionUpdateInput {
    /// Title.
    title: Option<String>,
    /// Handle.
    handle: Option<String>,
    /// Description as HTML; scripts and other unsafe markup are removed.
    description_html: Option<String>,
}

impl From<CollectionUpdateInput> for CollectionChanges {
    fn from(input: CollectionUpdateInput) -> Self {
        Self { title: input.title, handle: input.handle, description_html: input.description_html }
    }
}

/// An image to add to a product.
#[derive(InputObject)]
pub struct ProductImageCreateInput {
    /// The id of the product.
    pub(super) product_id: crate::kernel::ids::ProductId,
    /// The URL of the image: absolute, or a path on this server.
    pub(super) url: String,
    /// Alternative text for people who cannot see the image.
    #[graphql(default)]
    pub(super) alt: String,
}

/// The changes to an image. Omitted fields keep their values.
#[derive(InputObject)]
pub struct ProductImageUpdateInput {
    /// Alternative text for people who cannot see the image.
    pub(super) alt: Option<String>,
    /// The position among the product's images, starting at 0.
    pub(super) position: Option<i32>,
}
