//! Reads the rows of a plan level by level, with one load for all parents, under a budget.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_graphql::{PathSegment, ServerError, ServerResult};
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;

use crate::abstract_type::Member;
use crate::budget::Budget;
use crate::keys::{Key, Rows};
use crate::loads::BoxFuture;
use crate::plan::{Node, ObjectNode, Plan, ResponseKind};
use crate::table::{Kind, Map, Shape};
use crate::{Cx, Error, Input, Result, Row, cast};

/// The maximum number of objects handled before yielding to other tasks.
const SLICE_OBJECTS: u64 = 2_000;

/// How long an operation works before yielding to other tasks. A single closure may take longer.
const SLICE_TIME: Duration = Duration::from_millis(5);

/// Yields to other tasks, and checks the time limit, when the current slice is over.
pub(crate) struct Yielder {
    started: Instant,
    /// The number of objects handled when the slice began.
    handled: u64,
}

impl Yielder {
    pub(crate) fn new() -> Self {
        Self { started: Instant::now(), handled: 0 }
    }

    /// Called between two pieces of work, with the number of objects handled so far.
    pub(crate) async fn tick(&mut self, handled: u64, budget: &Budget) -> Result<()> {
        if handled - self.handled > SLICE_OBJECTS || self.started.elapsed() > SLICE_TIME {
            budget.check_deadline()?;
            tokio::task::yield_now().await;
            *self = Self { started: Instant::now(), handled };
        }
        Ok(())
    }
}

/// The range of rows in the level below that belong to a row.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RowRange {
    pub(crate) start: u32,
    pub(crate) len: u32,
}

impl RowRange {
    /// No rows, or an empty list.
    pub(crate) const NONE: Self = Self { start: 0, len: 0 };
    /// Null instead of a list.
    pub(crate) const NULL: Self = Self { start: 0, len: u32::MAX };
    /// There should be rows, but something failed.
    pub(crate) const FAILED: Self = Self { start: 1, len: u32::MAX };

    fn new(start: usize, end: usize) -> Self {
        Self { start: to_u32(start), len: to_u32(end - start) }
    }

    pub(crate) fn failed(self) -> bool {
        self.len == u32::MAX && self.start == 1
    }

    pub(crate) fn null(self) -> bool {
        self.len == u32::MAX && self.start == 0
    }

    pub(crate) fn of(self, rows: &[Row]) -> &[Row] {
        if self.len == u32::MAX { &[] } else { &rows[self.start as usize..][..self.len as usize] }
    }
}

/// The limit on rows keeps their number well below 2^32.
fn to_u32(count: usize) -> u32 {
    u32::try_from(count).expect("fewer rows than 2^32")
}

/// The result of a load: rows in groups, one per key.
#[derive(Default)]
pub(crate) struct Found {
    pub(crate) rows: Vec<Row>,
    groups: Vec<RowRange>,
    /// By user: the group of each parent, or `u32::MAX` without a key.
    parent_groups: Vec<Vec<u32>>,
    /// The errors of failed keys, by group.
    errors: HashMap<u32, Error>,
}

impl Found {
    fn group(&self, user: usize, parent: usize) -> Option<u32> {
        self.parent_groups.get(user).map(|groups| groups[parent]).filter(|group| *group != u32::MAX)
    }

    /// Returns what was found for a parent and a user.
    pub(crate) fn of(&self, user: usize, parent: usize) -> RowRange {
        self.group(user, parent).and_then(|group| self.groups.get(group as usize).copied()).unwrap_or(RowRange::NONE)
    }

    /// Returns the error, if its key failed.
    pub(crate) fn error(&self, user: usize, parent: usize) -> Option<&Error> {
        self.group(user, parent).and_then(|group| self.errors.get(&group))
    }
}

/// The rows of a node.
#[derive(Default)]
pub(crate) struct Level {
    pub(crate) rows: Vec<Row>,
    /// How often each row occurs in the response.
    weight: Vec<u64>,
    /// By load.
    pub(crate) found: Vec<Found>,
    /// By field: the rows below, aligned to `rows`.
    pub(crate) below: Vec<Vec<RowRange>>,
    /// The errors of fields, by field and row.
    pub(crate) errors: HashMap<(usize, u32), Error>,
    /// For an abstract node: the node of each row, and its index there.
    pub(crate) members: Vec<(usize, u32)>,
}

