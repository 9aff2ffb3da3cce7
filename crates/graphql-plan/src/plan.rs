//! Compiles a selection once per operation, not once per object.

use std::collections::hash_map::{Entry, HashMap};
use std::collections::{BTreeMap, HashSet};

use async_graphql::parser::types::{Field as AstField, Selection, SelectionSet};
use async_graphql::{PathSegment, Pos, Positioned, ServerError, ServerResult, Value};

use crate::args::Args;
use crate::budget::too_costly;
use crate::loads::ErasedSource;
use crate::table::{Kind, Shape, Table, Target};
use crate::{Cx, Error, Row};

/// The maximum depth of nested selections, including fragments. It bounds the stack.
const MAX_DEPTH: usize = 64;
/// The maximum number of positions in a query where objects can be. It bounds the plan and the memory of its run.
const MAX_NODES: usize = 20_000;
/// The maximum number of selections visited. It bounds the cost of compiling, because a fragment is compiled everywhere
/// it is spread.
const MAX_SELECTIONS: usize = 200_000;

/// What is read and written at each position in a query where objects can be. The first node is the root's.
pub(crate) struct Plan {
    pub(crate) nodes: Vec<Node>,
}

pub(crate) enum Node {
    Object(ObjectNode),
    /// The node for each member's table.
    Abstract(Vec<(&'static Table, usize)>),
}

pub(crate) struct ObjectNode {
    pub(crate) table: &'static Table,
    pub(crate) fields: Vec<ResponseField>,
    pub(crate) loads: Vec<LoadUse>,
    /// Nothing below is loaded or can fail, so objects are written as they are met.
    pub(crate) flat: bool,
    /// The minimum size of an object of this node, in bytes of JSON.
    pub(crate) min_bytes: u64,
    /// The cost of an object of this node in the budget.
    pub(crate) cost: u64,
}

/// A source that loads for a node's objects, called once for all of them.
pub(crate) struct LoadUse {
    pub(crate) source: &'static ErasedSource,
    pub(crate) path: Vec<String>,
    pub(crate) pos: Pos,
    /// The fields that use it, by their index in the node.
    pub(crate) users: Vec<usize>,
}

/// A field of the response.
pub(crate) struct ResponseField {
    /// `"key":`, ready to be copied.
    pub(crate) key: Box<[u8]>,
    pub(crate) name: String,
    pub(crate) pos: Pos,
    pub(crate) args: Option<Row>,
    pub(crate) kind: ResponseKind,
}

/// What is written for a field. `field` is an index in the table, `load` in [`ObjectNode::loads`], and `user` in
/// [`LoadUse::users`].
#[derive(Clone, Copy)]
pub(crate) enum ResponseKind {
    Typename,
    Scalar { field: usize },
    Loaded { field: usize, load: usize, user: usize },
    Embed { field: usize, shape: Shape, node: usize },
    Relation { field: usize, shape: Shape, load: usize, user: usize, node: usize },
}

impl ObjectNode {
    pub(crate) fn kind(&self, field: usize) -> Kind {
        self.table.fields[field].kind
    }

    /// Whether this field of the response may be null.
    pub(crate) fn nullable(&self, kind: ResponseKind) -> bool {
        match kind {
            ResponseKind::Typename => false,
            ResponseKind::Scalar { field } | ResponseKind::Loaded { field, .. } => self.table.fields[field].nullable,
            ResponseKind::Embed { shape, .. } | ResponseKind::Relation { shape, .. } => shape.nullable(),
        }
    }
}

/// A response key, and all selection sets given for it.
struct MergedField<'a> {
    key: &'a str,
    field: &'a Positioned<AstField>,
    sets: Vec<&'a Positioned<SelectionSet>>,
}

/// The fields of a selection.
#[derive(Default)]
struct CollectedFields<'a> {
    fields: Vec<MergedField<'a>>,
    index: HashMap<&'a str, usize>,
    /// Each named fragment counts once.
    visited: HashSet<&'a str>,
}

/// Whether two fields with the same response key have the same name and arguments, so that they can be merged.
pub(crate) fn can_merge(one: &Positioned<AstField>, other: &Positioned<AstField>) -> bool {
    let arguments = |field: &Positioned<AstField>| {
        let pairs = field.node.arguments.iter().map(|(name, value)| (name.node.to_string(), value.node.to_string()));
        pairs.collect::<BTreeMap<_, _>>()
    };
    std::ptr::eq(one, other) || (one.node.name.node == other.node.name.node && arguments(one) == arguments(other))
}

