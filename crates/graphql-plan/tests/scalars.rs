//! Scalars are written as async-graphql writes them.

use async_graphql::{ID, ScalarType, Value};
use chrono::{DateTime, Utc};
use graphql_plan::{Json, Scalar};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use rust_decimal::Decimal;
use uuid::Uuid;

fn to_json(value: &(impl Scalar + ?Sized)) -> String {
    let mut json = Json::default();
    value.write(&mut json);
    json.as_str().to_owned()
}

fn text(value: &Value) -> String {
    serde_json::to_string(value).unwrap()
}

/// Tests a property with the same random values each time.
fn check<S: Strategy>(strategy: &S, property: impl Fn(S::Value)) {
    let config = Config { failure_persistence: None, cases: 500, ..Config::default() };
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let test = |value| {
        property(value);
        Ok(())
    };
    TestRunner::new_with_rng(config, rng).run(strategy, test).unwrap();
}

fn decimals() -> impl Strategy<Value = Decimal> {
    (-(1_i128 << 96) + 1..(1_i128 << 96), 0..=28_u32, 0..97_u32)
        .prop_map(|(mantissa, scale, bits)| Decimal::from_i128_with_scale(mantissa >> bits, scale))
}

#[test]
fn strings_are_escaped() {
    for (input, expected) in [
        ("", r#""""#),
        ("a\"b\\c/d", r#""a\"b\\c/d""#),
        ("\n\r\t\u{8}\u{c}\u{0}\u{1f}\u{7f}", "\"\\n\\r\\t\\b\\f\\u0000\\u001f\u{7f}\""),
        ("é ü 漢字 🦀 \u{2028}\u{2029}\u{feff}", "\"é ü 漢字 🦀 \u{2028}\u{2029}\u{feff}\""),
    ] {
        assert_eq!(to_json(input), expected);
    }
    check(&any::<String>(), |input| {
        assert_eq!(to_json(&input), text(&input.to_value()));
        assert_eq!(to_json(&ID(input.clone())), to_json(&input));
    });
    let controls = proptest::collection::vec(proptest::char::range('\0', '\u{80}'), 0..40);
    check(&controls, |letters| {
        let input = letters.into_iter().collect::<String>();
        assert_eq!(to_json(&*input), text(&input.to_value()));
    });
}

#[test]
fn decimals_are_written_as_strings() {
    for (mantissa, scale) in [(0, 0), (0, 2), (5, 2), (-5, 2), (1450, 2), (-1450, 2), (123, 0), (1, 28), (i64::MAX, 3)]
    {
        let value = Decimal::new(mantissa, scale);
        assert_eq!(to_json(&value), text(&value.to_value()));
    }
    for value in [Decimal::MAX, Decimal::MIN, -Decimal::ZERO, "-0.00".parse().unwrap()] {
        assert_eq!(to_json(&value), text(&value.to_value()), "{value}");
    }
    check(&decimals(), |value| assert_eq!(to_json(&value), text(&value.to_value())));
}

#[test]
fn ids_and_times_are_written_as_strings() {
    check(&any::<u128>(), |bits| {
        let value = Uuid::from_u128(bits);
        assert_eq!(to_json(&value), text(&value.to_value()));
    });
    check(&(-62_135_596_800_i64..253_402_300_800, 0..1_000_000_000_u32), |(seconds, nanoseconds)| {
        for nanoseconds in [nanoseconds, nanoseconds / 1_000 * 1_000, nanoseconds / 1_000_000 * 1_000_000, 0] {
            let value = DateTime::<Utc>::from_timestamp(seconds, nanoseconds).unwrap();
            assert_eq!(to_json(&value), text(&value.to_value()));
        }
    });
}

#[test]
fn numbers_are_written_as_numbers() {
    check(&any::<(i32, i64, u32, u64, bool)>(), |(a, b, c, d, e)| {
        assert_eq!(to_json(&a), text(&a.to_value()));
        assert_eq!(to_json(&b), text(&b.to_value()));
        assert_eq!(to_json(&c), text(&c.to_value()));
        assert_eq!(to_json(&d), text(&d.to_value()));
        assert_eq!(to_json(&e), text(&e.to_value()));
    });
    check(&proptest::num::f64::NORMAL, |value| assert_eq!(to_json(&value), text(&value.to_value())));
    assert_eq!(to_json(&f64::NAN), "null");
}

#[test]
fn lists_and_options_are_written() {
    assert_eq!(to_json(&vec![Some(1), None, Some(-3)]), "[1,null,-3]");
    assert_eq!(to_json(&Vec::<i32>::new()), "[]");
    assert_eq!(to_json(&Some(vec![vec!["a\"".to_owned()], vec![]])), r#"[["a\""],[]]"#);
    assert_eq!(to_json(&None::<String>), "null");
    assert_eq!(to_json(&["a", "b"].as_slice()), r#"["a","b"]"#);
    let any = serde_json::json!({ "a": [1, null, "\u{1}"], "b": { "c": 0.5 } });
    assert_eq!(to_json(&async_graphql::Json(any.clone())), any.to_string());
}
