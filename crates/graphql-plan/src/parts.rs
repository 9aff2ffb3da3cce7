//! The building blocks of the macros: each function links the types of a field's parts.

use async_graphql::registry::Registry;

use crate::gives::{Asks, Gives, Leaf};
use crate::keys::{AsKey, Found, Key};
use crate::loads::Source;
use crate::table::{Object, Target, target as of};
use crate::{Cx, Dyn, Input, Json, Result, Row, Shape};

pub use crate::keys::{keys_of, pairs};

/// The properties of a field, as determined by its closure.
#[derive(Clone, Copy)]
pub struct Part {
    pub ty: Option<fn(&mut Registry) -> String>,
    pub nullable: bool,
    pub fallible: bool,
}

impl Part {
    const fn leaf<V: Leaf>() -> Self {
        Self { ty: Some(V::register), nullable: V::NULLABLE, fallible: V::FALLIBLE }
    }

    /// For a field that loads: any load can fail.
    pub const fn failing(self) -> Self {
        Self { fallible: true, ..self }
    }

    const fn objects(shape: Shape, fallible: bool) -> Self {
        Self { ty: None, nullable: matches!(shape, Shape::Option | Shape::OptionMany), fallible }
    }
}

pub type Of<T, A, V> = fn(&T, &A, &Cx<'_>) -> V;
pub type OfFound<T, F, A, V> = fn(&T, Found<'_, F>, &A, &Cx<'_>) -> V;

pub const fn by_ref<T, V: Leaf>(_: fn(&T) -> &V) -> Part {
    Part::leaf::<V>()
}

pub const fn value<T, A, V: Leaf>(_: Of<T, A, V>) -> Part {
    Part::leaf::<V>()
}

pub const fn from<T, A, K, F, V: Leaf>(_: &Source<K, F>, _: OfFound<T, F, A, V>) -> Part {
    Part::leaf::<V>()
}

pub const fn embed<T, A, C: Object, G: Gives<C::Row>>(_: &C, _: Of<T, A, G>) -> Part {
    Part::objects(G::SHAPE, G::FALLIBLE)
}

pub const fn embed_shape<T, A, C: Object, G: Gives<C::Row>>(_: &C, _: Of<T, A, G>) -> Shape {
    G::SHAPE
}

pub const fn picked<T, A, K, F, C: Object, G: Gives<C::Row>>(_: &C, _: &Source<K, F>, _: OfFound<T, F, A, G>) -> Shape {
    G::SHAPE
}

/// The closure may return an error instead of a key, and any load can fail.
pub const fn related<T, A, K: AsKey, C: Object, Q: Asks<K>>(
    _: &C,
    _: &Source<K, C::Row>,
    _: Of<T, A, Q>,
    shape: Shape,
) -> Part {
    Part::objects(shape, true)
}

pub const fn objects(shape: Shape) -> Part {
    Part::objects(shape, true)
}

pub const fn target<C: Object>(_: &C) -> fn() -> Target {
    of::<C>
}

pub fn put_ref<T: 'static, V: Leaf>(input: &Input<'_>, out: &mut Json, get: fn(&T) -> &V) -> Result<()> {
    get(input.row()).put(out)
}

pub fn put_value<T: 'static, A: 'static, V: Leaf>(input: &Input<'_>, out: &mut Json, get: Of<T, A, V>) -> Result<()> {
    get(input.row(), input.args(), input.cx).put(out)
}

pub fn put_found<T: 'static, A: 'static, K, F: 'static, V: Leaf>(
    _: &Source<K, F>,
    input: &Input<'_>,
    found: &[Row],
    out: &mut Json,
    get: OfFound<T, F, A, V>,
) -> Result<()> {
    get(input.row(), Found::new(found), input.args(), input.cx).put(out)
}

pub fn ask<T: 'static, A: 'static, K: AsKey, V, Q: Asks<K>>(
    _: &Source<K, V>,
    input: &Input<'_>,
    get: Of<T, A, Q>,
) -> Result<Option<Key>> {
    Ok(get(input.row(), input.args(), input.cx).ask()?.map(|key| key.to_key()))
}

pub fn embed_rows<T: 'static, A: 'static, C: Object, G: Gives<C::Row>>(
    _: &C,
    input: &Input<'_>,
    out: &mut Vec<Row>,
    get: Of<T, A, G>,
) -> Result<bool> {
    get(input.row(), input.args(), input.cx).rows(out)
}

pub fn embed_each<T: 'static, A: 'static, C: Object, G: Gives<C::Row>>(
    _: &C,
    input: &Input<'_>,
    show: &mut dyn FnMut(&Dyn),
    get: Of<T, A, G>,
) -> Result<bool> {
    get(input.row(), input.args(), input.cx).each(&mut |row| show(row))
}

pub fn pick_rows<T: 'static, A: 'static, K, F: 'static, C: Object, G: Gives<C::Row>>(
    _: &C,
    _: &Source<K, F>,
    input: &Input<'_>,
    found: &[Row],
    out: &mut Vec<Row>,
    get: OfFound<T, F, A, G>,
) -> Result<bool> {
    get(input.row(), Found::new(found), input.args(), input.cx).rows(out)
}
