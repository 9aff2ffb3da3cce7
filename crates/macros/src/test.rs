//! The expansion of `#[shop_test]`.

use proc_macro2::TokenStream;
use quote::quote;
use syn::parse::Parser;
use syn::{LitInt, Result};

pub(crate) fn expand(attribute: TokenStream, item: TokenStream) -> Result<TokenStream> {
    let mut threads: LitInt = syn::parse_quote!(2);
    let read = syn::meta::parser(|meta| {
        if meta.path.is_ident("threads") {
            threads = meta.value()?.parse()?;
            return Ok(());
        }
        Err(meta.error("expected `threads = NUMBER`"))
    });
    read.parse2(attribute)?;
    Ok(quote! {
        #[::tokio::test(flavor = "multi_thread", worker_threads = #threads)]
        #item
    })
}
