//! Requests taxes from the provider, with the shop's own rates as fallback.

use tokio::time::timeout;

use super::Taxes;
use super::provider::{TaxQuote, TaxRequest};

impl Taxes {
    /// Returns the provider's taxes on a sale; `None` if there is no provider, or if it failed, timed out or returned
    /// an invalid answer: use [`Taxes::rates`] then. Must not be called inside a transaction.
    pub async fn from_provider(&self, request: &TaxRequest) -> Option<TaxQuote> {
        let (provider, deadline) = self.provider.as_ref()?;
        let name = provider.name();
        let reason = match timeout(*deadline, provider.quote(request)).await {
            Ok(Ok(answer)) => match answer.validation_error(request) {
                None => return Some(answer),
                Some(validation_error) => format!("invalid response: {validation_error}"),
            },
            Ok(Err(error)) => error.to_string(),
            Err(_) => format!("no answer within {} ms", deadline.as_millis()),
        };
        tracing::warn!(provider = name, reason, "The tax provider {name} failed; the shop's own rates are used");
        None
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use async_trait::async_trait;
    use rust_decimal::Decimal;

    use crate::db::Db;
    use crate::domain::regions::Regions;
    use crate::domain::tax::provider::{TaxProvider, TaxProviderError, TaxQuote, TaxRequest, TaxRequestLine};
    use crate::domain::tax::{AppliedRate, TaxPlace, Taxes};
    use crate::kernel::clock::SystemClock;

    /// Returns a fixed answer after a delay.
    struct Fake(Duration, Result<TaxQuote, TaxProviderError>);

    #[async_trait]
    impl TaxProvider for Fake {
        fn name(&self) -> &'static str {
            "fake"
        }

        async fn quote(&self, _request: &TaxRequest) -> Result<TaxQuote, TaxProviderError> {
            tokio::time::sleep(self.0).await;
            self.1.clone()
        }
    }

    fn dec(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    fn rate(rate: &str, amount: Option<&str>) -> AppliedRate {
        AppliedRate { amount: amount.map(dec), ..AppliedRate::new("Sales tax", "ST", dec(rate)) }
    }

    fn request() -> TaxRequest {
        let line = TaxRequestLine {
            reference: "1".to_owned(),
            sku: None,
            amount: dec("20.00"),
            includes_tax: true,
            taxable: true,
            quantity: 2,
            tax_class: None,
        };
        TaxRequest {
            currency: "USD".parse().unwrap(),
            prices_include_tax: false,
            place: TaxPlace { country: "US".parse().unwrap(), province: None, postal_code: None },
            exempt: false,
            lines: vec![line],
            shipping: Some(dec("5.00")),
        }
    }

    fn answer(line: AppliedRate, shipping: AppliedRate) -> TaxQuote {
        TaxQuote { lines: vec![vec![line]], shipping: vec![shipping] }
    }

    fn taxes(provider: Option<Fake>) -> Taxes {
        let db = Db::new("postgres://nobody@127.0.0.1:1/nothing", 1).unwrap();
        let regions = Regions::new(db.clone(), Arc::new(SystemClock));
        let provider = provider.map(|fake| (Arc::new(fake) as Arc<dyn TaxProvider>, Duration::from_millis(50)));
        Taxes::new(db, Arc::new(SystemClock), regions, provider)
    }

    async fn asked(given: Result<TaxQuote, TaxProviderError>) -> Option<TaxQuote> {
        taxes(Some(Fake(Duration::ZERO, given))).from_provider(&request()).await
    }

    #[tokio::test]
    async fn a_good_answer_is_taken_with_final_amounts_and_with_rates() {
        for good in [
            answer(rate("0.0725", Some("1.45")), rate("0", None)),
            answer(rate("0.0725", None), rate("0.0725", Some("0"))),
            answer(rate("1", Some("20.00")), rate("1", Some("5"))),
        ] {
            assert_eq!(asked(Ok(good.clone())).await, Some(good));
        }
        assert_eq!(taxes(Some(Fake(Duration::ZERO, Ok(TaxQuote::default())))).provider_name(), Some("fake"));
    }

    #[tokio::test]
    async fn without_a_provider_nobody_is_asked() {
        let taxes = taxes(None);
        assert_eq!((taxes.provider_name(), taxes.from_provider(&request()).await), (None, None));
    }

    #[tokio::test]
    async fn a_provider_that_fails_or_is_too_slow_does_not_stop_a_sale() {
        assert_eq!(asked(Err(TaxProviderError::Unreachable("connection refused".to_owned()))).await, None);
        assert_eq!(asked(Err(TaxProviderError::Refused("no such country".to_owned()))).await, None);
        let good = answer(rate("0.07", None), rate("0.07", None));
        let slow = taxes(Some(Fake(Duration::from_secs(60), Ok(good))));
        assert_eq!(slow.from_provider(&request()).await, None);
    }

    #[tokio::test]
    async fn an_answer_that_makes_no_sense_is_not_taken() {
        let none = rate("0", None);
        let two = TaxQuote { lines: vec![Vec::new(), Vec::new()], shipping: Vec::new() };
        let twice = TaxQuote { lines: vec![vec![rate("0", Some("15")), rate("0", Some("15"))]], shipping: Vec::new() };
        for validation_error in [
            TaxQuote::default(),
            two,
            twice,
            answer(rate("-0.07", None), none.clone()),
            answer(rate("0.07", Some("1.455")), none.clone()),
            answer(rate("0.07", Some("20.01")), none.clone()),
            answer(rate("0.07", Some("-1.45")), none.clone()),
            answer(none.clone(), rate("0.07", Some("5.01"))),
            answer(none, rate("-0.01", None)),
        ] {
            assert_eq!(asked(Ok(validation_error.clone())).await, None, "{validation_error:?} was taken");
        }
    }
}
