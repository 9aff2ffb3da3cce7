use async_graphql::{Context, Description, Object, SimpleObject};

use super::inputs::ProductFilterInput;
use super::{ProductConnection, list_products};
use crate::domain::catalog;
use crate::domain::inventory::Availability;
use crate::domain::search::{ProductQuery, ProductSort};
use crate::graphql::connection::page_args;
use crate::graphql::context::Requested;
use crate::graphql::errors::Result;
use crate::graphql::guards::{Needs, requires, staff};
use crate::graphql::inventory::{InventoryComponent, StockLevel};
use crate::graphql::pricing::{Price, PriceTier, VariantPrice};
use crate::graphql::scalars::Money;
use crate::graphql::tax::TaxClass;
use crate::kernel::actor::Permission;
use crate::kernel::clock::Timestamp;
use crate::kernel::ids::{ImageId, OptionId};
use crate::kernel::money;

/// Something that the shop sells, in one or more variants.
#[derive(Description)]
pub struct Product(pub catalog::Product);

#[Object(use_type_description)]
impl Product {
    /// Id.
    pub(crate) async fn id(&self) -> async_graphql::ID {
        self.0.id.into()
    }

    /// The product's name in web addresses, unique.
    async fn handle(&self) -> &str {
        &self.0.handle
    }

    /// Title.
    async fn title(&self) -> &str {
        &self.0.title
    }

    /// Description as HTML without scripts.
    async fn description_html(&self) -> &str {
        &self.0.description_html
    }

    /// Who makes it; empty when nobody said.
    async fn vendor(&self) -> &str {
        &self.0.vendor
    }

    /// What kind of thing it is; empty when nobody said.
    async fn product_type(&self) -> &str {
        &self.0.product_type
    }

    /// Words to filter by.
    async fn tags(&self) -> &[String] {
        &self.0.tags
    }

    /// What search engines are told.
    async fn seo(&self) -> Seo {
        let title = if self.0.seo_title.is_empty() { &self.0.title } else { &self.0.seo_title };
        Seo { title: title.clone(), description: self.0.seo_description.clone() }
    }

    /// Since when shoppers see it; null means that they do not.
    async fn published_at(&self) -> Option<Timestamp> {
        self.0.published_at
    }

    /// When it was made.
    async fn created_at(&self) -> Timestamp {
        self.0.created_at
    }

    /// When it was last changed.
    async fn updated_at(&self) -> Timestamp {
        self.0.updated_at
    }

    /// Counts the changes: give it as `expectedVersion` to be sure that nobody changed it in between.
    async fn version(&self) -> i32 {
        self.0.version
    }

    /// In what its variants differ. Empty when there is only one.
    async fn options(&self, ctx: &Context<'_>) -> Result<Vec<ProductOption>> {
        let found = ctx.reads().loaders.options.load(self.0.id).await?.unwrap_or_default();
        Ok(found.into_iter().map(ProductOption::from).collect())
    }

    /// Its variants, in their order; at least one.
    async fn variants(&self, ctx: &Context<'_>) -> Result<Vec<ProductVariant>> {
        let found = ctx.reads().loaders.variants.load(self.0.id).await?.unwrap_or_default();
        Ok(found.into_iter().map(ProductVariant).collect())
    }

    /// Its pictures, in their order.
    async fn images(&self, ctx: &Context<'_>) -> Result<Vec<ProductImage>> {
        let found = ctx.reads().loaders.images.load(self.0.id).await?.unwrap_or_default();
        Ok(found.into_iter().map(ProductImage).collect())
    }

    /// Its first picture.
    async fn featured_image(&self, ctx: &Context<'_>) -> Result<Option<ProductImage>> {
        let found = ctx.reads().loaders.images.load(self.0.id).await?.unwrap_or_default();
        Ok(found.into_iter().next().map(ProductImage))
    }

    /// Its category.
    async fn category(&self, ctx: &Context<'_>) -> Result<Option<Category>> {
        let Some(id) = self.0.category_id else { return Ok(None) };
        Ok(ctx.reads().loaders.category.load(id).await?.map(Category))
    }

    /// Its tax class; null when it is taxed by default.
    async fn tax_class(&self, ctx: &Context<'_>) -> Result<Option<TaxClass>> {
        TaxClass::load(ctx, self.0.tax_class_id).await
    }

