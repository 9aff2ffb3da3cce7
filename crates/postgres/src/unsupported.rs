//! A stub for operating systems without support: it compiles, and every start fails.

use crate::{ClusterError, ClusterOptions};
use std::convert::Infallible;
use std::path::Path;

/// A running private PostgreSQL, which cannot exist on this operating system.
#[derive(Debug)]
pub struct Cluster(Infallible);

impl Cluster {
    /// # Errors
    /// Always [`ClusterError::Unsupported`].
    pub fn start(_options: &ClusterOptions) -> Result<Self, ClusterError> {
        Err(ClusterError::Unsupported)
    }

    /// # Errors
    /// Always [`ClusterError::Unsupported`].
    pub fn start_or_attach(_options: &ClusterOptions) -> Result<Self, ClusterError> {
        Err(ClusterError::Unsupported)
    }

    /// Always `false` on this operating system.
    #[must_use]
    pub fn exists(_data_dir: &Path) -> bool {
        false
    }

    /// Cannot be called.
    #[must_use]
    pub fn url(&self, _database: &str) -> String {
        match self.0 {}
    }

    /// Cannot be called.
    #[must_use]
    pub fn was_created(&self) -> bool {
        match self.0 {}
    }

    /// Cannot be called.
    #[must_use]
    pub fn is_attached(&self) -> bool {
        match self.0 {}
    }

    /// Cannot be called.
    #[must_use]
    pub fn data_dir(&self) -> &Path {
        match self.0 {}
    }

    /// Cannot be called.
    #[must_use]
    pub fn home(&self) -> &Path {
        match self.0 {}
    }

    /// Cannot be called.
    #[must_use]
    pub fn pid(&self) -> u32 {
        match self.0 {}
    }

    /// Cannot be called.
    #[must_use]
    pub fn version(&self) -> &str {
        match self.0 {}
    }

    /// # Errors
    /// Cannot be called.
    pub fn stop(&mut self) -> Result<(), ClusterError> {
        match self.0 {}
    }
}
