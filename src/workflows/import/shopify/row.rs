//! Parses the fields of one row and collects its errors.

use std::str::{self, FromStr};

use csv::ByteRecord;
use rust_decimal::Decimal;

use super::columns::Columns;
use super::model::{MarketPrice, RowProblem};

/// Whether the row has only commas and spaces, as spreadsheets leave after the last product.
pub(super) fn is_blank(record: &ByteRecord) -> bool {
    record.iter().all(|field| field.trim_ascii().is_empty())
}

/// A row with its header. Columns are identified by their names.
pub(super) struct Row<'a> {
    pub(super) line: u64,
    pub(super) problems: Vec<RowProblem>,
    columns: &'a Columns,
    record: &'a ByteRecord,
}

impl<'a> Row<'a> {
    /// Creates a row. None of the fields of a row that is invalid from the start is trusted.
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

    /// The trimmed text; empty if the file has no such column or the field is not text.
    pub(super) fn text(&self, column: &[&str]) -> &'a str {
        self.place(column).map_or("", |place| self.text_at(place))
    }

    /// The trimmed text; `None` if empty.
    pub(super) fn non_blank(&self, column: &[&str]) -> Option<String> {
        Some(self.text(column)).filter(|text| !text.is_empty()).map(str::to_owned)
    }

    /// The text without the apostrophe that Excel adds to keep a number as text.
    pub(super) fn code(&self, column: &[&str]) -> Option<String> {
        Some(self.text(column).trim_start_matches('\'')).filter(|code| !code.is_empty()).map(str::to_owned)
    }

    /// Whether the text is one of `yes`; `blank` if it is empty.
    pub(super) fn choice(&mut self, column: &[&str], blank: bool, yes: &[&str], no: &[&str]) -> bool {
        let is = |text: &str| {
            let has = |words: &[&str]| words.iter().any(|word| word.eq_ignore_ascii_case(text));
            if has(yes) { Some(true) } else { has(no).then_some(false) }
        };
        self.parse(column, &format!("is none of {}", [yes, no].concat().join(", ")), is).unwrap_or(blank)
    }

    /// A non-negative amount of money; `None` if empty.
    pub(super) fn money(&mut self, column: &[&str]) -> Option<Decimal> {
        let money = |text: &str| decimal(text).filter(|amount| amount.normalize().scale() <= 4);
        self.parse(column, "is not an amount of 0 or more, written as 1234.50, with 4 decimals at most", money)
    }

    /// The prices in other currencies.
    pub(super) fn market_prices(&mut self) -> Vec<MarketPrice> {
        let mut prices = Vec::new();
        for currency in &self.columns.currencies {
            let name = format!("price / {}", currency.to_lowercase());
            let compare_at_price = self.money(&[&format!("compare at {name}"), &format!("compare-at {name}")]);
            if let Some(price) = self.money(&[&name]) {
                prices.push((
                    (*currency).to_owned(),
                    price,
                    compare_at_price.filter(|compare_at_price| *compare_at_price > price),
                ));
            }
        }
        prices
    }

    /// The text parsed with `parse`; `None` if empty.
    pub(super) fn parse<T>(&mut self, column: &[&str], why: &str, parse: impl Fn(&str) -> Option<T>) -> Option<T> {
        let text = self.non_blank(column)?;
        let value = parse(&text);
        if value.is_none() {
            self.reject_text(column, why);
        }
        value
    }

    /// Records an error of the row.
    pub(super) fn reject(&mut self, column: &[&str], message: impl Into<String>) {
        self.reject_at(self.place(column), message);
    }

    /// Records an error of a column's text, and quotes it.
    pub(super) fn reject_text(&mut self, column: &[&str], why: &str) {
        let short: String = self.text(column).chars().take(60).collect();
        self.reject(column, format!("{short:?} {why}"));
    }

    /// The position of the column; `None` if the file does not have it.
    pub(super) fn place(&self, column: &[&str]) -> Option<usize> {
        let non_blank = self.columns.places(column).find(|place| !self.text_at(*place).is_empty());
        non_blank.or_else(|| self.columns.places(column).next())
    }

    fn reject_at(&mut self, place: Option<usize>, message: impl Into<String>) {
        let column = place.map(|place| self.columns.names[place].clone());
        self.problems.push(RowProblem { line: self.line, column, message: message.into() });
    }

    fn text_at(&self, place: usize) -> &'a str {
        self.record.get(place).and_then(text_of).unwrap_or_default().trim()
    }
}

/// The database, too, accepts only UTF-8 without NUL.
fn text_of(field: &[u8]) -> Option<&str> {
    str::from_utf8(field).ok().filter(|text| !text.contains('\0'))
}

/// Digits with at most one point: no sign, no thousands separator, no exponent.
pub(super) fn decimal(text: &str) -> Option<Decimal> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    if plain { Decimal::from_str(text).ok() } else { None }
}
