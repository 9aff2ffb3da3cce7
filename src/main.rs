//! The command line: `cartwright` serves the shop, and its commands manage it.

/// The commands and their shared code.
mod main {
    pub(crate) mod banner;
    pub(crate) mod data;
    pub(crate) mod database;
    pub(crate) mod doctor;
    pub(crate) mod failure;
    pub(crate) mod logging;
    pub(crate) mod serve;
    pub(crate) mod setup;
    pub(crate) mod signals;
    pub(crate) mod staff;
}

use std::env;
use std::io::{self, ErrorKind, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use cartwright::config::{Config, Settings};
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};
use tokio::runtime::Builder;

use main::failure::CommandError;
use main::{data, doctor, logging, serve, staff};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The exit code for invalid settings, the same as clap's for invalid flags.
const WRONG_SETTINGS: u8 = 2;
/// The stack size of a thread, in bytes. Resolvers need more than the default, especially in unoptimized builds.
const STACK: usize = 8 * 1024 * 1024;
/// The note about settings in the help of a command.
const SETTINGS_HELP: &str =
    "Settings such as --data-dir and --database-url can be given, too: see `cartwright --help`.";
/// How long work that cannot be interrupted may delay the exit.
const EXIT_TIMEOUT: Duration = Duration::from_secs(1);

/// An open, self-hosted commerce engine behind one GraphQL API.
///
/// Without a command, serves the shop: on a private PostgreSQL in the data folder, or on your own with DATABASE_URL.
#[derive(Parser)]
#[command(version, disable_help_subcommand = true)]
struct Cli {
    #[command(flatten)]
    settings: Settings,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the shop (the default)
    Serve,
    /// Migrate the database to this version, or show the status of its migrations
    Migrate {
        #[command(subcommand)]
        action: Migrate,
    },
    /// Fill the shop with a synthetic catalog
    Seed {
        /// How many products
        #[arg(long, default_value_t = 1_000, value_name = "NUMBER")]
        products: u32,
    },
    /// Import data from other systems
    Import {
        #[command(subcommand)]
        what: Import,
    },
    /// Print the GraphQL schema as SDL
    Schema,
    /// Manage staff accounts
    User {
        #[command(subcommand)]
        action: User,
    },
    /// Check the installation, and say what is wrong and what to do next
    Doctor,
}

#[derive(Clone, Copy, Subcommand)]
enum Migrate {
    /// Run the pending migrations
    Run,
    /// List the migrations and whether they have run
    Status,
    /// Revert the newest migration, and lose the data that exists only in its tables and columns
    Revert,
}

#[derive(Subcommand)]
enum Import {
    /// Products, with variants, prices, images and stock; updates existing products with the same handle
    Products {
        /// The file
        file: PathBuf,
        /// The system that wrote the file
        #[arg(long, value_enum)]
        format: Format,
        /// The currency of the prices [default: that of the shop's regions, if they all have the same]
        #[arg(long, value_name = "CODE")]
        currency: Option<String>,
    },
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    /// Shopify's product CSV
    Shopify,
}

#[derive(Subcommand)]
enum User {
    /// Create a staff account with all permissions
    Create {
        /// Email address: the login name
        #[arg(long)]
        email: String,
        /// Display name
        #[arg(long)]
        name: String,
        /// Password, or - to read it from standard input [default: a random one, which is printed]
        #[arg(long)]
        password: Option<String>,
    },
}

fn main() -> ExitCode {
    let begun = Instant::now();
    // Before any threads exist, because this changes the environment.
    let env_file = read_env_file();
    let cli = Cli::from_arg_matches(&command().get_matches()).unwrap_or_else(|error| error.exit());
    if matches!(cli.command, Some(Command::Schema)) {
        // The reader may close the pipe early, as in `| head`.
        let _ = io::stdout().write_all(cartwright::graphql::sdl().as_bytes());
        return ExitCode::SUCCESS;
    }
    let config = match (Config::read(&cli.settings), env_file) {
        (Ok(config), Ok(())) => config,
        (read, env_file) => {
            let problems = env_file.err().into_iter().chain(read.err().into_iter().flatten());
            problems.for_each(|problem| eprintln!("error: {problem}"));
            return ExitCode::from(WRONG_SETTINGS);
        }
    };
    let serves = matches!(cli.command, None | Some(Command::Serve));
    logging::start(&config.log, if serves { "info" } else { "warn" });
    let names = env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    for (name, meant) in cartwright::config::unknown_variables(names) {
        let hint = meant.map(|meant| format!(": did you mean {meant}?")).unwrap_or_default();
        tracing::warn!("{name} is not a setting, and is ignored{hint}");
    }
    let runtime = Builder::new_multi_thread().enable_all().thread_stack_size(STACK).build();
    let runtime = runtime.expect("the operating system gives threads");
    let ended = runtime.block_on(run(cli.command, config, begun));
    runtime.shutdown_timeout(EXIT_TIMEOUT);
    ended.unwrap_or_else(|failure| {
        eprintln!("error: {failure}");
        ExitCode::FAILURE
    })
}

