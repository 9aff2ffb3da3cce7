//! Compares a product with its data in a file. Pure.

use std::collections::{HashMap, HashSet};

use crate::domain::catalog::{Product, ProductImage, ProductOption, ProductRows, Variant};
use crate::domain::inventory::{NewItem, StockItem};
use crate::domain::pricing::{Price, PriceRow};
use crate::kernel::clock::Timestamp;
use crate::kernel::decimal::Decimal;
use crate::kernel::error::{ErrorCode, UserError};
use crate::kernel::ids::{CollectionId, ImageId, VariantId};
use crate::workflows::products::rows::{item, prices, variant};
use crate::workflows::products::{OptionSpec, ProductSpec, VariantSpec};

/// A product with everything that belongs to it.
#[derive(Clone, Debug)]
pub(super) struct ExistingProduct {
    pub(super) product: Product,
    pub(super) options: Vec<ProductOption>,
    pub(super) images: Vec<ProductImage>,
    pub(super) variants: Vec<Variant>,
    pub(super) items: Vec<StockItem>,
    /// The variants whose stock has been recorded, even as 0.
    pub(super) counted: HashSet<VariantId>,
    pub(super) prices: Vec<Price>,
    pub(super) collections: Vec<CollectionId>,
}

/// The changes to write. A number beside a row is the index of its variant in the spec.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Changes {
    pub(super) product: Option<Product>,
    pub(super) options: Vec<ProductOption>,
    pub(super) images: Vec<ProductImage>,
    /// A variant that the file does not list may have to move.
    pub(super) variants: Vec<(Option<usize>, Variant)>,
    pub(super) items: Vec<(usize, StockItem)>,
    pub(super) prices: Vec<(usize, PriceRow)>,
    /// Images, variants and collection memberships to add.
    pub(super) new: ProductRows,
    pub(super) new_items: Vec<(usize, NewItem)>,
    /// The initial stock of variants that have never had any recorded.
    pub(super) opening: Vec<(usize, VariantId, i32)>,
}

