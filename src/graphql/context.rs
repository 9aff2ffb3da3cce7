//! The context of a request, as resolvers see it.

use std::ops::Deref;
use std::sync::Arc;

use async_graphql::Context;
use graphql_plan::{AsKey, Cx, Execution, Limits, Loads, Source};
use tokio::sync::OnceCell;

use super::errors::{ApiError, Result};
use crate::app::App;
use crate::db::{self, Pooled};
use crate::domain::catalog::Audience;
use crate::domain::regions::{Channel, Region};
use crate::kernel::actor::{Actor, Permission};
use crate::kernel::buyer::Buyer;
use crate::kernel::country::Country;
use crate::kernel::error::ErrorCode;
use crate::kernel::ids::{PriceContextId, StaffId};
use crate::kernel::money::Currency;

/// The shopper's country or currency from the operation's `@inContext`.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Market {
    pub(super) country: Option<Country>,
    pub(super) currency: Option<Currency>,
}

/// A request: its caller, their market, and the data loaded so far.
pub(super) struct RequestContext {
    app: App,
    actor: Actor,
    channel: Option<Channel>,
    place: Market,
    execution: Arc<Execution>,
}

/// The data loaded for a request since the last write, and the loaders: one connection, and the loads on it.
pub(super) struct Loaders(Arc<Loads>);

/// What sources need: the application, the caller, and the request's connection.
pub(super) struct Scope {
    pub(super) app: App,
    pub(super) actor: Actor,
    pub(super) audience: Audience,
    place: Market,
    conn: OnceCell<Pooled>,
    channel: OnceCell<Option<Channel>>,
    market: OnceCell<Option<Region>>,
    buyer: OnceCell<Option<Buyer>>,
    price_context: OnceCell<Option<PriceContextId>>,
}

impl Scope {
    /// The request's connection, acquired from the pool on first use. Statements of fields that are resolved together
    /// are pipelined on it.
    pub(super) async fn conn(&self) -> db::Result<&Pooled> {
        self.conn.get_or_try_init(|| self.app.db.conn()).await
    }

    /// The region whose prices are shown: the one serving `@inContext`'s country, else the first with its currency,
    /// else the channel's default.
    pub(super) async fn market(&self) -> db::Result<Option<&Region>> {
        let found = self.market.get_or_try_init(|| async {
            let conn = self.conn().await?;
            let regions = &self.app.regions;
            match (self.place.country, self.place.currency) {
                (Some(country), _) => regions.serving(conn, country).await,
                (None, Some(currency)) => regions.with_currency(conn, currency).await,
                (None, None) => match self.channel().await?.and_then(|channel| channel.default_region_id) {
                    Some(id) => regions.find(conn, id).await,
                    None => Ok(None),
                },
            }
        });
        Ok(found.await?.as_ref())
    }

    /// The channel of the request's publishable key, or the shop's first.
    async fn channel(&self) -> db::Result<Option<&Channel>> {
        let first = || async { self.app.regions.first_channel(self.conn().await?).await };
        Ok(self.channel.get_or_try_init(first).await?.as_ref())
    }

    /// The buyer whose prices are shown: in the market and in `@inContext`'s country, buying through the channel, with
    /// the groups of the customer who is logged in. `None` without a market.
    pub(super) async fn buyer(&self) -> db::Result<Option<&Buyer>> {
        let found = self.buyer.get_or_try_init(|| async {
            let Some(market) = self.market().await? else { return Ok(None) };
            let channel_id = self.channel().await?.map(|channel| channel.id);
            let groups = match self.actor.customer() {
                Some(id) => self.app.customers.terms(self.conn().await?, id).await?.groups,
                None => Vec::new(),
            };
            db::Result::Ok(Some(Buyer { channel_id, groups, ..market.buyer(self.place.country) }))
        });
        Ok(found.await?.as_ref())
    }

    /// The buyer's context in the price index. Only needed by lists that are filtered or sorted by price.
    pub(super) async fn price_context(&self) -> db::Result<Option<PriceContextId>> {
        let found = self.price_context.get_or_try_init(|| async {
            let Some(buyer) = self.buyer().await? else { return Ok(None) };
            self.app.pricing.context(self.conn().await?, buyer).await.map(Some)
        });
        Ok(*found.await?)
    }
}

