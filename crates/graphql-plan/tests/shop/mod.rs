//! A small in-memory shop, which the tests query.

mod roots;
mod tables;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use async_graphql::{
    Enum, InputValueError, InputValueResult, PathSegment, Request, Response, Scalar, ScalarType, Schema, ServerError,
    Value,
};
use chrono::{DateTime, TimeDelta, Utc};
use graphql_plan::{AsKey, Error, Execution, Json, Key, Limits, Result, ScalarCheck, ScalarChecks, parse_id};
use rust_decimal::Decimal;
use uuid::Uuid;

pub use roots::{Mutation, Query, Updates};
pub use tables::{CATEGORY, ListArgs, PRODUCT, Price as PriceObject, Suffix};

/// The id of an object of any type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id(pub Uuid);

impl Id {
    pub fn product(n: u64) -> Self {
        Self(Uuid::from_u64_pair(1, n))
    }

    pub fn variant(n: u64) -> Self {
        Self(Uuid::from_u64_pair(2, n))
    }

    pub fn category(n: u64) -> Self {
        Self(Uuid::from_u64_pair(3, n))
    }
}

impl AsKey for Id {
    fn to_key(&self) -> Key {
        self.0.to_key()
    }

    fn from_key(key: &Key) -> Self {
        Self(Uuid::from_key(key))
    }
}

#[Scalar(name = "ID")]
impl ScalarType for Id {
    fn parse(value: Value) -> InputValueResult<Self> {
        match value {
            Value::String(text) => parse_id(&text, |text| Ok(Self(text.parse()?)), || Self(Uuid::nil())),
            other => Err(InputValueError::expected_type(other)),
        }
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_string())
    }
}

impl graphql_plan::Scalar for Id {
    fn write(&self, out: &mut Json) {
        graphql_plan::Scalar::write(&self.0, out);
    }
}

/// A custom scalar.
#[derive(Clone, Debug)]
pub struct Barcode(pub String);

#[Scalar]
impl ScalarType for Barcode {
    fn parse(value: Value) -> InputValueResult<Self> {
        match value {
            Value::String(text) if text.bytes().all(|digit| digit.is_ascii_digit()) => Ok(Self(text)),
            Value::String(text) => Err(format!("{text} is not a barcode.").into()),
            other => Err(InputValueError::expected_type(other)),
        }
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.clone())
    }
}

const CHECKS: ScalarChecks = ScalarChecks(&[ScalarCheck {
    name: "Barcode",
    check: |value| {
        Barcode::parse(value.clone()).err().map(|_| Error::coded("BARCODE", "A barcode is a text of digits."))
    },
    example: "0",
}]);

