//! Compares the responses to random documents with those of a naive executor, which walks the selections of the parsed
//! document over the JSON of the same shop, without plans, loads or levels.

use std::collections::HashSet;
use std::sync::Arc;

use async_graphql::parser::types::{ExecutableDocument, Field, OperationType, Selection, SelectionSet};
use async_graphql::{Positioned, Request, Schema, Variables};
use graphql_plan::Limits;
use serde_json::{Value, json};

use crate::shop::{Id, Mutation, Query, Shop, Staff, Updates, code, paths, text};

/// The selectable fields of the schema, with their types.
const FIELDS: &[(&str, &str, &str)] = &[
    ("Query", "products", "[Product!]!"),
    ("Query", "product", "Product"),
    ("Query", "catalog", "ProductConnection!"),
    ("Query", "node", "Node"),
    ("Query", "nodes", "[Node]!"),
    ("Query", "search", "[SearchResult]!"),
    ("Query", "productCount", "Int!"),
    ("Node", "id", "ID!"),
    ("Product", "id", "ID!"),
    ("Product", "handle", "String!"),
    ("Product", "title", "String!"),
    ("Product", "tags", "[String!]!"),
    ("Product", "status", "Status!"),
    ("Product", "createdAt", "DateTime!"),
    ("Product", "weight", "Float"),
    ("Product", "details", "JSON!"),
    ("Product", "barcode", "Barcode"),
    ("Product", "cost", "Decimal!"),
    ("Product", "remark", "String!"),
    ("Product", "name", "String!"),
    ("Product", "type", "String!"),
    ("Product", "link", "String!"),
    ("Product", "note", "String"),
    ("Product", "motto", "String!"),
    ("Product", "seo", "Seo!"),
    ("Product", "labels", "[Label!]!"),
    ("Product", "extras", "[Label!]"),
    ("Product", "badge", "Label"),
    ("Product", "stamp", "Label!"),
    ("Product", "sides", "[Label!]!"),
    ("Product", "category", "Category"),
    ("Product", "origin", "Category"),
    ("Product", "home", "Category!"),
    ("Product", "variants", "[ProductVariant!]!"),
    ("Product", "choices", "[ProductVariant!]!"),
    ("Product", "firstVariant", "ProductVariant"),
    ("Product", "lastVariant", "ProductVariant!"),
    ("Product", "otherVariants", "[ProductVariant!]"),
    ("Product", "variantCount", "Int!"),
    ("Product", "sku", "String"),
    ("Label", "text", "String!"),
    ("Label", "size", "Int"),
    ("Label", "motto", "String!"),
    ("Label", "category", "Category"),
    ("Label", "seo", "Seo!"),
    ("Seo", "title", "String!"),
    ("Seo", "length", "Int!"),
    ("ProductVariant", "id", "ID!"),
    ("ProductVariant", "sku", "String"),
    ("ProductVariant", "position", "Int!"),
    ("ProductVariant", "product", "Product!"),
    ("ProductVariant", "prices", "[Price!]!"),
    ("ProductVariant", "cheapest", "Decimal"),
    ("ProductVariant", "priceTag", "String!"),
    ("Price", "amount", "Decimal!"),
    ("Price", "currency", "String!"),
    ("Category", "id", "ID!"),
    ("Category", "name", "String!"),
    ("Category", "parent", "Category"),
    ("Category", "products", "ProductConnection!"),
    ("ProductConnection", "edges", "[ProductEdge!]!"),
    ("ProductConnection", "nodes", "[Product!]!"),
    ("ProductConnection", "pageInfo", "PageInfo!"),
    ("ProductConnection", "totalCount", "Int!"),
    ("ProductEdge", "node", "Product!"),
    ("ProductEdge", "cursor", "String!"),
    ("PageInfo", "hasPreviousPage", "Boolean!"),
    ("PageInfo", "hasNextPage", "Boolean!"),
    ("PageInfo", "startCursor", "String"),
    ("PageInfo", "endCursor", "String"),
];

