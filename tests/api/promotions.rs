//! Promotions, campaigns and codes: staff operations, validation, and the counting of reserved and restored uses.

use cartwright::domain::promotions::{
    AppliedPromotion, Basket, BasketLine, DiscountCodeError, Outcome, Redemption, UsageState,
};
use cartwright::kernel::actor::Permission;
use cartwright::kernel::buyer::Buyer;
use cartwright::kernel::ids::{CartId, OrderId, ProductId, PromotionCodeId, PromotionId, RegionId, VariantId};
use cartwright_macros::shop_test;
use serde_json::{Value, json};

use crate::support::{Client, Shop, text};

const CREATE: &str = "mutation($input: PromotionCreateInput!) { promotionCreate(input: $input) {
    promotion { id title status version codes(first: 3) { totalCount nodes { id code usageLimit } } }
    userErrors { code path message details } } }";
const UPDATE: &str = "mutation($id: ID!, $input: PromotionUpdateInput!, $version: Int) {
    promotionUpdate(id: $id, input: $input, expectedVersion: $version) {
        promotion { id title version usageLimit startsAt conditions { countries } effects { kind percentage } }
        userErrors { code path details } } }";
const DELETE: &str = "mutation($ids: [ID!]!) { promotionDelete(ids: $ids) { deletedIds userErrors { code path } } }";
const GENERATE_CODES: &str = "mutation($id: ID!, $count: Int!, $pattern: String!) {
    promotionCodesGenerate(promotionId: $id, count: $count, pattern: $pattern) {
        codes { id code usageLimit } userErrors { code path } } }";
const ADD_CODES: &str = "mutation($id: ID!, $codes: [String!]!, $limit: Int) {
    promotionCodesCreate(promotionId: $id, codes: $codes, usageLimit: $limit) {
        codes { id code usageLimit used } userErrors { code path } } }";
const REVOKE_CODES: &str =
    "mutation($ids: [ID!]!) { promotionCodesRevoke(ids: $ids) { codes { id revokedAt } userErrors { code path } } }";
const CAMPAIGN: &str = "mutation($input: CampaignCreateInput!) { campaignCreate(input: $input) {
    campaign { id name version budget { kind limit used left { amount currencyCode } } }
    userErrors { code path } } }";
const CAMPAIGN_UPDATE: &str = "mutation($id: ID!, $input: CampaignUpdateInput!, $version: Int) {
    campaignUpdate(id: $id, input: $input, expectedVersion: $version) {
        campaign { id name version budget { kind limit used } } userErrors { code path details } } }";
/// The suffix of an id that does not exist.
const UNKNOWN_ID_SUFFIX: &str = "01m84q05c3e3jbvaxd7vc1mw18";

fn path_of(error: &Value) -> String {
    let path: Vec<_> = error["path"].as_array().expect("a path").iter().filter_map(Value::as_str).collect();
    path.join(".")
}

fn ten_percent() -> Value {
    json!({ "percentage": { "percentage": "10", "target": { "order": {} } } })
}

fn ten_euros() -> Value {
    json!({ "fixedAmount": { "amount": "10", "currencyCode": "EUR", "target": { "order": {} } } })
}

async fn create(staff: &Client, input: Value) -> Value {
    staff.data(CREATE, json!({ "input": input })).await["promotionCreate"]["promotion"].clone()
}

async fn campaign(staff: &Client, input: Value) -> Value {
    staff.data(CAMPAIGN, json!({ "input": input })).await["campaignCreate"]["campaign"].clone()
}

/// Asserts that a mutation is rejected with this code and path.
async fn assert_rejected(staff: &Client, mutation: &str, variables: Value, code: &str, path: &str) {
    let error = staff.user_error(mutation, variables.clone()).await;
    assert_eq!((error["code"].as_str(), path_of(&error)), (Some(code), path.to_owned()), "{variables}");
}

