//! The catalog for shoppers: filters, full-text search, sorting, pagination, regional prices and visibility.

use std::collections::BTreeSet;

use cartwright::kernel::actor::Permission;
use cartwright_macros::shop_test;
use serde_json::{Value, json};

use crate::support::{Client, Shop};

const LIST: &str = "query($filter: ProductFilterInput, $query: String, $sort: ProductSort,
    $first: Int, $after: String, $last: Int, $before: String) {
    products(filter: $filter, query: $query, sort: $sort, first: $first, after: $after, last: $last, before: $before) {
        totalCount edges { cursor node { id } } nodes { id handle title createdAt priceRange { min { amount } } }
        pageInfo { startCursor endCursor hasNextPage hasPreviousPage } } }";
/// The handle and the SKU of a product that the demo shop has not published yet.
const UNPUBLISHED: (&str, &str) = ("fountain-pen", "PEN-FTN-F");

fn handles(page: &Value) -> BTreeSet<&str> {
    page["nodes"].as_array().expect("nodes").iter().map(|node| node["handle"].as_str().expect("a handle")).collect()
}

async fn list(client: &Client, mut variables: Value) -> Value {
    if variables["filter"].is_null() {
        variables["filter"] = json!({});
    }
    client.data(LIST, variables).await["products"].clone()
}

/// The handles of the products that match the filter; also checks the count.
async fn filtered_handles(client: &Client, filter: Value) -> BTreeSet<String> {
    let page = list(client, json!({ "filter": filter, "first": 100 })).await;
    let found: BTreeSet<_> = handles(&page).into_iter().map(str::to_owned).collect();
    assert_eq!(page["totalCount"], found.len(), "{filter}");
    found
}

fn handle_set(wanted: &[&str]) -> BTreeSet<String> {
    wanted.iter().map(|handle| (*handle).to_owned()).collect()
}

fn parse_amount(amount: &Value) -> f64 {
    amount.as_str().and_then(|amount| amount.parse().ok()).expect("an amount")
}

async fn id_of(client: &Client, kind: &str, handle: &str) -> Value {
    let query = format!("query($handle: String!) {{ {kind}(by: {{handle: $handle}}) {{ id }} }}");
    client.data(&query, json!({ "handle": handle })).await[kind]["id"].clone()
}

#[shop_test]
async fn products_are_filtered_by_their_attributes() {
    let shop = Shop::demo().await;
    let shopper = shop.anonymous();
    let all = filtered_handles(&shopper, json!({})).await;
    let forge = ["cross-pein-hammer", "block-plane", "bevel-edge-chisel", "hand-trowel", "secateurs"];
    let cases = [
        (
            json!({ "tags": ["bestseller"] }),
            handle_set(&["enamel-mug", "market-tote", "field-notebook", "workshop-apron"]),
        ),
        (json!({ "tags": ["steel", "made to last"] }), handle_set(&["block-plane", "secateurs"])),
        (json!({ "tags": ["steel", "no such tag"] }), handle_set(&[])),
        (json!({ "tags": ["bestsell"] }), handle_set(&[])),
        (json!({ "productType": "Mug" }), handle_set(&["enamel-mug", "stoneware-mug"])),
        (json!({ "productType": "mug" }), handle_set(&[])),
        (json!({ "productType": "Garden tool", "tags": ["gift"] }), handle_set(&["hand-trowel"])),
        (json!({ "vendor": "Wren Hill Pottery" }), handle_set(&["stoneware-mug", "terracotta-pot"])),
        (json!({ "vendor": "Wren Hill Pottery\u{0}" }), handle_set(&[])),
    ];
    for (filter, wanted) in cases {
        assert_eq!(filtered_handles(&shopper, filter.clone()).await, wanted, "{filter}");
    }
    let by_forge = filtered_handles(&shopper, json!({ "vendor": "Hollow Lane Forge" })).await;
    assert!(by_forge.is_superset(&handle_set(&forge)) && by_forge.len() < all.len(), "{by_forge:?}");
}