    /// The collections that it is in, by title.
    async fn collections(&self, ctx: &Context<'_>) -> Result<Vec<Collection>> {
        let found = ctx.reads().loaders.collections.load(self.0.id).await?.unwrap_or_default();
        Ok(found.into_iter().map(Collection).collect())
    }

    /// The lowest and the highest price over its variants, in the request's region; null when none can be bought
    /// there.
    async fn price_range(&self, ctx: &Context<'_>) -> Result<Option<PriceRange>> {
        let found = ctx.reads().loaders.price_range.load(self.0.id).await?;
        Ok(found.map(|range| PriceRange {
            min: money::Money::new(range.min_amount, range.currency).into(),
            max: money::Money::new(range.max_amount, range.currency).into(),
        }))
    }

    /// Whether any of its variants is in stock, or is sold without stock.
    async fn available_for_sale(&self, ctx: &Context<'_>) -> Result<bool> {
        let reads = ctx.reads();
        let variants = reads.loaders.variants.load(self.0.id).await?.unwrap_or_default();
        let found = variants.iter().map(|variant| reads.loaders.availability.load(variant.id));
        let found = futures_util::future::try_join_all(found).await?;
        Ok(found.into_iter().flatten().any(|stock| stock.allows(1)))
    }
}

/// What search engines are told.
#[derive(SimpleObject)]
pub struct Seo {
    /// Title.
    title: String,
    /// Description; empty when nobody said.
    description: String,
}

/// The lowest and the highest price of something.
#[derive(SimpleObject)]
pub struct PriceRange {
    /// The lowest.
    min: Money,
    /// The highest.
    max: Money,
}

/// How many products there are.
pub struct ProductTotal(pub ProductQuery);

#[Object]
impl ProductTotal {
    /// How many products the filter leaves, over all pages. Counted only when asked for.
    async fn total_count(&self, ctx: &Context<'_>) -> Result<i64> {
        let reads = ctx.reads();
        Ok(ctx.app().search.count_products(reads.conn().await?, &self.0).await?)
    }
}

/// A way in which a product's variants differ, such as the size.
#[derive(SimpleObject)]
pub struct ProductOption {
    /// Id.
    id: OptionId,
    /// Name, such as `Size`.
    name: String,
    /// The choices, in the order in which they are shown.
    values: Vec<String>,
}

impl From<catalog::ProductOption> for ProductOption {
    fn from(option: catalog::ProductOption) -> Self {
        Self { id: option.id, name: option.name, values: option.choices }
    }
}

/// One choice of one option.
#[derive(SimpleObject)]
pub struct SelectedOption {
    /// The option's name.
    name: String,
    /// The choice.
    value: String,
}

/// A picture of a product.
#[derive(Description)]
pub struct ProductImage(pub catalog::ProductImage);

#[Object(use_type_description)]
impl ProductImage {
    /// Id.
    async fn id(&self) -> ImageId {
        self.0.id
    }

    /// Where it is: a whole web address.
    async fn url(&self, ctx: &Context<'_>) -> String {
        absolute(ctx, &self.0.url)
    }

    /// What it shows, for those who cannot see it.
    async fn alt(&self) -> &str {
        &self.0.alt
    }

    /// Its place among the product's pictures, from 0.
    async fn position(&self) -> i32 {
        self.0.position
    }
}

/// A web address: paths are on this server.
pub(in crate::graphql) fn absolute(ctx: &Context<'_>, url: &str) -> String {
    if url.starts_with('/') { format!("{}{url}", ctx.app().public_url) } else { url.to_owned() }
}

/// What is priced, stocked and sold: one combination of a product's options.
#[derive(Description)]
pub struct ProductVariant(pub catalog::Variant);

impl ProductVariant {
    async fn stock(&self, ctx: &Context<'_>) -> Result<Availability> {
        let found = ctx.reads().loaders.availability.load(self.0.id).await?;
        Ok(found.unwrap_or(Availability::unknown(self.0.id)))
    }
}

#[Object(use_type_description)]
impl ProductVariant {
    /// Id.
    pub(crate) async fn id(&self) -> async_graphql::ID {
        self.0.id.into()
    }

