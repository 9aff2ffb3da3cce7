//! Arguments, and errors that say which value of which argument is malformed.
//!
//! Derived input types stop at the first malformed value and do not say where it is. When an argument fails to parse, its
//! values are therefore checked again, one by one, along the types in the schema.

use std::any::Any;
use std::cell::RefCell;

use async_graphql::indexmap::IndexMap;
use async_graphql::registry::{MetaInputValue, MetaType, MetaTypeName, Registry};
use async_graphql::{
    Context, InputObjectType, InputType, InputValueResult, Name, Pos, ServerError, ServerResult, Value,
};

use crate::Error;
use crate::names::camel;

/// The number of malformed values that are reported for one argument.
const MAX_ERRORS: usize = 20;

/// The arguments of a root field, with their types erased.
pub type Parsed = Box<dyn Any + Send>;

/// A scalar whose values are checked one by one when an argument is malformed. Added to the schema's data as
/// [`ScalarChecks`].
#[derive(Clone, Copy)]
pub struct ScalarCheck {
    /// The name of the scalar in the schema.
    pub name: &'static str,
    /// Returns what is wrong with a value.
    pub check: fn(&Value) -> Option<Error>,
    /// A valid value. It takes the place of a malformed one while the others are checked.
    pub example: &'static str,
}

/// The checks of a schema's scalars.
#[derive(Clone, Copy)]
pub struct ScalarChecks(pub &'static [ScalarCheck]);

/// The arguments of a field, as they are parsed.
pub struct Args<'a> {
    ctx: &'a Context<'a>,
    /// The arguments that the field has in the schema.
    known: Option<&'a IndexMap<String, MetaInputValue>>,
    errors: Vec<ServerError>,
}

impl<'a> Args<'a> {
    /// The arguments of this context's field, which belongs to the type with this name.
    pub(crate) fn of(ctx: &'a Context<'a>, parent: &str) -> Self {
        let ty = ctx.schema_env.registry.types.get(parent);
        let field = ty.and_then(|ty| ty.field_by_name(ctx.item.node.name.node.as_str()));
        Self { ctx, known: field.map(|field| &field.args), errors: Vec::new() }
    }

    /// Parses one argument. Returns `None` and keeps the errors if it is missing or malformed.
    pub fn get<T: InputType>(&mut self, name: &str) -> Option<T> {
        let name = camel(name);
        let argument = self.ctx.item.node.arguments.iter().find(|(known, _)| known.node.as_str() == name);
        let pos = argument.map_or(self.ctx.item.pos, |(_, value)| value.pos);
        let given = self.given()?;
        let value = given.into_iter().find(|(known, _)| known.as_str() == name).map(|(_, value)| value);
        match T::parse(value) {
            Ok(parsed) => Some(parsed),
            Err(error) => {
                let places = self.malformed(|value| reparse::<T>(value.get(name.as_str()).cloned()), Some(&name));
                self.report(error.into_server_error(pos), pos, places);
                None
            }
        }
    }

    /// Parses all arguments as the fields of a struct. Returns `None` and keeps the errors if one is missing or
    /// malformed.
    pub fn all<T: InputObjectType>(&mut self) -> Option<T> {
        let given = self.given()?;
        match T::parse(Some(Value::Object(given.into_iter().collect()))) {
            Ok(parsed) => Some(parsed),
            Err(error) => {
                let pos = self.ctx.item.pos;
                let places = self.malformed(|given| reparse::<T>(Some(Value::Object(given))), None);
                let mut error = error.into_server_error(pos);
                // Clients do not know the name of the struct.
                let place = format!(" (occurred while parsing \"{}\")", T::type_name());
                if let Some(message) = error.message.strip_suffix(&place) {
                    error.message.truncate(message.len());
                }
                self.report(error, pos, places);
                None
            }
        }
    }

    /// Returns what was parsed. If something is malformed, returns one of the errors, and adds the others to the
    /// response.
    pub(crate) fn finish<T>(self, parsed: Option<T>, at: impl Fn(ServerError) -> ServerError) -> ServerResult<T> {
        let mut errors = self.errors.into_iter().map(at);
        match (errors.next(), parsed) {
            (None, Some(parsed)) => Ok(parsed),
            (Some(first), _) => {
                errors.for_each(|error| self.ctx.add_error(error));
                Err(first)
            }
            (None, None) => unreachable!("an argument that is not parsed leaves an error"),
        }
    }

    fn given(&mut self) -> Option<Vec<(Name, Value)>> {
        self.ctx.field().arguments().map_err(|error| self.errors.push(error)).ok()
    }

    /// Finds the malformed values of the field's arguments, or of the one with this name.
    fn malformed(
        &self,
        reparse: impl FnOnce(IndexMap<Name, Value>) -> Vec<(usize, ServerError)>,
        only: Option<&str>,
    ) -> Vec<(Place, Error)> {
        let checks = self.ctx.data_opt::<ScalarChecks>().map_or(&[][..], |checks| checks.0);
        let mut walk = Walk { registry: &self.ctx.schema_env.registry, checks, errors: Vec::new(), ids: Vec::new() };
        let mut given: IndexMap<_, _> = self.ctx.field().arguments().unwrap_or_default().into_iter().collect();
        for argument in self.known.into_iter().flat_map(IndexMap::values) {
            if only.is_none_or(|only| only == argument.name)
                && let Some(value) = given.get_mut(argument.name.as_str())
            {
                walk.value(&argument.ty, value, &mut vec![argument.name.clone()]);
            }
        }
        let Walk { mut errors, mut ids, .. } = walk;
        for (at, error) in reparse(given) {
            let Some((order, place)) = ids.get_mut(at).map(std::mem::take) else { continue };
            errors.push((order, place, Error { message: error.message, extensions: error.extensions }));
        }
        errors.sort_by_key(|(order, ..)| *order);
        errors.truncate(MAX_ERRORS);
        errors.into_iter().map(|(_, place, error)| (place, error)).collect()
    }

