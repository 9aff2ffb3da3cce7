use async_graphql::{InputObject, MaybeUndefined};

use super::sources::ProductListKey;
use crate::domain::catalog::{CategoryChanges, CollectionChanges, NewCategory, NewCollection, ProductChanges};
use crate::domain::pricing::{PriceRow, PriceRules};
use crate::domain::search::{ProductQuery, ProductSort};
use crate::graphql::context::Scope;
use crate::graphql::scalars::{Decimal, change};
use crate::kernel::country::Country;
use crate::kernel::ids::{
    CategoryId, ChannelId, CollectionId, CustomerGroupId, ImageId, RegionId, TaxClassId, VariantId,
};
use crate::kernel::money::Currency;
use crate::kernel::page::PageArgs;
use crate::kernel::text::storable;
use crate::workflows::products::{ImageSpec, OptionSpec, PriceSpec, ProductSpec, VariantChanges, VariantSpec};

/// Which products to list; what is left out does not narrow the list.
#[derive(InputObject, Clone, Default)]
pub struct ProductFilterInput {
    /// In this collection.
    collection_id: Option<CollectionId>,
    /// In this category or one below it.
    category_id: Option<CategoryId>,
    /// With all of these tags.
    #[graphql(default)]
    tags: Vec<String>,
    /// From this vendor.
    vendor: Option<String>,
    /// Of this type.
    product_type: Option<String>,
    /// With a lowest price of at least this, in the request's region.
    price_min: Option<Decimal>,
    /// With a lowest price of at most this, in the request's region.
    price_max: Option<Decimal>,
    /// With a variant that can be bought now, or with none.
    available: Option<bool>,
    /// Published or not. Only staff see what is not.
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
    /// The price, with no more decimals than the currency has.
    amount: Decimal,
    /// What it cost before, higher than the price.
    compare_at: Option<Decimal>,
}

/// A way in which variants differ.
#[derive(InputObject)]
pub struct ProductOptionInput {
    /// Name, such as `Size`.
    name: String,
    /// The choices, in the order in which they are shown. Choices of variants that are not here are added.
    #[graphql(default)]
    values: Vec<String>,
}

/// A picture.
#[derive(InputObject)]
pub struct ProductImageInput {
    /// Where it is: a web address, or a path on this server.
    url: String,
    /// What it shows, for those who cannot see it.
    #[graphql(default)]
    alt: String,
}

