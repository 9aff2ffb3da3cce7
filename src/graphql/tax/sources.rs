//! What loads taxes for a level of a query.

use crate::domain::tax::{TaxClass, TaxJurisdiction, TaxRate};
use crate::graphql::sources::source;
use crate::kernel::ids::{TaxClassId, TaxJurisdictionId};

source! {
    pub TAX_CLASS: TaxClassId => TaxClass = |scope, conn, ids| scope.app.taxes.classes(conn, ids), by |row| row.id
}
source! {
    pub TAX_JURISDICTION: TaxJurisdictionId => TaxJurisdiction =
        |scope, conn, ids| scope.app.taxes.jurisdictions(conn, ids), by |row| row.id
}
source! {
    pub RATES_OF_JURISDICTION: TaxJurisdictionId => TaxRate =
        |scope, conn, ids| scope.app.taxes.rates_of(conn, ids), by |row| row.jurisdiction_id
}
