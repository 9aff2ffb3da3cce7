//! Converts specs to rows. Pure.

use std::collections::HashSet;

use super::ProductEditingError;
use super::spec::{OptionSpec, PriceSpec, ProductSpec, VariantSpec};
use crate::domain::catalog::{Product, ProductImage, ProductOption, ProductRows, Variant, check_new, title_of};
use crate::domain::inventory::{NewItem, check_opening};
use crate::domain::pricing::{PriceRow, check_base};
use crate::kernel::clock::Timestamp;
use crate::kernel::error::{ErrorCode, UserError, UserFacing};
use crate::kernel::ids::{ImageId, OptionId, ProductId, VariantId};
use crate::kernel::text::{Validator, handle_from, non_blank};

/// The maximum number of options of a product.
const MAX_OPTIONS: usize = 10;
/// The maximum number of values of an option.
const MAX_CHOICES: usize = 2_000;

/// The maximum length of an inventory item's title, which combines the titles of its product and variant.
const MAX_ITEM_TITLE: usize = 500;

/// The rows of new products, and their places in the input.
#[derive(Debug, Default)]
pub(super) struct Built {
    pub(super) rows: ProductRows,
    pub(super) items: Vec<NewItem>,
    pub(super) prices: Vec<PriceRow>,
    /// The input path of each image.
    pub(super) image_places: Vec<String>,
    /// The indexes of the variant and the price in the spec, for each price.
    pub(super) price_places: Vec<(usize, usize)>,
    /// Errors of the specs themselves. The rows are built nevertheless, so that their errors are found too.
    wrong: Vec<UserError>,
}

/// Builds the rows of these products.
pub(super) fn build(specs: Vec<ProductSpec>, now: Timestamp) -> Built {
    let (mut built, mut validator) = (Built::default(), Validator::new());
    for spec in specs {
        built.add(&mut validator, spec, now);
    }
    built.wrong = validator.finish().err().unwrap_or_default();
    built
}

impl Built {
    /// Returns all errors that can be found without the database, at paths below `input`, as if there were one product.
    pub(super) fn user_errors(&self) -> Vec<UserError> {
        let checked: [Result<(), ProductEditingError>; 3] = [
            check_new(&self.rows).map_err(Into::into),
            check_opening(&self.items).map_err(Into::into),
            check_base(&self.prices, "input.prices").map_err(Into::into),
        ];
        let found = checked.into_iter().filter_map(Result::err).flat_map(|error| self.placed(error).user_errors());
        self.wrong.iter().cloned().chain(found).collect()
    }

    /// Renames images and prices in the error's paths to those of the specs.
    pub(super) fn placed(&self, error: ProductEditingError) -> ProductEditingError {
        let price =
            |n: usize| self.price_places.get(n).map(|(variant, n)| format!("input.variants.{variant}.prices.{n}"));
        error.relocated("images", |n| self.image_places.get(n).cloned()).relocated("prices", price)
    }

    fn add(&mut self, validator: &mut Validator, mut spec: ProductSpec, now: Timestamp) {
        let id = ProductId::new();
        if spec.variants.is_empty() && spec.options.is_empty() {
            spec.variants.push(VariantSpec::default());
        } else if spec.variants.is_empty() {
            validator.add(
                "input.variants",
                ErrorCode::Required,
                "A product with options must have at least one variant.",
            );
        }
        if spec.publish && !spec.variants.is_empty() && spec.variants.iter().all(|variant| variant.prices.is_empty()) {
            let message =
                "A product without a price cannot be published: give a variant a price, or leave out publish.";
            validator.add("input.variants", ErrorCode::Required, message);
        }
        let mut options = options(validator, id, &spec.options);
        self.add_images(id, &spec);
        self.add_variants(validator, (id, spec.title.trim()), &mut options, &spec.variants, now);
        self.rows.options.append(&mut options);
        self.rows.collections.extend(spec.collection_ids.iter().map(|collection| (*collection, id)));
        let title = spec.title.trim().to_owned();
        let handle = non_blank(spec.handle).unwrap_or_else(|| handle_from(&title));
        let mut product = Product::new(id, handle, title, now);
        product.published_at = spec.publish.then_some(now);
        spec.details.apply(&mut product);
        self.rows.products.push(product);
    }