    /// The choices, for people: `A5 / Dotted`; `Default` when the product has no options.
    async fn title(&self) -> &str {
        &self.0.title
    }

    /// Stock-keeping unit, unique.
    async fn sku(&self) -> Option<&str> {
        self.0.sku.as_deref()
    }

    /// Barcode (EAN, UPC).
    async fn barcode(&self) -> Option<&str> {
        self.0.barcode.as_deref()
    }

    /// Weight in grams.
    async fn weight_grams(&self) -> Option<i32> {
        self.0.weight_grams
    }

    /// Whether it has to be sent.
    async fn requires_shipping(&self) -> bool {
        self.0.requires_shipping
    }

    /// Whether tax is charged on it.
    async fn taxable(&self) -> bool {
        self.0.taxable
    }

    /// Its place among the product's variants, from 0.
    async fn position(&self) -> i32 {
        self.0.position
    }

    /// Counts the changes: give it as `expectedVersion` to be sure that nobody changed it in between.
    async fn version(&self) -> i32 {
        self.0.version
    }

    /// One choice for each of the product's options, in their order.
    async fn selected_options(&self, ctx: &Context<'_>) -> Result<Vec<SelectedOption>> {
        let options = ctx.reads().loaders.options.load(self.0.product_id).await?.unwrap_or_default();
        let pair = |(option, value): (catalog::ProductOption, &String)| SelectedOption {
            name: option.name,
            value: value.clone(),
        };
        Ok(options.into_iter().zip(&self.0.option_values).map(pair).collect())
    }

    /// What one unit costs in the request's region for whoever asks; null when it cannot be bought there.
    async fn price(&self, ctx: &Context<'_>) -> Result<Option<VariantPrice>> {
        Ok(ctx.reads().loaders.price.load(self.0.id).await?.map(VariantPrice))
    }

    /// What one unit costs by how many are bought at once, from few to many. One entry when that makes no difference,
    /// none when it cannot be bought in the request's region.
    async fn price_tiers(&self, ctx: &Context<'_>) -> Result<Vec<PriceTier>> {
        let found = ctx.reads().loaders.price_tiers.load(self.0.id).await?;
        Ok(found.map(|(currency, tiers)| PriceTier::all(currency, tiers)).unwrap_or_default())
    }

    /// Whether it is in stock, or is sold without stock. A kit is when all that it takes is.
    async fn available_for_sale(&self, ctx: &Context<'_>) -> Result<bool> {
        Ok(self.stock(ctx).await?.allows(1))
    }

    /// How many units can be bought; null when they are not counted.
    async fn quantity_available(&self, ctx: &Context<'_>) -> Result<Option<i32>> {
        let stock = self.stock(ctx).await?;
        Ok(stock.tracked.then_some(stock.available))
    }

    /// Whether units are counted; a variant whose units are not never runs out.
    async fn tracks_inventory(&self, ctx: &Context<'_>) -> Result<bool> {
        Ok(self.stock(ctx).await?.tracked)
    }

    /// Whether it is sold when there is none left.
    async fn allows_backorder(&self, ctx: &Context<'_>) -> Result<bool> {
        Ok(self.stock(ctx).await?.backorder)
    }

    /// The picture that shows this variant; else the product's first.
    async fn image(&self, ctx: &Context<'_>) -> Result<Option<ProductImage>> {
        let images = ctx.reads().loaders.images.load(self.0.product_id).await?.unwrap_or_default();
        let own = images.iter().find(|image| Some(image.id) == self.0.image_id);
        Ok(own.or(images.first()).cloned().map(ProductImage))
    }

    /// Its product.
    async fn product(&self, ctx: &Context<'_>) -> Result<Option<Product>> {
        Ok(ctx.reads().loaders.product.load(self.0.product_id).await?.map(Product))
    }

    /// Its base prices in each currency, for all buyers and numbers of units. Prices of lists are at the lists.
    #[graphql(guard = "Needs(Permission::Catalog)", visible = "staff", directive = requires::apply("CATALOG".into()))]
    async fn prices(&self, ctx: &Context<'_>) -> Result<Vec<Price>> {
        let found = ctx.reads().loaders.all_prices.load(self.0.id).await?.unwrap_or_default();
        Ok(found.into_iter().map(Price).collect())
    }