#[shop_test]
async fn a_promotion_is_created_updated_activated_and_deleted() {
    let shop = Shop::without_promotions_and_taxes().await;
    let staff = shop.staff_with(&[Permission::Pricing]).await;
    let summer = campaign(
        &staff,
        json!({ "name": "Summer", "budget": { "spend": { "amount": "500", "currencyCode": "EUR" } } }),
    )
    .await;
    assert_eq!(
        summer["budget"],
        json!({ "kind": "SPEND", "limit": "500", "used": "0",
        "left": { "amount": "500.00", "currencyCode": "EUR" } })
    );
    let product =
        shop.anonymous().data("{ products(first: 1) { nodes { id } } }", Value::Null).await["products"]["nodes"][0]["id"]
            .clone();
    let input = json!({
        "title": "Summer sale", "codes": ["Summer-10"], "campaignId": summer["id"], "priority": 5,
        "combinesWith": ["SHIPPING"], "startsAt": "2026-06-01T00:00:00Z", "endsAt": "2099-07-01T00:00:00Z",
        "conditions": { "minSubtotal": { "amount": "50", "currencyCode": "EUR" }, "countries": ["DE"],
            "minQuantity": { "quantity": 2, "items": { "productIds": [product] } } },
        "effects": [
            { "percentage": { "percentage": "12.5", "target": { "items": { "filter": { "productIds": [product] } } } } },
            { "fixedPrice": { "amount": "5", "currencyCode": "EUR", "items": { "allocation": "ONCE", "maxQuantity": 2 } } },
            { "buyXGetY": { "buyQuantity": 2, "getQuantity": 1 } },
            { "freeShipping": {} },
            { "tieredSpend": { "currencyCode": "EUR", "target": { "order": { "withShipping": true } }, "tiers": [
                { "from": "50", "percentage": "5" }, { "from": "100", "amount": "15.00" }] } },
        ],
    });
    let created = create(&staff, input).await;
    assert_eq!((created["status"].as_str(), &created["codes"]["totalCount"]), (Some("DRAFT"), &json!(1)));
    let query = "query($by: PromotionBy!) { promotion(by: $by) { id automatic exclusive priority combinesWith classes
        campaign { name } conditions { minSubtotal { amount } minQuantity { quantity items { productIds } } countries }
        effects { kind target percentage amount { amount } items { productIds } allocation maxQuantity withShipping
            shippingOptionIds buyQuantity getQuantity buy { tags } tiers { from { amount } percentage amount { amount } } }
        returnedOnCancel usageCount usages { totalCount nodes { orderId } } codes { nodes { code usageLimit used } } } }";
    let found = staff.data(query, json!({ "by": { "code": " SUMMER-10" } })).await["promotion"].clone();
    assert_eq!(found["id"], created["id"]);
    assert_eq!(found["campaign"]["name"], "Summer");
    assert_eq!(
        (&found["combinesWith"], &found["classes"]),
        (&json!(["SHIPPING"]), &json!(["ITEM", "ORDER", "SHIPPING"]))
    );
    let kinds: Vec<_> = found["effects"].as_array().unwrap().iter().map(|effect| text(&effect["kind"])).collect();
    assert_eq!(kinds, ["PERCENTAGE", "FIXED_PRICE", "BUY_X_GET_Y", "FREE_SHIPPING", "TIERED_SPEND"]);
    assert_eq!(found["effects"][2]["percentage"], "100");
    assert_eq!(
        found["effects"][4]["tiers"][1],
        json!({ "from": { "amount": "100.00" }, "percentage": null, "amount": { "amount": "15.00" } })
    );
    assert_eq!((&found["usageCount"], &found["usages"]["totalCount"]), (&json!(0), &json!(0)));
    assert_eq!(found["codes"]["nodes"][0], json!({ "code": "Summer-10", "usageLimit": null, "used": null }));

    let id = created["id"].clone();
    let changes =
        json!({ "title": "Summer", "startsAt": null, "usageLimit": 3, "conditions": {}, "effects": [ten_percent()] });
    let changed =
        staff.data(UPDATE, json!({ "id": id, "input": changes, "version": 1 })).await["promotionUpdate"]["promotion"]
            .clone();
    assert_eq!(
        changed,
        json!({ "id": id, "title": "Summer", "version": 2, "usageLimit": 3, "startsAt": null,
        "conditions": { "countries": [] }, "effects": [{ "kind": "PERCENTAGE", "percentage": "10" }] })
    );
    let error = staff.user_error(UPDATE, json!({ "id": id, "input": {}, "version": 1 })).await;
    assert_eq!((error["code"].as_str(), &error["details"]), (Some("STALE_VERSION"), &json!({ "version": 2 })));

    let switch =
        "mutation($id: ID!) { promotionActivate(id: $id) { promotion { status version } userErrors { code } } }";
    let on = staff.data(switch, json!({ "id": id })).await["promotionActivate"]["promotion"].clone();
    assert_eq!(on, json!({ "status": "ACTIVE", "version": 3 }));
    let again = staff.data(switch, json!({ "id": id })).await;
    assert_eq!(again["promotionActivate"]["promotion"]["version"], 3, "it was active already");
    let off = staff.data(&switch.replace("promotionActivate", "promotionDeactivate"), json!({ "id": id })).await;
    assert_eq!(off["promotionDeactivate"]["promotion"]["status"], "DRAFT");

    let gone_campaign = "mutation($ids: [ID!]!) { campaignDelete(ids: $ids) { deletedIds userErrors { code } } }";
    assert_eq!(staff.user_error(gone_campaign, json!({ "ids": [summer["id"]] })).await["code"], "IN_USE");
    assert_eq!(staff.data(DELETE, json!({ "ids": [id] })).await["promotionDelete"]["deletedIds"], json!([id]));
    assert_eq!(staff.user_error(DELETE, json!({ "ids": [id] })).await["code"], "NOT_FOUND");
    staff.data(gone_campaign, json!({ "ids": [summer["id"]] })).await;
}

