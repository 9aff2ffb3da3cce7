//! Customer accounts: registration, login and logout, the profile, the address book and the customer's own orders.

use axum::http::{Request, StatusCode, header};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cartwright_macros::shop_test;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};

use crate::support::{Client, PASSWORD, Shop};

/// The signing secret of the test shops.
const SECRET: &[u8] = b"a secret of the tests, of 32 bytes or more";

const REGISTER: &str = "mutation($input: CustomerRegisterInput!) { customerRegister(input: $input) {
    customer { id email firstName lastName phone } session { accessToken refreshToken expiresAt }
    userErrors { code path } } }";
const LOGIN: &str =
    "mutation($email: String!, $password: String!) { customerLogin(email: $email, password: $password) {
    customer { id } session { accessToken refreshToken } userErrors { code message path details } } }";
const REFRESH: &str = "mutation($token: String!) { tokenRefresh(token: $token) {
    session { accessToken refreshToken } userErrors { code } } }";
const UPDATE_PROFILE: &str = "mutation($input: CustomerUpdateInput!) { customerUpdate(input: $input) {
    customer { firstName lastName phone } userErrors { code path } } }";
const ME: &str = "{ me { id email firstName lastName phone } }";
const ADDRESSES: &str = "{ me { addresses { id defaultShipping defaultBilling address { city country } } } }";
const CREATE_ADDRESS: &str = "mutation($input: AddressCreateInput!) { addressCreate(input: $input) {
    address { id } userErrors { code path } } }";
const UPDATE_ADDRESS: &str = "mutation($id: ID!, $input: AddressUpdateInput!) { addressUpdate(id: $id, input: $input) {
    address { id } userErrors { code path } } }";
const DELETE_ADDRESS: &str = "mutation($id: ID!) { addressDelete(id: $id) { deletedId userErrors { code path } } }";

fn address(city: &str) -> Value {
    json!({ "firstName": "Ada", "lastName": "Byron", "address1": "Lindenstraße 1", "city": city, "country": "DE" })
}

async fn register(shop: &Shop, email: &str) -> Value {
    let input = json!({ "email": email, "password": PASSWORD, "firstName": "Ada", "lastName": "Byron" });
    shop.anonymous().data(REGISTER, json!({ "input": input })).await["customerRegister"].clone()
}

fn token(session: &Value, which: &str) -> String {
    session[which].as_str().expect("a token").to_owned()
}

/// The status and the error code of a request with this header.
async fn with_header(shop: &Shop, authorization: &str) -> (StatusCode, Option<String>) {
    let request = Request::post("/graphql")
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::AUTHORIZATION, authorization);
    let request = request.body(json!({ "query": ME }).to_string().into()).expect("a request");
    let response = shop.anonymous().send(request).await;
    assert!(response.status == StatusCode::OK || response.body["data"].is_null(), "{response:?}");
    (response.status, response.code())
}

/// The caller's address book: each city, and whether it is the default shipping and billing address.
async fn address_book(client: &Client) -> Vec<(String, bool, bool)> {
    let data = client.data(ADDRESSES, Value::Null).await;
    let entries = data["me"]["addresses"].as_array().expect("addresses");
    let entry = |entry: &Value| {
        let city = entry["address"]["city"].as_str().expect("a city").to_owned();
        (city, entry["defaultShipping"] == true, entry["defaultBilling"] == true)
    };
    entries.iter().map(entry).collect()
}

fn entries(wanted: &[(&str, bool, bool)]) -> Vec<(String, bool, bool)> {
    wanted.iter().map(|(city, shipping, billing)| ((*city).to_owned(), *shipping, *billing)).collect()
}

#[shop_test]
async fn a_customer_registers_logs_in_and_edits_the_profile() {
    let shop = Shop::demo().await;
    let registered = register(&shop, " Ada@Example.COM ").await;
    assert_eq!(registered["customer"]["email"], "ada@example.com");
    let login = json!({ "email": "ADA@example.com", "password": PASSWORD });
    let data = shop.anonymous().data(LOGIN, login).await;
    assert_eq!(data["customerLogin"]["customer"]["id"], registered["customer"]["id"]);
    let client = shop.anonymous().with_token(&token(&data["customerLogin"]["session"], "accessToken"));
    assert_eq!(client.data(ME, Value::Null).await["me"], registered["customer"]);

    let changed =
        client.data(UPDATE_PROFILE, json!({ "input": { "firstName": "Augusta", "phone": "+44 20 7946 0000" } })).await;
    let wanted = json!({ "firstName": "Augusta", "lastName": "Byron", "phone": "+44 20 7946 0000" });
    assert_eq!(changed["customerUpdate"]["customer"], wanted);
    client.data(UPDATE_PROFILE, json!({ "input": { "phone": null } })).await;
    let me = client.data(ME, Value::Null).await;
    assert_eq!((&me["me"]["firstName"], &me["me"]["phone"]), (&json!("Augusta"), &Value::Null));
}