    /// Keeps one error for each malformed value, or the original one if no value was found.
    fn report(&mut self, original: ServerError, pos: Pos, places: Vec<(Place, Error)>) {
        if places.is_empty() {
            self.errors.push(original);
        }
        for (place, error) in places {
            let mut error = error.at(pos);
            let place = place.into_iter().map(Value::from).collect::<Vec<_>>();
            error.extensions.get_or_insert_default().set("argumentPath", Value::List(place));
            self.errors.push(error);
        }
    }
}

/// The path of a value from the arguments of its field.
type Place = Vec<String>;

/// A walk through the values of arguments, in the order of the schema.
struct Walk<'a> {
    registry: &'a Registry,
    checks: &'static [ScalarCheck],
    /// What is malformed, and where: the first number is the order.
    errors: Vec<(usize, Place, Error)>,
    /// The places of ids. Only the type in Rust knows what kind of id it takes.
    ids: Vec<(usize, Place)>,
}

impl Walk<'_> {
    fn value(&mut self, ty: &str, value: &mut Value, place: &mut Place) {
        match (MetaTypeName::create(ty), value) {
            (MetaTypeName::NonNull(inner), value) => self.value(inner, value, place),
            (MetaTypeName::List(inner), Value::List(items)) => {
                for (at, item) in items.iter_mut().enumerate() {
                    place.push(at.to_string());
                    self.value(inner, item, place);
                    place.pop();
                }
            }
            // A single value stands for a list of one.
            (MetaTypeName::List(inner), value) => self.value(inner, value, place),
            (MetaTypeName::Named(_), Value::Null) => {}
            (MetaTypeName::Named(name), value) => match (self.registry.types.get(name), value) {
                (Some(MetaType::InputObject { input_fields, .. }), Value::Object(fields)) => {
                    for field in input_fields.values() {
                        if let Some(value) = fields.get_mut(field.name.as_str()) {
                            place.push(field.name.clone());
                            self.value(&field.ty, value, place);
                            place.pop();
                        }
                    }
                }
                (Some(MetaType::Scalar { .. }), value) => self.scalar(name, value, place),
                _ => {}
            },
        }
    }

    fn scalar(&mut self, name: &str, value: &mut Value, place: &Place) {
        let order = self.errors.len() + self.ids.len();
        if let Some(known) = self.checks.iter().find(|known| known.name == name) {
            if let Some(error) = (known.check)(value) {
                self.errors.push((order, place.clone(), error));
                *value = Value::String(known.example.to_owned());
            }
        } else if name == "ID"
            && let Value::String(text) = value
        {
            *text = format!("{}{MARK}{text}", self.ids.len());
            self.ids.push((order, place.clone()));
        }
    }
}

/// Separates the number of an id from its text while malformed ids are searched.
const MARK: char = '\0';

thread_local! {
    /// The malformed ids found so far, by their number, while a value is parsed again.
    static MALFORMED: RefCell<Option<Vec<(usize, ServerError)>>> = const { RefCell::new(None) };
}

/// Parses a value whose ids are numbered, and returns the malformed ones.
fn reparse<T: InputType>(value: Option<Value>) -> Vec<(usize, ServerError)> {
    /// Ends the search, even if parsing panics.
    struct Search;
    impl Drop for Search {
        fn drop(&mut self) {
            MALFORMED.set(None);
        }
    }
    MALFORMED.set(Some(Vec::new()));
    let _search = Search;
    let _ = T::parse(value);
    MALFORMED.take().unwrap_or_default()
}

/// Parses an id: a value of the scalar `ID` whose kind only the type in Rust knows. All ids of the schema are parsed with
/// this, so that errors can say which of several ids is malformed. `any` is some id of this kind.
///
/// # Errors
/// That of `parse`.
pub fn parse_id<T: InputType>(
    text: &str,
    parse: impl FnOnce(&str) -> InputValueResult<T>,
    any: fn() -> T,
) -> InputValueResult<T> {
    MALFORMED.with_borrow_mut(|malformed| {
        let Some(malformed) = malformed else { return parse(text) };
        let (at, text) = text.split_once(MARK).unwrap_or_default();
        Ok(parse(text).unwrap_or_else(|error| {
            malformed.push((at.parse().unwrap_or(usize::MAX), error.into_server_error(Pos::default())));
            any()
        }))
    })
}

/// Takes the arguments of a root field.
///
/// # Panics
/// If they have another type: the functions that parse and take them are written together, by a macro.
pub fn taken<T: 'static>(args: Parsed) -> T {
    *args.downcast().expect("arguments have the type that was parsed")
}
