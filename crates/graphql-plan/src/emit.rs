//! Writes the response, without recursion over lists, so that it can yield between any two objects.

use std::collections::HashSet;

use async_graphql::{PathSegment, Pos, ServerError, ServerResult};

use crate::plan::{Node, ObjectNode, ResponseField, ResponseKind};
use crate::run::{RowRange, RunOutput, Yielder};
use crate::table::{Kind, Shape};
use crate::{Cx, Dyn, Error, Input, Json, Row};

enum Frame {
    Object { node: usize, row: u32, field: usize },
    List { node: usize, from: u32, next: u32, end: u32 },
}

/// The start of an object or list, and whether it may be replaced by null.
struct Checkpoint {
    start: usize,
    nullable: bool,
}

pub(crate) struct Emitter<'a, 'c> {
    cx: &'c Cx<'a>,
    run: &'c RunOutput<'c>,
    /// The response key of the root field.
    key: &'c str,
    pos: Pos,
    out: Json,
    stack: Vec<(Frame, Checkpoint)>,
    errors: Vec<ServerError>,
    /// Failed loads that have been reported. Each is reported once, at its first occurrence.
    reported: HashSet<(usize, usize)>,
    /// The current position in a list whose entries may be null.
    list_index: Option<usize>,
    objects: u64,
    /// The cost of objects that are written as they are met. They were not counted before.
    embedded: u64,
    counted: u64,
    yielder: Yielder,
    bytes: u64,
    /// The maximum length of the response.
    max_len: usize,
}

/// The rows at the root.
pub(crate) enum Roots {
    /// This number of rows, in this shape.
    All(Shape, u32),
    /// A list with or without a row at each position.
    Each(Vec<bool>),
}

/// The result: JSON, or `None` if a failed non-null field leaves nothing.
pub(crate) struct Emitted {
    pub(crate) json: Option<Vec<u8>>,
    pub(crate) errors: Vec<ServerError>,
}

impl<'a, 'c> Emitter<'a, 'c> {
    pub(crate) fn new(cx: &'c Cx<'a>, run: &'c RunOutput<'c>, key: &'c str, pos: Pos) -> Self {
        Self {
            cx,
            run,
            key,
            pos,
            out: Json(Vec::with_capacity(4 << 10)),
            stack: Vec::with_capacity(16),
            errors: Vec::new(),
            reported: HashSet::new(),
            list_index: None,
            objects: 0,
            embedded: 0,
            counted: 0,
            yielder: Yielder::new(),
            bytes: run.bytes,
            max_len: 0,
        }
    }

