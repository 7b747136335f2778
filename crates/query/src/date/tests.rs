use super::*;

fn read(format: &str, text: &str, fill: Fill) -> Option<String> {
    let format = DateFormat::parse(format).unwrap();
    format.read(text, fill, &Zone::utc()).map(|millis| DateFormat::default().print(millis, &Zone::utc()))
}

#[test]
fn reads_and_completes_dates() {
    for (format, text, earliest, latest) in [
        ("strict_date_optional_time", "2020", "2020-01-01T00:00:00.000Z", "2020-12-31T23:59:59.999Z"),
        ("strict_date_optional_time", "2020-02", "2020-02-01T00:00:00.000Z", "2020-02-29T23:59:59.999Z"),
        ("strict_date_optional_time", "2020-02-03T04", "2020-02-03T04:00:00.000Z", "2020-02-03T04:59:59.999Z"),
        (
            "strict_date_optional_time",
            "2020-02-03T04:05:06+01:00",
            "2020-02-03T03:05:06.000Z",
            "2020-02-03T03:05:06.999Z",
        ),
        ("date_optional_time", "2020-2-3", "2020-02-03T00:00:00.000Z", "2020-02-03T23:59:59.999Z"),
        ("epoch_millis", "1580515200000", "2020-02-01T00:00:00.000Z", "2020-02-01T00:00:00.000Z"),
        ("epoch_second", "1580515200.5", "2020-02-01T00:00:00.500Z", "2020-02-01T00:00:00.500Z"),
        ("MMM dd yyyy", "Jun 12 1998", "1998-06-12T00:00:00.000Z", "1998-06-12T23:59:59.999Z"),
        ("dd/MM/yyyy||yyyy", "1998", "1998-01-01T00:00:00.000Z", "1998-12-31T23:59:59.999Z"),
        ("yyyyMMdd", "19980612", "1998-06-12T00:00:00.000Z", "1998-06-12T23:59:59.999Z"),
        ("strict_date_optional_time", "9999-12-31", "9999-12-31T00:00:00.000Z", "9999-12-31T23:59:59.999Z"),
        ("strict_date_optional_time", "0001", "0001-01-01T00:00:00.000Z", "0001-12-31T23:59:59.999Z"),
        ("yyyy-MM-dd[ HH:mm]", "1998-06-12 07:30", "1998-06-12T07:30:00.000Z", "1998-06-12T07:30:59.999Z"),
    ] {
        assert_eq!(read(format, text, Fill::Earliest).as_deref(), Some(earliest), "{format} {text}");
        assert_eq!(read(format, text, Fill::Latest).as_deref(), Some(latest), "{format} {text}");
    }
}

#[test]
fn refuses_what_is_not_a_date() {
    for (format, text) in [
        ("strict_date_optional_time", "Jun 12 1998"),
        ("strict_date_optional_time", "2020-2-3"),
        ("strict_date_optional_time", "20200"),
        ("strict_date_optional_time", "2020-02-30"),
        ("strict_date_optional_time", "2020-02-03T25:00"),
        ("strict_date_optional_time||epoch_millis", "1.5x"),
        ("yyyy-MM-dd", "1998-06-12 "),
        ("yyyy-MM-dd", "98-06-12"),
    ] {
        assert_eq!(read(format, text, Fill::Earliest), None, "{format} {text}");
    }
    assert!(DateFormat::parse("yyyy-QQ").is_err());
    assert!(DateFormat::parse("").is_err());
    assert!(DateFormat::parse("yyyy[").is_err());
}

#[test]
fn zones_know_their_last_day() {
    for zone in ["Europe/Berlin", "Pacific/Apia", "-11:00", "America/Los_Angeles"] {
        let zone: Zone = zone.parse().unwrap();
        let format = DateFormat::parse("yyyy-MM-dd HH:mm").unwrap();
        for text in ["9999-12-31 23:59", "9999-12-30 00:00", "2020-03-29 12:00", "1969-12-31 23:59", "0001-01-01 00:00"]
        {
            let millis = format.read(text, Fill::Earliest, &zone).unwrap();
            assert_eq!(format.print(millis, &zone), text, "{zone:?}");
        }
    }
}

