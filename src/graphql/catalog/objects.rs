use graphql_plan::{Cx, Found, object};

use super::sources::{
    AVAILABLE_PRODUCT, CATEGORIES_BELOW, CATEGORY, COLLECTIONS_OF_PRODUCT, IMAGES_OF_PRODUCT, OPTIONS_OF_PRODUCT,
    PRODUCT, PRODUCT_LIST, ProductListArgs, VARIANTS_OF_PRODUCT,
};
use crate::domain::inventory::Availability;
use crate::domain::{catalog, pricing};
use crate::graphql::context::CxExt;
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
    /// A product, sold in one or more variants.
    pub Product for catalog::Product, implements Node {
        /// Id.
        id;
        /// Handle, unique, used in URLs.
        handle;
        /// Title.
        title;
        /// Description as HTML without scripts.
        description_html;
        /// Brand or manufacturer; empty if unknown.
        vendor;
        /// Product type; empty if unknown.
        product_type;
        /// Tags to filter by.
        tags;
        /// Title and description for search engines.
        seo: embed(Seo, |product| SeoTexts::of(product));
        /// Time from which shoppers see the product (UTC); null if it is not published.
        published_at;
        /// Time at which it was created (UTC).
        created_at;
        /// Time at which it was last updated (UTC).
        updated_at;
        /// The version, incremented by each change. Pass it as `expectedVersion` to refuse an update if the product has
        /// changed.
        version;
        /// The options in which its variants differ. Empty if there is only one variant.
        options: many(ProductOption, OPTIONS_OF_PRODUCT, |product| product.id);
        /// The variants, in display order; at least one.
        variants: many(ProductVariant, VARIANTS_OF_PRODUCT, |product| product.id);
        /// The images, in display order.
        images: many(ProductImage, IMAGES_OF_PRODUCT, |product| product.id);
        /// The first image.
        featured_image: option(ProductImage, IMAGES_OF_PRODUCT, |product| product.id);
        /// The category.
        category: option(Category, CATEGORY, |product| product.category_id);
        /// The tax class; null if default rates apply.
        tax_class: option(TaxClass, TAX_CLASS, |product| product.tax_class_id);
        /// The collections the product belongs to, sorted by title.
        collections: many(Collection, COLLECTIONS_OF_PRODUCT, |product| product.id);
        /// The lowest and the highest price of its variants in the request's region; null if none of them can be bought
        /// there.
        price_range: option(PriceRange, RANGE_OF_PRODUCT, |product| product.id);
        /// Whether any of its variants is in stock or can be backordered.
        available_for_sale: from(AVAILABLE_PRODUCT, |product| product.id, |_, found| {
            found.first().copied().unwrap_or_default()
        });
    }
}

/// A product's texts for search engines, for [`Seo`].
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
    /// Title and description for search engines.
    pub Seo for SeoTexts {
        /// Title.
        title;
        /// Description; empty if there is none.
        description;
    }
}

object! {
    /// A range of prices.
    pub PriceRange for pricing::PriceRange {
        /// The lowest price.
        min: embed(Money, |range| money::Money::new(range.min_amount, range.currency));
        /// The highest price.
        max: embed(Money, |range| money::Money::new(range.max_amount, range.currency));
    }
}

object! {
    /// An option in which a product's variants differ, such as the size.
    pub ProductOption for catalog::ProductOption {
        /// Id.
        id;
        /// Name, such as `Size`.
        name;
        /// The values, in display order.
        values: field(|option| &option.choices);
    }
}

/// The name of an option and the selected value, for [`SelectedOption`].
type Chosen = (String, String);

object! {
    /// The value of one option.
    pub SelectedOption for Chosen {
        /// The option's name.
        name: field(|(name, _)| name);
        /// The value.
        value: field(|(_, value)| value);
    }
}

object! {
    /// An image of a product.
    pub ProductImage for catalog::ProductImage {
        /// Id.
        id;
        /// The absolute URL of the image.
        url: value(|image, cx| absolute(cx, &image.url));
        /// Alternative text for people who cannot see the image.
        alt;
        /// The position among the product's images, starting at 0.
        position;
    }
}

/// The absolute URL; a path is resolved against this server.
pub(in crate::graphql) fn absolute(cx: &Cx<'_>, url: &str) -> String {
    if url.starts_with('/') { format!("{}{url}", cx.app().public_url) } else { url.to_owned() }
}

/// The availability of a variant.
fn stock(variant: &catalog::Variant, found: Found<'_, Availability>) -> Availability {
    found.first().copied().unwrap_or(Availability::unknown(variant.id))
}