impl Changes {
    pub(super) fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Compares a product with its data in a file. For a `continuation` only options, images and variants count, and they
/// come after existing ones; otherwise the file's order wins and unlisted ones come after.
pub(super) fn diff(
    known: &ExistingProduct,
    spec: &ProductSpec,
    continuation: bool,
    now: Timestamp,
) -> Result<Changes, UserError> {
    let mut changes = Changes::default();
    if !continuation {
        changes.product = product(&known.product, spec, now);
        let missing = spec.collection_ids.iter().filter(|id| !known.collections.contains(id));
        changes.new.collections = missing.map(|id| (*id, known.product.id)).collect();
    }
    let images = images(known, spec, continuation, &mut changes);
    if !spec.variants.is_empty() {
        let places = places(&known.options, &spec.options)?;
        changes.options = options(&known.options, &spec.options, &places, continuation);
        let values = |variant: &VariantSpec| places.iter().map(|place| variant.option_values[*place].clone()).collect();
        let wanted: Vec<_> = spec.variants.iter().map(|variant| (values(variant), variant)).collect();
        variants(known, &wanted, &images, continuation, now, &mut changes);
    }
    Ok(changes)
}

/// The updated product, if it differs.
fn product(known: &Product, spec: &ProductSpec, now: Timestamp) -> Option<Product> {
    let mut wanted = known.clone();
    let title = spec.title.trim();
    if !title.is_empty() {
        title.clone_into(&mut wanted.title);
    }
    spec.details.clone().apply(&mut wanted);
    wanted.published_at = spec.publish.then(|| known.published_at.unwrap_or(now));
    if wanted == *known {
        return None;
    }
    wanted.version += 1;
    wanted.updated_at = now;
    Some(wanted)
}

/// Adds changed and new images to the changes, and returns the IDs of all by URL.
fn images(
    known: &ExistingProduct,
    spec: &ProductSpec,
    continuation: bool,
    changes: &mut Changes,
) -> HashMap<String, ImageId> {
    let mut wanted: HashMap<_, _> =
        spec.images.iter().enumerate().map(|(place, image)| (image.url.as_str(), place)).collect();
    let mut rows: Vec<_> = known
        .images
        .iter()
        .map(|image| Placed { before: Some(image.position), place: wanted.remove(&*image.url), row: image.clone() })
        .collect();
    let mut new: Vec<_> = wanted.into_values().collect();
    new.sort_unstable();
    rows.extend(new.into_iter().map(|place| {
        let (id, product_id, url) = (ImageId::new(), known.product.id, spec.images[place].url.clone());
        Placed {
            before: None,
            place: Some(place),
            row: ProductImage { id, product_id, url, alt: String::new(), position: 0 },
        }
    }));
    for Placed { place, row, .. } in &mut rows {
        if let Some(alt) = place.map(|place| &spec.images[place].alt).filter(|alt| !alt.is_empty()) {
            row.alt.clone_from(alt);
        }
    }
    arrange(&mut rows, continuation, |image, position| image.position = position);
    let ids = rows.iter().map(|placed| (placed.row.url.clone(), placed.row.id)).collect();
    for Placed { before, row, .. } in rows {
        if before.is_none() {
            changes.new.images.push(row);
        } else if !known.images.contains(&row) {
            changes.images.push(row);
        }
    }
    ids
}

/// The index in the file of each of the product's options. An unnamed option matches by index.
fn places(known: &[ProductOption], specs: &[OptionSpec]) -> Result<Vec<usize>, UserError> {
    let same = |spec: &OptionSpec, place: usize, option: &ProductOption, at: usize| match spec.name.trim() {
        "" => place == at,
        name => name.to_lowercase() == option.name.to_lowercase(),
    };
    let place = |(at, option): (usize, &ProductOption)| {
        specs.iter().enumerate().position(|(place, spec)| same(spec, place, option, at))
    };
    let places: Option<Vec<_>> = known.iter().enumerate().map(place).collect();
    let mut unique = places.clone().unwrap_or_default();
    unique.sort_unstable();
    unique.dedup();
    match places {
        Some(places) if specs.len() == known.len() && unique.len() == known.len() => Ok(places),
        _ => {
            let names = |names: Vec<&str>| if names.is_empty() { "none".to_owned() } else { names.join(", ") };
            let message = format!(
                "The product has other options in the shop ({}) than in the file ({}).",
                names(known.iter().map(|option| option.name.as_str()).collect()),
                names(specs.iter().map(|option| option.name.as_str()).collect()),
            );
            Err(UserError::new(ErrorCode::Invalid, message).at("input.options"))
        }
    }
}

/// The options whose values differ.
fn options(known: &[ProductOption], specs: &[OptionSpec], places: &[usize], continuation: bool) -> Vec<ProductOption> {
    let mut changed = Vec::new();
    for (option, place) in known.iter().zip(places) {
        let named = &specs[*place].values;
        let (first, second) = if continuation { (&option.choices, named) } else { (named, &option.choices) };
        let mut choices: Vec<String> = Vec::with_capacity(first.len());
        for choice in first.iter().chain(second) {
            if !choices.contains(choice) {
                choices.push(choice.clone());
            }
        }
        if choices != option.choices {
            changed.push(ProductOption { choices, ..option.clone() });
        }
    }
    changed
}

/// Adds changed and new variants to the changes. `wanted` has the option values in the order of the product's options.
fn variants(
    known: &ExistingProduct,
    wanted: &[(Vec<String>, &VariantSpec)],
    images: &HashMap<String, ImageId>,
    continuation: bool,
    now: Timestamp,
    changes: &mut Changes,
) {
    let mut left: HashMap<_, _> = wanted.iter().enumerate().map(|(place, (values, _))| (values, place)).collect();
    let mut rows: Vec<_> = known
        .variants
        .iter()
        .map(|row| Placed { before: Some(row.position), place: left.remove(&row.option_values), row: row.clone() })
        .collect();
    let mut new: Vec<_> = left.into_values().collect();
    new.sort_unstable();
    rows.extend(new.into_iter().map(|place| {
        let (values, spec) = &wanted[place];
        Placed { before: None, place: Some(place), row: variant(known.product.id, spec, values.clone(), now) }
    }));
    for Placed { place, row, .. } in &mut rows {
        if let Some(place) = *place {
            update(row, wanted[place].1, images);
        }
    }
    arrange(&mut rows, continuation, |row, position| row.position = position);
    let before: HashMap<_, _> = known.variants.iter().map(|row| (row.id, row)).collect();
    for Placed { place, row, .. } in rows {
        let spec = place.map(|place| (place, wanted[place].1));
        match (before.get(&row.id), spec) {
            (Some(before), spec) => {
                if let Some((place, spec)) = spec {
                    stock_and_prices(known, row.id, place, spec, changes);
                }
                if **before != row {
                    let version = row.version + 1;
                    changes.variants.push((place, Variant { version, updated_at: now, ..row }));
                }
            }
            (None, Some((place, spec))) => {
                changes.new_items.push((place, item(&known.product.title, &row, spec)));
                changes.prices.extend(prices(row.id, &spec.prices).map(|price| (place, price)));
                changes.new.variants.push(row);
            }
            (None, None) => {}
        }
    }
}

/// Applies the variant fields of the file; blank ones keep their values.
fn update(row: &mut Variant, spec: &VariantSpec, images: &HashMap<String, ImageId>) {
    row.sku = spec.sku.clone().or_else(|| row.sku.take());
    row.barcode = spec.barcode.clone().or_else(|| row.barcode.take());
    row.weight_grams = spec.weight_grams.or(row.weight_grams);
    row.requires_shipping = spec.requires_shipping;
    row.taxable = spec.taxable;
    let image = spec.image_url.as_ref().and_then(|url| images.get(url));
    row.image_id = image.copied().or(row.image_id);
}

fn stock_and_prices(known: &ExistingProduct, id: VariantId, place: usize, spec: &VariantSpec, changes: &mut Changes) {
    let wanted = StockItem { variant_id: id, tracked: spec.track_inventory, backorder: spec.allow_backorder };
    // Kits are skipped: stock data in files does not apply to their items.
    if known.items.iter().any(|item| item.variant_id == id && *item != wanted) {
        changes.items.push((place, wanted));
    }
    let has_item = known.items.iter().any(|item| item.variant_id == id);
    if spec.stock != 0 && has_item && !known.counted.contains(&id) {
        changes.opening.push((place, id, spec.stock));
    }
    for row in prices(id, &spec.prices) {
        let replaced = known.prices.iter().find(|price| replaces(&row, price));
        let same = |price: &&Price| {
            (Some(Decimal(price.amount)), price.compare_at_price.map(Decimal)) == (row.amount, row.compare_at_price)
        };
        if replaced.filter(same).is_none() {
            // Files have no tiers: existing ones are kept.
            let max_quantity = replaced.and_then(|price| price.max_quantity);
            changes.prices.push((place, PriceRow { max_quantity, ..row }));
        }
    }
}

/// Whether the row is for the same buyers and quantities.
fn replaces(row: &PriceRow, price: &Price) -> bool {
    (price.variant_id, price.currency, price.rules, price.min_quantity)
        == (row.variant_id, row.currency, row.rules, row.min_quantity)
}

/// A row with its current position and its index in the file.
struct Placed<T> {
    before: Option<i32>,
    place: Option<usize>,
    row: T,
}

/// Sorts rows and assigns ascending positions, keeping the current ones where possible.
fn arrange<T>(rows: &mut [Placed<T>], continuation: bool, set: impl Fn(&mut T, i32)) {
    if !continuation {
        rows.sort_by_key(|placed| placed.place.unwrap_or(usize::MAX));
    }
    let mut last = -1;
    for Placed { before, row, .. } in rows {
        last = before.filter(|before| *before > last).unwrap_or(last.saturating_add(1));
        set(row, last);
    }
}

#[cfg(test)]
mod tests {
    use super::{Changes, ExistingProduct, diff};
    use crate::domain::catalog::{Product, ProductDetails, ProductImage, ProductOption, Variant, title_of};
    use crate::domain::inventory::StockItem;
    use crate::domain::pricing::{Price, PriceRules};
    use crate::kernel::clock::Timestamp;
    use crate::kernel::decimal::Decimal;
    use crate::kernel::ids::{CollectionId, ImageId, OptionId, PriceId, ProductId};
    use crate::workflows::products::{ImageSpec, OptionSpec, PriceSpec, ProductSpec, VariantSpec};

