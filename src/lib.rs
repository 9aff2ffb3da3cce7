//! lib
pub mod app;
pub mod db;
pub mod domain;
pub mod events;
pub mod graphql;
pub mod kernel;
pub mod providers;
pub mod workflows;
