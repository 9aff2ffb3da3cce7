//! The shop's types.

use std::sync::Arc;

use async_graphql::{Context, InputObject, TypeDirective};
use graphql_plan::{AsKey, Error, Found, Guard, Key, Loads, Page, Result, Total, abstract_type, object, source};
use rust_decimal::Decimal;

use super::{Category as CategoryRow, Id, Outcome, Problem, Shop, Staff, Variant, check_flaw};

source! { pub PRODUCT: Id => super::Product = |loads, ids| products(loads, ids), by |row| row.id }
source! { pub CATEGORY: Id => CategoryRow = |loads, ids| categories(loads, ids), by |row| row.id }
source! { pub VARIANTS_OF: Id => Variant = |loads, ids| variants_of(loads, ids), by |row| row.product_id }
source! { pub PRICES_OF: Id => super::Price = |loads, ids| prices_of(loads, ids), by |row| row.variant_id }
source! { pub PRODUCTS_IN: InCategory => Page<super::Product> = |loads, keys| products_in(loads, keys) }
source! { pub COUNT_IN: Id => i64 = |loads, ids| count_in(loads, ids) }

async fn products(loads: &Loads, ids: &[Id]) -> Result<Vec<super::Product>> {
    let shop: &Shop = loads.scope();
    shop.record_call("product", ids.len())?;
    let products = shop.products.lock().unwrap();
    Ok(ids.iter().filter_map(|id| products.get(id).cloned()).collect())
}

async fn categories(loads: &Loads, ids: &[Id]) -> Result<Vec<CategoryRow>> {
    let shop: &Shop = loads.scope();
    shop.record_call("category", ids.len())?;
    Ok(ids.iter().filter_map(|id| shop.categories.get(id).cloned()).collect())
}

async fn variants_of(loads: &Loads, ids: &[Id]) -> Result<Vec<Variant>> {
    let shop: &Shop = loads.scope();
    shop.record_call("variants", ids.len())?;
    Ok(shop.variants.values().filter(|variant| ids.contains(&variant.product_id)).cloned().collect())
}

async fn prices_of(loads: &Loads, ids: &[Id]) -> Result<Vec<super::Price>> {
    let shop: &Shop = loads.scope();
    shop.record_call("prices", ids.len())?;
    Ok(shop.prices.iter().filter(|price| ids.contains(&price.variant_id)).cloned().collect())
}

async fn products_in(loads: &Loads, keys: &[InCategory]) -> Result<Vec<(InCategory, Page<super::Product>)>> {
    let shop: &Shop = loads.scope();
    shop.record_call("products in", keys.len())?;
    Ok(keys.iter().map(|key| (key.clone(), page(shop.in_category(key.id), &key.args, Some(key.id)))).collect())
}

async fn count_in(loads: &Loads, ids: &[Id]) -> Result<Vec<(Id, i64)>> {
    let shop: &Shop = loads.scope();
    shop.record_call("count in", ids.len())?;
    Ok(ids.iter().map(|id| (*id, shop.in_category(*id).len() as i64)).collect())
}

/// Which products of a category.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct InCategory {
    id: Id,
    args: ListArgs,
}

impl AsKey for InCategory {
    fn to_key(&self) -> Key {
        Key::other(self.clone())
    }

    fn from_key(key: &Key) -> Self {
        key.as_other()
    }
}

/// The arguments of a list.
#[derive(Clone, Debug, PartialEq, Eq, Hash, InputObject)]
pub struct ListArgs {
    /// How many at most.
    #[graphql(default = 10, validator(minimum = 1, maximum = 100))]
    pub first: i32,
    /// What is shown.
    #[graphql(default)]
    pub filter: ListFilter,
}

/// What is shown.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, InputObject)]
pub struct ListFilter {
    /// Words in the title.
    #[graphql(validator(min_length = 1))]
    pub title: Option<String>,
    /// Any of these tags.
    #[graphql(default)]
    pub tags: Vec<String>,
}

