//! Batch sources for taxes.

use crate::domain::tax::{TaxClass, TaxRate, TaxRegion};
use crate::graphql::sources::source;
use crate::kernel::ids::{TaxClassId, TaxRegionId};

source! {
    pub TAX_CLASS: TaxClassId => TaxClass = |scope, conn, ids| scope.app.taxes.classes(conn, ids), by |row| row.id
}
source! {
    pub TAX_REGION: TaxRegionId => TaxRegion =
        |scope, conn, ids| scope.app.taxes.tax_regions(conn, ids), by |row| row.id
}
source! {
    pub RATES_OF_TAX_REGION: TaxRegionId => TaxRate =
        |scope, conn, ids| scope.app.taxes.rates_of(conn, ids), by |row| row.tax_region_id
}