pub(crate) struct Run<'a, 'c> {
    cx: &'c Cx<'a>,
    plan: &'c Plan,
    budget: Arc<Budget>,
    levels: Vec<Level>,
    /// The bytes of the response counted so far.
    bytes: u64,
    /// The rows loaded so far.
    handled: u64,
    yielder: Yielder,
    inflight: FuturesUnordered<BoxFuture<'c, FetchedRows>>,
}

/// Everything that was read for a plan.
pub(crate) struct RunOutput<'c> {
    pub(crate) plan: &'c Plan,
    pub(crate) levels: Vec<Level>,
    pub(crate) budget: Arc<Budget>,
    pub(crate) bytes: u64,
}

struct FetchedRows {
    node: usize,
    load: usize,
    /// By user: the index of each parent's key.
    parent_groups: Vec<Vec<u32>>,
    keys: Vec<Key>,
    fetched: HashMap<Key, Result<Rows>>,
}

impl<'a, 'c> Run<'a, 'c> {
    /// Reads everything that a plan needs below these rows.
    pub(crate) async fn read(
        cx: &'c Cx<'a>,
        plan: &'c Plan,
        budget: Arc<Budget>,
        roots: Vec<Row>,
    ) -> ServerResult<RunOutput<'c>> {
        let levels = plan.nodes.iter().map(|_| Level::default()).collect();
        let (yielder, inflight) = (Yielder::new(), FuturesUnordered::new());
        let mut run = Self { cx, plan, budget, levels, bytes: 0, handled: 0, yielder, inflight };
        let weight = vec![1; roots.len()];
        run.enter(0, roots, weight).map_err(|error| error.at(async_graphql::Pos::default()))?;
        while let Some(loaded) = run.inflight.next().await {
            let used = &run.object(loaded.node).loads[loaded.load];
            let at_load = |error: Error| {
                error.at(used.pos).with_path(used.path.iter().cloned().map(PathSegment::Field).collect())
            };
            run.budget.check_deadline().map_err(at_load)?;
            run.on_fetched(loaded).await.map_err(at_load)?;
            run.yielder.tick(run.handled, &run.budget).await.map_err(at_load)?;
        }
        Ok(RunOutput { plan, levels: run.levels, budget: run.budget, bytes: run.bytes })
    }

    fn object(&self, node: usize) -> &'c ObjectNode {
        match &self.plan.nodes[node] {
            Node::Object(object) => object,
            Node::Abstract(_) => unreachable!("only objects have fields"),
        }
    }

    /// Adds rows to a node and starts its loads.
    fn enter(&mut self, node: usize, rows: Vec<Row>, weight: Vec<u64>) -> Result<()> {
        self.budget.charge_rows(rows.len() as u64)?;
        let object = match &self.plan.nodes[node] {
            Node::Abstract(members) => return self.split_by_type(node, members, rows, weight),
            Node::Object(object) => object,
        };
        let count: u64 = weight.iter().fold(0, |sum, weight| sum.saturating_add(*weight));
        self.budget.charge_objects(count.saturating_mul(object.cost))?;
        let min_bytes = count.saturating_mul(object.min_bytes);
        self.budget.charge_bytes(min_bytes)?;
        self.bytes = self.bytes.saturating_add(min_bytes);
        self.levels[node] = Level {
            rows,
            weight,
            found: object.loads.iter().map(|_| Found::default()).collect(),
            below: vec![Vec::new(); object.fields.len()],
            ..Level::default()
        };
        for (at, out) in object.fields.iter().enumerate() {
            let ResponseKind::Embed { field, node: child, .. } = out.kind else { continue };
            let Kind::Embed { rows: embedded, .. } = object.kind(field) else { unreachable!("it was compiled so") };
            let flat = matches!(&self.plan.nodes[child], Node::Object(child) if child.flat);
            // Written as it is met, if nothing below is loaded and the field itself cannot fail.
            if flat && !object.table.fields[field].fallible {
                continue;
            }
            let level = &mut self.levels[node];
            let mut below = Vec::with_capacity(level.rows.len());
            let mut spans = Vec::with_capacity(level.rows.len());
            let mut weight = Vec::with_capacity(level.rows.len());
            for (parent, (row, times)) in level.rows.iter().zip(&level.weight).enumerate() {
                let (start, input) = (below.len(), self.cx.input(row, out.args.as_ref()));
                spans.push(match embedded(&input, &mut below) {
                    Ok(true) => RowRange::new(start, below.len()),
                    Ok(false) => RowRange::NULL,
                    Err(error) => {
                        below.truncate(start);
                        level.errors.insert((at, to_u32(parent)), error);
                        RowRange::FAILED
                    }
                });
                weight.resize(below.len(), *times);
            }
            level.below[at] = spans;
            self.enter(child, below, weight)?;
        }
        if !self.levels[node].rows.is_empty() {
            for load in 0..object.loads.len() {
                self.start(node, object, load);
            }
        }
        Ok(())
    }

    /// Moves the rows of an abstract node to the nodes of their types.
    fn split_by_type(
        &mut self,
        node: usize,
        members: &[(&'static crate::Table, usize)],
        rows: Vec<Row>,
        weight: Vec<u64>,
    ) -> Result<()> {
        let mut split: Vec<(Vec<Row>, Vec<u64>)> = members.iter().map(|_| Default::default()).collect();
        let mut positions = Vec::with_capacity(rows.len());
        for (row, times) in rows.iter().zip(weight) {
            let member: &Member = cast(&**row);
            let at = members.iter().position(|(table, _)| std::ptr::eq(*table, member.table));
            let at = at.expect("a row of one of the type's members");
            positions.push((members[at].1, to_u32(split[at].0.len())));
            split[at].0.push(member.row.clone());
            split[at].1.push(times);
        }
        self.levels[node] = Level { rows, members: positions, ..Level::default() };
        for ((_, child), (rows, weight)) in members.iter().zip(split) {
            self.enter(*child, rows, weight)?;
        }
        Ok(())
    }

    /// Collects the distinct keys of a level and starts the load from their source.
    fn start(&mut self, node: usize, object: &'c ObjectNode, load: usize) {
        let used = &object.loads[load];
        let level = &mut self.levels[node];
        let mut known: HashMap<Key, u32> = HashMap::new();
        let mut keys = Vec::new();
        let mut parent_groups = Vec::with_capacity(used.users.len());
        for user in &used.users {
            let out = &object.fields[*user];
            let key = match out.kind {
                ResponseKind::Loaded { field, .. } | ResponseKind::Relation { field, .. } => match object.kind(field) {
                    Kind::Loaded { key, .. } | Kind::Relation { key, .. } => key,
                    Kind::Scalar { .. } | Kind::Embed { .. } => unreachable!("only these load"),
                },
                ResponseKind::Typename | ResponseKind::Scalar { .. } | ResponseKind::Embed { .. } => {
                    unreachable!("only these load")
                }
            };
            let mut of_user = Vec::with_capacity(level.rows.len());
            for (parent, row) in level.rows.iter().enumerate() {
                of_user.push(match key(&self.cx.input(row, out.args.as_ref())) {
                    Ok(None) => u32::MAX,
                    Ok(Some(key)) => *known.entry(key).or_insert_with_key(|key| {
                        keys.push(key.clone());
                        to_u32(keys.len() - 1)
                    }),
                    Err(error) => {
                        level.errors.insert((*user, to_u32(parent)), error);
                        u32::MAX
                    }
                });
            }
            parent_groups.push(of_user);
        }
        let loads = self.cx.loads.clone();
        self.inflight.push(Box::pin(async move {
            let fetched = if keys.is_empty() { HashMap::new() } else { loads.fetch(used.source, keys.clone()).await };
            FetchedRows { node, load, parent_groups, keys, fetched }
        }));
    }

    /// Stores the result of a load and enters the nodes below it.
    async fn on_fetched(&mut self, loaded: FetchedRows) -> Result<()> {
        let FetchedRows { node, load, parent_groups, keys, mut fetched } = loaded;
        let object = self.object(node);
        let mut found = Found { parent_groups, ..Found::default() };
        for (at, key) in keys.iter().enumerate() {
            let start = found.rows.len();
            found.groups.push(match fetched.remove(key) {
                Some(Ok(Rows::One(row))) => {
                    found.rows.push(row);
                    RowRange::new(start, start + 1)
                }
                Some(Ok(rows)) => {
                    found.rows.extend(rows.as_slice().iter().cloned());
                    RowRange::new(start, found.rows.len())
                }
                Some(Err(error)) => {
                    found.errors.insert(to_u32(at), error);
                    RowRange::FAILED
                }
                None => RowRange::NONE,
            });
        }
        self.handled += found.rows.len() as u64;
        // Rows that are passed on to another node are counted when they enter it.
        let passed = |user: &usize| match object.fields[*user].kind {
            ResponseKind::Relation { field, .. } => matches!(object.kind(field), Kind::Relation { map: None, .. }),
            _ => false,
        };
        if !object.loads[load].users.iter().any(passed) {
            self.budget.charge_rows(found.rows.len() as u64)?;
        }
        for (at, out) in object.fields.iter().enumerate() {
            let ResponseKind::Relation { field, shape, load: by, user, node: child } = out.kind else { continue };
            if by != load {
                continue;
            }
            let Kind::Relation { map, .. } = object.kind(field) else { unreachable!("it was compiled so") };
            let level = &mut self.levels[node];
            let (spans, rows, weight) = match map {
                Some(map) => {
                    map_rows(
                        self.cx,
                        level,
                        &found,
                        (at, out, user),
                        map,
                        (&self.budget, self.handled, &mut self.yielder),
                    )
                    .await?
                }
                None => share_rows(level, &found, at, user, shape),
            };
            level.below[at] = spans;
            self.enter(child, rows, weight)?;
        }
        self.levels[node].found[load] = found;
        Ok(())
    }
}

type ChildRows = (Vec<RowRange>, Vec<Row>, Vec<u64>);

/// Returns the rows that a field picks or builds for each parent from what was found.
async fn map_rows(
    cx: &Cx<'_>,
    level: &mut Level,
    found: &Found,
    (at, out, user): (usize, &crate::plan::ResponseField, usize),
    map: Map,
    (budget, handled, yielder): (&Budget, u64, &mut Yielder),
) -> Result<ChildRows> {
    let mut spans = Vec::with_capacity(level.rows.len());
    let (mut rows, mut weight) = (Vec::new(), Vec::new());
    for (parent, (row, times)) in level.rows.iter().zip(&level.weight).enumerate() {
        let of = found.of(user, parent);
        if of.failed() || level.errors.contains_key(&(at, to_u32(parent))) {
            spans.push(RowRange::FAILED);
            continue;
        }
        yielder.tick(handled, budget).await?;
        let start = rows.len();
        spans.push(match map(&cx.input(row, out.args.as_ref()), of.of(&found.rows), &mut rows) {
            Ok(true) => RowRange::new(start, rows.len()),
            Ok(false) => RowRange::NULL,
            Err(error) => {
                rows.truncate(start);
                level.errors.insert((at, to_u32(parent)), error);
                RowRange::FAILED
            }
        });
        weight.resize(rows.len(), *times);
    }
    Ok((spans, rows, weight))
}

/// Returns the rows as found. Parents with the same key share them, so that each row is read once, however often it
/// occurs.
fn share_rows(level: &Level, found: &Found, at: usize, user: usize, shape: Shape) -> ChildRows {
    let max = if shape.list() { usize::MAX } else { 1 };
    let failed = |parent: usize| level.errors.contains_key(&(at, to_u32(parent))) || found.of(user, parent).failed();
    let mut times = vec![0_u64; found.groups.len()];
    for (parent, weight) in level.weight.iter().enumerate() {
        if let Some(group) = found.group(user, parent) {
            let times = &mut times[group as usize];
            *times = times.saturating_add(*weight);
        }
    }
    let (mut rows, mut weight) = (Vec::new(), Vec::new());
    let mut below = Vec::with_capacity(found.groups.len());
    for (group, times) in found.groups.iter().zip(times) {
        let start = rows.len();
        if times > 0 {
            rows.extend(group.of(&found.rows).iter().take(max).cloned());
            weight.resize(rows.len(), times);
        }
        below.push(RowRange::new(start, rows.len()));
    }
    let span = |parent| match found.group(user, parent) {
        _ if failed(parent) => RowRange::FAILED,
        Some(group) => below[group as usize],
        None => RowRange::NONE,
    };
    ((0..level.rows.len()).map(span).collect(), rows, weight)
}

impl<'a> Cx<'a> {
    /// Returns the input of a field for this row.
    pub(crate) fn input<'r>(&'r self, row: &'r Row, args: Option<&'r Row>) -> Input<'r>
    where
        'a: 'r,
    {
        Input { row: &**row, args: args.map(|args| &**args), cx: self }
    }
}

/// Adds the response key and the position to a server error at the root of an operation.
pub(crate) fn with_location(error: ServerError, pos: async_graphql::Pos, key: &str) -> ServerError {
    let error = if error.path.is_empty() { error.with_path(vec![PathSegment::Field(key.to_owned())]) } else { error };
    let unlocated = error.locations.iter().all(|pos| *pos == async_graphql::Pos::default());
    if unlocated { ServerError { locations: vec![pos], ..error } } else { error }
}
