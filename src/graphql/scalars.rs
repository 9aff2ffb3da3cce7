//! Scalars, enums and value types shared by the whole schema.

use async_graphql::indexmap::IndexMap;
use async_graphql::registry::{MetaEnumValue, MetaType, MetaTypeId, Registry};
use async_graphql::{ID, InputType, InputValueError, InputValueResult, Scalar, ScalarType, Value};
use graphql_plan::{AsKey, Error, Json, Key, ScalarCheck, ScalarChecks, object};

use crate::domain::tax::Taxed;
use crate::kernel::clock::Timestamp;
use crate::kernel::country::Country;
pub(super) use crate::kernel::decimal::Decimal;
use crate::kernel::error::ErrorCode;
use crate::kernel::ids::{IdError, for_each_id};
use crate::kernel::{ids, money};

/// An exact decimal number, written as a string such as `"14.50"`, so that clients do not lose precision to
/// floating-point numbers. Numbers are accepted as input too.
#[Scalar(name = "Decimal", specified_by_url = "https://www.w3.org/TR/xmlschema-2/#decimal")]
impl ScalarType for Decimal {
    fn parse(value: Value) -> InputValueResult<Self> {
        let text = match &value {
            Value::String(text) => text.clone(),
            Value::Number(number) => number.to_string(),
            _ => return Err(InputValueError::expected_type(value)),
        };
        rust_decimal::Decimal::from_str_exact(&text).map(Self).map_err(|_| malformed(ErrorCode::InvalidAmount, DECIMAL))
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_string())
    }
}

/// The scalars that clients pass as texts, which only the server can check.
pub(super) const CHECKS: ScalarChecks = ScalarChecks(&[
    ScalarCheck {
        name: "Decimal",
        check: |value| match <Decimal as ScalarType>::parse(value.clone()) {
            Ok(_) => None,
            Err(_) if matches!(value, Value::String(_) | Value::Number(_)) => {
                Some(Error::coded(ErrorCode::InvalidAmount.as_str(), DECIMAL))
            }
            Err(_) => Some(Error::coded("BAD_USER_INPUT", DECIMAL)),
        },
        example: "0",
    },
    ScalarCheck {
        name: "DateTime",
        check: |value| match <Timestamp as ScalarType>::parse(value.clone()) {
            Ok(_) => None,
            Err(_) => Some(Error::coded("BAD_USER_INPUT", "Write a date and time such as 2026-11-27T00:00:00Z.")),
        },
        example: "2026-11-27T00:00:00Z",
    },
]);

const DECIMAL: &str = "Write a decimal number of at most 28 digits.";

fn malformed<T: InputType>(code: ErrorCode, message: &str) -> InputValueError<T> {
    InputValueError::custom(message).with_extension("code", code.as_str())
}

impl graphql_plan::Scalar for Decimal {
    fn write(&self, out: &mut Json) {
        self.0.write(out);
    }
}

object! {
    /// An amount of money.
    pub Money for money::Money {
        /// The amount in major units, with as many decimals as the currency has: `"14.50"` is 14 euros and 50 cents.
        amount: value(|money| Decimal(money.rounded().amount));
        /// The currency.
        currency_code: field(|money| &money.currency);
    }
}

object! {
    /// An amount with its tax. `gross` is always exactly `net` plus `tax`.
    pub TaxedMoney for Taxed {
        /// The amount without tax.
        net: embed(Money, |taxed| taxed.net);
        /// The tax.
        tax: embed(Money, |taxed| taxed.tax);
        /// The amount with tax.
        gross: embed(Money, |taxed| taxed.gross);
    }
}

