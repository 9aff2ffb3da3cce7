#![doc = include_str!("../README.md")]

mod error;

pub use error::{ClusterError, MIN_MAJOR};

use std::path::PathBuf;

#[cfg(unix)]
mod account;
#[cfg(unix)]
mod binaries;
#[cfg(unix)]
mod child;
#[cfg(unix)]
mod cluster;
#[cfg(unix)]
mod data_dir;
#[cfg(unix)]
mod download;
#[cfg(unix)]
mod initdb;
#[cfg(unix)]
mod lock;
#[cfg(unix)]
mod os;
#[cfg(unix)]
mod pidfile;
#[cfg(unix)]
mod server;
#[cfg(unix)]
pub use cluster::Cluster;

#[cfg(not(unix))]
mod unsupported;
#[cfg(not(unix))]
pub use unsupported::Cluster;

/// How to run the private cluster.
#[derive(Debug, Clone)]
pub struct ClusterOptions {
    /// The name of the program that keeps its data in the cluster: lower-case letters, digits, `_` and `-`. The superuser
    /// and a first database are called so, and folders outside of the data folder. It has to stay the same as long as
    /// the data folder does.
    pub app: &'static str,
    /// The folder that holds everything; created if it does not exist.
    pub data_dir: PathBuf,
    /// Whether a commit survives a power cut. `false` turns `fsync` off: for tests only.
    pub durable: bool,
    /// The folder with `postgres` and `initdb` to look in first. It is an error if it does not hold them.
    pub pg_bin: Option<PathBuf>,
}

impl ClusterOptions {
    /// A durable cluster in this folder, run by the PostgreSQL of the machine.
    pub fn new(app: &'static str, data_dir: impl Into<PathBuf>) -> Self {
        Self { app, data_dir: data_dir.into(), durable: true, pg_bin: None }
    }
}
