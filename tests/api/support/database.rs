//! One PostgreSQL server for the whole run, and a database for each test, copied from a template with the demo shop.
//!
//! `TEST_DATABASE_URL` specifies a server to use instead; its user must be allowed to create databases.

use std::path::Path;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use private_postgres::{Cluster, ClusterOptions};
use tokio::sync::OnceCell;
use tokio_postgres::{Client, NoTls};

static SERVER: OnceLock<Server> = OnceLock::new();
static TEMPLATE: OnceCell<String> = OnceCell::const_new();
static COUNTER: AtomicU32 = AtomicU32::new(0);

enum Server {
    External(String),
    Private(Box<Cluster>),
}

impl Server {
    fn url(&self, database: &str) -> String {
        match self {
            Self::External(url) => {
                let (server, query) = url.split_once('?').map_or((url.as_str(), ""), |(server, query)| (server, query));
                let root = server.rsplit_once('/').expect("TEST_DATABASE_URL ends in /database").0;
                format!("{root}/{database}?{query}")
            }
            Self::Private(cluster) => cluster.url(database),
        }
    }
}

fn server() -> &'static Server {
    SERVER.get_or_init(|| match std::env::var("TEST_DATABASE_URL") {
        Ok(url) => Server::External(url),
        Err(_) => {
            let data_dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join("postgres");
            let options = ClusterOptions { durable: false, ..ClusterOptions::new("cartwright", data_dir) };
            Server::Private(Box::new(Cluster::start_or_attach(&options).expect("PostgreSQL starts")))
        }
    })
}

async fn admin() -> Client {
    let (client, connection) = tokio_postgres::connect(&server().url("postgres"), NoTls).await.expect("a connection");
    tokio::spawn(connection);
    client
}

/// The URL of a new, empty database.
pub(super) async fn create_empty() -> String {
    create(None).await
}

/// The URL of a new copy of the template database that `fill` filled, once for the whole run.
pub(super) async fn from_template<F: Future<Output = ()>>(fill: impl FnOnce(String) -> F) -> String {
    let template = TEMPLATE
        .get_or_init(|| async {
            let url = create(None).await;
            fill(url.clone()).await;
            name_of(&url).to_owned()
        })
        .await;
    create(Some(template)).await
}

async fn create(template: Option<&str>) -> String {
    let number = COUNTER.fetch_add(1, Ordering::Relaxed);
    let name = format!("test_{}_{number}", std::process::id());
    let admin = admin().await;
    if number == 0 {
        drop_stale(&admin).await;
    }
    let from = template.map(|template| format!(" TEMPLATE {template}")).unwrap_or_default();
    admin.batch_execute(&format!("CREATE DATABASE {name}{from}")).await.expect("a new database");
    server().url(&name)
}

/// Drops the databases of runs that were killed.
async fn drop_stale(admin: &Client) {
    let stale = "SELECT datname FROM pg_database d WHERE datname LIKE 'test\\_%'
                AND NOT EXISTS (SELECT FROM pg_stat_activity a WHERE a.datname = d.datname)";
    for row in admin.query(stale, &[]).await.expect("the databases are listed") {
        let name: String = row.get(0);
        // Another run may have started to use it.
        let _ = admin.batch_execute(&format!("DROP DATABASE IF EXISTS {name}")).await;
    }
}

/// Drops a test's database. Blocking, so that it can be called from `Drop`.
pub(super) fn drop_database(url: &str) {
    let name = name_of(url).to_owned();
    let dropped = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(async {
            let sql = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
            admin().await.batch_execute(&sql).await.map_err(std::io::Error::other)
        })
    });
    let _ = dropped.join();
}

fn name_of(url: &str) -> &str {
    let path = url.split('?').next().unwrap_or(url);
    path.rsplit('/').next().unwrap_or(path)
}
