//! The query and mutation roots: tables of async functions.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use async_graphql::indexmap::IndexMap;
use async_graphql::parser::types::{Field as AstField, OperationType, Selection, SelectionSet};
use async_graphql::registry::{Deprecation, MetaField, MetaInputValue, MetaTypeName, ObjectBuilder, Registry};
use async_graphql::{
    Context, ContextSelectionSet, Name, OutputType, PathSegment, Positioned, ServerError, ServerResult, Value,
};

use tracing::{Instrument, Span};

use crate::abstract_type::{Abstract, AnyOf};
use crate::args::{Args, Parsed};
use crate::connection::{Connection, Page};
use crate::emit::{Emitter, Roots};
use crate::loads::{BoxFuture, Execution};
use crate::names::{camel, text};
use crate::plan::{Compiler, Plan, can_merge, conflict};
use crate::run::{Run, with_location};
use crate::table::{Arguments, Guard, Object, Shape, Target, target};
use crate::{Cx, Error, Json, Result, Row, Scalar};

/// The result of a root field, with its types erased.
pub enum Reply {
    /// Rows of an object, an interface or a union. A nullable one has one row or none.
    Rows(Shape, Vec<Row>),
    /// One entry per requested id, with null for ids that do not exist.
    Optional(Vec<Option<Row>>),
    /// A scalar, as JSON.
    Scalar(Json),
}

/// The return type of a root function.
pub trait RootOutput {
    /// Registers the type and returns its name in the schema.
    fn register(registry: &mut Registry) -> String;
    /// The type of the returned objects, or `None` for a scalar.
    fn target() -> Option<Target>;
    /// Erases the types of the result.
    fn into_reply(self) -> Reply;
}

/// An object returned by a root field.
pub struct One<O: Object>(pub Arc<O::Row>);
/// Objects returned by a root field.
pub struct Many<O: Object>(pub Vec<Arc<O::Row>>);

impl<O: Object> One<O> {
    /// Creates an object from its row.
    pub fn new(row: impl Into<Arc<O::Row>>) -> Self {
        Self(row.into())
    }
}

impl<O: Object> Many<O> {
    /// Creates objects from their rows.
    pub fn new<R: Into<Arc<O::Row>>>(rows: impl IntoIterator<Item = R>) -> Self {
        Self(rows.into_iter().map(Into::into).collect())
    }
}

impl<O: Object> RootOutput for One<O> {
    fn register(registry: &mut Registry) -> String {
        target::<O>().register(registry)
    }

    fn target() -> Option<Target> {
        Some(target::<O>())
    }

    fn into_reply(self) -> Reply {
        Reply::Rows(Shape::One, vec![self.0])
    }
}

impl<O: Object> RootOutput for Option<One<O>> {
    fn register(registry: &mut Registry) -> String {
        Shape::Option.of(&target::<O>().register(registry))
    }

    fn target() -> Option<Target> {
        Some(target::<O>())
    }

    fn into_reply(self) -> Reply {
        Reply::Rows(Shape::Option, self.into_iter().map(|one| one.0 as Row).collect())
    }
}

impl<O: Object> RootOutput for Many<O> {
    fn register(registry: &mut Registry) -> String {
        Shape::Many.of(&target::<O>().register(registry))
    }

    fn target() -> Option<Target> {
        Some(target::<O>())
    }

    fn into_reply(self) -> Reply {
        Reply::Rows(Shape::Many, self.0.into_iter().map(|row| row as Row).collect())
    }
}

impl<O: Object> RootOutput for Option<Many<O>> {
    fn register(registry: &mut Registry) -> String {
        Shape::OptionMany.of(&target::<O>().register(registry))
    }

    fn target() -> Option<Target> {
        Some(target::<O>())
    }

    fn into_reply(self) -> Reply {
        match self {
            Some(many) => many.into_reply(),
            // Null, for one object or for many.
            None => Reply::Rows(Shape::Option, Vec::new()),
        }
    }
}

impl<O: Object> RootOutput for Vec<Option<One<O>>> {
    fn register(registry: &mut Registry) -> String {
        format!("[{}]!", Shape::Option.of(&target::<O>().register(registry)))
    }

