//! The system under test: its own PostgreSQL, a server, and the demo shop.

use std::fs;
use std::net::TcpListener;
use std::path::PathBuf;
use std::time::Duration;

use cartwright::app::App;
use cartwright::config::Secret;
use cartwright::db::{Db, migrations};
use cartwright::domain::auth::{Keys, NewStaff};
use cartwright::kernel::actor::Permission;
use private_postgres::{Cluster, ClusterOptions};
use rand::distr::{Alphanumeric, SampleString};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::{Value, json};
use tokio::task::spawn_blocking;

use super::Options;
use super::client::ApiClient;
use super::error::StressError;
use super::server::{self, Server};

/// The name of the PostgreSQL user and database.
const APP: &str = "cartwright";
/// The login of the staff user who sets up the scenarios.
const EMAIL: &str = "stress@example.com";
/// The variant to buy.
const SKU: &str = "NOTE-A5-DOT";
/// Another variant, for kits.
const OTHER_SKU: &str = "NOTE-A5-RUL";
/// How long rollbacks and recovery may take.
pub(super) const RECOVERY_TIMEOUT: Duration = Duration::from_secs(60);

/// The system under test.
pub(super) struct Environment {
    pub(super) seed: u64,
    pub(super) random: StdRng,
    pub(super) database: String,
    pub(super) port: u16,
    pub(super) server: Option<Server>,
    program: PathBuf,
    secret: Secret,
    password: String,
    cluster: Option<Cluster>,
    cluster_options: ClusterOptions,
    folder: PathBuf,
    is_temporary: bool,
}

impl Environment {
    /// Sets up a fresh PostgreSQL, the demo shop, a staff user, and one server.
    pub(super) async fn create(options: &Options) -> Result<Self, StressError> {
        let program = server::program(options.server.as_deref())?;
        let seed = options.seed.unwrap_or_else(|| u64::from(rand::rng().random::<u32>()));
        let mut random = StdRng::seed_from_u64(seed);
        let temporary = std::env::temp_dir().join(format!("cartwright-stress-{seed}-{}", std::process::id()));
        let folder = options.folder.clone().unwrap_or(temporary);
        fs::create_dir_all(&folder)?;
        let cluster_options = ClusterOptions::new(APP, folder.join("data"));
        let cluster = start(cluster_options.clone()).await?;
        let database = cluster.url(APP);
        migrations::run(&database).await?;
        let secret = Secret::new(Alphanumeric.sample_string(&mut random, 40));
        let password = Alphanumeric.sample_string(&mut random, 20);
        let mut environment = Self {
            seed,
            random,
            database,
            port: free_port()?,
            server: None,
            program,
            secret,
            password,
            cluster: Some(cluster),
            cluster_options,
            is_temporary: options.folder.is_none(),
            folder,
        };
        environment.set_up_shop().await?;
        environment.start_server().await?;
        Ok(environment)
    }

    async fn set_up_shop(&self) -> Result<(), StressError> {
        let db = Db::new(&self.database, 4)?;
        let app = App::builder(db, Keys::new(self.secret.expose().as_bytes())).build();
        app.demo.load().await?;
        let staff = NewStaff {
            email: EMAIL.to_owned(),
            name: "Stress test".to_owned(),
            password: self.password.clone(),
            permissions: Permission::ALL.to_vec(),
        };
        app.auth.create_staff(staff).await?;
        Ok(())
    }

    /// Starts the server, which must not be running.
    pub(super) async fn start_server(&mut self) -> Result<(), StressError> {
        self.server = Some(self.another_server(self.port).await?);
        Ok(())
    }

    /// Starts another server on the same database.
    pub(super) async fn another_server(&self, port: u16) -> Result<Server, StressError> {
        Server::start(&self.program, &self.database, port, &self.secret, &self.folder).await
    }

    /// Kills the server with SIGKILL.
    pub(super) async fn kill_server(&mut self) -> Result<(), StressError> {
        match self.server.take() {
            Some(server) => server.kill().await,
            None => Ok(()),
        }
    }

    /// Kills PostgreSQL's main process with SIGKILL, and restarts it after the delay.
    pub(super) async fn kill_postgres(&mut self, downtime: Duration) -> Result<(), StressError> {
        let Some(cluster) = self.cluster.take() else { return Ok(()) };
        let killed = tokio::process::Command::new("kill").arg("-9").arg(cluster.pid().to_string()).status().await?;
        if !killed.success() {
            return Err(StressError::new("PostgreSQL could not be killed".to_owned()));
        }
        tokio::time::sleep(downtime).await;
        spawn_blocking(move || drop(cluster)).await?;
        self.cluster = Some(start(self.cluster_options.clone()).await?);
        Ok(())
    }

