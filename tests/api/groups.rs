//! Customer groups and tax exemption.

use cartwright::domain::customers::CustomerTerms;
use cartwright::kernel::actor::Permission;
use cartwright_macros::shop_test;
use serde_json::{Value, json};

use crate::support::{Client, Shop, text};

const CREATE: &str = "mutation($input: CustomerGroupCreateInput!) { customerGroupCreate(input: $input) {
    customerGroup { id name createdAt memberCount } userErrors { code path } } }";
const UPDATE: &str =
    "mutation($id: ID!, $input: CustomerGroupUpdateInput!) { customerGroupUpdate(id: $id, input: $input) {
    customerGroup { id name } userErrors { code path } } }";
const DELETE: &str =
    "mutation($ids: [ID!]!) { customerGroupDelete(ids: $ids) { deletedIds userErrors { code path } } }";
const ADD: &str = "mutation($group: ID!, $customers: [ID!]!) {
    customerGroupMembersAdd(groupId: $group, customerIds: $customers) {
        customerGroup { id memberCount } userErrors { code path details } } }";
const REMOVE: &str = "mutation($group: ID!, $customers: [ID!]!) {
    customerGroupMembersRemove(groupId: $group, customerIds: $customers) {
        customerGroup { id memberCount } userErrors { code path } } }";
const EXEMPT: &str = "mutation($customer: ID!, $exempt: Boolean!, $reason: String) {
    customerTaxExemptionSet(customerId: $customer, exempt: $exempt, reason: $reason) {
        customer { id taxExempt taxExemptReason } userErrors { code path } } }";
const UNKNOWN_GROUP: &str = "cgrp_01m84q05c3e3jbvaxd7vc1mw18";
const UNKNOWN_CUSTOMER: &str = "cus_01m84q05c3e3jbvaxd7vc1mw18";

async fn group(staff: &Client, name: &str) -> String {
    let data = staff.data(CREATE, json!({ "input": { "name": name } })).await;
    text(&data["customerGroupCreate"]["customerGroup"]["id"]).to_owned()
}

async fn id_of(customer: &Client) -> String {
    text(&customer.data("{ me { id } }", Value::Null).await["me"]["id"]).to_owned()
}

fn code_and_path(error: &Value) -> (&str, String) {
    let path: Vec<_> = error["path"].as_array().expect("a path").iter().filter_map(Value::as_str).collect();
    (error["code"].as_str().expect("a code"), path.join("."))
}

async fn assert_rejected(staff: &Client, mutation: &str, variables: Value, code: &str, path: &str) {
    let error = staff.user_error(mutation, variables.clone()).await;
    assert_eq!(code_and_path(&error), (code, path.to_owned()), "{variables}");
}

#[shop_test]
async fn groups_are_created_renamed_listed_by_name_and_deleted() {
    let shop = Shop::demo().await;
    let staff = shop.staff().await;
    let data = staff.data(CREATE, json!({ "input": { "name": "Wholesale" } })).await;
    let wholesale = &data["customerGroupCreate"]["customerGroup"];
    assert_eq!((&wholesale["name"], &wholesale["memberCount"]), (&json!("Wholesale"), &json!(0)));
    let (press, schools) = (group(&staff, "Press").await, group(&staff, "Schools").await);

    staff.data(UPDATE, json!({ "id": press, "input": { "name": "Journalists" } })).await;
    let unchanged = staff.data(UPDATE, json!({ "id": schools, "input": {} })).await;
    assert_eq!(unchanged["customerGroupUpdate"]["customerGroup"]["name"], "Schools");

    let list = "query($after: String) { customerGroups(first: 2, after: $after) {
        totalCount nodes { name } pageInfo { hasNextPage endCursor } } }";
    let first = staff.data(list, Value::Null).await["customerGroups"].clone();
    assert_eq!(first["nodes"], json!([{ "name": "Journalists" }, { "name": "Schools" }]));
    assert_eq!((&first["totalCount"], &first["pageInfo"]["hasNextPage"]), (&json!(3), &json!(true)));
    let second = staff.data(list, json!({ "after": first["pageInfo"]["endCursor"] })).await;
    assert_eq!(second["customerGroups"]["nodes"], json!([{ "name": "Wholesale" }]));

    let gone = staff.data(DELETE, json!({ "ids": [press, schools] })).await;
    assert_eq!(gone["customerGroupDelete"]["deletedIds"].as_array().map(Vec::len), Some(2));
    let one = "query($id: ID!) { customerGroup(id: $id) { name } }";
    assert_eq!(staff.data(one, json!({ "id": press })).await["customerGroup"], Value::Null);
    assert_eq!(staff.data(one, json!({ "id": wholesale["id"] })).await["customerGroup"]["name"], "Wholesale");
}

