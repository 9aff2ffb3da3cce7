//! The settings as text, from flags, environment variables and `.env`.

use clap::Args;

/// The default of `--bind`.
pub(super) const BIND: &str = "127.0.0.1:8080";
/// The default of `--cors-origins`. Tokens are sent in headers and there are no cookies, so a foreign page can do no
/// more than any other client.
pub(super) const CORS_ORIGINS: &str = "*";
/// The default of `--shutdown-grace`.
pub(super) const SHUTDOWN_GRACE: &str = "10";
/// The default of `--data-dir`.
pub(super) const DATA_DIR: &str = ".cartwright";
/// The default of `--log-format`.
pub(super) const LOG_FORMAT: &str = "text";
/// The default of `--stripe-api-base`.
pub(super) const STRIPE_API_BASE: &str = "https://api.stripe.com";
/// The default of `--stripe-capture`.
pub(super) const STRIPE_CAPTURE: &str = "manual";

/// Every setting as given. [`super::Config::read`] validates them.
#[derive(Args, Clone)]
#[command(next_help_heading = "Settings (each also as an environment variable, or in a .env file)")]
pub struct Settings {
    /// Address and port to listen on; :8080 listens on all networks
    #[arg(long, env = "CARTWRIGHT_BIND", value_name = "ADDRESS", default_value = BIND, global = true)]
    pub bind: Option<String>,
    /// The URL at which clients reach this server [default: http:// and the bind address]
    #[arg(long, env = "CARTWRIGHT_PUBLIC_URL", value_name = "URL", global = true)]
    pub public_url: Option<String>,
    /// Origins of web pages that may call the API, separated by commas, or * for all
    #[arg(long, env = "CARTWRIGHT_CORS_ORIGINS", value_name = "ORIGINS", default_value = CORS_ORIGINS, global = true)]
    pub cors_origins: Option<String>,
    /// How long requests in flight may take to finish at shutdown
    #[arg(long, env = "CARTWRIGHT_SHUTDOWN_GRACE", value_name = "SECONDS", default_value = SHUTDOWN_GRACE, global = true)]
    pub shutdown_grace: Option<String>,
    /// Folder that holds the private PostgreSQL, the secret for tokens and the first staff login
    #[arg(long, env = "CARTWRIGHT_DATA_DIR", value_name = "FOLDER", default_value = DATA_DIR, global = true)]
    pub data_dir: Option<String>,
    /// Your own PostgreSQL: postgres://user:password@host:port/database [default: a private one in the data folder]
    #[arg(long, env = "DATABASE_URL", value_name = "URL", hide_env_values = true, global = true)]
    pub database_url: Option<String>,
    /// Folder with the PostgreSQL programs, for the private one [default: searched for]
    #[arg(long, env = "PG_BIN", value_name = "FOLDER", global = true)]
    pub pg_bin: Option<String>,
    /// Maximum number of database connections [default: two per processor core, at least 4]
    #[arg(long, env = "CARTWRIGHT_POOL_SIZE", value_name = "NUMBER", global = true)]
    pub pool_size: Option<String>,
    /// Secret that signs tokens, at least 32 bytes; the same in all processes on one database [default: generated once
    /// and kept in the data folder]
    #[arg(long, env = "CARTWRIGHT_JWT_SECRET", value_name = "SECRET", hide_env_values = true, global = true)]
    pub jwt_secret: Option<String>,
    /// Log level: error, warn, info, debug, trace, or a filter such as info,cartwright::sql=trace [default: info for
    /// the server, warn for other commands]
    #[arg(long, env = "CARTWRIGHT_LOG", value_name = "FILTER", global = true)]
    pub log: Option<String>,
    /// Log format: text or json
    #[arg(long, env = "CARTWRIGHT_LOG_FORMAT", value_name = "FORMAT", default_value = LOG_FORMAT, global = true)]
    pub log_format: Option<String>,
    /// Whether to load the demo shop into an empty database: true or false [default: true for the private PostgreSQL,
    /// false for your own]
    #[arg(long, env = "CARTWRIGHT_DEMO", value_name = "BOOL", global = true)]
    pub demo: Option<String>,
    /// Secret key of a Stripe account; enables payments with `stripe`
    #[arg(long, env = "STRIPE_SECRET_KEY", value_name = "SECRET", hide_env_values = true, global = true)]
    pub stripe_secret_key: Option<String>,
    /// Secrets that Stripe signs its webhooks with, separated by commas; list several during a rotation
    #[arg(long, env = "STRIPE_WEBHOOK_SECRETS", value_name = "SECRETS", hide_env_values = true, global = true)]
    pub stripe_webhook_secrets: Option<String>,
    /// Base URL of the Stripe API
    #[arg(long, env = "STRIPE_API_BASE", value_name = "URL", default_value = STRIPE_API_BASE, global = true)]
    pub stripe_api_base: Option<String>,
    /// When Stripe captures payments: at once (automatic) or when staff capture them (manual)
    #[arg(long, env = "STRIPE_CAPTURE", value_name = "WHEN", default_value = STRIPE_CAPTURE, global = true)]
    pub stripe_capture: Option<String>,
    /// Whether shoppers can pay with `test`, which moves no money: true or false. Never enable it in a live shop
    #[arg(long, env = "TEST_PAYMENTS", value_name = "BOOL", default_value = "false", global = true)]
    pub test_payments: Option<String>,
    /// Secret that signs the webhooks of `test` [default: test-webhook-secret]
    #[arg(long, env = "TEST_WEBHOOK_SECRET", value_name = "SECRET", hide_env_values = true, global = true)]
    pub test_webhook_secret: Option<String>,
}
