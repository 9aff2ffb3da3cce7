//! Selects the rates that apply at a place, to a class, at a time (rule A21). Pure.

use super::model::{AppliedRate, TaxPlace, TaxRate, TaxRegion};
use crate::kernel::clock::Timestamp;
use crate::kernel::ids::TaxClassId;

/// A tax region with all its rates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct TaxRegionRates {
    pub(super) tax_region: TaxRegion,
    pub(super) rates: Vec<TaxRate>,
}

/// The tax regions that apply to a place.
#[derive(Debug)]
pub(super) struct ApplicableRegions<'a>(Vec<&'a TaxRegionRates>);

/// How narrow a tax region is: a country, a province of it, postal codes of it, postal codes of a province.
type Specificity = (bool, bool);

/// Returns the tax regions that contain a place, without those overridden by a narrower one; `None` if there are none.
pub(super) fn applicable_regions<'a>(known: &'a [TaxRegionRates], place: &TaxPlace) -> Option<ApplicableRegions<'a>> {
    let mut found: Vec<_> = known.iter().filter(|region_rates| contains(&region_rates.tax_region, place)).collect();
    let overriding =
        found.iter().map(|region_rates| &region_rates.tax_region).filter(|tax_region| tax_region.overrides_parent);
    if let Some(widest) = overriding.map(specificity).max() {
        found.retain(|region_rates| specificity(&region_rates.tax_region) >= widest);
    }
    if found.is_empty() { None } else { Some(ApplicableRegions(found)) }
}

impl ApplicableRegions<'_> {
    /// Returns the rates of a class at a time, wider tax regions first, then by position, then by id.
    pub(super) fn rates(&self, class: Option<TaxClassId>, at: Timestamp) -> Vec<AppliedRate> {
        let mut found: Vec<_> = self.0.iter().flat_map(|region_rates| in_force(region_rates, class, at)).collect();
        found.sort_by_key(|(specificity, rate)| (*specificity, rate.position, rate.id));
        found.into_iter().map(|(_, rate)| rate.into()).collect()
    }
}

/// The class's own rates if the tax region has any at that time, otherwise its default rates.
fn in_force(region_rates: &TaxRegionRates, class: Option<TaxClassId>, at: Timestamp) -> Vec<(Specificity, &TaxRate)> {
    let specificity = specificity(&region_rates.tax_region);
    let of = |class: Option<TaxClassId>| {
        let rates = region_rates.rates.iter().filter(|rate| rate.tax_class_id == class && rate.holds(at));
        rates.map(|rate| (specificity, rate)).collect::<Vec<_>>()
    };
    let own = of(class);
    if own.is_empty() { of(None) } else { own }
}

const fn specificity(tax_region: &TaxRegion) -> Specificity {
    (tax_region.postcodes.is_some(), tax_region.province.is_some())
}

fn contains(tax_region: &TaxRegion, place: &TaxPlace) -> bool {
    let province = |own: &str| place.province.as_deref().is_some_and(|given| same_province(own, given));
    let postcode = |given: &str| tax_region.postcodes.as_ref().is_some_and(|codes| codes.contain(given));
    tax_region.country == place.country
        && tax_region.province.as_deref().is_none_or(province)
        && (tax_region.postcodes.is_none() || place.postal_code.as_deref().is_some_and(postcode))
}

