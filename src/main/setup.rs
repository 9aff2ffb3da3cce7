//! The findings of `cartwright doctor` for a shop that is being set up: what exists, and what to do next. Pure.

use cartwright::workflows::setup::{RegionState, SetupState};

use super::doctor::Finding::{self, Fail, Fine, Warn};

/// Returns one finding per step of `docs/your-shop.md`, in order.
pub(crate) fn findings(state: &SetupState) -> Vec<(&'static str, Finding)> {
    vec![
        ("channel", channel(state)),
        ("staff", staff(state)),
        ("regions", regions(state)),
        ("locations", locations(state)),
        ("shipping", shipping(state)),
        ("products", products(state)),
    ]
}

fn channel(state: &SetupState) -> Finding {
    match &state.channel {
        Some(channel) => Fine(format!("{} ({})", channel.name, channel.publishable_key)),
        None => Fail("no sales channel: start `cartwright`, which creates one".to_owned()),
    }
}

fn staff(state: &SetupState) -> Finding {
    match state.has_staff {
        true => Fine("there is an account".to_owned()),
        false => Warn("no account: `cartwright user create --email you@example.com --name You`".to_owned()),
    }
}

fn regions(state: &SetupState) -> Finding {
    if state.regions.is_empty() {
        return Warn("no region, so nothing can be sold: create one with regionCreate".to_owned());
    }
    let names = list(state.regions.iter());
    match state.default_region() {
        Some(default) => Fine(format!("{names}; {} is the default region", default.name)),
        None => Warn(format!(
            "{names}, and none is the default region: requests that name neither a region nor a country see no prices until \
             you set defaultRegionId with salesChannelUpdate"
        )),
    }
}

fn locations(state: &SetupState) -> Finding {
    match state.locations.as_slice() {
        [] => Warn("no stock location, so no stock can be counted: create one with stockLocationCreate".to_owned()),
        names => Fine(names.join(", ")),
    }
}

fn shipping(state: &SetupState) -> Finding {
    if state.regions.is_empty() {
        return Warn("no shipping option: create a region first, then an option with shippingOptionCreate".to_owned());
    }
    let without: Vec<_> = state.regions.iter().filter(|region| region.shipping_options == 0).collect();
    if without.is_empty() {
        return Fine("every region has a shipping option".to_owned());
    }
    Warn(format!(
        "no shipping option in {}: nothing that has to be shipped can be ordered there; create one with \
         shippingOptionCreate",
        list(without)
    ))
}

fn products(state: &SetupState) -> Finding {
    let published = state.published;
    if published == 0 {
        return Warn(
            "none is published: create one with productCreate and publish it with productPublish, or import a file"
                .to_owned(),
        );
    }
    let without = |count: fn(&RegionState) -> i64| state.regions.iter().filter(move |region| count(region) == 0);
    if without(|region| region.priced).next().is_some() {
        let names = list(without(|region| region.priced));
        return Warn(format!(
            "{published} published, none with a price in the currency of {names}: set prices with variantPricesSet"
        ));
    }
    if without(|region| region.available).next().is_some() {
        let names = list(without(|region| region.available));
        return Warn(format!("{published} published, all sold out in {names}: set the stock with stockSet"));
    }
    Fine(format!("{published} published, with prices and stock in every region"))
}

fn list<'a>(regions: impl IntoIterator<Item = &'a RegionState>) -> String {
    regions.into_iter().map(|state| state.region.name.as_str()).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use cartwright::domain::regions::{Channel, Region, ShippingTax, StockAllocation, TaxRounding};
    use cartwright::kernel::clock::{Clock, SystemClock};
    use cartwright::kernel::ids::{ChannelId, RegionId};
    use cartwright::workflows::setup::{RegionState, SetupState};

    use super::findings;
    use crate::main::doctor::Finding::{Fail, Fine, Warn};

    fn region(name: &str) -> RegionState {
        let now = SystemClock.now();
        let region = Region {
            id: RegionId::new(),
            name: name.to_owned(),
            currency: "EUR".parse().unwrap(),
            tax_rate: "0.19".parse().unwrap(),
            prices_include_tax: true,
            tax_rounding: TaxRounding::Line,
            shipping_tax: ShippingTax::Own,
            version: 1,
            created_at: now,
            updated_at: now,
        };
        RegionState { region, shipping_options: 0, priced: 0, available: 0 }
    }

    fn empty() -> SetupState {
        SetupState { channel: None, has_staff: false, regions: vec![], locations: vec![], published: 0 }
    }

    /// The message for a step, without its mark.
    fn said(state: &SetupState, step: &str) -> String {
        let found = findings(state).into_iter().find(|(name, _)| *name == step).expect("the step").1;
        match found {
            Fine(text) => format!("ok: {text}"),
            Warn(text) => format!("warn: {text}"),
            Fail(text) => format!("fail: {text}"),
        }
    }

    #[test]
    fn each_step_says_what_to_do_next_in_the_order_of_the_guide() {
        let steps: Vec<_> = findings(&empty()).into_iter().map(|(step, _)| step).collect();
        assert_eq!(steps, ["channel", "staff", "regions", "locations", "shipping", "products"]);
        for (step, next) in [
            ("channel", "start `cartwright`"),
            ("staff", "cartwright user create"),
            ("regions", "regionCreate"),
            ("locations", "stockLocationCreate"),
            ("shipping", "shippingOptionCreate"),
            ("products", "productCreate"),
        ] {
            assert!(said(&empty(), step).contains(next), "{}", said(&empty(), step));
        }
    }

    #[test]
    fn a_shop_that_sells_has_nothing_left_to_do() {
        let mut state = SetupState { has_staff: true, published: 3, ..empty() };
        state.regions = vec![RegionState { shipping_options: 1, ..region("Germany") }];
        state.locations = vec!["Main warehouse".to_owned()];
        let mut channel = Channel {
            id: ChannelId::new(),
            name: "Online store".to_owned(),
            publishable_key: "pk_1".to_owned(),
            default_region_id: None,
            last_order_number: 1_000,
            created_at: SystemClock.now(),
            stock_allocation: StockAllocation::FewestLocations,
            cart_holds: false,
        };
        state.channel = Some(channel.clone());
        assert!(said(&state, "regions").contains("defaultRegionId"));
        channel.default_region_id = Some(state.regions[0].region.id);
        state.channel = Some(channel);
        assert_eq!(said(&state, "regions"), "ok: Germany; Germany is the default region");
        assert!(said(&state, "products").contains("variantPricesSet"));
        state.regions[0].priced = 3;
        assert!(said(&state, "products").contains("stockSet"));
        state.regions[0].available = 2;
        assert!(findings(&state).iter().all(|(_, finding)| matches!(finding, Fine(_))), "{:?}", findings(&state));
        state.regions.push(region("Norway"));
        assert!(said(&state, "shipping").starts_with("warn: no shipping option in Norway"));
    }
}