#[shop_test]
async fn promotions_are_listed_newest_first_and_filtered() {
    let shop = Shop::without_promotions_and_taxes().await;
    let staff = shop.staff().await;
    let spring = campaign(&staff, json!({ "name": "Spring" })).await;
    for (place, title) in ["First", "Second", "Third"].into_iter().enumerate() {
        let input = json!({ "title": title, "effects": [ten_percent()], "automatic": place == 0, "activate": place == 1,
            "codes": [format!("CODE-{place}")], "campaignId": (place == 2).then_some(&spring["id"]) });
        create(&staff, input).await;
    }
    let query = "query($filter: PromotionFilterInput! = {}, $first: Int, $after: String) {
        promotions(filter: $filter, first: $first, after: $after) { totalCount pageInfo { endCursor hasNextPage }
            nodes { title codes(first: 1) { totalCount nodes { code } } usageCount campaign { name } } } }";
    let titles = async |variables: Value| {
        let found = staff.data(query, variables).await["promotions"].clone();
        let nodes = found["nodes"].as_array().unwrap().clone();
        assert!(nodes.iter().all(|node| node["codes"]["totalCount"] == 1));
        (nodes.iter().map(|node| text(&node["title"]).to_owned()).collect::<Vec<_>>(), found)
    };
    let (first, page) = titles(json!({ "first": 2 })).await;
    assert_eq!((first, &page["totalCount"]), (vec!["Third".to_owned(), "Second".to_owned()], &json!(3)));
    let (rest, page) = titles(json!({ "first": 2, "after": page["pageInfo"]["endCursor"] })).await;
    assert_eq!((rest, &page["pageInfo"]["hasNextPage"]), (vec!["First".to_owned()], &json!(false)));
    for (filter, want) in [
        (json!({ "status": "ACTIVE" }), "Second"),
        (json!({ "automatic": true }), "First"),
        (json!({ "campaignId": spring["id"] }), "Third"),
        (json!({ "query": "secon" }), "Second"),
        (json!({ "query": "code-2" }), "Third"),
    ] {
        assert_eq!(titles(json!({ "filter": filter })).await.0, [want], "{filter}");
    }
    let before = shop.db.statements();
    titles(json!({ "first": 1 })).await;
    let one = shop.db.statements() - before;
    titles(json!({ "first": 3 })).await;
    assert_eq!(shop.db.statements() - before - one, one, "more rows, more statements");
}

