//! The expansion of `#[queries]` and `#[mutations]`.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::spanned::Spanned;
use syn::{
    Attribute, Error, Expr, FnArg, Ident, ImplItem, ImplItemFn, ItemImpl, LitStr, Meta, Pat, PatType, Path, Result,
    ReturnType, Token, Type, parse_quote, parse2,
};

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Queries,
    Mutations,
}

/// `staff = PERMISSION`, or nothing.
struct Block {
    staff: Option<Ident>,
}

impl Parse for Block {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        if input.is_empty() {
            return Ok(Self { staff: None });
        }
        let word: Ident = input.parse()?;
        if word != "staff" {
            return Err(Error::new(word.span(), "expected `staff = PERMISSION`"));
        }
        input.parse::<Token![=]>()?;
        Ok(Self { staff: Some(input.parse()?) })
    }
}

/// The payload, as declared by `#[returns(..)]`.
enum Returns {
    /// A separate type.
    Payload(Path),
    /// One field, besides `userErrors`.
    Field { name: Ident, how: How, ty: Box<Type>, doc: LitStr },
}

/// The kind of a payload's field.
#[derive(Clone, Copy)]
enum How {
    /// An object.
    One,
    /// Objects: `many Type`.
    Many,
    /// A scalar, or a list of scalars: `value Type`.
    Value,
}

impl Parse for Returns {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        if !(input.peek(Ident::peek_any) && input.peek2(Token![:]) && !input.peek2(Token![::])) {
            return Ok(Self::Payload(input.parse()?));
        }
        let name = input.call(Ident::parse_any)?;
        input.parse::<Token![:]>()?;
        let how = match input.fork().parse::<Ident>() {
            Ok(word) if input.peek2(Ident) && word == "many" => How::Many,
            Ok(word) if input.peek2(Ident) && word == "value" => How::Value,
            _ => How::One,
        };
        if matches!(how, How::Many | How::Value) {
            input.parse::<Ident>()?;
        }
        let ty = Box::new(input.parse()?);
        input.parse::<Token![,]>()?;
        Ok(Self::Field { name, how, ty, doc: input.parse()? })
    }
}

pub(crate) fn expand(kind: Kind, attribute: TokenStream, item: TokenStream) -> Result<TokenStream> {
    let block: Block = parse2(attribute)?;
    let mut item: ItemImpl = parse2(item)?;
    let this = item.self_ty.clone();
    let (mut fields, mut payloads) = (Vec::new(), Vec::new());
    for member in &mut item.items {
        let ImplItem::Fn(function) = member else {
            return Err(Error::new(member.span(), "only functions can be root fields"));
        };
        let (field, payload) = field(kind, &block, function)?;
        fields.push(field);
        payloads.extend(payload);
    }
    let about = match kind {
        Kind::Queries => "Root fields of queries.",
        Kind::Mutations => "Root fields of mutations.",
    };
    Ok(quote! {
        #[doc = #about]
        pub struct #this;

        #item

        impl #this {
            /// The table of these fields.
            pub(in crate::graphql) const FIELDS: &'static [::graphql_plan::RootField] = &[#(#fields),*];
        }

        #(#payloads)*
    })
}

