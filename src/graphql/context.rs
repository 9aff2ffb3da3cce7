//! What a resolver knows of its request.

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

/// Where the shopper is, as far as the operation's `@inContext` says.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Place {
    pub(super) country: Option<Country>,
    pub(super) currency: Option<Currency>,
}

/// A request: who asks, where they are, and what was read for them so far.
pub(super) struct RequestContext {
    app: App,
    actor: Actor,
    channel: Option<Channel>,
    place: Place,
    execution: Arc<Execution>,
}

/// What was read for a request since the last write, and what reads more: one connection, and the loads on it.
pub(super) struct Reads(Arc<Loads>);

/// What sources need: the application, for whom they load, and the request's connection.
pub(super) struct Scope {
    pub(super) app: App,
    pub(super) actor: Actor,
    pub(super) audience: Audience,
    place: Place,
    conn: OnceCell<Pooled>,
    channel: OnceCell<Option<Channel>>,
    market: OnceCell<Option<Region>>,
    buyer: OnceCell<Option<Buyer>>,
    prices_for: OnceCell<Option<PriceContextId>>,
}

impl Scope {
    /// The request's connection, taken from the pool when it is first needed. Statements of fields that are resolved
    /// together are pipelined on it.
    pub(super) async fn conn(&self) -> db::Result<&Pooled> {
        self.conn.get_or_try_init(|| self.app.db.conn()).await
    }

    /// The region whose prices are shown: of `@inContext`'s country, else with its currency, else the channel's.
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

    /// The channel that the request's key belongs to, or the shop's first.
    async fn channel(&self) -> db::Result<Option<&Channel>> {
        let first = || async { self.app.regions.first_channel(self.conn().await?).await };
        Ok(self.channel.get_or_try_init(first).await?.as_ref())
    }

    /// Whose prices are shown: somebody in the market, and in `@inContext`'s country, who buys through the channel and
    /// is in the groups of the customer who is logged in. None without a market.
    pub(super) async fn buyer(&self) -> db::Result<Option<&Buyer>> {
        let found = self.buyer.get_or_try_init(|| async {
            let Some(market) = self.market().await? else { return Ok(None) };
            let channel_id = self.channel().await?.map(|channel| channel.id);
            let groups = match self.actor.customer() {
                Some(id) => self.app.customers.standing(self.conn().await?, id).await?.groups,
                None => Vec::new(),
            };
            db::Result::Ok(Some(Buyer { channel_id, groups, ..market.buyer(self.place.country) }))
        });
        Ok(found.await?.as_ref())
    }

    /// The buyer's context in the index of prices. Only lists that are filtered or sorted by price need it.
    pub(super) async fn prices_for(&self) -> db::Result<Option<PriceContextId>> {
        let found = self.prices_for.get_or_try_init(|| async {
            let Some(buyer) = self.buyer().await? else { return Ok(None) };
            self.app.pricing.context(self.conn().await?, buyer).await.map(Some)
        });
        Ok(*found.await?)
    }
}

impl RequestContext {
    pub(super) fn new(app: App, actor: Actor, channel: Option<Channel>, place: Place, limits: Limits) -> Self {
        let scope = Scope::new(&app, &actor, channel.as_ref(), place);
        Self { app, actor, channel, place, execution: Arc::new(Execution::new(scope, limits)) }
    }

    /// Forgets what was read and gives the connection back: before a write, and between two items of a subscription.
    pub(super) fn forget(&self) {
        self.execution.forget(Scope::new(&self.app, &self.actor, self.channel.as_ref(), self.place));
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

    /// What was read so far, and what reads more.
    pub(super) fn reads(&self) -> Reads {
        Reads(self.execution.loads())
    }
}

impl Scope {
    fn new(app: &App, actor: &Actor, channel: Option<&Channel>, place: Place) -> Arc<Self> {
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
            prices_for: OnceCell::new(),
        })
    }
}

impl Deref for Reads {
    type Target = Scope;

    fn deref(&self) -> &Scope {
        self.0.scope()
    }
}

impl Reads {
    /// What a source has for a key: the first, or the only one.
    pub(super) async fn load<K: AsKey, V: Send + Sync + 'static>(
        &self,
        source: &'static Source<K, V>,
        key: K,
    ) -> Result<Option<Arc<V>>> {
        Ok(self.0.load(source, key).await?)
    }
}

/// The request, as tables ask for it.
pub(super) trait Asked {
    /// For whom is loaded, and by which application.
    fn scope(&self) -> &Scope;

    /// Who asks.
    fn actor(&self) -> &Actor {
        &self.scope().actor
    }

    /// The application.
    fn app(&self) -> &App {
        &self.scope().app
    }
}

impl Asked for Cx<'_> {
    fn scope(&self) -> &Scope {
        Cx::scope(self)
    }
}

/// The request, as resolvers ask for it.
pub(super) trait Requested {
    /// The whole of it.
    fn request(&self) -> &Arc<RequestContext>;

    /// The application, for reads.
    fn app(&self) -> &App {
        &self.request().app
    }

    /// Who asks.
    fn actor(&self) -> &Actor {
        &self.request().actor
    }

    /// Where the shopper is, as far as the operation says.
    fn country(&self) -> Option<Country> {
        self.request().place.country
    }

    /// The member of staff who asks.
    fn staff_id(&self) -> Result<StaffId> {
        match self.actor() {
            Actor::Staff { id, .. } => Ok(*id),
            Actor::Anonymous | Actor::Customer { .. } => {
                Err(ApiError::new(ErrorCode::Forbidden, "Log in as staff to use this."))
            }
        }
    }

    /// What was read so far, and what reads more.
    fn reads(&self) -> Reads {
        self.request().reads()
    }

    /// The application, for a write: what was read before is forgotten, and the connection is free for it.
    fn for_write(&self) -> &App {
        self.request().forget();
        self.app()
    }

    /// The channel that the request's key belongs to, or the shop's first.
    fn channel(&self) -> impl Future<Output = Result<Channel>> + Send
    where
        Self: Sync,
    {
        async {
            if let Some(channel) = &self.request().channel {
                return Ok(channel.clone());
            }
            let reads = self.reads();
            let first = self.app().regions.first_channel(reads.conn().await?).await?;
            first.ok_or_else(|| ApiError::new(ErrorCode::NotFound, "The shop has no sales channel yet."))
        }
    }
}

impl Requested for Context<'_> {
    fn request(&self) -> &Arc<RequestContext> {
        self.data_unchecked()
    }
}
