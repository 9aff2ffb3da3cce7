//! Converts Shopify products to specs, and problems of specs back to lines of the file. Pure.

use rust_decimal::Decimal;

use super::shopify::{RowProblem, ShopifyProduct, ShopifyVariant};
use crate::domain::catalog::ProductDetails;
use crate::kernel::error::UserError;
use crate::kernel::money::Currency;
use crate::kernel::text::non_blank;
use crate::workflows::products::{ImageSpec, OptionSpec, PriceSpec, ProductSpec, VariantSpec};

/// The spec of the product, without category and collections.
pub(super) fn spec(product: &ShopifyProduct, handle: String, base: Currency) -> Result<ProductSpec, RowProblem> {
    let option = |option: &super::shopify::ShopifyOption| OptionSpec {
        name: option.name.clone(),
        values: option.values.clone(),
    };
    let image = |image: &super::shopify::ShopifyImage| ImageSpec {
        url: image.src.clone(),
        alt: image.alt.clone().unwrap_or_default(),
    };
    Ok(ProductSpec {
        title: product.title.clone(),
        handle: Some(handle),
        // A blank field keeps what is there.
        details: ProductDetails {
            description_html: non_blank(Some(product.description_html.clone())),
            vendor: product.vendor.clone(),
            product_type: product.product_type.clone(),
            tags: Some(product.tags.clone()).filter(|tags| !tags.is_empty()),
            seo_title: product.seo_title.clone(),
            seo_description: product.seo_description.clone(),
            ..ProductDetails::default()
        },
        publish: product.published,
        options: product.options.iter().map(option).collect(),
        images: product.images.iter().map(image).collect(),
        variants: product.variants.iter().map(|row| variant(row, base)).collect::<Result<_, _>>()?,
        ..ProductSpec::default()
    })
}

fn variant(row: &ShopifyVariant, base: Currency) -> Result<VariantSpec, RowProblem> {
    Ok(VariantSpec {
        option_values: row.option_values.clone(),
        sku: row.sku.clone(),
        barcode: row.barcode.clone(),
        weight_grams: row.weight_grams.filter(|grams| *grams > 0),
        requires_shipping: row.requires_shipping,
        taxable: row.taxable,
        track_inventory: row.tracked,
        allow_backorder: row.allow_backorder,
        stock: row.quantity.max(0),
        image_url: row.image.clone(),
        prices: prices(row, base)?,
    })
}

/// The price in the base currency and the prices in other currencies.
fn prices(row: &ShopifyVariant, base: Currency) -> Result<Vec<PriceSpec>, RowProblem> {
    let mut prices = vec![price(base, row.price, row.compare_at_price)];
    for (code, amount, compare_at_price) in &row.prices {
        let Ok(currency) = code.parse::<Currency>() else {
            let message = format!("{code} is no currency in use");
            return Err(RowProblem { line: row.line, column: Some(format!("Price / {code}")), message });
        };
        if prices.iter().all(|known| known.currency != currency) {
            prices.push(price(currency, *amount, *compare_at_price));
        }
    }
    Ok(prices)
}

/// The price without trailing zeros.
fn price(currency: Currency, amount: Decimal, compare_at_price: Option<Decimal>) -> PriceSpec {
    let kept = |amount: Decimal| amount.normalize().into();
    PriceSpec { currency, amount: kept(amount), compare_at_price: compare_at_price.map(kept) }
}

/// Converts a problem of the spec to one of the file: on the variant's line if it belongs to one, else on the
/// product's.
pub(super) fn row_problem(product: &ShopifyProduct, line: u64, problem: &UserError) -> RowProblem {
    let path: Vec<_> = problem.path.iter().map(String::as_str).collect();
    let variant = match path.as_slice() {
        ["input", "variants", n, ..] => n.parse().ok().and_then(|n: usize| product.variants.get(n)),
        _ => None,
    };
    let field = path.iter().rev().find(|part| part.parse::<usize>().is_err()).and_then(|field| column(field));
    let message = match field {
        Some(column) => format!("{column}: {}", problem.message),
        None => problem.message.clone(),
    };
    RowProblem { line: variant.map_or(line, |variant| variant.line), column: None, message }
}

/// Shopify's name for one of our fields. The file may use another name, so this is for the message only.
fn column(field: &str) -> Option<&'static str> {
    Some(match field {
        "title" => "Title",
        "handle" => "Handle",
        "descriptionHtml" => "Body (HTML)",
        "vendor" => "Vendor",
        "productType" => "Type",
        "tags" => "Tags",
        "categoryId" | "name" => "Product Category",
        "seoTitle" => "SEO Title",
        "seoDescription" => "SEO Description",
        "choices" | "optionValues" => "Option Value",
        "sku" => "Variant SKU",
        "barcode" => "Variant Barcode",
        "weightGrams" => "Variant Grams",
        "stock" => "Variant Inventory Qty",
        "backorder" => "Variant Inventory Policy",
        "amount" => "Price",
        "compareAtPrice" => "Compare At Price",
        "imageUrl" => "Variant Image",
        "url" => "Image Src",
        "alt" => "Image Alt Text",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::{row_problem, spec};
    use crate::kernel::error::{ErrorCode, UserError};
    use crate::workflows::import::shopify::{ShopifyProduct, ShopifyVariant};

    fn product() -> ShopifyProduct {
        let variant = ShopifyVariant {
            line: 7,
            option_values: vec![],
            sku: None,
            barcode: None,
            weight_grams: Some(0),
            tracked: true,
            quantity: -3,
            allow_backorder: false,
            price: "14.50".parse().unwrap(),
            compare_at_price: None,
            prices: ["EUR", "USD"].map(|code| (code.to_owned(), "16".parse().unwrap(), None)).to_vec(),
            requires_shipping: true,
            taxable: true,
            image: None,
        };
        ShopifyProduct { line: 6, variants: vec![variant], ..ShopifyProduct::default() }
    }

    #[test]
    fn the_base_price_wins_over_a_market_and_nothing_is_sold_that_is_not_there() {
        let spec = spec(&product(), "mug".to_owned(), "EUR".parse().unwrap()).unwrap();
        let prices: Vec<_> =
            spec.variants[0].prices.iter().map(|price| (price.currency.code(), price.amount.0.to_string())).collect();
        assert_eq!(prices, [("EUR", "14.5".to_owned()), ("USD", "16".to_owned())]);
        assert_eq!((spec.variants[0].stock, spec.variants[0].weight_grams), (0, None));
    }

    #[test]
    fn problems_are_told_by_line_and_column() {
        let problem = UserError::new(ErrorCode::InvalidAmount, "No.").at("input.variants.0.prices.1.amount");
        let row = row_problem(&product(), 6, &problem);
        assert_eq!((row.line, row.message.as_str()), (7, "Price: No."));
        assert_eq!(row_problem(&product(), 6, &UserError::new(ErrorCode::Invalid, "No.").at("input.title")).line, 6);
    }
}