fn type_of(ty: &str, field: &str) -> &'static str {
    let found = FIELDS.iter().find(|(of, name, _)| (*of, *name) == (ty, field));
    found.unwrap_or_else(|| panic!("{ty}.{field}")).2
}

fn named(ty: &str) -> &str {
    ty.trim_matches(['[', ']', '!'])
}

fn members(ty: &str) -> &'static [&'static str] {
    match ty {
        "Node" => &["Product", "ProductVariant", "Category"],
        "SearchResult" => &["Product", "Category"],
        _ => &[],
    }
}

fn applies(condition: &str, ty: &str) -> bool {
    condition == ty || members(condition).contains(&ty)
}

// Converts the shop to JSON.

fn product(product: &crate::shop::Product) -> Value {
    let labels = product.labels.iter().map(|label| {
        let category = label.category_id.map(|id| id.0.to_string());
        json!({ "is": "Label", "text": label.text, "size": label.size, "category": category, "flaws": label.flaws })
    });
    json!({
        "is": "Product",
        "id": product.id.0.to_string(),
        "handle": product.handle,
        "title": product.title,
        "tags": product.tags,
        "status": if product.status == crate::shop::Status::Draft { "DRAFT" } else { "ON_SALE" },
        "createdAt": product.created_at.to_rfc3339(),
        "weight": product.weight,
        "details": product.details.0,
        "barcode": product.barcode.as_ref().map(|barcode| &barcode.0),
        "cost": product.cost.to_string(),
        "category": product.category_id.map(|id| id.0.to_string()),
        "labels": labels.collect::<Vec<_>>(),
        "flaws": product.flaws,
    })
}

fn shop_json(shop: &Shop) -> Value {
    let products = shop.products.lock().unwrap();
    let variants = shop.variants.values().map(|variant| {
        let (id, product) = (variant.id.0.to_string(), variant.product_id.0.to_string());
        let (sku, position) = (&variant.sku, variant.position);
        json!({ "is": "ProductVariant", "id": id, "product": product, "sku": sku, "position": position })
    });
    let prices = shop.prices.iter().map(|price| {
        let (variant, amount) = (price.variant_id.0.to_string(), price.amount.to_string());
        json!({ "is": "Price", "variant": variant, "amount": amount, "currency": price.currency })
    });
    let categories = shop.categories.values().map(|category| {
        let parent = category.parent_id.map(|id| id.0.to_string());
        json!({ "is": "Category", "id": category.id.0.to_string(), "name": category.name, "parent": parent })
    });
    json!({
        "products": products.values().map(product).collect::<Vec<_>>(),
        "variants": variants.collect::<Vec<_>>(),
        "prices": prices.collect::<Vec<_>>(),
        "categories": categories.collect::<Vec<_>>(),
        "broken": shop.broken,
    })
}

/// Why a field failed.
enum FieldError {
    Field,
    Load(&'static str),
}

struct Naive<'a> {
    shop_json: &'a Value,
    document: &'a ExecutableDocument,
    variables: Value,
    errors: Vec<String>,
    reported: HashSet<String>,
    objects: usize,
}

/// The maximum number of objects, to keep the test fast.
const MAX_OBJECTS: usize = 3_000;

/// A response key with all its selections.
type FieldGroup<'a> = (String, &'a Field, Vec<&'a SelectionSet>);

impl<'a> Naive<'a> {
    fn value(&self, value: &async_graphql_value::Value) -> Value {
        let variable = |name: async_graphql::Name| {
            let chosen = self.variables.get(name.as_str()).cloned().unwrap_or(Value::Null);
            Ok::<_, ()>(async_graphql::Value::from_json(chosen).unwrap())
        };
        value.clone().into_const_with(variable).unwrap().into_json().unwrap()
    }

    fn skipped(&self, directives: &[Positioned<async_graphql::parser::types::Directive>]) -> bool {
        directives.iter().any(|directive| {
            let condition = self.value(&directive.node.get_argument("if").unwrap().node) == true;
            condition == (directive.node.name.node == "skip")
        })
    }

