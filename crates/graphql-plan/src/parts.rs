//! The building blocks of the macros: each function links the types of a field's parts.

use async_graphql::registry::Registry;

use crate::keys::{AsKey, Found, Key};
use crate::loads::Source;
use crate::returns::{IntoKey, IntoRows, Leaf};
use crate::table::{Object, Target, target as target_of};
use crate::{Cx, Dyn, Input, Json, Result, Row, Shape};

pub use crate::keys::{from_keys, to_pairs};

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

    /// For a field with a load, which can fail.
    pub const fn loaded(self) -> Self {
        Self { fallible: true, ..self }
    }

    const fn objects(shape: Shape, fallible: bool) -> Self {
        Self { ty: None, nullable: matches!(shape, Shape::Option | Shape::OptionMany), fallible }
    }
}

pub type FieldFn<T, A, V> = fn(&T, &A, &Cx<'_>) -> V;
pub type FoundFn<T, F, A, V> = fn(&T, Found<'_, F>, &A, &Cx<'_>) -> V;

pub const fn by_ref<T, V: Leaf>(_: fn(&T) -> &V) -> Part {
    Part::leaf::<V>()
}

pub const fn value<T, A, V: Leaf>(_: FieldFn<T, A, V>) -> Part {
    Part::leaf::<V>()
}

pub const fn from<T, A, K, F, V: Leaf>(_: &Source<K, F>, _: FoundFn<T, F, A, V>) -> Part {
    Part::leaf::<V>()
}

pub const fn embed<T, A, C: Object, G: IntoRows<C::Row>>(_: &C, _: FieldFn<T, A, G>) -> Part {
    Part::objects(G::SHAPE, G::FALLIBLE)
}

pub const fn embed_shape<T, A, C: Object, G: IntoRows<C::Row>>(_: &C, _: FieldFn<T, A, G>) -> Shape {
    G::SHAPE
}

pub const fn pick_shape<T, A, K, F, C: Object, G: IntoRows<C::Row>>(
    _: &C,
    _: &Source<K, F>,
    _: FoundFn<T, F, A, G>,
) -> Shape {
    G::SHAPE
}

/// The closure may return an error instead of a key, and any load can fail.
pub const fn relation<T, A, K: AsKey, C: Object, Q: IntoKey<K>>(
    _: &C,
    _: &Source<K, C::Row>,
    _: FieldFn<T, A, Q>,
    shape: Shape,
) -> Part {
    Part::objects(shape, true)
}

pub const fn objects(shape: Shape) -> Part {
    Part::objects(shape, true)
}

pub const fn target<C: Object>(_: &C) -> fn() -> Target {
    target_of::<C>
}

pub fn put_ref<T: 'static, V: Leaf>(input: &Input<'_>, out: &mut Json, get: fn(&T) -> &V) -> Result<()> {
    get(input.row()).put(out)
}

pub fn put_value<T: 'static, A: 'static, V: Leaf>(
    input: &Input<'_>,
    out: &mut Json,
    get: FieldFn<T, A, V>,
) -> Result<()> {
    get(input.row(), input.args(), input.cx).put(out)
}

pub fn put_found<T: 'static, A: 'static, K, F: 'static, V: Leaf>(
    _: &Source<K, F>,
    input: &Input<'_>,
    found: &[Row],
    out: &mut Json,
    get: FoundFn<T, F, A, V>,
) -> Result<()> {
    get(input.row(), Found::new(found), input.args(), input.cx).put(out)
}

pub fn load_key<T: 'static, A: 'static, K: AsKey, V, Q: IntoKey<K>>(
    _: &Source<K, V>,
    input: &Input<'_>,
    get: FieldFn<T, A, Q>,
) -> Result<Option<Key>> {
    Ok(get(input.row(), input.args(), input.cx).into_key()?.map(|key| key.to_key()))
}

pub fn append_embedded<T: 'static, A: 'static, C: Object, G: IntoRows<C::Row>>(
    _: &C,
    input: &Input<'_>,
    out: &mut Vec<Row>,
    get: FieldFn<T, A, G>,
) -> Result<bool> {
    get(input.row(), input.args(), input.cx).append_to(out)
}

pub fn visit_embedded<T: 'static, A: 'static, C: Object, G: IntoRows<C::Row>>(
    _: &C,
    input: &Input<'_>,
    visit: &mut dyn FnMut(&Dyn),
    get: FieldFn<T, A, G>,
) -> Result<bool> {
    get(input.row(), input.args(), input.cx).visit_rows(&mut |row| visit(row))
}

pub fn append_picked<T: 'static, A: 'static, K, F: 'static, C: Object, G: IntoRows<C::Row>>(
    _: &C,
    _: &Source<K, F>,
    input: &Input<'_>,
    found: &[Row],
    out: &mut Vec<Row>,
    get: FoundFn<T, F, A, G>,
) -> Result<bool> {
    get(input.row(), Found::new(found), input.args(), input.cx).append_to(out)
}
