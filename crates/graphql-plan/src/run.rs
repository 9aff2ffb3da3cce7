//! Reads the rows of a plan level by level, with one load for all parents, under a budget.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_graphql::{PathSegment, ServerError, ServerResult};
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;

use crate::abstracts::Member;
use crate::budget::Budget;
use crate::keys::{Key, Rows};
use crate::loads::BoxFuture;
use crate::plan::{Node, ObjectNode, Plan, What};
use crate::table::{Kind, Map, Shape};
use crate::{Cx, Error, Input, Result, Row, cast};

/// The maximum number of objects handled before yielding to other tasks.
const SLICE: u64 = 2_000;

/// How long an operation works before yielding to other tasks. A single closure may take longer.
const TURN: Duration = Duration::from_millis(5);

/// Yields to other tasks, and checks the time limit, when the current turn is over.
pub(crate) struct Turns {
    begun: Instant,
    /// The number of objects handled when the turn began.
    handled: u64,
}

impl Turns {
    pub(crate) fn new() -> Self {
        Self { begun: Instant::now(), handled: 0 }
    }

    /// Call this between two pieces of work, with the number of objects handled so far.
    pub(crate) async fn next(&mut self, handled: u64, budget: &Budget) -> Result<()> {
        if handled - self.handled > SLICE || self.begun.elapsed() > TURN {
            budget.in_time()?;
            tokio::task::yield_now().await;
            *self = Self { begun: Instant::now(), handled };
        }
        Ok(())
    }
}

/// The range of rows in the level below that belong to a row.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Span {
    pub(crate) start: u32,
    pub(crate) len: u32,
}

impl Span {
    /// No rows, or an empty list.
    pub(crate) const NONE: Self = Self { start: 0, len: 0 };
    /// Null instead of a list.
    pub(crate) const NULL: Self = Self { start: 0, len: u32::MAX };
    /// There should be rows, but something failed.
    pub(crate) const FAILED: Self = Self { start: 1, len: u32::MAX };

    fn new(start: usize, end: usize) -> Self {
        Self { start: narrow(start), len: narrow(end - start) }
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
fn narrow(count: usize) -> u32 {
    u32::try_from(count).expect("fewer rows than 2^32")
}

/// The result of a load: rows in groups, one per key.
#[derive(Default)]
pub(crate) struct Found {
    pub(crate) rows: Vec<Row>,
    groups: Vec<Span>,
    /// By user: the group of each parent, or `u32::MAX` without a key.
    places: Vec<Vec<u32>>,
    /// The errors of failed keys, by group.
    errors: HashMap<u32, Error>,
}

impl Found {
    fn group(&self, user: usize, parent: usize) -> Option<u32> {
        self.places.get(user).map(|places| places[parent]).filter(|place| *place != u32::MAX)
    }

    /// Returns what was found for a parent and a user.
    pub(crate) fn of(&self, user: usize, parent: usize) -> Span {
        self.group(user, parent).and_then(|group| self.groups.get(group as usize).copied()).unwrap_or(Span::NONE)
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
    pub(crate) below: Vec<Vec<Span>>,
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
    turns: Turns,
    inflight: FuturesUnordered<BoxFuture<'c, Loaded>>,
}

/// Everything that was read for a plan.
pub(crate) struct Done<'c> {
    pub(crate) plan: &'c Plan,
    pub(crate) levels: Vec<Level>,
    pub(crate) budget: Arc<Budget>,
    pub(crate) bytes: u64,
}

struct Loaded {
    node: usize,
    load: usize,
    /// By user: the index of each parent's key.
    places: Vec<Vec<u32>>,
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
    ) -> ServerResult<Done<'c>> {
        let levels = plan.nodes.iter().map(|_| Level::default()).collect();
        let (turns, inflight) = (Turns::new(), FuturesUnordered::new());
        let mut run = Self { cx, plan, budget, levels, bytes: 0, handled: 0, turns, inflight };
        let weight = vec![1; roots.len()];
        run.enter(0, roots, weight).map_err(|error| error.at(async_graphql::Pos::default()))?;
        while let Some(loaded) = run.inflight.next().await {
            let used = &run.object(loaded.node).loads[loaded.load];
            let placed = |error: Error| {
                error.at(used.pos).with_path(used.path.iter().cloned().map(PathSegment::Field).collect())
            };
            run.budget.in_time().map_err(placed)?;
            run.arrived(loaded).await.map_err(placed)?;
            run.turns.next(run.handled, &run.budget).await.map_err(placed)?;
        }
        Ok(Done { plan, levels: run.levels, budget: run.budget, bytes: run.bytes })
    }

