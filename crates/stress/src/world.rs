//! The system under stress: its own PostgreSQL, a server, and a shop with something to sell.

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

use super::Stress;
use super::buyers::Caller;
use super::failure::Failure;
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
pub(super) const RECOVERED_WITHIN: Duration = Duration::from_secs(60);

/// The system under stress.
pub(super) struct World {
    pub(super) seed: u64,
    pub(super) random: StdRng,
    pub(super) database: String,
    pub(super) port: u16,
    pub(super) server: Option<Server>,
    program: PathBuf,
    secret: Secret,
    password: String,
    cluster: Option<Cluster>,
    options: ClusterOptions,
    folder: PathBuf,
    is_temporary: bool,
}

impl World {
    /// Sets up a fresh PostgreSQL, the demo shop, a staff user, and one server.
    pub(super) async fn make(stress: &Stress) -> Result<Self, Failure> {
        let program = server::program(stress.server.as_deref())?;
        let seed = stress.seed.unwrap_or_else(|| u64::from(rand::rng().random::<u32>()));
        let mut random = StdRng::seed_from_u64(seed);
        let named = std::env::temp_dir().join(format!("cartwright-stress-{seed}-{}", std::process::id()));
        let folder = stress.folder.clone().unwrap_or(named);
        fs::create_dir_all(&folder)?;
        let options = ClusterOptions::new(APP, folder.join("data"));
        let cluster = start(options.clone()).await?;
        let database = cluster.url(APP);
        migrations::run(&database).await?;
        let secret = Secret::new(Alphanumeric.sample_string(&mut random, 40));
        let password = Alphanumeric.sample_string(&mut random, 20);
        let mut world = Self {
            seed,
            random,
            database,
            port: free_port()?,
            server: None,
            program,
            secret,
            password,
            cluster: Some(cluster),
            options,
            is_temporary: stress.folder.is_none(),
            folder,
        };
        world.set_up_shop().await?;
        world.start_server().await?;
        Ok(world)
    }

    async fn set_up_shop(&self) -> Result<(), Failure> {
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
    pub(super) async fn start_server(&mut self) -> Result<(), Failure> {
        self.server = Some(self.another_server(self.port).await?);
        Ok(())
    }

    /// Starts another server on the same database.
    pub(super) async fn another_server(&self, port: u16) -> Result<Server, Failure> {
        Server::start(&self.program, &self.database, port, &self.secret, &self.folder).await
    }

    /// Kills the server with SIGKILL.
    pub(super) async fn kill_server(&mut self) -> Result<(), Failure> {
        match self.server.take() {
            Some(server) => server.kill().await,
            None => Ok(()),
        }
    }

    /// Kills PostgreSQL's main process with SIGKILL, and restarts it after the delay.
    pub(super) async fn kill_postgres(&mut self, away: Duration) -> Result<(), Failure> {
        let Some(cluster) = self.cluster.take() else { return Ok(()) };
        let killed = tokio::process::Command::new("kill").arg("-9").arg(cluster.pid().to_string()).status().await?;
        if !killed.success() {
            return Err(Failure::new("PostgreSQL could not be killed".to_owned()));
        }
        tokio::time::sleep(away).await;
        spawn_blocking(move || drop(cluster)).await?;
        self.cluster = Some(start(self.options.clone()).await?);
        Ok(())
    }

    /// An anonymous client.
    pub(super) fn buyer(&self) -> Caller {
        Caller::new(&format!("http://127.0.0.1:{}", self.port))
    }

    /// Logs in as a staff user with all permissions.
    pub(super) async fn staff(&self) -> Result<Caller, Failure> {
        let login = "mutation($email: String!, $password: String!) {
            staffLogin(email: $email, password: $password) { session { accessToken } userErrors { code message } } }";
        let variables = json!({ "email": EMAIL, "password": self.password });
        let payload = self.buyer().command("staffLogin", login, variables).await.map_err(Failure::new)?;
        let token = payload["session"]["accessToken"].as_str().unwrap_or_default().to_owned();
        Ok(self.buyer().with_token(&token))
    }

    /// The variant to buy.
    pub(super) async fn variant(&self) -> Result<String, Failure> {
        self.variant_of(SKU).await
    }

    pub(super) async fn other_variant(&self) -> Result<String, Failure> {
        self.variant_of(OTHER_SKU).await
    }

    async fn variant_of(&self, sku: &str) -> Result<String, Failure> {
        let query = "query($sku: String!) { variant(by: { sku: $sku }) { id } }";
        let data = self.buyer().ask(query, json!({ "sku": sku })).await.map_err(Failure::new)?;
        Ok(data["variant"]["id"].as_str().unwrap_or_default().to_owned())
    }

    /// Sets the available units of a variant, in addition to reserved ones, at each location in turn.
    pub(super) async fn stock(&self, variant: &str, free: &[i64]) -> Result<(), Failure> {
        let staff = self.staff().await?;
        let query = "query($id: ID!) { variant(by: { id: $id }) { stockLevels { location { id } reserved } }
            stockLocations { id } }";
        let data = staff.ask(query, json!({ "id": variant })).await.map_err(Failure::new)?;
        let mut locations: Vec<Value> = data["stockLocations"].as_array().cloned().unwrap_or_default();
        while locations.len() < free.len() {
            let create = "mutation($name: String!) { stockLocationCreate(input: { name: $name }) {
                stockLocation { id } userErrors { code message } } }";
            let name = format!("Stress test {}", locations.len());
            let made =
                staff.command("stockLocationCreate", create, json!({ "name": name })).await.map_err(Failure::new)?;
            locations.push(made["stockLocation"].clone());
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
        staff.command("stockSet", set, json!({ "rows": rows })).await.map_err(Failure::new)?;
        Ok(())
    }

    /// Stops all processes.
    pub(super) async fn close(mut self) -> Result<(), Failure> {
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
async fn start(options: ClusterOptions) -> Result<Cluster, Failure> {
    Ok(spawn_blocking(move || Cluster::start(&options)).await??)
}

/// A port that is currently unused.
pub(super) fn free_port() -> Result<u16, Failure> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}