#[shop_test]
async fn invalid_promotions_are_rejected_with_code_and_path() {
    let shop = Shop::without_promotions_and_taxes().await;
    let staff = shop.staff().await;
    let euros =
        campaign(&staff, json!({ "name": "Euros", "budget": { "spend": { "amount": "9", "currencyCode": "EUR" } } }))
            .await;
    create(&staff, json!({ "title": "Taken", "codes": ["TAKEN"], "effects": [ten_percent()] })).await;
    let unknown = |prefix: &str| format!("{prefix}_{UNKNOWN_ID_SUFFIX}");
    let percent = |percentage: &str| json!({ "effects": [{ "percentage": { "percentage": percentage, "target": { "order": {} } } }] });
    let items = |filter: Value| json!({ "effects": [{ "percentage": { "percentage": 5, "target": { "items": { "filter": filter } } } }] });
    let fixed = |amount: &str, currency: &str| json!({ "fixedAmount": { "amount": amount, "currencyCode": currency, "target": { "order": {} } } });
    let tiers = |tiers: Value| json!({ "effects": [{ "tieredSpend": { "currencyCode": "EUR", "tiers": tiers, "target": { "order": {} } } }] });
    let cases = [
        (percent("0"), "INVALID_PERCENTAGE", "input.effects.0.percentage.percentage"),
        (percent("100.01"), "INVALID_PERCENTAGE", "input.effects.0.percentage.percentage"),
        (percent("-5"), "INVALID_PERCENTAGE", "input.effects.0.percentage.percentage"),
        (json!({ "title": " " }), "REQUIRED", "input.title"),
        (json!({ "title": "<b>x</b>" }), "INVALID_TEXT", "input.title"),
        (json!({ "effects": [] }), "REQUIRED", "input.effects"),
        (json!({ "effects": vec![ten_percent(); 6] }), "TOO_LONG", "input.effects"),
        (
            json!({ "startsAt": "2026-06-01T00:00:00Z", "endsAt": "2026-06-01T00:00:00Z" }),
            "INVALID_DATES",
            "input.endsAt",
        ),
        (json!({ "effects": [fixed("10.005", "EUR")] }), "INVALID_AMOUNT", "input.effects.0.fixedAmount.amount"),
        (json!({ "effects": [fixed("-1", "EUR")] }), "INVALID_AMOUNT", "input.effects.0.fixedAmount.amount"),
        (json!({ "effects": [fixed("0", "EUR")] }), "INVALID_AMOUNT", "input.effects.0.fixedAmount.amount"),
        (
            json!({ "effects": [fixed("1", "EUR"), fixed("1", "USD")] }),
            "CURRENCY_MISMATCH",
            "input.effects.1.fixedAmount.currencyCode",
        ),
        (
            json!({ "effects": [fixed("1", "USD")], "campaignId": euros["id"] }),
            "CURRENCY_MISMATCH",
            "input.effects.0.fixedAmount.currencyCode",
        ),
        (
            json!({ "effects": [fixed("1", "EUR")], "conditions": { "minSubtotal": { "amount": "9", "currencyCode": "USD" } } }),
            "CURRENCY_MISMATCH",
            "input.conditions.minSubtotal.currencyCode",
        ),
        (json!({ "campaignId": unknown("camp") }), "NOT_FOUND", "input.campaignId"),
        (
            items(json!({ "productIds": [unknown("prod")] })),
            "NOT_FOUND",
            "input.effects.0.percentage.target.items.filter.productIds.0",
        ),
        (
            items(json!({ "variantIds": [unknown("var")] })),
            "NOT_FOUND",
            "input.effects.0.percentage.target.items.filter.variantIds.0",
        ),
        (
            items(json!({ "categoryIds": [unknown("cat")] })),
            "NOT_FOUND",
            "input.effects.0.percentage.target.items.filter.categoryIds.0",
        ),
        (
            items(json!({ "collectionIds": [unknown("coll")] })),
            "NOT_FOUND",
            "input.effects.0.percentage.target.items.filter.collectionIds.0",
        ),
        (json!({ "conditions": { "regionIds": [unknown("reg")] } }), "NOT_FOUND", "input.conditions.regionIds.0"),
        (
            json!({ "conditions": { "customerGroupIds": [unknown("cgrp")] } }),
            "NOT_FOUND",
            "input.conditions.customerGroupIds.0",
        ),
        (json!({ "conditions": { "channelIds": [unknown("chan")] } }), "NOT_FOUND", "input.conditions.channelIds.0"),
        (
            json!({ "conditions": { "minQuantity": { "quantity": 0 } } }),
            "INVALID_QUANTITY",
            "input.conditions.minQuantity.quantity",
        ),
        (
            json!({ "effects": [{ "freeShipping": { "shippingOptionIds": [unknown("ship")] } }] }),
            "NOT_FOUND",
            "input.effects.0.freeShipping.shippingOptionIds.0",
        ),
        (
            json!({ "effects": [{ "buyXGetY": { "buyQuantity": 0, "getQuantity": 1 } }] }),
            "INVALID_QUANTITY",
            "input.effects.0.buyXGetY.buyQuantity",
        ),
        (
            json!({ "effects": [{ "buyXGetY": { "buyQuantity": 1, "getQuantity": 1, "get": { "productIds": [unknown("prod")] } } }] }),
            "NOT_FOUND",
            "input.effects.0.buyXGetY.get.productIds.0",
        ),
        (
            json!({ "effects": [{ "fixedPrice": { "amount": "5", "currencyCode": "EUR", "items": { "allocation": "ACROSS" } } }] }),
            "INVALID",
            "input.effects.0.fixedPrice.items.allocation",
        ),
        (
            items(json!({ "tags": ["a\u{0}b"] })),
            "INVALID_TEXT",
            "input.effects.0.percentage.target.items.filter.tags.0",
        ),
        (
            tiers(json!([{ "from": "50", "percentage": 5 }, { "from": "50", "percentage": 6 }])),
            "INVALID",
            "input.effects.0.tieredSpend.tiers.1.from",
        ),
        (tiers(json!([{ "from": "50" }])), "INVALID", "input.effects.0.tieredSpend.tiers.0"),
        (tiers(json!([])), "REQUIRED", "input.effects.0.tieredSpend.tiers"),
        (json!({ "usageLimit": 0 }), "INVALID_QUANTITY", "input.usageLimit"),
        (json!({ "customerUsageLimit": -1 }), "INVALID_QUANTITY", "input.customerUsageLimit"),
        (json!({ "codes": ["fresh", "taken"] }), "TAKEN", "input.codes.1"),
        (json!({ "codes": ["same", "SAME"] }), "TAKEN", "input.codes.1"),
        (json!({ "codes": ["two words"] }), "INVALID", "input.codes.0"),
    ];
    for (change, code, path) in cases {
        let mut input = json!({ "title": "Wrong", "effects": [ten_percent()] });
        input.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        assert_rejected(&staff, CREATE, json!({ "input": input }), code, path).await;
    }
    assert_eq!(shop.count("SELECT count(*) FROM promotions").await, 1);
    assert_eq!(shop.count("SELECT count(*) FROM promotion_codes").await, 1);
    let two_at_once = json!({ "input": { "title": "", "usageLimit": 0, "effects": [ten_percent()] } });
    let response = staff.execute(CREATE, two_at_once).await;
    assert_eq!(response.body["data"]["promotionCreate"]["userErrors"].as_array().map(Vec::len), Some(2));
    let both = json!({ "input": { "title": "x", "effects": [{ "freeShipping": {}, "percentage": { "percentage": 1, "target": { "order": {} } } }] } });
    assert!(staff.execute(CREATE, both).await.body["errors"].is_array(), "an effect has one type");
}

