//! Logging to standard error.

use std::io::{self, IsTerminal};
use std::panic;

use cartwright::config::{LogConfig, LogFormat};

/// Starts logging as configured, or with this default filter. Panics are logged too.
pub(crate) fn start(config: &LogConfig, default_filter: &str) {
    let log = tracing_subscriber::fmt().with_env_filter(config.filter_or(default_filter)).with_writer(io::stderr);
    match config.format {
        LogFormat::Text => log.with_ansi(io::stderr().is_terminal()).with_target(false).init(),
        LogFormat::Json => log.json().flatten_event(true).with_current_span(false).init(),
    }
    panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        let payload = panic.payload();
        let text =
            payload.downcast_ref::<&str>().copied().or_else(|| payload.downcast_ref::<String>().map(String::as_str));
        let message = text.unwrap_or("no message");
        tracing::error!(place, "A fault in the program: {message}");
    }));
}