#[shop_test]
async fn invalid_groups_are_rejected_with_code_and_path() {
    let shop = Shop::demo().await;
    let (staff, customer) = (shop.staff().await, id_of(&shop.customer().await).await);
    let (wholesale, press) = (group(&staff, "Wholesale").await, group(&staff, "Press").await);
    let named = |name: &str| json!({ "id": press, "input": { "name": name } });
    for (mutation, variables) in [(CREATE, named("Wholesale")), (UPDATE, named("Wholesale"))] {
        assert_rejected(&staff, mutation, variables, "TAKEN", "input.name").await;
    }
    assert_rejected(&staff, CREATE, named(" "), "REQUIRED", "input.name").await;
    assert_rejected(&staff, UPDATE, named(&"x".repeat(101)), "TOO_LONG", "input.name").await;
    assert_rejected(&staff, UPDATE, named("<b>"), "INVALID_TEXT", "input.name").await;
    let unknown = json!({ "id": UNKNOWN_GROUP, "input": { "name": "x" } });
    assert_rejected(&staff, UPDATE, unknown, "NOT_FOUND", "id").await;
    assert_rejected(&staff, DELETE, json!({ "ids": [wholesale, UNKNOWN_GROUP] }), "NOT_FOUND", "ids").await;

    let members = |group: &str, customers: Value| json!({ "group": group, "customers": customers });
    for mutation in [ADD, REMOVE] {
        assert_rejected(&staff, mutation, members(UNKNOWN_GROUP, json!([customer])), "NOT_FOUND", "groupId").await;
        let many = json!(vec![&customer; 1_001]);
        assert_rejected(&staff, mutation, members(&press, many), "TOO_LONG", "customerIds").await;
    }
    let one_unknown = json!([customer, UNKNOWN_CUSTOMER]);
    assert_rejected(&staff, ADD, members(&press, one_unknown), "NOT_FOUND", "customerIds").await;
    assert_eq!(shop.count("SELECT count(*) FROM customer_group_members").await, 0);
    assert_eq!(shop.count("SELECT count(*) FROM customer_groups").await, 2);
}