#[shop_test]
async fn promotion_codes_are_generated_in_bulk_and_revoked() {
    let shop = Shop::without_promotions_and_taxes().await;
    let staff = shop.staff().await;
    let id = create(&staff, json!({ "title": "Letters", "effects": [ten_percent()] })).await["id"].clone();
    let variables = json!({ "id": id, "count": 2_000, "pattern": "SUMMER-####" });
    let created = staff.data(GENERATE_CODES, variables.clone()).await["promotionCodesGenerate"]["codes"].clone();
    staff.data(GENERATE_CODES, variables).await;
    assert_eq!(created.as_array().map(Vec::len), Some(2_000));
    assert_eq!((&created[0]["usageLimit"], text(&created[0]["code"]).len()), (&json!(1), "SUMMER-####".len()));
    assert_eq!(shop.count("SELECT count(DISTINCT code_key) FROM promotion_codes").await, 4_000);
    for (count, pattern, path) in [
        (2_000, "SUMMER-#", "pattern"),
        (0, "A####", "count"),
        (10_001, "A######", "count"),
        (1, "a b ####", "pattern"),
    ] {
        let code = if path == "count" { "INVALID_QUANTITY" } else { "INVALID" };
        assert_rejected(&staff, GENERATE_CODES, json!({ "id": id, "count": count, "pattern": pattern }), code, path)
            .await;
    }
    let unknown = format!("promo_{UNKNOWN_ID_SUFFIX}");
    let variables = json!({ "id": unknown, "count": 5, "pattern": "A######" });
    assert_rejected(&staff, GENERATE_CODES, variables, "NOT_FOUND", "promotionId").await;

    let by_hand =
        staff.data(ADD_CODES, json!({ "id": id, "codes": ["Vip"], "limit": 5 })).await["promotionCodesCreate"]["codes"]
            [0]
        .clone();
    assert_eq!((&by_hand["usageLimit"], &by_hand["used"]), (&json!(5), &json!(0)));
    assert_rejected(&staff, ADD_CODES, json!({ "id": id, "codes": ["new", "VIP"] }), "TAKEN", "codes.1").await;
    assert_rejected(&staff, ADD_CODES, json!({ "id": id, "codes": [] }), "REQUIRED", "codes").await;
    assert_rejected(
        &staff,
        ADD_CODES,
        json!({ "id": id, "codes": ["A"], "limit": 0 }),
        "INVALID_QUANTITY",
        "usageLimit",
    )
    .await;
    assert_rejected(&staff, ADD_CODES, json!({ "id": unknown, "codes": ["B"] }), "NOT_FOUND", "promotionId").await;
    let revoked =
        staff.data(REVOKE_CODES, json!({ "ids": [by_hand["id"]] })).await["promotionCodesRevoke"]["codes"][0].clone();
    assert!(revoked["revokedAt"].is_string());
    let again =
        staff.data(REVOKE_CODES, json!({ "ids": [by_hand["id"]] })).await["promotionCodesRevoke"]["codes"][0].clone();
    assert_eq!(again, revoked, "revoking is permanent");
    let variables = json!({ "ids": [by_hand["id"], format!("code_{UNKNOWN_ID_SUFFIX}")] });
    assert_rejected(&staff, REVOKE_CODES, variables, "NOT_FOUND", "ids").await;
}

