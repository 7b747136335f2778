//! Typed readers of query parameters.

use std::time::Duration;

use keyward_rest::params::parse_time_value;
use keyward_rest::{Params, Refresh, TimeValue};

fn time(text: &str) -> Result<TimeValue, String> {
    parse_time_value(text, "expiration").map_err(|error| error.cause().reason().to_owned())
}

#[test]
fn time_values() {
    let of = |millis| Ok(TimeValue::Of(Duration::from_millis(millis)));
    assert_eq!(time("1d"), of(86_400_000));
    assert_eq!(time(" 2 H "), of(7_200_000));
    assert_eq!(time("5m"), of(300_000));
    assert_eq!(time("1500MS"), of(1500));
    assert_eq!(time("7micros"), Ok(TimeValue::Of(Duration::from_micros(7))));
    assert_eq!(time("9nanos"), Ok(TimeValue::Of(Duration::from_nanos(9))));
    assert_eq!(time("0"), of(0));
    assert_eq!(time("00"), of(0));
    assert_eq!(time("-1"), Ok(TimeValue::MinusOne));
    assert_eq!(time("-01"), Ok(TimeValue::MinusOne));
    assert_eq!(time("-1s"), Ok(TimeValue::MinusOne));
    let fail = |text: &str, why: &str| {
        assert_eq!(
            time(text).unwrap_err(),
            format!("failed to parse setting [expiration] with value [{text}] as a time value{why}")
        );
    };
    for text in ["10", "1w", "soon", "", "-2", "5M", "-", "-0"] {
        fail(text, ": unit is missing or unrecognized");
    }
    fail("1.5d", ": fractional time values are not supported");
    fail("-2d", ": negative durations are not supported");
    fail("xd", "");
    fail("99999999999999999999d", "");
    fail("9223372036854775807d", "");
}

#[test]
fn values_by_type() {
    let params = Params::parse(Some("a&b=false&c=maybe&n=12&x=1.5&l=a,%20b,,c&refresh=wait_for&s=a+b&e=")).unwrap();
    assert_eq!(params.bool("a").unwrap(), Some(true));
    assert_eq!(params.bool("b").unwrap(), Some(false));
    assert_eq!(params.bool("z").unwrap(), None);
    assert!(params.bool("c").is_err());
    assert_eq!(params.int("n").unwrap(), Some(12));
    assert_eq!(params.int("e").unwrap(), None);
    assert_eq!(params.int("x").unwrap_err().cause().reason(), "Failed to parse int parameter [x] with value [1.5]");
    assert_eq!(params.float("x").unwrap(), Some(1.5));
    assert_eq!(params.list("l").unwrap(), ["a", "b", "c"]);
    assert_eq!(params.get("s"), Some("a b"));
    assert_eq!(params.refresh().unwrap(), Some(Refresh::WaitFor));
    let soon = Params::parse(Some("refresh=soon")).unwrap();
    assert_eq!(soon.refresh().unwrap_err().cause().reason(), "Unknown value for refresh: [soon].");
    assert!(Params::parse(Some("n=NaN")).unwrap().float("n").is_err());
}