#[shop_test]
async fn customers_are_added_to_groups_and_removed() {
    let shop = Shop::demo().await;
    let (staff, ada, bob) = (shop.staff().await, shop.customer().await, shop.customer().await);
    let (ada_id, bob_id) = (id_of(&ada).await, id_of(&bob).await);
    let (wholesale, press) = (group(&staff, "Wholesale").await, group(&staff, "Press").await);
    let both = json!([ada_id, bob_id, ada_id]);
    for _ in 0..2 {
        let data = staff.data(ADD, json!({ "group": wholesale, "customers": both })).await;
        assert_eq!(data["customerGroupMembersAdd"]["customerGroup"]["memberCount"], 2);
    }
    staff.data(ADD, json!({ "group": press, "customers": [ada_id] })).await;

    let groups = "{ me { groups { name } } }";
    assert_eq!(
        ada.data(groups, Value::Null).await["me"]["groups"],
        json!([{ "name": "Press" }, { "name": "Wholesale" }])
    );
    let members = "query($group: ID) { customers(filter: {groupId: $group}) {
        totalCount nodes { id groups { name memberCount } } } }";
    let before = shop.db.statements();
    let data = staff.data(members, json!({ "group": wholesale })).await;
    assert!(shop.db.statements() - before <= 5, "a level of a query is one statement");
    assert_eq!(data["customers"]["totalCount"], 2);
    assert_eq!(
        data["customers"]["nodes"][0],
        json!({ "id": bob_id, "groups": [{ "name": "Wholesale", "memberCount": 2 }] })
    );
    let data = staff.data(members, json!({ "group": press })).await;
    assert_eq!(data["customers"]["nodes"][0]["id"], json!(ada_id));

    let conn = shop.db.conn().await.unwrap();
    let before = shop.db.statements();
    let standing = shop.customers.terms(&conn, ada_id.parse().unwrap()).await.unwrap();
    assert_eq!(shop.db.statements() - before, 1);
    let mut wanted = vec![wholesale.parse().unwrap(), press.parse().unwrap()];
    wanted.sort();
    assert_eq!(standing, CustomerTerms { tax_exempt: false, groups: wanted });
    let nobody = shop.customers.terms(&conn, UNKNOWN_CUSTOMER.parse().unwrap()).await.unwrap();
    assert_eq!(nobody, CustomerTerms::default());

    for _ in 0..2 {
        let data = staff.data(REMOVE, json!({ "group": wholesale, "customers": [ada_id] })).await;
        assert_eq!(data["customerGroupMembersRemove"]["customerGroup"]["memberCount"], 1);
    }
    assert_eq!(ada.data(groups, Value::Null).await["me"]["groups"], json!([{ "name": "Press" }]));
    staff.data(DELETE, json!({ "ids": [wholesale, press] })).await;
    assert_eq!(ada.data(groups, Value::Null).await["me"]["groups"], json!([]));
}

#[shop_test]
async fn the_reason_for_a_tax_exemption_is_visible_to_staff_only() {
    let shop = Shop::demo().await;
    let (staff, ada) = (shop.staff().await, shop.customer().await);
    let id = id_of(&ada).await;
    let set = |exempt: bool, reason: Value| json!({ "customer": id, "exempt": exempt, "reason": reason });
    let data = staff.data(EXEMPT, set(true, json!(" Certificate 4711 "))).await;
    let customer = &data["customerTaxExemptionSet"]["customer"];
    assert_eq!((&customer["taxExempt"], &customer["taxExemptReason"]), (&json!(true), &json!("Certificate 4711")));
    let conn = shop.db.conn().await.unwrap();
    assert!(shop.customers.terms(&conn, id.parse().unwrap()).await.unwrap().tax_exempt);

    let me = "{ me { taxExempt taxExemptReason } }";
    assert_eq!(ada.data(me, Value::Null).await["me"], json!({ "taxExempt": true, "taxExemptReason": null }));
    let rename =
        "mutation { customerUpdate(input: {firstName: \"Augusta\"}) { customer { taxExempt } userErrors { code } } }";
    assert_eq!(ada.data(rename, Value::Null).await["customerUpdate"]["customer"]["taxExempt"], true);

    for reason in [Value::Null, json!("  ")] {
        assert_rejected(&staff, EXEMPT, set(true, reason), "REQUIRED", "reason").await;
    }
    assert_rejected(&staff, EXEMPT, set(true, json!("x".repeat(501))), "TOO_LONG", "reason").await;
    assert_rejected(&staff, EXEMPT, set(true, json!("a\nb")), "INVALID_TEXT", "reason").await;
    let unknown = json!({ "customer": UNKNOWN_CUSTOMER, "exempt": false });
    assert_rejected(&staff, EXEMPT, unknown, "NOT_FOUND", "customerId").await;

    let data = staff.data(EXEMPT, set(false, json!("left over"))).await;
    let customer = &data["customerTaxExemptionSet"]["customer"];
    assert_eq!((&customer["taxExempt"], &customer["taxExemptReason"]), (&json!(false), &Value::Null));
    assert_eq!(shop.count("SELECT count(*) FROM customers WHERE tax_exempt_reason <> ''").await, 0);
    let clerk = shop.staff_with(&[Permission::Orders]).await;
    assert_eq!(clerk.top_level_error(EXEMPT, set(true, json!("x"))).await, "FORBIDDEN");
}
