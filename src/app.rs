//! The application: every facade, built in dependency order.

use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use crate::config::{PaymentsConfig, Secret};
use crate::db::Db;
use crate::domain::auth::{Auth, Keys};
use crate::domain::cart::{CartServices, Carts};
use crate::domain::catalog::Catalog;
use crate::domain::customers::Customers;
use crate::domain::fulfillment::Fulfillment;
use crate::domain::inventory::Inventory;
use crate::domain::orders::Orders;
use crate::domain::payments::provider::PaymentProvider;
use crate::domain::payments::provider::ProviderError;
use crate::domain::payments::{Payments, Providers};
use crate::domain::pricing::Pricing;
use crate::domain::promotions::{Promotions, PromotionsParts};
use crate::domain::regions::Regions;
use crate::domain::search::Search;
use crate::domain::tax::provider::TaxProvider;
use crate::domain::tax::{ConfiguredProvider, Taxes};
#[cfg(feature = "testing")]
use crate::durable::testing::SharedFaults;
use crate::durable::{Engine, Registry, Workflow};
use crate::events::bus::Bus;
use crate::kernel::clock::{SharedClock, SystemClock};
#[cfg(feature = "test-payments")]
use crate::providers::payment::TestBank;
use crate::providers::payment::{Manual, Stripe};
use crate::workflows::back_in_stock::BackInStock;
use crate::workflows::checkout::Checkout;
use crate::workflows::checkout::run::CheckoutWorkflow;
use crate::workflows::demo::{Demo, DemoParts};
use crate::workflows::holds::Holds;
use crate::workflows::import::Importer;
use crate::workflows::money::{Money, PaymentOperationWorkflow, ReleaseAuthorization};
use crate::workflows::orders::OrderWorkflows;
use crate::workflows::payments::PaymentWorkflows;
use crate::workflows::products::ProductEditing;
use crate::workflows::setup::Setup;

/// Every facade of a running shop. Cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Facades>);

impl Deref for App {
    type Target = Facades;

    fn deref(&self) -> &Facades {
        &self.0
    }
}

/// The facades that [`App`] gives access to.
pub struct Facades {
    /// The database.
    pub db: Db,
    /// The clock.
    pub clock: SharedClock,
    /// The events of the shop.
    pub bus: Bus,
    /// The URL at which clients reach this server, without a trailing slash.
    pub public_url: String,
    /// Regions and sales channels.
    pub regions: Regions,
    /// Passwords, sessions, tokens and staff.
    pub auth: Auth,
    /// Customers.
    pub customers: Customers,
    /// Products, categories and collections.
    pub catalog: Catalog,
    /// Stock.
    pub inventory: Inventory,
    /// Shipping options.
    pub fulfillment: Fulfillment,
    /// Taxes.
    pub taxes: Taxes,
    /// Prices.
    pub pricing: Pricing,
    /// Promotions, campaigns and discount codes.
    pub promotions: Promotions,
    /// Carts.
    pub carts: Carts,
    /// Payments.
    pub payments: Payments,
    /// Orders.
    pub orders: Orders,
    /// Product search.
    pub search: Search,
    /// Updates products with their prices and stock.
    pub products: ProductEditing,
    /// Imports product files.
    pub importer: Importer,
    /// Loads the demo shop.
    pub demo: Demo,
    /// Reports how far the shop is set up.
    pub setup: Setup,
    /// Turns carts into orders.
    pub checkout: Checkout,
    /// Fulfills, captures and cancels orders.
    pub order_workflows: OrderWorkflows,
    /// Runs durable workflows.
    pub durable: Engine,
    /// Payments of carts and orders, and provider webhooks.
    pub payment_workflows: PaymentWorkflows,
    /// Releases the authorizations of closed payment sessions.
    pub authorization_releases: ReleaseAuthorization,
    /// Reserves units for carts.
    pub holds: Holds,
    /// Subscriptions to back-in-stock notifications.
    pub back_in_stock: BackInStock,
}

