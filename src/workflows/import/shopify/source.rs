//! Monitors the input of the `csv` crate, which neither reports an unclosed quote nor limits the length of a row.

use std::io::{self, Read};

/// The maximum length of a row, in bytes.
const MAX_ROW: usize = 4 * 1024 * 1024;

/// The parser state after the last byte, by the rules of the crate.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    FieldStart,
    Bare,
    Quoted,
    QuoteInQuoted,
}

/// A CSV source, passed through unchanged.
pub(super) struct Source<R> {
    inner: R,
    state: State,
    row_length: usize,
    ended: bool,
}

impl<R> Source<R> {
    pub(super) fn new(inner: R) -> Self {
        Self { inner, state: State::FieldStart, row_length: 0, ended: false }
    }

    /// Whether the last row read, which is then the last of the file, has an unclosed quote.
    pub(super) fn is_unclosed(&self) -> bool {
        self.ended && self.state == State::Quoted
    }
}

impl<R: Read> Read for Source<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        use State::{Bare, FieldStart, QuoteInQuoted, Quoted};
        let count = self.inner.read(buffer)?;
        self.ended = count == 0;
        for byte in &buffer[..count] {
            self.state = match (self.state, byte) {
                (Quoted, b'"') => QuoteInQuoted,
                (Quoted, _) | (FieldStart | QuoteInQuoted, b'"') => Quoted,
                (_, b',' | b'\n') => FieldStart,
                _ => Bare,
            };
            let row_ended = *byte == b'\n' && self.state == FieldStart;
            self.row_length = if row_ended { 0 } else { self.row_length + 1 };
            if self.row_length > MAX_ROW {
                return Err(io::Error::other("the row is longer than 4 MB: is a quote in it never closed?"));
            }
        }
        Ok(count)
    }
}