    fn moment(micros: i64) -> Timestamp {
        Timestamp::from_timestamp_micros(micros).unwrap()
    }

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    fn price(amount: &str) -> PriceSpec {
        PriceSpec { currency: "EUR".parse().unwrap(), amount: Decimal(amount.parse().unwrap()), compare_at_price: None }
    }

    fn variant(values: &[&str]) -> VariantSpec {
        VariantSpec { option_values: names(values), prices: vec![price("5.00")], ..VariantSpec::default() }
    }

    fn vendor(name: &str) -> ProductDetails {
        ProductDetails { vendor: Some(name.to_owned()), ..ProductDetails::default() }
    }

    /// A shirt in two colors and two sizes, with one combination missing.
    fn shirt() -> ProductSpec {
        let option = |name: &str, choices: &[&str]| OptionSpec { name: name.to_owned(), values: names(choices) };
        ProductSpec {
            title: "Shirt".to_owned(),
            details: vendor("Us"),
            publish: true,
            options: vec![option("Color", &["Red", "Blue"]), option("Size", &["S", "M"])],
            images: ["/a", "/b"].map(|url| ImageSpec { url: url.to_owned(), alt: String::new() }).to_vec(),
            variants: vec![variant(&["Red", "S"]), variant(&["Red", "M"]), variant(&["Blue", "S"])],
            ..ProductSpec::default()
        }
    }