    fn object(&self, node: usize) -> &'c ObjectNode {
        match &self.plan.nodes[node] {
            Node::Object(object) => object,
            Node::Abstract(_) => unreachable!("only objects have fields"),
        }
    }

    /// Adds rows to a node and starts its loads.
    fn enter(&mut self, node: usize, rows: Vec<Row>, weight: Vec<u64>) -> Result<()> {
        self.budget.take_rows(rows.len() as u64)?;
        let object = match &self.plan.nodes[node] {
            Node::Abstract(members) => return self.divide(node, members, rows, weight),
            Node::Object(object) => object,
        };
        let shown: u64 = weight.iter().fold(0, |sum, weight| sum.saturating_add(*weight));
        self.budget.take_objects(shown.saturating_mul(object.cost))?;
        let least = shown.saturating_mul(object.least);
        self.budget.take_bytes(least)?;
        self.bytes = self.bytes.saturating_add(least);
        self.levels[node] = Level {
            rows,
            weight,
            found: object.loads.iter().map(|_| Found::default()).collect(),
            below: vec![Vec::new(); object.fields.len()],
            ..Level::default()
        };
        for (at, out) in object.fields.iter().enumerate() {
            let What::Embed { field, node: child, .. } = out.what else { continue };
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
                    Ok(true) => Span::new(start, below.len()),
                    Ok(false) => Span::NULL,
                    Err(error) => {
                        below.truncate(start);
                        level.errors.insert((at, narrow(parent)), error);
                        Span::FAILED
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
    fn divide(
        &mut self,
        node: usize,
        members: &[(&'static crate::Table, usize)],
        rows: Vec<Row>,
        weight: Vec<u64>,
    ) -> Result<()> {
        let mut split: Vec<(Vec<Row>, Vec<u64>)> = members.iter().map(|_| Default::default()).collect();
        let mut places = Vec::with_capacity(rows.len());
        for (row, times) in rows.iter().zip(weight) {
            let member: &Member = cast(&**row);
            let at = members.iter().position(|(table, _)| std::ptr::eq(*table, member.table));
            let at = at.expect("a row of one of the type's members");
            places.push((members[at].1, narrow(split[at].0.len())));
            split[at].0.push(member.row.clone());
            split[at].1.push(times);
        }
        self.levels[node] = Level { rows, members: places, ..Level::default() };
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
        let mut places = Vec::with_capacity(used.users.len());
        for user in &used.users {
            let out = &object.fields[*user];
            let key = match out.what {
                What::Loaded { field, .. } | What::Relation { field, .. } => match object.kind(field) {
                    Kind::Loaded { key, .. } | Kind::Relation { key, .. } => key,
                    Kind::Scalar { .. } | Kind::Embed { .. } => unreachable!("only these load"),
                },
                What::Typename | What::Scalar { .. } | What::Embed { .. } => unreachable!("only these load"),
            };
            let mut of_user = Vec::with_capacity(level.rows.len());
            for (parent, row) in level.rows.iter().enumerate() {
                of_user.push(match key(&self.cx.input(row, out.args.as_ref())) {
                    Ok(None) => u32::MAX,
                    Ok(Some(key)) => *known.entry(key).or_insert_with_key(|key| {
                        keys.push(key.clone());
                        narrow(keys.len() - 1)
                    }),
                    Err(error) => {
                        level.errors.insert((*user, narrow(parent)), error);
                        u32::MAX
                    }
                });
            }
            places.push(of_user);
        }
        let loads = self.cx.loads.clone();
        self.inflight.push(Box::pin(async move {
            let fetched = if keys.is_empty() { HashMap::new() } else { loads.fetch(used.source, keys.clone()).await };
            Loaded { node, load, places, keys, fetched }
        }));
    }

    /// Stores the result of a load and enters the nodes below it.
    async fn arrived(&mut self, loaded: Loaded) -> Result<()> {
        let Loaded { node, load, places, keys, mut fetched } = loaded;
        let object = self.object(node);
        let mut found = Found { places, ..Found::default() };
        for (at, key) in keys.iter().enumerate() {
            let start = found.rows.len();
            found.groups.push(match fetched.remove(key) {
                Some(Ok(Rows::One(row))) => {
                    found.rows.push(row);
                    Span::new(start, start + 1)
                }
                Some(Ok(rows)) => {
                    found.rows.extend(rows.as_slice().iter().cloned());
                    Span::new(start, found.rows.len())
                }
                Some(Err(error)) => {
                    found.errors.insert(narrow(at), error);
                    Span::FAILED
                }
                None => Span::NONE,
            });
        }
        self.handled += found.rows.len() as u64;
        // Rows that are passed on to another node are counted when they enter it.
        let passed = |user: &usize| match object.fields[*user].what {
            What::Relation { field, .. } => matches!(object.kind(field), Kind::Relation { map: None, .. }),
            _ => false,
        };
        if !object.loads[load].users.iter().any(passed) {
            self.budget.take_rows(found.rows.len() as u64)?;
        }
        for (at, out) in object.fields.iter().enumerate() {
            let What::Relation { field, shape, load: by, user, node: child } = out.what else { continue };
            if by != load {
                continue;
            }
            let Kind::Relation { map, .. } = object.kind(field) else { unreachable!("it was compiled so") };
            let level = &mut self.levels[node];
            let (spans, rows, weight) = match map {
                Some(map) => {
                    mapped(self.cx, level, &found, (at, out, user), map, (&self.budget, self.handled, &mut self.turns))
                        .await?
                }
                None => shared(level, &found, at, user, shape),
            };
            level.below[at] = spans;
            self.enter(child, rows, weight)?;
        }
        self.levels[node].found[load] = found;
        Ok(())
    }
}

type Below = (Vec<Span>, Vec<Row>, Vec<u64>);

/// Returns the rows that a field picks or builds for each parent from what was found.
async fn mapped(
    cx: &Cx<'_>,
    level: &mut Level,
    found: &Found,
    (at, out, user): (usize, &crate::plan::Out, usize),
    map: Map,
    (budget, handled, turns): (&Budget, u64, &mut Turns),
) -> Result<Below> {
    let mut spans = Vec::with_capacity(level.rows.len());
    let (mut rows, mut weight) = (Vec::new(), Vec::new());
    for (parent, (row, times)) in level.rows.iter().zip(&level.weight).enumerate() {
        let of = found.of(user, parent);
        if of.failed() || level.errors.contains_key(&(at, narrow(parent))) {
            spans.push(Span::FAILED);
            continue;
        }
        turns.next(handled, budget).await?;
        let start = rows.len();
        spans.push(match map(&cx.input(row, out.args.as_ref()), of.of(&found.rows), &mut rows) {
            Ok(true) => Span::new(start, rows.len()),
            Ok(false) => Span::NULL,
            Err(error) => {
                rows.truncate(start);
                level.errors.insert((at, narrow(parent)), error);
                Span::FAILED
            }
        });
        weight.resize(rows.len(), *times);
    }
    Ok((spans, rows, weight))
}

/// Returns the rows as found. Parents with the same key share them, so that each row is read once, however often it
/// occurs.
fn shared(level: &Level, found: &Found, at: usize, user: usize, shape: Shape) -> Below {
    let most = if shape.list() { usize::MAX } else { 1 };
    let failed = |parent: usize| level.errors.contains_key(&(at, narrow(parent))) || found.of(user, parent).failed();
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
            rows.extend(group.of(&found.rows).iter().take(most).cloned());
            weight.resize(rows.len(), times);
        }
        below.push(Span::new(start, rows.len()));
    }
    let span = |parent| match found.group(user, parent) {
        _ if failed(parent) => Span::FAILED,
        Some(group) => below[group as usize],
        None => Span::NONE,
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
pub(crate) fn located(error: ServerError, pos: async_graphql::Pos, key: &str) -> ServerError {
    let error = if error.path.is_empty() { error.with_path(vec![PathSegment::Field(key.to_owned())]) } else { error };
    let nowhere = error.locations.iter().all(|pos| *pos == async_graphql::Pos::default());
    if nowhere { ServerError { locations: vec![pos], ..error } } else { error }
}