impl graphql_plan::Scalar for Barcode {
    fn write(&self, out: &mut Json) {
        out.text(&self.0);
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum Status {
    Draft,
    OnSale,
}

impl graphql_plan::Scalar for Status {
    fn write(&self, out: &mut Json) {
        out.text(match self {
            Self::Draft => "DRAFT",
            Self::OnSale => "ON_SALE",
        });
    }
}

#[derive(Clone, Debug)]
pub struct Product {
    pub id: Id,
    pub handle: String,
    pub title: String,
    pub tags: Vec<String>,
    pub status: Status,
    pub created_at: DateTime<Utc>,
    pub weight: Option<f64>,
    pub details: async_graphql::Json<serde_json::Value>,
    pub barcode: Option<Barcode>,
    pub cost: Decimal,
    pub category_id: Option<Id>,
    pub labels: Vec<Label>,
    /// The fields that fail.
    pub flaws: BTreeSet<&'static str>,
}

impl Product {
    /// Fails if this field has a flaw.
    pub fn check_flaw(&self, field: &'static str) -> Result<()> {
        check_flaw(&self.flaws, field)
    }
}

#[derive(Clone, Debug)]
pub struct Label {
    pub text: String,
    pub size: Option<i32>,
    pub category_id: Option<Id>,
    pub flaws: BTreeSet<&'static str>,
}

pub fn check_flaw(flaws: &BTreeSet<&'static str>, field: &'static str) -> Result<()> {
    if flaws.contains(field) { Err(Error::coded("FLAW", format!("{field} is broken."))) } else { Ok(()) }
}

#[derive(Clone, Debug)]
pub struct Variant {
    pub id: Id,
    pub product_id: Id,
    pub sku: Option<String>,
    pub position: i32,
}

#[derive(Clone, Debug)]
pub struct Price {
    pub variant_id: Id,
    pub amount: Decimal,
    pub currency: String,
}

#[derive(Clone, Debug)]
pub struct Category {
    pub id: Id,
    pub name: String,
    pub parent_id: Option<Id>,
}

/// Something that is wrong with the input of a mutation.
#[derive(Clone, Debug)]
pub struct Problem {
    pub code: String,
    pub path: Vec<String>,
}

/// The result of a mutation, or why it was rejected.
pub struct Outcome<T> {
    pub done: Option<T>,
    pub problems: Vec<Problem>,
}

/// A staff member as the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Staff;

/// The data, and a log of calls.
#[derive(Default)]
pub struct Shop {
    pub products: Mutex<BTreeMap<Id, Product>>,
    pub variants: BTreeMap<Id, Variant>,
    pub prices: Vec<Price>,
    pub categories: BTreeMap<Id, Category>,
    /// Sources that fail.
    pub broken: BTreeSet<&'static str>,
    /// The calls of sources and root functions, with the number of keys.
    pub calls: Mutex<Vec<(&'static str, usize)>>,
    /// If set, every category has this number of products.
    pub category_size: Option<usize>,
}

impl Shop {
    /// Creates products and categories. Every third product has no category, and every second has two variants.
    pub fn new(products: u64, categories: u64) -> Self {
        let mut shop = Self::default();
        for n in 0..categories {
            let parent_id = (n > 0).then(|| Id::category(n / 2));
            let category = Category { id: Id::category(n), name: format!("Category {n}"), parent_id };
            shop.categories.insert(category.id, category);
        }
        for n in 0..products {
            let id = Id::product(n);
            let category_id = (n % 3 != 2 && categories > 0).then(|| Id::category(n % categories));
            let label = |at: u64| Label {
                text: format!("Label {n}.{at}"),
                size: (at > 0).then_some(at as i32),
                category_id: category_id.filter(|_| at == 1),
                flaws: BTreeSet::new(),
            };
            let product = Product {
                id,
                handle: format!("product-{n}"),
                title: format!("Product \"{n}\""),
                tags: (0..n % 3).map(|tag| format!("tag-{tag}")).collect(),
                status: if n % 2 == 0 { Status::OnSale } else { Status::Draft },
                created_at: DateTime::UNIX_EPOCH + TimeDelta::milliseconds(1_700_000_000_000 + n as i64 * 1_001),
                weight: (n % 2 == 1).then_some(n as f64 / 4.0),
                details: async_graphql::Json(serde_json::json!({ "n": n, "none": null, "list": ["é", 1.5] })),
                barcode: (n % 4 == 0).then(|| Barcode(format!("{n:013}"))),
                cost: Decimal::new(n as i64 * 105 - 100, 2),
                category_id,
                labels: (0..n % 3).map(label).collect(),
                flaws: BTreeSet::new(),
            };
            shop.products.get_mut().unwrap().insert(id, product);
            for at in 0..=(n + 1) % 2 {
                let id = Id::variant(n * 2 + at);
                let sku = (at == 0).then(|| format!("SKU-{n}-{at}"));
                shop.variants.insert(id, Variant { id, product_id: Id::product(n), sku, position: at as i32 });
                for (currency, amount) in [("EUR", 1450), ("USD", 1600)].into_iter().take((n % 3) as usize) {
                    let amount = Decimal::new(amount + (n * 10 + at) as i64, 2);
                    shop.prices.push(Price { variant_id: id, amount, currency: currency.into() });
                }
            }
        }
        shop
    }

    /// Adds a flaw to a product.
    pub fn with_flaw(mut self, product: u64, flaw: &'static str) -> Self {
        let product = self.products.get_mut().unwrap().get_mut(&Id::product(product)).unwrap();
        product.flaws.insert(flaw);
        product.labels.iter_mut().for_each(|label| {
            label.flaws.insert(flaw);
        });
        self
    }

    /// Makes a source fail.
    pub fn with_broken(mut self, source: &'static str) -> Self {
        self.broken.insert(source);
        self
    }

    /// Records a call. Fails if the source is broken.
    pub fn record_call(&self, source: &'static str, keys: usize) -> Result<()> {
        self.calls.lock().unwrap().push((source, keys));
        if self.broken.contains(source) {
            return Err(Error::coded("UNAVAILABLE", format!("{source} cannot be reached.")));
        }
        Ok(())
    }

    /// Returns and clears the calls, with numbers of keys, in order.
    pub fn log(&self) -> String {
        let calls = std::mem::take(&mut *self.calls.lock().unwrap());
        calls.into_iter().map(|(name, keys)| format!("{name}({keys})")).collect::<Vec<_>>().join(" ")
    }

    /// The products of a category.
    pub fn in_category(&self, id: Id) -> Vec<Product> {
        let products = self.products.lock().unwrap();
        match self.category_size {
            Some(category_size) => products.values().take(category_size).cloned().collect(),
            None => products.values().filter(|product| product.category_id == Some(id)).cloned().collect(),
        }
    }

    pub fn schema(self: &Arc<Self>) -> Schema<Query, Mutation, Updates> {
        Schema::build(Query, Mutation, Updates).data(self.clone()).data(CHECKS).finish()
    }

    pub fn execution(self: &Arc<Self>, limits: Limits) -> Arc<Execution> {
        Arc::new(Execution::new(self.clone(), limits))
    }

    /// Executes a request.
    pub async fn execute(self: &Arc<Self>, request: impl Into<Request>) -> Response {
        self.execute_with_limits(Limits::default(), request).await
    }

    pub async fn execute_with_limits(self: &Arc<Self>, limits: Limits, request: impl Into<Request>) -> Response {
        self.schema().execute(request.into().data(self.execution(limits))).await
    }

    /// Executes a request that must not fail, and returns its data.
    pub async fn data(self: &Arc<Self>, request: impl Into<Request>) -> serde_json::Value {
        let response = self.execute(request).await;
        assert!(response.errors.is_empty(), "{:?}", response.errors);
        data(&response)
    }
}

pub fn shop(products: u64, categories: u64) -> Arc<Shop> {
    Arc::new(Shop::new(products, categories))
}

/// The data of a response, as parsed JSON.
pub fn data(response: &Response) -> serde_json::Value {
    serde_json::from_str(&text(response)).unwrap()
}

/// The data of a response as text, which shows the order of fields.
pub fn text(response: &Response) -> String {
    serde_json::to_string(&response.data).unwrap()
}

/// The path of an error, such as `products.0.title`.
pub fn path(error: &ServerError) -> String {
    let segment = |segment: &PathSegment| match segment {
        PathSegment::Field(name) => name.clone(),
        PathSegment::Index(at) => at.to_string(),
    };
    error.path.iter().map(segment).collect::<Vec<_>>().join(".")
}

/// The paths of all errors.
pub fn paths(response: &Response) -> Vec<String> {
    response.errors.iter().map(path).collect()
}

/// The code of an error.
pub fn code(error: &ServerError) -> String {
    match error.extensions.as_ref().and_then(|extensions| extensions.get("code")) {
        Some(Value::String(code)) => code.clone(),
        _ => String::new(),
    }
}