    fn object(&self, node: usize) -> &'c ObjectNode {
        match &self.run.plan.nodes[node] {
            Node::Object(object) => object,
            Node::Abstract(_) => unreachable!("abstract nodes are resolved before"),
        }
    }

    fn path(&self) -> Vec<PathSegment> {
        let mut path = vec![PathSegment::Field(self.key.to_owned())];
        path.extend(self.list_index.map(PathSegment::Index));
        for (frame, _) in &self.stack {
            path.push(match frame {
                Frame::Object { node, field, .. } => match self.object(*node).fields.get(field.saturating_sub(1)) {
                    Some(out) => PathSegment::Field(out.name.clone()),
                    None => continue,
                },
                Frame::List { from, next, .. } => PathSegment::Index((next - from).saturating_sub(1) as usize),
            });
        }
        path
    }

    fn push_object(&mut self, node: usize, row: u32, nullable: bool) {
        let (node, row) = match &self.run.plan.nodes[node] {
            Node::Object(_) => (node, row),
            Node::Abstract(_) => self.run.levels[node].members[row as usize],
        };
        let checkpoint = Checkpoint { start: self.out.0.len(), nullable };
        self.out.0.push(b'{');
        self.objects += 1;
        self.stack.push((Frame::Object { node, row, field: 0 }, checkpoint));
    }

    fn push_list(&mut self, node: usize, span: RowRange, nullable: bool) {
        let checkpoint = Checkpoint { start: self.out.0.len(), nullable };
        self.out.0.push(b'[');
        let (from, end) = (span.start, span.start + span.len);
        self.stack.push((Frame::List { node, from, next: from, end }, checkpoint));
    }

    /// Records an error and writes null at the nearest nullable position: the field itself, or else its nearest
    /// nullable ancestor. If there is none, the response is empty.
    fn fail(&mut self, error: Option<ServerError>, nullable: bool) {
        if let Some(error) = error {
            let path = self.path();
            self.errors.push(error.with_path(path));
        }
        if nullable {
            self.out.null();
            return;
        }
        while let Some((_, checkpoint)) = self.stack.pop() {
            self.out.0.truncate(checkpoint.start);
            if checkpoint.nullable {
                self.out.null();
                return;
            }
        }
        self.out.0.clear();
    }

    /// Returns the error of a load or field, unless it has been reported.
    fn unreported_error(
        &mut self,
        node: usize,
        load: Option<(usize, usize)>,
        at: usize,
        row: u32,
    ) -> Option<ServerError> {
        let (level, pos) = (&self.run.levels[node], self.object(node).fields[at].pos);
        if let Some(error) = level.errors.get(&(at, row)) {
            return Some(error.clone().at(pos));
        }
        let (load, user) = load?;
        let error: &Error = level.found[load].error(user, row as usize)?;
        self.reported.insert((node, load)).then(|| error.clone().at(pos))
    }

    pub(crate) async fn emit(mut self, roots: Roots) -> ServerResult<Emitted> {
        self.charge()?;
        match roots {
            Roots::All(Shape::Option, 0) => self.out.null(),
            Roots::All(Shape::One, 0) => self.fail(Some(missing_object(self.pos)), false),
            Roots::All(shape, count) => {
                match shape.list() {
                    true => self.push_list(0, RowRange { start: 0, len: count }, shape.nullable()),
                    false => self.push_object(0, 0, shape.nullable()),
                }
                self.write_stack().await?;
            }
            Roots::Each(present) => {
                let mut row = 0;
                for (at, there) in present.into_iter().enumerate() {
                    self.out.0.push(if at == 0 { b'[' } else { b',' });
                    if there {
                        self.list_index = Some(at);
                        self.push_object(0, row, true);
                        self.write_stack().await?;
                        row += 1;
                    } else {
                        self.out.null();
                    }
                }
                self.out.put(if self.out.0.is_empty() { b"[]" } else { b"]" });
            }
        }
        self.charge()?;
        let json = (!self.out.0.is_empty()).then_some(self.out.0);
        Ok(Emitted { json, errors: self.errors })
    }

    /// Writes until the stack is empty.
    async fn write_stack(&mut self) -> ServerResult<()> {
        while !self.stack.is_empty() {
            self.step();
            self.charge()?;
            let handled = self.objects + self.embedded;
            self.yielder.tick(handled, &self.run.budget).await.map_err(|error| error.at(self.pos))?;
        }
        Ok(())
    }

    /// Counts what was written beyond the minimum that was counted before.
    fn charge(&mut self) -> ServerResult<()> {
        let budget = &self.run.budget;
        if self.embedded > self.counted {
            budget.charge_objects(self.embedded - self.counted).map_err(|error| error.at(self.pos))?;
            self.counted = self.embedded;
        }
        let written = self.out.0.len() as u64;
        if written > self.bytes {
            budget.charge_bytes(written - self.bytes).map_err(|error| error.at(self.pos))?;
            self.bytes = written;
        }
        self.max_len = usize::try_from(self.bytes.saturating_add(budget.bytes_left())).unwrap_or(usize::MAX);
        Ok(())
    }

    /// Writes up to the next nested object, or to the end of one.
    fn step(&mut self) {
        match self.stack.last() {
            None => {}
            Some((Frame::List { .. }, _)) => self.step_list(),
            Some((Frame::Object { node, row, field }, _)) => self.step_object(*node, *row, *field),
        }
    }

    fn step_list(&mut self) {
        let Some((Frame::List { node, from, next, end, .. }, _)) = self.stack.last_mut() else { return };
        if next == end {
            self.out.0.push(b']');
            self.stack.pop();
            return;
        }
        if next != from {
            self.out.0.push(b',');
        }
        let (node, row) = (*node, *next);
        if let Node::Object(object) = &self.run.plan.nodes[node]
            && object.flat
        {
            let upto = (*end).min(row + 64);
            *next = upto;
            for at in row..upto {
                if at > row {
                    self.out.0.push(b',');
                }
                self.flat(object, &*self.run.levels[node].rows[at as usize]);
            }
        } else {
            *next += 1;
            self.push_object(node, row, false);
        }
    }

    fn step_object(&mut self, node: usize, row: u32, from: usize) {
        let object = self.object(node);
        let level = &self.run.levels[node];
        let value = &level.rows[row as usize];
        for (at, out) in object.fields.iter().enumerate().skip(from) {
            if self.out.0.len() > self.max_len {
                return; // too long: rejected before anything else is written
            }
            if at > 0 {
                self.out.0.push(b',');
            }
            self.out.put(&out.key);
            if !self.step_field(object, node, row, value, at, out) {
                return;
            }
        }
        self.out.0.push(b'}');
        self.stack.pop();
    }

    /// Writes a field. Returns false if something on the stack must be written first, or if the object was discarded.
    fn step_field(
        &mut self,
        object: &'c ObjectNode,
        node: usize,
        row: u32,
        value: &Row,
        at: usize,
        out: &ResponseField,
    ) -> bool {
        let level = &self.run.levels[node];
        let input = self.cx.input(value, out.args.as_ref());
        match out.kind {
            ResponseKind::Typename => {
                self.out.text(&object.table.name);
                true
            }
            ResponseKind::Scalar { field } => {
                let Kind::Scalar { write } = object.kind(field) else { unreachable!("it was compiled so") };
                match write(&input, &mut self.out) {
                    Ok(()) => true,
                    Err(error) => self.fail_field(Some(error.at(out.pos)), object.nullable(out.kind), at),
                }
            }
            ResponseKind::Loaded { field, load, user } => {
                let of = level.found[load].of(user, row as usize);
                let Kind::Loaded { write, .. } = object.kind(field) else { unreachable!("it was compiled so") };
                let failed = of.failed() || level.errors.contains_key(&(at, row));
                let written = match failed {
                    true => Err(self.unreported_error(node, Some((load, user)), at, row)),
                    false => write(&input, of.of(&level.found[load].rows), &mut self.out)
                        .map_err(|error| Some(error.at(out.pos))),
                };
                match written {
                    Ok(()) => true,
                    Err(error) => self.fail_field(error, object.nullable(out.kind), at),
                }
            }
            ResponseKind::Embed { shape, node: child, field } => {
                if level.below[at].is_empty() {
                    let Node::Object(child) = &self.run.plan.nodes[child] else {
                        unreachable!("only objects are flat")
                    };
                    self.writer().embed(object.kind(field), shape, child, &input);
                    return true;
                }
                self.write_children(node, row, None, level.below[at][row as usize], shape, child, at, out.pos)
            }
            ResponseKind::Relation { shape, load, user, node: child, .. } => {
                let span = level.below[at].get(row as usize).copied().unwrap_or(RowRange::NONE);
                self.write_children(node, row, Some((load, user)), span, shape, child, at, out.pos)
            }
        }
    }

    /// Writes an object below which nothing is loaded and nothing can fail.
    fn flat(&mut self, object: &'c ObjectNode, row: &Dyn) {
        self.objects += 1;
        self.writer().object(object, row);
    }

    fn writer(&mut self) -> Flat<'a, 'c, '_> {
        Flat { cx: self.cx, run: self.run, out: &mut self.out, embedded: &mut self.embedded, max_len: self.max_len }
    }

    /// Advances to the field after `at`, records the error and writes null. Returns false if the object was discarded.
    fn fail_field(&mut self, error: Option<ServerError>, nullable: bool, at: usize) -> bool {
        self.set_next_field(at + 1);
        self.fail(error, nullable);
        nullable
    }

    /// Sets the next field of the top object.
    fn set_next_field(&mut self, at: usize) {
        if let Some((Frame::Object { field, .. }, _)) = self.stack.last_mut() {
            *field = at;
        }
    }

    #[expect(clippy::too_many_arguments, reason = "the place of a field in the plan and in the rows")]
    fn write_children(
        &mut self,
        node: usize,
        row: u32,
        load: Option<(usize, usize)>,
        span: RowRange,
        shape: Shape,
        child: usize,
        at: usize,
        pos: Pos,
    ) -> bool {
        if span.failed() {
            let error = self.unreported_error(node, load, at, row);
            return self.fail_field(error, shape.nullable(), at);
        }
        if span.null() || (span.len == 0 && shape == Shape::Option) {
            self.out.null();
            return true;
        }
        self.set_next_field(at + 1);
        if shape.list() {
            self.push_list(child, span, shape.nullable());
            return false;
        }
        if span.len == 0 {
            // The database has the object, but a source did not find it.
            self.fail(Some(missing_object(pos)), false);
            return false;
        }
        if let Node::Object(object) = &self.run.plan.nodes[child]
            && object.flat
        {
            self.flat(object, &*self.run.levels[child].rows[span.start as usize]);
            return true;
        }
        self.push_object(child, span.start, shape == Shape::Option);
        false
    }
}