    fn target() -> Option<Target> {
        Some(target::<O>())
    }

    fn into_reply(self) -> Reply {
        Reply::Optional(self.into_iter().map(|one| one.map(|one| one.0 as Row)).collect())
    }
}

impl<O: Object> From<Page<O::Row>> for One<Connection<O>> {
    fn from(page: Page<O::Row>) -> Self {
        Self(Arc::new(page))
    }
}

fn abstract_target<A: Abstract>() -> Target {
    Target::Abstract(A::abstract_table())
}

impl<A: Abstract> RootOutput for Option<AnyOf<A>> {
    fn register(registry: &mut Registry) -> String {
        Shape::Option.of(&abstract_target::<A>().register(registry))
    }

    fn target() -> Option<Target> {
        Some(abstract_target::<A>())
    }

    fn into_reply(self) -> Reply {
        let rows = self.into_iter().map(|any| Arc::new(any.member) as Row).collect();
        Reply::Rows(Shape::Option, rows)
    }
}

impl<A: Abstract> RootOutput for Vec<Option<AnyOf<A>>> {
    fn register(registry: &mut Registry) -> String {
        format!("[{}]!", Shape::Option.of(&abstract_target::<A>().register(registry)))
    }

    fn target() -> Option<Target> {
        Some(abstract_target::<A>())
    }

    fn into_reply(self) -> Reply {
        Reply::Optional(self.into_iter().map(|any| any.map(|any| Arc::new(any.member) as Row)).collect())
    }
}

impl<T: Scalar> RootOutput for T {
    fn register(registry: &mut Registry) -> String {
        <T as OutputType>::create_type_info(registry)
    }

    fn target() -> Option<Target> {
        None
    }

    fn into_reply(self) -> Reply {
        let mut json = Json::default();
        self.write(&mut json);
        Reply::Scalar(json)
    }
}

/// An argument of a root field.
#[derive(Clone, Copy)]
pub enum RootArg {
    /// A single argument.
    One {
        /// The name in Rust.
        name: &'static str,
        /// The lines of the description.
        doc: &'static [&'static str],
        /// The type in the schema.
        ty: fn(&mut Registry) -> String,
        /// Whether it may be omitted or null, and if so, the default that the SDL prints.
        default: Option<Option<fn() -> String>>,
        /// Whether it is omitted where operations are printed.
        secret: bool,
    },
    /// Several arguments, such as those of a page, as the fields of a struct.
    All(Arguments),
}

/// The function that resolves a root field, given its arguments.
pub type Call = for<'a> fn(&'a Context<'a>, Parsed) -> BoxFuture<'a, ServerResult<Reply>>;

/// A field of a root type: its arguments, its type, and the function that resolves it.
pub struct RootField {
    /// The name in Rust.
    pub name: &'static str,
    /// The lines of the description.
    pub doc: &'static [&'static str],
    /// The type in the schema.
    pub ty: fn(&mut Registry) -> String,
    /// The type of the returned objects, or `None` for a scalar.
    pub target: fn() -> Option<Target>,
    /// The arguments.
    pub args: &'static [RootArg],
    /// Who may call it.
    pub guard: Option<&'static Guard>,
    /// What to use instead.
    pub deprecated: Option<&'static str>,
    /// Parses its arguments.
    pub parse: fn(&mut Args<'_>) -> Option<Parsed>,
    /// Resolves it.
    pub call: Call,
}

impl RootField {
    fn register(&self, registry: &mut Registry) -> MetaField {
        let mut meta = MetaField::new(camel(self.name), (self.ty)(registry));
        meta.description = text(self.doc);
        for arg in self.args {
            match arg {
                RootArg::One { name, doc, ty, default, secret } => {
                    let ty = ty(registry);
                    let ty = if default.is_some() { Shape::Option.of(&ty) } else { ty };
                    let mut value = MetaInputValue::new(camel(name), ty);
                    value.description = text(doc);
                    value.default_value = default.flatten().map(|default| default());
                    value.is_secret = *secret;
                    meta.args.insert(camel(name), value);
                }
                RootArg::All(args) => meta.args.extend((args.register)(registry)),
            }
        }
        if let Some(reason) = self.deprecated {
            meta.deprecation = Deprecation::Deprecated { reason: Some(reason.to_owned()) };
        }
        if let Some(guard) = self.guard {
            (guard.register)(registry);
            meta.visible = Some(guard.visible);
            meta.directive_invocations.push((guard.directive)());
        }
        meta
    }
}

