//! Ids: a UUIDv7 in PostgreSQL and `prod_01m84q05c3e3jbvaxd7vc1mw18` in the API (prefix, underscore, 26 letters of
//! Crockford base32: the TypeID format). Each kind of object has its own newtype, so that a collection's id is never
//! mistaken for a product's.
//!
//! # Decisions
//! - The time in an id is that of the machine, not of the shop's clock: ids sort in the order in which they were made, also
//!   within a millisecond and where a test sets the clock back, and nothing reads the time out of them.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;

const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// Why a text is not an id of the expected kind.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{given:?} is not an id: it must be {prefix}_ followed by 26 letters and digits")]
pub struct IdError {
    /// The text sent by the caller, truncated to a length that is safe to show.
    pub given: String,
    /// The prefix of the expected kind.
    pub prefix: &'static str,
}

/// Encodes a UUID as 26 letters, most significant first.
fn encode(id: Uuid) -> String {
    let bits = id.as_u128();
    (0..26).rev().map(|place| ALPHABET[((bits >> (place * 5)) & 31) as usize] as char).collect()
}

/// Decodes 26 letters to a UUID. Returns `None` for any other text, or for a value above 128 bits.
fn decode(letters: &str) -> Option<Uuid> {
    let letters = letters.as_bytes();
    if letters.len() != 26 || letters[0] > b'7' {
        return None;
    }
    let bits = letters.iter().try_fold(0u128, |bits, letter| {
        let digit = ALPHABET.iter().position(|known| known == letter)?;
        Some((bits << 5) | digit as u128)
    })?;
    Some(Uuid::from_u128(bits))
}

/// Counts the distinct ids.
pub fn distinct<T: Ord + Copy>(ids: &[T]) -> usize {
    ids.iter().collect::<std::collections::BTreeSet<_>>().len()
}

macro_rules! ids {
    ($($(#[$meta:meta])* $name:ident $node:ident = $prefix:literal),+ $(,)?) => {
        $(
            $(#[$meta])*
            #[derive(
                Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord,
                diesel::expression::AsExpression, diesel::deserialize::FromSqlRow,
            )]
            #[diesel(sql_type = diesel::sql_types::Uuid)]
            pub struct $name(pub Uuid);

            impl $name {
                /// The prefix of ids of this kind.
                pub const PREFIX: &'static str = $prefix;

                /// Creates an id that sorts after all earlier ones.
                pub fn new() -> Self {
                    Self(Uuid::now_v7())
                }
            }

            impl Default for $name {
                fn default() -> Self {
                    Self::new()
                }
            }

            impl fmt::Display for $name {
                fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                    write!(f, "{}_{}", $prefix, encode(self.0))
                }
            }

            impl fmt::Debug for $name {
                fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                    fmt::Display::fmt(self, f)
                }
            }

            impl FromStr for $name {
                type Err = IdError;

                fn from_str(text: &str) -> Result<Self, IdError> {
                    text.strip_prefix(concat!($prefix, "_")).and_then(decode).map(Self).ok_or_else(|| IdError {
                        given: text.chars().take(60).collect(),
                        prefix: $prefix,
                    })
                }
            }

            impl Serialize for $name {
                fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                    serializer.collect_str(self)
                }
            }

            impl<'de> Deserialize<'de> for $name {
                fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                    String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
                }
            }

            crate::kernel::stored_as!(
                $name, diesel::sql_types::Uuid, Uuid, |id: &$name| id.0, |id: Uuid| Ok($name(id))
            );
        )+

        /// An id of any kind, distinguished by its prefix: the argument of `node(id)`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum AnyId {
            $(
                #[doc = concat!("An id that begins with `", $prefix, "_`.")]
                $node($name)
            ),+
        }

        impl FromStr for AnyId {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                match text.split_once('_').map_or("", |(prefix, _)| prefix) {
                    $($prefix => text.parse().map(AnyId::$node),)+
                    _ => Err(IdError { given: text.chars().take(60).collect(), prefix: "prefix" }),
                }
            }
        }

        /// Invokes a macro once per kind of id, so that higher layers can add to all of them.
        macro_rules! for_each_id {
            ($with:ident) => { $($with!($name);)+ };
        }
        pub(crate) use for_each_id;
    };
}

