use graphql_plan::object;

use super::sources::{RATES_OF_TAX_REGION, TAX_CLASS, TAX_REGION};
use crate::domain::pricing::TaxRow;
use crate::domain::tax::{self, AppliedRate, Preview, Split};
use crate::graphql::scalars::{Decimal, Money, TaxedMoney};
use crate::graphql::totals::TaxLine;

object! {
    /// A class of goods or shipping with its own tax rates, such as books.
    pub TaxClass for tax::TaxClass {
        /// Id.
        id;
        /// Name, unique.
        name;
        /// Time at which it was created (UTC).
        created_at;
    }
}

object! {
    /// A tax region: a country, a province, or a list of postal codes. An address is taxed by every tax region that
    /// contains it, wider ones first, unless a narrower one overrides the wider ones.
    pub TaxRegion for tax::TaxRegion {
        /// Id.
        id;
        /// Name, shown to staff.
        name;
        /// The country.
        country;
        /// The province, as written in addresses; null means the whole country.
        province;
        /// The postal codes, as a list of codes, prefixes and ranges such as `27498, 80*, 10000-10999`; null means all.
        postcodes: value(|tax_region| tax_region.postcodes.as_ref().map(ToString::to_string));
        /// Whether its rates override those of the wider tax regions around it instead of being added to them.
        overrides_parent;
        /// The rates, including past and future ones, in the order in which they are applied.
        rates: many(TaxRate, RATES_OF_TAX_REGION, |tax_region| tax_region.id);
        /// Time at which it was created (UTC).
        created_at;
        /// Time at which it was last updated (UTC).
        updated_at;
    }
}

object! {
    /// A tax rate of a tax region. It applies to one tax class, or by default to everything that has no rate for its
    /// own class there.
    pub TaxRate for tax::TaxRate {
        /// Id.
        id;
        /// The tax region the rate belongs to.
        tax_region: option(TaxRegion, TAX_REGION, |rate| rate.tax_region_id);
        /// The tax class the rate applies to; null for a default rate.
        tax_class: option(TaxClass, TAX_CLASS, |rate| rate.tax_class_id);
        /// Name, as shown on invoices.
        name;
        /// Code, for accounting.
        code;
        /// The rate as a fraction: `"0.19"` is 19%.
        rate: value(|rate| Decimal(rate.rate.normalize()));
        /// Whether it also applies to the taxes before it (compound tax).
        compound;
        /// The position: rates with lower positions are applied first.
        position;
        /// Time from which it is valid (UTC); null if it has always been valid.
        starts_at;
        /// Time from which it is no longer valid (UTC); null if it has no end.
        ends_at;
    }
}

object! {
    /// The taxes of a hypothetical sale.
    pub TaxPreview for Preview {
        /// The lines, in the order of the input.
        lines: embed(TaxPreviewLine, |preview| preview.lines.clone());
        /// Shipping; null if the input has no shipping amount.
        shipping: embed(TaxPreviewLine, |preview| preview.shipping.clone());
        /// The total tax.
        tax_total: embed(Money, |preview| preview.total.tax);
        /// The total, including shipping.
        total: embed(TaxedMoney, |preview| preview.total);
    }
}

object! {
    /// The taxes of a line, or of shipping, in a tax preview.
    pub TaxPreviewLine for (Split, Vec<AppliedRate>) {
        /// The price of all units.
        total: embed(TaxedMoney, |(split, _)| split.taxed);
        /// The taxes, in the order in which they are applied. They add up to `total.tax`.
        tax_lines: embed(TaxLine, |(split, rates)| {
            let row = |(rate, tax): (&AppliedRate, &_)| TaxRow { rate: rate.clone(), net: split.taxed.net, tax: *tax };
            rates.iter().zip(&split.taxes).map(row).collect::<Vec<_>>()
        });
    }
}