/// A root type. Declared with [`root!`](crate::root!).
pub struct Root {
    /// The name in the schema.
    pub name: &'static str,
    /// The lines of the description.
    pub doc: &'static [&'static str],
    /// The tables of its fields.
    pub tables: &'static [&'static [RootField]],
    #[doc(hidden)]
    pub index: std::sync::OnceLock<HashMap<String, &'static RootField>>,
}

impl Root {
    fn field(&'static self, name: &str) -> Option<&'static RootField> {
        let all = || self.tables.iter().copied().flatten().map(|field| (camel(field.name), field)).collect();
        self.index.get_or_init(all).get(name).copied()
    }
}

#[doc(hidden)]
pub fn root_type(root: &'static Root, registry: &mut Registry) -> String {
    if !registry.types.contains_key(root.name) {
        registry.types.insert(root.name.to_owned(), ObjectBuilder::new(root.name, IndexMap::new()).build());
        let mut fields = IndexMap::new();
        for field in root.tables.iter().copied().flatten() {
            let known = fields.insert(camel(field.name), field.register(registry));
            assert!(known.is_none(), "two root fields are called {}", field.name);
        }
        let meta = ObjectBuilder::new(root.name, fields).description(text(root.doc)).build();
        registry.types.insert(root.name.to_owned(), meta);
    }
    format!("{}!", root.name)
}

#[doc(hidden)]
pub fn resolve_root<'a>(root: &'static Root, ctx: &'a Context<'a>) -> BoxFuture<'a, ServerResult<Option<Value>>> {
    let resolving = async move {
        let Some(field) = root.field(ctx.item.node.name.node.as_str()) else { return Ok(None) };
        let selection = RootSelection::of(ctx);
        let execution: &Arc<Execution> = ctx.data_unchecked();
        let key = ctx.item.node.response_key().node.as_str();
        let sets = selection.merged(key)?;
        // An earlier field with this key answers for both, because async-graphql cannot merge raw values. This also
        // ensures that a mutation runs once.
        let own = &ctx.item.node.selection_set;
        let first = sets.first().is_none_or(|set| std::ptr::eq(*set, own));
        if !first || (selection.repeated && !execution.is_first_call(std::ptr::from_ref(own).addr())) {
            return Ok(Some(Value::Null));
        }
        let operation = &ctx.query_env.operation;
        if operation.node.ty == OperationType::Mutation && execution.is_first_call(std::ptr::from_ref(operation).addr())
        {
            selection.prepare_others(root, ctx, key)?;
        }
        let below = ctx.with_selection_set(own);
        let Prepared { args, plan } = prepare(root, field, ctx, &sets)?;
        let reply = (field.call)(ctx, args).await?;
        resolve_reply(&below, ctx.item, plan, reply).await.map(Some)
    };
    Box::pin(resolving.instrument(span_of(root, ctx)))
}

/// The longest text of ids in a span, in bytes.
const MAX_IDS: usize = 200;

/// The span of a root field, so that every log line below it says which field was called, and for which ids.
fn span_of(root: &Root, ctx: &Context<'_>) -> Span {
    let name = ctx.item.node.name.node.as_str();
    let span = tracing::info_span!("field", field = name, ids = tracing::field::Empty);
    if span.is_disabled() {
        return span;
    }
    let known = ctx.schema_env.registry.types.get(root.name).and_then(|ty| ty.field_by_name(name));
    let mut ids = String::new();
    for (argument, value) in &ctx.item.node.arguments {
        let definition = known.and_then(|field| field.args.get(argument.node.as_str()));
        if definition.is_some_and(|definition| MetaTypeName::concrete_typename(&definition.ty) == "ID") {
            let variable = |name: Name| ctx.query_env.variables.get(&name).cloned().ok_or(());
            let value = value.node.clone().into_const_with(variable).unwrap_or_default();
            let separator = if ids.is_empty() { "" } else { " " };
            ids.push_str(&format!("{separator}{}={value}", argument.node));
        }
    }
    if let Some((end, _)) = ids.char_indices().take_while(|(at, _)| *at <= MAX_IDS).last()
        && ids.len() > MAX_IDS
    {
        ids.truncate(end);
    }
    if !ids.is_empty() {
        span.record("ids", ids);
    }
    span
}

