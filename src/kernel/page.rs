//! Pagination: arguments, cursors and pages.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rust_decimal::Decimal;
use uuid::Uuid;

use super::clock::{Timestamp, clamp_to_storable};
use super::error::{ErrorCode, UserError};

/// The default page size.
pub const DEFAULT_SIZE: i64 = 20;
/// The maximum page size.
pub const MAX_PAGE_SIZE: i64 = 100;

/// A position in a sorted list: the sort, the entry's value in it, and the entry's id as a tie-breaker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// The name of the sort.
    pub sort: &'static str,
    /// The entry's value in that sort, as text.
    pub key: String,
    /// The entry's id.
    pub id: Uuid,
}

impl Cursor {
    /// Encodes the cursor as the opaque text that clients send back.
    pub fn encode(&self) -> String {
        let text = serde_json::json!([self.sort, self.key, self.id]).to_string();
        URL_SAFE_NO_PAD.encode(text)
    }
}

/// The arguments of every list: a page, in the terms of the Relay specification.
#[derive(Clone, Debug, Default, async_graphql::InputObject)]
pub struct PageArgs {
    /// How many entries to return from the start, at most 100; 20 if neither `first` nor `last` is given.
    pub first: Option<i32>,
    /// Returns only entries after this cursor.
    pub after: Option<String>,
    /// How many entries to return from the end, at most 100.
    pub last: Option<i32>,
    /// Returns only entries before this cursor.
    pub before: Option<String>,
}

/// A sort key.
pub trait Key: Sized {
    /// Parses the key of a cursor. Returns `None` if it is malformed or the database cannot store it.
    fn read(text: &str) -> Option<Self>;
    /// Writes the key of a cursor.
    fn write(&self) -> String;
}

impl Key for String {
    fn read(text: &str) -> Option<Self> {
        Some(text.to_owned())
    }

    fn write(&self) -> String {
        self.clone()
    }
}

impl Key for i64 {
    fn read(text: &str) -> Option<Self> {
        text.parse().ok()
    }

    fn write(&self) -> String {
        self.to_string()
    }
}

impl Key for f64 {
    fn read(text: &str) -> Option<Self> {
        text.parse().ok()
    }

    fn write(&self) -> String {
        self.to_string()
    }
}

impl Key for Decimal {
    fn read(text: &str) -> Option<Self> {
        text.parse().ok()
    }

    fn write(&self) -> String {
        self.to_string()
    }
}

impl Key for Timestamp {
    fn read(text: &str) -> Option<Self> {
        text.parse().ok().filter(|time| clamp_to_storable(*time) == *time)
    }

    fn write(&self) -> String {
        self.to_rfc3339()
    }
}

/// A validated request for a page.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PageRequest {
    /// The current sort. Cursors of another sort are rejected.
    pub sort: &'static str,
    /// The number of entries, from 0 to [`MAX_PAGE_SIZE`].
    pub limit: i64,
    /// Whether the page counts from the end.
    pub backward: bool,
    /// The key and id after which the page starts.
    pub cursor: Option<(String, Uuid)>,
}

impl PageRequest {
    /// Validates the arguments for this sort.
    pub fn new(args: &PageArgs, sort: &'static str) -> Result<Self, UserError> {
        let backward = args.last.is_some() || args.before.is_some();
        if backward && (args.first.is_some() || args.after.is_some()) {
            return Err(invalid("Use first and after, or last and before, but not both."));
        }
        let (size, cursor) = if backward { (args.last, &args.before) } else { (args.first, &args.after) };
        let limit = i64::from(size.unwrap_or(DEFAULT_SIZE as i32));
        if !(0..=MAX_PAGE_SIZE).contains(&limit) {
            return Err(invalid("The number of entries must be from 0 to 100."));
        }
        let cursor = cursor.as_deref().map(|text| decode(text, sort)).transpose()?;
        Ok(Self { sort, limit, backward, cursor })
    }

