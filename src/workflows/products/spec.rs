//! Products as their writers describe them.

use rust_decimal::Decimal;

use crate::kernel::ids::{CategoryId, CollectionId, ImageId, TaxClassId};
use crate::kernel::money::Currency;

/// A product to make, with everything that is sold under it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ProductSpec {
    /// Title.
    pub title: String,
    /// Handle; made from the title when `None`.
    pub handle: Option<String>,
    /// Description as HTML, which is cleaned.
    pub description_html: String,
    /// Who makes it.
    pub vendor: String,
    /// What kind of thing it is.
    pub product_type: String,
    /// Words to filter by.
    pub tags: Vec<String>,
    /// Its category.
    pub category_id: Option<CategoryId>,
    /// Its tax class; `None` is taxed by default.
    pub tax_class_id: Option<TaxClassId>,
    /// The collections that it is in.
    pub collection_ids: Vec<CollectionId>,
    /// Title for search engines; empty means the title.
    pub seo_title: String,
    /// Description for search engines.
    pub seo_description: String,
    /// Whether shoppers see it from now on.
    pub published: bool,
    /// The ways in which its variants differ.
    pub options: Vec<OptionSpec>,
    /// Its pictures, in their order; an address that is there twice counts once.
    pub images: Vec<ImageSpec>,
    /// What is sold. A product without options has one, which may be left out: then it has no price yet.
    pub variants: Vec<VariantSpec>,
}

/// A way in which variants differ, such as the size.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OptionSpec {
    /// Name, such as `Size`.
    pub name: String,
    /// Choices in the order in which they are shown; ones that only a variant names come after them.
    pub choices: Vec<String>,
}

/// A picture.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImageSpec {
    /// Where it is: a web address, or a path on this server.
    pub url: String,
    /// What it shows, for those who cannot see it.
    pub alt: String,
}

/// A variant to make.
#[derive(Clone, Debug, PartialEq)]
pub struct VariantSpec {
    /// One choice for each of the product's options, in their order.
    pub option_values: Vec<String>,
    /// Stock-keeping unit, unique; blank means none.
    pub sku: Option<String>,
    /// Barcode (EAN, UPC).
    pub barcode: Option<String>,
    /// Weight in grams.
    pub weight_grams: Option<i32>,
    /// Whether it has to be sent.
    pub requires_shipping: bool,
    /// Whether tax is charged on it.
    pub taxable: bool,
    /// Whether units are counted.
    pub tracked: bool,
    /// Whether it is sold when there is none left.
    pub backorder: bool,
    /// Units at the first location.
    pub stock: i32,
    /// The picture that shows it; added to the product's when it is not among them.
    pub image_url: Option<String>,
    /// What it costs; without a price in a currency it cannot be bought there.
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
            tracked: true,
            backorder: false,
            stock: 0,
            image_url: None,
            prices: Vec::new(),
        }
    }
}

/// What a variant costs in a currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PriceSpec {
    /// In which currency.
    pub currency: Currency,
    /// The price, in major units.
    pub amount: Decimal,
    /// What it cost before, higher than the price.
    pub compare_at: Option<Decimal>,
}

/// What to change of a variant; `None` leaves a thing as it is, `Some(None)` takes it away.
#[derive(Clone, Debug, Default)]
pub struct VariantChanges {
    /// One choice for each of the product's options, in their order.
    pub option_values: Option<Vec<String>>,
    /// Stock-keeping unit.
    pub sku: Option<Option<String>>,
    /// Barcode (EAN, UPC).
    pub barcode: Option<Option<String>>,
    /// Weight in grams.
    pub weight_grams: Option<Option<i32>>,
    /// Whether it has to be sent.
    pub requires_shipping: Option<bool>,
    /// Whether tax is charged on it.
    pub taxable: Option<bool>,
    /// Whether units are counted.
    pub tracked: Option<bool>,
    /// Whether it is sold when there is none left.
    pub backorder: Option<bool>,
    /// The picture that shows it, one of the product's.
    pub image_id: Option<Option<ImageId>>,
    /// Its place among the product's variants, from 0; the others move on.
    pub position: Option<i32>,
}
