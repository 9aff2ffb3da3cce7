//! A server under stress, as a child process.

use std::env::{self, consts::EXE_SUFFIX};
use std::path::{self, Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use cartwright::config::Secret;
use tokio::process::{Child, Command};
use tokio::time::sleep;

use super::error::StressError;

/// How long a server may take to become ready.
const START_TIMEOUT: Duration = Duration::from_secs(30);

/// The build command whose output is where this program looks for the server.
const BUILD: &str =
    if cfg!(debug_assertions) { "cargo build --bin cartwright" } else { "cargo build --release --bin cartwright" };

/// The program to start: the given one, or the one beside this program.
pub(super) fn program(given: Option<&Path>) -> Result<PathBuf, StressError> {
    let program = match given {
        // Servers run in another folder.
        Some(given) => path::absolute(given)?,
        None => env::current_exe()?.with_file_name(format!("cartwright{EXE_SUFFIX}")),
    };
    if !program.is_file() {
        let place = program.display();
        return Err(StressError::new(format!(
            "there is no server at {place}: build it with `{BUILD}`, or say where it is with --server"
        )));
    }
    Ok(program)
}

/// A running server.
pub(super) struct Server {
    child: Child,
    pub(super) url: String,
}

impl Server {
    /// Starts a server on a database and a port, and waits until it is ready. Its log goes to a file in the folder.
    pub(super) async fn start(
        program: &Path,
        database: &str,
        port: u16,
        secret: &Secret,
        folder: &Path,
    ) -> Result<Self, StressError> {
        let log = std::fs::File::options().create(true).append(true).open(folder.join(format!("server-{port}.log")))?;
        let child = Command::new(program)
            .arg("serve")
            .env("DATABASE_URL", database)
            .env("CARTWRIGHT_BIND", format!("127.0.0.1:{port}"))
            .env("CARTWRIGHT_DATA_DIR", folder.join("data"))
            .env("CARTWRIGHT_JWT_SECRET", secret.expose())
            .env("TEST_PAYMENTS", "true")
            .env("CARTWRIGHT_POOL_SIZE", "8")
            .env("CARTWRIGHT_DEMO", "false")
            .env("CARTWRIGHT_LOG", "warn")
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .kill_on_drop(true)
            .spawn()?;
        let server = Self { child, url: format!("http://127.0.0.1:{port}") };
        server.wait_until_ready().await?;
        Ok(server)
    }

    async fn wait_until_ready(&self) -> Result<(), StressError> {
        let (client, deadline) = (reqwest::Client::new(), Instant::now() + START_TIMEOUT);
        let ready = format!("{}/health/ready", self.url);
        while Instant::now() < deadline {
            if client.get(&ready).send().await.is_ok_and(|response| response.status().is_success()) {
                return Ok(());
            }
            sleep(Duration::from_millis(20)).await;
        }
        Err(StressError::new(format!("the server at {} was not ready within {START_TIMEOUT:?}", self.url)))
    }

    /// Kills the process with SIGKILL, without cleanup.
    pub(super) async fn kill(mut self) -> Result<(), StressError> {
        self.child.start_kill()?;
        self.child.wait().await?;
        Ok(())
    }

    /// Whether the process has exited on its own.
    pub(super) fn has_exited(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(None))
    }
}