/// Returns a page of these products. The total for a category is counted by a load if it is selected.
pub fn page(products: Vec<super::Product>, args: &ListArgs, category: Option<Id>) -> Page<super::Product> {
    let wanted = |product: &super::Product| {
        args.filter.title.as_ref().is_none_or(|title| product.title.contains(&**title))
            && (args.filter.tags.is_empty() || product.tags.iter().any(|tag| args.filter.tags.contains(tag)))
    };
    let all = products.len();
    let mut found: Vec<_> = products.into_iter().filter(wanted).collect();
    let has_next = found.len() > args.first as usize;
    found.truncate(args.first as usize);
    let total = match category {
        Some(id) => Total::lazy(move |loads: Arc<Loads>| async move {
            Ok(*loads.load(&COUNT_IN, id).await?.expect("every category is counted"))
        }),
        None => Total::Known(all as i64),
    };
    let entries = found.into_iter().map(|product| (product.handle.clone(), Arc::new(product))).collect();
    Page { entries, has_previous: false, has_next, total }
}

/// Only for staff with this permission.
#[TypeDirective(location = "FieldDefinition")]
fn requires(permission: String) {}

pub fn is_staff(ctx: &Context<'_>) -> bool {
    ctx.data_opt::<Staff>().is_some()
}

/// Requires the permission to see costs. Checks are recorded in the log.
pub static COSTS: Guard = Guard {
    register: |registry| async_graphql::TypeDirective::register(&requires, registry),
    directive: || requires::apply("COSTS".into()),
    visible: is_staff,
    check: |cx| {
        cx.data::<Arc<Shop>>().record_call("guard", 1)?;
        match cx.data_opt::<Staff>() {
            Some(_) => Ok(()),
            None => Err(Error::coded("FORBIDDEN", "This is for staff.")),
        }
    },
};

abstract_type! {
    /// An object with an id.
    pub Node {
        /// Its id.
        id: "ID!",
    } = Product | ProductVariant | Category
}

abstract_type! {
    /// A search result.
    pub SearchResult {} = Product | Category
}

/// The arguments of a link.
#[derive(InputObject)]
pub struct LinkArgs {
    /// The base URL.
    #[graphql(default = "https://shop.test")]
    pub base: String,
    /// The fragment of the URL.
    pub anchor: Option<String>,
}

/// A suffix for links, in the request's data.
#[derive(Clone)]
pub struct Suffix(pub String);

object! {
    /// Metadata for search engines.
    pub Seo for (String, usize) {
        /// Title.
        title: field(|seo| &seo.0);
        /// Its length.
        length: value(|seo| seo.1 as i32);
    }
}

object! {
    /// Something that is printed on a product.
    pub Label for super::Label {
        /// What it says.
        text;
        /// How large it is.
        size;
        /// What it says, if it can be read.
        motto: value(|label| check_flaw(&label.flaws, "motto").map(|()| label.text.clone()));
        /// What it belongs to.
        category: option(Category, CATEGORY, |label| label.category_id);
        /// Metadata for search engines.
        seo: embed(Seo, |label| (label.text.clone(), label.text.len()));
    }
}

fn last(found: Found<'_, Variant>) -> Result<Variant> {
    found.iter().last().cloned().ok_or_else(|| Error::coded("NONE", "There are no variants."))
}

