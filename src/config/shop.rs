//! The initial content of the shop.

use super::Settings;
use super::reader::{Reader, given};

/// The initial content of the shop.
pub struct ShopConfig {
    /// Whether to load the demo shop into an empty database.
    pub demo: bool,
}

impl ShopConfig {
    pub(super) fn read(settings: &Settings, reader: &mut Reader) -> Option<Self> {
        let demo = given(settings.demo.as_ref());
        let demo =
            reader.read_optional("demo", demo, "true or false", |text| match text.to_ascii_lowercase().as_str() {
                "true" | "1" | "yes" | "on" => Some(true),
                "false" | "0" | "no" | "off" => Some(false),
                _ => None,
            });
        // An operator's own database gets demo data only on request.
        Some(Self { demo: demo?.unwrap_or_else(|| given(settings.database_url.as_ref()).is_none()) })
    }
}
