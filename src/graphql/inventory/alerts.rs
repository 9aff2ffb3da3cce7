use async_graphql::{Context, InputObject};
use cartwright_macros::{mutations, queries};
use graphql_plan::{Connection, Cx, One, object};

use crate::domain::inventory::{AlertFilter, StockAlert};
use crate::graphql::catalog::ProductVariant;
use crate::graphql::catalog::sources::VARIANT;
use crate::graphql::connection::{connection, counted};
use crate::graphql::context::{Asked, Requested};
use crate::graphql::errors::{Refusal, Result, refused};
use crate::kernel::ids::VariantId;
use crate::kernel::page::{PageArgs, Window};

object! {
    /// Somebody who wants to know when a variant is back.
    pub BackInStockAlert for StockAlert {
        /// Id.
        id;
        /// Which variant; null when the caller may not see it because it is not published any more.
        variant: option(ProductVariant, VARIANT, |alert| alert.variant_id);
        /// Where the news go.
        email;
        /// What the link of the news takes them off with: `backInStockUnsubscribe(token)`. For whoever sends the news.
        unsubscribe_token: value(|alert, cx| unsubscribe_token(alert, cx));
        /// When they asked, UTC.
        created_at;
        /// When the variant was back, UTC; null while it is not.
        notified_at;
    }
}

fn unsubscribe_token(alert: &StockAlert, cx: &Cx<'_>) -> graphql_plan::Result<String> {
    Ok(cx.app().auth.stock_alert_token(alert.id).map_err(refused)?)
}

/// Which alerts to list; what is left out does not narrow the list.
#[derive(InputObject, Default)]
pub struct BackInStockAlertFilterInput {
    /// For this variant.
    variant_id: Option<VariantId>,
    /// Those whose variant is not back yet, or those whose is.
    waiting: Option<bool>,
}

#[queries(staff = CUSTOMERS)]
impl StockAlertQuery {
    /// Who wants to know when variants are back, newest first.
    async fn back_in_stock_alerts(
        ctx: &Context<'_>,
        /// Returns only entries that match every field of the filter.
        #[default]
        filter: BackInStockAlertFilterInput,
        #[flatten] page: PageArgs,
    ) -> Result<One<Connection<BackInStockAlert>>> {
        let filter = AlertFilter { variant_id: filter.variant_id, waiting: filter.waiting };
        let window = Window::new(&page, "NEWEST")?;
        let reads = ctx.reads();
        let page = reads.app.inventory.list_alerts(reads.conn().await?, &filter, &window).await.map_err(refused)?;
        let total = counted!(|scope, conn| scope.app.inventory.count_alerts(conn, &filter));
        Ok(connection(page, total).into())
    }
}

#[mutations]
impl StockAlertMutation {
    /// Asks to be told when a variant that is sold out is back. Asking again changes nothing, and the answer does not tell
    /// whether the address was known. Codes: NOT_FOUND, INVALID_EMAIL, and INVALID_STATE when it can be bought now.
    #[returns(variant_id: value VariantId, "The variant that is waited for.")]
    async fn back_in_stock_subscribe(
        ctx: &Context<'_>,
        variant_id: VariantId,
        email: String,
    ) -> Result<VariantId, Refusal> {
        Ok(ctx.for_write().back_in_stock.subscribe(variant_id, &email).await?)
    }

    /// Asks not to be told any more, by the token that the news have. Asking again changes nothing. Codes: INVALID.
    #[returns(unsubscribed: value bool, "True when nobody waits by this token any more.")]
    async fn back_in_stock_unsubscribe(ctx: &Context<'_>, token: String) -> Result<bool, Refusal> {
        ctx.for_write().back_in_stock.unsubscribe(&token).await?;
        Ok(true)
    }
}
