use graphql_plan::object;

use super::sources::{RATES_OF_JURISDICTION, TAX_CLASS, TAX_JURISDICTION};
use crate::domain::pricing::TaxRow;
use crate::domain::tax::{self, AppliedRate, Preview, Split};
use crate::graphql::scalars::{Decimal, Money, TaxedMoney};
use crate::graphql::totals::TaxLine;

object! {
    /// A kind of goods or shipping that is taxed in its own way, such as books.
    pub TaxClass for tax::TaxClass {
        /// Id.
        id;
        /// Name, unique.
        name;
        /// When it was made.
        created_at;
    }
}

object! {
    /// Where somebody levies a tax: a country, a province of it, or a list of postcodes. An address is taxed by all that it
    /// lies in, wider ones first, unless a narrower one replaces the wider ones.
    pub TaxJurisdiction for tax::TaxJurisdiction {
        /// Id.
        id;
        /// Name, for people.
        name;
        /// The country.
        country;
        /// The province, as addresses have it; null means the whole country.
        province;
        /// The postcodes, as a list of codes, beginnings and ranges such as `27498, 80*, 10000-10999`; null means all.
        postcodes: value(|jurisdiction| jurisdiction.postcodes.as_ref().map(ToString::to_string));
        /// Whether its rates stand instead of those of the wider jurisdictions around it, not beside them.
        replaces;
        /// Its rates, past and future ones included, in the order in which they are levied.
        rates: many(TaxRate, RATES_OF_JURISDICTION, |jurisdiction| jurisdiction.id);
        /// When it was made.
        created_at;
        /// When it was last changed.
        updated_at;
    }
}

object! {
    /// A rate that a jurisdiction levies: on one tax class, or on everything that has no rate of its own class there.
    pub TaxRate for tax::TaxRate {
        /// Id.
        id;
        /// The jurisdiction that levies it.
        jurisdiction: option(TaxJurisdiction, TAX_JURISDICTION, |rate| rate.jurisdiction_id);
        /// The tax class that it is levied on; null for a default rate.
        tax_class: option(TaxClass, TAX_CLASS, |rate| rate.tax_class_id);
        /// Name, as on an invoice.
        name;
        /// Code, for bookkeeping.
        code;
        /// The rate as a fraction: `"0.19"` is 19 %.
        rate: value(|rate| Decimal(rate.rate.normalize()));
        /// Whether it is levied on the taxes before it too.
        compound;
        /// Its place: low ones are levied first.
        position;
        /// Since when it holds; null means always.
        starts_at;
        /// The moment from which on it no longer holds; null means never.
        ends_at;
    }
}

object! {
    /// What a sale would be taxed with.
    pub TaxPreview for Preview {
        /// The lines, in the order of the input's.
        lines: embed(TaxPreviewLine, |preview| preview.lines.clone());
        /// Shipping; null when the input has none.
        shipping: embed(TaxPreviewLine, |preview| preview.shipping.clone());
        /// The tax on everything.
        tax_total: embed(Money, |preview| preview.total.tax);
        /// Everything.
        total: embed(TaxedMoney, |preview| preview.total);
    }
}

object! {
    /// What a line, or shipping, would be taxed with.
    pub TaxPreviewLine for (Split, Vec<AppliedRate>) {
        /// What all its units cost.
        total: embed(TaxedMoney, |(split, _)| split.taxed);
        /// The taxes in it, in the order in which they are levied. They add up to `total.tax`.
        tax_lines: embed(TaxLine, |(split, rates)| {
            let row = |(rate, tax): (&AppliedRate, &_)| TaxRow { rate: rate.clone(), net: split.taxed.net, tax: *tax };
            rates.iter().zip(&split.taxes).map(row).collect::<Vec<_>>()
        });
    }
}