/// Builds an [`App`]. Everything that is not set has a production default.
pub struct AppBuilder {
    db: Db,
    keys: Keys,
    clock: SharedClock,
    public_url: String,
    providers: Providers,
    tax_provider: Option<ConfiguredProvider>,
    workflows: Registry,
    #[cfg(feature = "testing")]
    faults: Option<SharedFaults>,
}

impl App {
    /// Creates a builder for an application on a database, with the keys that sign its tokens.
    pub fn builder(db: Db, keys: Keys) -> AppBuilder {
        let builder = AppBuilder {
            db,
            keys,
            clock: Arc::new(SystemClock),
            public_url: "http://127.0.0.1:8080".to_owned(),
            providers: Providers::new(),
            tax_provider: None,
            workflows: Registry::new(),
            #[cfg(feature = "testing")]
            faults: None,
        };
        builder.payment_provider(Manual)
    }
}

impl AppBuilder {
    /// Sets the clock.
    #[must_use]
    pub fn clock(mut self, clock: SharedClock) -> Self {
        self.clock = clock;
        self
    }

    /// Sets the URL at which clients reach this server.
    #[must_use]
    pub fn public_url(mut self, url: &str) -> Self {
        url.trim_end_matches('/').clone_into(&mut self.public_url);
        self
    }

    /// Adds a payment provider. Replaces an existing one with the same name.
    #[must_use]
    pub fn payment_provider(mut self, provider: impl PaymentProvider + 'static) -> Self {
        self.providers.insert(provider.name(), Arc::new(provider));
        self
    }

    /// Adds the payment providers from the settings.
    ///
    /// # Errors
    /// If a provider needs TLS and this machine does not support it.
    pub fn payments(self, config: &PaymentsConfig) -> Result<Self, ProviderError> {
        let mut builder = self;
        if let Some(stripe) = &config.stripe {
            builder = builder.payment_provider(Stripe::new(stripe)?);
        }
        #[cfg(feature = "test-payments")]
        if let Some(secret) = &config.test {
            builder = builder.test_payments(secret.clone());
        }
        Ok(builder)
    }

    /// Adds the provider `test`, which moves no money. Its webhooks are signed with this secret.
    #[cfg(feature = "test-payments")]
    #[must_use]
    pub fn test_payments(self, secret: Secret) -> Self {
        let bank = TestBank::new(self.db.url(), secret);
        self.payment_provider(bank)
    }

    /// Sets a tax provider. If it does not respond within the deadline, the shop's own rates are used.
    #[must_use]
    pub fn tax_provider(mut self, provider: impl TaxProvider + 'static, deadline: Duration) -> Self {
        self.tax_provider = Some((Arc::new(provider), deadline));
        self
    }

    /// Adds a custom workflow. Replaces an existing one with the same name.
    #[must_use]
    pub fn workflow<W: Workflow>(mut self, workflow: W) -> Self {
        self.workflows = self.workflows.register(workflow);
        self
    }

    /// Injects faults into workflows, for tests.
    #[cfg(feature = "testing")]
    #[must_use]
    pub fn faults(mut self, faults: SharedFaults) -> Self {
        self.faults = Some(faults);
        self
    }