impl RequestContext {
    pub(super) fn new(app: App, actor: Actor, channel: Option<Channel>, place: Market, limits: Limits) -> Self {
        let scope = Scope::new(&app, &actor, channel.as_ref(), place);
        Self { app, actor, channel, place, execution: Arc::new(Execution::new(scope, limits)) }
    }

    /// Discards loaded data and releases the connection: before a write, and between two events of a subscription.
    pub(super) fn reset(&self) {
        self.execution.reset(Scope::new(&self.app, &self.actor, self.channel.as_ref(), self.place));
    }

    pub(super) fn execution(&self) -> &Arc<Execution> {
        &self.execution
    }

    pub(super) fn actor(&self) -> &Actor {
        &self.actor
    }

    pub(super) fn app(&self) -> &App {
        &self.app
    }

    /// The loaders, with the data loaded so far.
    pub(super) fn loaders(&self) -> Loaders {
        Loaders(self.execution.loads())
    }
}

impl Scope {
    fn new(app: &App, actor: &Actor, channel: Option<&Channel>, place: Market) -> Arc<Self> {
        let audience = if actor.may(Permission::Catalog) { Audience::Staff } else { Audience::Shoppers };
        Arc::new(Self {
            app: app.clone(),
            actor: actor.clone(),
            audience,
            place,
            conn: OnceCell::new(),
            channel: OnceCell::new_with(channel.cloned().map(Some)),
            market: OnceCell::new(),
            buyer: OnceCell::new(),
            price_context: OnceCell::new(),
        })
    }
}

impl Deref for Loaders {
    type Target = Scope;

    fn deref(&self) -> &Scope {
        self.0.scope()
    }
}

impl Loaders {
    /// Loads the first or only value of a source for a key.
    pub(super) async fn load<K: AsKey, V: Send + Sync + 'static>(
        &self,
        source: &'static Source<K, V>,
        key: K,
    ) -> Result<Option<Arc<V>>> {
        Ok(self.0.load(source, key).await?)
    }
}

/// The request, as seen by object tables.
pub(super) trait CxExt {
    /// The scope: the caller and the application.
    fn scope(&self) -> &Scope;

    /// The caller.
    fn actor(&self) -> &Actor {
        &self.scope().actor
    }

    /// The application.
    fn app(&self) -> &App {
        &self.scope().app
    }
}

impl CxExt for Cx<'_> {
    fn scope(&self) -> &Scope {
        Cx::scope(self)
    }
}

/// The request, as seen by resolvers.
pub(super) trait RequestExt {
    /// The request context.
    fn request(&self) -> &Arc<RequestContext>;

    /// The application, for reads.
    fn app(&self) -> &App {
        &self.request().app
    }

    /// The caller.
    fn actor(&self) -> &Actor {
        &self.request().actor
    }

    /// The shopper's country, if the operation specifies it.
    fn country(&self) -> Option<Country> {
        self.request().place.country
    }

    /// The id of the calling staff user.
    fn staff_id(&self) -> Result<StaffId> {
        match self.actor() {
            Actor::Staff { id, .. } => Ok(*id),
            Actor::Anonymous | Actor::Customer { .. } => {
                Err(ApiError::new(ErrorCode::Forbidden, "Log in as staff to use this."))
            }
        }
    }

    /// The loaders, with the data loaded so far.
    fn loaders(&self) -> Loaders {
        self.request().loaders()
    }

    /// The application, for a write: discards loaded data and releases the connection first.
    fn writer(&self) -> &App {
        self.request().reset();
        self.app()
    }

    /// The channel of the request's publishable key, or the shop's first.
    fn channel(&self) -> impl Future<Output = Result<Channel>> + Send
    where
        Self: Sync,
    {
        async {
            if let Some(channel) = &self.request().channel {
                return Ok(channel.clone());
            }
            let loaders = self.loaders();
            let first = self.app().regions.first_channel(loaders.conn().await?).await?;
            first.ok_or_else(|| ApiError::new(ErrorCode::NotFound, "The shop has no sales channel yet."))
        }
    }
}

impl RequestExt for Context<'_> {
    fn request(&self) -> &Arc<RequestContext> {
        self.data_unchecked()
    }
}
