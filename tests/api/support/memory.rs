//! The placeholders in the variables of examples: `{{cart}}` is the latest id that starts with `cart_`.

use std::collections::HashMap;

use serde_json::{Value, json};

/// What the playground remembers from responses: see its `src/remember.ts`.
#[derive(Default)]
pub(crate) struct Memory(HashMap<String, String>);

impl Memory {
    /// Extracts the values to remember from a response.
    pub(crate) fn remember(&mut self, response: &Value) {
        let mut found = HashMap::new();
        Self::collect_values(response, &mut found);
        self.0.extend(found);
    }

    fn collect_values(value: &Value, found: &mut HashMap<String, String>) {
        match value {
            Value::Array(values) => values.iter().for_each(|value| Self::collect_values(value, found)),
            Value::Object(fields) => {
                for (key, value) in fields {
                    match (key.as_str(), value.as_str()) {
                        ("id", Some(id)) if id.len() > 27 => {
                            let prefix = id.split('_').next().unwrap_or_default();
                            found.entry(prefix.to_owned()).or_insert_with(|| id.to_owned());
                        }
                        ("guestToken" | "accessToken" | "refreshToken" | "handle", Some(text)) => {
                            found.entry(key.clone()).or_insert_with(|| text.to_owned());
                        }
                        _ => Self::collect_values(value, found),
                    }
                }
            }
            _ => {}
        }
    }

    /// The variables, with `{{names}}` replaced by remembered values.
    pub(crate) fn fill(&self, value: &Value, name: &str) -> Value {
        match value {
            Value::String(text) if text.starts_with("{{") => {
                let key = text.trim_matches(['{', '}']);
                json!(self.0.get(key).unwrap_or_else(|| panic!("{name} needs {text}, which is in no earlier response")))
            }
            Value::Array(values) => values.iter().map(|value| self.fill(value, name)).collect(),
            Value::Object(fields) => {
                Value::Object(fields.iter().map(|(key, value)| (key.clone(), self.fill(value, name))).collect())
            }
            other => other.clone(),
        }
    }
}