/// Exposes an id newtype as `ID`, and rejects ids of another kind before the resolver runs.
macro_rules! graphql_id {
    ($name:ident) => {
        impl InputType for ids::$name {
            type RawValueType = Self;

            fn type_name() -> std::borrow::Cow<'static, str> {
                <ID as InputType>::type_name()
            }

            fn create_type_info(registry: &mut Registry) -> String {
                <ID as InputType>::create_type_info(registry)
            }

            fn parse(value: Option<Value>) -> InputValueResult<Self> {
                match value.unwrap_or_default() {
                    Value::String(text) => graphql_plan::parse_id(
                        &text,
                        |text| {
                            text.parse().map_err(|error: IdError| malformed(ErrorCode::InvalidId, &error.to_string()))
                        },
                        || Self(uuid::Uuid::nil()),
                    ),
                    other => Err(InputValueError::expected_type(other)),
                }
            }

            fn to_value(&self) -> Value {
                Value::String(self.to_string())
            }

            fn as_raw_value(&self) -> Option<&Self> {
                Some(self)
            }
        }

        impl async_graphql::OutputType for ids::$name {
            fn type_name() -> std::borrow::Cow<'static, str> {
                <ID as InputType>::type_name()
            }

            fn create_type_info(registry: &mut Registry) -> String {
                <ID as InputType>::create_type_info(registry)
            }

            async fn resolve(
                &self,
                _ctx: &async_graphql::ContextSelectionSet<'_>,
                _field: &async_graphql::Positioned<async_graphql::parser::types::Field>,
            ) -> async_graphql::ServerResult<Value> {
                Ok(Value::String(self.to_string()))
            }
        }

        impl graphql_plan::Scalar for ids::$name {
            fn write(&self, out: &mut Json) {
                out.plain(self);
            }
        }

        impl AsKey for ids::$name {
            fn to_key(&self) -> Key {
                Key::Uuid(self.0.as_u128())
            }

            fn from_key(key: &Key) -> Self {
                Self(AsKey::from_key(key))
            }
        }
    };
}
for_each_id!(graphql_id);

/// A type that is exposed as an enum.
pub(super) trait SchemaEnum: Copy + Sized {
    /// The enum's name.
    const NAME: &'static str;
    /// The description of the enum.
    const DESCRIPTION: &'static str;

    /// Every value: its name and its description.
    fn values() -> Vec<(String, String)>;
    /// The value with this name.
    fn named(name: &str) -> Option<Self>;
    /// The value's name in the schema.
    fn schema_name(self) -> &'static str;
}

impl SchemaEnum for Country {
    const NAME: &'static str = "CountryCode";
    const DESCRIPTION: &'static str = "A two-letter country code of ISO 3166-1.";

    fn values() -> Vec<(String, String)> {
        Self::all().into_iter().map(|country| (country.code().to_owned(), country.name().to_owned())).collect()
    }

    fn named(name: &str) -> Option<Self> {
        name.parse().ok()
    }

    fn schema_name(self) -> &'static str {
        self.code()
    }
}

impl SchemaEnum for money::Currency {
    const NAME: &'static str = "CurrencyCode";
    const DESCRIPTION: &'static str = "A three-letter currency code of ISO 4217.";

    fn values() -> Vec<(String, String)> {
        let about = |currency: Self| (currency.code().to_owned(), currency.name().to_owned());
        Self::all().into_iter().map(about).collect()
    }

    fn named(name: &str) -> Option<Self> {
        name.parse().ok()
    }

    fn schema_name(self) -> &'static str {
        self.code()
    }
}

/// The registry's metadata for an enum.
fn meta<T: SchemaEnum>() -> MetaType {
    let value = |(name, about): (String, String)| {
        let mut value = MetaEnumValue::new(name.clone());
        value.description = Some(about.trim().to_owned());
        (name, value)
    };
    MetaType::Enum {
        name: T::NAME.to_owned(),
        description: Some(T::DESCRIPTION.trim().to_owned()),
        enum_values: T::values().into_iter().map(value).collect::<IndexMap<_, _>>(),
        visible: None,
        inaccessible: false,
        tags: Vec::new(),
        rust_typename: Some(std::any::type_name::<T>()),
        directive_invocations: Vec::new(),
        requires_scopes: Vec::new(),
    }
}

fn parse<T: SchemaEnum + InputType>(value: Option<Value>) -> InputValueResult<T> {
    let value = value.unwrap_or_default();
    let found = match &value {
        Value::Enum(name) => T::named(name),
        Value::String(name) => T::named(name),
        _ => return Err(InputValueError::expected_type(value)),
    };
    found.ok_or_else(|| malformed(ErrorCode::Invalid, &format!("{value} is not one of {}.", T::NAME)))
}

