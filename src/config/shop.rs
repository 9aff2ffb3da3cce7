//! What is in the shop at first.

use super::reader::given;
use super::{Reader, Settings};

/// What is in the shop at first.
pub struct ShopConfig {
    /// Whether an empty database gets the demo shop.
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
        // Nobody wants toys in a database of their own unasked.
        Some(Self { demo: demo?.unwrap_or_else(|| given(settings.database_url.as_ref()).is_none()) })
    }
}
