//! Collects the rows of one handle into a product.

use std::collections::{HashMap, HashSet};

use rust_decimal::RoundingStrategy::MidpointAwayFromZero;
use rust_decimal::prelude::ToPrimitive;

use super::columns;
use super::model::{
    ImportEntry, MAX_IMAGES, MAX_VARIANTS, RowProblem, ShopifyImage, ShopifyOption, ShopifyProduct, ShopifyVariant,
};
use super::row::{Row, decimal};

/// The maximum number of problems per product, so that a file of bad rows does not exhaust memory.
const MAX_PROBLEMS: usize = 100;

/// A product that may have more rows.
pub(super) struct ProductDraft {
    product: ShopifyProduct,
    started: bool,
    /// The line of each combination of option values.
    combinations: HashMap<Vec<String>, u64>,
    problems: Vec<RowProblem>,
}

impl ProductDraft {
    pub(super) fn new(handle: &str, line: u64, continuation: bool) -> Self {
        let product = ShopifyProduct { handle: handle.to_owned(), line, continuation, ..ShopifyProduct::default() };
        Self { product, started: false, combinations: HashMap::new(), problems: Vec::new() }
    }

    /// Whether the row belongs to this product. A row without handle and title is damaged and counted to the preceding
    /// product, so that it is not half imported.
    pub(super) fn owns(&self, row: &Row<'_>) -> bool {
        let handle = row.text(columns::HANDLE);
        handle == self.product.handle || handle.is_empty() && row.text(columns::TITLE).is_empty()
    }

    /// Adds a row. If the first row is unusable, the others are only checked for damage: without option names their
    /// values cannot be validated.
    pub(super) fn take(&mut self, mut row: Row<'_>) {
        if row.problems.is_empty() {
            if row.text(columns::HANDLE).is_empty() {
                row.reject(columns::HANDLE, "required");
            } else if self.started || self.problems.is_empty() {
                self.read(&mut row);
            }
        }
        let room = MAX_PROBLEMS.saturating_sub(self.problems.len());
        self.problems.extend(row.problems.into_iter().take(room));
    }

    /// Marks the product as unusable, whatever its columns say.
    pub(super) fn reject(&mut self, line: u64, message: impl Into<String>) {
        self.problems.push(RowProblem { line, column: None, message: message.into() });
    }

    pub(super) fn finish(mut self) -> ImportEntry {
        if self.problems.is_empty() {
            self.product.images.sort_by_key(|image| image.position.unwrap_or(i32::MAX));
            return ImportEntry::Product(self.product);
        }
        let handle = Some(self.product.handle).filter(|handle| !handle.is_empty());
        ImportEntry::Skipped { handle, problems: self.problems }
    }

    fn read(&mut self, row: &mut Row<'_>) {
        let first = !std::mem::replace(&mut self.started, true);
        if first {
            self.read_product(row);
        }
        if self.is_variant(row, first) {
            if self.product.variants.is_empty() && self.product.options.is_empty() {
                self.name_options(row);
            }
            self.read_variant(row);
        } else if !row.text(columns::PRICE).is_empty() || !row.text(columns::SKU).is_empty() {
            row.reject(columns::OPTION_VALUES[0], "required: the row has a price or SKU, so it is a variant");
        }
        self.read_images(row);
    }

    fn read_product(&mut self, row: &mut Row<'_>) {
        if row.text(columns::TITLE).is_empty() && !self.product.continuation {
            row.reject(columns::TITLE, "required in the first row of a product");
        }
        let active = row.choice(columns::STATUS, true, &["active"], &["draft", "archived", "unlisted"]);
        let product = &mut self.product;
        product.title = row.text(columns::TITLE).to_owned();
        product.description_html = row.text(columns::BODY).to_owned();
        product.vendor = row.non_blank(columns::VENDOR);
        product.product_type = row.non_blank(columns::TYPE);
        product.tags = tags(row.text(columns::TAGS));
        product.published = flag(row, columns::PUBLISHED, true) && active;
        product.category = category(row.text(columns::CATEGORY));
        product.collections = row.non_blank(columns::COLLECTION).into_iter().collect();
        product.seo_title = row.non_blank(columns::SEO_TITLE);
        product.seo_description = row.non_blank(columns::SEO_DESCRIPTION);
    }

    /// The first row is a variant even without option values; only in a continuation may it be just an image.
    fn is_variant(&self, row: &Row<'_>, first: bool) -> bool {
        let has_values = columns::OPTION_VALUES.iter().any(|column| !row.text(column).is_empty());
        let first_priced = self.product.variants.is_empty() && !row.text(columns::PRICE).is_empty();
        has_values || if self.product.continuation { first_priced } else { first }
    }

    /// Reads the option names from the first variant.
    fn name_options(&mut self, row: &mut Row<'_>) {
        if is_default(row) {
            return;
        }
        let options = &mut self.product.options;
        for (column, value) in columns::OPTION_NAMES.into_iter().zip(columns::OPTION_VALUES) {
            let (name, has_value) = (row.text(column), !row.text(value).is_empty());
            if name.is_empty() && has_value && !self.product.continuation {
                row.reject(column, "required, because the option has a value");
            } else if !name.is_empty() && options.iter().any(|option| same(&option.name, name)) {
                row.reject_text(column, "names two options");
            }
            if has_value || !name.is_empty() {
                options.push(ShopifyOption { name: name.to_owned(), values: Vec::new() });
            }
        }
    }