/// A root field that its caller may call with these arguments and this selection.
struct Prepared {
    args: Parsed,
    plan: Option<Plan>,
}

/// Rejects a forbidden field, malformed arguments and forbidden selections, before anything is done.
fn prepare<'a>(
    root: &'static Root,
    field: &'static RootField,
    ctx: &'a Context<'a>,
    sets: &[&'a Positioned<SelectionSet>],
) -> ServerResult<Prepared> {
    let key = ctx.item.node.response_key().node.as_str();
    let execution: &Arc<Execution> = ctx.data_unchecked();
    let below = ctx.with_selection_set(&ctx.item.node.selection_set);
    let cx = Cx { base: &below, loads: execution.loads() };
    let at = |error: ServerError| error.with_path(vec![PathSegment::Field(key.to_owned())]);
    if let Some(guard) = field.guard {
        (guard.check)(&cx).map_err(|error| at(error.at(ctx.item.pos)))?;
    }
    let mut args = Args::of(ctx, root.name);
    let parsed = (field.parse)(&mut args);
    let args = args.finish(parsed, at)?;
    let plan = (field.target)().map(|target| compile(&cx, ctx.item, target, sets)).transpose()?;
    Ok(Prepared { args, plan })
}

/// The root fields of an operation, in its order.
struct RootSelection<'a> {
    ctx: &'a Context<'a>,
    fields: Vec<&'a Positioned<AstField>>,
    visited: HashSet<&'a str>,
    /// Whether a fragment is spread more than once.
    repeated: bool,
}

impl<'a> RootSelection<'a> {
    fn of(ctx: &'a Context<'a>) -> Self {
        let mut selection = Self { ctx, fields: Vec::new(), visited: HashSet::new(), repeated: false };
        selection.collect(&ctx.query_env.operation.node.selection_set.node, 0);
        selection
    }

    fn collect(&mut self, set: &'a SelectionSet, depth: usize) {
        for selection in set.items.iter().filter(|_| depth < 64) {
            match &selection.node {
                Selection::Field(field) => self.fields.push(field),
                Selection::InlineFragment(fragment) => self.collect(&fragment.node.selection_set.node, depth + 1),
                Selection::FragmentSpread(spread) => {
                    let name = &spread.node.fragment_name.node;
                    if !self.visited.insert(name.as_str()) {
                        self.repeated = true;
                    } else if let Some(fragment) = self.ctx.query_env.fragments.get(name) {
                        self.collect(&fragment.node.selection_set.node, depth + 1);
                    }
                }
            }
        }
    }

    /// The selection sets of all fields with this response key.
    fn merged(&self, key: &str) -> ServerResult<Vec<&'a Positioned<SelectionSet>>> {
        let found = || self.fields.iter().copied().filter(|field| field.node.response_key().node == key);
        match found().find(|other| found().next().is_some_and(|first| !can_merge(first, other))) {
            Some(other) => Err(conflict(key, other.pos).with_path(vec![PathSegment::Field(key.to_owned())])),
            None => Ok(found().map(|field| &field.node.selection_set).collect()),
        }
    }

    /// Checks the other fields of a mutation before the first one runs, so that none runs if one is rejected.
    fn prepare_others(&self, root: &'static Root, ctx: &'a Context<'a>, first: &str) -> ServerResult<()> {
        let operation = ctx.with_selection_set(&ctx.query_env.operation.node.selection_set);
        let mut seen = HashSet::from([first]);
        for query_field in &self.fields {
            let key = query_field.node.response_key().node.as_str();
            if let Some(field) = root.field(query_field.node.name.node.as_str())
                && seen.insert(key)
            {
                prepare(root, field, &operation.with_field(query_field), &self.merged(key)?)?;
            }
        }
        Ok(())
    }
}