#[shop_test]
async fn invalid_campaigns_are_rejected_with_code_and_path() {
    let shop = Shop::without_promotions_and_taxes().await;
    let staff = shop.staff().await;
    let spring = campaign(&staff, json!({ "name": "Spring", "budget": { "uses": 10 } })).await;
    assert_eq!(spring["budget"], json!({ "kind": "USE", "limit": "10", "used": "0", "left": null }));
    create(&staff, json!({ "title": "Tenner", "campaignId": spring["id"], "effects": [ten_euros()] })).await;
    let spend =
        |amount: &str, currency: &str| json!({ "budget": { "spend": { "amount": amount, "currencyCode": currency } } });
    for (change, code, path) in [
        (json!({ "name": "" }), "REQUIRED", "input.name"),
        (json!({ "name": "Spring" }), "TAKEN", "input.name"),
        (
            json!({ "startsAt": "2026-06-02T00:00:00Z", "endsAt": "2026-06-01T00:00:00Z" }),
            "INVALID_DATES",
            "input.endsAt",
        ),
        (json!({ "budget": { "uses": 0 } }), "INVALID_QUANTITY", "input.budget.uses"),
        (spend("1.001", "EUR"), "INVALID_AMOUNT", "input.budget.spend.amount"),
        (spend("-1", "EUR"), "INVALID_AMOUNT", "input.budget.spend.amount"),
    ] {
        let mut input = json!({ "name": "Other" });
        input.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        assert_rejected(&staff, CAMPAIGN, json!({ "input": input }), code, path).await;
    }
    let update = |input: Value| json!({ "id": spring["id"], "input": input });
    assert_rejected(
        &staff,
        CAMPAIGN_UPDATE,
        update(spend("100", "USD")),
        "CURRENCY_MISMATCH",
        "input.budget.spend.currencyCode",
    )
    .await;
    let changed = staff.data(CAMPAIGN_UPDATE, update(json!({ "name": "May", "budget": null }))).await["campaignUpdate"]
        ["campaign"]
        .clone();
    assert_eq!(changed, json!({ "id": spring["id"], "name": "May", "version": 2, "budget": null }));
    let stale = json!({ "id": spring["id"], "input": {}, "version": 1 });
    assert_rejected(&staff, CAMPAIGN_UPDATE, stale, "STALE_VERSION", "expectedVersion").await;
    let query = "{ campaigns { totalCount nodes { name } } }";
    let wanted = json!({ "totalCount": 1, "nodes": [{ "name": "May" }] });
    assert_eq!(staff.data(query, Value::Null).await["campaigns"], wanted);
    let by_id = staff.data("query($id: ID!) { campaign(id: $id) { name } }", json!({ "id": spring["id"] })).await;
    assert_eq!(by_id["campaign"]["name"], "May");
}

/// The result of a quote: ten euros off.
fn applied(promotion: &Value, campaign: Option<&Value>) -> AppliedPromotion {
    let code = &promotion["codes"]["nodes"][0];
    AppliedPromotion {
        promotion_id: text(&promotion["id"]).parse::<PromotionId>().unwrap(),
        campaign_id: campaign.map(|campaign| text(&campaign["id"]).parse().unwrap()),
        code_id: code["id"].as_str().map(|id| id.parse::<PromotionCodeId>().unwrap()),
        code: code["code"].as_str().map(str::to_owned),
        title: text(&promotion["title"]).to_owned(),
        amount: 10.into(),
    }
}

/// Redeems promotions for a cart, as checkout does. Returns the order id if the limits allow it.
async fn redeem(shop: &Shop, cart: CartId, email: &str, applied: &[AppliedPromotion]) -> Result<OrderId, String> {
    let (order_id, currency) = (OrderId::new(), "EUR".parse().unwrap());
    let state = UsageState::Consumed;
    let taking = Redemption { cart_id: cart, order_id, customer_id: None, email, currency, applied, state };
    let tx = shop.db.begin().await.unwrap();
    let taken = shop.promotions.reserve_in(&tx, &taking).await;
    taken.map_err(|error| error.to_string())?;
    tx.commit().await.unwrap();
    Ok(order_id)
}

async fn restore(shop: &Shop, order: OrderId) {
    let tx = shop.db.begin().await.unwrap();
    shop.promotions.restore_in(&tx, order).await.unwrap();
    tx.commit().await.unwrap();
}