    /// Adds the product's images and those given only by a variant, each URL once.
    fn add_images(&mut self, id: ProductId, spec: &ProductSpec) {
        let own = spec.images.iter().enumerate();
        let own = own.map(|(n, image)| (image.url.as_str(), image.alt.as_str(), format!("input.images.{n}")));
        let named = spec.variants.iter().enumerate();
        let named = named.filter_map(|(n, variant)| Some((variant.image_url.as_deref()?, n)));
        let named = named.map(|(url, n)| (url, "", format!("input.variants.{n}.imageUrl")));
        let first = self.rows.images.len();
        for (url, alt, place) in own.chain(named) {
            if self.rows.images[first..].iter().all(|known| known.url != url) {
                let position = index(self.rows.images.len() - first);
                let (url, alt) = (url.to_owned(), alt.to_owned());
                self.rows.images.push(ProductImage { id: ImageId::new(), product_id: id, url, alt, position });
                self.image_places.push(place);
            }
        }
    }

    fn add_variants(
        &mut self,
        validator: &mut Validator,
        (product, title): (ProductId, &str),
        options: &mut [ProductOption],
        specs: &[VariantSpec],
        now: Timestamp,
    ) {
        let mut seen = HashSet::new();
        for (place, spec) in specs.iter().enumerate() {
            let path = format!("input.variants.{place}.optionValues");
            let values = trimmed(&spec.option_values);
            match fits(&values, options, &path) {
                Err(problem) => validator.add(&path, problem.code, problem.message),
                Ok(()) => {
                    add_choices(options, &values);
                    if !seen.insert(values.clone()) {
                        let message =
                            "Another variant of this product already has the same option values: choose others.";
                        validator.add(&path, ErrorCode::Taken, message);
                    }
                }
            }
            let image = self.rows.images.iter().rev().take_while(|image| image.product_id == product);
            let image_id = spec
                .image_url
                .as_ref()
                .and_then(|url| image.clone().find(|image| image.url == *url))
                .map(|image| image.id);
            let variant = variant(product, spec, values, now);
            self.items.push(item(title, &variant, spec));
            self.prices.extend(prices(variant.id, &spec.prices));
            self.price_places.extend((0..spec.prices.len()).map(|price| (place, price)));
            self.rows.variants.push(Variant { image_id, position: index(place), ..variant });
        }
    }
}

fn options(validator: &mut Validator, product: ProductId, specs: &[OptionSpec]) -> Vec<ProductOption> {
    validator.count("input.options", specs.len(), MAX_OPTIONS);
    let mut options: Vec<ProductOption> = Vec::with_capacity(specs.len());
    for (place, spec) in specs.iter().enumerate() {
        let path = format!("input.options.{place}");
        let name = spec.name.trim().to_owned();
        if options.iter().any(|other| other.name.to_lowercase() == name.to_lowercase()) {
            validator.add(&format!("{path}.name"), ErrorCode::Taken, "Each option must have a different name.");
        }
        validator.count(&format!("{path}.values"), spec.values.len(), MAX_CHOICES);
        let mut choices: Vec<String> = Vec::with_capacity(spec.values.len());
        for (place, choice) in trimmed(&spec.values).into_iter().enumerate() {
            validator.line(&format!("{path}.values.{place}"), &choice, 255);
            validator.required(&format!("{path}.values.{place}"), &choice);
            if !choices.contains(&choice) {
                choices.push(choice);
            }
        }
        options.push(ProductOption { id: OptionId::new(), product_id: product, name, position: index(place), choices });
    }
    options
}

