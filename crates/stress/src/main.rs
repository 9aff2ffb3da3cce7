//! `cartwright-stress`: proves that checkout never oversells, never charges twice and never loses an order.
//!
//! It runs its own PostgreSQL and servers in its own folder, buys concurrently, kills the servers with SIGKILL, makes
//! the payment provider misbehave, and then audits the records ([`books`]): those of the shop, and those of the bank
//! behind the `test` provider. Every scenario prints its figures and violations; any violation fails the run.
//!
//! # Decisions
//! - **The servers are separate processes**, because only a process can be killed. This program starts them, and ends
//!   no process that it did not start.
//! - **Randomness is seeded** and the seed is printed, so that a run can be repeated, as far as the scheduler lets it.

mod books;
mod buyers;
mod chaos;
mod failure;
mod money;
mod server;
mod stock;
mod world;

use std::io;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use clap::Parser;
use tokio::runtime::Builder;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;

use books::Books;
use failure::Failure;
use world::World;

/// The stack size of a thread, in bytes: the same as the server's, whose code sets up the shop.
const STACK: usize = 8 * 1024 * 1024;

/// Prove that checkout survives everything, on its own PostgreSQL and servers, which it kills.
#[derive(Parser, Clone, Debug)]
#[command(version)]
pub(crate) struct Stress {
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
pub(crate) struct Verdict {
    /// The figures.
    figures: String,
    /// The violations; empty if there are none.
    wrong: Vec<String>,
}

impl Verdict {
    fn new(figures: String) -> Self {
        Self { figures, wrong: Vec::new() }
    }

    /// Records a violation unless the condition holds.
    fn expect(&mut self, holds: bool, otherwise: impl Into<String>) {
        if !holds {
            self.wrong.push(otherwise.into());
        }
    }
}

fn main() -> ExitCode {
    let stress = Stress::parse();
    let filter = EnvFilter::builder().with_env_var("CARTWRIGHT_LOG");
    let filter = filter.with_default_directive(LevelFilter::WARN.into()).from_env_lossy();
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr).init();
    let runtime = Builder::new_multi_thread().enable_all().thread_stack_size(STACK).build();
    let runtime = runtime.expect("the operating system gives threads");
    runtime.block_on(run(stress)).unwrap_or_else(|failure| {
        eprintln!("error: {failure}");
        ExitCode::FAILURE
    })
}

/// Runs every scenario, and fails on any violation.
async fn run(stress: Stress) -> Result<ExitCode, Failure> {
    let mut world = World::make(&stress).await?;
    println!("seed {}, {}", world.seed, if stress.quick { "quick" } else { "in full" });
    let mut failed = 0;
    for (name, scenario) in SCENARIOS {
        if stress.only.as_ref().is_some_and(|only| !name.contains(only.as_str())) {
            continue;
        }
        let begun = Instant::now();
        let mut verdict = run_one(&mut world, *scenario, &stress).await?;
        verdict.wrong.extend(Books::of(&world).await?.read().await?);
        let mark = if verdict.wrong.is_empty() { "ok  " } else { "FAIL" };
        println!("{mark} {name:<38} {:>6.1} s  {}", begun.elapsed().as_secs_f64(), verdict.figures);
        verdict.wrong.iter().for_each(|wrong| println!("       wrong: {wrong}"));
        failed += usize::from(!verdict.wrong.is_empty());
    }
    world.close().await?;
    if failed == 0 {
        println!("All books balance.");
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

async fn run_one(world: &mut World, scenario: Scenario, stress: &Stress) -> Result<Verdict, Failure> {
    match scenario {
        Scenario::Oversell => stock::oversell(world, stress.quick).await,
        Scenario::OversellKits => stock::kits(world, stress.quick).await,
        Scenario::OversellSplit => stock::split(world, stress.quick).await,
        Scenario::OneCart => money::one_cart(world).await,
        Scenario::OneCode => money::one_code(world).await,
        Scenario::Refunds => money::refunds(world).await,
        Scenario::Misbehavior => money::misbehavior(world, stress.quick).await,
        Scenario::KillServer => chaos::kill_server(world, stress).await,
        Scenario::KillPostgres => chaos::kill_postgres(world, stress.quick).await,
    }
}