#[test]
fn prints_dates() {
    let millis = 897_634_801_007;
    for (format, printed) in [
        ("strict_date_optional_time||epoch_millis", "1998-06-12T07:00:01.007Z"),
        ("yyyy-MM-dd", "1998-06-12"),
        ("EEE, d MMM yyyy hh:mm:ss a", "Fri, 12 Jun 1998 07:00:01 AM"),
        ("epoch_millis", "897634801007"),
        ("epoch_second", "897634801.007"),
        ("date_time", "1998-06-12T07:00:01.007Z"),
    ] {
        assert_eq!(DateFormat::parse(format).unwrap().print(millis, &Zone::utc()), printed);
    }
    let berlin: Zone = "Europe/Berlin".parse().unwrap();
    assert_eq!(DateFormat::default().print(millis, &berlin), "1998-06-12T09:00:01.007+02:00");
}

#[test]
fn does_date_mathematics() {
    let format = DateFormat::default();
    let now = 1_582_983_045_678; // 2020-02-29T13:30:45.678Z
    let math = |text: &str, rounding| {
        let millis = parse_math(&format, text, now, rounding, &Zone::utc()).unwrap();
        format.print(millis, &Zone::utc())
    };
    assert_eq!(math("now", Rounding::Up), "2020-02-29T13:30:45.678Z");
    assert_eq!(math("now-1y", Rounding::Down), "2019-02-28T13:30:45.678Z");
    assert_eq!(math("now/d", Rounding::Down), "2020-02-29T00:00:00.000Z");
    assert_eq!(math("now/d", Rounding::Up), "2020-02-29T23:59:59.999Z");
    assert_eq!(math("now+2w/M", Rounding::Down), "2020-03-01T00:00:00.000Z");
    assert_eq!(math("2020-01-31||+1M", Rounding::Down), "2020-02-29T00:00:00.000Z");
    assert_eq!(math("2020||/y+1h", Rounding::Up), "2021-01-01T00:59:59.999Z");
    for wrong in ["now+", "now/2d", "now+1x", "now*1d", "", "then"] {
        assert!(parse_math(&format, wrong, now, Rounding::Up, &Zone::utc()).is_err(), "{wrong}");
    }
}

#[test]
fn rounds_to_calendar_units_in_a_zone() {
    let format = DateFormat::default();
    let berlin: Zone = "Europe/Berlin".parse().unwrap();
    let at = |text: &str| format.read(text, Fill::Earliest, &Zone::utc()).unwrap();
    let day = Interval::Calendar(CalendarUnit::Day);
    // The clocks change on that day: it has 23 hours.
    let first = day.floor(at("2020-03-29T12:00:00Z"), 0, &berlin).unwrap();
    assert_eq!(first, at("2020-03-28T23:00:00Z"));
    assert_eq!(day.next(first, 0, &berlin).unwrap(), at("2020-03-29T22:00:00Z"));
    let week = Interval::Calendar(CalendarUnit::Week);
    assert_eq!(week.floor(at("2020-03-29"), 0, &Zone::utc()).unwrap(), at("2020-03-23"));
    let quarter = Interval::Calendar(CalendarUnit::Quarter);
    assert_eq!(quarter.floor(at("2020-06-30"), 0, &Zone::utc()).unwrap(), at("2020-04-01"));
    let fixed = Interval::Fixed("2d".parse().unwrap());
    assert_eq!(fixed.floor(at("1970-01-04"), 0, &Zone::utc()).unwrap(), at("1970-01-03"));
    assert_eq!(fixed.floor(at("1970-01-04T01:00"), 3_600_000, &Zone::utc()).unwrap(), at("1970-01-03T01:00"));
    assert_eq!(fixed.floor(-1, 0, &Zone::utc()).unwrap(), -172_800_000);
    assert!("1M".parse::<FixedInterval>().is_err());
    assert!("0s".parse::<FixedInterval>().is_err());
    assert!("2M".parse::<CalendarUnit>().is_err());
}
