//! Validates settings and collects the errors.

/// Collects errors while the areas read their settings.
#[derive(Default)]
pub(super) struct Reader {
    problems: Vec<String>,
}

impl Reader {
    /// Reads a required setting. Returns `None` if an error was added.
    pub(super) fn read<T>(
        &mut self,
        flag: &str,
        text: &str,
        expected: &str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Option<T> {
        let value = parse(text);
        if value.is_none() {
            self.problem(flag, &format!("expected {expected}, not {text:?}"));
        }
        value
    }

    /// Reads an optional setting. Returns `Some(None)` if it is not set, and `None` if an error was added.
    pub(super) fn read_optional<T>(
        &mut self,
        flag: &str,
        text: Option<&str>,
        expected: &str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Option<Option<T>> {
        match text {
            None => Some(None),
            Some(text) => self.read(flag, text, expected, parse).map(Some),
        }
    }

    /// Adds an error in one line.
    pub(super) fn problem(&mut self, flag: &str, problem: &str) {
        self.problems.push(format!("--{flag} ({}): {problem}", variable(flag)));
    }

    pub(super) fn finish(self) -> Vec<String> {
        self.problems
    }
}

/// The environment variable of a flag.
pub(super) fn variable(flag: &str) -> String {
    match flag {
        "database-url" | "pg-bin" | "test-payments" | "test-webhook-secret" => upper(flag),
        stripe if stripe.starts_with("stripe-") => upper(flag),
        _ => format!("CARTWRIGHT_{}", upper(flag)),
    }
}

fn upper(flag: &str) -> String {
    flag.replace('-', "_").to_ascii_uppercase()
}

/// Returns the trimmed text of a setting, unless it is empty.
pub(super) fn given(text: Option<&String>) -> Option<&str> {
    text.map(|text| text.trim()).filter(|text| !text.is_empty())
}
