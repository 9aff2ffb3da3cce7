//! The startup banner.

use std::time::Instant;

use cartwright::app::App;
use cartwright::config::{Config, LogFormat};

use super::database::{Database, version};
use super::failure::CommandError;
use super::staff;

/// Announces that the shop is open and how to get in: as text for humans, or as one structured log line.
pub(crate) async fn show(config: &Config, app: &App, database: &Database, begun: Instant) -> Result<(), CommandError> {
    let url = &app.public_url;
    if config.payments.test.is_some() {
        tracing::warn!(
            "TEST_PAYMENTS is set: anybody can pay with `test`, which moves no money. Never on a shop that sells"
        );
    }
    let version = version(&app.db).await?;
    if config.log.format == LogFormat::Json {
        let ms = begun.elapsed().as_millis() as u64;
        tracing::info!(url, postgres = version, ms, "Ready in {ms} ms");
        return Ok(());
    }
    let mut rows = vec![
        ("Store", format!("{url}/")),
        ("GraphQL", format!("{url}/graphql")),
        ("Playground", format!("{url}/playground/")),
        ("Health", format!("{url}/health/ready")),
    ];
    rows.extend(staff_row(config, app).await?);
    let channel = {
        let conn = app.db.conn().await?;
        app.regions.first_channel(&conn).await?
    };
    if let Some(channel) = channel {
        rows.push(("Publishable key", format!("{} ({})", channel.publishable_key, channel.name)));
    }
    rows.push(match database.home() {
        Some(home) => ("Data", format!("{} (PostgreSQL {version})", home.display())),
        None => ("Data", format!("the database of DATABASE_URL (PostgreSQL {version})")),
    });
    rows.push(("Payments", app.payments.provider_names().join(", ")));
    let rows: String = rows.iter().map(|(name, value)| format!("  {name:<16} {value}\n")).collect();
    let ms = begun.elapsed().as_millis();
    println!("\nCartwright {} is ready in {ms} ms\n\n{rows}\n  Ctrl-C stops it.\n", env!("CARGO_PKG_VERSION"));
    Ok(())
}

async fn staff_row(config: &Config, app: &App) -> Result<Option<(&'static str, String)>, CommandError> {
    let data_dir = &config.database.data_dir;
    if config.database.is_private()
        && let Some((email, password)) = staff::first_login(data_dir)
    {
        let file = staff::login_file(data_dir);
        let row = format!("{email}  {password}  (shown until you delete {})", file.display());
        return Ok(Some(("Staff login", row)));
    }
    let conn = app.db.conn().await?;
    if app.auth.has_staff(&conn).await? {
        return Ok(None);
    }
    Ok(Some(("Staff login", "none yet: cartwright user create --email you@example.com --name You".to_owned())))
}