object! {
    /// Something that the shop sells.
    ///
    /// In one or more variants.
    pub Product for super::Product, implements Node {
        /// Id.
        id;
        /// The product's name in web addresses.
        handle;
        /// Title.
        title;
        /// Words to filter by.
        tags;
        /// Whether it is on sale.
        status;
        /// When it was entered.
        created_at;
        /// Weight in kilograms.
        weight;
        /// Further details.
        details;
        /// What can be scanned.
        barcode;
        /// What it cost.
        cost: value(|product| product.cost).requires(&COSTS);
        /// What the staff says.
        remark: value(|product| format!("Remark on {}", product.handle)).visible(is_staff);
        /// Title.
        name: field(|product| &product.title).deprecated("Use `title`.");
        /// A word that Rust keeps for itself.
        kind: value(|_| "thing").named("type");
        /// Where it is.
        link(LinkArgs): value(|product, args, cx| {
            let suffix = cx.data_opt::<Suffix>().map_or("", |suffix| &suffix.0);
            let anchor = args.anchor.as_ref().map(|anchor| format!("#{anchor}")).unwrap_or_default();
            format!("{}/{}{anchor}{suffix}", args.base, product.handle)
        });
        /// A note.
        note: value(|product| product.check_flaw("note").map(|()| product.weight.map(|_| "A note.")));
        /// What it stands for.
        motto: value(|product| product.check_flaw("motto").map(|()| product.handle.to_uppercase()));
        /// Metadata for search engines.
        seo: embed(Seo, |product| (product.title.clone(), product.title.len()));
        /// What is printed on it.
        labels: embed(Label, |product| product.labels.clone());
        /// The same, if it has any.
        extras: embed(Label, |product| {
            product.check_flaw("extras").map(|()| (!product.labels.is_empty()).then(|| product.labels.clone()))
        });
        /// The first that is printed on it.
        badge: embed(Label, |product| product.check_flaw("badge").map(|()| product.labels.first().cloned()));
        /// A label that it always has.
        stamp: embed(Label, |product| product.check_flaw("stamp").map(|()| super::Label {
            text: product.handle.clone(),
            size: None,
            category_id: product.category_id,
            flaws: product.flaws.clone(),
        }));
        /// What is printed on its sides.
        sides: embed(Label, |product| product.check_flaw("sides").map(|()| product.labels.clone()));
        /// Its category.
        category: option(Category, CATEGORY, |product| product.category_id);
        /// Its category, with a key that can fail.
        origin: option(Category, CATEGORY, |product| product.check_flaw("origin").map(|()| product.category_id));
        /// Its category, which it must have.
        home: one(Category, CATEGORY, |product| product.check_flaw("home").map(|()| product.category_id));
        /// Its variants, in their order.
        variants: many(ProductVariant, VARIANTS_OF, |product| product.id);
        /// The same, with a key that can fail.
        choices: many(ProductVariant, VARIANTS_OF, |product| product.check_flaw("choices").map(|()| product.id));
        /// The first variant.
        first_variant: pick(ProductVariant, VARIANTS_OF, |product| product.id, |product, found| {
            product.check_flaw("firstVariant").map(|()| found.first().cloned())
        });
        /// The last variant.
        last_variant: pick(ProductVariant, VARIANTS_OF, |product| product.id, |product, found| {
            product.check_flaw("lastVariant").and_then(|()| last(found))
        });
        /// Variants beside the first, if there are any.
        other_variants: pick(ProductVariant, VARIANTS_OF, |product| product.id, |_, found| {
            (found.iter().len() > 1).then(|| found.iter().skip(1).cloned().collect::<Vec<_>>())
        });
        /// How many variants there are.
        variant_count: from(VARIANTS_OF, |product| product.id, |_, found| found.iter().len() as i32);
        /// The stock-keeping unit of the first variant that has one.
        sku: from(VARIANTS_OF, |product| product.check_flaw("sku").map(|()| product.id), |product, found| {
            product.check_flaw("skuValue").map(|()| found.iter().find_map(|variant| variant.sku.clone()))
        });
    }
}

object! {
    /// A variant of a product.
    pub ProductVariant for Variant, implements Node {
        /// Id.
        id;
        /// Stock-keeping unit.
        sku;
        /// Its place among the product's variants, from 0.
        position;
        /// Its product.
        product: one(Product, PRODUCT, |variant| variant.product_id);
        /// What it costs, in each currency.
        prices: many(Price, PRICES_OF, |variant| variant.id);
        /// The lowest price.
        cheapest: from(PRICES_OF, |variant| variant.id, |_, found| found.iter().map(|price| price.amount).min());
        /// The lowest price, in words.
        price_tag: from(PRICES_OF, |variant| variant.id, |_, found| {
            let least: Option<Decimal> = found.iter().map(|price| price.amount).min();
            least.map_or_else(|| "free".to_owned(), |least| least.to_string())
        });
    }
}

object! {
    /// A price.
    pub Price for super::Price {
        /// The amount.
        amount;
        /// The currency.
        currency;
    }
}

object! {
    /// A category of products.
    pub Category for CategoryRow, implements Node {
        /// Id.
        id;
        /// Name.
        name;
        /// The category above.
        parent: option(Category, CATEGORY, |category| category.parent_id);
        /// The products in this category.
        products(ListArgs): page(Product, PRODUCTS_IN, |category, args| {
            InCategory { id: category.id, args: args.clone() }
        });
    }
}

object! {
    /// An error in the input.
    pub UserError for Problem {
        /// The error code.
        code;
        /// Where.
        path;
    }
}

object! {
    /// The result of `productRename`.
    pub ProductRenamePayload for Outcome<super::Product> {
        /// The product after the change.
        product: embed(Product, |outcome| outcome.done.clone());
        /// Why the mutation was rejected.
        user_errors: embed(UserError, |outcome| outcome.problems.clone());
    }
}
