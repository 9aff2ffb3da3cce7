//! A circuit breaker for each provider: calls to one that cannot be reached or does not answer fail immediately for a
//! while, so that shoppers do not wait.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::TimeDelta;
use tracing::{info, warn};

use super::provider::ProviderError;
use crate::kernel::clock::Timestamp;

/// The number of consecutive calls without a clear answer that opens the circuit.
const FAILURE_THRESHOLD: u32 = 5;
/// How long the circuit stays open; then one call is let through.
const OPEN_FOR: TimeDelta = TimeDelta::seconds(10);

#[derive(Clone, Copy, Default)]
struct Circuit {
    failed: u32,
    open_until: Option<Timestamp>,
}

/// The circuit breakers of all providers; shared by clones.
#[derive(Clone, Default)]
pub(super) struct CircuitBreakers(Arc<Mutex<BTreeMap<String, Circuit>>>);

impl CircuitBreakers {
    /// Fails while the circuit is open. The first call afterward is let through and keeps it open for the others.
    pub(super) fn try_acquire(&self, provider: &str, now: Timestamp) -> Result<(), ProviderError> {
        let mut circuits = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let circuit = circuits.entry(provider.to_owned()).or_default();
        match circuit.open_until {
            Some(until) if now < until => Err(ProviderError::Unavailable(
                "it did not respond to the last calls; calls resume in a few seconds".to_owned(),
            )),
            Some(_) => {
                circuit.open_until = Some(now + OPEN_FOR);
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// Records the result of a call.
    pub(super) fn record<T>(&self, provider: &str, outcome: &Result<T, ProviderError>, now: Timestamp) {
        let mut circuits = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let circuit = circuits.entry(provider.to_owned()).or_default();
        match outcome {
            Err(ProviderError::Unavailable(_) | ProviderError::Unknown(_)) => {
                circuit.failed += 1;
                if circuit.failed >= FAILURE_THRESHOLD {
                    if circuit.open_until.is_none() {
                        warn!(
                            provider,
                            "The circuit breaker of the payment provider {provider} is open: it does not respond"
                        );
                    }
                    circuit.open_until = Some(now + OPEN_FOR);
                }
            }
            _ => {
                if circuit.open_until.is_some() {
                    info!(
                        provider,
                        "The circuit breaker of the payment provider {provider} is closed: it responds again"
                    );
                }
                *circuit = Circuit::default();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{CircuitBreakers, FAILURE_THRESHOLD, OPEN_FOR};
    use crate::domain::payments::provider::ProviderError;
    use crate::kernel::clock::Timestamp;

    #[test]
    fn the_circuit_opens_after_failures_and_lets_one_call_through() {
        let (breaker, start) = (CircuitBreakers::default(), Timestamp::UNIX_EPOCH);
        let failures = [ProviderError::Unavailable(String::new()), ProviderError::Unknown(String::new())];
        for failure in failures.into_iter().cycle().take(FAILURE_THRESHOLD as usize) {
            assert!(breaker.try_acquire("p", start).is_ok());
            breaker.record("p", &Err::<(), _>(failure), start);
        }
        assert!(breaker.try_acquire("p", start).is_err() && breaker.try_acquire("q", start).is_ok());
        let later = start + OPEN_FOR;
        assert!(breaker.try_acquire("p", later).is_ok() && breaker.try_acquire("p", later).is_err());
        breaker.record("p", &Ok(()), later);
        assert!(breaker.try_acquire("p", later).is_ok());
    }
}
