//! Settings, read once at startup, with one struct per area.
//!
//! # Decisions
//! - **clap accepts text and this module validates it**, so that all errors are reported at once.
//! - **An empty value counts as unset**: `DATABASE_URL=` in a compose file means that there is none.
//! - **Secrets have no `Debug`**, and an error about a secret never contains it.

mod args;
mod auth;
mod database;
mod log;
mod payments;
mod reader;
mod secret;
mod server;
mod shop;

pub use args::Settings;
pub use auth::{AuthConfig, SecretError};
pub use database::{DatabaseConfig, Source};
pub use log::{LogConfig, LogFormat};
pub use payments::{PaymentsConfig, StripeConfig};
pub use secret::Secret;
pub use server::{Origins, ServerConfig};
pub use shop::ShopConfig;

use clap::Args;
use reader::Reader;

/// The prefix of our own environment variables.
const PREFIX: &str = "CARTWRIGHT_";
/// The variables that Kubernetes sets for a service named `cartwright`.
const SERVICE_LINKS: [&str; 2] = ["CARTWRIGHT_SERVICE_", "CARTWRIGHT_PORT"];

/// The validated settings.
pub struct Config {
    /// Database settings.
    pub database: DatabaseConfig,
    /// Server settings.
    pub server: ServerConfig,
    /// The secret that signs tokens.
    pub auth: AuthConfig,
    /// Log settings.
    pub log: LogConfig,
    /// The initial content of the shop.
    pub shop: ShopConfig,
    /// The payment providers.
    pub payments: PaymentsConfig,
}

impl Config {
    /// Validates the settings.
    ///
    /// # Errors
    /// All invalid settings, one line each.
    pub fn read(settings: &Settings) -> Result<Self, Vec<String>> {
        let mut reader = Reader::default();
        let database = DatabaseConfig::read(settings, &mut reader);
        let server = ServerConfig::read(settings, &mut reader);
        let auth = AuthConfig::read(settings, &mut reader);
        let log = LogConfig::read(settings, &mut reader);
        let shop = ShopConfig::read(settings, &mut reader);
        let payments = PaymentsConfig::read(settings, &mut reader);
        let areas = (database, server, auth, log, shop, payments);
        let problems = reader.finish();
        match areas {
            (Some(database), Some(server), Some(auth), Some(log), Some(shop), Some(payments))
                if problems.is_empty() =>
            {
                Ok(Self { database, server, auth, log, shop, payments })
            }
            _ => Err(problems),
        }
    }
}

/// Returns the environment variables that look like settings but are not, each with the setting that was probably
/// meant.
pub fn unknown_variables(names: impl IntoIterator<Item = String>) -> Vec<(String, Option<String>)> {
    let command = Settings::augment_args(clap::Command::new("cartwright"));
    let known: Vec<_> = command.get_arguments().filter_map(|arg| arg.get_env()?.to_str()).map(str::to_owned).collect();
    let is_unknown = |name: &String| {
        name.starts_with(PREFIX) && !known.contains(name) && !SERVICE_LINKS.iter().any(|link| name.starts_with(link))
    };
    let mut unknown: Vec<_> = names.into_iter().filter(is_unknown).collect();
    unknown.sort();
    let meant = |name: String| {
        let alike = |known: &&String| known.bytes().zip(name.bytes()).take_while(|(one, other)| one == other).count();
        let nearest = known.iter().max_by_key(alike).filter(|known| alike(known) > PREFIX.len() + 1).cloned();
        (name, nearest)
    };
    unknown.into_iter().map(meant).collect()
}

#[cfg(test)]
mod tests;