/// The error for two different fields with the same response key.
pub(crate) fn conflict(key: &str, pos: Pos) -> ServerError {
    let message = format!("Fields \"{key}\" conflict: they have different names or arguments. Use aliases.");
    Error::coded("GRAPHQL_VALIDATION_FAILED", message).at(pos)
}

pub(crate) struct Compiler<'a, 'c> {
    cx: &'c Cx<'a>,
    nodes: Vec<Node>,
    path: Vec<String>,
    /// The number of selections visited.
    visited_selections: usize,
}

impl<'a, 'c> Compiler<'a, 'c> {
    pub(crate) fn compile(
        cx: &'c Cx<'a>,
        key: &str,
        target: Target,
        sets: &[&'a Positioned<SelectionSet>],
    ) -> ServerResult<Plan> {
        let mut compiler = Self { cx, nodes: Vec::new(), path: vec![key.to_owned()], visited_selections: 0 };
        compiler.target(target, sets)?;
        Ok(Plan { nodes: compiler.nodes })
    }

    fn error(&self, error: ServerError) -> ServerError {
        error.with_path(self.path.iter().cloned().map(PathSegment::Field).collect())
    }

    fn too_large(&self, message: &str, pos: Option<Pos>) -> ServerError {
        self.error(too_costly(message.to_owned()).at(pos.unwrap_or_default()))
    }

    fn too_deep(&self, pos: Option<Pos>) -> ServerError {
        self.too_large("The operation is nested too deeply: request less.", pos)
    }

    fn too_wide(&self, pos: Option<Pos>) -> ServerError {
        self.too_large("The operation asks in too many places: request less.", pos)
    }

    fn target(&mut self, target: Target, sets: &[&'a Positioned<SelectionSet>]) -> ServerResult<usize> {
        let pos = sets.first().map(|set| set.pos);
        if self.path.len() > MAX_DEPTH {
            return Err(self.too_deep(pos));
        }
        if self.nodes.len() >= MAX_NODES {
            return Err(self.too_wide(pos));
        }
        match target {
            Target::Object(table) => self.object(table, sets),
            Target::Abstract(table) => {
                let at = self.nodes.len();
                self.nodes.push(Node::Abstract(Vec::new()));
                let mut members = Vec::with_capacity(table.members.len());
                for table in table.tables() {
                    members.push((table, self.object(table, sets)?));
                }
                self.nodes[at] = Node::Abstract(members);
                Ok(at)
            }
        }
    }

    fn applies(&self, condition: &str, table: &Table) -> bool {
        condition == table.name
            || self.cx.base.schema_env.registry.types.get(condition).is_some_and(|ty| ty.is_possible_type(&table.name))
    }

    /// Collects the fields of a selection, including fragments that apply to this type.
    fn collect(
        &mut self,
        table: &Table,
        set: &'a Positioned<SelectionSet>,
        depth: usize,
        out: &mut CollectedFields<'a>,
    ) -> ServerResult<()> {
        if depth > MAX_DEPTH {
            return Err(self.too_deep(Some(set.pos)));
        }
        self.visited_selections += set.node.items.len();
        if self.visited_selections > MAX_SELECTIONS {
            return Err(self.too_wide(Some(set.pos)));
        }
        for selection in &set.node.items {
            match &selection.node {
                Selection::Field(field) => {
                    let key = field.node.response_key().node.as_str();
                    let sub = &field.node.selection_set;
                    match out.index.entry(key) {
                        Entry::Occupied(entry) => {
                            let merged = &mut out.fields[*entry.get()];
                            if !can_merge(merged.field, field) {
                                return Err(self.error(conflict(key, field.pos)));
                            }
                            merged.sets.push(sub);
                        }
                        Entry::Vacant(entry) => {
                            entry.insert(out.fields.len());
                            out.fields.push(MergedField { key, field, sets: vec![sub] });
                        }
                    }
                }
                Selection::InlineFragment(fragment) => {
                    let condition = fragment.node.type_condition.as_ref().map(|on| on.node.on.node.as_str());
                    if condition.is_none_or(|condition| self.applies(condition, table)) {
                        self.collect(table, &fragment.node.selection_set, depth + 1, out)?;
                    }
                }
                Selection::FragmentSpread(spread) => {
                    let name = &spread.node.fragment_name.node;
                    if !out.visited.insert(name.as_str()) {
                        continue;
                    }
                    let Some(fragment) = self.cx.base.query_env.fragments.get(name) else {
                        return Err(ServerError::new(format!("Unknown fragment \"{name}\"."), Some(spread.pos)));
                    };
                    if self.applies(fragment.node.type_condition.node.on.node.as_str(), table) {
                        self.collect(table, &fragment.node.selection_set, depth + 1, out)?;
                    }
                }
            }
        }
        Ok(())
    }

    fn object(&mut self, table: &'static Table, sets: &[&'a Positioned<SelectionSet>]) -> ServerResult<usize> {
        let at = self.nodes.len();
        self.nodes.push(Node::Abstract(Vec::new())); // filled below
        let mut collected = CollectedFields::default();
        for set in sets {
            self.collect(table, set, 0, &mut collected)?;
        }
        let mut node = ObjectNode {
            table,
            fields: Vec::with_capacity(collected.fields.len()),
            loads: Vec::new(),
            flat: true,
            min_bytes: 2,
            cost: 1,
        };
        for MergedField { key, field: query_field, sets } in collected.fields {
            self.path.push(key.to_owned());
            let out = self.field(&mut node, key, query_field, &sets)?;
            self.path.pop();
            node.min_bytes += key.len() as u64 + 4;
            node.fields.push(out);
        }
        self.nodes[at] = Node::Object(node);
        Ok(at)
    }

    fn field(
        &mut self,
        node: &mut ObjectNode,
        key: &str,
        query_field: &'a Positioned<AstField>,
        sets: &[&'a Positioned<SelectionSet>],
    ) -> ServerResult<ResponseField> {
        let name = query_field.node.name.node.as_str();
        let key_bytes = format!("{}:", Value::from(key)).into_bytes().into();
        let out = |args, kind| ResponseField { key: key_bytes, name: key.to_owned(), pos: query_field.pos, args, kind };
        if name == "__typename" {
            return Ok(out(None, ResponseKind::Typename));
        }
        let Some(&field) = node.table.index.get(name) else {
            let message = format!("Cannot query field \"{name}\" on type \"{}\".", node.table.name);
            return Err(self.error(ServerError::new(message, Some(query_field.pos))));
        };
        let def = &node.table.fields[field];
        if let Some(guard) = def.guard {
            (guard.check)(self.cx).map_err(|error| self.error(error.at(query_field.pos)))?;
        }
        node.cost += u64::from(def.cost.saturating_sub(1));
        node.flat &= !def.fallible;
        let args = match def.args {
            Some(args) => {
                let context = self.cx.base.with_field(query_field);
                let mut given = Args::of(&context, &node.table.name);
                let parsed = (args.parse)(&mut given);
                Some(given.finish(parsed, |error| self.error(error))?)
            }
            None => None,
        };
        // The field's index in the node, to which it will be pushed.
        let user_field = node.fields.len();
        let kind = match def.kind {
            Kind::Scalar { .. } => ResponseKind::Scalar { field },
            Kind::Loaded { source, .. } => {
                let (load, user) = self.load(node, source, user_field, query_field.pos);
                ResponseKind::Loaded { field, load, user }
            }
            Kind::Embed { target, shape, .. } => {
                let child = self.target(target(), sets)?;
                node.flat &= matches!(&self.nodes[child], Node::Object(child) if child.flat);
                ResponseKind::Embed { field, shape, node: child }
            }
            Kind::Relation { target, shape, source, .. } => {
                let (load, user) = self.load(node, source, user_field, query_field.pos);
                ResponseKind::Relation { field, shape, load, user, node: self.target(target(), sets)? }
            }
        };
        node.flat &= matches!(kind, ResponseKind::Scalar { .. } | ResponseKind::Embed { .. });
        Ok(out(args, kind))
    }

    /// Returns the load for a field. Fields with the same source share one, so that their keys are loaded together.
    fn load(
        &self,
        node: &mut ObjectNode,
        source: &'static ErasedSource,
        user_field: usize,
        pos: Pos,
    ) -> (usize, usize) {
        let at = node.loads.iter().position(|known| std::ptr::eq(known.source, source)).unwrap_or(node.loads.len());
        if at == node.loads.len() {
            node.loads.push(LoadUse { source, path: self.path.clone(), pos, users: Vec::new() });
        }
        node.loads[at].users.push(user_field);
        (at, node.loads[at].users.len() - 1)
    }
}