    /// The rows built from a spec.
    fn known(spec: &ProductSpec) -> ExistingProduct {
        let id = ProductId::new();
        let at = moment(1);
        let mut product = Product::new(id, "shirt".to_owned(), spec.title.clone(), at);
        product.published_at = Some(at);
        spec.details.clone().apply(&mut product);
        let option = |(position, option): (i32, &OptionSpec)| ProductOption {
            id: OptionId::new(),
            product_id: id,
            name: option.name.clone(),
            position,
            choices: option.values.clone(),
        };
        let image = |(position, image): (i32, &ImageSpec)| {
            let (url, alt) = (image.url.clone(), image.alt.clone());
            ProductImage { id: ImageId::new(), product_id: id, url, alt, position }
        };
        let variant = |(position, spec): (i32, &VariantSpec)| Variant {
            position,
            ..super::variant(id, spec, spec.option_values.clone(), at)
        };
        let variants: Vec<_> = (0..).zip(&spec.variants).map(variant).collect();
        let item = |variant: &Variant| StockItem { variant_id: variant.id, tracked: true, backorder: false };
        let price = |variant: &Variant| {
            let PriceSpec { currency, amount, compare_at_price } = price("5");
            Price {
                id: PriceId::new(),
                variant_id: variant.id,
                currency,
                amount: amount.0,
                compare_at_price: compare_at_price.map(|before| before.0),
                price_list_id: None,
                min_quantity: 1,
                max_quantity: None,
                rules: PriceRules::default(),
                valid_from: at,
                valid_until: None,
            }
        };
        ExistingProduct {
            product,
            options: (0..).zip(&spec.options).map(option).collect(),
            images: (0..).zip(&spec.images).map(image).collect(),
            items: variants.iter().map(item).collect(),
            counted: variants.iter().map(|variant| variant.id).collect(),
            prices: variants.iter().map(price).collect(),
            variants,
            collections: Vec::new(),
        }
    }

    fn changes(known: &ExistingProduct, spec: &ProductSpec, continuation: bool) -> Changes {
        diff(known, spec, continuation, moment(2)).unwrap()
    }

    #[test]
    fn nothing_differs_the_second_time() {
        let spec = shirt();
        assert!(changes(&known(&spec), &spec, false).is_empty());
        assert!(changes(&known(&spec), &spec, true).is_empty());
    }