#[shop_test]
async fn products_are_filtered_by_collection_and_category_tree() {
    let shop = Shop::demo().await;
    let shopper = shop.anonymous();
    let gifts = id_of(&shopper, "collection", "good-gifts").await;
    let in_gifts = handle_set(&["beeswax-candles", "market-tote", "gift-wrapping"]);
    assert_eq!(filtered_handles(&shopper, json!({ "collectionId": gifts })).await, in_gifts);

    let tree = "{ categories(first: 100) { nodes { id name parent { id } children { id name parent { name } } } } }";
    let roots = shopper.data(tree, Value::Null).await["categories"]["nodes"].clone();
    let home = roots.as_array().expect("roots").iter().find(|root| root["name"] == "Home").expect("a root").clone();
    assert_eq!(home["parent"], Value::Null);
    let lighting = home["children"].as_array().expect("children").iter().find(|child| child["name"] == "Lighting");
    let lighting = lighting.expect("a category below");
    assert_eq!(lighting["parent"]["name"], "Home");
    let lit = handle_set(&["bench-lamp", "beeswax-candles"]);
    assert_eq!(filtered_handles(&shopper, json!({ "categoryId": lighting["id"] })).await, lit);
    let at_home = filtered_handles(&shopper, json!({ "categoryId": home["id"] })).await;
    assert!(
        at_home.is_superset(&lit) && at_home.contains("enamel-mug") && !at_home.contains("hand-trowel"),
        "{at_home:?}"
    );
    let both = json!({ "categoryId": home["id"], "collectionId": gifts });
    assert_eq!(filtered_handles(&shopper, both).await, handle_set(&["beeswax-candles"]));

    // The list of a category or collection is the same, and a filter narrows it further.
    let query = "query($id: ID!, $group: ID!) {
        category(by: {id: $id}) { products(first: 100, filter: {collectionId: $group}) { totalCount nodes { handle } } }
        collection(by: {id: $group}) { products(filter: {categoryId: $id}) { totalCount nodes { handle } } } }";
    let data = shopper.data(query, json!({ "id": home["id"], "group": gifts })).await;
    let wanted = json!({ "products": { "totalCount": 1, "nodes": [{ "handle": "beeswax-candles" }] } });
    assert_eq!(data, json!({ "category": wanted, "collection": wanted }));
}

#[shop_test]
async fn price_filters_use_the_lowest_price_in_the_requests_region() {
    let shop = Shop::demo().await;
    let shopper = shop.anonymous();
    let all = list(&shopper, json!({ "first": 100 })).await;
    let within = |low: f64, high: f64| -> BTreeSet<String> {
        let nodes = all["nodes"].as_array().expect("nodes").iter();
        let fits = |node: &&Value| (low..=high).contains(&parse_amount(&node["priceRange"]["min"]["amount"]));
        nodes.filter(fits).map(|node| node["handle"].as_str().expect("a handle").to_owned()).collect()
    };
    assert_eq!(
        filtered_handles(&shopper, json!({ "priceMin": "100" })).await,
        handle_set(&["bench-lamp", "block-plane"])
    );
    assert_eq!(filtered_handles(&shopper, json!({ "priceMin": "13.50", "priceMax": 25.5 })).await, within(13.5, 25.5));
    assert_eq!(
        filtered_handles(&shopper, json!({ "priceMax": "5.50" })).await,
        handle_set(&["gift-wrapping", "carpenters-pencils"])
    );
    assert_eq!(filtered_handles(&shopper, json!({ "priceMin": "20", "priceMax": "10" })).await, handle_set(&[]));
    assert_eq!(filtered_handles(&shopper, json!({ "priceMin": "-1" })).await.len(), within(0.0, 1e9).len());

    let dollars = "query @inContext(country: US) { products(filter: {priceMax: 5.50}) { nodes { handle } } }";
    let data = shopper.data(dollars, Value::Null).await;
    assert_eq!(handles(&data["products"]).into_iter().collect::<Vec<_>>(), ["gift-wrapping"]);
}