#[shop_test]
async fn b11_b12_b16_a_use_is_redeemed_and_restored_once_per_cart() {
    let shop = Shop::without_promotions_and_taxes().await;
    let staff = shop.staff().await;
    let fifteen = campaign(
        &staff,
        json!({ "name": "Fifteen", "budget": { "spend": { "amount": "15", "currencyCode": "EUR" } } }),
    )
    .await;
    let input = json!({ "title": "Ten", "codes": ["TEN"], "usageLimit": 1, "customerUsageLimit": 1,
        "campaignId": fifteen["id"], "effects": [ten_euros()] });
    let promotion = create(&staff, input).await;
    let limit_of_code = "UPDATE promotion_codes SET usage_limit = 1 RETURNING 1::bigint";
    shop.count(limit_of_code).await;
    let ten = [applied(&promotion, Some(&fifteen))];
    let counters = "SELECT (100 * c.budget_used + 10 * p.used + k.used)::bigint
        FROM promotions p JOIN campaigns c ON c.id = p.campaign_id JOIN promotion_codes k ON k.promotion_id = p.id";
    let cart = CartId::new();

    let before = shop.db.statements();
    let order = redeem(&shop, cart, "Ada@Example.com ", &ten).await.unwrap();
    assert!(shop.db.statements() - before <= 5 + 2, "five statements and the transaction");
    assert_eq!(shop.count(counters).await, 1_011);
    redeem(&shop, cart, "ada@example.com", &ten).await.unwrap();
    assert_eq!(shop.count(counters).await, 1_011, "the same cart redeems nothing twice");
    assert!(redeem(&shop, CartId::new(), "other@example.com", &ten).await.is_err());
    let query = "query($id: ID!) { promotion(by: {id: $id}) { usageCount
        usages { totalCount nodes { orderId amount { amount } state } } codes { nodes { used } } } }";
    let shown = staff.data(query, json!({ "id": promotion["id"] })).await["promotion"].clone();
    assert_eq!(
        shown["usages"]["nodes"],
        json!([{ "orderId": order, "amount": { "amount": "10.00" }, "state": "CONSUMED" }])
    );
    assert_eq!((&shown["usageCount"], &shown["codes"]["nodes"][0]["used"]), (&json!(1), &json!(1)));
    assert_eq!(staff.user_error(DELETE, json!({ "ids": [promotion["id"]] })).await["code"], "IN_USE");

    restore(&shop, order).await;
    restore(&shop, order).await;
    assert_eq!(shop.count(counters).await, 0);
    let shown = staff.data(query, json!({ "id": promotion["id"] })).await["promotion"].clone();
    assert_eq!((&shown["usageCount"], &shown["usages"]["totalCount"]), (&json!(0), &json!(1)));
    redeem(&shop, CartId::new(), "ada@example.com", &ten).await.expect("a returned use does not count");
}

#[shop_test]
async fn a_new_limit_counts_existing_uses() {
    let shop = Shop::without_promotions_and_taxes().await;
    let staff = shop.staff().await;
    let open = campaign(&staff, json!({ "name": "Open" })).await;
    let input = json!({ "title": "Ten", "automatic": true, "campaignId": open["id"], "returnedOnCancel": false, "effects": [ten_euros()] });
    let promotion = create(&staff, input).await;
    let ten = [applied(&promotion, Some(&open))];
    let first = redeem(&shop, CartId::new(), "ada@example.com", &ten).await.unwrap();
    redeem(&shop, CartId::new(), "ada@example.com", &ten).await.unwrap();
    restore(&shop, first).await;
    assert_eq!(shop.count("SELECT sum(used)::bigint FROM promotions").await, 0, "nothing to count without a limit");

    let limit = |limit: Value| json!({ "id": promotion["id"], "input": { "usageLimit": limit } });
    let error = staff.user_error(UPDATE, limit(json!(1))).await;
    assert_eq!((error["code"].as_str(), path_of(&error)), (Some("BUDGET_SPENT"), "input.usageLimit".to_owned()));
    assert_eq!(error["details"], json!({ "used": 2 }), "it is not returned on cancel");
    staff.data(UPDATE, limit(json!(3))).await;
    redeem(&shop, CartId::new(), "ada@example.com", &ten).await.unwrap();
    assert!(redeem(&shop, CartId::new(), "ada@example.com", &ten).await.is_err());
    assert_rejected(&staff, UPDATE, limit(json!(2)), "BUDGET_SPENT", "input.usageLimit").await;
    staff.data(UPDATE, limit(Value::Null)).await;

    let budget = |budget: Value| json!({ "id": open["id"], "input": { "budget": budget } });
    let spend = |amount: &str| json!({ "spend": { "amount": amount, "currencyCode": "EUR" } });
    assert_rejected(&staff, CAMPAIGN_UPDATE, budget(spend("29.99")), "BUDGET_SPENT", "input.budget.spend.amount").await;
    assert_rejected(&staff, CAMPAIGN_UPDATE, budget(json!({ "uses": 2 })), "BUDGET_SPENT", "input.budget.uses").await;
    let set = staff.data(CAMPAIGN_UPDATE, budget(spend("45"))).await;
    assert_eq!(set["campaignUpdate"]["campaign"]["budget"]["used"], "30");
    redeem(&shop, CartId::new(), "ada@example.com", &ten).await.unwrap();
    assert!(redeem(&shop, CartId::new(), "ada@example.com", &ten).await.is_err(), "5 are left");
    let set = staff.data(CAMPAIGN_UPDATE, budget(json!({ "uses": 5 }))).await;
    assert_eq!(set["campaignUpdate"]["campaign"]["budget"]["used"], "4");
}