/// Returns a function's entry in the table, and its payload type if it needs one.
fn field(kind: Kind, block: &Block, function: &mut ImplItemFn) -> Result<(TokenStream, Option<TokenStream>)> {
    let name = function.sig.ident.clone();
    if function.sig.asyncness.is_none() {
        return Err(Error::new(name.span(), "a root field is an async function"));
    }
    let doc = docs(&function.attrs);
    let staff = match take(&mut function.attrs, "staff") {
        Some(attribute) => Some(attribute.parse_args::<Ident>()?),
        None => block.staff.clone(),
    };
    let guard = match staff {
        Some(permission) => quote!(Some(&crate::graphql::guards::#permission)),
        None => quote!(None),
    };
    let deprecated = match take(&mut function.attrs, "deprecated") {
        Some(attribute) => {
            let note = note(&attribute)?;
            quote!(Some(#note))
        }
        None => quote!(None),
    };
    let returns =
        take(&mut function.attrs, "returns").map(|attribute| attribute.parse_args::<Returns>()).transpose()?;

    let (mut args, mut reads, mut passed, mut types) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (at, parameter) in function.sig.inputs.iter_mut().enumerate() {
        let FnArg::Typed(parameter) = parameter else {
            return Err(Error::new(parameter.span(), "a root field has no `self`"));
        };
        if at == 0 {
            continue; // the context
        }
        let argument = argument(parameter)?;
        args.push(argument.entry);
        reads.push(argument.read);
        passed.push(argument.name);
        types.push(parameter.ty.clone());
    }
    let called = quote!(Self::#name(ctx, #(#passed),*).await);
    let (ty, replied, payload) = match (kind, returns) {
        (Kind::Queries, None) => {
            let replied = quote!(::graphql_plan::reply(ctx, #called.map_err(::core::convert::Into::into)));
            let ok = ok_type(&function.sig.output)?;
            (quote!(#ok), replied, None)
        }
        (Kind::Queries, Some(_)) => return Err(Error::new(name.span(), "only mutations have payloads")),
        (Kind::Mutations, None) => return Err(Error::new(name.span(), "say what it #[returns(..)]")),
        (Kind::Mutations, Some(returns)) => {
            let (path, payload) = match returns {
                Returns::Payload(path) => (quote!(#path), None),
                Returns::Field { name: field, how, ty, doc } => {
                    let payload = format_ident!("{}Payload", upper_camel(&name));
                    let table = payload_table(&name, &payload, &field, how, &ty, &doc);
                    (quote!(#payload), Some(table))
                }
            };
            let ty = quote!(::graphql_plan::One<#path>);
            (ty, quote!(crate::graphql::errors::outcome::<#path, _, _>(ctx, #called)), payload)
        }
    };
    let text = name.unraw().to_string();
    let entry = quote! {
        ::graphql_plan::RootField {
            name: #text,
            doc: &[#(#doc),*],
            ty: <#ty as ::graphql_plan::RootOutput>::register,
            target: <#ty as ::graphql_plan::RootOutput>::target,
            args: &[#(#args),*],
            guard: #guard,
            deprecated: #deprecated,
            parse: |args| {
                #(let #passed = #reads;)*
                ::core::option::Option::Some(::std::boxed::Box::new((#(#passed?,)*)))
            },
            call: |ctx, args| {
                let (#(#passed,)*): (#(#types,)*) = ::graphql_plan::downcast_args(args);
                ::std::boxed::Box::pin(async move { #replied })
            },
        }
    };
    Ok((entry, payload))
}

fn payload_table(function: &Ident, payload: &Ident, field: &Ident, how: How, ty: &Type, doc: &LitStr) -> TokenStream {
    let camel = lower_camel(function);
    let about = format!(" The result of `{camel}`.");
    let row = quote!(<#ty as ::graphql_plan::Object>::Row);
    let (row, value) = match how {
        How::One => (row, quote!(embed(#ty, |outcome| outcome.done.clone()))),
        How::Many => (quote!(::std::vec::Vec<#row>), quote!(embed(#ty, |outcome| outcome.done().cloned()))),
        How::Value => (quote!(#ty), quote!(value(|outcome| outcome.done().cloned()))),
    };
    quote! {
        ::graphql_plan::object! {
            #[doc = #about]
            pub #payload for crate::graphql::errors::Outcome<#row> {
                #[doc = #doc]
                #field: #value;
                /// Why the mutation was refused; empty when it succeeded.
                user_errors: embed(crate::graphql::errors::UserError, |outcome| outcome.user_errors.clone());
            }
        }
    }
}

struct Argument {
    name: Ident,
    entry: TokenStream,
    read: TokenStream,
}

fn argument(parameter: &mut PatType) -> Result<Argument> {
    let Pat::Ident(pattern) = &*parameter.pat else {
        return Err(Error::new(parameter.pat.span(), "an argument is a name"));
    };
    let (name, ty) = (pattern.ident.clone(), parameter.ty.clone());
    let doc = docs(&parameter.attrs);
    parameter.attrs.retain(|attribute| !attribute.path().is_ident("doc"));
    let default = take(&mut parameter.attrs, "default");
    let secret = take(&mut parameter.attrs, "secret").is_some();
    if take(&mut parameter.attrs, "flatten").is_some() {
        return Ok(Argument {
            entry: quote!(::graphql_plan::RootArg::All(::graphql_plan::Arguments::of::<#ty>())),
            read: quote!(args.all::<#ty>()),
            name,
        });
    }
    let text = name.unraw().to_string();
    let (shown, read) = match default {
        None => (quote!(None), quote!(args.get::<#ty>(#text))),
        Some(attribute) => {
            let (shown, value): (TokenStream, Expr) = match &attribute.meta {
                Meta::Path(_) => (quote!(Some(None)), parse_quote!(::core::default::Default::default())),
                Meta::List(list) => {
                    let value: Expr = list.parse_args()?;
                    let printed =
                        quote!(|| ::graphql_plan::async_graphql::InputType::to_value(&(#value as #ty)).to_string());
                    (quote!(Some(Some(#printed))), value)
                }
                Meta::NameValue(_) => return Err(Error::new(attribute.span(), "write #[default(value)]")),
            };
            let read = quote! {
                args.get::<::core::option::Option<#ty>>(#text).map(|given| given.unwrap_or_else(|| #value))
            };
            (shown, read)
        }
    };
    let entry = quote! {
        ::graphql_plan::RootArg::One {
            name: #text,
            doc: &[#(#doc),*],
            ty: <#ty as ::graphql_plan::async_graphql::InputType>::create_type_info,
            default: #shown,
            secret: #secret,
        }
    };
    Ok(Argument { name, entry, read })
}

/// Returns the `T` of `Result<T>` or `Result<T, E>`.
fn ok_type(output: &ReturnType) -> Result<Type> {
    let wrong = || Error::new(output.span(), "a root field gives a Result");
    let ReturnType::Type(_, ty) = output else { return Err(wrong()) };
    let Type::Path(path) = &**ty else { return Err(wrong()) };
    let last = path.path.segments.last().filter(|last| last.ident == "Result").ok_or_else(wrong)?;
    let syn::PathArguments::AngleBracketed(arguments) = &last.arguments else { return Err(wrong()) };
    match arguments.args.first() {
        Some(syn::GenericArgument::Type(ty)) => Ok(ty.clone()),
        _ => Err(wrong()),
    }
}

fn take(attributes: &mut Vec<Attribute>, name: &str) -> Option<Attribute> {
    let at = attributes.iter().position(|attribute| attribute.path().is_ident(name))?;
    Some(attributes.remove(at))
}

fn docs(attributes: &[Attribute]) -> Vec<Expr> {
    let doc = |attribute: &Attribute| match &attribute.meta {
        Meta::NameValue(pair) if pair.path.is_ident("doc") => Some(pair.value.clone()),
        _ => None,
    };
    attributes.iter().filter_map(doc).collect()
}

/// Returns the `note` of `#[deprecated(note = "..")]`.
fn note(attribute: &Attribute) -> Result<LitStr> {
    let mut found = None;
    attribute.parse_nested_meta(|meta| {
        if meta.path.is_ident("note") {
            found = Some(meta.value()?.parse()?);
        }
        Ok(())
    })?;
    found.ok_or_else(|| Error::new(attribute.span(), "say what to use instead: note = \"..\""))
}

/// Converts `tax_class_create` to `TaxClassCreate`.
fn upper_camel(name: &Ident) -> String {
    let word = |word: &str| {
        let mut letters = word.chars();
        letters.next().map(|first| first.to_uppercase().chain(letters).collect::<String>()).unwrap_or_default()
    };
    name.unraw().to_string().split('_').map(word).collect()
}

/// Converts `tax_class_create` to `taxClassCreate`.
fn lower_camel(name: &Ident) -> String {
    let name = upper_camel(name);
    let mut letters = name.chars();
    letters.next().map(|first| first.to_lowercase().chain(letters).collect()).unwrap_or_default()
}
