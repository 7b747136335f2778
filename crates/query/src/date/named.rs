//! The formats that have a name, as patterns.

/// The pattern of a named format. Those with weeks are not among them, nor those that are more than a pattern.
pub(super) fn pattern_of(name: &str) -> Option<&'static str> {
    // A strict format differs from its namesake in wanting every digit. The lenient ones here take a digit less.
    let pattern = match name {
        "basic_date" => "yyyyMMdd",
        "basic_date_time" => "yyyyMMdd'T'HHmmss.SSSXX",
        "basic_date_time_no_millis" => "yyyyMMdd'T'HHmmssXX",
        "basic_ordinal_date" => "yyyyDDD",
        "basic_ordinal_date_time" => "yyyyDDD'T'HHmmss.SSSXX",
        "basic_ordinal_date_time_no_millis" => "yyyyDDD'T'HHmmssXX",
        "basic_time" => "HHmmss.SSSXX",
        "basic_time_no_millis" => "HHmmssXX",
        "basic_t_time" => "'T'HHmmss.SSSXX",
        "basic_t_time_no_millis" => "'T'HHmmssXX",
        "date" => "y-M-d",
        "strict_date" => "yyyy-MM-dd",
        "date_hour" => "y-M-d'T'H",
        "strict_date_hour" => "yyyy-MM-dd'T'HH",
        "date_hour_minute" => "y-M-d'T'H:m",
        "strict_date_hour_minute" => "yyyy-MM-dd'T'HH:mm",
        "date_hour_minute_second" => "y-M-d'T'H:m:s",
        "strict_date_hour_minute_second" => "yyyy-MM-dd'T'HH:mm:ss",
        "date_hour_minute_second_fraction" | "date_hour_minute_second_millis" => "y-M-d'T'H:m:s.SSS",
        "strict_date_hour_minute_second_fraction" | "strict_date_hour_minute_second_millis" => {
            "yyyy-MM-dd'T'HH:mm:ss.SSS"
        }
        "date_time" => "y-M-d'T'H:m:s.SSSXXX",
        "strict_date_time" => "yyyy-MM-dd'T'HH:mm:ss.SSSXXX",
        "date_time_no_millis" => "y-M-d'T'H:m:sXXX",
        "strict_date_time_no_millis" => "yyyy-MM-dd'T'HH:mm:ssXXX",
        "hour" => "H",
        "strict_hour" => "HH",
        "hour_minute" => "H:m",
        "strict_hour_minute" => "HH:mm",
        "hour_minute_second" => "H:m:s",
        "strict_hour_minute_second" => "HH:mm:ss",
        "hour_minute_second_fraction" | "hour_minute_second_millis" => "H:m:s.SSS",
        "strict_hour_minute_second_fraction" | "strict_hour_minute_second_millis" => "HH:mm:ss.SSS",
        "ordinal_date" => "y-D",
        "strict_ordinal_date" => "yyyy-DDD",
        "ordinal_date_time" => "y-D'T'H:m:s.SSSXXX",
        "strict_ordinal_date_time" => "yyyy-DDD'T'HH:mm:ss.SSSXXX",
        "ordinal_date_time_no_millis" => "y-D'T'H:m:sXXX",
        "strict_ordinal_date_time_no_millis" => "yyyy-DDD'T'HH:mm:ssXXX",
        "time" => "H:m:s.SSSXXX",
        "strict_time" => "HH:mm:ss.SSSXXX",
        "time_no_millis" => "H:m:sXXX",
        "strict_time_no_millis" => "HH:mm:ssXXX",
        "t_time" => "'T'H:m:s.SSSXXX",
        "strict_t_time" => "'T'HH:mm:ss.SSSXXX",
        "t_time_no_millis" => "'T'H:m:sXXX",
        "strict_t_time_no_millis" => "'T'HH:mm:ssXXX",
        "year" => "y",
        "strict_year" => "yyyy",
        "year_month" => "y-M",
        "strict_year_month" => "yyyy-MM",
        "year_month_day" => "y-M-d",
        "strict_year_month_day" => "yyyy-MM-dd",
        _ => return None,
    };
    Some(pattern)
}
