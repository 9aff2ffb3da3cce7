//! Writes scalars as JSON.

use std::io::Write;

use async_graphql::{ID, OutputType};

/// A JSON writer.
#[derive(Default)]
pub struct Json(pub(crate) Vec<u8>);

/// The bytes that must be escaped in a string.
static ESCAPED: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 0x20 {
        table[byte] = true;
        byte += 1;
    }
    table[b'"' as usize] = true;
    table[b'\\' as usize] = true;
    table
};

impl Json {
    pub(crate) fn put(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    /// Returns the JSON written so far.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("JSON is UTF-8")
    }

    /// Writes null.
    pub fn null(&mut self) {
        self.put(b"null");
    }

    /// Writes a string.
    pub fn text(&mut self, text: &str) {
        let bytes = text.as_bytes();
        self.0.push(b'"');
        let mut start = 0;
        for (at, byte) in bytes.iter().enumerate() {
            if ESCAPED[*byte as usize] {
                self.0.extend_from_slice(&bytes[start..at]);
                start = at + 1;
                match byte {
                    b'"' => self.put(b"\\\""),
                    b'\\' => self.put(b"\\\\"),
                    b'\n' => self.put(b"\\n"),
                    b'\r' => self.put(b"\\r"),
                    b'\t' => self.put(b"\\t"),
                    0x08 => self.put(b"\\b"),
                    0x0c => self.put(b"\\f"),
                    other => self.put(format!("\\u{other:04x}").as_bytes()),
                }
            }
        }
        self.0.extend_from_slice(&bytes[start..]);
        self.0.push(b'"');
    }

    /// Writes a list.
    pub fn list<T: Scalar>(&mut self, values: &[T]) {
        self.0.push(b'[');
        for (at, value) in values.iter().enumerate() {
            if at > 0 {
                self.0.push(b',');
            }
            value.write(self);
        }
        self.0.push(b']');
    }

    /// Writes the value's `Display` output as a string. It must not need escaping.
    pub fn plain(&mut self, value: &dyn std::fmt::Display) {
        self.0.push(b'"');
        write!(self.0, "{value}").expect("writing to a vector cannot fail");
        self.0.push(b'"');
    }

    /// Writes a JSON value.
    pub fn value(&mut self, value: &serde_json::Value) {
        serde_json::to_writer(&mut self.0, value).expect("a JSON value can be written");
    }
}

/// A scalar, an enum, or a list of them: a leaf of the response. Its schema type comes from async-graphql.
pub trait Scalar: OutputType {
    /// Whether it may be null.
    const NULLABLE: bool = false;

    /// Writes the value.
    fn write(&self, out: &mut Json);
}

macro_rules! ints {
    ($($int:ty)*) => {$(
        impl Scalar for $int {
            fn write(&self, out: &mut Json) {
                out.put(itoa::Buffer::new().format(*self).as_bytes());
            }
        }
    )*};
}
ints!(i32 i64 u32 u64);

impl Scalar for bool {
    fn write(&self, out: &mut Json) {
        out.put(if *self { b"true" } else { b"false" });
    }
}

impl Scalar for f64 {
    fn write(&self, out: &mut Json) {
        // Infinities and NaN become null.
        out.value(&serde_json::Value::from(*self));
    }
}

impl Scalar for async_graphql::Json<serde_json::Value> {
    fn write(&self, out: &mut Json) {
        out.value(&self.0);
    }
}

impl Scalar for chrono::DateTime<chrono::Utc> {
    fn write(&self, out: &mut Json) {
        out.text(&self.to_rfc3339());
    }
}

impl Scalar for String {
    fn write(&self, out: &mut Json) {
        out.text(self);
    }
}

impl Scalar for str {
    fn write(&self, out: &mut Json) {
        out.text(self);
    }
}

impl<T: Scalar + ?Sized> Scalar for &T {
    const NULLABLE: bool = T::NULLABLE;

    fn write(&self, out: &mut Json) {
        T::write(self, out);
    }
}

impl<T: Scalar> Scalar for &[T] {
    fn write(&self, out: &mut Json) {
        out.list(self);
    }
}

impl Scalar for ID {
    fn write(&self, out: &mut Json) {
        out.text(self);
    }
}

impl Scalar for rust_decimal::Decimal {
    fn write(&self, out: &mut Json) {
        let (mantissa, scale) = (self.mantissa(), self.scale() as usize);
        let mut digits = itoa::Buffer::new();
        let digits = digits.format(mantissa.unsigned_abs());
        out.0.push(b'"');
        // Zero can be negative, too.
        if self.is_sign_negative() {
            out.0.push(b'-');
        }
        if digits.len() > scale {
            let (whole, part) = digits.split_at(digits.len() - scale);
            out.put(whole.as_bytes());
            if scale > 0 {
                out.0.push(b'.');
                out.put(part.as_bytes());
            }
        } else {
            out.put(b"0.");
            out.0.resize(out.0.len() + scale - digits.len(), b'0');
            out.put(digits.as_bytes());
        }
        out.0.push(b'"');
    }
}

impl Scalar for uuid::Uuid {
    fn write(&self, out: &mut Json) {
        let mut text = [0; 36];
        out.0.push(b'"');
        out.0.extend_from_slice(self.hyphenated().encode_lower(&mut text).as_bytes());
        out.0.push(b'"');
    }
}

impl<T: Scalar> Scalar for Option<T> {
    const NULLABLE: bool = true;

    fn write(&self, out: &mut Json) {
        match self {
            Some(value) => value.write(out),
            None => out.null(),
        }
    }
}

impl<T: Scalar> Scalar for Vec<T> {
    fn write(&self, out: &mut Json) {
        out.list(self);
    }
}
