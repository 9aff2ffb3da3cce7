//! The macros that declare object types, interfaces, unions, roots and sources.

/// Declares an object type.
///
/// ```ignore
/// object! {
///     /// Something that the shop sells.
///     pub Product for domain::Product, implements Node {
///         /// Id.
///         id;
///         /// Its variants, in their order.
///         variants: many(ProductVariant, VARIANTS_OF, |product| product.id);
///         /// The products like it.
///         similar(SimilarArgs): page(Product, SIMILAR, |product, args| args.of(product.id));
///         /// What it cost us.
///         cost: value(|product| product.cost).requires(&CATALOG);
///     }
/// }
/// ```
///
/// Each line is `name: form(..)`; `name;` alone is a field of the row. `name(Args): form(..)` has arguments: a struct
/// that derives `InputObject`. These are all the forms:
///
/// | form | value |
/// |---|---|
/// | `field(\|row\| &row.x)` | a scalar that is part of the row |
/// | `value(\|row\| ..)` | a scalar that is computed from the row |
/// | `from(SOURCE, \|row\| key, \|row, found\| ..)` | a scalar that is computed from what a source found |
/// | `embed(Target, \|row\| ..)` | objects that are part of the row |
/// | `one(Target, SOURCE, \|row\| key)` | the object that a source found; there must be one |
/// | `option(Target, SOURCE, \|row\| key)` | the object that a source found, or null |
/// | `many(Target, SOURCE, \|row\| key)` | all objects that a source found |
/// | `page(Target, SOURCE, \|row, args\| key)` | a connection |
/// | `pick(Target, SOURCE, \|row\| key, \|row, found\| ..)` | objects that are chosen or built from what a source found |
///
/// Each can be followed by `.requires(&GUARD)`, `.visible(fn)`, `.deprecated("..")`, `.named("..")` and `.cost(n)`.
///
/// A closure takes the row (and what was found), then the arguments if the field has any, then, optionally, the request
/// ([`Cx`](crate::Cx)). Its return type determines the type in the schema: see [`IntoRows`](crate::IntoRows),
/// [`Leaf`](crate::Leaf) and [`IntoKey`](crate::IntoKey). Every closure may return a `Result`.
#[macro_export]
macro_rules! object {
    ($(#[doc = $doc:literal])* $vis:vis $object:ident for $row:ty $(, implements $($of:ty),+)? {
        $(
            $(#[doc = $fdoc:literal])*
            $name:ident $(($args_ty:ty))? $(: $form:ident ($($args:tt)*) $(. $more:ident ($($margs:tt)*))*)?;
        )*
    }) => {
        $(#[doc = $doc])*
        $vis struct $object;
        impl $crate::Object for $object {
            type Row = $row;
            const DOC: &'static [&'static str] = &[$($doc),*];
            const IMPLEMENTS: &'static [fn() -> &'static $crate::AbstractTable] =
                &[$($(<$of as $crate::Abstract>::abstract_table),+)?];
            const FIELDS: &'static [$crate::Field] = &[$(
                $crate::field!($row; ($($args_ty)?), stringify!($name), $name $(, $form($($args)*))?).docs(&[$($fdoc),*])
                    $(.args($crate::Arguments::of::<$args_ty>()))? $($(.$more($($margs)*))*)?
            ),*];
            fn name() -> ::std::borrow::Cow<'static, str> { stringify!($object).into() }
        }
    };
}