#[shop_test]
async fn products_are_filtered_by_availability() {
    let shop = Shop::demo().await;
    let shopper = shop.anonymous();
    // Block planes are out of stock; secateurs can be backordered, and gift wrapping is not tracked.
    assert_eq!(filtered_handles(&shopper, json!({ "available": false })).await, handle_set(&["block-plane"]));
    let available = filtered_handles(&shopper, json!({ "available": true })).await;
    assert!(available.is_superset(&handle_set(&["secateurs", "gift-wrapping", "enamel-mug"])));
    assert_eq!(available.len() + 1, filtered_handles(&shopper, json!({})).await.len());
    let query = "query($handle: String!) { product(by: {handle: $handle}) { availableForSale
        variants { availableForSale quantityAvailable } } }";
    for (handle, buyable) in [("block-plane", false), ("secateurs", true), ("gift-wrapping", true)] {
        let product = shopper.data(query, json!({ "handle": handle })).await["product"].clone();
        assert_eq!(product["availableForSale"], buyable, "{handle}");
        assert_eq!(product["variants"][0]["availableForSale"], buyable, "{handle}");
    }
    shop.set_stock(&shop.variant("PLN-BLK-LA").await, 1).await;
    assert_eq!(filtered_handles(&shopper, json!({ "available": false })).await, handle_set(&[]));
    let variant = shop.variant("PLN-BLK-LA").await;
    shop.order(&shopper, &variant, 1).await;
    assert_eq!(filtered_handles(&shopper, json!({ "available": false })).await, handle_set(&["block-plane"]));
}

#[shop_test]
async fn full_text_search_matches_prefixes_of_all_words() {
    let shop = Shop::demo().await;
    let shopper = shop.anonymous();
    let find = async |text: &str| {
        let page = list(&shopper, json!({ "query": text, "first": 100 })).await;
        let found: BTreeSet<_> = handles(&page).into_iter().map(str::to_owned).collect();
        assert_eq!(page["totalCount"], found.len(), "{text}");
        found
    };
    for (text, wanted) in [
        ("notebook", "field-notebook"),
        ("noteb", "field-notebook"),
        ("NOTEBOOK field", "field-notebook"),
        ("stonew", "stoneware-mug"),
        ("secateurs hollow", "secateurs"),
    ] {
        assert_eq!(find(text).await, handle_set(&[wanted]), "{text}");
    }
    let mugs = find("mug").await;
    assert!(mugs.is_superset(&handle_set(&["enamel-mug", "stoneware-mug"])));
    for nothing in ["zzzyx", "notebook zzzyx", "otebook", "lathe-turned fountain"] {
        assert_eq!(find(nothing).await, handle_set(&[]), "{nothing}");
    }
    for odd in ["mug & | ! ( ) :* <-> '\\\"", "'mug'", "mug\u{0}", "mug:*", "%mug_", "(mug"] {
        assert_eq!(find(odd).await, mugs, "{odd:?}");
    }
    let all = filtered_handles(&shopper, json!({})).await;
    for wordless in ["", "   ", "!&|:*'\\", "\u{0}"] {
        assert_eq!(find(wordless).await, all, "{wordless:?}");
    }
    for unusual in ["½", "木", "é", "a".repeat(50_000).as_str(), "x ".repeat(10_000).as_str()] {
        assert!(find(unusual).await.len() <= all.len());
    }
    let best = list(&shopper, json!({ "query": "notebook" })).await;
    let sorted = list(&shopper, json!({ "query": "notebook", "sort": "RELEVANCE" })).await;
    assert_eq!(best, sorted, "search results are sorted by relevance by default");
    assert_eq!(shopper.top_level_error(LIST, json!({ "filter": {}, "sort": "RELEVANCE" })).await, "INVALID");
}