/// Checks that there is a value for each option.
pub(super) fn fits(values: &[String], options: &[ProductOption], path: &str) -> Result<(), UserError> {
    if values.len() == options.len() {
        return Ok(());
    }
    let names: Vec<_> = options.iter().map(|option| option.name.as_str()).collect();
    let message = match names.as_slice() {
        [] => "Omit the option values: the product has no options.".to_owned(),
        names => format!("Specify one value for each option of the product, in this order: {}.", names.join(", ")),
    };
    Err(UserError::new(ErrorCode::Invalid, message).at(path))
}

/// Adds missing values to the options; returns whether any was added.
pub(crate) fn add_choices(options: &mut [ProductOption], values: &[String]) -> bool {
    let mut added = false;
    for (option, value) in options.iter_mut().zip(values) {
        if !option.choices.contains(value) {
            option.choices.push(value.clone());
            added = true;
        }
    }
    added
}

/// Builds the row of a new variant, without an image and at the first position.
pub(crate) fn variant(product: ProductId, spec: &VariantSpec, option_values: Vec<String>, now: Timestamp) -> Variant {
    Variant {
        id: VariantId::new(),
        product_id: product,
        title: title_of(&option_values),
        sku: non_blank(spec.sku.clone()),
        barcode: non_blank(spec.barcode.clone()),
        option_values,
        position: 0,
        weight_grams: spec.weight_grams,
        requires_shipping: spec.requires_shipping,
        taxable: spec.taxable,
        image_id: None,
        version: 1,
        created_at: now,
        updated_at: now,
    }
}

/// Builds the inventory item of a new variant of a product with this title.
pub(crate) fn item(product: &str, variant: &Variant, spec: &VariantSpec) -> NewItem {
    let title = match variant.option_values.is_empty() {
        true => product.to_owned(),
        false => format!("{product} / {}", variant.title),
    };
    NewItem {
        variant_id: variant.id,
        sku: variant.sku.clone(),
        title: title.chars().take(MAX_ITEM_TITLE).collect(),
        tracked: spec.track_inventory,
        backorder: spec.allow_backorder,
        stocked: spec.stock,
    }
}

/// Builds the rows of a variant's prices.
pub(crate) fn prices(variant_id: VariantId, specs: &[PriceSpec]) -> impl Iterator<Item = PriceRow> {
    specs.iter().map(move |spec| {
        let PriceSpec { currency, amount, compare_at_price } = *spec;
        PriceRow::base(variant_id, currency, Some(amount.0), compare_at_price.map(|before| before.0))
    })
}

pub(super) fn trimmed(texts: &[String]) -> Vec<String> {
    texts.iter().map(|text| text.trim().to_owned()).collect()
}

pub(crate) fn index(place: usize) -> i32 {
    i32::try_from(place).unwrap_or(i32::MAX)
}

#[cfg(test)]
mod tests {
    use super::build;
    use crate::kernel::clock::Timestamp;
    use crate::kernel::decimal::Decimal;
    use crate::kernel::error::ErrorCode;
    use crate::workflows::products::{ImageSpec, OptionSpec, PriceSpec, ProductSpec, VariantSpec};

    fn now() -> Timestamp {
        Timestamp::from_timestamp_micros(0).unwrap()
    }

    fn sized(sizes: &[&str]) -> ProductSpec {
        let option = OptionSpec { name: "Size".to_owned(), values: vec!["S".to_owned()] };
        let variant = |size: &&str| VariantSpec { option_values: vec![(*size).to_owned()], ..VariantSpec::default() };
        let variants = sizes.iter().map(variant).collect();
        ProductSpec { title: " Work Shirt ".to_owned(), options: vec![option], variants, ..ProductSpec::default() }
    }

