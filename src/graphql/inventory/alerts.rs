use async_graphql::connection::Connection;
use async_graphql::{Context, Description, InputObject, Object};

use crate::domain::inventory::{self, AlertFilter};
use crate::graphql::catalog::ProductVariant;
use crate::graphql::connection::{connection, page_args};
use crate::graphql::context::Requested;
use crate::graphql::errors::{Result, payloads, refused};
use crate::graphql::guards::{Needs, requires, staff};
use crate::kernel::actor::Permission;
use crate::kernel::clock::Timestamp;
use crate::kernel::ids::{StockAlertId, VariantId};
use crate::kernel::page::Window;

/// Somebody who wants to know when a variant is back.
#[derive(Description)]
pub struct BackInStockAlert(inventory::StockAlert);

#[Object(use_type_description)]
impl BackInStockAlert {
    /// Id.
    async fn id(&self) -> StockAlertId {
        self.0.id
    }

    /// Which variant; null when the caller may not see it because it is not published any more.
    async fn variant(&self, ctx: &Context<'_>) -> Result<Option<ProductVariant>> {
        Ok(ctx.reads().loaders.variant.load(self.0.variant_id).await?.map(ProductVariant))
    }

    /// Where the news go.
    async fn email(&self) -> &str {
        &self.0.email
    }

    /// What the link of the news takes them off with: `backInStockUnsubscribe(token)`. For whoever sends the news.
    async fn unsubscribe_token(&self, ctx: &Context<'_>) -> Result<String> {
        ctx.app().auth.stock_alert_token(self.0.id).map_err(refused)
    }

    /// When they asked, UTC.
    async fn created_at(&self) -> Timestamp {
        self.0.created_at
    }

    /// When the variant was back, UTC; null while it is not.
    async fn notified_at(&self) -> Option<Timestamp> {
        self.0.notified_at
    }
}

/// How many of a list of alerts there are.
pub struct BackInStockAlertTotal(AlertFilter);

#[Object]
impl BackInStockAlertTotal {
    /// How many alerts the filter leaves, over all pages. Counted only when asked for.
    async fn total_count(&self, ctx: &Context<'_>) -> Result<i64> {
        let reads = ctx.reads();
        Ok(ctx.app().inventory.count_alerts(reads.conn().await?, &self.0).await?)
    }
}

type BackInStockAlertConnection = Connection<String, BackInStockAlert, BackInStockAlertTotal>;

/// Which alerts to list; what is left out does not narrow the list.
#[derive(InputObject, Default)]
pub struct BackInStockAlertFilterInput {
    /// For this variant.
    variant_id: Option<VariantId>,
    /// Those whose variant is not back yet, or those whose is.
    waiting: Option<bool>,
}

payloads! {
    BackInStockSubscribePayload {
        /// The variant that is waited for.
        variant_id: VariantId
    }
    BackInStockUnsubscribePayload {
        /// True when nobody waits by this token any more.
        unsubscribed: bool
    }
}

#[derive(Default)]
pub struct StockAlertQuery;

#[Object]
impl StockAlertQuery {
    /// Who wants to know when variants are back, newest first.
    #[graphql(guard = "Needs(Permission::Customers)", visible = "staff", directive = requires::apply("CUSTOMERS".into()))]
    async fn back_in_stock_alerts(
        &self,
        ctx: &Context<'_>,
        #[graphql(default)] filter: BackInStockAlertFilterInput,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<BackInStockAlertConnection> {
        let filter = AlertFilter { variant_id: filter.variant_id, waiting: filter.waiting };
        let window = Window::new(&page_args(first, after, last, before), "NEWEST")?;
        let reads = ctx.reads();
        let page = ctx.app().inventory.list_alerts(reads.conn().await?, &filter, &window).await.map_err(refused)?;
        Ok(connection(page, BackInStockAlertTotal(filter), BackInStockAlert))
    }
}

#[derive(Default)]
pub struct StockAlertMutation;

#[Object]
impl StockAlertMutation {
    /// Asks to be told when a variant that is sold out is back. Asking again changes nothing, and the answer does not tell
    /// whether the address was known. Codes: NOT_FOUND, INVALID_EMAIL, and INVALID_STATE when it can be bought now.
    async fn back_in_stock_subscribe(
        &self,
        ctx: &Context<'_>,
        variant_id: VariantId,
        email: String,
    ) -> Result<BackInStockSubscribePayload> {
        let outcome = ctx.for_write().back_in_stock.subscribe(variant_id, &email).await;
        BackInStockSubscribePayload::of(outcome, |id| BackInStockSubscribePayload {
            variant_id: Some(id),
            ..Default::default()
        })
    }

    /// Asks not to be told any more, by the token that the news have. Asking again changes nothing. Codes: INVALID.
    async fn back_in_stock_unsubscribe(
        &self,
        ctx: &Context<'_>,
        token: String,
    ) -> Result<BackInStockUnsubscribePayload> {
        let outcome = ctx.for_write().back_in_stock.unsubscribe(&token).await;
        BackInStockUnsubscribePayload::of(outcome, |()| BackInStockUnsubscribePayload {
            unsubscribed: Some(true),
            ..Default::default()
        })
    }
}
