use async_graphql::Context;
use cartwright_macros::{mutations, queries};
use graphql_plan::{Cx, object};

use crate::domain::inventory::{AlertFilter, StockAlert};
use crate::graphql::catalog::ProductVariant;
use crate::graphql::catalog::sources::VARIANT;
use crate::graphql::connection::{Paged, connection, counted};
use crate::graphql::context::{CxExt, RequestExt};
use crate::graphql::errors::{Refusal, Result, refused};
use crate::kernel::ids::VariantId;
use crate::kernel::page::{PageArgs, PageRequest};

object! {
    /// A request to be notified when a variant is back in stock.
    pub BackInStockAlert for StockAlert {
        /// Id.
        id;
        /// The variant; null if it is no longer published and the caller may not see it.
        variant: option(ProductVariant, VARIANT, |alert| alert.variant_id);
        /// The email address to notify.
        email;
        /// The token for the unsubscribe link of the notification: `backInStockUnsubscribe(token)`. Intended for the
        /// service that sends the notifications.
        unsubscribe_token: value(|alert, cx| unsubscribe_token(alert, cx));
        /// Time at which it was created (UTC).
        created_at;
        /// Time at which the variant was back in stock (UTC); null until then.
        notified_at;
    }
}

fn unsubscribe_token(alert: &StockAlert, cx: &Cx<'_>) -> graphql_plan::Result<String> {
    Ok(cx.app().auth.stock_alert_token(alert.id).map_err(refused)?)
}

#[queries(staff = CUSTOMERS)]
impl StockAlertQuery {
    /// All back-in-stock alerts, newest first.
    async fn back_in_stock_alerts(
        ctx: &Context<'_>,
        /// Returns only entries that match every field of the filter.
        #[default]
        filter: AlertFilter,
        #[flatten] page: PageArgs,
    ) -> Result<Paged<BackInStockAlert>> {
        let paging = PageRequest::new(&page, "NEWEST")?;
        let loaders = ctx.loaders();
        let page = loaders.app.inventory.list_alerts(loaders.conn().await?, &filter, &paging).await.map_err(refused)?;
        let total = counted!(|scope, conn| scope.app.inventory.count_alerts(conn, &filter));
        Ok(connection(page, total).into())
    }
}

#[mutations]
impl StockAlertMutation {
    /// Subscribes an email address to a notification when a sold-out variant is back in stock. Repeated calls have no
    /// effect, and the result does not reveal whether the address was already subscribed.
    /// Codes: NOT_FOUND, INVALID_EMAIL, and INVALID_STATE if the variant can be bought now.
    #[returns(variant_id: value VariantId, "The id of the variant.")]
    async fn back_in_stock_subscribe(
        ctx: &Context<'_>,
        /// The id of the variant.
        variant_id: VariantId,
        /// The email address to notify.
        email: String,
    ) -> Result<VariantId, Refusal> {
        Ok(ctx.writer().back_in_stock.subscribe(variant_id, &email).await?)
    }

    /// Cancels a back-in-stock alert by the token of its notification. Repeated calls have no effect. Codes: INVALID.
    #[returns(unsubscribed: value bool, "True if the token's alert no longer exists.")]
    async fn back_in_stock_unsubscribe(
        ctx: &Context<'_>,
        /// The token from the unsubscribe link.
        token: String,
    ) -> Result<bool, Refusal> {
        ctx.writer().back_in_stock.unsubscribe(&token).await?;
        Ok(true)
    }
}