fn missing_object(pos: Pos) -> ServerError {
    Error::coded("INTERNAL", "There is nothing where something must be.").at(pos)
}

/// Writes objects below which nothing is loaded and nothing can fail.
struct Flat<'a, 'c, 'o> {
    cx: &'c Cx<'a>,
    run: &'c RunOutput<'c>,
    out: &'o mut Json,
    embedded: &'o mut u64,
    max_len: usize,
}

impl Flat<'_, '_, '_> {
    fn object(&mut self, object: &ObjectNode, row: &Dyn) {
        self.out.0.push(b'{');
        for (at, field) in object.fields.iter().enumerate() {
            if self.out.0.len() > self.max_len {
                return; // too long: rejected before anything else is written
            }
            if at > 0 {
                self.out.0.push(b',');
            }
            self.out.put(&field.key);
            let input = Input { row, args: field.args.as_deref(), cx: self.cx };
            match field.kind {
                ResponseKind::Typename => self.out.text(&object.table.name),
                ResponseKind::Scalar { field } => {
                    if let Kind::Scalar { write } = object.kind(field) {
                        write(&input, self.out).unwrap_or_else(|_| self.out.null());
                    }
                }
                ResponseKind::Embed { field, shape, node } => {
                    let Node::Object(child) = &self.run.plan.nodes[node] else { unreachable!("only objects are flat") };
                    self.embed(object.kind(field), shape, child, &input);
                }
                ResponseKind::Loaded { .. } | ResponseKind::Relation { .. } => unreachable!("the node is flat"),
            }
        }
        self.out.0.push(b'}');
    }

    fn embed(&mut self, kind: Kind, shape: Shape, child: &ObjectNode, input: &Input<'_>) {
        let Kind::Embed { visit, .. } = kind else { unreachable!("it was compiled so") };
        let (mut count, start) = (0, self.out.0.len());
        if shape.list() {
            self.out.0.push(b'[');
        }
        let written = visit(input, &mut |embedded| {
            if count > 0 {
                self.out.0.push(b',');
            }
            count += 1;
            *self.embedded += child.cost;
            self.object(child, embedded);
        });
        match (written, shape.list()) {
            (Ok(true), true) => self.out.0.push(b']'),
            (Ok(true), false) if count > 0 => {}
            _ => {
                self.out.0.truncate(start);
                self.out.null();
            }
        }
    }
}