#[shop_test]
async fn every_sort_returns_every_product_once_in_both_directions() {
    let shop = Shop::demo().await;
    let (staff, shopper) = (shop.staff().await, shop.anonymous());
    // Products that all sorts treat as equal.
    let create =
        "mutation($input: ProductCreateInput!) { productCreate(input: $input) { userErrors { code message } } }";
    for place in 0..5 {
        let variant = json!({ "prices": [{ "currencyCode": "EUR", "amount": "26" }] });
        let input = json!({ "title": "Steel Thing", "handle": format!("steel-{place}"), "publish": true,
            "variants": [variant] });
        staff.data(create, json!({ "input": input })).await;
    }
    let sorts = ["NEWEST", "TITLE_ASC", "TITLE_DESC", "PRICE_ASC", "PRICE_DESC", "RELEVANCE"];
    for sort in sorts {
        let text = if sort == "RELEVANCE" { json!("steel") } else { Value::Null };
        let whole = list(&shopper, json!({ "sort": sort, "query": text, "first": 100 })).await;
        let nodes = whole["nodes"].as_array().expect("nodes").clone();
        assert!(nodes.len() >= 10 && whole["totalCount"] == nodes.len(), "{sort}: {}", whole["totalCount"]);
        for pair in nodes.windows(2) {
            let (left, right) = (&pair[0], &pair[1]);
            let title = |node: &Value| node["title"].as_str().expect("a title").to_lowercase();
            let price = |node: &Value| parse_amount(&node["priceRange"]["min"]["amount"]);
            let in_order = match sort {
                "NEWEST" => left["createdAt"].as_str() >= right["createdAt"].as_str(),
                "TITLE_ASC" => title(left) <= title(right),
                "TITLE_DESC" => title(left) >= title(right),
                "PRICE_ASC" => price(left) <= price(right),
                "PRICE_DESC" => price(left) >= price(right),
                _ => true,
            };
            assert!(in_order, "{sort}: {left} before {right}");
        }
        let wanted: Vec<_> = nodes.iter().map(|node| node["id"].clone()).collect();
        let base = json!({ "sort": sort, "query": text });
        for size in [1, 4, 7] {
            assert_eq!(paginate(&shopper, &base, size, true).await, wanted, "{sort}, {size} forward");
            assert_eq!(paginate(&shopper, &base, size, false).await, wanted, "{sort}, {size} backward");
        }
    }
}

/// The ids of all pages of this size, in list order.
async fn paginate(client: &Client, base: &Value, size: usize, forward: bool) -> Vec<Value> {
    let (count, beyond, edge, more) = if forward {
        ("first", "after", "endCursor", "hasNextPage")
    } else {
        ("last", "before", "startCursor", "hasPreviousPage")
    };
    let (mut found, mut cursor) = (Vec::new(), Value::Null);
    for _ in 0..100 {
        let mut variables = base.clone();
        variables[count] = json!(size);
        variables[beyond] = cursor;
        let page = list(client, variables).await;
        let edges = page["edges"].as_array().expect("edges");
        let ends = if forward { edges.last() } else { edges.first() };
        assert_eq!(ends.map(|found| &found["cursor"]), Some(&page["pageInfo"][edge]));
        let page_ids: Vec<_> = edges.iter().map(|edge| edge["node"]["id"].clone()).collect();
        let at = if forward { found.len() } else { 0 };
        found.splice(at..at, page_ids);
        cursor = page["pageInfo"][edge].clone();
        if page["pageInfo"][more] != true {
            return found;
        }
    }
    panic!("the list does not end")
}

