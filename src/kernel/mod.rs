//! The words that every domain shares: ids, money, countries, addresses, time, pages, actors, buyers and error codes.
//!
//! Pure: nothing here does I/O, and nothing here knows of a domain.

pub mod actor;
pub mod address;
pub mod buyer;
pub mod clock;
pub mod country;
pub mod decimal;
pub mod error;
pub mod ids;
pub mod money;
pub mod page;
pub mod patch;
pub mod text;

/// Lets a newtype stand in a Diesel query as the SQL type of what it wraps.
///
/// `stored_as!(Type, SqlType, Stored, to, from)`: `to(&Type) -> Stored` and
/// `from(Stored) -> Result<Type, Box<dyn Error + Send + Sync>>`.
macro_rules! stored_as {
    ($name:ty, $sql:ty, $stored:ty, $to:expr, $from:expr) => {
        impl diesel::serialize::ToSql<$sql, diesel::pg::Pg> for $name {
            fn to_sql<'b>(
                &'b self,
                out: &mut diesel::serialize::Output<'b, '_, diesel::pg::Pg>,
            ) -> diesel::serialize::Result {
                let stored: $stored = $to(self);
                <$stored as diesel::serialize::ToSql<$sql, diesel::pg::Pg>>::to_sql(&stored, &mut out.reborrow())
            }
        }
        impl diesel::deserialize::FromSql<$sql, diesel::pg::Pg> for $name {
            fn from_sql(bytes: diesel::pg::PgValue<'_>) -> diesel::deserialize::Result<Self> {
                $from(<$stored as diesel::deserialize::FromSql<$sql, diesel::pg::Pg>>::from_sql(bytes)?)
            }
        }
    };
}
pub(crate) use stored_as;

/// Lets a type that serde writes stand in a Diesel query as JSON, because it is always read and written whole.
macro_rules! stored_json {
    ($name:ty) => {
        crate::kernel::stored_as!(
            $name,
            diesel::sql_types::Jsonb,
            serde_json::Value,
            |value: &$name| serde_json::to_value(value).unwrap_or_default(),
            |value: serde_json::Value| Ok(serde_json::from_value(value)?)
        );
    };
}
pub(crate) use stored_json;

/// An enum whose variants have one upper-case name each: the word in the API, in the database, in JSON and in messages. The
/// doc comments are kept, because the API shows them too.
macro_rules! words {
    ($(#[doc = $about:literal])+ $name:ident { $($(#[doc = $doc:literal])+ $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[doc = $about])+
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, diesel::expression::AsExpression, diesel::deserialize::FromSqlRow)]
        #[diesel(sql_type = diesel::sql_types::Text)]
        pub enum $name { $($(#[doc = $doc])+ $variant),+ }

        impl $name {
            /// What the enum is for.
            pub const ABOUT: &'static str = concat!($($about),+);

            /// Every value, in the order of declaration.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word as it is written in the API and in the database.
            pub const fn word(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }

            /// What the value means.
            pub const fn about(self) -> &'static str {
                match self { $(Self::$variant => concat!($($doc),+)),+ }
            }

            /// The value that this word names.
            pub fn from_word(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$variant),)+ _ => None }
            }
        }

        crate::kernel::stored_as!(
            $name, diesel::sql_types::Text, String,
            |value: &$name| value.word().to_owned(),
            |word: String| $name::from_word(&word)
                .ok_or_else(|| format!("{word:?} is no {}", stringify!($name)).into())
        );

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.word())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let word = <String as serde::Deserialize>::deserialize(deserializer)?;
                Self::from_word(&word)
                    .ok_or_else(|| serde::de::Error::custom(format!("{word:?} is no {}", stringify!($name))))
            }
        }
    };
}
pub(crate) use words;