#[shop_test(threads = 4)]
async fn b11_one_of_twenty_concurrent_redemptions_gets_the_last_use() {
    let shop = Shop::without_promotions_and_taxes().await;
    let staff = shop.staff().await;
    let input = json!({ "title": "Last", "codes": ["LAST"], "usageLimit": 1, "effects": [ten_euros()] });
    let last = [applied(&create(&staff, input).await, None)];
    let all = (0..20).map(|_| redeem(&shop, CartId::new(), "ada@example.com", &last));
    let taken = futures_util::future::join_all(all).await;
    assert_eq!(taken.iter().filter(|one| one.is_ok()).count(), 1);
    assert_eq!(shop.count("SELECT count(*) FROM promotion_usages").await, 1);
}

/// A basket with one line of a hundred euros.
fn basket(email: &str) -> Basket {
    let line = BasketLine {
        variant_id: VariantId::new(),
        product_id: ProductId::new(),
        quantity: 1,
        unit_price: 100.into(),
        amount: 100.into(),
        category_path: Vec::new(),
        collection_ids: Vec::new(),
        tags: Vec::new(),
        product_type: String::new(),
        vendor: String::new(),
    };
    let buyer = Buyer {
        region_id: RegionId::new(),
        currency: "EUR".parse().unwrap(),
        prices_include_tax: true,
        tax_rate: rust_decimal::Decimal::ZERO,
        country: None,
        channel_id: None,
        groups: Vec::new(),
    };
    Basket { buyer, lines: vec![line], shipping: None, customer_id: None, email: Some(email.to_owned()) }
}

/// The quote for a basket, and its number of statements.
async fn quote(shop: &Shop, email: &str, codes: &[&str]) -> (Outcome, u64) {
    let codes: Vec<_> = codes.iter().map(|code| (*code).to_owned()).collect();
    let conn = shop.db.conn().await.unwrap();
    let before = shop.db.statements();
    let outcome = shop.promotions.quote(&conn, &basket(email), &codes, shop.clock.now()).await.unwrap();
    (outcome, shop.db.statements() - before)
}

#[shop_test]
async fn a_quote_takes_one_statement_and_explains_rejected_codes() {
    let shop = Shop::without_promotions_and_taxes().await;
    let staff = shop.staff().await;
    let make = async |title: &str, change: Value| {
        let mut input = json!({ "title": title, "activate": true, "effects": [ten_euros()] });
        input.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        create(&staff, input).await
    };
    make("For all", json!({ "automatic": true })).await;
    make("Draft", json!({ "automatic": true, "activate": false, "codes": ["DRAFT"] })).await;
    make("Over", json!({ "automatic": true, "codes": ["OVER"], "endsAt": "2020-01-01T00:00:00Z" })).await;
    make("Later", json!({ "codes": ["LATER"], "startsAt": "2999-01-01T00:00:00Z" })).await;
    make("Asked", json!({ "codes": ["ASKED"] })).await;
    let (outcome, statements) =
        quote(&shop, "ada@example.com", &["draft", "OVER", "asked", "nope", "LATER", "\0", "Straße"]).await;
    assert_eq!(statements, 1);
    let titles: Vec<_> = outcome.applied.iter().map(|applied| applied.title.as_str()).collect();
    assert_eq!(titles, ["For all", "Asked"]);
    assert_eq!(outcome.applied[1].code.as_deref(), Some("asked"), "as it was typed");
    let reasons: Vec<_> =
        outcome.rejected.iter().map(|rejected| (rejected.code.as_str(), rejected.reason.as_str())).collect();
    let wanted = [
        ("draft", "INACTIVE"),
        ("OVER", "EXPIRED"),
        ("nope", "UNKNOWN"),
        ("LATER", "NOT_STARTED"),
        ("\0", "UNKNOWN"),
        ("Straße", "UNKNOWN"),
    ];
    assert_eq!(reasons, wanted);

    make("Once", json!({ "codes": ["ONCE"], "customerUsageLimit": 1, "priority": 9 })).await;
    let (outcome, statements) = quote(&shop, "ada@example.com", &["ONCE"]).await;
    assert_eq!((statements, outcome.applied.len(), outcome.rejected.len()), (2, 2, 0));
    redeem(&shop, CartId::new(), "ADA@example.com", &outcome.applied).await.unwrap();
    let (outcome, _) = quote(&shop, "ada@Example.com", &["ONCE"]).await;
    assert_eq!(outcome.rejected[0].reason, DiscountCodeError::CustomerLimitReached);
    assert_eq!(quote(&shop, "grace@example.com", &["ONCE"]).await.0.rejected, []);
}