    #[test]
    fn a_product_without_options_has_one_variant() {
        let built = build(vec![ProductSpec { title: "Mug".to_owned(), ..ProductSpec::default() }], now());
        let [variant] = built.rows.variants.as_slice() else { panic!("{:?}", built.rows.variants) };
        assert_eq!((variant.title.as_str(), built.rows.products[0].handle.as_str()), ("Default", "mug"));
        assert!(built.prices.is_empty() && built.items[0].tracked);
        let two = ProductSpec { variants: vec![VariantSpec::default(); 2], ..ProductSpec::default() };
        let problems = build(vec![two], now()).wrong;
        assert_eq!(problems[0].path.join("."), "input.variants.1.optionValues");
    }

    #[test]
    fn choices_are_the_given_ones_and_those_that_variants_name() {
        let built = build(vec![sized(&["M", "S", " L "])], now());
        assert_eq!(built.rows.options[0].choices, ["S", "M", "L"]);
        let titles: Vec<_> = built.rows.variants.iter().map(|variant| variant.title.as_str()).collect();
        assert_eq!(titles, ["M", "S", "L"]);
        assert_eq!(built.rows.products[0].title, "Work Shirt");
    }

    #[test]
    fn values_have_to_fit_the_options_and_no_combination_comes_twice() {
        let mut spec = sized(&["S", "M", "S"]);
        spec.variants[1].option_values.clear();
        let found: Vec<_> =
            build(vec![spec], now()).wrong.into_iter().map(|problem| (problem.code, problem.path.join("."))).collect();
        let at = |n: usize| format!("input.variants.{n}.optionValues");
        assert_eq!(found, [(ErrorCode::Invalid, at(1)), (ErrorCode::Taken, at(2))]);
    }

    #[test]
    fn everything_wrong_is_reported_at_once_where_it_was_given() {
        let euro = |amount: &str| PriceSpec {
            currency: "EUR".parse().unwrap(),
            amount: Decimal(amount.parse().unwrap()),
            compare_at_price: None,
        };
        let mut spec = sized(&["S", "M"]);
        spec.title = " ".to_owned();
        spec.images = vec![ImageSpec { url: "ftp://a".to_owned(), alt: String::new() }];
        spec.variants[0].option_values.clear();
        spec.variants[0].stock = -1;
        spec.variants[1].image_url = Some("b".to_owned());
        spec.variants[1].weight_grams = Some(-1);
        spec.variants[1].prices = vec![euro("5"), euro("5.005")];
        let found: Vec<_> =
            build(vec![spec], now()).user_errors().into_iter().map(|problem| problem.path.join(".")).collect();
        assert_eq!(
            found,
            [
                "input.variants.0.optionValues",
                "input.title",
                "input.images.0.url",
                "input.variants.1.imageUrl",
                "input.variants.1.weightGrams",
                "input.variants.0.stock",
                "input.variants.1.prices.1.amount",
                "input.variants.1.prices.1.currencyCode",
            ]
        );
    }

    #[test]
    fn what_is_published_has_a_price() {
        let published = ProductSpec { title: "Mug".to_owned(), publish: true, ..ProductSpec::default() };
        let problems = build(vec![published], now()).user_errors();
        assert_eq!((problems[0].code, problems[0].path.join(".").as_str()), (ErrorCode::Required, "input.variants"));
    }

    #[test]
    fn images_are_there_once_and_variants_bring_theirs() {
        let image = |url: &str| ImageSpec { url: url.to_owned(), alt: url.to_uppercase() };
        let mut spec = sized(&["S", "M"]);
        spec.images = vec![image("/a"), image("/a"), image("/b")];
        spec.variants[0].image_url = Some("/b".to_owned());
        spec.variants[1].image_url = Some("/c".to_owned());
        let rows = build(vec![spec], now()).rows;
        let urls: Vec<_> = rows.images.iter().map(|image| (image.url.as_str(), image.position)).collect();
        assert_eq!(urls, [("/a", 0), ("/b", 1), ("/c", 2)]);
        let shown: Vec<_> = rows.variants.iter().map(|variant| variant.image_id).collect();
        assert_eq!(shown, [Some(rows.images[1].id), Some(rows.images[2].id)]);
    }
}