ids! {
    /// A region.
    RegionId Region = "reg",
    /// A sales channel.
    ChannelId Channel = "chan",
    /// A staff user.
    StaffId Staff = "user",
    /// A session on one device.
    SessionId Session = "sess",
    /// A customer.
    CustomerId Customer = "cus",
    /// An address in a customer's address book.
    AddressId Address = "addr",
    /// A group of customers.
    CustomerGroupId CustomerGroup = "cgrp",
    /// A product.
    ProductId Product = "prod",
    /// An option of a product.
    OptionId Option = "opt",
    /// A variant of a product: what is priced, stocked and sold.
    VariantId Variant = "var",
    /// An image of a product.
    ImageId Image = "img",
    /// A category.
    CategoryId Category = "cat",
    /// A collection.
    CollectionId Collection = "coll",
    /// A stock location.
    LocationId Location = "loc",
    /// A stock movement.
    MovementId Movement = "mov",
    /// A shipping option.
    ShippingOptionId ShippingOption = "ship",
    /// A cart.
    CartId Cart = "cart",
    /// A line of a cart.
    CartLineId CartLine = "line",
    /// A payment session.
    PaymentSessionId PaymentSession = "pses",
    /// A payment.
    PaymentId Payment = "pay",
    /// An order.
    OrderId Order = "ord",
    /// A line of an order.
    OrderLineId OrderLine = "oline",
    /// A fulfillment.
    FulfillmentId Fulfillment = "ful",
    /// A tax class.
    TaxClassId TaxClass = "taxc",
    /// A tax region.
    TaxRegionId TaxRegion = "taxreg",
    /// A tax rate of a tax region.
    TaxRateId TaxRate = "taxr",
    /// A price of a variant.
    PriceId Price = "price",
    /// A price list.
    PriceListId PriceList = "plist",
    /// A context in which all buyers see the same prices.
    PriceContextId PriceContext = "pctx",
    /// A price set manually.
    PriceOverrideId PriceOverride = "povr",
    /// A campaign.
    CampaignId Campaign = "camp",
    /// A promotion.
    PromotionId Promotion = "promo",
    /// A discount code of a promotion.
    PromotionCodeId PromotionCode = "code",
    /// A use of a promotion.
    PromotionUsageId PromotionUsage = "puse",
    /// An item kept in stock.
    InventoryItemId InventoryItem = "item",
    /// Units of an item that are reserved for a cart or an order.
    ReservationId Reservation = "resv",
    /// A request for a notification when a variant is back in stock.
    StockAlertId StockAlert = "alert",
    /// An event in the history of a transaction.
    // The prefix dates from 0.1: payment providers have it in their idempotency keys.
    TransactionEventId TransactionEvent = "mevt",
    /// A customer's saved payment method.
    PaymentMethodId PaymentMethod = "pmeth",
    /// A webhook event from a payment provider.
    PaymentWebhookEventId PaymentWebhookEvent = "whevt",
    /// A refund.
    RefundId Refund = "refd",
    /// A package of a fulfillment.
    ShipmentId Shipment = "shpm",
    /// An entry in an order's timeline.
    TimelineEntryId TimelineEntry = "tl",
    /// A run of a workflow.
    WorkflowRunId WorkflowRun = "run",
}

#[cfg(test)]
mod tests {
    use super::{AnyId, CollectionId, ProductId};
    use uuid::Uuid;

    #[test]
    fn an_id_survives_the_round_trip_through_its_text() {
        for bits in [0, 1, u128::MAX, 0x0192_3f5b_0123_7abc_8def_0123_4567_89ab] {
            let id = ProductId(Uuid::from_u128(bits));
            assert_eq!(id.to_string().parse(), Ok(id));
        }
    }

    #[test]
    fn other_prefixes_alphabets_and_lengths_are_refused() {
        let collection = CollectionId::new().to_string();
        let bare = &collection[5..];
        let refused = [
            collection.clone(),
            bare.to_owned(),
            format!("prod_{}", bare.to_uppercase()),
            format!("prod_{bare}0"),
            format!("prod_8{}", &bare[1..]),
            format!("prod_u{}", &bare[1..]),
            String::new(),
            "prod_\0".to_owned(),
        ];
        for text in refused {
            assert!(text.parse::<ProductId>().is_err(), "{text:?} was taken for a product's id");
        }
    }

    #[test]
    fn a_prefix_tells_the_kind() {
        let id = ProductId::new();
        assert_eq!(id.to_string().parse(), Ok(AnyId::Product(id)));
        assert!("nope_01m84q05c3e3jbvaxd7vc1mw18".parse::<AnyId>().is_err());
    }
}
