//! A shop for one test.

use std::ops::Deref;
use std::sync::{Arc, OnceLock};

use cartwright::app::{App, AppBuilder};
use cartwright::config::Origins;
use cartwright::db::{Db, migrations};
use cartwright::domain::auth::{Keys, NewStaff};
use cartwright::graphql::Engine;
use cartwright::http::limits::Limits;
use cartwright::http::{HttpServices, router};
use cartwright::kernel::actor::Permission;
use cartwright::worker::Worker;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::client::Client;
use super::clock::TestClock;
use super::database;

/// The password of all test accounts.
pub(crate) const PASSWORD: &str = "correct horse battery";

/// The size of a shop's connection pool.
const POOL_SIZE: usize = 6;

/// A shop with its own database and the demo catalog.
pub(crate) struct Shop {
    pub(crate) app: App,
    router: axum::Router,
    stop: CancellationToken,
    worker: Option<Worker>,
    url: String,
    owns_database: bool,
}

impl Deref for Shop {
    type Target = App;

    fn deref(&self) -> &App {
        &self.app
    }
}

impl Shop {
    /// The demo shop, and a staff user with every permission.
    pub(crate) async fn demo() -> Self {
        Self::on_database(Self::demo_database().await)
    }

    /// The demo shop without its promotions and taxes.
    pub(crate) async fn without_promotions_and_taxes() -> Self {
        let shop = Self::demo().await;
        let (client, connection) =
            tokio_postgres::connect(&shop.url, tokio_postgres::NoTls).await.expect("a connection");
        tokio::spawn(connection);
        let sql = "TRUNCATE promotions, promotion_codes, promotion_usages, campaigns;
            UPDATE products SET tax_class_id = NULL; TRUNCATE tax_rates, tax_regions; DELETE FROM tax_classes";
        client.batch_execute(sql).await.expect("the tables are emptied");
        shop
    }

    /// The demo shop, with this clock.
    pub(crate) async fn demo_with_clock(clock: &TestClock) -> Self {
        Self::demo_with(|builder| builder.clock(Arc::new(clock.clone()))).await
    }

    async fn demo_database() -> String {
        database::from_template(|url| async move {
            migrations::run(&url).await.expect("the migrations run");
            let app = app(&url);
            app.demo.load().await.expect("the demo shop is loaded");
            let all = Permission::ALL.to_vec();
            staff(&app, "staff@example.com", all).await;
        })
        .await
    }

    /// The demo shop, built with a customization, such as another tax provider.
    pub(crate) async fn demo_with(build: impl FnOnce(AppBuilder) -> AppBuilder) -> Self {
        let url = Self::demo_database().await;
        let app = build(builder(&url)).build();
        Self::new(url, app)
    }

    /// A shop with an empty database.
    pub(crate) async fn empty() -> Self {
        let url = database::create_empty().await;
        migrations::run(&url).await.expect("the migrations run");
        Self::on_database(url)
    }

    fn on_database(url: String) -> Self {
        let app = app(&url);
        Self::new(url, app)
    }

    fn new(url: String, app: App) -> Self {
        let stop = CancellationToken::new();
        let parts = HttpServices {
            engine: Engine::new(app.clone()),
            app: app.clone(),
            limits: Limits::default(),
            origins: Origins::Any,
            shutdown: stop.clone(),
        };
        Self { router: router(parts), app, stop, worker: None, url, owns_database: true }
    }

    /// The URL of the database.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// The routes, as a server serves them.
    pub(crate) fn router(&self) -> axum::Router {
        self.router.clone()
    }

    /// Starts the background loops, which deliver change events.
    pub(crate) fn start_worker(&mut self) {
        self.worker = Some(Worker::start(&self.app, &self.stop));
    }

    /// An anonymous client.
    pub(crate) fn anonymous(&self) -> Client {
        Client::new(self.router(), None)
    }

    /// A staff user with every permission.
    pub(crate) async fn staff(&self) -> Client {
        self.login_staff("staff@example.com").await
    }

    /// A staff user with only these permissions.
    pub(crate) async fn staff_with(&self, permissions: &[Permission]) -> Client {
        let email = format!("staff-{}@example.com", uuid::Uuid::new_v4().simple());
        staff(&self.app, &email, permissions.to_vec()).await;
        self.login_staff(&email).await
    }

