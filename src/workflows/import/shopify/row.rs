//! Reads the fields of one row and collects what is wrong with them.

use std::str::{self, FromStr};

use csv::ByteRecord;
use rust_decimal::Decimal;

use super::columns::Columns;
use super::{MarketPrice, RowProblem};

/// Whether it holds nothing but commas and spaces, as spreadsheets leave behind the last product.
pub(super) fn is_blank(record: &ByteRecord) -> bool {
    record.iter().all(|field| field.trim_ascii().is_empty())
}

/// A row under its header. A column is given by its names.
pub(super) struct Row<'a> {
    pub(super) line: u64,
    pub(super) problems: Vec<RowProblem>,
    columns: &'a Columns,
    record: &'a ByteRecord,
}

impl<'a> Row<'a> {
    /// A row with problems from the start is not to be trusted in any of its fields.
    pub(super) fn new(columns: &'a Columns, record: &'a ByteRecord, line: u64, unclosed: bool) -> Self {
        let mut row = Self { line, problems: Vec::new(), columns, record };
        let (width, expected) = (record.len(), columns.names.len());
        if unclosed {
            row.reject_at(None, "a quote that is opened in this row is never closed: is the file cut short?");
        } else if width != expected {
            row.reject_at(None, format!("the row has {width} fields where the header has {expected}"));
        } else if let Some(place) = record.iter().position(|field| text_of(field).is_none()) {
            row.reject_at(Some(place), "not UTF-8 text: save the file as \"CSV UTF-8\"");
        }
        row
    }

    /// The trimmed text; blank when the file has no such column or the field is not text.
    pub(super) fn text(&self, column: &[&str]) -> &'a str {
        self.place(column).map_or("", |place| self.text_at(place))
    }

    /// The trimmed text, `None` when blank.
    pub(super) fn filled(&self, column: &[&str]) -> Option<String> {
        Some(self.text(column)).filter(|text| !text.is_empty()).map(str::to_owned)
    }

    /// The text without the apostrophe that Excel puts before a number that is to stay text.
    pub(super) fn code(&self, column: &[&str]) -> Option<String> {
        Some(self.text(column).trim_start_matches('\'')).filter(|code| !code.is_empty()).map(str::to_owned)
    }

    /// Whether the text is one of `yes`; `blank` when there is none.
    pub(super) fn choice(&mut self, column: &[&str], blank: bool, yes: &[&str], no: &[&str]) -> bool {
        let is = |text: &str| {
            let has = |words: &[&str]| words.iter().any(|word| word.eq_ignore_ascii_case(text));
            if has(yes) { Some(true) } else { has(no).then_some(false) }
        };
        self.parse(column, &format!("is none of {}", [yes, no].concat().join(", ")), is).unwrap_or(blank)
    }

    /// An amount of money, 0 or more; `None` when blank.
    pub(super) fn money(&mut self, column: &[&str]) -> Option<Decimal> {
        let money = |text: &str| decimal(text).filter(|amount| amount.normalize().scale() <= 4);
        self.parse(column, "is not an amount of 0 or more, written as 1234.50, with 4 decimals at most", money)
    }

    /// The prices in other currencies.
    pub(super) fn market_prices(&mut self) -> Vec<MarketPrice> {
        let mut prices = Vec::new();
        for currency in &self.columns.currencies {
            let name = format!("price / {}", currency.to_lowercase());
            let compare_at = self.money(&[&format!("compare at {name}"), &format!("compare-at {name}")]);
            if let Some(price) = self.money(&[&name]) {
                prices.push(((*currency).to_owned(), price, compare_at.filter(|compare_at| *compare_at > price)));
            }
        }
        prices
    }

    /// What `parse` makes of the text; `None` when blank.
    pub(super) fn parse<T>(&mut self, column: &[&str], why: &str, parse: impl Fn(&str) -> Option<T>) -> Option<T> {
        let text = self.filled(column)?;
        let value = parse(&text);
        if value.is_none() {
            self.reject_text(column, why);
        }
        value
    }

    /// Notes that the row is bad.
    pub(super) fn reject(&mut self, column: &[&str], message: impl Into<String>) {
        self.reject_at(self.place(column), message);
    }

    /// Notes that the text of a column is bad, and quotes it.
    pub(super) fn reject_text(&mut self, column: &[&str], why: &str) {
        let short: String = self.text(column).chars().take(60).collect();
        self.reject(column, format!("{short:?} {why}"));
    }

    /// Where the column stands; `None` when the file does not have it.
    pub(super) fn place(&self, column: &[&str]) -> Option<usize> {
        let filled = self.columns.places(column).find(|place| !self.text_at(*place).is_empty());
        filled.or_else(|| self.columns.places(column).next())
    }

    fn reject_at(&mut self, place: Option<usize>, message: impl Into<String>) {
        let column = place.map(|place| self.columns.names[place].clone());
        self.problems.push(RowProblem { line: self.line, column, message: message.into() });
    }

    fn text_at(&self, place: usize) -> &'a str {
        self.record.get(place).and_then(text_of).unwrap_or_default().trim()
    }
}

/// The database, too, takes neither anything but UTF-8 nor NUL.
fn text_of(field: &[u8]) -> Option<&str> {
    str::from_utf8(field).ok().filter(|text| !text.contains('\0'))
}

/// Digits with at most one point: no sign, no thousands, no exponent.
pub(super) fn decimal(text: &str) -> Option<Decimal> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    if plain { Decimal::from_str(text).ok() } else { None }
}
