//! `cartwright-stress`: tests that checkout never oversells, never charges twice and never loses an order.
//!
//! It runs its own PostgreSQL and servers in its own folder, buys concurrently, kills the servers with SIGKILL, makes
//! the payment provider misbehave, and then audits the records ([`audit`]): those of the shop, and those of the bank
//! behind the `test` provider. Every scenario prints its figures and violations; any violation fails the run.
//!
//! # Decisions
//! - **The servers are separate processes**, because only a process can be killed. This program starts them, and ends
//!   no process that it did not start.
//! - **Randomness is seeded** and the seed is printed, so that a run can be repeated, as far as the scheduler lets it.

mod audit;
mod chaos;
mod client;
mod environment;
mod error;
mod money;
mod server;
mod stock;

use std::io;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use clap::Parser;
use tokio::runtime::Builder;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;

use audit::Audit;
use environment::Environment;
use error::StressError;

/// The stack size of a thread, in bytes: the same as the server's, whose code sets up the shop.
const STACK_SIZE: usize = 8 * 1024 * 1024;

/// Tests checkout under failures, on its own PostgreSQL and servers, which it kills.
#[derive(Parser, Clone, Debug)]
#[command(version)]
pub(crate) struct Options {
    /// Fewer buyers and checkouts: takes one to two minutes instead of about ten
    #[arg(long)]
    pub(crate) quick: bool,
    /// Number of checkouts during which the server is killed
    #[arg(long, default_value_t = 1_000, value_name = "NUMBER")]
    pub(crate) checkouts: usize,
    /// Run only the scenarios whose name contains this text
    #[arg(long, value_name = "TEXT")]
    pub(crate) only: Option<String>,
    /// Seed of the random numbers [default: a new one each time]
    #[arg(long, value_name = "NUMBER")]
    pub(crate) seed: Option<u64>,
    /// Folder for all data, kept for inspection [default: a temporary folder that is deleted]
    #[arg(long, value_name = "FOLDER")]
    pub(crate) folder: Option<PathBuf>,
    /// Server program [default: `cartwright` beside this program]
    #[arg(long, value_name = "PATH")]
    pub(crate) server: Option<PathBuf>,
}

/// The result of a scenario.
pub(crate) struct ScenarioResult {
    /// The figures.
    figures: String,
    /// The violations; empty if there are none.
    violations: Vec<String>,
}

impl ScenarioResult {
    fn new(figures: String) -> Self {
        Self { figures, violations: Vec::new() }
    }

    /// Records a violation unless the condition holds.
    fn expect(&mut self, holds: bool, otherwise: impl Into<String>) {
        if !holds {
            self.violations.push(otherwise.into());
        }
    }
}

fn main() -> ExitCode {
    let options = Options::parse();
    let filter = EnvFilter::builder().with_env_var("CARTWRIGHT_LOG");
    let filter = filter.with_default_directive(LevelFilter::WARN.into()).from_env_lossy();
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr).init();
    let runtime = Builder::new_multi_thread().enable_all().thread_stack_size(STACK_SIZE).build();
    let runtime = runtime.expect("the operating system provides threads");
    runtime.block_on(run(options)).unwrap_or_else(|error| {
        eprintln!("error: {error}");
        ExitCode::FAILURE
    })
}

/// Runs every scenario, and fails on any violation.
async fn run(options: Options) -> Result<ExitCode, StressError> {
    let mut environment = Environment::create(&options).await?;
    println!("seed {}, {}", environment.seed, if options.quick { "quick" } else { "in full" });
    let mut failed = 0;
    for (name, scenario) in SCENARIOS {
        if options.only.as_ref().is_some_and(|only| !name.contains(only.as_str())) {
            continue;
        }
        let started = Instant::now();
        let mut result = run_one(&mut environment, *scenario, &options).await?;
        result.violations.extend(Audit::connect(&environment).await?.run().await?);
        let mark = if result.violations.is_empty() { "ok  " } else { "FAIL" };
        println!("{mark} {name:<38} {:>6.1} s  {}", started.elapsed().as_secs_f64(), result.figures);
        result.violations.iter().for_each(|violation| println!("       violation: {violation}"));
        failed += usize::from(!result.violations.is_empty());
    }
    environment.close().await?;
    if failed == 0 {
        println!("All invariants hold.");
        return Ok(ExitCode::SUCCESS);
    }
    println!("{failed} scenarios failed.");
    Ok(ExitCode::FAILURE)
}

#[derive(Clone, Copy)]
enum Scenario {
    Oversell,
    OversellKits,
    OversellSplit,
    OneCart,
    OneCode,
    Refunds,
    Misbehavior,
    KillServer,
    KillPostgres,
}

const SCENARIOS: &[(&str, Scenario)] = &[
    ("oversell: N buyers, K units", Scenario::Oversell),
    ("oversell: kits that share an item", Scenario::OversellKits),
    ("oversell: split over locations", Scenario::OversellSplit),
    ("one cart: 50 completions, 50 webhooks", Scenario::OneCart),
    ("one code: 20 uses at once, limit 1", Scenario::OneCode),
    ("two staff refund at once", Scenario::Refunds),
    ("the provider misbehaves", Scenario::Misbehavior),
    ("kill -9 of the server", Scenario::KillServer),
    ("kill -9 of PostgreSQL", Scenario::KillPostgres),
];

async fn run_one(
    environment: &mut Environment,
    scenario: Scenario,
    options: &Options,
) -> Result<ScenarioResult, StressError> {
    match scenario {
        Scenario::Oversell => stock::oversell(environment, options.quick).await,
        Scenario::OversellKits => stock::kits(environment, options.quick).await,
        Scenario::OversellSplit => stock::split(environment, options.quick).await,
        Scenario::OneCart => money::one_cart(environment).await,
        Scenario::OneCode => money::one_code(environment).await,
        Scenario::Refunds => money::refunds(environment).await,
        Scenario::Misbehavior => money::misbehavior(environment, options.quick).await,
        Scenario::KillServer => chaos::kill_server(environment, options).await,
        Scenario::KillPostgres => chaos::kill_postgres(environment, options.quick).await,
    }
}
