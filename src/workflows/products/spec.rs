//! Product input.

use async_graphql::InputObject;

use crate::domain::catalog::ProductDetails;
use crate::kernel::decimal::Decimal;
use crate::kernel::ids::{CollectionId, ImageId};
use crate::kernel::money::Currency;
use crate::kernel::patch::Patch;

/// A product to create.
#[derive(Clone, Debug, Default, PartialEq, InputObject)]
#[graphql(name = "ProductCreateInput")]
pub struct ProductSpec {
    /// Title: at most 255 characters.
    pub title: String,
    /// Handle, used in URLs: lower-case letters, digits and hyphens. If omitted, it is derived from the title, with a number
    /// appended if another product has it: `field-notebook-2`.
    pub handle: Option<String>,
    /// What describes it.
    #[graphql(flatten)]
    pub details: ProductDetails,
    /// The collections the product belongs to.
    #[graphql(default)]
    pub collection_ids: Vec<CollectionId>,
    /// Whether to publish the product immediately. At least one variant must then have a price.
    #[graphql(default)]
    pub publish: bool,
    /// The options in which its variants differ.
    #[graphql(default)]
    pub options: Vec<OptionSpec>,
    /// The images, in display order.
    #[graphql(default)]
    pub images: Vec<ImageSpec>,
    /// The variants, in display order. If omitted, one variant without a price is created.
    #[graphql(default)]
    pub variants: Vec<VariantSpec>,
}

/// An option in which variants differ.
#[derive(Clone, Debug, Default, PartialEq, Eq, InputObject)]
#[graphql(name = "ProductOptionInput")]
pub struct OptionSpec {
    /// Name, such as `Size`.
    pub name: String,
    /// The values, in display order. Values used by variants but not listed here are added.
    #[graphql(default)]
    pub values: Vec<String>,
}

/// An image to add.
#[derive(Clone, Debug, Default, PartialEq, Eq, InputObject)]
#[graphql(name = "ProductImageInput")]
pub struct ImageSpec {
    /// The URL of the image: absolute, or a path on this server.
    pub url: String,
    /// Alternative text for people who cannot see the image.
    #[graphql(default)]
    pub alt: String,
}

/// A variant to create.
#[derive(Clone, Debug, PartialEq, InputObject)]
#[graphql(name = "VariantInput")]
pub struct VariantSpec {
    /// One value for each option of the product, in the order of the options. Empty for a product without options.
    #[graphql(default)]
    pub option_values: Vec<String>,
    /// Stock-keeping unit (SKU), unique.
    pub sku: Option<String>,
    /// Barcode.
    pub barcode: Option<String>,
    /// Weight in grams.
    pub weight_grams: Option<i32>,
    /// Whether it is shipped.
    #[graphql(default = true)]
    pub requires_shipping: bool,
    /// Whether it is taxed.
    #[graphql(default = true)]
    pub taxable: bool,
    /// Whether its stock is tracked.
    #[graphql(default = true)]
    pub track_inventory: bool,
    /// Whether it can be sold when it is out of stock.
    #[graphql(default)]
    pub allow_backorder: bool,
    /// The initial stock at the first stock location.
    #[graphql(default)]
    pub stock: i32,
    /// The URL of the image of this variant. It is added to the product's images if it is not among them.
    pub image_url: Option<String>,
    /// Prices. The variant cannot be bought in a currency without a price.
    #[graphql(default)]
    pub prices: Vec<PriceSpec>,
}

impl Default for VariantSpec {
    fn default() -> Self {
        Self {
            option_values: Vec::new(),
            sku: None,
            barcode: None,
            weight_grams: None,
            requires_shipping: true,
            taxable: true,
            track_inventory: true,
            allow_backorder: false,
            stock: 0,
            image_url: None,
            prices: Vec::new(),
        }
    }
}

/// A price in a currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, InputObject)]
#[graphql(name = "PriceInput")]
pub struct PriceSpec {
    /// The currency.
    #[graphql(name = "currencyCode")]
    pub currency: Currency,
    /// The price in major units, with no more decimals than the currency has.
    pub amount: Decimal,
    /// The price before a reduction, in major units; must be higher than the price.
    pub compare_at_price: Option<Decimal>,
}

/// The changes to a variant. Omitted fields keep their values.
#[derive(Clone, Debug, InputObject)]
#[graphql(name = "VariantUpdateInput")]
pub struct UpdateVariant {
    /// One value for each option of the product, in the order of the options.
    pub option_values: Option<Vec<String>>,
    /// Stock-keeping unit (SKU), unique; null removes it.
    pub sku: Patch<String>,
    /// Barcode; null removes it.
    pub barcode: Patch<String>,
    /// Weight in grams; null removes it.
    pub weight_grams: Patch<i32>,
    /// Whether it is shipped.
    pub requires_shipping: Option<bool>,
    /// Whether it is taxed.
    pub taxable: Option<bool>,
    /// Whether its stock is tracked.
    pub track_inventory: Option<bool>,
    /// Whether it can be sold when it is out of stock.
    pub allow_backorder: Option<bool>,
    /// The image of the product that shows this variant; null means the product's first image.
    pub image_id: Patch<ImageId>,
    /// The position among the product's variants, starting at 0.
    pub position: Option<i32>,
}
