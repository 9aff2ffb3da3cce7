//! `cartwright-stress`: the proof that checkout never oversells, never charges twice and never loses an order.
//!
//! It runs a PostgreSQL and servers of its own in a folder of its own, buys from many sides at once, kills them with
//! SIGKILL in the middle, has the payment provider misbehave, and then reads the books ([`books`]): the shop's, and the
//! bank's behind the `test` provider. Every scenario prints its figures and what is wrong; any wrong fails the run.
//!
//! # Decisions
//! - **The servers are processes of their own**, because only a process can be killed. This one starts them, and ends no
//!   process that it did not start.
//! - **Chance is seeded** and the seed is printed, so that a run can be repeated, as far as the scheduler lets it.

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

/// The stack of a thread, in bytes: that of the server, whose code furnishes the shop.
const STACK: usize = 8 * 1024 * 1024;

/// Prove that checkout survives everything: on a PostgreSQL and servers of its own, which it kills.
#[derive(Parser, Clone, Debug)]
#[command(version)]
pub(crate) struct Stress {
    /// Fewer buyers and checkouts: one to two minutes instead of some ten
    #[arg(long)]
    pub(crate) quick: bool,
    /// Checkouts during which the server is killed
    #[arg(long, default_value_t = 1_000, value_name = "NUMBER")]
    pub(crate) checkouts: usize,
    /// Only the scenarios whose name contains this
    #[arg(long, value_name = "TEXT")]
    pub(crate) only: Option<String>,
    /// What chance begins with [default: another number each time]
    #[arg(long, value_name = "NUMBER")]
    pub(crate) seed: Option<u64>,
    /// Where everything is kept, and left for inspection [default: a temporary folder that is deleted]
    #[arg(long, value_name = "FOLDER")]
    pub(crate) folder: Option<PathBuf>,
    /// The server [default: `cartwright` beside this program]
    #[arg(long, value_name = "PATH")]
    pub(crate) server: Option<PathBuf>,
}

/// What came of a scenario.
pub(crate) struct Verdict {
    /// What happened, in figures.
    figures: String,
    /// What is wrong; empty when nothing is.
    wrong: Vec<String>,
}

impl Verdict {
    fn new(figures: String) -> Self {
        Self { figures, wrong: Vec::new() }
    }

    /// Something that has to be true.
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

/// Runs every scenario, and fails when anything is wrong.
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
    Misbehaviour,
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
    ("the provider misbehaves", Scenario::Misbehaviour),
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
        Scenario::Misbehaviour => money::misbehaviour(world, stress.quick).await,
        Scenario::KillServer => chaos::kill_server(world, stress).await,
        Scenario::KillPostgres => chaos::kill_postgres(world, stress.quick).await,
    }
}
