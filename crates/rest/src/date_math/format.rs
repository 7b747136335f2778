//! The date patterns of Java, as far as names of indices use them.

use std::fmt::Write as _;

use jiff::Zoned;

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const DAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

/// Prints a moment by a pattern; nothing where the pattern has a letter that is not known.
pub(super) fn print(pattern: &str, moment: &Zoned) -> Option<String> {
    let mut printed = String::new();
    let mut rest = pattern.chars().peekable();
    while let Some(character) = rest.next() {
        match character {
            '\'' => {
                // Quoted text; a doubled quote is a quote.
                let mut empty = true;
                loop {
                    match rest.next()? {
                        '\'' if rest.peek() == Some(&'\'') => {
                            rest.next();
                            printed.push('\'');
                        }
                        '\'' => break,
                        other => printed.push(other),
                    }
                    empty = false;
                }
                if empty {
                    printed.push('\'');
                }
            }
            letter if letter.is_ascii_alphabetic() => {
                let mut width = 1;
                while rest.next_if_eq(&letter).is_some() {
                    width += 1;
                }
                field(&mut printed, letter, width, moment)?;
            }
            other => printed.push(other),
        }
    }
    Some(printed)
}

fn field(printed: &mut String, letter: char, width: usize, moment: &Zoned) -> Option<()> {
    let date = moment.date().iso_week_date();
    let number = match letter {
        'u' | 'y' => return year(printed, i64::from(moment.year()), width),
        'Y' => return year(printed, i64::from(date.year()), width),
        'M' | 'L' if width > 2 => return name(printed, &MONTHS, i64::from(moment.month()) - 1, width),
        'M' | 'L' => i64::from(moment.month()),
        'd' => i64::from(moment.day()),
        'D' => i64::from(moment.day_of_year()),
        'w' => i64::from(date.week()),
        'e' if width <= 2 => i64::from(moment.weekday().to_monday_one_offset()),
        'E' => return name(printed, &DAYS, i64::from(moment.weekday().to_monday_zero_offset()), width.max(3)),
        'H' => i64::from(moment.hour()),
        'h' => (i64::from(moment.hour()) + 11) % 12 + 1,
        'm' => i64::from(moment.minute()),
        's' => i64::from(moment.second()),
        'S' if width <= 9 => {
            let digits = format!("{:09}", moment.subsec_nanosecond());
            printed.push_str(digits.get(..width)?);
            return Some(());
        }
        'a' if width == 1 => {
            printed.push_str(if moment.hour() < 12 { "AM" } else { "PM" });
            return Some(());
        }
        _ => return None,
    };
    if width > 3 {
        return None;
    }
    write!(printed, "{number:0width$}").ok()
}

/// Two letters print the last two digits; otherwise the letters are the least width.
fn year(printed: &mut String, year: i64, width: usize) -> Option<()> {
    match width {
        2 => write!(printed, "{:02}", year.rem_euclid(100)).ok(),
        1 | 3 | 4 => write!(printed, "{year:0width$}").ok(),
        _ => None,
    }
}

fn name(printed: &mut String, names: &[&str], index: i64, width: usize) -> Option<()> {
    let name = names.get(usize::try_from(index).ok()?)?;
    printed.push_str(match width {
        3 => name.get(..3)?,
        4 => name,
        _ => return None,
    });
    Some(())
}