object! {
    /// A version of a product with its own price and stock: one combination of the product's options.
    pub ProductVariant for catalog::Variant, implements Node {
        /// Id.
        id;
        /// The human-readable option values, such as `A5 / Dotted`; `Default` if the product has no options.
        title;
        /// Stock-keeping unit (SKU), unique.
        sku;
        /// Barcode (EAN, UPC).
        barcode;
        /// Weight in grams.
        weight_grams;
        /// Whether it is shipped.
        requires_shipping;
        /// Whether it is taxed.
        taxable;
        /// The position among the product's variants, starting at 0.
        position;
        /// The version, incremented by each change. Pass it as `expectedVersion` to refuse an update if the variant has
        /// changed.
        version;
        /// One value for each option of the product, in the order of the options.
        selected_options: pick(SelectedOption, OPTIONS_OF_PRODUCT, |variant| variant.product_id, |variant, options| {
            let chosen = |(option, value): (&catalog::ProductOption, &String)| (option.name.clone(), value.clone());
            options.iter().zip(&variant.option_values).map(chosen).collect::<Vec<Chosen>>()
        });
        /// The price of one unit in the request's region for the caller; null if the variant cannot be bought there.
        price: option(VariantPrice, PRICE_OF_VARIANT, |variant| variant.id);
        /// Prices by quantity, in ascending order of quantity. One entry if the price does not depend on the quantity;
        /// empty if the variant cannot be bought in the request's region.
        price_tiers: pick(PriceTier, TIERS_OF_VARIANT, |variant| variant.id, |_, found| {
            found.first().map(|(currency, tiers)| tiers_in(*currency, tiers)).unwrap_or_default()
        });
        /// Whether it is in stock or can be backordered. A kit is available if all of its components are.
        available_for_sale: from(AVAILABILITY_OF_VARIANT, |variant| variant.id, |variant, found| {
            stock(variant, found).allows(1)
        });
        /// The number of units that can be bought; null if stock is not tracked.
        quantity_available: from(AVAILABILITY_OF_VARIANT, |variant| variant.id, |variant, found| {
            let stock = stock(variant, found);
            stock.tracked.then_some(stock.available)
        });
        /// Whether stock is tracked. A variant without tracking never runs out.
        tracks_inventory: from(AVAILABILITY_OF_VARIANT, |variant| variant.id, |variant, found| {
            stock(variant, found).tracked
        });
        /// Whether it can be sold when it is out of stock.
        allows_backorder: from(AVAILABILITY_OF_VARIANT, |variant| variant.id, |variant, found| {
            stock(variant, found).backorder
        });
        /// The image of this variant; if it has none, the product's first image.
        image: pick(ProductImage, IMAGES_OF_PRODUCT, |variant| variant.product_id, |variant, images| {
            let own = images.iter().find(|image| Some(image.id) == variant.image_id);
            own.or(images.first()).cloned()
        });
        /// The product this variant belongs to.
        product: option(Product, PRODUCT, |variant| variant.product_id);
        /// The base prices in each currency, for all buyers and quantities. Prices of price lists are found on the
        /// price lists.
        prices: many(Price, PRICES_OF_VARIANT, |variant| variant.id).requires(&CATALOG);
        /// The inventory items that one unit uses: one unit of its own item, or for a kit the units of several items.
        inventory_items: many(InventoryComponent, COMPONENTS_OF_VARIANT, |variant| variant.id).requires(&STOCK);
        /// The stock of all its inventory items at each location.
        stock_levels: many(StockLevel, LEVELS_OF_VARIANT, |variant| variant.id).requires(&STOCK);
    }
}

object! {
    /// A category in the shop's category tree.
    pub Category for catalog::Category, implements Node {
        /// Id.
        id;
        /// Handle, unique, used in URLs.
        handle;
        /// Name.
        name;
        /// The parent category; null for a top-level category.
        parent: option(Category, CATEGORY, |category| category.parent_id);
        /// The direct subcategories, sorted by name.
        children: many(Category, CATEGORIES_BELOW, |category| category.id);
        /// The products in this category and in all categories below it.
        products(ProductListArgs): page(Product, PRODUCT_LIST, |category, args, cx| {
            args.list(cx.scope(), |filter| filter.category_id = Some(category.id))
        });
    }
}

object! {
    /// A manually curated set of products.
    pub Collection for catalog::Collection, implements Node {
        /// Id.
        id;
        /// Handle, unique, used in URLs.
        handle;
        /// Title.
        title;
        /// Description as HTML without scripts.
        description_html;
        /// The products in the collection.
        products(ProductListArgs): page(Product, PRODUCT_LIST, |collection, args, cx| {
            args.list(cx.scope(), |filter| filter.collection_id = Some(collection.id))
        });
    }
}
