//! `cartwright serve`: starts the shop from scratch and shuts it down in order.

use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Instant;

use cartwright::app::App;
use cartwright::config::{AuthConfig, Config};
use cartwright::graphql::Engine;
use cartwright::http::limits::Limits;
use cartwright::http::{HttpServices, router, server};
use cartwright::worker::Worker;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use super::database::{self, Database};
use super::failure::CommandError;
use super::{banner, data, signals, staff};

/// Serves the shop until a signal arrives.
pub(crate) async fn serve(config: Config, begun: Instant) -> Result<ExitCode, CommandError> {
    // Binds the port first: clients that connect from now on wait in the kernel's queue until the shop is open.
    let listener = bind(config.server.bind).await?;
    let stop = CancellationToken::new();
    signals::install(stop.clone())?;
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
) -> Result<(), CommandError> {
    database.migrate().await?;
    if let Some(warning) = secret_warning(config) {
        warn!("{warning}");
    }
    let app = database.app(config, &config.server.public_url(listener.local_addr()?))?;
    data::set_up(config, &app).await?;
    if config.database.is_private() {
        staff::ensure_first(&app, &config.database.data_dir).await?;
    }
    let worker = Worker::start(&app, stop);
    let routes = router(HttpServices {
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

/// Returns a warning if several processes may serve one database, because each would sign tokens with its own secret.
pub(crate) fn secret_warning(config: &Config) -> Option<String> {
    if config.database.is_private() || config.auth.is_given() {
        return None;
    }
    Some(format!(
        "Tokens are signed with {}, because there is no --jwt-secret (CARTWRIGHT_JWT_SECRET). Another process on this \
         database, or a container without this folder, signs with another secret: logins and guests' links to their orders \
         end there. Give all processes the same secret, such as the output of `openssl rand -hex 32`.",
        AuthConfig::file(&config.database.data_dir).display()
    ))
}

async fn close(app: App, worker: Worker) {
    worker.join().await;
    database::idle(&app.db).await;
}

async fn bind(address: SocketAddr) -> Result<TcpListener, CommandError> {
    TcpListener::bind(address).await.map_err(|error| CommandError::new(bind_error(address, &error)))
}

fn bind_error(address: SocketAddr, error: &io::Error) -> String {
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

#[cfg(test)]
mod tests {
    use cartwright::config::Config;
    use clap::Parser;

    use super::secret_warning;
    use crate::Cli;

    #[test]
    fn a_secret_of_its_own_on_a_database_that_others_may_serve_is_warned_of() {
        let warning = |args: [&str; 2]| {
            let cli = Cli::parse_from(["cartwright"].iter().chain(&args));
            secret_warning(&Config::read(&cli.settings).unwrap_or_else(|problems| panic!("{problems:?}")))
        };
        let (own, secret) = ("--database-url=postgres://shop@db.example/shop", "0123456789abcdef0123456789abcdef");
        let warned = warning([own, "--jwt-secret="]).expect("a warning");
        assert!(warned.contains("--jwt-secret (CARTWRIGHT_JWT_SECRET)") && warned.contains("logins"), "{warned}");
        assert_eq!(warning([own, &format!("--jwt-secret={secret}")]), None);
        assert_eq!(warning(["--database-url=", "--jwt-secret="]), None, "nobody else can serve a private one");
    }
}
