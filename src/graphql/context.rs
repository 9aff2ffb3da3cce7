//! What a resolver knows of its request.

use std::sync::{Arc, PoisonError, RwLock};

use async_graphql::Context;
use tokio::sync::OnceCell;

use super::errors::{ApiError, Result};
use super::loader::LoadError;
use super::loaders::Loaders;
use crate::app::App;
use crate::db::{self, Pooled};
use crate::domain::catalog::Audience;
use crate::domain::regions::{Channel, Region};
use crate::kernel::actor::{Actor, Permission};
use crate::kernel::buyer::Buyer;
use crate::kernel::country::Country;
use crate::kernel::error::ErrorCode;
use crate::kernel::ids::{CustomerId, PriceContextId, StaffId};
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
    reads: RwLock<Arc<Reads>>,
}

/// What was read for a request since the last write: one connection, and the loaders on it.
pub(super) struct Reads {
    pub(super) scope: Arc<Scope>,
    pub(super) loaders: Loaders,
}

/// What loaders need: the application, for whom they load, and the request's connection.
pub(super) struct Scope {
    pub(super) app: App,
    pub(super) audience: Audience,
    customer: Option<CustomerId>,
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
            let groups = match self.customer {
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
    pub(super) fn new(app: App, actor: Actor, channel: Option<Channel>, place: Place) -> Self {
        let reads = RwLock::new(Arc::new(Reads::new(&app, &actor, channel.as_ref(), place)));
        Self { app, actor, channel, place, reads }
    }

    /// Forgets what was read and gives the connection back: before a write, and between two items of a subscription.
    pub(super) fn forget(&self) {
        let fresh = Arc::new(Reads::new(&self.app, &self.actor, self.channel.as_ref(), self.place));
        *self.reads.write().unwrap_or_else(PoisonError::into_inner) = fresh;
    }

    pub(super) fn actor(&self) -> &Actor {
        &self.actor
    }

    pub(super) fn app(&self) -> &App {
        &self.app
    }

    /// What was read so far, and what reads more.
    pub(super) fn reads(&self) -> Arc<Reads> {
        self.reads.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Reads {
    fn new(app: &App, actor: &Actor, channel: Option<&Channel>, place: Place) -> Self {
        let audience = if actor.may(Permission::Catalog) { Audience::Staff } else { Audience::Shoppers };
        let scope = Arc::new(Scope {
            app: app.clone(),
            audience,
            customer: actor.customer(),
            place,
            conn: OnceCell::new(),
            channel: OnceCell::new_with(channel.cloned().map(Some)),
            market: OnceCell::new(),
            buyer: OnceCell::new(),
            prices_for: OnceCell::new(),
        });
        Self { loaders: Loaders::new(&scope), scope }
    }

    /// The request's connection.
    pub(super) async fn conn(&self) -> db::Result<&Pooled> {
        self.scope.conn().await
    }

    /// The region whose prices are shown; `None` when no region serves the place that was named.
    pub(super) async fn market(&self) -> std::result::Result<Option<&Region>, LoadError> {
        Ok(self.scope.market().await?)
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
            Actor::Anonymous | Actor::Customer { .. } => Err(ApiError::new(ErrorCode::Forbidden, "This is for staff.")),
        }
    }

    /// What was read so far, and what reads more.
    fn reads(&self) -> Arc<Reads> {
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
