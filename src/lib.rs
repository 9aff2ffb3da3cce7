//! lib
pub mod db;
pub mod domain;
pub mod events;
pub mod kernel;
pub mod providers;