#[shop_test]
async fn pagination_is_stable_while_products_are_added_and_removed() {
    let shop = Shop::demo().await;
    let (staff, shopper) = (shop.staff().await, shop.anonymous());
    let whole = list(&shopper, json!({ "sort": "TITLE_ASC", "first": 6 })).await;
    let first = list(&shopper, json!({ "sort": "TITLE_ASC", "first": 3 })).await;
    let delete = "mutation($ids: [ID!]!) { productDelete(ids: $ids) { userErrors { code } } }";
    staff.data(delete, json!({ "ids": [first["nodes"][0]["id"], first["nodes"][2]["id"]] })).await;
    let create = "mutation { productCreate(input: {title: \"AAA\", publish: true,
        variants: [{ prices: [{ currencyCode: EUR, amount: \"5\" }] }]}) { userErrors { code } } }";
    staff.data(create, Value::Null).await;
    let after = first["pageInfo"]["endCursor"].clone();
    let second = list(&shopper, json!({ "sort": "TITLE_ASC", "first": 3, "after": after })).await;
    assert_eq!(second["nodes"].as_array().expect("nodes")[..], whole["nodes"].as_array().expect("nodes")[3..]);
}

#[shop_test]
async fn a_product_is_found_by_its_handle() {
    let shop = Shop::demo().await;
    let query = "query($handle: String!) { product(by: {handle: $handle}) {
        id title options { name values } collections { handle } category { name parent { name } }
        variants { sku product { handle } price { amount { amount currencyCode } compareAtPrice { amount } } } } }";
    let open = async |handle: &str| shop.anonymous().data(query, json!({ "handle": handle })).await["product"].clone();
    let towel = open("linen-tea-towel").await;
    assert_eq!(towel["title"], "Linen Tea Towel");
    assert_eq!(towel["options"][0], json!({ "name": "Colour", "values": ["Natural Stripe", "Rust", "Sage"] }));
    assert_eq!(towel["collections"], json!([{ "handle": "the-morning-table" }]));
    assert_eq!(towel["category"], json!({ "name": "Tools & Linen", "parent": { "name": "Kitchen" } }));
    let set_of_three = json!({ "sku": "TWL-LIN-NAT-3", "product": { "handle": "linen-tea-towel" },
        "price": { "amount": { "amount": "39.00", "currencyCode": "EUR" }, "compareAtPrice": { "amount": "45.00" } } });
    assert_eq!(towel["variants"][1], set_of_three);
    for unknown in ["no-such-handle", "", "Linen-Tea-Towel", "linen-tea-towel\u{0}", "linen%"] {
        assert_eq!(open(unknown).await, Value::Null, "{unknown:?}");
    }
}

#[shop_test]
async fn unpublished_products_are_hidden_everywhere() {
    let shop = Shop::demo().await;
    let staff = shop.staff().await;
    let (handle, sku) = UNPUBLISHED;
    let query = "query($handle: String!) { product(by: {handle: $handle}) { id variants { id }
        category { id } collections { id } } }";
    let pen = staff.data(query, json!({ "handle": handle })).await["product"].clone();
    let (id, variant) = (&pen["id"], &pen["variants"][0]["id"]);
    let (category, collection) = (&pen["category"]["id"], &pen["collections"][0]["id"]);
    let lists = json!({ "id": id, "variant": variant, "handle": handle, "sku": sku, "category": category,
        "collection": collection });
    let everywhere =
        "query($id: ID!, $variant: ID!, $handle: String!, $sku: String!, $category: ID!, $collection: ID!) {
        a: product(by: {id: $id}) { id } b: product(by: {handle: $handle}) { id }
        c: variant(by: {id: $variant}) { id } d: variant(by: {sku: $sku}) { id }
        e: node(id: $id) { id } f: node(id: $variant) { id } g: nodes(ids: [$id, $variant]) { id }
        h: products(query: \"lathe\") { totalCount nodes { id } }
        i: products(filter: {productType: \"Pen\", published: false}) { totalCount nodes { id } } }";
    let within = "query($category: ID!, $collection: ID!) {
        category(by: {id: $category}) { products(first: 100) { nodes { handle } } }
        collection(by: {id: $collection}) { products(first: 100) { nodes { handle } } }
        products(first: 100) { nodes { handle } } }";
    let nothing = json!({ "totalCount": 0, "nodes": [] });
    let hidden = json!({ "a": null, "b": null, "c": null, "d": null, "e": null, "f": null, "g": [null, null],
        "h": nothing, "i": nothing });
    let clerk = shop.staff_with(&[Permission::Orders, Permission::Stock]).await;
    let add = "mutation($variant: ID!) { cartCreate(input: {lines: [{variantId: $variant}]}) {
        cart { id } userErrors { code path } } }";
    for client in [shop.anonymous(), shop.customer().await, clerk] {
        let everywhere = everywhere.replace("$category: ID!, $collection: ID!", "");
        assert_eq!(client.data(&everywhere, lists.clone()).await, hidden);
        let data = client.data(within, lists.clone()).await;
        for page in [&data["category"]["products"], &data["collection"]["products"], &data["products"]] {
            assert!(!handles(page).is_empty() && !handles(page).contains(handle), "{page}");
        }
        let rejected = client.user_error(add, json!({ "variant": variant })).await;
        assert_eq!(rejected, json!({ "code": "NOT_FOUND", "path": ["input", "lines", "0", "variantId"] }));
    }
    assert_eq!(shop.count("SELECT count(*) FROM carts").await, 0);
    let data = staff.data(within, lists).await;
    for page in [&data["category"]["products"], &data["collection"]["products"], &data["products"]] {
        assert!(handles(page).contains(handle), "staff do not see it in {page}");
    }
    let unpublished = filtered_handles(&staff, json!({ "published": false })).await;
    assert_eq!(unpublished, handle_set(&[handle]));
}