/// Compiles the selection below a root field.
fn compile<'a>(
    cx: &Cx<'a>,
    field: &'a Positioned<AstField>,
    target: Target,
    sets: &[&'a Positioned<SelectionSet>],
) -> ServerResult<Plan> {
    let key = field.node.response_key().node.as_str();
    Compiler::compile(cx, key, target, sets).map_err(|error| with_location(error, field.pos, key))
}

/// Reads and writes the result of a root field, from rows to JSON.
fn resolve_reply<'a>(
    ctx: &'a ContextSelectionSet<'a>,
    field: &'a Positioned<AstField>,
    plan: Option<Plan>,
    reply: Reply,
) -> BoxFuture<'a, ServerResult<Value>> {
    Box::pin(async move {
        let key = field.node.response_key().node.as_str();
        let with_location = |error| with_location(error, field.pos, key);
        let field_error = |error: Error| with_location(error.at(field.pos));
        let execution: &Arc<Execution> = ctx.data_unchecked();
        let (cx, budget) = (Cx { base: ctx, loads: execution.loads() }, execution.budget());
        budget.check_deadline().map_err(field_error)?;
        let (roots, rows) = match reply {
            Reply::Scalar(json) => {
                budget.charge_bytes(json.0.len() as u64).map_err(field_error)?;
                return Ok(raw(json.0));
            }
            Reply::Rows(shape, rows) => {
                let count = u32::try_from(rows.len()).expect("fewer rows than 2^32");
                (Roots::All(shape, count), rows)
            }
            Reply::Optional(rows) => {
                let present = rows.iter().map(Option::is_some).collect();
                (Roots::Each(present), rows.into_iter().flatten().collect())
            }
        };
        let plan = plan.expect("a field that returns rows has a target");
        let done = Run::read(&cx, &plan, budget, rows).await.map_err(with_location)?;
        let mut emitted = Emitter::new(&cx, &done, key, field.pos).emit(roots).await.map_err(with_location)?;
        let last = if emitted.json.is_none() { emitted.errors.pop() } else { None };
        emitted.errors.into_iter().for_each(|error| ctx.add_error(error));
        let failed = || with_location(ServerError::new("The field failed.", Some(field.pos)));
        emitted.json.map(raw).ok_or_else(|| last.unwrap_or_else(failed))
    })
}

fn raw(json: Vec<u8>) -> Value {
    let text = String::from_utf8(json).expect("JSON is UTF-8");
    Value::Object([(Name::new(async_graphql_value::RAW_VALUE_TOKEN), Value::String(text))].into_iter().collect())
}

/// For subscriptions, whose root types are defined with async-graphql.
impl<O: Object> OutputType for One<O> {
    fn type_name() -> Cow<'static, str> {
        O::name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        target::<O>().register(registry)
    }

    async fn resolve(&self, ctx: &ContextSelectionSet<'_>, field: &Positioned<AstField>) -> ServerResult<Value> {
        resolve_item(ctx, field, target::<O>(), self.0.clone()).await
    }
}

fn resolve_item<'a>(
    ctx: &'a ContextSelectionSet<'a>,
    field: &'a Positioned<AstField>,
    target: Target,
    row: Row,
) -> BoxFuture<'a, ServerResult<Value>> {
    // A subscription has one root field.
    Box::pin(async move {
        let execution: &Arc<Execution> = ctx.data_unchecked();
        let cx = Cx { base: ctx, loads: execution.loads() };
        let plan = compile(&cx, field, target, &[&field.node.selection_set])?;
        resolve_reply(ctx, field, Some(plan), Reply::Rows(Shape::One, vec![row])).await
    })
}

impl<O: Object> std::fmt::Debug for One<O> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "One<{}>", O::name())
    }
}

fn at_field(ctx: &Context<'_>, error: Error) -> ServerError {
    ctx.set_error_path(error.at(ctx.item.pos))
}

/// Erases the types of a root function's result.
#[doc(hidden)]
pub fn reply<T: RootOutput>(ctx: &Context<'_>, result: Result<T>) -> ServerResult<Reply> {
    result.map(RootOutput::into_reply).map_err(|error| at_field(ctx, error))
}
