//! Validation of text, prices and dates from outside. All errors are reported at once.

use email_address::{EmailAddress, Options};
use rust_decimal::Decimal;
use serde_json::json;

use super::clock::Timestamp;
use super::error::{ErrorCode, UserError};
use super::money::{Currency, Money};

/// The maximum length of a handle.
const MAX_HANDLE: usize = 200;

/// Collects validation errors, field by field.
#[derive(Debug, Default)]
pub struct Validator(Vec<UserError>);

impl Validator {
    /// Creates a validator without errors.
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns all errors, if any.
    pub fn finish(self) -> Result<(), Vec<UserError>> {
        if self.0.is_empty() { Ok(()) } else { Err(self.0) }
    }

    /// Adds an error found by the caller.
    pub fn add(&mut self, path: &str, code: ErrorCode, message: impl Into<String>) {
        self.0.push(UserError::new(code, message).at(path));
    }

    /// Requires a text that is not blank.
    pub fn required(&mut self, path: &str, text: &str) {
        if text.trim().is_empty() {
            self.add(path, ErrorCode::Required, "This must not be blank.");
        }
    }

    /// Requires a line of plain text of at most `most` characters: no control characters, no HTML.
    pub fn line(&mut self, path: &str, text: &str, most: usize) {
        self.length(path, text, most);
        if text.chars().any(char::is_control) {
            self.add(path, ErrorCode::InvalidText, "Control characters and line breaks are not allowed here.");
        }
        self.plain(path, text);
    }

    /// Requires plain text, with line breaks allowed.
    pub fn paragraph(&mut self, path: &str, text: &str, most: usize) {
        self.length(path, text, most);
        if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
            self.add(path, ErrorCode::InvalidText, "Control characters are not allowed here.");
        }
        self.plain(path, text);
    }

    /// Checks only the length and characters of HTML, which is sanitized before it is stored.
    pub fn html(&mut self, path: &str, text: &str, most: usize) {
        self.length(path, text, most);
        if text.contains('\0') {
            self.add(path, ErrorCode::InvalidText, "NUL characters are not allowed here.");
        }
    }

    /// Requires a handle: lower-case letters, digits and single hyphens.
    pub fn handle(&mut self, path: &str, text: &str) {
        self.length(path, text, MAX_HANDLE);
        if !is_handle(text) {
            self.add(
                path,
                ErrorCode::Invalid,
                "A handle must consist of lower-case letters, digits and single hyphens.",
            );
        }
    }

    /// Requires a well-formed email address.
    pub fn email(&mut self, path: &str, text: &str) {
        if !is_email(text) {
            self.add(path, ErrorCode::InvalidEmail, "This must be a valid email address.");
        }
    }

    /// Requires a password of 8 to 200 characters.
    pub fn password(&mut self, path: &str, text: &str) {
        if !(8..=200).contains(&text.chars().count()) {
            self.add(path, ErrorCode::WeakPassword, "The password must have 8 to 200 characters.");
        }
    }

    /// Requires a web address, or a path on this server.
    pub fn url(&mut self, path: &str, text: &str) {
        self.length(path, text, 2_000);
        let known = text.starts_with("https://") || text.starts_with("http://");
        let local = text.starts_with('/') && !text.starts_with("//");
        if !(known || local) || text.chars().any(|c| c.is_control() || c.is_whitespace()) {
            self.add(path, ErrorCode::Invalid, "This must be a URL that starts with http:// or https://.");
        }
    }

    /// Requires a price: not negative, not too large, and with no more decimals than its currency.
    pub fn price(&mut self, path: &str, amount: Decimal, currency: Currency) {
        if let Err(error) = Money::price(amount, currency) {
            self.add(path, ErrorCode::InvalidAmount, format!("This must be a valid price: {error}."));
        }
    }

    /// Requires a period that ends after its start, to the microsecond, as PostgreSQL stores times.
    pub fn period(&mut self, path: &str, starts_at: Option<Timestamp>, ends_at: Option<Timestamp>) {
        let micros = |moment: Timestamp| moment.timestamp_micros();
        if starts_at.zip(ends_at).is_some_and(|(start, end)| micros(end) <= micros(start)) {
            self.add(path, ErrorCode::InvalidDates, "The end must be after the start.");
        }
    }

    /// Requires a list of at most `most` entries.
    pub fn count(&mut self, path: &str, found: usize, most: usize) {
        if found > most {
            let problem = UserError::new(ErrorCode::TooLong, format!("There must be at most {most} entries."));
            self.0.push(problem.at(path).with(json!({ "max": most })));
        }
    }

    fn length(&mut self, path: &str, text: &str, most: usize) {
        if text.chars().count() > most {
            let problem =
                UserError::new(ErrorCode::TooLong, format!("This must not be longer than {most} characters."));
            self.0.push(problem.at(path).with(json!({ "max": most })));
        }
    }

    fn plain(&mut self, path: &str, text: &str) {
        if has_tag(text) {
            self.add(path, ErrorCode::InvalidText, "HTML is not allowed here.");
        }
    }
}

