//! Database settings.

use std::path::{Path, PathBuf};
use std::thread::available_parallelism;

use super::args::DATA_DIR;
use super::reader::{Reader, given};
use super::{Secret, Settings};

/// The maximum size of a pool. PostgreSQL itself allows 100 connections by default.
const MAX_POOL_SIZE: usize = 1_000;
/// The minimum size of a pool by default.
const MIN_DEFAULT_POOL_SIZE: usize = 4;

/// Database settings.
pub struct DatabaseConfig {
    /// The PostgreSQL to use.
    pub source: Source,
    /// The folder with the private PostgreSQL, the secret for tokens and the first staff login.
    pub data_dir: PathBuf,
    /// The maximum number of connections.
    pub pool_size: usize,
}

/// The PostgreSQL to use.
pub enum Source {
    /// The operator's own, at this URL.
    Url(Secret),
    /// A private one in the data folder.
    Private {
        /// The folder with its programs, if the operator set it.
        pg_bin: Option<PathBuf>,
    },
}

impl DatabaseConfig {
    pub(super) fn read(settings: &Settings, reader: &mut Reader) -> Option<Self> {
        let data_dir = given(settings.data_dir.as_ref()).unwrap_or(DATA_DIR);
        let data_dir = reader.read("data-dir", data_dir, "a folder", |text| {
            let path = PathBuf::from(text);
            (!path.exists() || path.is_dir()).then_some(path)
        });
        let pool_size = given(settings.pool_size.as_ref());
        let expected = format!("a number from 1 to {MAX_POOL_SIZE}");
        let pool_size = reader.read_optional("pool-size", pool_size, &expected, |text| {
            text.parse().ok().filter(|size| (1..=MAX_POOL_SIZE).contains(size))
        });
        let source = source(settings, reader);
        Some(Self { source: source?, data_dir: data_dir?, pool_size: pool_size?.unwrap_or_else(default_pool_size) })
    }

    /// Whether the PostgreSQL is private.
    pub const fn is_private(&self) -> bool {
        matches!(self.source, Source::Private { .. })
    }
}

fn source(settings: &Settings, reader: &mut Reader) -> Option<Source> {
    if let Some(url) = given(settings.database_url.as_ref()) {
        if names_a_host(url) {
            return Some(Source::Url(Secret::new(url)));
        }
        reader.problem("database-url", "expected postgres://user:password@host:port/database");
        return None;
    }
    let pg_bin = given(settings.pg_bin.as_ref());
    let pg_bin = reader.read_optional("pg-bin", pg_bin, "a folder with postgres and initdb", |text| {
        Some(Path::new(text)).filter(|path| path.is_dir()).map(Path::to_owned)
    });
    Some(Source::Private { pg_bin: pg_bin? })
}

fn names_a_host(url: &str) -> bool {
    let parsed = url.parse::<tokio_postgres::Config>();
    parsed.is_ok_and(|config| !config.get_hosts().is_empty() || !config.get_hostaddrs().is_empty())
}

fn default_pool_size() -> usize {
    available_parallelism().map_or(MIN_DEFAULT_POOL_SIZE, |cores| (2 * cores.get()).max(MIN_DEFAULT_POOL_SIZE))
}
