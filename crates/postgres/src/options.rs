//! The configuration of clusters.

use std::path::PathBuf;

/// The configuration of a private cluster.
#[derive(Debug, Clone)]
pub struct ClusterOptions {
    /// The name of the program that stores its data in the cluster: lower-case letters, digits, `_` and `-`. It is also
    /// the name of the superuser, of a first database, and of folders outside the data folder. It must not change
    /// during the lifetime of the data folder.
    pub app: &'static str,
    /// The folder that contains everything. It is created if it does not exist.
    pub data_dir: PathBuf,
    /// Whether commits survive a power failure. `false` turns `fsync` off: for tests only.
    pub durable: bool,
    /// The folder with `postgres` and `initdb` to try first. It is an error if it does not contain them.
    pub pg_bin: Option<PathBuf>,
}

impl ClusterOptions {
    /// Creates options for a durable cluster in this folder, run by the machine's PostgreSQL.
    pub fn new(app: &'static str, data_dir: impl Into<PathBuf>) -> Self {
        Self { app, data_dir: data_dir.into(), durable: true, pg_bin: None }
    }
}
