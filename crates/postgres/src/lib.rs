//! A PostgreSQL that a program starts for itself, so that it works on a machine where nothing was set up.
//!
//! [`Cluster::start`] runs a PostgreSQL of its own inside a data folder: it finds the
//! programs, makes the cluster when the folder is new, starts the server on a Unix socket and waits until it is ready;
//! [`Cluster::stop`] (or the drop) ends it in order. The calls block: inside tokio, wrap them in `spawn_blocking`.
//!
//! What lies in the folder: `postgres/` (the cluster), `run/` (the socket), `postgres.log`, `instance.lock`, and for
//! root sometimes only `location`, a note of the place where these really are.
//!
//! # Decisions
//! - **One instance owns a folder**, by an `flock` that the kernel frees however we die. One-off commands borrow the
//!   owner's server ([`Cluster::start_or_attach`]).
//! - **A cluster is made beside its place** (`postgres.new`, with our database in it) and renamed, so that a crash at any
//!   moment leaves either a whole cluster or none.
//! - **The server never outlives us unnoticed.** On Linux the kernel sends it SIGINT when we die; elsewhere the next
//!   start ends it.
//! - **PostgreSQL refuses root**, so as root it runs as the owner of an existing cluster, else as `postgres`, else as
//!   `nobody`; where that user cannot reach the folder (root's home), the cluster lives under `/var/lib/<app>`.
//! - **Trust inside, nothing outside**: no TCP, and a socket folder that only the server's user (and root) can enter.

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
    /// The folder that holds everything; made when it does not exist.
    pub data_dir: PathBuf,
    /// Whether a commit survives a power cut. `false` turns `fsync` off: for tests only.
    pub durable: bool,
    /// Look for `postgres` and `initdb` here first.
    pub pg_bin: Option<PathBuf>,
}

impl ClusterOptions {
    /// A durable cluster in this folder, run by the PostgreSQL of the machine.
    pub fn new(app: &'static str, data_dir: impl Into<PathBuf>) -> Self {
        Self { app, data_dir: data_dir.into(), durable: true, pg_bin: None }
    }
}