    /// An anonymous client.
    pub(super) fn buyer(&self) -> ApiClient {
        ApiClient::new(&format!("http://127.0.0.1:{}", self.port))
    }

    /// Logs in as a staff user with all permissions.
    pub(super) async fn staff(&self) -> Result<ApiClient, StressError> {
        let login = "mutation($email: String!, $password: String!) {
            staffLogin(email: $email, password: $password) { session { accessToken } userErrors { code message } } }";
        let variables = json!({ "email": EMAIL, "password": self.password });
        let payload = self.buyer().mutate("staffLogin", login, variables).await.map_err(StressError::new)?;
        let token = payload["session"]["accessToken"].as_str().unwrap_or_default().to_owned();
        Ok(self.buyer().with_token(&token))
    }

    /// The variant to buy.
    pub(super) async fn variant(&self) -> Result<String, StressError> {
        self.variant_of(SKU).await
    }

    pub(super) async fn other_variant(&self) -> Result<String, StressError> {
        self.variant_of(OTHER_SKU).await
    }

    async fn variant_of(&self, sku: &str) -> Result<String, StressError> {
        let query = "query($sku: String!) { variant(by: { sku: $sku }) { id } }";
        let data = self.buyer().execute(query, json!({ "sku": sku })).await.map_err(StressError::new)?;
        Ok(data["variant"]["id"].as_str().unwrap_or_default().to_owned())
    }

    /// Sets the available units of a variant, in addition to reserved ones, at each location in turn.
    pub(super) async fn stock(&self, variant: &str, free: &[i64]) -> Result<(), StressError> {
        let staff = self.staff().await?;
        let query = "query($id: ID!) { variant(by: { id: $id }) { stockLevels { location { id } reserved } }
            stockLocations { id } }";
        let data = staff.execute(query, json!({ "id": variant })).await.map_err(StressError::new)?;
        let mut locations: Vec<Value> = data["stockLocations"].as_array().cloned().unwrap_or_default();
        while locations.len() < free.len() {
            let create = "mutation($name: String!) { stockLocationCreate(input: { name: $name }) {
                stockLocation { id } userErrors { code message } } }";
            let name = format!("Stress test {}", locations.len());
            let created =
                staff.mutate("stockLocationCreate", create, json!({ "name": name })).await.map_err(StressError::new)?;
            locations.push(created["stockLocation"].clone());
        }
        let reserved = |location: &Value| {
            let levels = data["variant"]["stockLevels"].as_array().into_iter().flatten();
            let mut here = levels.filter(|level| level["location"]["id"] == location["id"]);
            here.next().and_then(|level| level["reserved"].as_i64()).unwrap_or_default()
        };
        let row = |(place, location): (usize, &Value)| {
            let free = free.get(place).copied().unwrap_or_default();
            json!({ "variantId": variant, "locationId": location["id"], "quantity": reserved(location) + free })
        };
        let rows: Vec<_> = locations.iter().enumerate().map(row).collect();
        let set = "mutation($rows: [StockRowInput!]!) { stockSet(rows: $rows, reason: \"stress test\") {
            userErrors { code message } } }";
        staff.mutate("stockSet", set, json!({ "rows": rows })).await.map_err(StressError::new)?;
        Ok(())
    }

    /// Stops all processes.
    pub(super) async fn close(mut self) -> Result<(), StressError> {
        self.kill_server().await?;
        if let Some(mut cluster) = self.cluster.take() {
            let stopped = spawn_blocking(move || {
                let home = cluster.home().to_owned();
                cluster.stop().map(|()| home)
            });
            let home = stopped.await??;
            if self.is_temporary {
                fs::remove_dir_all(&home).ok();
            }
        }
        if self.is_temporary {
            fs::remove_dir_all(&self.folder).ok();
        }
        Ok(())
    }
}

/// Starts PostgreSQL. Blocks, and may download it first.
async fn start(options: ClusterOptions) -> Result<Cluster, StressError> {
    Ok(spawn_blocking(move || Cluster::start(&options)).await??)
}

/// A port that is currently unused.
pub(super) fn free_port() -> Result<u16, StressError> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}