    /// What one unit of it takes out of stock: one of its own item, or for a kit some of several.
    #[graphql(guard = "Needs(Permission::Stock)", visible = "staff", directive = requires::apply("STOCK".into()))]
    async fn inventory_items(&self, ctx: &Context<'_>) -> Result<Vec<InventoryComponent>> {
        let found = ctx.reads().loaders.components.load(self.0.id).await?.unwrap_or_default();
        Ok(found.into_iter().map(InventoryComponent).collect())
    }

    /// The units of all that it takes, at each location.
    #[graphql(guard = "Needs(Permission::Stock)", visible = "staff", directive = requires::apply("STOCK".into()))]
    async fn stock_levels(&self, ctx: &Context<'_>) -> Result<Vec<StockLevel>> {
        let found = ctx.reads().loaders.levels.load(self.0.id).await?.unwrap_or_default();
        Ok(found.into_iter().map(StockLevel).collect())
    }
}

/// A place in the shop's tree of kinds of things.
#[derive(Description)]
pub struct Category(pub catalog::Category);

#[Object(use_type_description)]
impl Category {
    /// Id.
    pub(crate) async fn id(&self) -> async_graphql::ID {
        self.0.id.into()
    }

    /// The category's name in web addresses, unique.
    async fn handle(&self) -> &str {
        &self.0.handle
    }

    /// Name.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// The category above; null at the top.
    async fn parent(&self, ctx: &Context<'_>) -> Result<Option<Category>> {
        let Some(id) = self.0.parent_id else { return Ok(None) };
        Ok(ctx.reads().loaders.category.load(id).await?.map(Category))
    }

    /// The categories right below, by name.
    async fn children(&self, ctx: &Context<'_>) -> Result<Vec<Category>> {
        let found = ctx.reads().loaders.subcategories.load(self.0.id).await?.unwrap_or_default();
        Ok(found.into_iter().map(Category).collect())
    }

    /// The products in this category and below.
    #[expect(clippy::too_many_arguments, reason = "the arguments of a Relay list")]
    async fn products(
        &self,
        ctx: &Context<'_>,
        #[graphql(default)] filter: ProductFilterInput,
        sort: Option<ProductSort>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<ProductConnection> {
        let id = self.0.id;
        let args = page_args(first, after, last, before);
        list_products(ctx, filter, None, sort, args, |query| query.category_id = Some(id)).await
    }
}

/// How many categories there are.
pub struct CategoryTotal;

#[Object]
impl CategoryTotal {
    /// How many categories there are at the top, over all pages. Counted only when asked for.
    async fn total_count(&self, ctx: &Context<'_>) -> Result<i64> {
        let reads = ctx.reads();
        Ok(ctx.app().catalog.count_root_categories(reads.conn().await?).await?)
    }
}

/// A hand-picked set of products.
#[derive(Description)]
pub struct Collection(pub catalog::Collection);

#[Object(use_type_description)]
impl Collection {
    /// Id.
    pub(crate) async fn id(&self) -> async_graphql::ID {
        self.0.id.into()
    }

    /// The collection's name in web addresses, unique.
    async fn handle(&self) -> &str {
        &self.0.handle
    }

    /// Title.
    async fn title(&self) -> &str {
        &self.0.title
    }

    /// Description as HTML without scripts.
    async fn description_html(&self) -> &str {
        &self.0.description_html
    }

    /// The products in it.
    #[expect(clippy::too_many_arguments, reason = "the arguments of a Relay list")]
    async fn products(
        &self,
        ctx: &Context<'_>,
        #[graphql(default)] filter: ProductFilterInput,
        sort: Option<ProductSort>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<ProductConnection> {
        let id = self.0.id;
        let args = page_args(first, after, last, before);
        list_products(ctx, filter, None, sort, args, |query| query.collection_id = Some(id)).await
    }
}

/// How many collections there are.
pub struct CollectionTotal;

#[Object]
impl CollectionTotal {
    /// How many collections there are, over all pages. Counted only when asked for.
    async fn total_count(&self, ctx: &Context<'_>) -> Result<i64> {
        let reads = ctx.reads();
        Ok(ctx.app().catalog.count_collections(reads.conn().await?).await?)
    }
}
