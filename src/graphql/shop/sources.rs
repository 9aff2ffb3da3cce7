//! Batch sources for regions and shipping options.

use std::sync::Arc;

use graphql_plan::Loads;

use crate::domain::fulfillment::ShippingOption;
use crate::domain::regions::Region;
use crate::graphql::context::Scope;
use crate::graphql::sources::source;
use crate::kernel::country::Country;
use crate::kernel::ids::{ChannelId, RegionId};

source! {
    pub REGION: RegionId => Region = |scope, conn, ids| scope.app.regions.by_ids(conn, ids), by |row| row.id
}
source! {
    pub COUNTRIES_OF_REGION: RegionId => Country = |scope, conn, ids| scope.app.regions.countries(conn, ids)
}
source! {
    pub SHIPPING_OPTIONS_OF_REGION: RegionId => ShippingOption =
        |scope, conn, ids| scope.app.fulfillment.options_of(conn, ids, false), by |row| row.region_id
}
graphql_plan::source! {
    /// The region whose prices the request shows, for any channel; none if no region serves the market.
    pub MARKET: ChannelId => Region = |loads, ids| market(loads, ids)
}

async fn market(loads: &Arc<Loads>, ids: &[ChannelId]) -> graphql_plan::Result<Vec<(ChannelId, Region)>> {
    let market = loads.scope::<Scope>().market().await?;
    Ok(ids.iter().filter_map(|id| Some((*id, market?.clone()))).collect())
}