#[shop_test]
async fn a_stale_version_does_not_update_the_profile() {
    let shop = Shop::demo().await;
    let registered = register(&shop, "ada@example.com").await;
    let client = shop.anonymous().with_token(&token(&registered["session"], "accessToken"));
    let update = "mutation($name: String!, $version: Int) {
        customerUpdate(input: { firstName: $name }, expectedVersion: $version) {
        customer { firstName } userErrors { code path details } } }";
    client.data(update, json!({ "name": "Augusta", "version": 1 })).await;
    let error = client.user_error(update, json!({ "name": "Eve", "version": 1 })).await;
    let wanted = json!({ "code": "STALE_VERSION", "path": ["expectedVersion"], "details": { "version": 2 } });
    assert_eq!(error, wanted);
    assert_eq!(client.data(ME, Value::Null).await["me"]["firstName"], "Augusta");
    client.data(update, json!({ "name": "Ada", "version": 2 })).await;
    client.data(update, json!({ "name": "Augusta" })).await;
}

#[shop_test]
async fn an_email_address_registers_once() {
    let shop = Shop::demo().await;
    register(&shop, "ada@example.com").await;
    let again = json!({ "input": { "email": "Ada@Example.com", "password": PASSWORD } });
    let error = shop.anonymous().user_error(REGISTER, again).await;
    assert_eq!((&error["code"], &error["path"]), (&json!("TAKEN"), &json!(["input", "email"])));
    assert_eq!(shop.count("SELECT count(*) FROM customers").await, 1);
}

#[shop_test]
async fn a_registration_reports_all_errors_at_once() {
    let shop = Shop::demo().await;
    let input = json!({ "email": "ada@", "password": "short", "firstName": "<b>Ada</b>", "lastName": "By\u{0}ron",
        "phone": "0".repeat(41) });
    let response = shop.anonymous().execute(REGISTER, json!({ "input": input })).await;
    let wanted = json!([
        { "code": "INVALID_EMAIL", "path": ["input", "email"] },
        { "code": "WEAK_PASSWORD", "path": ["input", "password"] },
        { "code": "INVALID_TEXT", "path": ["input", "firstName"] },
        { "code": "INVALID_TEXT", "path": ["input", "lastName"] },
        { "code": "TOO_LONG", "path": ["input", "phone"] },
    ]);
    assert_eq!(response.body["data"]["customerRegister"]["userErrors"], wanted);
    assert_eq!(shop.count("SELECT count(*) FROM customers").await, 0);
}

#[shop_test]
async fn a_wrong_password_and_an_unknown_email_get_the_same_error() {
    let shop = Shop::demo().await;
    register(&shop, "ada@example.com").await;
    let anonymous = shop.anonymous();
    let wrong = anonymous.user_error(LOGIN, json!({ "email": "ada@example.com", "password": "wrong horse" })).await;
    let unknown = anonymous.user_error(LOGIN, json!({ "email": "nobody@example.com", "password": PASSWORD })).await;
    assert_eq!(wrong["code"], "INVALID_CREDENTIALS");
    assert_eq!(wrong, unknown);
    assert_eq!(shop.count("SELECT count(*) FROM sessions").await, 1);
}

#[shop_test]
async fn only_a_customer_has_a_profile() {
    let shop = Shop::demo().await;
    for client in [shop.anonymous(), shop.staff().await] {
        assert_eq!(client.data(ME, Value::Null).await["me"], Value::Null);
        assert_eq!(
            client.top_level_error(UPDATE_PROFILE, json!({ "input": { "firstName": "Eve" } })).await,
            "UNAUTHENTICATED"
        );
        assert_eq!(
            client.top_level_error(CREATE_ADDRESS, json!({ "input": { "address": address("Bonn") } })).await,
            "UNAUTHENTICATED"
        );
    }
    assert_eq!(shop.count("SELECT count(*) FROM customer_addresses").await, 0);
}