/// One field of a table: a form of [`object!`].
#[doc(hidden)]
#[macro_export]
macro_rules! field {
    ($row:ty; (), $name:expr, $ident:ident) => { $crate::field!($row; (), $name, $ident, field(|row| &row.$ident)) };
    ($row:ty; (), $name:expr, $ident:ident, field($get:expr)) => {
        $crate::Field::new($name, $crate::parts::by_ref::<$row, _>($get), $crate::Kind::Scalar {
            write: |input, out| $crate::parts::put_ref::<$row, _>(input, out, $get),
        })
    };
    ($row:ty; ($($args:ty)?), $name:expr, $ident:ident, value(|$($p:pat_param),+ $(,)?| $body:expr)) => {
        $crate::Field::new(
            $name,
            $crate::parts::value::<$row, $crate::args_ty!($($args)?), _>($crate::closure!(($($args)?) |$($p),+| $body)),
            $crate::Kind::Scalar {
                write: |input, out| $crate::parts::put_value::<$row, $crate::args_ty!($($args)?), _>(
                    input, out, $crate::closure!(($($args)?) |$($p),+| $body),
                ),
            },
        )
    };
    ($row:ty; ($($args:ty)?), $name:expr, $ident:ident,
        from($source:expr, |$($k:pat_param),+ $(,)?| $key:expr, |$($p:pat_param),+ $(,)?| $body:expr $(,)?)) => {
        $crate::Field::new(
            $name,
            $crate::parts::from::<$row, $crate::args_ty!($($args)?), _, _, _>(
                &$source, $crate::found_closure!(($($args)?) |$($p),+| $body),
            ).loaded(),
            $crate::Kind::Loaded {
                source: &$source.erased,
                key: |input| $crate::parts::load_key::<$row, $crate::args_ty!($($args)?), _, _, _>(
                    &$source, input, $crate::closure!(($($args)?) |$($k),+| $key),
                ),
                write: |input, found, out| $crate::parts::put_found::<$row, $crate::args_ty!($($args)?), _, _, _>(
                    &$source, input, found, out, $crate::found_closure!(($($args)?) |$($p),+| $body),
                ),
            },
        )
    };
    ($row:ty; ($($args:ty)?), $name:expr, $ident:ident, embed($target:expr, |$($p:pat_param),+ $(,)?| $body:expr $(,)?)) => {
        $crate::Field::new(
            $name,
            $crate::parts::embed::<$row, $crate::args_ty!($($args)?), _, _>(
                &$target, $crate::closure!(($($args)?) |$($p),+| $body),
            ),
            $crate::Kind::Embed {
                target: $crate::parts::target(&$target),
                shape: $crate::parts::embed_shape::<$row, $crate::args_ty!($($args)?), _, _>(
                    &$target, $crate::closure!(($($args)?) |$($p),+| $body),
                ),
                rows: |input, out| $crate::parts::append_embedded::<$row, $crate::args_ty!($($args)?), _, _>(
                    &$target, input, out, $crate::closure!(($($args)?) |$($p),+| $body),
                ),
                visit: |input, visit| $crate::parts::visit_embedded::<$row, $crate::args_ty!($($args)?), _, _>(
                    &$target, input, visit, $crate::closure!(($($args)?) |$($p),+| $body),
                ),
            },
        )
    };
    ($row:ty; $args:tt, $name:expr, $ident:ident, one($($rest:tt)*)) => {
        $crate::field!(@relation $row; $args, $name, One, $($rest)*)
    };
    ($row:ty; $args:tt, $name:expr, $ident:ident, option($($rest:tt)*)) => {
        $crate::field!(@relation $row; $args, $name, Option, $($rest)*)
    };
    ($row:ty; $args:tt, $name:expr, $ident:ident, many($($rest:tt)*)) => {
        $crate::field!(@relation $row; $args, $name, Many, $($rest)*)
    };
    ($row:ty; $args:tt, $name:expr, $ident:ident, page($target:expr, $($rest:tt)*)) => {
        $crate::field!(@relation $row; $args, $name, One, $crate::connection(&$target), $($rest)*)
    };
    (@relation $row:ty; ($($args:ty)?), $name:expr, $shape:ident, $target:expr, $source:expr,
        |$($k:pat_param),+ $(,)?| $key:expr $(,)?) => {
        $crate::Field::new(
            $name,
            $crate::parts::relation::<$row, $crate::args_ty!($($args)?), _, _, _>(
                &$target, &$source, $crate::closure!(($($args)?) |$($k),+| $key), $crate::Shape::$shape,
            ),
            $crate::Kind::Relation {
                target: $crate::parts::target(&$target),
                shape: $crate::Shape::$shape,
                source: &$source.erased,
                key: |input| $crate::parts::load_key::<$row, $crate::args_ty!($($args)?), _, _, _>(
                    &$source, input, $crate::closure!(($($args)?) |$($k),+| $key),
                ),
                map: None,
            },
        )
    };
    ($row:ty; ($($args:ty)?), $name:expr, $ident:ident,
        pick($target:expr, $source:expr, |$($k:pat_param),+ $(,)?| $key:expr, |$($p:pat_param),+ $(,)?| $body:expr $(,)?)) => {
        $crate::Field::new(
            $name,
            $crate::parts::objects($crate::parts::pick_shape::<$row, $crate::args_ty!($($args)?), _, _, _, _>(
                &$target, &$source, $crate::found_closure!(($($args)?) |$($p),+| $body),
            )),
            $crate::Kind::Relation {
                target: $crate::parts::target(&$target),
                shape: $crate::parts::pick_shape::<$row, $crate::args_ty!($($args)?), _, _, _, _>(
                    &$target, &$source, $crate::found_closure!(($($args)?) |$($p),+| $body),
                ),
                source: &$source.erased,
                key: |input| $crate::parts::load_key::<$row, $crate::args_ty!($($args)?), _, _, _>(
                    &$source, input, $crate::closure!(($($args)?) |$($k),+| $key),
                ),
                map: Some(|input, found, out| $crate::parts::append_picked::<$row, $crate::args_ty!($($args)?), _, _, _, _>(
                    &$target, &$source, input, found, out, $crate::found_closure!(($($args)?) |$($p),+| $body),
                )),
            },
        )
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! args_ty {
    () => {
        ()
    };
    ($args:ty) => {
        $args
    };
}

/// A closure over a row that takes the arguments and the request only as needed.
#[doc(hidden)]
#[macro_export]
macro_rules! closure {
    (() |$row:pat_param| $body:expr) => {
        |$row, _, _| $body
    };
    (() |$row:pat_param, $cx:pat_param| $body:expr) => {
        |$row, _, $cx| $body
    };
    (($args_ty:ty) |$row:pat_param| $body:expr) => {
        |$row, _, _| $body
    };
    (($args_ty:ty) |$row:pat_param, $args:pat_param| $body:expr) => {
        |$row, $args, _| $body
    };
    (($args_ty:ty) |$row:pat_param, $args:pat_param, $cx:pat_param| $body:expr) => {
        |$row, $args, $cx| $body
    };
}

/// The same, over a row and what a source found for it.
#[doc(hidden)]
#[macro_export]
macro_rules! found_closure {
    (() |$row:pat_param, $found:pat_param| $body:expr) => {
        |$row, $found, _, _| $body
    };
    (() |$row:pat_param, $found:pat_param, $cx:pat_param| $body:expr) => {
        |$row, $found, _, $cx| $body
    };
    (($args_ty:ty) |$row:pat_param, $found:pat_param| $body:expr) => {
        |$row, $found, _, _| $body
    };
    (($args_ty:ty) |$row:pat_param, $found:pat_param, $args:pat_param| $body:expr) => {
        |$row, $found, $args, _| $body
    };
    (($args_ty:ty) |$row:pat_param, $found:pat_param, $args:pat_param, $cx:pat_param| $body:expr) => {
        |$row, $found, $args, $cx| $body
    };
}

/// Declares an interface or a union: `Node { id: "ID!" } = Product | Order`. A union has no fields.
#[macro_export]
macro_rules! abstract_type {
    ($(#[doc = $doc:literal])* $vis:vis $name:ident {
        $($(#[doc = $fdoc:literal])* $field:ident: $ty:literal),* $(,)?
    } = $($member:ident)|+) => {
        $(#[doc = $doc])*
        $vis struct $name;
        impl $crate::Abstract for $name {
            fn abstract_table() -> &'static $crate::AbstractTable {
                static TABLE: $crate::AbstractTable = $crate::AbstractTable {
                    name: stringify!($name),
                    doc: &[$($doc),*],
                    fields: &[$($crate::InterfaceField { name: stringify!($field), ty: $ty, doc: &[$($fdoc),*] }),*],
                    members: &[$($crate::target::<$member>),+],
                };
                &TABLE
            }
        }
    };
}

/// Declares a root type: `Query = [products::FIELDS, orders::FIELDS]`, where each is a table of
/// [`RootField`](crate::RootField)s.
#[macro_export]
macro_rules! root {
    ($(#[doc = $doc:literal])* $vis:vis $name:ident = [$($table:path),* $(,)?]) => {
        $(#[doc = $doc])*
        #[derive(Clone, Copy, Default)]
        $vis struct $name;

        const _: () = {
            use $crate::async_graphql as gql;

            static ROOT: $crate::Root = $crate::Root {
                name: stringify!($name),
                doc: &[$($doc),*],
                tables: &[$($table),*],
                index: ::std::sync::OnceLock::new(),
            };

            impl gql::OutputType for $name {
                fn type_name() -> ::std::borrow::Cow<'static, str> {
                    stringify!($name).into()
                }

                fn create_type_info(registry: &mut gql::registry::Registry) -> String {
                    $crate::root_type(&ROOT, registry)
                }

                async fn resolve(
                    &self,
                    ctx: &gql::ContextSelectionSet<'_>,
                    _: &gql::Positioned<gql::parser::types::Field>,
                ) -> gql::ServerResult<gql::Value> {
                    gql::resolver_utils::resolve_container(ctx, self).await
                }
            }

            impl gql::resolver_utils::ContainerType for $name {
                async fn resolve_field(&self, ctx: &gql::Context<'_>) -> gql::ServerResult<Option<gql::Value>> {
                    $crate::resolve_root(&ROOT, ctx).await
                }
            }

            impl gql::ObjectType for $name {}
        };
    };
}

/// Declares a source: `NAME: Key => Value = |loads, keys| pairs`, where `pairs` evaluates to a `Result` of key-value
/// pairs. With `by |value| key`, it evaluates to values, and the closure returns the key of each.
///
/// The error must convert into [`Error`](crate::Error).
#[macro_export]
macro_rules! source {
    ($(#[$meta:meta])* $vis:vis $name:ident: $key:ty => $value:ty = |$loads:ident, $keys:ident| $query:expr, by |$row:pat_param| $by:expr) => {
        $crate::source! { $(#[$meta])* $vis $name: $key => $value = |$loads, $keys| async {
            let pair = |row: $value| {
                let key: fn(&$value) -> $key = |$row| $by;
                (key(&row), row)
            };
            $crate::Result::<_, $crate::Error>::Ok($query.await?.into_iter().map(pair).collect::<::std::vec::Vec<_>>())
        } }
    };
    ($(#[$meta:meta])* $vis:vis $name:ident: $key:ty => $value:ty = |$loads:ident, $keys:ident| $query:expr) => {
        $(#[$meta])*
        $vis static $name: $crate::Source<$key, $value> = $crate::Source::new(stringify!($name), |$loads, keys| {
            Box::pin(async move {
                let $keys: &[$key] = &$crate::parts::from_keys(keys);
                $crate::Result::Ok($crate::parts::to_pairs::<$key, $value>($query.await?))
            })
        });
    };
}
