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
//! The macros generate the type with a constant `FIELDS`: a table for `root!` of graphql-plan. Each function is boxed
//! and called through the table, which keeps compile times low.
//!
//! On the block, `staff = PERMISSION` guards every function: it requires that staff permission, shows this in the SDL
//! (`@requires`), and is hidden from introspection by anyone else. On a function:
//!
//! | attribute | effect |
//! |---|---|
//! | `#[staff(PERMISSION)]` | guards this function |
//! | `#[returns(name: Type, "..")]` | for a mutation: its payload has this object and `userErrors` |
//! | `#[returns(name: many Type, "..")]` | the same for a list of objects |
//! | `#[returns(name: value Type, "..")]` | the same for a scalar, or a list of scalars |
//! | `#[returns(Payload)]` | the payload is a separate object type, whose row is an `Outcome` |
//! | `#[deprecated(..)]` | marks the field as deprecated, with its `note` |
//!
//! On a parameter:
//!
//! | attribute | effect |
//! |---|---|
//! | `///` | describes the argument |
//! | `#[default]`, `#[default(value)]` | the argument may be omitted or null; a value is printed in the SDL |
//! | `#[secret]` | the argument is omitted where operations are printed |
//! | `#[flatten]` | several arguments: the fields of a struct that derives `InputObject` |

mod root;
mod test;

use proc_macro::TokenStream;

/// Adds the functions of a block to the query root.
#[proc_macro_attribute]
pub fn queries(attribute: TokenStream, item: TokenStream) -> TokenStream {
    root::expand(root::Kind::Queries, attribute.into(), item.into())
        .unwrap_or_else(syn::Error::into_compile_error)
        .into()
}

/// Adds the functions of a block to the mutation root. Each returns a `Result`, whose error is split into the payload's
/// `userErrors`, which the caller can fix, and errors of the whole operation.
#[proc_macro_attribute]
pub fn mutations(attribute: TokenStream, item: TokenStream) -> TokenStream {
    root::expand(root::Kind::Mutations, attribute.into(), item.into())
        .unwrap_or_else(syn::Error::into_compile_error)
        .into()
}

/// An API test on a runtime with two threads. Use `#[shop_test(threads = 4)]` for another number.
#[proc_macro_attribute]
pub fn shop_test(attribute: TokenStream, item: TokenStream) -> TokenStream {
    test::expand(attribute.into(), item.into()).unwrap_or_else(syn::Error::into_compile_error).into()
}