    fn group(&self, ty: &str, set: &'a SelectionSet, out: &mut Vec<FieldGroup<'a>>) {
        for selection in &set.items {
            if self.skipped(selection.node.directives()) {
                continue;
            }
            match &selection.node {
                Selection::Field(field) => {
                    let key = field.node.response_key().node.to_string();
                    match out.iter_mut().find(|known| known.0 == key) {
                        Some(known) => known.2.push(&field.node.selection_set.node),
                        None => out.push((key, &field.node, vec![&field.node.selection_set.node])),
                    }
                }
                Selection::InlineFragment(fragment) => {
                    let condition = fragment.node.type_condition.as_ref().map(|on| on.node.on.node.as_str());
                    if condition.is_none_or(|condition| applies(condition, ty)) {
                        self.group(ty, &fragment.node.selection_set.node, out);
                    }
                }
                Selection::FragmentSpread(spread) => {
                    let fragment = &self.document.fragments[&spread.node.fragment_name.node].node;
                    if applies(&fragment.type_condition.node.on.node, ty) {
                        self.group(ty, &fragment.selection_set.node, out);
                    }
                }
            }
        }
    }

    /// An object as JSON text. Nothing when null must take its place.
    fn object(&mut self, value: &Value, sets: &[&'a SelectionSet], path: &str, place: &str) -> Option<String> {
        self.objects += 1;
        let ty = value["is"].as_str().unwrap().to_owned();
        let place = format!("{place}:{ty}");
        let mut grouped = Vec::new();
        for set in sets {
            self.group(&ty, set, &mut grouped);
        }
        let (mut out, mut gone) = (Vec::new(), false);
        for (key, field, sets) in grouped {
            if self.objects > MAX_OBJECTS {
                return None;
            }
            let name = field.name.node.as_str();
            let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
            let text = if name == "__typename" {
                format!("\"{ty}\"")
            } else {
                let args = field.arguments.iter().map(|(name, value)| (name.node.to_string(), self.value(&value.node)));
                let args = Value::Object(args.collect());
                let got = self.resolve(&ty, value, name, &args);
                let text = match got {
                    Ok(got) => self.complete(type_of(&ty, name), &got, &sets, &path, &format!("{place}/{key}")),
                    Err(failure) => {
                        let new = match failure {
                            FieldError::Field => true,
                            FieldError::Load(source) => self.reported.insert(format!("{place}/{source}")),
                        };
                        if new {
                            self.errors.push(path);
                        }
                        (!type_of(&ty, name).ends_with('!')).then(|| "null".to_owned())
                    }
                };
                match text {
                    Some(text) => text,
                    // Root fields run concurrently, so the others still report their errors.
                    None if ty == "Query" => {
                        gone = true;
                        continue;
                    }
                    None => return None,
                }
            };
            out.push(format!("\"{key}\":{text}"));
        }
        (!gone).then(|| format!("{{{}}}", out.join(",")))
    }

    fn complete(
        &mut self,
        ty: &str,
        got: &Value,
        sets: &[&'a SelectionSet],
        path: &str,
        place: &str,
    ) -> Option<String> {
        if let Some(ty) = ty.strip_suffix('!') {
            if got.is_null() {
                self.errors.push(path.to_owned());
                return None;
            }
            return self.some(ty, got, sets, path, place);
        }
        if got.is_null() {
            return Some("null".to_owned());
        }
        Some(self.some(ty, got, sets, path, place).unwrap_or_else(|| "null".to_owned()))
    }

    fn some(&mut self, ty: &str, got: &Value, sets: &[&'a SelectionSet], path: &str, place: &str) -> Option<String> {
        if let Some(item) = ty.strip_prefix('[').and_then(|ty| ty.strip_suffix(']')) {
            let mut out = Vec::new();
            for (at, got) in got.as_array().unwrap().iter().enumerate() {
                out.push(self.complete(item, got, sets, &format!("{path}.{at}"), place)?);
            }
            return Some(format!("[{}]", out.join(",")));
        }
        if got.get("is").is_some() {
            return self.object(got, sets, path, place);
        }
        Some(serde_json::to_string(got).unwrap())
    }

    fn all(&self, of: &str, key: &str, is: &Value) -> Vec<Value> {
        let all = self.shop_json[of].as_array().unwrap().iter();
        all.filter(|one| &one[key] == is).cloned().collect()
    }

    fn one(&self, of: &str, id: &Value) -> Value {
        self.all(of, "id", id).into_iter().next().unwrap_or(Value::Null)
    }

    fn load(&self, source: &'static str, of: &str, key: &str, is: &Value) -> Result<Vec<Value>, FieldError> {
        if is.is_null() {
            return Ok(Vec::new());
        }
        match self.shop_json["broken"].as_array().unwrap().contains(&json!(source)) {
            true => Err(FieldError::Load(source)),
            false => Ok(self.all(of, key, is)),
        }
    }

    fn page(&self, products: Vec<Value>, args: &Value, counted: bool) -> Value {
        let total = products.len();
        let has = |product: &Value| {
            let title =
                args["filter"]["title"].as_str().is_none_or(|title| product["title"].as_str().unwrap().contains(title));
            let tags = args["filter"]["tags"].as_array().filter(|tags| !tags.is_empty());
            title && tags.is_none_or(|tags| tags.iter().any(|tag| product["tags"].as_array().unwrap().contains(tag)))
        };
        let first = args["first"].as_u64().unwrap_or(10) as usize;
        let found: Vec<_> = products.into_iter().filter(has).collect();
        let shown: Vec<_> = found.iter().take(first).cloned().collect();
        let more = found.len() > first;
        json!({ "is": "ProductConnection", "shown": shown, "more": more, "total": total, "counted": counted })
    }

    fn node(&self, id: &Value) -> Value {
        let found = ["products", "categories", "variants"].map(|of| self.one(of, id));
        found.into_iter().find(|found| !found.is_null()).unwrap_or(Value::Null)
    }

    fn resolve(&self, ty: &str, of: &Value, field: &str, args: &Value) -> Result<Value, FieldError> {
        let check_flaw = |flaw: &str| match of["flaws"].as_array().is_some_and(|flaws| flaws.contains(&json!(flaw))) {
            true => Err(FieldError::Field),
            false => Ok(()),
        };
        let first = |found: Vec<Value>| found.into_iter().next().unwrap_or(Value::Null);
        let category = |id: &Value| self.load("category", "categories", "id", id).map(first);
        let variants = || self.load("variants", "variants", "product", &of["id"]);
        let prices = || self.load("prices", "prices", "variant", &of["id"]);
        // Amounts have two decimals and as many digits, so that texts compare as numbers.
        let cheapest =
            |prices: Vec<Value>| prices.iter().map(|price| price["amount"].as_str().unwrap().to_owned()).min();
        let seo = |text: &Value| json!({ "is": "Seo", "title": text, "length": text.as_str().unwrap().len() });
        let products = || self.shop_json["products"].as_array().unwrap();
        Ok(match (ty, field) {
            ("Query", "products") => {
                let first = args["first"].as_u64().unwrap_or(10) as usize;
                products().iter().take(first).cloned().collect()
            }
            ("Query", "product") => self.one("products", &args["id"]),
            ("Query", "catalog") => self.page(products().clone(), args, false),
            ("Query", "node") => self.node(&args["id"]),
            ("Query", "nodes") => args["ids"].as_array().unwrap().iter().map(|id| self.node(id)).collect(),
            ("Query", "search") => {
                let text = args["text"].as_str().unwrap();
                let has = |one: &&Value, key: &str| one[key].as_str().unwrap().contains(text);
                let categories = self.shop_json["categories"].as_array().unwrap().iter().filter(|one| has(one, "name"));
                categories.chain(products().iter().filter(|one| has(one, "title"))).cloned().collect()
            }
            ("Query", "productCount") => json!(products().len()),
            ("Product", "remark") => json!(format!("Remark on {}", of["handle"].as_str().unwrap())),
            ("Product", "name") => of["title"].clone(),
            ("Product", "type") => json!("thing"),
            ("Product", "link") => {
                let base = args["base"].as_str().unwrap_or("https://shop.test");
                let anchor = args["anchor"].as_str().map(|anchor| format!("#{anchor}")).unwrap_or_default();
                json!(format!("{base}/{}{anchor}", of["handle"].as_str().unwrap()))
            }
            ("Product", "note") => {
                check_flaw("note")?;
                of["weight"].as_f64().map_or(Value::Null, |_| json!("A note."))
            }
            ("Product", "motto") => {
                check_flaw("motto").map(|()| json!(of["handle"].as_str().unwrap().to_uppercase()))?
            }
            ("Product", "seo") => seo(&of["title"]),
            ("Product", "extras") => {
                check_flaw("extras").map(|()| match of["labels"].as_array().unwrap().is_empty() {
                    true => Value::Null,
                    false => of["labels"].clone(),
                })?
            }
            ("Product", "badge") => check_flaw("badge").map(|()| of["labels"][0].clone())?,
            ("Product", "stamp") => {
                check_flaw("stamp")?;
                let (text, category, flaws) = (&of["handle"], &of["category"], &of["flaws"]);
                json!({ "is": "Label", "text": text, "size": null, "category": category, "flaws": flaws })
            }
            ("Product", "sides") => check_flaw("sides").map(|()| of["labels"].clone())?,
            ("Product" | "Label", "category") => category(&of["category"])?,
            ("Product", "origin") => check_flaw("origin").and_then(|()| category(&of["category"]))?,
            ("Product", "home") => check_flaw("home").and_then(|()| category(&of["category"]))?,
            ("Product", "variants") => variants()?.into(),
            ("Product", "choices") => check_flaw("choices").and_then(|()| variants())?.into(),
            ("Product", "firstVariant") => {
                variants().and_then(|found| check_flaw("firstVariant").map(|()| first(found)))?
            }
            ("Product", "lastVariant") => {
                let mut found = variants()?;
                check_flaw("lastVariant")?;
                found.pop().unwrap()
            }
            ("Product", "otherVariants") => match variants()? {
                found if found.len() > 1 => found[1..].into(),
                _ => Value::Null,
            },
            ("Product", "variantCount") => json!(variants()?.len()),
            ("Product", "sku") => {
                check_flaw("sku")?;
                let found = variants()?;
                check_flaw("skuValue")?;
                found.iter().map(|variant| variant["sku"].clone()).find(|sku| !sku.is_null()).unwrap_or(Value::Null)
            }
            ("Label", "motto") => check_flaw("motto").map(|()| of["text"].clone())?,
            ("Label", "seo") => seo(&of["text"]),
            ("ProductVariant", "product") => self.one("products", &of["product"]),
            ("ProductVariant", "prices") => prices()?.into(),
            ("ProductVariant", "cheapest") => json!(cheapest(prices()?)),
            ("ProductVariant", "priceTag") => json!(cheapest(prices()?).unwrap_or_else(|| "free".to_owned())),
            ("Category", "parent") => category(&of["parent"])?,
            ("Category", "products") => {
                let found = self.load("products in", "products", "category", &of["id"])?;
                self.page(found, args, true)
            }
            ("ProductConnection", "edges") => {
                let edge = |node: &Value| json!({ "is": "ProductEdge", "node": node, "cursor": node["handle"] });
                of["shown"].as_array().unwrap().iter().map(edge).collect()
            }
            ("ProductConnection", "nodes") => of["shown"].clone(),
            ("ProductConnection", "pageInfo") => {
                let shown = of["shown"].as_array().unwrap();
                let cursor = |product: Option<&Value>| product.map_or(Value::Null, |product| product["handle"].clone());
                json!({
                    "is": "PageInfo",
                    "hasPreviousPage": false,
                    "hasNextPage": of["more"],
                    "startCursor": cursor(shown.first()),
                    "endCursor": cursor(shown.last()),
                })
            }
            ("ProductConnection", "totalCount") => {
                if of["counted"] == true {
                    self.load("count in", "products", "id", &json!("any"))?;
                }
                of["total"].clone()
            }
            _ => of[field].clone(),
        })
    }
}

/// A deterministic random number generator.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        ((self.0 >> 20) % limit as u64) as usize
    }

    fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    fn pick<'t, T: ?Sized>(&mut self, of: &[&'t T]) -> &'t T {
        of[self.below(of.len())]
    }
}