    fn read_variant(&mut self, row: &mut Row<'_>) {
        let option_values = self.option_values(row);
        if row.text(columns::PRICE).is_empty() {
            row.reject(columns::PRICE, "required");
        }
        let price = row.money(columns::PRICE).unwrap_or_default();
        let variant = ShopifyVariant {
            line: row.line,
            option_values,
            sku: row.code(columns::SKU),
            barcode: row.code(columns::BARCODE),
            weight_grams: row.parse(columns::GRAMS, "is not a weight in grams", whole_grams),
            tracked: !row.text(columns::TRACKER).is_empty(),
            quantity: row.parse(columns::QUANTITY, "is not a whole number", |text| text.parse().ok()).unwrap_or(0),
            allow_backorder: row.choice(columns::POLICY, false, &["continue", "true"], &["deny", "false"]),
            price,
            compare_at_price: row.money(columns::COMPARE_AT).filter(|compare_at_price| *compare_at_price > price),
            prices: row.market_prices(),
            requires_shipping: flag(row, columns::REQUIRES_SHIPPING, row.place(columns::REQUIRES_SHIPPING).is_none()),
            taxable: flag(row, columns::TAXABLE, row.place(columns::TAXABLE).is_none()),
            image: row.non_blank(columns::VARIANT_IMAGE),
        };
        if row.problems.is_empty() {
            self.keep_variant(row, variant);
        }
    }

    fn option_values(&self, row: &mut Row<'_>) -> Vec<String> {
        let mut values = Vec::with_capacity(self.product.options.len());
        for (at, column) in columns::OPTION_VALUES.into_iter().enumerate() {
            let value = row.text(column);
            match self.product.options.get(at) {
                Some(_) if value.is_empty() => {
                    row.reject(column, "required: every variant has a value for every option")
                }
                Some(_) => values.push(value.to_owned()),
                None if value.is_empty() || (at == 0 && same(value, "Default Title")) => {}
                None => row.reject_text(column, "is a value of an option that has no name"),
            }
        }
        values
    }

    fn keep_variant(&mut self, row: &mut Row<'_>, variant: ShopifyVariant) {
        let first_value = columns::OPTION_VALUES[0];
        if self.product.variants.len() == MAX_VARIANTS {
            return row.reject(first_value, format!("a product has at most {MAX_VARIANTS} variants"));
        }
        if let Some(line) = self.combinations.insert(variant.option_values.clone(), row.line) {
            return row.reject(first_value, format!("line {line} has the same combination of options"));
        }
        for (option, value) in self.product.options.iter_mut().zip(&variant.option_values) {
            if !option.values.contains(value) {
                option.values.push(value.clone());
            }
        }
        self.product.variants.push(variant);
    }

    /// Adds the image of the row and that of its variant, each URL once.
    fn read_images(&mut self, row: &mut Row<'_>) {
        let from_one = |text: &str| text.parse().ok().filter(|position| *position >= 1);
        let position = row.parse(columns::IMAGE_POSITION, "is not a position: they count from 1", from_one);
        let (src, alt) = (row.non_blank(columns::IMAGE_SRC), row.non_blank(columns::IMAGE_ALT));
        let of_row = src.map(|src| ShopifyImage { src, alt, position });
        let of_variant =
            row.non_blank(columns::VARIANT_IMAGE).map(|src| ShopifyImage { src, alt: None, position: None });
        let images = &mut self.product.images;
        for image in of_row.into_iter().chain(of_variant) {
            if let Some(known) = images.iter_mut().find(|known| known.src == image.src) {
                known.alt = known.alt.take().or(image.alt);
                known.position = known.position.or(image.position);
            } else if images.len() == MAX_IMAGES {
                row.reject(columns::IMAGE_SRC, format!("a product has at most {MAX_IMAGES} images"));
            } else {
                images.push(image);
            }
        }
    }
}

/// Whether the product has no options: Shopify then writes the option `Title` with the value `Default Title`.
fn is_default(row: &Row<'_>) -> bool {
    let (name, value) = (row.text(columns::OPTION_NAMES[0]), row.text(columns::OPTION_VALUES[0]));
    (name.is_empty() || same(name, "Title")) && (value.is_empty() || same(value, "Default Title"))
}

fn flag(row: &mut Row<'_>, column: &[&str], blank: bool) -> bool {
    row.choice(column, blank, &["true"], &["false"])
}

fn whole_grams(text: &str) -> Option<i32> {
    decimal(text)?.round_dp_with_strategy(0, MidpointAwayFromZero).to_i32()
}

fn tags(text: &str) -> Vec<String> {
    let mut known = HashSet::new();
    let tags = text.split(',').map(str::trim).filter(|tag| !tag.is_empty());
    tags.filter(|tag| known.insert(tag.to_lowercase())).map(str::to_owned).collect()
}

/// The category path. A bare number is an entry of Google's taxonomy and is ignored.
fn category(text: &str) -> Vec<String> {
    let names = text.split('>').map(str::trim).filter(|name| !name.is_empty() && name.parse::<u64>().is_err());
    names.map(str::to_owned).collect()
}

fn same(one: &str, other: &str) -> bool {
    one.to_lowercase() == other.to_lowercase()
}