/// Trims a text. Returns `None` if nothing is left.
pub fn non_blank(text: Option<String>) -> Option<String> {
    text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
}

/// Whether a text contains what a browser would parse as a tag: `<` before a letter, `/`, `!` or `?`.
fn has_tag(text: &str) -> bool {
    text.as_bytes().windows(2).any(|two| two[0] == b'<' && (two[1].is_ascii_alphabetic() || b"/!?".contains(&two[1])))
}

fn is_handle(text: &str) -> bool {
    !text.is_empty()
        && text
            .split('-')
            .all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit()))
}

/// Whether a text is an email address that mail can be sent to from anywhere: of a domain with a dot, without a display
/// name, not quoted, and without invisible characters, which would make two addresses look the same.
fn is_email(text: &str) -> bool {
    let options = Options::default().with_required_tld().without_display_text().without_domain_literal();
    let hidden = |c: char| matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}');
    !text.contains(|c: char| c == '"' || c.is_control() || hidden(c))
        && EmailAddress::parse_with_options(text, options).is_ok()
}

/// Replaces NUL characters in a lookup text, because PostgreSQL rejects them. Such a text matches nothing anyway,
/// because nothing is stored with them.
pub fn strip_nul(text: String) -> String {
    if text.contains('\0') { text.replace('\0', "\u{fffd}") } else { text }
}

/// Normalizes an email address for storage and comparison: trimmed, in lower case.
pub fn normalize_email(email: &str) -> String {
    email.trim().to_lowercase()
}

/// Creates a handle from a title: `Field Notebook, A5` becomes `field-notebook-a5`. Other scripts are transliterated.
/// Empty if nothing is left.
pub fn handle_from(title: &str) -> String {
    let mut handle = slug::slugify(title);
    handle.truncate(MAX_HANDLE);
    handle.truncate(handle.trim_end_matches('-').len());
    handle
}

#[cfg(test)]
mod tests {
    use super::{Validator, handle_from, has_tag, is_email, is_handle};
    use crate::kernel::error::ErrorCode;

    #[test]
    fn email_addresses_are_told_from_other_text() {
        for good in ["a@b.co", "first.last+tag@shop.example.com", "ü@bücher.example"] {
            assert!(is_email(good), "{good} was refused");
        }
        for bad in [
            "",
            "a",
            "a@",
            "@b.co",
            "a@b",
            "a b@c.de",
            "a@b..de",
            "a@-b.de",
            "a@b.de\0",
            "<a@b.de>",
            "\u{feff}a@b.de",
            "a\u{202e}@b.de",
            "\"a b\"@c.de",
        ] {
            assert!(!is_email(bad), "{bad} was taken");
        }
    }

    #[test]
    fn tags_are_html_and_comparisons_are_not() {
        assert!(has_tag("<script>alert(1)</script>") && has_tag("a</b") && has_tag("<!--"));
        assert!(!has_tag("cable < 3 m, > 2 m") && !has_tag("I <3 notebooks"));
    }

    #[test]
    fn a_window_ends_after_it_starts_by_what_the_database_can_tell_apart() {
        let at = |nanos| Some(chrono::DateTime::from_timestamp_nanos(nanos));
        let refused = |start, end| {
            let mut validator = Validator::new();
            validator.period("input.endsAt", start, end);
            validator.finish().is_err()
        };
        assert!(refused(at(2_000), at(1_000)) && refused(at(1_000), at(1_000)) && refused(at(1_000), at(1_999)));
        assert!(!refused(at(1_000), at(2_000)) && !refused(None, at(1)) && !refused(at(1), None));
    }

    #[test]
    fn handles_come_from_titles() {
        assert_eq!(handle_from("Field Notebook, A5"), "field-notebook-a5");
        assert_eq!(handle_from("  Grüße & Söhne! "), "grusse-sohne");
        assert_eq!((handle_from("木"), handle_from("!?")), ("mu".to_owned(), String::new()));
        assert_eq!(handle_from(&"abc ".repeat(100)).len(), 199);
        assert!(is_handle("a-1") && !is_handle("a--1") && !is_handle("-a") && !is_handle("A") && !is_handle(""));
    }

    #[test]
    fn every_problem_of_an_input_is_reported_with_its_path() {
        let mut validator = Validator::new();
        validator.required("input.title", " ");
        validator.line("input.vendor", "a\0b", 10);
        validator.line("input.type", "abc", 2);
        let codes: Vec<_> =
            validator.finish().unwrap_err().into_iter().map(|problem| (problem.code, problem.path)).collect();
        let at = |field: &str| vec!["input".to_owned(), field.to_owned()];
        assert_eq!(
            codes,
            [
                (ErrorCode::Required, at("title")),
                (ErrorCode::InvalidText, at("vendor")),
                (ErrorCode::TooLong, at("type")),
            ]
        );
    }
}
