//! The shop's root types, written without macros.

use std::sync::Arc;

use async_graphql::{Context, InputObject, InputType, Subscription};
use futures_util::{Stream, StreamExt, stream};
use graphql_plan::{
    AnyOf, Arguments, Connection, Error, Execution, Loads, Many, Member, One, Result, RootArg, RootField, RootOutput,
    downcast_args, reply, root,
};

use super::tables::{self, Category, Node, Product, ProductRenamePayload, SearchResult};
use super::{CATEGORY, Id, ListArgs, Outcome, PRODUCT, Problem, Shop};

root! {
    /// What can be asked.
    pub Query = [QUERIES, MORE_QUERIES]
}

root! {
    /// What can be changed.
    pub Mutation = [MUTATIONS]
}

fn loads(ctx: &Context<'_>) -> Arc<Loads> {
    ctx.data_unchecked::<Arc<Execution>>().loads()
}

fn shop<'a>(ctx: &'a Context<'_>) -> &'a Arc<Shop> {
    ctx.data_unchecked()
}

const ID: RootArg =
    RootArg::One { name: "id", doc: &[" Its id."], ty: Id::create_type_info, default: None, secret: false };

const FIRST: RootArg = RootArg::One {
    name: "first",
    doc: &[" How many at most."],
    ty: i32::create_type_info,
    default: Some(Some(|| "10".to_owned())),
    secret: false,
};

async fn node(ctx: &Context<'_>, id: Id) -> Result<Option<AnyOf<Node>>> {
    if let Some(product) = loads(ctx).load(&PRODUCT, id).await? {
        return Ok(Some(Member::of::<Product>(product).into()));
    }
    if let Some(category) = loads(ctx).load(&CATEGORY, id).await? {
        return Ok(Some(Member::of::<Category>(category).into()));
    }
    let variant = shop(ctx).variants.get(&id).cloned();
    Ok(variant.map(|variant| Member::of::<tables::ProductVariant>(variant).into()))
}

fn first_products(ctx: &Context<'_>, first: i32) -> Result<Many<Product>> {
    shop(ctx).record_call("products", 0)?;
    Ok(Many::new(shop(ctx).products.lock().unwrap().values().take(first as usize).cloned()))
}

const QUERIES: &[RootField] = &[
    RootField {
        name: "products",
        doc: &[" The products."],
        ty: <Many<Product> as RootOutput>::register,
        target: <Many<Product> as RootOutput>::target,
        args: &[FIRST],
        guard: None,
        deprecated: None,
        parse: |args| Some(Box::new(args.get::<Option<i32>>("first")?.unwrap_or(10))),
        call: |ctx, args| Box::pin(async move { reply(ctx, first_products(ctx, downcast_args(args))) }),
    },
    RootField {
        name: "product",
        doc: &[" One product."],
        ty: <Option<One<Product>> as RootOutput>::register,
        target: <Option<One<Product>> as RootOutput>::target,
        args: &[ID],
        guard: None,
        deprecated: None,
        parse: |args| Some(Box::new(args.get::<Id>("id")?)),
        call: |ctx, args| {
            Box::pin(async move {
                let id: Id = downcast_args(args);
                reply(ctx, loads(ctx).load(&PRODUCT, id).await.map(|found| found.map(One::<Product>)))
            })
        },
    },
    RootField {
        name: "catalog",
        doc: &[" The products, page by page."],
        ty: <One<Connection<Product>> as RootOutput>::register,
        target: <One<Connection<Product>> as RootOutput>::target,
        args: &[RootArg::All(Arguments::of::<ListArgs>())],
        guard: None,
        deprecated: None,
        parse: |args| Some(Box::new(args.all::<ListArgs>()?)),
        call: |ctx, args| {
            Box::pin(async move {
                let args: ListArgs = downcast_args(args);
                let all = shop(ctx).products.lock().unwrap().values().cloned().collect();
                reply(ctx, Ok(One::<Connection<Product>>::from(tables::page(all, &args, None))))
            })
        },
    },
    RootField {
        name: "node",
        doc: &[" Anything."],
        ty: <Option<AnyOf<Node>> as RootOutput>::register,
        target: <Option<AnyOf<Node>> as RootOutput>::target,
        args: &[ID],
        guard: None,
        deprecated: None,
        parse: |args| Some(Box::new(args.get::<Id>("id")?)),
        call: |ctx, args| Box::pin(async move { reply(ctx, node(ctx, downcast_args(args)).await) }),
    },
    RootField {
        name: "nodes",
        doc: &[" Anything, in the order of the ids."],
        ty: <Vec<Option<AnyOf<Node>>> as RootOutput>::register,
        target: <Vec<Option<AnyOf<Node>>> as RootOutput>::target,
        args: &[RootArg::One { name: "ids", doc: &[], ty: Vec::<Id>::create_type_info, default: None, secret: false }],
        guard: None,
        deprecated: None,
        parse: |args| Some(Box::new(args.get::<Vec<Id>>("ids")?)),
        call: |ctx, args| {
            Box::pin(async move {
                let ids: Vec<Id> = downcast_args(args);
                let found = futures_util::future::try_join_all(ids.into_iter().map(|id| node(ctx, id))).await;
                reply(ctx, found)
            })
        },
    },
    RootField {
        name: "search",
        doc: &[" What has these words in its name."],
        ty: <Vec<Option<AnyOf<SearchResult>>> as RootOutput>::register,
        target: <Vec<Option<AnyOf<SearchResult>>> as RootOutput>::target,
        args: &[RootArg::One { name: "text", doc: &[], ty: String::create_type_info, default: None, secret: true }],
        guard: None,
        deprecated: None,
        parse: |args| Some(Box::new(args.get::<String>("text")?)),
        call: |ctx, args| {
            Box::pin(async move {
                let text: String = downcast_args(args);
                let products = shop(ctx).products.lock().unwrap();
                let products = products.values().filter(|product| product.title.contains(&text));
                let products = products.cloned().map(|product| Some(Member::of::<Product>(product).into()));
                let categories = shop(ctx).categories.values().filter(|category| category.name.contains(&text));
                let categories = categories.cloned().map(|category| Some(Member::of::<Category>(category).into()));
                reply(ctx, Ok(categories.chain(products).collect::<Vec<Option<AnyOf<SearchResult>>>>()))
            })
        },
    },
];

