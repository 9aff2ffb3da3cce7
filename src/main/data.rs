//! Commands for the content of the database: `migrate`, `seed`, `import`, and the demo shop.

use std::fs::File;
use std::io;
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use cartwright::app::App;
use cartwright::config::Config;
use cartwright::db::migrations;
use cartwright::kernel::money::Currency;
use cartwright::workflows::import::ImportReport;
use cartwright::workflows::import::shopify::RowProblem;
use cartwright::workflows::seed;
use indicatif::{ProgressBar, ProgressStyle};
use tracing::info;

use super::database::{self, Database};
use super::failure::{CommandError, line};

/// `cartwright migrate run`.
pub(crate) async fn migrate(config: &Config) -> Result<ExitCode, CommandError> {
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
pub(crate) async fn migration_status(config: &Config) -> Result<ExitCode, CommandError> {
    let database = Database::borrow(&config.database).await?;
    for migration in database.explained(migrations::status(database.url()).await).await? {
        println!("{:<8} {}", if migration.applied { "applied" } else { "pending" }, migration.name);
    }
    database.close().await?;
    Ok(ExitCode::SUCCESS)
}

/// `cartwright migrate revert`.
pub(crate) async fn revert(config: &Config) -> Result<ExitCode, CommandError> {
    let database = Database::borrow(&config.database).await?;
    match database.explained(migrations::revert(database.url()).await).await? {
        Some(name) => println!("reverted {name}"),
        None => println!("Nothing to do: no migration has run."),
    }
    database.close().await?;
    Ok(ExitCode::SUCCESS)
}

/// `cartwright seed`.
pub(crate) async fn seed(config: &Config, products: u32) -> Result<ExitCode, CommandError> {
    let database = Database::borrow_or_create(&config.database).await?;
    database.migrate().await?;
    let app = database.app_for_command(config)?;
    set_up(config, &app).await?;
    let bar = bar(u64::from(products), "{bar:40} {human_pos} of {human_len} products, {eta} left");
    let begun = Instant::now();
    let mut currencies = currencies(&app).await?;
    if currencies.is_empty() {
        currencies.push("EUR".parse()?);
    }
    let count = usize::try_from(products)?;
    let all = seed::seed(&app.db, &app.products, count, &currencies, |done| bar.set_position(done as u64)).await?;
    bar.finish_and_clear();
    let seconds = begun.elapsed().as_secs_f64();
    println!("Created {products} products in {seconds:.1} s; the shop has {all} of this kind now.");
    close(app, database).await?;
    Ok(ExitCode::SUCCESS)
}

/// `cartwright import products`.
pub(crate) async fn import_products(
    config: &Config,
    path: &Path,
    currency: Option<&str>,
) -> Result<ExitCode, CommandError> {
    let given = currency.map(parse_currency).transpose()?;
    let unreadable = |error: io::Error| CommandError::new(format!("cannot read {}: {error}", path.display()));
    let file = File::open(path).map_err(unreadable)?;
    let bar = bar(file.metadata().map_err(unreadable)?.len(), "{bar:40} {bytes} of {total_bytes}, {msg}");
    let database = Database::borrow(&config.database).await?;
    database.require_shop().await?;
    database.migrate().await?;
    let app = database.app_for_command(config)?;
    let currency = currency_of_prices(given, &currencies(&app).await?)?;
    if given.is_none() {
        println!(
            "Prices are imported as {currency}, the only currency of the shop. Choose another one with --currency."
        );
    }
    let progress = |report: &ImportReport| bar.set_message(format!("{} products", report.products()));
    let imported = app.importer.shopify(bar.wrap_read(file), currency, progress).await;
    bar.finish_and_clear();
    let report = imported.map_err(|error| CommandError::new(format!("{}: {}", path.display(), line(&error))))?;
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

/// Fills an empty database as configured: with the demo shop, or only with a sales channel, without which nothing can
/// be sold.
pub(crate) async fn set_up(config: &Config, app: &App) -> Result<(), CommandError> {
    if !app.demo.is_pending().await? {
        return Ok(());
    }
    if config.shop.demo {
        let (_, report) = app.demo.load().await?;
        info!("Loaded the demo shop with {} products", report.products());
    } else {
        app.demo.skip().await?;
        info!("Created a sales channel. Next: docs/your-shop.md, or `cartwright doctor`");
    }
    Ok(())
}

async fn close(app: App, database: Database) -> Result<(), CommandError> {
    database::idle(&app.db).await;
    drop(app);
    database.close().await
}

/// Returns the currencies of all regions.
async fn currencies(app: &App) -> Result<Vec<Currency>, CommandError> {
    let conn = app.db.conn().await?;
    let mut currencies = Vec::new();
    for region in app.regions.list(&conn).await? {
        if !currencies.contains(&region.currency) {
            currencies.push(region.currency);
        }
    }
    Ok(currencies)
}

fn parse_currency(code: &str) -> Result<Currency, CommandError> {
    let unknown = || CommandError::new(format!("--currency: expected a code of ISO 4217 such as EUR, not {code:?}"));
    code.to_ascii_uppercase().parse().map_err(|_| unknown())
}

/// Returns the currency of a file's prices: the given one, or else the shop's only one. A guess could sell at wrong
/// prices.
fn currency_of_prices(given: Option<Currency>, shop: &[Currency]) -> Result<Currency, CommandError> {
    match (given, shop) {
        (Some(currency), _) | (None, &[currency]) => Ok(currency),
        (None, []) => Err(CommandError::new(
            "the shop has no region yet, so no currency: say with --currency which one the prices in the file are in, such \
             as --currency EUR",
        )),
        (None, several) => {
            let codes: Vec<_> = several.iter().map(|currency| currency.code()).collect();
            let codes = codes.join(", ");
            Err(CommandError::new(format!(
                "the shop sells in several currencies ({codes}): say with --currency which one the prices in the file are in"
            )))
        }
    }
}

/// Only shown on a terminal.
fn bar(length: u64, template: &str) -> ProgressBar {
    ProgressBar::new(length).with_style(ProgressStyle::with_template(template).expect("the template is well-formed"))
}

#[cfg(test)]
mod tests {
    use cartwright::kernel::money::Currency;

    use super::{currency_of_prices, parse_currency};

    #[test]
    fn the_currency_of_a_file_is_never_guessed() {
        let codes = |codes: &[&str]| codes.iter().map(|code| code.parse().unwrap()).collect::<Vec<Currency>>();
        let chosen = |given: Option<&str>, shop: &[&str]| {
            let given = given.map(|code| parse_currency(code).unwrap());
            currency_of_prices(given, &codes(shop))
                .map(|currency| currency.code().to_owned())
                .map_err(|f| f.to_string())
        };
        assert_eq!(chosen(None, &["USD"]).as_deref(), Ok("USD"));
        assert_eq!(chosen(Some("gbp"), &["EUR", "USD"]).as_deref(), Ok("GBP"));
        assert!(chosen(None, &["EUR", "USD"]).is_err_and(|why| why.contains("EUR, USD") && why.contains("--currency")));
        assert!(chosen(None, &[]).is_err_and(|why| why.contains("--currency")));
        assert!(parse_currency("euro").is_err());
    }
}
