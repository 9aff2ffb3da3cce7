use graphql_plan::{Cx, Found, object};

use super::inputs::ProductListArgs;
use super::sources::{
    AVAILABLE_PRODUCT, CATEGORIES_BELOW, CATEGORY, COLLECTIONS_OF_PRODUCT, IMAGES_OF_PRODUCT, OPTIONS_OF_PRODUCT,
    PRODUCT, PRODUCT_LIST, VARIANTS_OF_PRODUCT,
};
use crate::domain::inventory::Availability;
use crate::domain::{catalog, pricing};
use crate::graphql::context::Asked;
use crate::graphql::guards::{CATALOG, STOCK};
use crate::graphql::inventory::sources::{AVAILABILITY_OF_VARIANT, COMPONENTS_OF_VARIANT, LEVELS_OF_VARIANT};
use crate::graphql::inventory::{InventoryComponent, StockLevel};
use crate::graphql::node::Node;
use crate::graphql::pricing::sources::{PRICE_OF_VARIANT, PRICES_OF_VARIANT, RANGE_OF_PRODUCT, TIERS_OF_VARIANT};
use crate::graphql::pricing::{Price, PriceTier, VariantPrice, tiers_in};
use crate::graphql::scalars::Money;
use crate::graphql::tax::TaxClass;
use crate::graphql::tax::sources::TAX_CLASS;
use crate::kernel::money;

object! {
    /// Something that the shop sells, in one or more variants.
    pub Product for catalog::Product, implements Node {
        /// Id.
        id;
        /// The product's name in web addresses, unique.
        handle;
        /// Title.
        title;
        /// Description as HTML without scripts.
        description_html;
        /// Who makes it; empty when nobody said.
        vendor;
        /// What kind of thing it is; empty when nobody said.
        product_type;
        /// Words to filter by.
        tags;
        /// What search engines are told.
        seo: embed(Seo, |product| SeoTexts::of(product));
        /// Since when shoppers see it; null means that they do not.
        published_at;
        /// When it was made.
        created_at;
        /// When it was last changed.
        updated_at;
        /// Counts the changes: give it as `expectedVersion` to be sure that nobody changed it in between.
        version;
        /// In what its variants differ. Empty when there is only one.
        options: many(ProductOption, OPTIONS_OF_PRODUCT, |product| product.id);
        /// Its variants, in their order; at least one.
        variants: many(ProductVariant, VARIANTS_OF_PRODUCT, |product| product.id);
        /// Its pictures, in their order.
        images: many(ProductImage, IMAGES_OF_PRODUCT, |product| product.id);
        /// Its first picture.
        featured_image: option(ProductImage, IMAGES_OF_PRODUCT, |product| product.id);
        /// Its category.
        category: option(Category, CATEGORY, |product| product.category_id);
        /// Its tax class; null when it is taxed by default.
        tax_class: option(TaxClass, TAX_CLASS, |product| product.tax_class_id);
        /// The collections that it is in, by title.
        collections: many(Collection, COLLECTIONS_OF_PRODUCT, |product| product.id);
        /// The lowest and the highest price over its variants, in the request's region; null when none can be bought
        /// there.
        price_range: option(PriceRange, RANGE_OF_PRODUCT, |product| product.id);
        /// Whether any of its variants is in stock, or is sold without stock.
        available_for_sale: from(AVAILABLE_PRODUCT, |product| product.id, |_, found| {
            found.first().copied().unwrap_or_default()
        });
    }
}

/// What search engines are told of a product, for [`Seo`].
#[derive(Clone, Debug)]
pub struct SeoTexts {
    title: String,
    description: String,
}

impl SeoTexts {
    fn of(product: &catalog::Product) -> Self {
        let title = if product.seo_title.is_empty() { &product.title } else { &product.seo_title };
        Self { title: title.clone(), description: product.seo_description.clone() }
    }
}

object! {
    /// What search engines are told.
    pub Seo for SeoTexts {
        /// Title.
        title;
        /// Description; empty when nobody said.
        description;
    }
}

object! {
    /// The lowest and the highest price of something.
    pub PriceRange for pricing::PriceRange {
        /// The lowest.
        min: embed(Money, |range| money::Money::new(range.min_amount, range.currency));
        /// The highest.
        max: embed(Money, |range| money::Money::new(range.max_amount, range.currency));
    }
}

object! {
    /// A way in which a product's variants differ, such as the size.
    pub ProductOption for catalog::ProductOption {
        /// Id.
        id;
        /// Name, such as `Size`.
        name;
        /// The choices, in the order in which they are shown.
        values: field(|option| &option.choices);
    }
}

/// The name of an option and the choice, for [`SelectedOption`].
type Chosen = (String, String);

object! {
    /// One choice of one option.
    pub SelectedOption for Chosen {
        /// The option's name.
        name: field(|(name, _)| name);
        /// The choice.
        value: field(|(_, value)| value);
    }
}

object! {
    /// A picture of a product.
    pub ProductImage for catalog::ProductImage {
        /// Id.
        id;
        /// Where it is: a whole web address.
        url: value(|image, cx| absolute(cx, &image.url));
        /// What it shows, for those who cannot see it.
        alt;
        /// Its place among the product's pictures, from 0.
        position;
    }
}

