//! API clients: shoppers and staff.

use std::time::Duration;

use reqwest::{Client, StatusCode};
use serde_json::{Value, json};

/// The error code for a missing response.
pub(super) const NO_RESPONSE: &str = "NO_RESPONSE";

/// An API client.
#[derive(Clone)]
pub(super) struct ApiClient {
    client: Client,
    url: String,
    token: Option<String>,
}

impl ApiClient {
    pub(super) fn new(url: &str) -> Self {
        let client = Client::builder().timeout(Duration::from_secs(40)).build().expect("a client needs nothing");
        Self { client, url: url.to_owned(), token: None }
    }

    #[must_use]
    pub(super) fn with_token(mut self, token: &str) -> Self {
        self.token = Some(token.to_owned());
        self
    }

    /// Returns the data of a response, or the code of the top-level error; [`NO_RESPONSE`] if the connection failed.
    pub(super) async fn execute(&self, query: &str, variables: Value) -> Result<Value, String> {
        let mut request = self.client.post(format!("{}/graphql", self.url));
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        let response = request.json(&json!({ "query": query, "variables": variables })).send().await;
        let body: Value = match response {
            Ok(response) => response.json().await.map_err(|_| NO_RESPONSE.to_owned())?,
            Err(_) => return Err(NO_RESPONSE.to_owned()),
        };
        match body["errors"][0]["extensions"]["code"].as_str() {
            Some(code) => Err(format!("{code}: {}", body["errors"][0]["message"].as_str().unwrap_or_default())),
            None if body["data"].is_object() => Ok(body["data"].clone()),
            None => Err(body.to_string()),
        }
    }

    /// Like [`Self::execute`] for one mutation: returns its payload, or the code of its first user error.
    pub(super) async fn mutate(&self, name: &str, query: &str, variables: Value) -> Result<Value, String> {
        let payload = self.execute(query, variables).await?[name].clone();
        match payload["userErrors"][0]["code"].as_str() {
            Some(code) => Err(code.to_owned()),
            None => Ok(payload),
        }
    }

    /// Creates a cart with units of a variant, paid with a behavior of the test provider.
    pub(super) async fn paid_cart(&self, variant: &str, quantity: i32, behavior: &Value) -> Result<String, String> {
        let cart = self.ready_cart(variant, quantity, &[]).await?;
        self.pay(&cart, behavior).await?;
        Ok(cart)
    }

    /// Creates a cart that is complete except for its payment.
    pub(super) async fn ready_cart(&self, variant: &str, quantity: i32, codes: &[&str]) -> Result<String, String> {
        let create = "mutation($input: CartCreateInput!) { cartCreate(input: $input) {
            cart { id shippingOptions { id } } userErrors { code message } } }";
        let input = json!({ "email": format!("buyer-{}@example.com", uuid::Uuid::new_v4().simple()),
            "lines": [{ "variantId": variant, "quantity": quantity }] });
        let cart = self.mutate("cartCreate", create, json!({ "input": input })).await?["cart"].clone();
        let id = cart["id"].as_str().unwrap_or_default().to_owned();
        let address = json!({ "firstName": "Ada", "lastName": "Byron", "address1": "Lindenstraße 1",
            "city": "Berlin", "postalCode": "10969", "country": "DE" });
        let addresses = "mutation($cart: ID!, $address: AddressInput!) {
            cartAddressesSet(cartId: $cart, input: {shippingAddress: $address}) { userErrors { code message } } }";
        self.mutate("cartAddressesSet", addresses, json!({ "cart": id, "address": address })).await?;
        let shipping = "mutation($cart: ID!, $option: ID!) {
            cartShippingSelect(cartId: $cart, shippingOptionId: $option) { userErrors { code message } } }";
        let option = cart["shippingOptions"][0]["id"].clone();
        self.mutate("cartShippingSelect", shipping, json!({ "cart": id, "option": option })).await?;
        if !codes.is_empty() {
            let add = "mutation($cart: ID!, $codes: [String!]!) {
                cartCodesAdd(cartId: $cart, codes: $codes) { userErrors { code message } } }";
            self.mutate("cartCodesAdd", add, json!({ "cart": id, "codes": codes })).await?;
        }
        Ok(id)
    }

    /// Opens a payment session with the test provider, and returns its ID. The circuit breaker may be open for ten
    /// seconds because of other calls: the shopper retries.
    pub(super) async fn pay(&self, cart: &str, behavior: &Value) -> Result<String, String> {
        let pay = "mutation($cart: ID!, $data: JSON) {
            paymentSessionCreate(cartId: $cart, provider: \"test\", data: $data) {
                paymentSession { id } userErrors { code message } } }";
        let variables = json!({ "cart": cart, "data": behavior });
        let mut tries = 0;
        let payload = loop {
            match self.mutate("paymentSessionCreate", pay, variables.clone()).await {
                Err(code) if code == "PAYMENT_UNAVAILABLE" && tries < 60 => {
                    tries += 1;
                    tokio::time::sleep(Duration::from_millis(250)).await;
                }
                ended => break ended?,
            }
        };
        Ok(payload["paymentSession"]["id"].as_str().unwrap_or_default().to_owned())
    }

    /// Completes a cart and returns the order's ID; an error is the code of the rejection, or the status if there is no
    /// order yet.
    pub(super) async fn complete(&self, cart: &str) -> Result<String, String> {
        let complete = "mutation($cart: ID!) { cartComplete(cartId: $cart) {
            status order { id } userErrors { code message } } }";
        let payload = self.mutate("cartComplete", complete, json!({ "cart": cart })).await?;
        match payload["order"]["id"].as_str() {
            Some(order) => Ok(order.to_owned()),
            None => Err(payload["status"].as_str().unwrap_or("nothing").to_owned()),
        }
    }

    /// Completes a cart until there is an order or a final error, like a storefront that polls.
    pub(super) async fn complete_with_retries(&self, cart: &str) -> Result<String, String> {
        for _ in 0..40 {
            match self.complete(cart).await {
                Err(code) if code == "PROCESSING" || code == NO_RESPONSE || code.starts_with("UNAVAILABLE") => {
                    tokio::time::sleep(Duration::from_millis(250)).await;
                }
                ended => return ended,
            }
        }
        Err("PROCESSING".to_owned())
    }

    /// Posts a webhook of the test provider.
    pub(super) async fn webhook(&self, body: &[u8], signature: &str) -> Option<StatusCode> {
        let post = self.client.post(format!("{}/hooks/payments/test", self.url));
        let post = post.header("x-test-signature", signature).header("content-type", "application/json");
        post.body(body.to_vec()).send().await.ok().map(|response| response.status())
    }
}
