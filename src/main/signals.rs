//! Ctrl-C and SIGTERM.

use std::io;
use std::process;

use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

/// The exit code of an interrupted process.
const INTERRUPTED: i32 = 130;

/// Cancels `stop` on the first signal and exits on the second. The kernel then signals a private PostgreSQL.
pub(crate) fn install(stop: CancellationToken) -> io::Result<()> {
    let mut signals = Signals::listen()?;
    tokio::spawn(async move {
        let signal = signals.next().await;
        info!("{signal}: finishing what has begun; once more, and I stop at once");
        stop.cancel();
        let signal = signals.next().await;
        warn!("{signal} again: stopping at once");
        process::exit(INTERRUPTED);
    });
    Ok(())
}

#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn listen() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    async fn next(&mut self) -> &'static str {
        tokio::select! {
            _ = self.interrupt.recv() => "Interrupted",
            _ = self.terminate.recv() => "Told to terminate",
        }
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn listen() -> io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) -> &'static str {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
        "Interrupted"
    }
}