/// Writes random valid documents.
struct Writer<'r> {
    random: &'r mut Random,
    /// Name, type, text.
    fragments: Vec<(String, String, String)>,
    fields: usize,
    /// Whether only products can be nodes, because the source of the other types is broken.
    products_only: bool,
}

impl Writer<'_> {
    fn directive(&mut self) -> &'static str {
        match self.random.chance(8) {
            true => self.random.pick(&[
                " @skip(if: $yes)",
                " @include(if: $no)",
                " @include(if: $yes)",
                " @skip(if: false)",
            ]),
            false => "",
        }
    }

    fn set(&mut self, ty: &str, depth: usize) -> String {
        let mut out = String::new();
        for _ in 0..2 + self.random.below(4) {
            out += &self.selection(ty, depth);
        }
        out
    }

    /// The type conditions that fragments within a type may have.
    fn conditions(ty: &str) -> Vec<&'static str> {
        match ty {
            "Query" => vec!["Query"],
            "Product" => vec!["Product", "Node", "SearchResult"],
            "Category" => vec!["Category", "Node", "SearchResult"],
            "ProductVariant" => vec!["ProductVariant", "Node"],
            "Node" => vec!["Node", "Product", "Category", "ProductVariant", "SearchResult"],
            "SearchResult" => vec!["SearchResult", "Product", "Category", "Node"],
            _ => vec![],
        }
    }

    fn selection(&mut self, ty: &str, depth: usize) -> String {
        let conditions = Self::conditions(ty);
        let fields: Vec<_> = FIELDS.iter().filter(|field| field.0 == ty).collect();
        let fragment = if fields.len() < 2 { 80 } else { 15 };
        if !conditions.is_empty() && depth > 0 && self.random.chance(fragment) {
            let on = self.random.pick(&conditions);
            let directive = self.directive();
            if self.random.chance(50) {
                let bare = on == ty && self.random.chance(50);
                let set = self.set(on, depth - 1);
                return if bare {
                    format!("...{directive} {{ {set}}} ")
                } else {
                    format!("... on {on}{directive} {{ {set}}} ")
                };
            }
            let known: Vec<String> = self.fragments.iter().filter(|one| one.1 == on).map(|one| one.0.clone()).collect();
            let name = if !known.is_empty() && self.random.chance(60) {
                known[self.random.below(known.len())].clone()
            } else {
                let text = self.set(on, depth - 1);
                let name = format!("F{}", self.fragments.len());
                self.fragments.push((name.clone(), on.to_owned(), text));
                name
            };
            let again = if self.random.chance(20) { format!("...{name} ") } else { String::new() };
            return format!("...{name}{directive} {again}");
        }
        self.fields += 1;
        let leaf = |field: &&&(&str, &str, &str)| {
            !FIELDS.iter().any(|of| of.0 == named(field.2)) && members(named(field.2)).is_empty()
        };
        let fields: Vec<_> = fields.iter().filter(|field| (depth > 0 && self.fields < 100) || leaf(field)).collect();
        if fields.is_empty() || self.random.chance(6) {
            return "__typename ".to_owned();
        }
        let field = fields[self.random.below(fields.len())];
        let (name, of) = (field.1, named(field.2));
        let (key, args) = self.arguments(ty, name);
        let directive = self.directive();
        let set = if leaf(&field) { String::new() } else { format!(" {{ {}}}", self.set(of, depth.saturating_sub(1))) };
        format!("{key}{name}{args}{directive}{set} ")
    }

    /// The alias and the arguments of a field. Different arguments get different aliases.
    fn arguments(&mut self, ty: &str, field: &str) -> (String, String) {
        let list = [
            "",
            "(first: 2)",
            "(first: $n)",
            "(filter: { tags: [\"tag-0\"] })",
            "(filter: { title: $title, tags: [] }, first: 3)",
            "(filter: $filter)",
        ];
        let choices: Vec<String> = match (ty, field) {
            ("Query", "products") => {
                vec![String::new(), "(first: 0)".into(), "(first: $n)".into(), "(first: 4)".into()]
            }
            ("Query", "catalog") | ("Category", "products") => list.map(str::to_owned).to_vec(),
            ("Query", "product") => [0, 1, 2, 9].map(|n| format!("(id: \"{}\")", Id::product(n).0)).to_vec(),
            ("Query", "node" | "nodes") => {
                let mut ids: Vec<_> = [0, 1, 2, 4].map(Id::product).to_vec();
                if !self.products_only {
                    ids.extend([Id::variant(0), Id::category(0), Id::category(1), Id::product(9)]);
                }
                let ids: Vec<_> = ids.iter().map(|id| format!("\"{}\"", id.0)).collect();
                match field {
                    "node" => ids.iter().map(|id| format!("(id: {id})")).collect(),
                    _ => (0..3)
                        .map(|skip| {
                            format!(
                                "(ids: [{}])",
                                ids.iter().skip(skip).step_by(2).cloned().collect::<Vec<_>>().join(" ")
                            )
                        })
                        .collect(),
                }
            }
            ("Query", "search") => ["0", "1", "Cat"].map(|text| format!("(text: \"{text}\")")).to_vec(),
            ("Product", "link") => ["", "(anchor: $title)", "(base: \"here\")"].map(str::to_owned).to_vec(),
            _ => {
                let key = if self.random.chance(15) { format!("x_{field}: ") } else { String::new() };
                return (key, String::new());
            }
        };
        let at = self.random.below(choices.len());
        let key = if choices[at].is_empty() { String::new() } else { format!("{field}_{at}: ") };
        (key, choices[at].clone())
    }

    fn document(mut self) -> String {
        let set = (0..3).map(|_| self.set("Query", 5)).collect::<String>();
        let fragments = self.fragments.iter().map(|(name, on, text)| format!(" fragment {name} on {on} {{ {text}}}"));
        let body = format!("{{ {set}}}{}", fragments.collect::<String>());
        let declared = [
            ("$yes", "$yes: Boolean!"),
            ("$no", "$no: Boolean!"),
            ("$n", "$n: Int = 2"),
            ("$title", "$title: String = \"1\""),
            ("$filter", "$filter: ListFilter"),
        ];
        let used: Vec<_> = declared
            .iter()
            .filter(|(name, _)| {
                body.match_indices(name).any(|(at, _)| !body[at + name.len()..].starts_with(char::is_alphanumeric))
            })
            .map(|(_, text)| *text)
            .collect();
        if used.is_empty() { body } else { format!("query({}) {body}", used.join(", ")) }
    }
}

