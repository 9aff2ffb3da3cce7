//! The attributes that turn ordinary async functions into root fields of the schema.
//!
//! ```ignore
//! #[queries(staff = SETTINGS)]
//! impl TaxQuery {
//!     /// Every tax class, by name.
//!     async fn tax_classes(ctx: &Context<'_>) -> Result<Many<TaxClass>> { .. }
//! }
//!
//! #[mutations(staff = SETTINGS)]
//! impl TaxMutation {
//!     /// Creates a tax class. Codes: REQUIRED, TOO_LONG, INVALID_TEXT, TAKEN.
//!     #[returns(tax_class: TaxClass, "The new tax class.")]
//!     async fn tax_class_create(ctx: &Context<'_>, input: TaxClassCreateInput) -> Result<Row, TaxError> { .. }
//! }
//! ```
//!
//! The type is made here, with a constant `FIELDS`: the table that `root!` of graphql-plan takes. Each function is boxed
//! and called through it, so that it costs little to compile.
//!
//! On the block, `staff = PERMISSION` guards every function: it needs that permission of staff, says so in the SDL
//! (`@requires`), and is hidden from introspection by anybody else. On a function:
//!
//! | attribute | what it does |
//! |---|---|
//! | `#[staff(PERMISSION)]` | guards this function |
//! | `#[returns(name: Type, "..")]` | of a mutation: its payload is this object and `userErrors` |
//! | `#[returns(name: many Type, "..")]` | the same for a list of objects |
//! | `#[returns(name: value Type, "..")]` | the same for a scalar, or a list of scalars |
//! | `#[returns(Payload)]` | the payload is an object type of its own, whose row is an `Outcome` |
//! | `#[deprecated(..)]` | marks the field as deprecated, with its `note` |
//!
//! On a parameter:
//!
//! | attribute | what it does |
//! |---|---|
//! | `///` | describes the argument |
//! | `#[default]`, `#[default(value)]` | it may be left out or null; a value is printed in the SDL |
//! | `#[secret]` | it is left out where operations are printed |
//! | `#[flatten]` | several arguments: the fields of a struct that derives `InputObject` |

mod root;
mod test;

use proc_macro::TokenStream;

/// Enters the functions of a block into the query root.
#[proc_macro_attribute]
pub fn queries(attribute: TokenStream, item: TokenStream) -> TokenStream {
    root::expand(root::Kind::Queries, attribute.into(), item.into())
        .unwrap_or_else(syn::Error::into_compile_error)
        .into()
}

/// Enters the functions of a block into the mutation root. Each gives a `Result`: its error is split into `userErrors`
/// of the payload, which the caller can mend, and errors of the whole operation.
#[proc_macro_attribute]
pub fn mutations(attribute: TokenStream, item: TokenStream) -> TokenStream {
    root::expand(root::Kind::Mutations, attribute.into(), item.into())
        .unwrap_or_else(syn::Error::into_compile_error)
        .into()
}

/// A test of the API, on a runtime of two threads; `#[shop_test(threads = 4)]` for another number.
#[proc_macro_attribute]
pub fn shop_test(attribute: TokenStream, item: TokenStream) -> TokenStream {
    test::expand(attribute.into(), item.into()).unwrap_or_else(syn::Error::into_compile_error).into()
}