    /// Builds every facade.
    pub fn build(self) -> App {
        let Self { db, keys, clock, public_url, providers, tax_provider, workflows, .. } = self;
        let regions = Regions::new(db.clone(), clock.clone());
        let auth = Auth::new(db.clone(), clock.clone(), keys);
        let customers = Customers::new(db.clone(), clock.clone(), auth.clone());
        let catalog = Catalog::new(db.clone(), clock.clone());
        let inventory = Inventory::new(db.clone(), clock.clone());
        let fulfillment = Fulfillment::new(db.clone(), clock.clone(), regions.clone());
        let taxes = Taxes::new(db.clone(), clock.clone(), regions.clone(), tax_provider);
        let pricing = Pricing::new(db.clone(), clock.clone());
        let parts = PromotionsParts {
            regions: regions.clone(),
            customers: customers.clone(),
            catalog: catalog.clone(),
            fulfillment: fulfillment.clone(),
        };
        let promotions = Promotions::new(db.clone(), clock.clone(), parts);
        let parts = CartServices {
            regions: regions.clone(),
            customers: customers.clone(),
            catalog: catalog.clone(),
            inventory: inventory.clone(),
            fulfillment: fulfillment.clone(),
            pricing: pricing.clone(),
            promotions: promotions.clone(),
            taxes: taxes.clone(),
        };
        let carts = Carts::new(db.clone(), clock.clone(), parts);
        let payments = Payments::new(db.clone(), clock.clone(), providers);
        let orders = Orders::new(db.clone(), clock.clone(), auth.clone());
        let search = Search::new(clock.clone());
        let products =
            ProductEditing::new(db.clone(), clock.clone(), catalog.clone(), pricing.clone(), inventory.clone());
        let importer = Importer::new(
            db.clone(),
            clock.clone(),
            products.clone(),
            catalog.clone(),
            pricing.clone(),
            inventory.clone(),
        );
        let parts = DemoParts {
            regions: regions.clone(),
            inventory: inventory.clone(),
            fulfillment: fulfillment.clone(),
            importer: importer.clone(),
            catalog: catalog.clone(),
            pricing: pricing.clone(),
            promotions: promotions.clone(),
            taxes: taxes.clone(),
        };
        let demo = Demo::new(db.clone(), parts);
        let setup = Setup {
            auth: auth.clone(),
            regions: regions.clone(),
            inventory: inventory.clone(),
            fulfillment: fulfillment.clone(),
            pricing: pricing.clone(),
            search: search.clone(),
        };
        let authorization_releases =
            ReleaseAuthorization { db: db.clone(), clock: clock.clone(), payments: payments.clone() };
        let completing = CheckoutWorkflow {
            clock: clock.clone(),
            regions: regions.clone(),
            catalog: catalog.clone(),
            inventory: inventory.clone(),
            promotions: promotions.clone(),
            carts: carts.clone(),
            payments: payments.clone(),
            orders: orders.clone(),
            authorization_releases: authorization_releases.clone(),
        };
        let durable = Engine::builder(db.clone(), clock.clone())
            .register(completing)
            .register(PaymentOperationWorkflow { payments: payments.clone(), orders: orders.clone() })
            .register(authorization_releases.clone())
            .registry(workflows);
        #[cfg(feature = "testing")]
        let durable = durable.faults(self.faults);
        let durable = durable.build();
        let checkout = Checkout {
            db: db.clone(),
            engine: durable.clone(),
            auth: auth.clone(),
            catalog: catalog.clone(),
            inventory: inventory.clone(),
            carts: carts.clone(),
            payments: payments.clone(),
            orders: orders.clone(),
            authorization_releases: authorization_releases.clone(),
        };
        let money = Money { engine: durable.clone(), payments: payments.clone(), orders: orders.clone() };
        let order_workflows = OrderWorkflows {
            db: db.clone(),
            inventory: inventory.clone(),
            payments: payments.clone(),
            orders: orders.clone(),
            promotions: promotions.clone(),
            money: money.clone(),
        };
        let payment_workflows = PaymentWorkflows {
            db: db.clone(),
            carts: carts.clone(),
            payments: payments.clone(),
            orders: orders.clone(),
            checkout: checkout.clone(),
            money,
        };
        let holds = Holds {
            db: db.clone(),
            clock: clock.clone(),
            regions: regions.clone(),
            inventory: inventory.clone(),
            carts: carts.clone(),
        };
        let back_in_stock =
            BackInStock { db: db.clone(), auth: auth.clone(), catalog: catalog.clone(), inventory: inventory.clone() };
        App(Arc::new(Facades {
            db,
            clock,
            bus: Bus::default(),
            public_url,
            regions,
            auth,
            customers,
            catalog,
            inventory,
            fulfillment,
            taxes,
            pricing,
            promotions,
            carts,
            payments,
            orders,
            search,
            products,
            importer,
            demo,
            setup,
            checkout,
            order_workflows,
            durable,
            payment_workflows,
            authorization_releases,
            holds,
            back_in_stock,
        }))
    }
}
