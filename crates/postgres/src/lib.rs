#![doc = include_str!("../README.md")]

mod error;
mod options;

pub use error::{ClusterError, MIN_MAJOR};
pub use options::ClusterOptions;

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
mod search;
#[cfg(unix)]
mod server;
#[cfg(unix)]
pub use cluster::Cluster;

#[cfg(not(unix))]
mod unsupported;
#[cfg(not(unix))]
pub use unsupported::Cluster;