/// A variant to make.
#[derive(InputObject)]
pub struct VariantInput {
    /// One choice for each of the product's options, in their order. Empty for a product without options.
    #[graphql(default)]
    option_values: Vec<String>,
    /// Stock-keeping unit, unique.
    sku: Option<String>,
    /// Barcode.
    barcode: Option<String>,
    /// Weight in grams.
    weight_grams: Option<i32>,
    /// Whether it has to be sent.
    #[graphql(default = true)]
    requires_shipping: bool,
    /// Whether tax is charged on it.
    #[graphql(default = true)]
    taxable: bool,
    /// Whether units are counted.
    #[graphql(default = true)]
    track_inventory: bool,
    /// Whether it is sold when there is none left.
    #[graphql(default)]
    allow_backorder: bool,
    /// Units on the shelf of the first location.
    #[graphql(default)]
    stock: i32,
    /// The address of the picture that shows it; it is added to the product's pictures when it is not there.
    image_url: Option<String>,
    /// What it costs. In a currency without a price it cannot be bought.
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

/// A product to make.
#[derive(InputObject)]
pub struct ProductCreateInput {
    /// Title: at most 255 characters.
    title: String,
    /// Handle: lower-case letters, digits and hyphens; made from the title when left out.
    handle: Option<String>,
    /// Description as HTML; scripts and the like are taken out.
    #[graphql(default)]
    description_html: String,
    /// Who makes it.
    #[graphql(default)]
    vendor: String,
    /// What kind of thing it is.
    #[graphql(default)]
    product_type: String,
    /// Words to filter by.
    #[graphql(default)]
    tags: Vec<String>,
    /// Its category.
    category_id: Option<CategoryId>,
    /// Its tax class; without one it is taxed by default.
    tax_class_id: Option<TaxClassId>,
    /// The collections that it is in.
    #[graphql(default)]
    collection_ids: Vec<CollectionId>,
    /// Title for search engines.
    #[graphql(default)]
    seo_title: String,
    /// Description for search engines.
    #[graphql(default)]
    seo_description: String,
    /// Whether shoppers see it at once.
    #[graphql(default)]
    publish: bool,
    /// In what its variants differ.
    #[graphql(default)]
    options: Vec<ProductOptionInput>,
    /// Its pictures, in their order.
    #[graphql(default)]
    images: Vec<ProductImageInput>,
    /// Its variants, in their order. Left out, there is one, without a price.
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

/// What to change of a product; what is left out stays.
#[derive(InputObject)]
pub struct ProductUpdateInput {
    /// Title.
    title: Option<String>,
    /// Handle.
    handle: Option<String>,
    /// Description as HTML; scripts and the like are taken out.
    description_html: Option<String>,
    /// Who makes it.
    vendor: Option<String>,
    /// What kind of thing it is.
    product_type: Option<String>,
    /// Words to filter by, all of them.
    tags: Option<Vec<String>>,
    /// Its category; null takes it out of its category.
    category_id: MaybeUndefined<CategoryId>,
    /// Its tax class; null takes it away, so that it is taxed by default.
    tax_class_id: MaybeUndefined<TaxClassId>,
    /// The collections that it is in, all of them.
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

/// What to change of a variant; what is left out stays.
#[derive(InputObject)]
pub struct VariantUpdateInput {
    /// One choice for each of the product's options, in their order.
    option_values: Option<Vec<String>>,
    /// Stock-keeping unit, unique; null takes it away.
    sku: MaybeUndefined<String>,
    /// Barcode; null takes it away.
    barcode: MaybeUndefined<String>,
    /// Weight in grams; null takes it away.
    weight_grams: MaybeUndefined<i32>,
    /// Whether it has to be sent.
    requires_shipping: Option<bool>,
    /// Whether tax is charged on it.
    taxable: Option<bool>,
    /// Whether units are counted.
    track_inventory: Option<bool>,
    /// Whether it is sold when there is none left.
    allow_backorder: Option<bool>,
    /// The picture of its product that shows it; null means the product's first.
    image_id: MaybeUndefined<ImageId>,
    /// Its place among the product's variants, from 0.
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

/// A price to set, or to take away.
#[derive(InputObject)]
pub struct PriceRowInput {
    /// Of which variant.
    variant_id: VariantId,
    /// In which currency.
    currency_code: Currency,
    /// The price; null takes it away. A variant without any is out of the regions with this currency.
    amount: Option<Decimal>,
    /// What it cost before, higher than the price.
    compare_at: Option<Decimal>,
    /// From so many units on. A row takes the place of the price that has the same variant, currency, buyers and
    /// `minQuantity`.
    #[graphql(default = 1)]
    min_quantity: i32,
    /// Up to so many units, these included; null means without end.
    max_quantity: Option<i32>,
    /// Only for who buys in this region.
    region_id: Option<RegionId>,
    /// Only for who is in this country.
    country: Option<Country>,
    /// Only for customers in this group.
    customer_group_id: Option<CustomerGroupId>,
    /// Only for who buys through this sales channel.
    channel_id: Option<ChannelId>,
}

impl From<PriceRowInput> for PriceRow {
    fn from(input: PriceRowInput) -> Self {
        Self {
            variant_id: input.variant_id,
            currency: input.currency_code,
            amount: input.amount.map(|amount| amount.0),
            compare_at: input.compare_at.map(|before| before.0),
            min_quantity: input.min_quantity,
            max_quantity: input.max_quantity,
            rules: PriceRules {
                region_id: input.region_id,
                country: input.country,
                customer_group_id: input.customer_group_id,
                channel_id: input.channel_id,
            },
        }
    }
}

/// A category to make.
#[derive(InputObject)]
pub struct CategoryCreateInput {
    /// Name: at most 255 characters.
    name: String,
    /// Handle; made from the name when left out.
    handle: Option<String>,
    /// The category above; left out for one at the top.
    parent_id: Option<CategoryId>,
}

impl From<CategoryCreateInput> for NewCategory {
    fn from(input: CategoryCreateInput) -> Self {
        Self { name: input.name, handle: input.handle, parent_id: input.parent_id }
    }
}

/// What to change of a category; what is left out stays.
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

/// A collection to make.
#[derive(InputObject)]
pub struct CollectionCreateInput {
    /// Title: at most 255 characters.
    title: String,
    /// Handle; made from the title when left out.
    handle: Option<String>,
    /// Description as HTML; scripts and the like are taken out.
    #[graphql(default)]
    description_html: String,
}

impl From<CollectionCreateInput> for NewCollection {
    fn from(input: CollectionCreateInput) -> Self {
        Self { title: input.title, handle: input.handle, description_html: input.description_html }
    }
}

/// What to change of a collection; what is left out stays.
#[derive(InputObject)]
pub struct CollectionUpdateInput {
    /// Title.
    title: Option<String>,
    /// Handle.
    handle: Option<String>,
    /// Description as HTML; scripts and the like are taken out.
    description_html: Option<String>,
}

impl From<CollectionUpdateInput> for CollectionChanges {
    fn from(input: CollectionUpdateInput) -> Self {
        Self { title: input.title, handle: input.handle, description_html: input.description_html }
    }
}

/// A picture to add to a product.
#[derive(InputObject)]
pub struct ProductImageCreateInput {
    /// Of which product.
    pub(super) product_id: crate::kernel::ids::ProductId,
    /// Where it is: a web address, or a path on this server.
    pub(super) url: String,
    /// What it shows, for those who cannot see it.
    #[graphql(default)]
    pub(super) alt: String,
}

/// What to change of a picture; what is left out stays.
#[derive(InputObject)]
pub struct ProductImageUpdateInput {
    /// What it shows, for those who cannot see it.
    pub(super) alt: Option<String>,
    /// Its place among the product's pictures, from 0.
    pub(super) position: Option<i32>,
}
