//! What is in the database: `migrate`, `seed`, `import`, and the demo shop.

use std::fs::File;
use std::io;
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use cartwright::app::App;
use cartwright::config::Config;
use cartwright::db::migrations;
use cartwright::domain::regions::NewChannel;
use cartwright::kernel::money::Currency;
use cartwright::workflows::import::ImportReport;
use cartwright::workflows::import::shopify::RowProblem;
use cartwright::workflows::seed;
use indicatif::{ProgressBar, ProgressStyle};
use tracing::info;

use super::database::{self, Database};
use super::failure::{Failure, line};

/// `cartwright migrate run`.
pub(crate) async fn migrate(config: &Config) -> Result<ExitCode, Failure> {
    let database = Database::borrow(&config.database).await?;
    let ran = database.explained(migrations::run(database.url()).await).await?;
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
    for migration in database.explained(migrations::status(database.url()).await).await? {
        println!("{:<8} {}", if migration.applied { "applied" } else { "pending" }, migration.name);
    }
    database.close().await?;
    Ok(ExitCode::SUCCESS)
}

/// `cartwright migrate revert`.
pub(crate) async fn revert(config: &Config) -> Result<ExitCode, Failure> {
    let database = Database::borrow(&config.database).await?;
    match database.explained(migrations::revert(database.url()).await).await? {
        Some(name) => println!("reverted {name}"),
        None => println!("Nothing to do: no migration has run."),
    }
    database.close().await?;
    Ok(ExitCode::SUCCESS)
}

/// `cartwright seed`.
pub(crate) async fn seed(config: &Config, products: u32) -> Result<ExitCode, Failure> {
    let database = Database::borrow(&config.database).await?;
    let app = open(config, &database).await?;
    let bar = bar(u64::from(products), "{bar:40} {human_pos} of {human_len} products, {eta} left");
    let begun = Instant::now();
    let currencies = currencies(&app).await?;
    let count = usize::try_from(products)?;
    let all = seed::seed(&app.db, &app.products, count, &currencies, |done| bar.set_position(done as u64)).await?;
    bar.finish_and_clear();
    let seconds = begun.elapsed().as_secs_f64();
    println!("Made {products} products in {seconds:.1} s; the shop has {all} of this kind now.");
    close(app, database).await?;
    Ok(ExitCode::SUCCESS)
}

/// `cartwright import products`.
pub(crate) async fn import_products(config: &Config, path: &Path, currency: &str) -> Result<ExitCode, Failure> {
    let currency: Currency = currency
        .to_ascii_uppercase()
        .parse()
        .map_err(|_| Failure::new(format!("--currency: expected a code of ISO 4217 such as EUR, not {currency:?}")))?;
    let unreadable = |error: io::Error| Failure::new(format!("cannot read {}: {error}", path.display()));
    let file = File::open(path).map_err(unreadable)?;
    let bar = bar(file.metadata().map_err(unreadable)?.len(), "{bar:40} {bytes} of {total_bytes}, {msg}");
    let database = Database::borrow(&config.database).await?;
    let app = open(config, &database).await?;
    let progress = |report: &ImportReport| bar.set_message(format!("{} products", report.products()));
    let imported = app.importer.shopify(bar.wrap_read(file), currency, progress).await;
    bar.finish_and_clear();
    let report = imported.map_err(|error| Failure::new(format!("{}: {}", path.display(), line(&error))))?;
    print(&report);
    close(app, database).await?;
    Ok(if report.problems.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn print(report: &ImportReport) {
    for RowProblem { line, column, message } in &report.problems {
        match column {
            Some(column) => println!("line {line}, {column}: {message}"),
            None => println!("line {line}: {message}"),
        }
    }
    if report.more_problems > 0 {
        println!("and {} problems more", report.more_problems);
    }
    let ImportReport { created, updated, unchanged, skipped, .. } = report;
    println!("Products: {created} created, {updated} updated, {unchanged} unchanged, {skipped} skipped.");
}

/// Gives an empty database what the settings say: the demo shop, or no more than a sales channel, without which there is
/// nothing to sell through.
pub(crate) async fn set_up(config: &Config, app: &App) -> Result<(), Failure> {
    if !app.demo.is_wanted().await? {
        return Ok(());
    }
    if config.shop.demo {
        let (_, report) = app.demo.load().await?;
        info!("Loaded the demo shop with {} products", report.products());
    } else {
        let channel = NewChannel { name: "Online store".to_owned(), default_region_id: None };
        app.regions.create_channel(channel).await?;
        info!("Made a sales channel; regions, shipping and products are up to you");
    }
    Ok(())
}

/// The application as a server would have it.
async fn open(config: &Config, database: &Database) -> Result<App, Failure> {
    database.migrate().await?;
    let app = database.app(config, "")?;
    set_up(config, &app).await?;
    Ok(app)
}

async fn close(app: App, database: Database) -> Result<(), Failure> {
    database::idle(&app.db).await;
    drop(app);
    database.close().await
}

/// The currencies of all regions; euros when there is no region yet.
async fn currencies(app: &App) -> Result<Vec<Currency>, Failure> {
    let conn = app.db.conn().await?;
    let mut currencies = Vec::new();
    for region in app.regions.list(&conn).await? {
        if !currencies.contains(&region.currency) {
            currencies.push(region.currency);
        }
    }
    if currencies.is_empty() {
        currencies.push("EUR".parse()?);
    }
    Ok(currencies)
}

/// Shown on a terminal only.
fn bar(length: u64, template: &str) -> ProgressBar {
    ProgressBar::new(length).with_style(ProgressStyle::with_template(template).expect("the template is well-formed"))
}
