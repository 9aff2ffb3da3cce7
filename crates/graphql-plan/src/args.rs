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

/// The maximum number of malformed values reported for one argument.
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
    /// A valid value. It replaces a malformed one while the others are checked.
    pub example: &'static str,
}

/// The checks of a schema's scalars.
#[derive(Clone, Copy)]
pub struct ScalarChecks(pub &'static [ScalarCheck]);

/// The arguments of a field, as they are parsed.
pub struct Args<'a> {
    ctx: &'a Context<'a>,
    /// The arguments of the field in the schema.
    definitions: Option<&'a IndexMap<String, MetaInputValue>>,
    errors: Vec<ServerError>,
}

impl<'a> Args<'a> {
    /// The arguments of this context's field, which belongs to the type with this name.
    pub(crate) fn of(ctx: &'a Context<'a>, parent: &str) -> Self {
        let ty = ctx.schema_env.registry.types.get(parent);
        let field = ty.and_then(|ty| ty.field_by_name(ctx.item.node.name.node.as_str()));
        Self { ctx, definitions: field.map(|field| &field.args), errors: Vec::new() }
    }

    /// Parses one argument. Returns `None` and keeps the errors if it is missing or malformed.
    pub fn get<T: InputType>(&mut self, name: &str) -> Option<T> {
        let name = camel(name);
        match self.ctx.param_value::<T>(&name, None) {
            Ok((_, parsed)) => Some(parsed),
            Err(mut error) => {
                let argument = self.ctx.item.node.arguments.iter().find(|(other, _)| other.node.as_str() == name);
                let pos = argument.map_or(self.ctx.item.pos, |(_, value)| value.pos);
                error.locations = vec![pos];
                let malformed = self.malformed(|values| reparse::<T>(values.get(name.as_str()).cloned()), Some(&name));
                self.report(error, pos, malformed);
                None
            }
        }
    }

    /// Parses all arguments as the fields of a struct. Returns `None` and keeps the errors if one is missing or
    /// malformed.
    pub fn all<T: InputObjectType>(&mut self) -> Option<T> {
        let values = self.values()?;
        match T::parse(Some(Value::Object(values.into_iter().collect()))) {
            Ok(parsed) => Some(parsed),
            Err(error) => {
                let pos = self.ctx.item.pos;
                let malformed = self.malformed(|values| reparse::<T>(Some(Value::Object(values))), None);
                let mut error = error.into_server_error(pos);
                // Clients do not know the name of the struct.
                let suffix = format!(" (occurred while parsing \"{}\")", T::type_name());
                if let Some(message) = error.message.strip_suffix(&suffix) {
                    error.message.truncate(message.len());
                }
                self.report(error, pos, malformed);
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
            (None, None) => unreachable!("an argument that fails to parse has an error"),
        }
    }

    fn values(&mut self) -> Option<Vec<(Name, Value)>> {
        self.ctx.field().arguments().map_err(|error| self.errors.push(error)).ok()
    }

    /// Finds the malformed values of the field's arguments, or of the one with this name.
    fn malformed(
        &self,
        reparse: impl FnOnce(IndexMap<Name, Value>) -> Vec<(usize, ServerError)>,
        only: Option<&str>,
    ) -> Vec<(ArgumentPath, Error)> {
        let checks = self.ctx.data_opt::<ScalarChecks>().map_or(&[][..], |checks| checks.0);
        let mut walker =
            Walker { registry: &self.ctx.schema_env.registry, checks, errors: Vec::new(), ids: Vec::new() };
        let mut values: IndexMap<_, _> = self.ctx.field().arguments().unwrap_or_default().into_iter().collect();
        for argument in self.definitions.into_iter().flat_map(IndexMap::values) {
            if only.is_none_or(|only| only == argument.name)
                && let Some(value) = values.get_mut(argument.name.as_str())
            {
                walker.value(&argument.ty, value, &mut vec![argument.name.clone()]);
            }
        }
        let Walker { mut errors, mut ids, .. } = walker;
        for (at, error) in reparse(values) {
            let Some((order, path)) = ids.get_mut(at).map(std::mem::take) else { continue };
            errors.push((order, path, Error { message: error.message, extensions: error.extensions }));
        }
        errors.sort_by_key(|(order, ..)| *order);
        errors.truncate(MAX_ERRORS);
        errors.into_iter().map(|(_, path, error)| (path, error)).collect()
    }

    /// Keeps one error for each malformed value, or the original one if no value was found.
    fn report(&mut self, original: ServerError, pos: Pos, malformed: Vec<(ArgumentPath, Error)>) {
        if malformed.is_empty() {
            self.errors.push(original);
        }
        for (path, error) in malformed {
            let mut error = error.at(pos);
            let path = path.into_iter().map(Value::from).collect::<Vec<_>>();
            error.extensions.get_or_insert_default().set("argumentPath", Value::List(path));
            self.errors.push(error);
        }
    }
}

/// The path of a value from the arguments of its field.
type ArgumentPath = Vec<String>;

/// Walks the values of arguments, in the order of the schema.
struct Walker<'a> {
    registry: &'a Registry,
    checks: &'static [ScalarCheck],
    /// The malformed values, with their paths. The number determines the order.
    errors: Vec<(usize, ArgumentPath, Error)>,
    /// The paths of ids. Only the type in Rust knows what kind of id it takes.
    ids: Vec<(usize, ArgumentPath)>,
}