#[shop_test]
async fn prices_are_those_of_the_requests_region() {
    let shop = Shop::demo().await;
    let shopper = shop.anonymous();
    let selection = "{ shop { region { name } } variant(by: {sku: \"TWL-LIN-NAT-3\"}) {
        price { amount { amount currencyCode } compareAtPrice { amount } }
        product { priceRange { min { amount currencyCode } } } } }";
    let price = |amount: &str, before: &str, lowest: &str, currency: &str| {
        let money = |amount: &str| json!({ "amount": amount, "currencyCode": currency });
        json!({ "price": { "amount": money(amount), "compareAtPrice": { "amount": before } },
            "product": { "priceRange": { "min": money(lowest) } } })
    };
    let (euros, dollars) = (price("39.00", "45.00", "15.00", "EUR"), price("44.00", "51.00", "17.00", "USD"));
    let nothing = json!({ "price": null, "product": { "priceRange": null } });
    for (head, region, wanted) in [
        ("query", json!({ "name": "Europe" }), &euros),
        ("query @inContext(country: FR)", json!({ "name": "Europe" }), &euros),
        ("query @inContext(country: US)", json!({ "name": "United States" }), &dollars),
        ("query @inContext(currency: USD)", json!({ "name": "United States" }), &dollars),
        ("query @inContext(country: DE, currency: USD)", json!({ "name": "Europe" }), &euros),
        ("query @inContext(country: JP)", Value::Null, &nothing),
        ("query @inContext(currency: JPY)", Value::Null, &nothing),
    ] {
        let data = shopper.data(&format!("{head} {selection}"), Value::Null).await;
        assert_eq!(data, json!({ "shop": { "region": region }, "variant": wanted }), "{head}");
    }
    let named = format!("query($country: CountryCode) @inContext(country: $country) {selection}");
    assert_eq!(shopper.data(&named, json!({ "country": "US" })).await["variant"], dollars);
    assert_eq!(shopper.data(&named, json!({ "country": null })).await["variant"], euros);
}