const MORE_QUERIES: &[RootField] = &[
    RootField {
        name: "product_count",
        doc: &[" How many products there are."],
        ty: <i64 as RootOutput>::register,
        target: <i64 as RootOutput>::target,
        args: &[],
        guard: None,
        deprecated: None,
        parse: |_| Some(Box::new(())),
        call: |ctx, _| Box::pin(async move { reply(ctx, Ok(shop(ctx).products.lock().unwrap().len() as i64)) }),
    },
    RootField {
        name: "old_products",
        doc: &[],
        ty: <Many<Product> as RootOutput>::register,
        target: <Many<Product> as RootOutput>::target,
        args: &[],
        guard: None,
        deprecated: Some("Use `products`."),
        parse: |_| Some(Box::new(())),
        call: |ctx, _| Box::pin(async move { reply(ctx, first_products(ctx, 10)) }),
    },
    RootField {
        name: "staff_products",
        doc: &[],
        ty: <Many<Product> as RootOutput>::register,
        target: <Many<Product> as RootOutput>::target,
        args: &[],
        guard: Some(&tables::COSTS),
        deprecated: None,
        parse: |_| Some(Box::new(())),
        call: |ctx, _| Box::pin(async move { reply(ctx, first_products(ctx, 10)) }),
    },
    RootField {
        name: "refused",
        doc: &[],
        ty: <One<Product> as RootOutput>::register,
        target: <One<Product> as RootOutput>::target,
        args: &[],
        guard: None,
        deprecated: None,
        parse: |_| Some(Box::new(())),
        call: |ctx, _| Box::pin(async move { reply::<One<Product>>(ctx, Err(Error::coded("REFUSED", "Not today."))) }),
    },
];

/// How a product is renamed.
#[derive(InputObject)]
struct RenameInput {
    /// The new title.
    #[graphql(validator(min_length = 3))]
    title: String,
    /// Whether to shout.
    #[graphql(default)]
    loud: bool,
    /// What else gets this title.
    #[graphql(default)]
    others: Vec<Other>,
}

/// Another product.
#[derive(InputObject)]
struct Other {
    id: Id,
    barcode: Option<super::Barcode>,
}

const MUTATIONS: &[RootField] = &[RootField {
    name: "product_rename",
    doc: &[" Renames a product."],
    ty: <One<ProductRenamePayload> as RootOutput>::register,
    target: <One<ProductRenamePayload> as RootOutput>::target,
    args: &[
        ID,
        RootArg::One { name: "input", doc: &[], ty: RenameInput::create_type_info, default: None, secret: false },
    ],
    guard: None,
    deprecated: None,
    parse: |args| {
        let (id, input) = (args.get::<Id>("id"), args.get::<RenameInput>("input"));
        Some(Box::new((id?, input?)))
    },
    call: |ctx, args| {
        Box::pin(async move {
            let (id, input): (Id, RenameInput) = downcast_args(args);
            reply(ctx, Ok(One::<ProductRenamePayload>::new(rename(ctx, id, input))))
        })
    },
}];

fn rename(ctx: &Context<'_>, id: Id, input: RenameInput) -> Outcome<super::Product> {
    // Later reads must see this write.
    ctx.data_unchecked::<Arc<Execution>>().reset(shop(ctx).clone());
    shop(ctx).calls.lock().unwrap().push(("rename", 1));
    let mut products = shop(ctx).products.lock().unwrap();
    let Some(product) = products.get_mut(&id) else {
        let problem = Problem { code: "NOT_FOUND".into(), path: vec!["id".into()] };
        return Outcome { done: None, problems: vec![problem] };
    };
    product.title = if input.loud { input.title.to_uppercase() } else { input.title };
    Outcome { done: Some(product.clone()), problems: Vec::new() }
}

pub struct Updates;

#[Subscription]
impl Updates {
    /// The products, one by one.
    async fn product_changed(&self, ctx: &Context<'_>) -> impl Stream<Item = One<Product>> + use<> {
        let products: Vec<_> = shop(ctx).products.lock().unwrap().values().cloned().collect();
        let execution = ctx.data_unchecked::<Arc<Execution>>().clone();
        let shop = shop(ctx).clone();
        stream::iter(products).map(move |product| {
            execution.renew_budget();
            execution.reset(shop.clone());
            One::new(product)
        })
    }
}