/// A web address: paths are on this server.
pub(in crate::graphql) fn absolute(cx: &Cx<'_>, url: &str) -> String {
    if url.starts_with('/') { format!("{}{url}", cx.app().public_url) } else { url.to_owned() }
}

/// What can be bought of a variant.
fn stock(variant: &catalog::Variant, found: Found<'_, Availability>) -> Availability {
    found.first().copied().unwrap_or(Availability::unknown(variant.id))
}

object! {
    /// What is priced, stocked and sold: one combination of a product's options.
    pub ProductVariant for catalog::Variant, implements Node {
        /// Id.
        id;
        /// The choices, for people: `A5 / Dotted`; `Default` when the product has no options.
        title;
        /// Stock-keeping unit, unique.
        sku;
        /// Barcode (EAN, UPC).
        barcode;
        /// Weight in grams.
        weight_grams;
        /// Whether it has to be sent.
        requires_shipping;
        /// Whether tax is charged on it.
        taxable;
        /// Its place among the product's variants, from 0.
        position;
        /// Counts the changes: give it as `expectedVersion` to be sure that nobody changed it in between.
        version;
        /// One choice for each of the product's options, in their order.
        selected_options: pick(SelectedOption, OPTIONS_OF_PRODUCT, |variant| variant.product_id, |variant, options| {
            let chosen = |(option, value): (&catalog::ProductOption, &String)| (option.name.clone(), value.clone());
            options.iter().zip(&variant.option_values).map(chosen).collect::<Vec<Chosen>>()
        });
        /// What one unit costs in the request's region for whoever asks; null when it cannot be bought there.
        price: option(VariantPrice, PRICE_OF_VARIANT, |variant| variant.id);
        /// What one unit costs by how many are bought at once, from few to many. One entry when that makes no difference,
        /// none when it cannot be bought in the request's region.
        price_tiers: pick(PriceTier, TIERS_OF_VARIANT, |variant| variant.id, |_, found| {
            found.first().map(|(currency, tiers)| tiers_in(*currency, tiers)).unwrap_or_default()
        });
        /// Whether it is in stock, or is sold without stock. A kit is when all that it takes is.
        available_for_sale: from(AVAILABILITY_OF_VARIANT, |variant| variant.id, |variant, found| {
            stock(variant, found).allows(1)
        });
        /// How many units can be bought; null when they are not counted.
        quantity_available: from(AVAILABILITY_OF_VARIANT, |variant| variant.id, |variant, found| {
            let stock = stock(variant, found);
            stock.tracked.then_some(stock.available)
        });
        /// Whether units are counted; a variant whose units are not never runs out.
        tracks_inventory: from(AVAILABILITY_OF_VARIANT, |variant| variant.id, |variant, found| {
            stock(variant, found).tracked
        });
        /// Whether it is sold when there is none left.
        allows_backorder: from(AVAILABILITY_OF_VARIANT, |variant| variant.id, |variant, found| {
            stock(variant, found).backorder
        });
        /// The picture that shows this variant; else the product's first.
        image: pick(ProductImage, IMAGES_OF_PRODUCT, |variant| variant.product_id, |variant, images| {
            let own = images.iter().find(|image| Some(image.id) == variant.image_id);
            own.or(images.first()).cloned()
        });
        /// Its product.
        product: option(Product, PRODUCT, |variant| variant.product_id);
        /// Its base prices in each currency, for all buyers and numbers of units. Prices of lists are at the lists.
        prices: many(Price, PRICES_OF_VARIANT, |variant| variant.id).requires(&CATALOG);
        /// What one unit of it takes out of stock: one of its own item, or for a kit some of several.
        inventory_items: many(InventoryComponent, COMPONENTS_OF_VARIANT, |variant| variant.id).requires(&STOCK);
        /// The units of all that it takes, at each location.
        stock_levels: many(StockLevel, LEVELS_OF_VARIANT, |variant| variant.id).requires(&STOCK);
    }
}

object! {
    /// A place in the shop's tree of kinds of things.
    pub Category for catalog::Category, implements Node {
        /// Id.
        id;
        /// The category's name in web addresses, unique.
        handle;
        /// Name.
        name;
        /// The category above; null at the top.
        parent: option(Category, CATEGORY, |category| category.parent_id);
        /// The categories right below, by name.
        children: many(Category, CATEGORIES_BELOW, |category| category.id);
        /// The products in this category and below.
        products(ProductListArgs): page(Product, PRODUCT_LIST, |category, args, cx| {
            args.list(cx.scope(), |query| query.category_id = Some(category.id))
        });
    }
}

object! {
    /// A hand-picked set of products.
    pub Collection for catalog::Collection, implements Node {
        /// Id.
        id;
        /// The collection's name in web addresses, unique.
        handle;
        /// Title.
        title;
        /// Description as HTML without scripts.
        description_html;
        /// The products in it.
        products(ProductListArgs): page(Product, PRODUCT_LIST, |collection, args, cx| {
            args.list(cx.scope(), |query| query.collection_id = Some(collection.id))
        });
    }
}
