//! Writes the response, without recursion over lists, so that it can yield between any two objects.

use std::collections::HashSet;

use async_graphql::{PathSegment, Pos, ServerError, ServerResult};

use crate::plan::{Node, ObjectNode, Out, What};
use crate::run::{Done, Span, Turns};
use crate::table::{Kind, Shape};
use crate::{Cx, Dyn, Error, Input, Json, Row};

enum Frame {
    Object { node: usize, row: u32, field: usize },
    List { node: usize, from: u32, next: u32, end: u32 },
}

/// The start of an object or list, and whether it may be replaced by null.
struct Begun {
    start: usize,
    nullable: bool,
}

pub(crate) struct Emitter<'a, 'c> {
    cx: &'c Cx<'a>,
    run: &'c Done<'c>,
    /// The response key of the root field.
    key: &'c str,
    pos: Pos,
    out: Json,
    stack: Vec<(Frame, Begun)>,
    errors: Vec<ServerError>,
    /// Failed loads that have been reported. Each is reported once, at its first occurrence.
    told: HashSet<(usize, usize)>,
    /// The current position in a list whose entries may be null.
    entry: Option<usize>,
    objects: u64,
    /// The cost of objects that are written as they are met. They were not counted before.
    embedded: u64,
    counted: u64,
    turns: Turns,
    bytes: u64,
    /// The maximum length of the response.
    most: usize,
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
    pub(crate) fn new(cx: &'c Cx<'a>, run: &'c Done<'c>, key: &'c str, pos: Pos) -> Self {
        Self {
            cx,
            run,
            key,
            pos,
            out: Json(Vec::with_capacity(4 << 10)),
            stack: Vec::with_capacity(16),
            errors: Vec::new(),
            told: HashSet::new(),
            entry: None,
            objects: 0,
            embedded: 0,
            counted: 0,
            turns: Turns::new(),
            bytes: run.bytes,
            most: 0,
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
        path.extend(self.entry.map(PathSegment::Index));
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
        let begun = Begun { start: self.out.0.len(), nullable };
        self.out.0.push(b'{');
        self.objects += 1;
        self.stack.push((Frame::Object { node, row, field: 0 }, begun));
    }

    fn push_list(&mut self, node: usize, span: Span, nullable: bool) {
        let begun = Begun { start: self.out.0.len(), nullable };
        self.out.0.push(b'[');
        let (from, end) = (span.start, span.start + span.len);
        self.stack.push((Frame::List { node, from, next: from, end }, begun));
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
        while let Some((_, begun)) = self.stack.pop() {
            self.out.0.truncate(begun.start);
            if begun.nullable {
                self.out.null();
                return;
            }
        }
        self.out.0.clear();
    }

    /// Returns the error of a load or field, unless it has been reported.
    fn why(&mut self, node: usize, load: Option<(usize, usize)>, at: usize, row: u32) -> Option<ServerError> {
        let (level, pos) = (&self.run.levels[node], self.object(node).fields[at].pos);
        if let Some(error) = level.errors.get(&(at, row)) {
            return Some(error.clone().at(pos));
        }
        let (load, user) = load?;
        let error: &Error = level.found[load].error(user, row as usize)?;
        self.told.insert((node, load)).then(|| error.clone().at(pos))
    }

    pub(crate) async fn emit(mut self, roots: Roots) -> ServerResult<Emitted> {
        self.account()?;
        match roots {
            Roots::All(Shape::Option, 0) => self.out.null(),
            Roots::All(Shape::One, 0) => self.fail(Some(nothing(self.pos)), false),
            Roots::All(shape, count) => {
                match shape.list() {
                    true => self.push_list(0, Span { start: 0, len: count }, shape.nullable()),
                    false => self.push_object(0, 0, shape.nullable()),
                }
                self.finish().await?;
            }
            Roots::Each(present) => {
                let mut row = 0;
                for (at, there) in present.into_iter().enumerate() {
                    self.out.0.push(if at == 0 { b'[' } else { b',' });
                    if there {
                        self.entry = Some(at);
                        self.push_object(0, row, true);
                        self.finish().await?;
                        row += 1;
                    } else {
                        self.out.null();
                    }
                }
                self.out.put(if self.out.0.is_empty() { b"[]" } else { b"]" });
            }
        }
        self.account()?;
        let json = (!self.out.0.is_empty()).then_some(self.out.0);
        Ok(Emitted { json, errors: self.errors })
    }

    /// Writes until the stack is empty.
    async fn finish(&mut self) -> ServerResult<()> {
        while !self.stack.is_empty() {
            self.step();
            self.account()?;
            let handled = self.objects + self.embedded;
            self.turns.next(handled, &self.run.budget).await.map_err(|error| error.at(self.pos))?;
        }
        Ok(())
    }

    /// Counts what was written beyond the minimum that was counted before.
    fn account(&mut self) -> ServerResult<()> {
        let budget = &self.run.budget;
        if self.embedded > self.counted {
            budget.take_objects(self.embedded - self.counted).map_err(|error| error.at(self.pos))?;
            self.counted = self.embedded;
        }
        let written = self.out.0.len() as u64;
        if written > self.bytes {
            budget.take_bytes(written - self.bytes).map_err(|error| error.at(self.pos))?;
            self.bytes = written;
        }
        self.most = usize::try_from(self.bytes.saturating_add(budget.bytes_left())).unwrap_or(usize::MAX);
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
            if self.out.0.len() > self.most {
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
    fn step_field(&mut self, object: &'c ObjectNode, node: usize, row: u32, value: &Row, at: usize, out: &Out) -> bool {
        let level = &self.run.levels[node];
        let input = self.cx.input(value, out.args.as_ref());
        match out.what {
            What::Typename => {
                self.out.text(&object.table.name);
                true
            }
            What::Scalar { field } => {
                let Kind::Scalar { write } = object.kind(field) else { unreachable!("it was compiled so") };
                match write(&input, &mut self.out) {
                    Ok(()) => true,
                    Err(error) => self.refuse(Some(error.at(out.pos)), object.nullable(out.what), at),
                }
            }
            What::Loaded { field, load, user } => {
                let of = level.found[load].of(user, row as usize);
                let Kind::Loaded { write, .. } = object.kind(field) else { unreachable!("it was compiled so") };
                let refused = of.failed() || level.errors.contains_key(&(at, row));
                let written = match refused {
                    true => Err(self.why(node, Some((load, user)), at, row)),
                    false => write(&input, of.of(&level.found[load].rows), &mut self.out)
                        .map_err(|error| Some(error.at(out.pos))),
                };
                match written {
                    Ok(()) => true,
                    Err(error) => self.refuse(error, object.nullable(out.what), at),
                }
            }
            What::Embed { shape, node: child, field } => {
                if level.below[at].is_empty() {
                    let Node::Object(child) = &self.run.plan.nodes[child] else {
                        unreachable!("only objects are flat")
                    };
                    self.writer().embed(object.kind(field), shape, child, &input);
                    return true;
                }
                self.below(node, row, None, level.below[at][row as usize], shape, child, at, out.pos)
            }
            What::Relation { shape, load, user, node: child, .. } => {
                let span = level.below[at].get(row as usize).copied().unwrap_or(Span::NONE);
                self.below(node, row, Some((load, user)), span, shape, child, at, out.pos)
            }
        }
    }

    /// Writes an object below which nothing is loaded and nothing can fail.
    fn flat(&mut self, object: &'c ObjectNode, row: &Dyn) {
        self.objects += 1;
        self.writer().object(object, row);
    }

    fn writer(&mut self) -> Flat<'a, 'c, '_> {
        Flat { cx: self.cx, run: self.run, out: &mut self.out, embedded: &mut self.embedded, most: self.most }
    }

    /// Advances to the field after `at`, records the error and writes null. Returns false if the object was discarded.
    fn refuse(&mut self, error: Option<ServerError>, nullable: bool, at: usize) -> bool {
        self.at(at + 1);
        self.fail(error, nullable);
        nullable
    }

    /// Sets the next field of the top object.
    fn at(&mut self, at: usize) {
        if let Some((Frame::Object { field, .. }, _)) = self.stack.last_mut() {
            *field = at;
        }
    }

    #[expect(clippy::too_many_arguments, reason = "the place of a field in the plan and in the rows")]
    fn below(
        &mut self,
        node: usize,
        row: u32,
        load: Option<(usize, usize)>,
        span: Span,
        shape: Shape,
        child: usize,
        at: usize,
        pos: Pos,
    ) -> bool {
        if span.failed() {
            let error = self.why(node, load, at, row);
            return self.refuse(error, shape.nullable(), at);
        }
        if span.null() || (span.len == 0 && shape == Shape::Option) {
            self.out.null();
            return true;
        }
        self.at(at + 1);
        if shape.list() {
            self.push_list(child, span, shape.nullable());
            return false;
        }
        if span.len == 0 {
            // The database has the object, but a source did not find it.
            self.fail(Some(nothing(pos)), false);
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

fn nothing(pos: Pos) -> ServerError {
    Error::coded("INTERNAL", "There is nothing where something must be.").at(pos)
}

/// Writes objects below which nothing is loaded and nothing can fail.
struct Flat<'a, 'c, 'o> {
    cx: &'c Cx<'a>,
    run: &'c Done<'c>,
    out: &'o mut Json,
    embedded: &'o mut u64,
    most: usize,
}

impl Flat<'_, '_, '_> {
    fn object(&mut self, object: &ObjectNode, row: &Dyn) {
        self.out.0.push(b'{');
        for (at, field) in object.fields.iter().enumerate() {
            if self.out.0.len() > self.most {
                return; // too long: rejected before anything else is written
            }
            if at > 0 {
                self.out.0.push(b',');
            }
            self.out.put(&field.key);
            let input = Input { row, args: field.args.as_deref(), cx: self.cx };
            match field.what {
                What::Typename => self.out.text(&object.table.name),
                What::Scalar { field } => {
                    if let Kind::Scalar { write } = object.kind(field) {
                        write(&input, self.out).unwrap_or_else(|_| self.out.null());
                    }
                }
                What::Embed { field, shape, node } => {
                    let Node::Object(child) = &self.run.plan.nodes[node] else { unreachable!("only objects are flat") };
                    self.embed(object.kind(field), shape, child, &input);
                }
                What::Loaded { .. } | What::Relation { .. } => unreachable!("the node is flat"),
            }
        }
        self.out.0.push(b'}');
    }

    fn embed(&mut self, kind: Kind, shape: Shape, child: &ObjectNode, input: &Input<'_>) {
        let Kind::Embed { each, .. } = kind else { unreachable!("it was compiled so") };
        let (mut count, start) = (0, self.out.0.len());
        if shape.list() {
            self.out.0.push(b'[');
        }
        let given = each(input, &mut |embedded| {
            if count > 0 {
                self.out.0.push(b',');
            }
            count += 1;
            *self.embedded += child.cost;
            self.object(child, embedded);
        });
        match (given, shape.list()) {
            (Ok(true), true) => self.out.0.push(b']'),
            (Ok(true), false) if count > 0 => {}
            _ => {
                self.out.0.truncate(start);
                self.out.null();
            }
        }
    }
}
