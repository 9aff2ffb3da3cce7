//! What an update does to a field: keep, clear or set it.

use std::borrow::Cow;

use async_graphql::registry::Registry;
use async_graphql::{InputType, InputValueError, InputValueResult, Value};

/// The update of an optional field. A required field uses an `Option` instead: see [`set`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Patch<T> {
    /// Keeps the value: the input omits the field.
    #[default]
    Keep,
    /// Clears the value: the input is null.
    Clear,
    /// Sets a new value.
    Set(T),
}

impl<T> Patch<T> {
    /// Applies the update to a field.
    pub fn apply(self, field: &mut Option<T>) {
        match self {
            Self::Keep => {}
            Self::Clear => *field = None,
            Self::Set(value) => *field = Some(value),
        }
    }

    /// Converts the new value.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Patch<U> {
        match self {
            Self::Keep => Patch::Keep,
            Self::Clear => Patch::Clear,
            Self::Set(value) => Patch::Set(change(value)),
        }
    }
}

/// Sets a required field if a new value is given.
pub fn set<T>(field: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *field = value;
    }
}

impl<T: InputType> InputType for Patch<T> {
    type RawValueType = T::RawValueType;

    fn type_name() -> Cow<'static, str> {
        T::type_name()
    }

    fn qualified_type_name() -> String {
        T::type_name().into_owned()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        T::create_type_info(registry);
        T::type_name().into_owned()
    }

    fn parse(value: Option<Value>) -> InputValueResult<Self> {
        match value {
            None => Ok(Self::Keep),
            Some(Value::Null) => Ok(Self::Clear),
            Some(value) => T::parse(Some(value)).map(Self::Set).map_err(InputValueError::propagate),
        }
    }

    fn to_value(&self) -> Value {
        match self {
            Self::Keep | Self::Clear => Value::Null,
            Self::Set(value) => value.to_value(),
        }
    }

    fn as_raw_value(&self) -> Option<&T::RawValueType> {
        match self {
            Self::Keep | Self::Clear => None,
            Self::Set(value) => value.as_raw_value(),
        }
    }
}

#[cfg(test)]
mod tests {
    use async_graphql::InputType;
    use async_graphql::Value;

    use super::{Patch, set};

    #[test]
    fn what_is_left_out_stays_and_null_clears() {
        for (given, expected) in [(None, Some(1)), (Some(Value::Null), None), (Some(Value::from(2)), Some(2))] {
            let mut field = Some(1);
            Patch::<i32>::parse(given).ok().unwrap().apply(&mut field);
            assert_eq!(field, expected);
        }
        assert!(Patch::<i32>::parse(Some(Value::from("x"))).is_err());
    }

    #[test]
    fn a_field_that_must_have_a_value_keeps_it() {
        let mut field = 1;
        set(&mut field, None);
        assert_eq!(field, 1);
        set(&mut field, Some(2));
        assert_eq!(field, 2);
    }
}