#[shop_test]
async fn an_address_book_has_one_default_of_each_kind() {
    let shop = Shop::demo().await;
    let client = shop.customer().await;
    let both = json!({ "input": { "address": address("Berlin"), "defaultShipping": true, "defaultBilling": true } });
    let berlin = client.data(CREATE_ADDRESS, both).await["addressCreate"]["address"]["id"].clone();
    let shipping = json!({ "input": { "address": address("Bonn"), "defaultShipping": true } });
    let bonn = client.data(CREATE_ADDRESS, shipping).await["addressCreate"]["address"]["id"].clone();
    assert_eq!(address_book(&client).await, entries(&[("Berlin", false, true), ("Bonn", true, false)]));

    let moved = json!({ "id": bonn, "input": { "address": address("Köln"), "defaultBilling": true } });
    client.data(UPDATE_ADDRESS, moved).await;
    assert_eq!(address_book(&client).await, entries(&[("Berlin", false, false), ("Köln", true, true)]));

    client.data(UPDATE_ADDRESS, json!({ "id": bonn, "input": { "defaultShipping": false } })).await;
    assert_eq!(address_book(&client).await, entries(&[("Berlin", false, false), ("Köln", false, true)]));

    assert_eq!(client.data(DELETE_ADDRESS, json!({ "id": berlin })).await["addressDelete"]["deletedId"], berlin);
    assert_eq!(address_book(&client).await, entries(&[("Köln", false, true)]));
    assert_eq!(client.user_error(DELETE_ADDRESS, json!({ "id": berlin })).await["code"], "NOT_FOUND");
}

#[shop_test]
async fn an_address_book_is_private() {
    let shop = Shop::demo().await;
    let (owner, other) = (shop.customer().await, shop.customer().await);
    let data = owner.data(CREATE_ADDRESS, json!({ "input": { "address": address("Berlin") } })).await;
    let id = &data["addressCreate"]["address"]["id"];
    let change = json!({ "id": id, "input": { "address": address("Bonn") } });
    assert_eq!(other.user_error(UPDATE_ADDRESS, change).await["code"], "NOT_FOUND");
    assert_eq!(other.user_error(DELETE_ADDRESS, json!({ "id": id })).await["code"], "NOT_FOUND");
    assert_eq!(address_book(&owner).await, entries(&[("Berlin", false, false)]));
    assert_eq!(address_book(&other).await, entries(&[]));
}

#[shop_test]
async fn an_incomplete_address_reports_each_missing_field() {
    let shop = Shop::demo().await;
    let client = shop.customer().await;
    let lacking = json!({ "firstName": "A".repeat(101), "lastName": " ", "address1": "<i>x</i>", "city": "a\u{0}b",
        "country": "DE" });
    let response = client.execute(CREATE_ADDRESS, json!({ "input": { "address": lacking } })).await;
    let at = |code: &str, field: &str| json!({ "code": code, "path": ["input", "address", field] });
    let wanted = json!([
        at("TOO_LONG", "firstName"),
        at("REQUIRED", "lastName"),
        at("INVALID_TEXT", "address1"),
        at("INVALID_TEXT", "city"),
    ]);
    assert_eq!(response.body["data"]["addressCreate"]["userErrors"], wanted);
    assert_eq!(address_book(&client).await, entries(&[]));
}

#[shop_test]
async fn an_address_book_is_limited_to_fifty_addresses() {
    let shop = Shop::demo().await;
    let client = shop.customer().await;
    for _ in 0..50 {
        client.data(CREATE_ADDRESS, json!({ "input": { "address": address("Berlin") } })).await;
    }
    let error = client.user_error(CREATE_ADDRESS, json!({ "input": { "address": address("Bonn") } })).await;
    assert_eq!(error["code"], "TOO_LONG");
    assert_eq!(address_book(&client).await.len(), 50);
}

