//! `cartwright serve`: from nothing to an open shop, and back in order.

use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Instant;

use cartwright::app::App;
use cartwright::config::Config;
use cartwright::graphql::Engine;
use cartwright::http::limits::Limits;
use cartwright::http::{Parts, router, server};
use cartwright::worker::Worker;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tracing::info;

use super::database::{self, Database};
use super::failure::Failure;
use super::{banner, data, signals, staff};

/// Serves until a signal comes.
pub(crate) async fn serve(config: Config, begun: Instant) -> Result<ExitCode, Failure> {
    // First the port: whoever connects from now on waits in the kernel's queue until the shop is open.
    let listener = bind(config.server.bind).await?;
    let stop = CancellationToken::new();
    signals::obey(stop.clone())?;
    let database = Database::own(&config.database).await?;
    let served = open(&config, &database, listener, &stop, begun).await;
    stop.cancel();
    let closed = database.close().await;
    served?;
    closed?;
    info!("Stopped");
    Ok(ExitCode::SUCCESS)
}

async fn open(
    config: &Config,
    database: &Database,
    listener: TcpListener,
    stop: &CancellationToken,
    begun: Instant,
) -> Result<(), Failure> {
    database.migrate().await?;
    let app = database.app(config, &config.server.public_url(listener.local_addr()?))?;
    data::set_up(config, &app).await?;
    if config.database.is_private() {
        staff::ensure_first(&app, &config.database.data_dir).await?;
    }
    let worker = Worker::start(&app, stop);
    let routes = router(Parts {
        engine: Engine::new(app.clone()),
        app: app.clone(),
        limits: Limits::default(),
        origins: config.server.origins.clone(),
        shutdown: stop.clone(),
    });
    banner::show(config, &app, database, begun).await?;
    server::serve(listener, routes, stop.clone(), config.server.grace).await?;
    close(app, worker).await;
    Ok(())
}

async fn close(app: App, worker: Worker) {
    worker.join().await;
    database::idle(&app.db).await;
}

async fn bind(address: SocketAddr) -> Result<TcpListener, Failure> {
    TcpListener::bind(address).await.map_err(|error| Failure::new(why_not(address, &error)))
}

fn why_not(address: SocketAddr, error: &io::Error) -> String {
    let (ip, port) = (address.ip(), address.port());
    match error.kind() {
        ErrorKind::AddrInUse => format!(
            "port {port} of {ip} is in use: stop the program that uses it, or choose another with --bind {}",
            SocketAddr::new(ip, port.checked_add(1).unwrap_or(8080))
        ),
        ErrorKind::AddrNotAvailable => format!("this machine has no address {ip}: choose another with --bind"),
        ErrorKind::PermissionDenied => {
            format!("no permission to listen on port {port}: choose one above 1023 with --bind")
        }
        _ => format!("cannot listen on {address}: {error}"),
    }
}
