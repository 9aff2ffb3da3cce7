//! Tables define the fields of types. They are constants.

use std::any::TypeId;
use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{Arc, LazyLock, PoisonError, RwLock};

use async_graphql::indexmap::IndexMap;
use async_graphql::registry::{
    Deprecation, MetaDirectiveInvocation, MetaField, MetaInputValue, MetaType, ObjectBuilder, Registry,
};
use async_graphql::{Context, InputObjectType};

use crate::abstract_type::AbstractTable;
use crate::args::Args;
use crate::keys::Key;
use crate::loads::ErasedSource;
use crate::names::{camel, text};
use crate::parts::Part;
use crate::{Cx, Dyn, Input, Json, Result, Row};

/// An object type: a name, the type of its rows, and a table of fields. Declared with [`object!`](crate::object!).
pub trait Object: Send + Sync + 'static {
    /// The row that an object of this type is read from.
    type Row: Send + Sync + 'static;
    /// The lines of the description.
    const DOC: &'static [&'static str];
    /// The interfaces that it implements.
    const IMPLEMENTS: &'static [fn() -> &'static AbstractTable];
    /// The fields.
    const FIELDS: &'static [Field];

    /// Returns the name in the schema.
    fn name() -> Cow<'static, str>;
}

/// An object type or abstract type, as used by the executor.
#[derive(Clone, Copy)]
pub enum Target {
    /// An object type.
    Object(&'static Table),
    /// An interface or a union.
    Abstract(&'static AbstractTable),
}

impl Target {
    /// Registers the type and the types that it references. Returns its non-null type name.
    pub fn register(self, registry: &mut Registry) -> String {
        match self {
            Self::Object(table) => table.register(registry),
            Self::Abstract(table) => table.register(registry),
        }
    }
}

/// Whether there is one object or many, and whether null is allowed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Shape {
    /// `T!`
    One,
    /// `T`
    Option,
    /// `[T!]!`
    Many,
    /// `[T!]`
    OptionMany,
}

impl Shape {
    /// Returns the type in the schema, given the type of one object.
    pub(crate) fn of(self, name: &str) -> String {
        match self {
            Self::One => name.to_owned(),
            Self::Option => name.trim_end_matches('!').to_owned(),
            Self::Many => format!("[{name}]!"),
            Self::OptionMany => format!("[{name}]"),
        }
    }

    pub(crate) fn nullable(self) -> bool {
        matches!(self, Self::Option | Self::OptionMany)
    }

