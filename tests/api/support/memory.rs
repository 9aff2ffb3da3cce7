//! The placeholders in the variables of worked examples: `{{cart}}` is the latest id that starts with `cart_`.

use std::collections::HashMap;

use serde_json::{Value, json};

/// What the playground remembers from responses: see its `src/remember.ts`.
#[derive(Default)]
pub(crate) struct Memory(HashMap<String, String>);

impl Memory {
    /// Extracts the values to remember from a response.
    pub(crate) fn take(&mut self, answer: &Value) {
        let mut seen = HashMap::new();
        Self::look(answer, &mut seen);
        self.0.extend(seen);
    }

    fn look(value: &Value, seen: &mut HashMap<String, String>) {
        match value {
            Value::Array(values) => values.iter().for_each(|value| Self::look(value, seen)),
            Value::Object(fields) => {
                for (key, value) in fields {
                    match (key.as_str(), value.as_str()) {
                        ("id", Some(id)) if id.len() > 27 => {
                            let prefix = id.split('_').next().unwrap_or_default();
                            seen.entry(prefix.to_owned()).or_insert_with(|| id.to_owned());
                        }
                        ("guestToken" | "accessToken" | "refreshToken" | "handle", Some(word)) => {
                            seen.entry(key.clone()).or_insert_with(|| word.to_owned());
                        }
                        _ => Self::look(value, seen),
                    }
                }
            }
            _ => {}
        }
    }

    /// The variables, with `{{names}}` replaced by remembered values.
    pub(crate) fn fill(&self, value: &Value, name: &str) -> Value {
        match value {
            Value::String(word) if word.starts_with("{{") => {
                let key = word.trim_matches(['{', '}']);
                json!(self.0.get(key).unwrap_or_else(|| panic!("{name} needs {word}, which no answer has given")))
            }
            Value::Array(values) => values.iter().map(|value| self.fill(value, name)).collect(),
            Value::Object(fields) => {
                Value::Object(fields.iter().map(|(key, value)| (key.clone(), self.fill(value, name))).collect())
            }
            other => other.clone(),
        }
    }
}