macro_rules! graphql_enum {
    ($type:ty) => {
        impl InputType for $type {
            type RawValueType = Self;

            fn type_name() -> std::borrow::Cow<'static, str> {
                <Self as SchemaEnum>::NAME.into()
            }

            fn create_type_info(registry: &mut Registry) -> String {
                registry.create_input_type::<Self, _>(MetaTypeId::Enum, |_| meta::<Self>())
            }

            fn parse(value: Option<Value>) -> InputValueResult<Self> {
                parse(value)
            }

            fn to_value(&self) -> Value {
                Value::Enum(async_graphql::Name::new(self.schema_name()))
            }

            fn as_raw_value(&self) -> Option<&Self> {
                Some(self)
            }
        }

        impl async_graphql::OutputType for $type {
            fn type_name() -> std::borrow::Cow<'static, str> {
                <Self as SchemaEnum>::NAME.into()
            }

            fn create_type_info(registry: &mut Registry) -> String {
                registry.create_output_type::<Self, _>(MetaTypeId::Enum, |_| meta::<Self>())
            }

            async fn resolve(
                &self,
                _ctx: &async_graphql::ContextSelectionSet<'_>,
                _field: &async_graphql::Positioned<async_graphql::parser::types::Field>,
            ) -> async_graphql::ServerResult<Value> {
                Ok(Value::Enum(async_graphql::Name::new(self.schema_name())))
            }
        }

        impl graphql_plan::Scalar for $type {
            fn write(&self, out: &mut Json) {
                out.text(self.schema_name());
            }
        }
    };
}

/// Exposes the enums of the domains.
macro_rules! string_enums {
    ($($type:ty = $name:literal),+ $(,)?) => {$(
        impl SchemaEnum for $type {
            const NAME: &'static str = $name;
            const DESCRIPTION: &'static str = <$type>::DESCRIPTION;

            fn values() -> Vec<(String, String)> {
                Self::ALL.iter().map(|value| (value.as_str().to_owned(), value.description().to_owned())).collect()
            }

            fn named(name: &str) -> Option<Self> {
                name.parse().ok()
            }

            fn schema_name(self) -> &'static str {
                self.as_str()
            }
        }
        graphql_enum!($type);
    )+};
}

graphql_enum!(Country);
graphql_enum!(money::Currency);
string_enums! {
    ErrorCode = "ErrorCode",
    crate::kernel::actor::Permission = "Permission",
    crate::domain::regions::TaxRounding = "TaxRounding",
    crate::domain::regions::ShippingTax = "ShippingTax",
    crate::domain::regions::StockAllocation = "StockAllocation",
    crate::domain::inventory::ReservationKind = "StockReservationKind",
    crate::domain::inventory::MovementKind = "StockMovementKind",
    crate::domain::search::ProductSort = "ProductSort",
    crate::domain::payments::SessionStatus = "PaymentSessionStatus",
    crate::domain::payments::PaymentStatus = "PaymentStatus",
    crate::domain::cart::CartStatus = "CartStatus",
    crate::domain::cart::CartMergeStrategy = "CartMergeStrategy",
    crate::workflows::checkout::CompletionStatus = "CompletionStatus",
    crate::domain::payments::ChargeStatus = "ChargeStatus",
    crate::domain::payments::RefundStatus = "RefundStatus",
    crate::domain::payments::PaymentSort = "PaymentSort",
    crate::domain::payments::TransactionKind = "TransactionKind",
    crate::domain::payments::TransactionResult = "TransactionResult",
    crate::domain::payments::TransactionSource = "TransactionSource",
    crate::domain::payments::WebhookEventStatus = "PaymentWebhookEventStatus",
    crate::domain::orders::OrderStatus = "OrderStatus",
    crate::domain::orders::OrderFulfillmentStatus = "OrderFulfillmentStatus",
    crate::domain::orders::FulfillmentStatus = "FulfillmentStatus",
    crate::domain::orders::TimelineKind = "TimelineKind",
    crate::domain::orders::OrderSort = "OrderSort",
    crate::domain::pricing::PriceListKind = "PriceListKind",
    crate::domain::pricing::PriceListStatus = "PriceListStatus",
    crate::domain::pricing::PriceAttribute = "PriceAttribute",
    crate::domain::promotions::PromotionStatus = "PromotionStatus",
    crate::domain::promotions::DiscountClass = "DiscountClass",
    crate::domain::promotions::AllocationMethod = "AllocationMethod",
    crate::domain::promotions::EffectKind = "PromotionEffectKind",
    crate::domain::promotions::BudgetKind = "CampaignBudgetKind",
    crate::domain::promotions::UsageState = "PromotionUsageState",
    crate::domain::promotions::DiscountCodeError = "DiscountCodeError",
    crate::durable::RunStatus = "WorkflowRunStatus",
    crate::durable::StepStatus = "WorkflowStepStatus",
}
