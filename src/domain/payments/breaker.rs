//! A fuse for each provider: one that cannot be reached, or does not answer, is left alone for a while, so that shoppers are told at once.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::TimeDelta;
use tracing::{info, warn};

use super::provider::ProviderError;
use crate::kernel::clock::Timestamp;

/// After so many calls in a row that did not get through, or came to no clear answer.
const PATIENCE: u32 = 5;
/// For so long nobody is let through; then one is.
const PAUSE: TimeDelta = TimeDelta::seconds(10);

#[derive(Clone, Copy, Default)]
struct Fuse {
    failed: u32,
    blown_until: Option<Timestamp>,
}

/// The fuses of all providers; shared by clones.
#[derive(Clone, Default)]
pub(super) struct Breaker(Arc<Mutex<BTreeMap<String, Fuse>>>);

impl Breaker {
    /// Refuses while the provider is left alone. The one that is let through afterwards keeps the others out.
    pub(super) fn admit(&self, provider: &str, now: Timestamp) -> Result<(), ProviderError> {
        let mut fuses = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let fuse = fuses.entry(provider.to_owned()).or_default();
        match fuse.blown_until {
            Some(until) if now < until => Err(ProviderError::Unavailable(
                "it did not answer the last calls and is left alone for a moment".to_owned(),
            )),
            Some(_) => {
                fuse.blown_until = Some(now + PAUSE);
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// Learns what came of a call.
    pub(super) fn learn<T>(&self, provider: &str, outcome: &Result<T, ProviderError>, now: Timestamp) {
        let mut fuses = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let fuse = fuses.entry(provider.to_owned()).or_default();
        match outcome {
            Err(ProviderError::Unavailable(_) | ProviderError::Unknown(_)) => {
                fuse.failed += 1;
                if fuse.failed >= PATIENCE {
                    if fuse.blown_until.is_none() {
                        warn!(
                            provider,
                            "The payment provider {provider} does not answer; it is left alone for moments"
                        );
                    }
                    fuse.blown_until = Some(now + PAUSE);
                }
            }
            _ => {
                if fuse.blown_until.is_some() {
                    info!(provider, "The payment provider {provider} answers again");
                }
                *fuse = Fuse::default();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Breaker, PATIENCE, PAUSE};
    use crate::domain::payments::provider::ProviderError;
    use crate::kernel::clock::Timestamp;

    #[test]
    fn a_provider_that_cannot_be_reached_is_left_alone_and_then_tried_once() {
        let (breaker, start) = (Breaker::default(), Timestamp::UNIX_EPOCH);
        let failures = [ProviderError::Unavailable(String::new()), ProviderError::Unknown(String::new())];
        for failure in failures.into_iter().cycle().take(PATIENCE as usize) {
            assert!(breaker.admit("p", start).is_ok());
            breaker.learn("p", &Err::<(), _>(failure), start);
        }
        assert!(breaker.admit("p", start).is_err() && breaker.admit("q", start).is_ok());
        let later = start + PAUSE;
        assert!(breaker.admit("p", later).is_ok() && breaker.admit("p", later).is_err());
        breaker.learn("p", &Ok(()), later);
        assert!(breaker.admit("p", later).is_ok());
    }
}