#[shop_test]
async fn nodes_of_every_type_are_found_by_id() {
    let shop = Shop::demo().await;
    let customer = shop.customer().await;
    let query = "{ me { id } region(by: {country: DE}) { id }
        product(by: {handle: \"enamel-mug\"}) { id variants { id } category { id } collections { id } } }";
    let data = customer.data(query, Value::Null).await;
    let product = &data["product"];
    let variant = product["variants"][0]["id"].as_str().expect("an id");
    let cart = shop.ready_cart(&customer, variant, 1).await;
    let (order, _) = shop.order(&customer, variant, 1).await;
    let kinds = [
        ("Product", product["id"].clone()),
        ("ProductVariant", json!(variant)),
        ("Category", product["category"]["id"].clone()),
        ("Collection", product["collections"][0]["id"].clone()),
        ("Region", data["region"]["id"].clone()),
        ("Customer", data["me"]["id"].clone()),
        ("Cart", json!(cart)),
        ("Order", json!(order)),
    ];
    let one = "query($id: ID!) { node(id: $id) { __typename id } }";
    for (kind, id) in &kinds {
        let found = customer.data(one, json!({ "id": id })).await["node"].clone();
        assert_eq!(found, json!({ "__typename": kind, "id": id }));
    }
    let possible = "{ __type(name: \"Node\") { possibleTypes { name } } }";
    let possible = customer.data(possible, Value::Null).await["__type"]["possibleTypes"].as_array().map(Vec::len);
    assert_eq!(possible, Some(kinds.len()), "a node type is not tested");

    let many = "query($ids: [ID!]!) { nodes(ids: $ids) { id } }";
    let unknown = "prod_01m84q05c3e3jbvaxd7vc1mw18";
    let requested = json!([kinds[2].1, unknown, kinds[0].1, kinds[2].1, "loc_01m84q05c3e3jbvaxd7vc1mw18"]);
    let found = customer.data(many, json!({ "ids": requested })).await["nodes"].clone();
    let wanted = json!([{ "id": requested[0] }, null, { "id": requested[2] }, { "id": requested[0] }, null]);
    assert_eq!(found, wanted);
    assert_eq!(customer.top_level_error(many, json!({ "ids": vec![unknown; 101] })).await, "INVALID");

    // Private objects are hidden from everyone else.
    for stranger in [shop.anonymous(), shop.customer().await] {
        let ids: Vec<_> = kinds[5..].iter().map(|(_, id)| id).collect();
        let found = stranger.data(many, json!({ "ids": ids })).await["nodes"].clone();
        assert_eq!(found, json!([null, null, null]));
    }
}

#[shop_test]
async fn images_have_absolute_urls() {
    let shop = Shop::demo().await;
    let query =
        "{ products(first: 100) { nodes { handle images { url } featuredImage { url } variants { image { url } } } } }";
    let data = shop.anonymous().data(query, Value::Null).await;
    for node in data["products"]["nodes"].as_array().expect("nodes") {
        let images = node["images"].as_array().expect("images");
        assert!(!images.is_empty(), "{node}");
        assert_eq!(node["featuredImage"], images[0]);
        let of_variants = node["variants"].as_array().expect("variants").iter().map(|variant| &variant["image"]);
        for image in images.iter().chain(of_variants.filter(|image| !image.is_null())) {
            let url = image["url"].as_str().expect("an address");
            assert!(url.starts_with("http://127.0.0.1:8080/demo/images/"), "{url}");
            let path = url.trim_start_matches("http://127.0.0.1:8080");
            let request = axum::http::Request::get(path).body(axum::body::Body::empty()).expect("a request");
            assert_eq!(shop.anonymous().send(request).await.status, axum::http::StatusCode::OK, "{url}");
        }
    }
}

#[shop_test]
async fn collections_and_categories_are_listed_and_paged() {
    let shop = Shop::demo().await;
    let shopper = shop.anonymous();
    for (field, name, parts) in [
        (
            "collections",
            "title",
            ["Desk & Satchel", "Good Gifts", "Out of Doors", "The Bench", "The Morning Table"].as_slice(),
        ),
        ("categories", "name", ["Garden", "Home", "Services", "Stationery", "Workshop"].as_slice()),
    ] {
        let query = format!(
            "query($first: Int, $after: String, $last: Int, $before: String) {{
                {field}(first: $first, after: $after, last: $last, before: $before) {{
                    totalCount nodes {{ {name} }} pageInfo {{ startCursor endCursor hasNextPage }} }} }}"
        );
        let page = async |variables: Value| shopper.data(&query, variables).await[field].clone();
        let names = |page: &Value| -> Vec<String> {
            let nodes = page["nodes"].as_array().expect("nodes").iter();
            nodes.map(|node| node[name].as_str().expect("a name").to_owned()).collect()
        };
        let first = page(json!({ "first": 2 })).await;
        assert_eq!(
            (names(&first).as_slice(), &first["totalCount"]),
            (&parts[..2].iter().map(|part| (*part).to_owned()).collect::<Vec<_>>()[..], &json!(parts.len()))
        );
        let rest = page(json!({ "first": 10, "after": first["pageInfo"]["endCursor"] })).await;
        assert_eq!(names(&rest), parts[2..]);
        let back = page(json!({ "last": 1, "before": rest["pageInfo"]["startCursor"] })).await;
        assert_eq!(names(&back), parts[1..2]);
    }
}

#[shop_test]
async fn omitted_variables_have_their_defaults_in_directives() {
    let shop = Shop::demo().await;
    let shopper = shop.anonymous();
    let query = "query($country: CountryCode = US, $hidden: Boolean = true) @inContext(country: $country) {
        shop { region { currencyCode } name @skip(if: $hidden) } }";
    let shown = shopper.data(query, json!({})).await["shop"].clone();
    assert_eq!(shown, json!({ "region": { "currencyCode": "USD" } }));
    let shown = shopper.data(query, json!({ "country": "DE", "hidden": false })).await["shop"].clone();
    assert_eq!(shown["region"]["currencyCode"], "EUR");
    assert!(shown["name"].is_string());
}

#[shop_test]
async fn deeply_nested_lists_are_rejected() {
    let shop = Shop::demo().await;
    let query = "{ products(first: 100) { nodes { variants { product { variants { product { variants { product {
        variants { product { variants { id title } } } } } } } } } } } }";
    let response = shop.anonymous().execute(query, json!({})).await;
    assert_eq!(response.code().as_deref(), Some("TOO_COSTLY"), "{}", response.body);
    assert_eq!(response.body["data"], Value::Null);
}