    pub(crate) fn list(self) -> bool {
        matches!(self, Self::Many | Self::OptionMany)
    }
}

type KeyOf = fn(&Input<'_>) -> Result<Option<Key>>;
type VisitRows = fn(&Input<'_>, &mut dyn FnMut(&Dyn)) -> Result<bool>;
pub(crate) type Map = fn(&Input<'_>, &[Row], &mut Vec<Row>) -> Result<bool>;

/// Where the value of a field comes from.
#[derive(Clone, Copy)]
pub enum Kind {
    /// Written from the row.
    Scalar {
        /// Writes it.
        write: fn(&Input<'_>, &mut Json) -> Result<()>,
    },
    /// Written from the row and what a source found for it.
    Loaded {
        /// The source.
        source: &'static ErasedSource,
        /// The key to load.
        key: KeyOf,
        /// Writes it.
        write: fn(&Input<'_>, &[Row], &mut Json) -> Result<()>,
    },
    /// Objects that are part of the row.
    Embed {
        /// Their type.
        target: fn() -> Target,
        /// Whether there is one object or many.
        shape: Shape,
        /// Appends them as separate rows.
        rows: fn(&Input<'_>, &mut Vec<Row>) -> Result<bool>,
        /// Passes them on one by one, without creating rows.
        visit: VisitRows,
    },
    /// Objects that a source found.
    Relation {
        /// Their type.
        target: fn() -> Target,
        /// Whether there is one object or many.
        shape: Shape,
        /// The source.
        source: &'static ErasedSource,
        /// The key to load.
        key: KeyOf,
        /// Picks or builds the objects from what was found. If `None`, the objects are what was found.
        map: Option<Map>,
    },
}

/// Restricts a field: printed in the SDL, hidden from introspection, checked once when a query is compiled.
pub struct Guard {
    /// Registers the directive in the schema.
    pub register: fn(&mut Registry),
    /// The directive on the field.
    pub directive: fn() -> MetaDirectiveInvocation,
    /// Whether introspection shows the field.
    pub visible: fn(&Context<'_>) -> bool,
    /// Returns an error if the caller may not select the field.
    pub check: fn(&Cx<'_>) -> Result<()>,
}

/// A field of a table.
#[derive(Clone, Copy)]
pub struct Field {
    pub(crate) name: &'static str,
    pub(crate) doc: &'static [&'static str],
    pub(crate) deprecated: Option<&'static str>,
    /// The schema type of a scalar.
    pub(crate) ty: Option<fn(&mut Registry) -> String>,
    pub(crate) nullable: bool,
    pub(crate) fallible: bool,
    pub(crate) args: Option<Arguments>,
    pub(crate) guard: Option<&'static Guard>,
    pub(crate) visible: Option<fn(&Context<'_>) -> bool>,
    pub(crate) cost: u32,
    pub(crate) kind: Kind,
}

impl Field {
    #[doc(hidden)]
    pub const fn new(name: &'static str, part: Part, kind: Kind) -> Self {
        let Part { ty, nullable, fallible } = part;
        let (deprecated, args, guard, visible, cost) = (None, None, None, None, 1);
        Self { name, doc: &[], deprecated, ty, nullable, fallible, args, guard, visible, cost, kind }
    }

    /// Sets the lines of the description.
    pub const fn docs(self, doc: &'static [&'static str]) -> Self {
        Self { doc, ..self }
    }

    /// Sets the name in the schema, if it differs from that of the Rust field.
    pub const fn named(self, name: &'static str) -> Self {
        Self { name, ..self }
    }

    /// Marks the field as deprecated, with what to use instead.
    pub const fn deprecated(self, reason: &'static str) -> Self {
        Self { deprecated: Some(reason), ..self }
    }

    /// Sets the field's cost in the budget, in objects, besides the objects that it returns. The default is 1; set more
    /// if it is expensive.
    pub const fn cost(self, cost: u32) -> Self {
        Self { cost, ..self }
    }

    pub(crate) const fn infallible(self) -> Self {
        Self { fallible: false, ..self }
    }

    #[doc(hidden)]
    pub const fn args(self, args: Arguments) -> Self {
        Self { args: Some(args), ..self }
    }

    /// Restricts the field to callers who pass the guard.
    pub const fn requires(self, guard: &'static Guard) -> Self {
        Self { guard: Some(guard), ..self }
    }

    /// Hides the field from introspection unless this returns true. The field can still be selected.
    pub const fn visible(self, visible: fn(&Context<'_>) -> bool) -> Self {
        Self { visible: Some(visible), ..self }
    }

    pub(crate) fn register(&self, registry: &mut Registry) -> MetaField {
        let ty = match (self.ty, self.kind) {
            (Some(ty), _) => ty(registry),
            (None, Kind::Embed { target, shape, .. } | Kind::Relation { target, shape, .. }) => {
                shape.of(&target().register(registry))
            }
            (None, Kind::Scalar { .. } | Kind::Loaded { .. }) => unreachable!("scalars have a type"),
        };
        let mut field = MetaField::new(camel(self.name), ty);
        field.description = text(self.doc);
        if let Some(args) = self.args {
            field.args = (args.register)(registry);
        }
        if let Some(reason) = self.deprecated {
            field.deprecation = Deprecation::Deprecated { reason: Some(reason.to_owned()) };
        }
        field.visible = self.visible;
        if let Some(guard) = self.guard {
            (guard.register)(registry);
            field.visible = Some(guard.visible);
            field.directive_invocations.push((guard.directive)());
        }
        field
    }
}

/// The arguments of a field: the fields of a struct that derives `InputObject`.
#[derive(Clone, Copy)]
pub struct Arguments {
    pub(crate) register: fn(&mut Registry) -> IndexMap<String, MetaInputValue>,
    pub(crate) parse: fn(&mut Args<'_>) -> Option<Row>,
}

impl Arguments {
    /// The fields of this struct as arguments. The struct itself is not a type in the schema.
    pub const fn of<A: InputObjectType + 'static>() -> Self {
        Self {
            register: |registry| {
                A::create_type_info(registry);
                match registry.types.remove(&*A::type_name()) {
                    Some(MetaType::InputObject { input_fields, .. }) => input_fields,
                    _ => unreachable!("arguments are an input object"),
                }
            },
            parse: |args| args.all::<A>().map(|args| Arc::new(args) as Row),
        }
    }
}

/// The table of an object type, with an index of its fields.
pub struct Table {
    pub(crate) name: String,
    pub(crate) doc: &'static [&'static str],
    pub(crate) fields: &'static [Field],
    pub(crate) index: HashMap<String, usize>,
    pub(crate) implements: &'static [fn() -> &'static AbstractTable],
}

impl Table {
    fn register(&'static self, registry: &mut Registry) -> String {
        if !registry.types.contains_key(&self.name) {
            // A placeholder ends the recursion.
            registry.types.insert(self.name.clone(), ObjectBuilder::new(&*self.name, IndexMap::new()).build());
            let fields = self.fields.iter().map(|field| (camel(field.name), field.register(registry))).collect();
            let object = ObjectBuilder::new(&*self.name, fields).description(text(self.doc)).build();
            registry.types.insert(self.name.clone(), object);
            for interface in self.implements {
                interface().register(registry);
                registry.add_implements(&self.name, interface().name);
            }
        }
        format!("{}!", self.name)
    }
}

/// The tables created so far: by type, and by name, so that no two types have the same name.
#[derive(Default)]
struct Tables {
    by_type: HashMap<TypeId, &'static Table>,
    names: HashMap<String, TypeId>,
}

static TABLES: LazyLock<RwLock<Tables>> = LazyLock::new(RwLock::default);

/// Returns the table of a type, which is indexed on first use.
fn indexed(
    id: TypeId,
    name: fn() -> Cow<'static, str>,
    doc: &'static [&'static str],
    fields: &'static [Field],
    implements: &'static [fn() -> &'static AbstractTable],
) -> &'static Table {
    if let Some(table) = TABLES.read().unwrap_or_else(PoisonError::into_inner).by_type.get(&id) {
        return table;
    }
    let name = name().into_owned();
    let index: HashMap<String, usize> = fields.iter().enumerate().map(|(at, field)| (camel(field.name), at)).collect();
    assert_eq!(index.len(), fields.len(), "a field of {name} is declared twice");
    let mut tables = TABLES.write().unwrap_or_else(PoisonError::into_inner);
    let known = *tables.names.entry(name.clone()).or_insert(id);
    assert!(known == id, "two types are called {name}");
    let fresh = || &*Box::leak(Box::new(Table { name, doc, fields, index, implements }));
    tables.by_type.entry(id).or_insert_with(fresh)
}

pub(crate) fn table_of<O: Object>() -> &'static Table {
    indexed(TypeId::of::<O>(), O::name, O::DOC, O::FIELDS, O::IMPLEMENTS)
}

/// Returns the target of an object type.
pub fn target<O: Object>() -> Target {
    Target::Object(table_of::<O>())
}