#[shop_test]
async fn customers_see_their_own_orders_newest_first() {
    let shop = Shop::demo().await;
    let (client, other) = (shop.customer().await, shop.customer().await);
    let variant = shop.variant("NOTE-A5-DOT").await;
    let mut placed = Vec::new();
    for quantity in 1..=3 {
        placed.push(shop.order(&client, &variant, quantity).await.0);
    }
    shop.order(&shop.anonymous(), &variant, 1).await;
    let query = "query($after: String) { me { orders(first: 2, after: $after) {
        totalCount nodes { id } pageInfo { hasNextPage endCursor } } } }";
    let first = client.data(query, Value::Null).await["me"]["orders"].clone();
    assert_eq!(first["totalCount"], 3);
    assert_eq!(first["nodes"], json!([{ "id": placed[2] }, { "id": placed[1] }]));
    let after = json!({ "after": first["pageInfo"]["endCursor"] });
    let second = client.data(query, after).await["me"]["orders"].clone();
    assert_eq!(second["nodes"], json!([{ "id": placed[0] }]));
    assert_eq!((&first["pageInfo"]["hasNextPage"], &second["pageInfo"]["hasNextPage"]), (&json!(true), &json!(false)));
    assert_eq!(other.data(query, Value::Null).await["me"]["orders"]["totalCount"], 0);
}

#[shop_test]
async fn a_customers_order_is_hidden_from_others() {
    let shop = Shop::demo().await;
    let client = shop.customer().await;
    let variant = shop.variant("NOTE-A5-DOT").await;
    let (id, guest_token) = shop.order(&client, &variant, 1).await;
    let query = "query($id: ID!, $token: String) { order(id: $id, guestToken: $token) { id } node(id: $id) { id } }";
    let own = client.data(query, json!({ "id": id })).await;
    assert_eq!(own, json!({ "order": { "id": id }, "node": { "id": id } }));
    let forged = format!("{guest_token}x");
    for other in [shop.anonymous(), shop.customer().await] {
        let seen = other.data(query, json!({ "id": id, "token": forged })).await;
        assert_eq!(seen, json!({ "order": null, "node": null }));
        let shown = other.data(query, json!({ "id": id, "token": guest_token })).await;
        assert_eq!(shown["order"]["id"], json!(id));
    }
}

#[shop_test]
async fn a_refresh_token_works_once() {
    let shop = Shop::demo().await;
    let anonymous = shop.anonymous();
    let first = register(&shop, "ada@example.com").await["session"].clone();
    let refreshed = anonymous.data(REFRESH, json!({ "token": first["refreshToken"] })).await;
    let second = refreshed["tokenRefresh"]["session"].clone();
    assert_ne!(first["refreshToken"], second["refreshToken"]);
    let client = anonymous.with_token(&token(&second, "accessToken"));
    assert_eq!(client.data(ME, Value::Null).await["me"]["email"], "ada@example.com");
    let third = anonymous.data(REFRESH, json!({ "token": second["refreshToken"] })).await;
    assert_ne!(third["tokenRefresh"]["session"]["refreshToken"], second["refreshToken"]);
}

#[shop_test]
async fn reusing_a_refresh_token_ends_the_session() {
    let shop = Shop::demo().await;
    let anonymous = shop.anonymous();
    let first = register(&shop, "ada@example.com").await["session"].clone();
    let refreshed = anonymous.data(REFRESH, json!({ "token": first["refreshToken"] })).await;
    let second = &refreshed["tokenRefresh"]["session"]["refreshToken"];
    assert_eq!(anonymous.top_level_error(REFRESH, json!({ "token": first["refreshToken"] })).await, "UNAUTHENTICATED");
    assert_eq!(anonymous.top_level_error(REFRESH, json!({ "token": second })).await, "UNAUTHENTICATED");
    assert_eq!(shop.count("SELECT count(*) FROM sessions").await, 0);
}

#[shop_test]
async fn malformed_refresh_tokens_are_rejected() {
    let shop = Shop::demo().await;
    let session = register(&shop, "ada@example.com").await["session"].clone();
    let refresh = token(&session, "refreshToken");
    let id = refresh.split_once('.').expect("an id and a secret").0;
    for bad in ["", ".", "\u{0}", "nonsense", id, "sess_01m84q05c3e3jbvaxd7vc1mw18.AAAA", &refresh.replace('.', "")] {
        let code = shop.anonymous().top_level_error(REFRESH, json!({ "token": bad })).await;
        assert_eq!(code, "UNAUTHENTICATED", "{bad:?}");
    }
    shop.anonymous().data(REFRESH, json!({ "token": refresh })).await;
}