impl Walker<'_> {
    fn value(&mut self, ty: &str, value: &mut Value, path: &mut ArgumentPath) {
        match (MetaTypeName::create(ty), value) {
            (MetaTypeName::NonNull(inner), value) => self.value(inner, value, path),
            (MetaTypeName::List(inner), Value::List(items)) => {
                for (at, item) in items.iter_mut().enumerate() {
                    path.push(at.to_string());
                    self.value(inner, item, path);
                    path.pop();
                }
            }
            // A single value is a list of one.
            (MetaTypeName::List(inner), value) => self.value(inner, value, path),
            (MetaTypeName::Named(_), Value::Null) => {}
            (MetaTypeName::Named(name), value) => match (self.registry.types.get(name), value) {
                (Some(MetaType::InputObject { input_fields, .. }), Value::Object(fields)) => {
                    for field in input_fields.values() {
                        if let Some(value) = fields.get_mut(field.name.as_str()) {
                            path.push(field.name.clone());
                            self.value(&field.ty, value, path);
                            path.pop();
                        }
                    }
                }
                (Some(MetaType::Scalar { .. }), value) => self.scalar(name, value, path),
                _ => {}
            },
        }
    }

    fn scalar(&mut self, name: &str, value: &mut Value, path: &ArgumentPath) {
        let order = self.errors.len() + self.ids.len();
        if let Some(scalar) = self.checks.iter().find(|scalar| scalar.name == name) {
            if let Some(error) = (scalar.check)(value) {
                self.errors.push((order, path.clone(), error));
                *value = Value::String(scalar.example.to_owned());
            }
        } else if name == "ID"
            && let Value::String(text) = value
        {
            *text = format!("{}{SEPARATOR}{text}", self.ids.len());
            self.ids.push((order, path.clone()));
        }
    }
}

/// Separates the number of an id from its text while the malformed ids are found.
const SEPARATOR: char = '\0';

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
/// this, so that errors can say which of several ids is malformed. `placeholder` returns any id of this kind.
///
/// # Errors
/// That of `parse`.
pub fn parse_id<T: InputType>(
    text: &str,
    parse: impl FnOnce(&str) -> InputValueResult<T>,
    placeholder: fn() -> T,
) -> InputValueResult<T> {
    MALFORMED.with_borrow_mut(|malformed| {
        let Some(malformed) = malformed else { return parse(text) };
        let (at, text) = text.split_once(SEPARATOR).unwrap_or_default();
        Ok(parse(text).unwrap_or_else(|error| {
            malformed.push((at.parse().unwrap_or(usize::MAX), error.into_server_error(Pos::default())));
            placeholder()
        }))
    })
}

/// Restores the type of the arguments of a root field.
///
/// # Panics
/// If they have another type: the functions that parse and use them are generated together, by a macro.
pub fn downcast_args<T: 'static>(args: Parsed) -> T {
    *args.downcast().expect("arguments have the type that was parsed")
}
