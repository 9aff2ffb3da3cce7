//! Log settings.

use tracing_subscriber::EnvFilter;

use super::Settings;
use super::args::LOG_FORMAT;
use super::reader::{Reader, given};

/// Log settings.
pub struct LogConfig {
    filter: Option<String>,
    /// The log format.
    pub format: LogFormat,
}

/// The log format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// Human-readable text.
    Text,
    /// Machine-readable: one JSON object per line.
    Json,
}

impl LogConfig {
    pub(super) fn read(settings: &Settings, reader: &mut Reader) -> Option<Self> {
        let filter = given(settings.log.as_ref());
        let filter = reader.read_optional(
            "log",
            filter,
            "a level such as info, or a filter such as info,cartwright=debug",
            |text| {
                EnvFilter::builder().parse(text).ok().filter(|_| !is_misspelled_level(text)).map(|_| text.to_owned())
            },
        );
        let format = given(settings.log_format.as_ref()).unwrap_or(LOG_FORMAT);
        let format = reader.read("log-format", format, "text or json", |text| match text {
            "text" => Some(LogFormat::Text),
            "json" => Some(LogFormat::Json),
            _ => None,
        });
        Some(Self { filter: filter?, format: format? })
    }

    /// Returns the log filter in the syntax of tracing-subscriber.
    pub fn filter_or(&self, default: &str) -> EnvFilter {
        EnvFilter::builder().parse_lossy(self.filter.as_deref().unwrap_or(default))
    }
}

/// A single word that is not a level would be parsed as a module name and silence everything else.
fn is_misspelled_level(text: &str) -> bool {
    let is_word = text.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let is_level =
        ["off", "error", "warn", "info", "debug", "trace"].iter().any(|level| text.eq_ignore_ascii_case(level));
    is_word && !is_level && !text.starts_with("cartwright")
}