#[shop_test]
async fn logout_ends_one_session_or_all() {
    let shop = Shop::demo().await;
    let anonymous = shop.anonymous();
    let mut logins = vec![register(&shop, "ada@example.com").await["session"].clone()];
    for _ in 0..2 {
        let data = anonymous.data(LOGIN, json!({ "email": "ada@example.com", "password": PASSWORD })).await;
        logins.push(data["customerLogin"]["session"].clone());
    }
    let client = anonymous.with_token(&token(&logins[0], "accessToken"));
    assert_eq!(client.data("mutation { logout { done } }", Value::Null).await["logout"]["done"], true);
    assert_eq!(
        anonymous.top_level_error(REFRESH, json!({ "token": logins[0]["refreshToken"] })).await,
        "UNAUTHENTICATED"
    );
    let data = anonymous.data(REFRESH, json!({ "token": logins[1]["refreshToken"] })).await;
    let session = data["tokenRefresh"]["session"].clone();
    let client = anonymous.with_token(&token(&session, "accessToken"));
    client.data("mutation { logout(everywhere: true) { done } }", Value::Null).await;
    for left in [&session, &logins[2]] {
        assert_eq!(
            anonymous.top_level_error(REFRESH, json!({ "token": left["refreshToken"] })).await,
            "UNAUTHENTICATED"
        );
    }
    assert_eq!(anonymous.top_level_error("mutation { logout { done } }", Value::Null).await, "UNAUTHENTICATED");
}

#[shop_test]
async fn a_staff_access_token_is_revoked_at_logout() {
    let shop = Shop::demo().await;
    let staff = shop.staff().await;
    staff.data("{ stockLocations { id } }", Value::Null).await;
    staff.data("mutation { logout { done } }", Value::Null).await;
    let response = staff.execute("{ stockLocations { id } }", Value::Null).await;
    assert_eq!((response.status, response.code().as_deref()), (StatusCode::UNAUTHORIZED, Some("UNAUTHENTICATED")));
}

#[shop_test]
async fn an_expired_access_token_is_rejected() {
    let shop = Shop::demo().await;
    let access = token(&register(&shop, "ada@example.com").await["session"], "accessToken");
    let payload = access.split('.').nth(1).expect("claims");
    let claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).expect("base64")).expect("JSON");
    let signed = |exp: i64, secret: &[u8]| {
        let mut claims = claims.clone();
        claims["exp"] = json!(exp);
        jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &EncodingKey::from_secret(secret)).expect("a JWT")
    };
    let rejected = (StatusCode::UNAUTHORIZED, Some("UNAUTHENTICATED".to_owned()));
    let exp = claims["exp"].as_i64().expect("an expiry");
    // The same claims with a later expiry are valid, so the others were rejected because of their expiry.
    assert_eq!(with_header(&shop, &format!("Bearer {}", signed(exp + 60, SECRET))).await, (StatusCode::OK, None));
    for bad in [signed(exp - 86_400, SECRET), signed(0, SECRET), signed(exp + 60, b"another secret of 32 bytes or so")]
    {
        assert_eq!(with_header(&shop, &format!("Bearer {bad}")).await, rejected, "{bad}");
    }
}

#[shop_test]
async fn an_invalid_token_is_rejected() {
    let shop = Shop::demo().await;
    let session = register(&shop, "ada@example.com").await["session"].clone();
    let access = token(&session, "accessToken");
    let [header, claims, signature] = access.split('.').collect::<Vec<_>>()[..] else { panic!("no JWT: {access}") };
    let unsigned = URL_SAFE_NO_PAD.encode(r#"{"typ":"JWT","alg":"none"}"#);
    let variant = shop.variant("NOTE-A5-DOT").await;
    let (_, guest_token) = shop.order(&shop.anonymous(), &variant, 1).await;
    let garbage = [
        "Bearer".to_owned(),
        "Bearer x".to_owned(),
        "Bearer ..".to_owned(),
        format!("Basic {access}"),
        access.clone(),
        format!("Bearer {access}x"),
        format!("Bearer {header}.{claims}."),
        format!("Bearer {unsigned}.{claims}."),
        format!("Bearer {unsigned}.{claims}.{signature}"),
        format!("Bearer {}", token(&session, "refreshToken")),
        format!("Bearer {guest_token}"),
    ];
    let rejected = (StatusCode::UNAUTHORIZED, Some("UNAUTHENTICATED".to_owned()));
    for bad in garbage {
        assert_eq!(with_header(&shop, &bad).await, rejected, "{bad}");
    }
    assert_eq!(with_header(&shop, &format!("bearer {access}")).await, (StatusCode::OK, None));
}
