use super::*;

/// 2024-03-22T23:59:30.5Z, a Friday.
const NOW: Timestamp = Timestamp::from_millis(1_711_151_970_500);

fn name(text: &str) -> String {
    evaluate(text, NOW).unwrap()
}

#[test]
fn names_without_date_math_mean_themselves() {
    for plain in ["logs", "-logs", "*", "<logs", "logs>", "", "-"] {
        assert_eq!(name(plain), plain);
    }
}

#[test]
fn dates_are_calculated_rounded_and_printed() {
    assert_eq!(name("<logs-{now/d}>"), "logs-2024.03.22");
    assert_eq!(name("<logs-{now}>"), "logs-2024.03.22");
    assert_eq!(name("<logs-{now/M}>"), "logs-2024.03.01");
    assert_eq!(name("<logs-{now/M{uuuu.MM}}>"), "logs-2024.03");
    assert_eq!(name("<logs-{now/M-1M{yyyy.MM}}>"), "logs-2024.02");
    assert_eq!(name("<logs-{now/w}>"), "logs-2024.03.18");
    assert_eq!(name("<logs-{now/y}>"), "logs-2024.01.01");
    assert_eq!(name("<logs-{now+1d/d}>"), "logs-2024.03.23");
    assert_eq!(name("<logs-{now-2d}-{now{HH.mm.ss.SSS}}-x>"), "logs-2024.03.20-23.59.30.500-x");
    assert_eq!(name("<logs-{now/d{yyyy.MM.dd|+12:00}}>"), "logs-2024.03.23");
    assert_eq!(name("<logs-{now/d{yyyy.MM.dd|-0100}}>"), "logs-2024.03.22");
    assert_eq!(name("<{now{MMM-dd-yy}}>"), "Mar-22-24");
    assert_eq!(name("<{now{YYYY.ww}}>"), "2024.12");
    assert_eq!(name("<{now{'day'D''}}>"), "day82'");
}

#[test]
fn exclusions_and_escapes_are_kept() {
    assert_eq!(name("-<logs-{now/d}>"), "-logs-2024.03.22");
    assert_eq!(name("<a\\{b\\}-{now/d}>"), "a{b}-2024.03.22");
    assert_eq!(name("<static>"), "static");
}

#[test]
fn what_cannot_be_read_is_refused() {
    for bad in [
        "<>",
        "<logs-{now/d>",
        "<logs-now/d}>",
        "<logs-{}>",
        "<logs-{2024}>",
        "<logs-{now/}>",
        "<logs-{now/2d}>",
        "<logs-{now*1d}>",
        "<logs-{now+1}>",
        "<logs-{now+1q}>",
        "<logs-{now/d{}}>",
        "<logs-{now/d{QQQ}}>",
        "<logs-{now/d{yyyy|Nowhere/Land}}>",
        "<logs-{now/d{yyyy|+99:00}}>",
        "<logs-{now/d{yyyy}x}>",
        "<a\\b>",
        "<logs-{now+999999999y}>",
        "<logs-{now/d{'open}}>",
        "<logs-{now+99999999999d}>",
    ] {
        assert!(evaluate(bad, NOW).is_err(), "{bad}");
    }
}

proptest::proptest! {
    #[test]
    fn any_text_is_evaluated_or_refused(text in "[<>{}|/+a-zA-Z0-9é'\\\\-]{0,24}", millis: i64) {
        let _ = evaluate(&format!("<{text}>"), Timestamp::from_millis(millis));
    }

    #[test]
    fn an_evaluated_name_is_no_date_math_unless_written_so(text in "[a-z{}/now.-]{0,20}") {
        if let Ok(name) = evaluate(&format!("<x{text}>"), NOW) {
            proptest::prop_assert!(!is_date_math(&name));
        }
    }
}