fn same_province(one: &str, other: &str) -> bool {
    one.trim().to_lowercase() == other.trim().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::{TaxRegionRates, applicable_regions};
    use crate::domain::regions::TaxRounding;
    use crate::domain::tax::{AppliedRate, TaxPlace, TaxRate, TaxRegion, Taxable, split};
    use crate::kernel::clock::Timestamp;
    use crate::kernel::ids::{TaxClassId, TaxRateId, TaxRegionId};
    use rust_decimal::Decimal;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn now() -> Timestamp {
        at("2026-07-01T12:00:00Z")
    }

    fn dec(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    fn region_rates(
        country: &str,
        province: Option<&str>,
        postcodes: Option<&str>,
        rates: Vec<TaxRate>,
    ) -> TaxRegionRates {
        let tax_region = TaxRegion {
            id: TaxRegionId::new(),
            name: String::new(),
            country: country.parse().unwrap(),
            province: province.map(str::to_owned),
            postcodes: postcodes.map(|list| list.parse().unwrap()),
            overrides_parent: false,
            created_at: now(),
            updated_at: now(),
        };
        TaxRegionRates { tax_region, rates }
    }

    fn overriding(mut region_rates: TaxRegionRates) -> TaxRegionRates {
        region_rates.tax_region.overrides_parent = true;
        region_rates
    }

    fn rate(name: &str, rate: &str) -> TaxRate {
        TaxRate {
            id: TaxRateId::new(),
            tax_region_id: TaxRegionId::new(),
            tax_class_id: None,
            name: name.to_owned(),
            code: name.to_lowercase(),
            rate: dec(rate),
            compound: false,
            position: 0,
            starts_at: None,
            ends_at: None,
            created_at: now(),
            updated_at: now(),
        }
    }

    fn place(country: &str, province: &str, postal_code: &str) -> TaxPlace {
        let non_blank = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        let (province, postal_code) = (non_blank(province), non_blank(postal_code));
        TaxPlace { country: country.parse().unwrap(), province, postal_code }
    }

    fn select(
        known: &[TaxRegionRates],
        place: &TaxPlace,
        class: Option<TaxClassId>,
        at: Timestamp,
    ) -> Option<Vec<AppliedRate>> {
        applicable_regions(known, place).map(|regions| regions.rates(class, at))
    }

    /// The names and rates that apply, as `GST 0.05, QST 0.09975`.
    fn named(known: &[TaxRegionRates], place: &TaxPlace, class: Option<TaxClassId>, at: Timestamp) -> Option<String> {
        let text = |rate: &AppliedRate| format!("{} {}", rate.name, rate.rate);
        select(known, place, class, at).map(|rates| rates.iter().map(text).collect::<Vec<_>>().join(", "))
    }

    fn canada() -> Vec<TaxRegionRates> {
        vec![
            region_rates("CA", Some("QC"), None, vec![rate("QST", "0.09975")]),
            region_rates("CA", None, None, vec![rate("GST", "0.05")]),
        ]
    }

    #[test]
    fn a21_a_place_is_taxed_by_all_that_it_lies_in_wider_ones_first() {
        let cases = [
            ("CA", "QC", Some("GST 0.05, QST 0.09975")),
            ("CA", " qc ", Some("GST 0.05, QST 0.09975")),
            ("CA", "ON", Some("GST 0.05")),
            ("CA", "", Some("GST 0.05")),
            ("US", "QC", None),
        ];
        for (country, province, want) in cases {
            let got = named(&canada(), &place(country, province, ""), None, now());
            assert_eq!(got.as_deref(), want, "{country} {province}");
        }
    }

    #[test]
    fn a21_stacked_taxes_are_rounded_each_on_its_own_and_compound_only_where_the_rate_says_so() {
        let mut known = canada();
        let taxes = |known: &[TaxRegionRates]| {
            let rates = select(known, &place("CA", "QC", ""), None, now()).unwrap();
            let item = Taxable { amount: dec("100.00"), includes_tax: false, rates: &rates };
            let split = split(&[item], "CAD".parse().unwrap(), TaxRounding::Line).unwrap().remove(0);
            (split.taxes.iter().map(|tax| tax.amount).collect::<Vec<_>>(), split.taxed.gross.amount)
        };
        assert_eq!(taxes(&known), (vec![dec("5.00"), dec("9.98")], dec("114.98")));
        known[0].rates[0].compound = true;
        assert_eq!(taxes(&known), (vec![dec("5.00"), dec("10.47")], dec("115.47")));
    }

    #[test]
    fn a_narrower_tax_region_may_override_the_wider_ones() {
        let known = [
            region_rates("DE", None, None, vec![rate("VAT", "0.19")]),
            overriding(region_rates("DE", None, Some("27498, 78266"), vec![rate("None", "0")])),
        ];
        let cases = [("27498", "None 0"), ("78266", "None 0"), ("10115", "VAT 0.19"), ("", "VAT 0.19")];
        for (code, want) in cases {
            assert_eq!(named(&known, &place("DE", "", code), None, now()).as_deref(), Some(want), "{code}");
        }
    }

    #[test]
    fn what_is_replaced_is_only_what_is_wider() {
        let known = [
            region_rates("US", None, None, vec![rate("Country", "0.01")]),
            overriding(region_rates("US", Some("NY"), None, vec![rate("State", "0.04")])),
            region_rates("US", None, Some("100*"), vec![rate("City", "0.045")]),
            region_rates("US", Some("NY"), Some("10001"), vec![rate("District", "0.00375")]),
            overriding(region_rates("US", Some("NY"), Some("10002"), Vec::new())),
        ];
        let cases = [
            ("NJ", "", "Country 0.01"),
            ("NY", "", "State 0.04"),
            ("NY", "10003", "State 0.04, City 0.045"),
            ("NY", "10001", "State 0.04, City 0.045, District 0.00375"),
            ("", "10001", "Country 0.01, City 0.045"),
            ("NY", "10002", ""),
        ];
        for (province, code, want) in cases {
            let got = named(&known, &place("US", province, code), None, now());
            assert_eq!(got.as_deref(), Some(want), "{province} {code}");
        }
    }

    #[test]
    fn a_rate_holds_from_its_start_until_just_before_its_end() {
        let change = at("2027-01-01T00:00:00Z");
        let old = TaxRate { ends_at: Some(change), ..rate("Old", "0.19") };
        let new = TaxRate { starts_at: Some(change), ..rate("New", "0.21") };
        let known = [region_rates("DE", None, None, vec![old, new])];
        let cases = [
            ("2026-12-31T23:59:59.999999Z", "Old 0.19"),
            ("2027-01-01T00:00:00Z", "New 0.21"),
            ("2040-01-01T00:00:00Z", "New 0.21"),
        ];
        for (moment, want) in cases {
            assert_eq!(named(&known, &place("DE", "", ""), None, at(moment)).as_deref(), Some(want), "{moment}");
        }
    }

    #[test]
    fn a_tax_region_without_a_rate_at_that_moment_levies_nothing() {
        let old = TaxRate { ends_at: Some(now()), ..rate("Old", "0.19") };
        let known = [region_rates("DE", None, None, vec![old])];
        assert_eq!(select(&known, &place("DE", "", ""), None, now()), Some(Vec::new()));
    }

    #[test]
    fn the_rates_of_a_class_stand_instead_of_the_default_ones_of_their_tax_region() {
        let (books, food) = (TaxClassId::new(), TaxClassId::new());
        let of_books = TaxRate { tax_class_id: Some(books), starts_at: Some(now()), ..rate("Books", "0.07") };
        let known = [
            region_rates("DE", None, None, vec![rate("VAT", "0.19"), of_books]),
            region_rates("DE", Some("BE"), None, vec![rate("City", "0.01")]),
        ];
        let berlin = place("DE", "BE", "");
        let earlier = at("2026-01-01T00:00:00Z");
        let cases = [
            (None, now(), "VAT 0.19, City 0.01"),
            (Some(food), now(), "VAT 0.19, City 0.01"),
            (Some(books), now(), "Books 0.07, City 0.01"),
            (Some(books), earlier, "VAT 0.19, City 0.01"),
        ];
        for (class, moment, want) in cases {
            assert_eq!(named(&known, &berlin, class, moment).as_deref(), Some(want), "{class:?}");
        }
    }

    #[test]
    fn rates_of_one_narrowness_come_by_position_and_then_by_id() {
        let second = TaxRate { position: 1, ..rate("Second", "0.01") };
        let known = [
            region_rates("DE", None, None, vec![second, rate("First", "0.02"), rate("Also first", "0.03")]),
            region_rates("DE", Some("BE"), None, vec![TaxRate { position: -1, ..rate("Narrow", "0.04") }]),
        ];
        let want = "First 0.02, Also first 0.03, Second 0.01, Narrow 0.04";
        assert_eq!(named(&known, &place("DE", "BE", ""), None, now()).as_deref(), Some(want));
    }
}