    #[test]
    fn options_in_another_order_are_the_same_options() {
        let known = known(&shirt());
        let mut spec = shirt();
        spec.options.reverse();
        for variant in &mut spec.variants {
            variant.option_values.reverse();
        }
        assert!(changes(&known, &spec, false).is_empty());
        spec.options[0].name = "Fit".to_owned();
        assert!(diff(&known, &spec, false, moment(2)).is_err());
    }

    #[test]
    fn only_what_differs_is_written() {
        let known = known(&shirt());
        let mut spec = shirt();
        spec.details = vendor("Them");
        spec.variants[1].sku = Some("RED-M".to_owned());
        spec.variants[1].allow_backorder = true;
        spec.variants[2].prices[0] = price("6");
        spec.collection_ids = vec![CollectionId::new()];
        let found = changes(&known, &spec, false);
        let product = found.product.unwrap();
        assert_eq!((product.vendor.as_str(), product.version, product.updated_at), ("Them", 2, moment(2)));
        let written: Vec<_> = found.variants.iter().map(|(place, row)| (*place, row.version)).collect();
        assert_eq!(written, [(Some(1), 2)]);
        assert_eq!((found.items.len(), found.prices.len(), found.new.collections.len()), (1, 1, 1));
        assert!(found.options.is_empty() && found.images.is_empty() && found.new.variants.is_empty());
    }

    #[test]
    fn stock_is_taken_over_where_none_has_been_counted_yet() {
        let mut known = known(&shirt());
        let mut spec = shirt();
        spec.variants[0].stock = 7;
        spec.variants[1].stock = 3;
        assert!(changes(&known, &spec, false).is_empty(), "orders may have changed it since");
        let never = known.variants[1].id;
        known.counted.remove(&never);
        assert_eq!(changes(&known, &spec, false).opening, [(1, never, 3)]);
        known.items.retain(|item| item.variant_id != never);
        assert!(changes(&known, &spec, false).is_empty(), "a kit");
    }

    #[test]
    fn blanks_leave_things_as_they_are() {
        let mut before = shirt();
        before.variants[0].sku = Some("RED-S".to_owned());
        before.variants[0].weight_grams = Some(200);
        let known = known(&before);
        let spec = ProductSpec { details: ProductDetails::default(), ..shirt() };
        assert!(changes(&known, &spec, false).is_empty());
    }

    #[test]
    fn a_continuation_comes_after_what_is_there() {
        let known = known(&shirt());
        let mut spec = shirt();
        spec.title = String::new();
        spec.options[0] = OptionSpec { name: String::new(), values: names(&["Green"]) };
        spec.options[1] = OptionSpec { name: String::new(), values: names(&["M"]) };
        spec.variants = vec![variant(&["Green", "M"]), variant(&["Red", "M"])];
        spec.images = vec![ImageSpec { url: "/c".to_owned(), alt: String::new() }];
        spec.variants[1].image_url = Some("/c".to_owned());
        let found = changes(&known, &spec, true);
        assert!(found.product.is_none() && found.images.is_empty());
        assert_eq!(found.options[0].choices, ["Red", "Blue", "Green"]);
        assert_eq!((found.new.images[0].position, found.new.variants[0].position), (2, 3));
        assert_eq!(found.new.variants[0].title, title_of(&names(&["Green", "M"])));
        let [(Some(1), red)] = found.variants.as_slice() else { panic!("{:?}", found.variants) };
        assert_eq!((red.image_id, red.position), (Some(found.new.images[0].id), 1));
    }

    #[test]
    fn the_order_of_the_file_wins_and_what_it_does_not_name_stays_behind() {
        let known = known(&shirt());
        let mut spec = shirt();
        spec.variants.remove(0);
        spec.images.reverse();
        let found = changes(&known, &spec, false);
        let images: Vec<_> = found.images.iter().map(|image| (image.url.as_str(), image.position)).collect();
        assert_eq!(images, [("/a", 2)]);
        let moved: Vec<_> = found.variants.iter().map(|(_, row)| (row.title.as_str(), row.position)).collect();
        assert_eq!(moved, [("Red / S", 3)]);
    }
}