    /// Returns the cursor's key, parsed as the type that the sort compares.
    pub fn key<K: Key>(&self) -> Result<Option<(K, Uuid)>, UserError> {
        let read = |(key, id): &(String, Uuid)| Ok((K::read(key).ok_or_else(bad_cursor)?, *id));
        self.cursor.as_ref().map(read).transpose()
    }

    /// Builds the page from rows read with `limit + 1`, nearest to the cursor first.
    pub fn page<T>(&self, mut rows: Vec<T>, key: impl Fn(&T) -> (String, Uuid)) -> Page<T> {
        let size = usize::try_from(self.limit).unwrap_or(0);
        let more = rows.len() > size;
        rows.truncate(size);
        if self.backward {
            rows.reverse();
        }
        let entry = |row: T| {
            let (key, id) = key(&row);
            (Cursor { sort: self.sort, key, id }, row)
        };
        let cursor = self.cursor.is_some();
        Page {
            entries: rows.into_iter().map(entry).collect(),
            has_next: if self.backward { cursor } else { more },
            has_previous: if self.backward { more } else { cursor },
        }
    }
}

/// A page of a list.
#[derive(Clone, Debug)]
pub struct Page<T> {
    /// The entries in list order, each with its cursor.
    pub entries: Vec<(Cursor, T)>,
    /// Whether there are entries after these.
    pub has_next: bool,
    /// Whether there are entries before these.
    pub has_previous: bool,
}

impl<T> Default for Page<T> {
    /// An empty page.
    fn default() -> Self {
        Self { entries: Vec::new(), has_next: false, has_previous: false }
    }
}

fn decode(text: &str, sort: &'static str) -> Result<(String, Uuid), UserError> {
    let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| bad_cursor())?;
    let (named, key, id): (String, String, Uuid) = serde_json::from_slice(&bytes).map_err(|_| bad_cursor())?;
    if named != sort || key.contains('\0') {
        return Err(bad_cursor());
    }
    Ok((key, id))
}

fn bad_cursor() -> UserError {
    invalid("Use a cursor of the same list with the same sort order.")
}

fn invalid(message: &str) -> UserError {
    UserError::new(ErrorCode::InvalidPage, message)
}

#[cfg(test)]
mod tests {
    use super::{Cursor, PageArgs, PageRequest};
    use uuid::Uuid;

    #[test]
    fn a_cursor_is_taken_back_only_by_the_sort_that_made_it() {
        let cursor = Cursor { sort: "TITLE", key: "Ärmel \"x\"".to_owned(), id: Uuid::nil() };
        let args = PageArgs { after: Some(cursor.encode()), ..PageArgs::default() };
        let paging = PageRequest::new(&args, "TITLE").unwrap();
        assert_eq!(paging.key::<String>().unwrap(), Some((cursor.key, cursor.id)));
        assert!(PageRequest::new(&args, "PRICE").is_err());
        assert!(paging.key::<i64>().is_err());
    }

    #[test]
    fn pages_that_make_no_sense_are_refused() {
        let refused = [
            PageArgs { first: Some(1), last: Some(1), ..PageArgs::default() },
            PageArgs { first: Some(-1), ..PageArgs::default() },
            PageArgs { first: Some(101), ..PageArgs::default() },
            PageArgs { after: Some("?".to_owned()), ..PageArgs::default() },
            PageArgs { after: Some("bm9wZQ".to_owned()), ..PageArgs::default() },
        ];
        for args in refused {
            assert!(PageRequest::new(&args, "TITLE").is_err(), "{args:?} was taken");
        }
    }

    #[test]
    fn a_row_too_many_tells_that_the_list_goes_on() {
        let paging = PageRequest::new(&PageArgs { last: Some(2), ..PageArgs::default() }, "N").unwrap();
        let page = paging.page(vec![3, 2, 1], |n| (n.to_string(), Uuid::nil()));
        let numbers: Vec<_> = page.entries.iter().map(|(_, n)| *n).collect();
        assert_eq!((numbers, page.has_next, page.has_previous), (vec![2, 3], false, true));
    }
}
