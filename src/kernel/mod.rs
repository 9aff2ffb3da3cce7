//! The types that all domains share: ids, money, countries, addresses, time, pages, actors, buyers and error codes.
//!
//! Pure: nothing here does I/O or depends on a domain.

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

/// Lets a newtype be used in Diesel queries as the SQL type of the value it wraps.
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

/// Lets a type that serde can serialize be used in Diesel queries as JSON, because it is always read and written as a
/// whole.
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

/// The text is not a value of a `string_enum!` type.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not a value of {of}")]
pub struct UnknownValue {
    /// The text.
    pub text: String,
    /// The name of the enum.
    pub of: &'static str,
}

/// Declares an enum whose variants each have one upper-case name, used in the API, the database, JSON and messages. The
/// doc comments are kept, because the API shows them.
macro_rules! string_enum {
    ($(#[doc = $description:literal])+ $name:ident { $($(#[doc = $doc:literal])+ $variant:ident = $value:literal),+ $(,)? }) => {
        $(#[doc = $description])+
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, diesel::expression::AsExpression, diesel::deserialize::FromSqlRow)]
        #[diesel(sql_type = diesel::sql_types::Text)]
        pub enum $name { $($(#[doc = $doc])+ $variant),+ }

        impl $name {
            /// The description of the enum.
            pub const DESCRIPTION: &'static str = concat!($($description),+);

            /// All values, in order of declaration.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// Returns the value as used in the API and the database.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $value),+ }
            }

            /// Returns the description of the value.
            pub const fn description(self) -> &'static str {
                match self { $(Self::$variant => concat!($($doc),+)),+ }
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::kernel::UnknownValue;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                match text {
                    $($value => Ok(Self::$variant),)+
                    _ => Err($crate::kernel::UnknownValue { text: text.to_owned(), of: stringify!($name) }),
                }
            }
        }

        crate::kernel::stored_as!(
            $name, diesel::sql_types::Text, String,
            |value: &$name| value.as_str().to_owned(),
            |text: String| Ok(text.parse::<$name>()?)
        );

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                <String as serde::Deserialize>::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}
pub(crate) use string_enum;