/// The command line. Commands only show their own options, which the settings would hide.
fn command() -> clap::Command {
    let mut command = Cli::command();
    command.build();
    brief(command)
}

fn brief(command: clap::Command) -> clap::Command {
    command.mut_subcommands(|command| {
        let is_serve = command.get_name() == "serve";
        let command = if is_serve { command } else { command.mut_args(without_settings).after_help(SETTINGS_HELP) };
        brief(command)
    })
}

fn without_settings(arg: clap::Arg) -> clap::Arg {
    let is_setting = arg.get_env().is_some();
    arg.hide(is_setting)
}

/// Loads `.env` from the current folder. Variables that are already set take precedence.
fn read_env_file() -> Result<(), String> {
    match dotenvy::from_path(".env") {
        Err(dotenvy::Error::Io(error)) if error.kind() != ErrorKind::NotFound => {
            Err(format!("cannot read .env: {error}"))
        }
        Err(dotenvy::Error::LineParse(line, _)) => {
            // The rest of the line may be a secret.
            let name = line.split(|c: char| c == '=' || c.is_whitespace()).next().unwrap_or_default();
            Err(format!(
                ".env: the line that begins with {name:?} is malformed: expected NAME=value, with quotes where there are spaces"
            ))
        }
        _ => Ok(()),
    }
}

async fn run(command: Option<Command>, config: Config, begun: Instant) -> Result<ExitCode, CommandError> {
    match command.unwrap_or(Command::Serve) {
        Command::Serve => serve::serve(config, begun).await,
        Command::Migrate { action: Migrate::Run } => data::migrate(&config).await,
        Command::Migrate { action: Migrate::Status } => data::migration_status(&config).await,
        Command::Migrate { action: Migrate::Revert } => data::revert(&config).await,
        Command::Seed { products } => data::seed(&config, products).await,
        Command::Import { what: Import::Products { file, format: Format::Shopify, currency } } => {
            data::import_products(&config, &file, currency.as_deref()).await
        }
        // Handled before the settings are validated.
        Command::Schema => Ok(ExitCode::SUCCESS),
        Command::User { action: User::Create { email, name, password } } => {
            staff::create(&config, email, name, password).await
        }
        Command::Doctor => doctor::examine(&config).await,
    }
}

#[cfg(test)]
mod tests {
    use super::{Cli, Command, command};
    use clap::FromArgMatches;

    fn help(name: &[&str]) -> String {
        let args = ["cartwright"].iter().chain(name).chain(["--help"].iter());
        command().try_get_matches_from(args).expect_err("help").to_string()
    }

    #[test]
    fn the_help_of_a_command_is_about_the_command() {
        command().debug_assert();
        for name in [&["schema"][..], &["doctor"], &["import", "products"], &["user", "create"], &["migrate"]] {
            let help = help(name);
            assert!(!help.contains("STRIPE") && !help.contains("--bind"), "{help}");
            assert!(help.contains("--data-dir") && help.lines().count() < 30, "{help}");
        }
        assert!(help(&["import", "products"]).contains("--currency"));
        for all in [&[][..], &["serve"]] {
            assert!(help(all).contains("STRIPE_SECRET_KEY") && help(all).contains("--bind"));
        }
    }

    #[test]
    fn settings_may_stand_before_and_behind_a_command() {
        for args in [["--data-dir", "x", "doctor"], ["doctor", "--data-dir", "x"]] {
            let matches = command().try_get_matches_from(["cartwright"].iter().chain(&args)).expect("arguments");
            let cli = Cli::from_arg_matches(&matches).expect("a command line");
            assert!(matches!(cli.command, Some(Command::Doctor)));
            assert_eq!(cli.settings.data_dir.as_deref(), Some("x"));
        }
    }
}