const FLAWS: &[&str] = &[
    "note",
    "motto",
    "extras",
    "badge",
    "stamp",
    "sides",
    "origin",
    "home",
    "choices",
    "firstVariant",
    "lastVariant",
    "sku",
    "skuValue",
];

/// Compares one document for one shop. Returns the number of objects in the response.
async fn compare(schema: &Schema<Query, Mutation, Updates>, seed: u64) -> usize {
    let mut random = Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
    for _ in 0..8 {
        random.below(2);
    }
    let mut shop = Shop::new(5, 2);
    for _ in 0..random.below(8) {
        let flaw = random.pick(FLAWS);
        shop = shop.with_flaw(random.below(5) as u64, flaw);
    }
    if random.chance(25) {
        shop = shop.with_broken(random.pick(&["category", "variants", "prices", "products in", "count in"]));
    }
    let products_only = shop.broken.contains("category");
    let query = Writer { random: &mut random, fragments: Vec::new(), fields: 0, products_only }.document();
    let chosen = if random.chance(50) {
        json!({ "yes": true, "no": false, "filter": { "tags": ["tag-1"] } })
    } else {
        json!({ "yes": true, "no": false, "n": 3, "title": "2", "filter": { "title": "\"" } })
    };
    let mut variables = json!({ "n": 2, "title": "1" });
    variables.as_object_mut().unwrap().extend(chosen.as_object().unwrap().clone());

    let document = async_graphql::parser::parse_query(&query).unwrap_or_else(|error| panic!("{error}: {query}"));
    let (_, operation) = document.operations.iter().next().unwrap();
    assert_eq!(operation.node.ty, OperationType::Query);
    let shop_json = shop_json(&shop);
    let mut naive = Naive {
        shop_json: &shop_json,
        document: &document,
        variables,
        errors: vec![],
        reported: HashSet::new(),
        objects: 0,
    };
    let root = json!({ "is": "Query" });
    let expected = naive.object(&root, &[&operation.node.selection_set.node], "", "");
    if naive.objects > MAX_OBJECTS {
        return 0;
    }

    let shop = Arc::new(shop);
    let mut request =
        Request::new(&*query).variables(Variables::from_json(chosen.clone())).data(Staff).data(shop.clone());
    request.set_parsed_query(document.clone());
    let response = schema.execute(request.data(shop.execution(Default::default()))).await;
    let reported = paths(&response);
    let context = || {
        format!(
            "seed {seed}\n{query}\nflaws: {:?}\nerrors: {:?}",
            shop_json["products"]
                .as_array()
                .unwrap()
                .iter()
                .map(|product| product["flaws"].to_string())
                .collect::<Vec<_>>(),
            response.errors
        )
    };
    // If a limit is exceeded, there is no data; otherwise, the response is complete.
    if seed.is_multiple_of(4) {
        let mut limits = Limits::default();
        match random.below(3) {
            0 => limits.objects = random.below(naive.objects + 2) as u64,
            1 => limits.rows = random.below(naive.objects + 2) as u64,
            _ => limits.bytes = random.below(text(&response).len()) as u64,
        }
        let mut request = Request::new(&*query).variables(Variables::from_json(chosen)).data(Staff).data(shop.clone());
        request.set_parsed_query(document.clone());
        let limited = schema.execute(request.data(shop.execution(limits))).await;
        let rejected = limited.errors.iter().any(|error| code(error) == "TOO_COSTLY");
        assert_eq!(text(&limited), if rejected { "null".to_owned() } else { text(&response) }, "{}", context());
    }
    match expected {
        Some(expected) => {
            assert_eq!(text(&response), expected, "{}", context());
            // Root fields run concurrently, but the errors of each are in order.
            let of = |key: &str, all: &[String]| -> Vec<String> {
                all.iter().filter(|path| path.split('.').next() == Some(key)).cloned().collect()
            };
            for path in naive.errors.iter().chain(&reported) {
                let key = path.split('.').next().unwrap();
                assert_eq!(of(key, &reported), of(key, &naive.errors), "{}", context());
            }
        }
        None => {
            // The first root field that fails cancels the others.
            assert_eq!(text(&response), "null", "{}", context());
            let known = !reported.is_empty() && reported.iter().all(|path| naive.errors.contains(path));
            assert!(known, "{:?} {}", naive.errors, context());
        }
    }
    naive.objects
}

#[tokio::test]
async fn random_documents_match_the_naive_executor() {
    let schema = Schema::build(Query, Mutation, Updates).limit_recursive_depth(1_000).finish();
    let mut objects = 0;
    for seed in 0..400 {
        objects += compare(&schema, seed).await;
    }
    // The responses are not all empty.
    assert!(objects > 4_000, "{objects}");
}