    async fn login_staff(&self, email: &str) -> Client {
        let login = "mutation($email: String!, $password: String!) {
            staffLogin(email: $email, password: $password) { session { accessToken } userErrors { code } } }";
        let data = self.anonymous().data(login, json!({ "email": email, "password": PASSWORD })).await;
        self.anonymous().with_token(text(&data["staffLogin"]["session"]["accessToken"]))
    }

    /// A customer with a new account.
    pub(crate) async fn customer(&self) -> Client {
        let email = format!("customer-{}@example.com", uuid::Uuid::new_v4().simple());
        let register = "mutation($input: CustomerRegisterInput!) {
            customerRegister(input: $input) { session { accessToken } userErrors { code message } } }";
        let input =
            json!({ "input": { "email": email, "password": PASSWORD, "firstName": "Ada", "lastName": "Byron" } });
        let data = self.anonymous().data(register, input).await;
        self.anonymous().with_token(text(&data["customerRegister"]["session"]["accessToken"]))
    }

    /// The id of the variant with this SKU.
    pub(crate) async fn variant(&self, sku: &str) -> String {
        let data = self
            .anonymous()
            .data("query($sku: String!) { variant(by: {sku: $sku}) { id } }", json!({ "sku": sku }))
            .await;
        text(&data["variant"]["id"]).to_owned()
    }

    /// The id of the first variant of the product with this handle.
    pub(crate) async fn variant_of(&self, handle: &str) -> String {
        let query = "query($handle: String!) { product(by: {handle: $handle}) { variants { id } } }";
        let data = self.anonymous().data(query, json!({ "handle": handle })).await;
        text(&data["product"]["variants"][0]["id"]).to_owned()
    }

    /// A shop on the same database that acts as another process, without background loops.
    pub(crate) fn another_process(&self) -> Self {
        let mut other = Self::on_database(self.url.clone());
        other.owns_database = false;
        other
    }

    /// The application of another process on the same database, built with a customization.
    pub(crate) fn another_app(&self, build: impl FnOnce(AppBuilder) -> AppBuilder) -> App {
        build(builder(&self.url)).build()
    }

    /// A cart with units of a variant, ready to be completed except for the payment.
    pub(crate) async fn ready_cart(&self, client: &Client, variant: &str, quantity: i32) -> String {
        let create = "mutation($input: CartCreateInput!) {
            cartCreate(input: $input) { cart { id shippingOptions { id } } userErrors { code message path } } }";
        let lines = json!([{ "variantId": variant, "quantity": quantity }]);
        let data = client.data(create, json!({ "input": { "email": "ada@example.com", "lines": lines } })).await;
        let cart = &data["cartCreate"]["cart"];
        let id = text(&cart["id"]).to_owned();
        let address = json!({ "firstName": "Ada", "lastName": "Byron", "address1": "Lindenstraße 1", "city": "Berlin",
            "postalCode": "10969", "country": "DE" });
        let details = "mutation($cart: ID!, $address: AddressInput!, $option: ID!) {
            cartAddressesSet(cartId: $cart, input: {shippingAddress: $address}) { userErrors { code message path } }
            cartShippingSelect(cartId: $cart, shippingOptionId: $option) { userErrors { code message path } } }";
        client
            .data(details, json!({ "cart": id, "address": address, "option": cart["shippingOptions"][0]["id"] }))
            .await;
        id
    }

    /// A cart like [`Self::ready_cart`], with a payment.
    pub(crate) async fn paid_cart(&self, client: &Client, variant: &str, quantity: i32) -> String {
        let id = self.ready_cart(client, variant, quantity).await;
        let pay = "mutation($cart: ID!) { paymentSessionCreate(cartId: $cart) { userErrors { code message } } }";
        client.data(pay, json!({ "cart": id })).await;
        id
    }

    /// Places an order of units of a variant, and returns its id and the guest token.
    pub(crate) async fn order(&self, client: &Client, variant: &str, quantity: i32) -> (String, String) {
        let cart = self.paid_cart(client, variant, quantity).await;
        let complete = "mutation($cart: ID!) {
            cartComplete(cartId: $cart) { order { id } guestToken userErrors { code message path } } }";
        let data = client.data(complete, json!({ "cart": cart })).await;
        let payload = &data["cartComplete"];
        (text(&payload["order"]["id"]).to_owned(), text(&payload["guestToken"]).to_owned())
    }

    /// Units of a variant at all locations: stocked and reserved.
    pub(crate) async fn stock(&self, variant: &str) -> (i64, i64) {
        let query = "query($id: ID!) { variant(by: {id: $id}) { stockLevels { stocked reserved } } }";
        let data = self.staff().await.data(query, json!({ "id": variant })).await;
        let levels = data["variant"]["stockLevels"].as_array().expect("levels").clone();
        let sum = |field: &str| levels.iter().filter_map(|level| level[field].as_i64()).sum();
        (sum("stocked"), sum("reserved"))
    }

    /// Sets the stock of a variant at the first location.
    pub(crate) async fn set_stock(&self, variant: &str, quantity: i32) {
        let staff = self.staff().await;
        let locations = staff.data("{ stockLocations { id } }", Value::Null).await;
        let rows =
            json!([{ "variantId": variant, "locationId": locations["stockLocations"][0]["id"], "quantity": quantity }]);
        let set = "mutation($rows: [StockRowInput!]!) { stockSet(rows: $rows) { userErrors { code message path } } }";
        staff.data(set, json!({ "rows": rows })).await;
    }

    /// Drives workflow runs until none is in progress: authorizations are released in the background.
    pub(crate) async fn drain_runs(&self) {
        let in_progress = "SELECT count(*) FROM workflow_runs WHERE status IN ('PENDING', 'RUNNING', 'COMPENSATING')";
        for _ in 0..200 {
            self.durable.recover().await.expect("a round");
            if self.count(in_progress).await == 0 {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        panic!("runs are still in progress");
    }

    /// Runs a query that returns a number.
    pub(crate) async fn count(&self, sql: &str) -> i64 {
        let (client, connection) =
            tokio_postgres::connect(&self.url, tokio_postgres::NoTls).await.expect("a connection");
        tokio::spawn(connection);
        client.query_one(sql, &[]).await.expect("a number").get(0)
    }
}

impl Drop for Shop {
    fn drop(&mut self) {
        self.stop.cancel();
        if self.owns_database {
            database::drop_database(&self.url);
        }
    }
}

fn app(url: &str) -> App {
    builder(url).build()
}

fn builder(url: &str) -> AppBuilder {
    static KEYS: OnceLock<Keys> = OnceLock::new();
    let keys = KEYS.get_or_init(|| Keys::new(b"a secret of the tests, of 32 bytes or more")).clone();
    App::builder(Db::new(url, POOL_SIZE).expect("a pool"), keys)
}

async fn staff(app: &App, email: &str, permissions: Vec<Permission>) {
    let (name, password) = ("Staff".to_owned(), PASSWORD.to_owned());
    app.auth
        .create_staff(NewStaff { email: email.to_owned(), name, password, permissions })
        .await
        .expect("a staff account");
}

/// A string in a response.
pub(crate) fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("{value} is no string"))
}
