//! What loads regions and shipping for a level of a query.

use std::sync::Arc;

use graphql_plan::Loads;

use crate::domain::fulfilment::ShippingOption;
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
        |scope, conn, ids| scope.app.fulfilment.options_of(conn, ids, false), by |row| row.region_id
}
graphql_plan::source! {
    /// The region whose prices the request shows, whichever channel asks; none when no region serves the place.
    pub MARKET: ChannelId => Region = |loads, ids| market(loads, ids)
}

async fn market(loads: &Arc<Loads>, ids: &[ChannelId]) -> graphql_plan::Result<Vec<(ChannelId, Region)>> {
    let market = loads.scope::<Scope>().market().await?;
    Ok(ids.iter().filter_map(|id| Some((*id, market?.clone()))).collect())
}
