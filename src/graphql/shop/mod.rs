//! Shop settings: name, regions, countries and shipping options.

mod mutations;
mod objects;
mod queries;
pub mod sources;

pub use mutations::ShopMutation;
pub use objects::{Region, ShippingOption};
pub use queries::ShopQuery;
