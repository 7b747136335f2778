//! Patterns such as `dd MMM yyyy HH:mm:ss XXX`: letters for the parts of a date, in Java's way, English names.

use super::format::Parts;
use super::zone::{Zone, print_offset, read_offset};

/// A pattern. What is in brackets may be left out when reading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pattern {
    items: Vec<Item>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Item {
    Literal(String),
    Field(Field, usize),
    Optional(Vec<Item>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Field {
    Year,
    Month,
    Day,
    DayOfYear,
    DayName,
    Hour,
    ClockHour,
    HalfDay,
    Minute,
    Second,
    Fraction,
    /// With `Z` for none.
    Offset,
    /// `+0000` for none.
    PlainOffset,
    /// A name such as `Europe/Berlin`.
    Zone,
}

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

// === impl Pattern ===

impl Pattern {
    pub(super) fn parse(source: &str) -> Result<Self, String> {
        let mut characters = source.chars().peekable();
        // The innermost list last.
        let mut open: Vec<Vec<Item>> = vec![Vec::new()];
        while let Some(character) = characters.next() {
            let item = match character {
                '[' => {
                    open.push(Vec::new());
                    continue;
                }
                ']' => match (open.pop(), open.is_empty()) {
                    (Some(items), false) => Item::Optional(items),
                    _ => return Err("Pattern invalid as it contains ] without previous [".to_owned()),
                },
                '\'' => {
                    let mut literal = String::new();
                    loop {
                        match characters.next() {
                            Some('\'') if characters.peek() == Some(&'\'') => {
                                characters.next();
                                literal.push('\'');
                            }
                            Some('\'') => break,
                            Some(other) => literal.push(other),
                            None => return Err("Pattern ends with an incomplete string literal".to_owned()),
                        }
                    }
                    Item::Literal(if literal.is_empty() { "'".to_owned() } else { literal })
                }
                letter if letter.is_ascii_alphabetic() => {
                    let mut count = 1;
                    while characters.next_if_eq(&letter).is_some() {
                        count += 1;
                    }
                    Item::Field(field_of(letter, count)?, count)
                }
                '{' | '}' | '#' => return Err(format!("Pattern includes reserved character: '{character}'")),
                other => Item::Literal(other.to_string()),
            };
            if let Some(innermost) = open.last_mut() {
                innermost.push(item);
            }
        }
        match (open.pop(), open.is_empty()) {
            (Some(items), true) => Ok(Self { items }),
            _ => Err("Pattern invalid as it contains [ without ]".to_owned()),
        }
    }

    pub(super) fn read(&self, text: &str) -> Option<(Parts, Option<Zone>)> {
        let items: Vec<&Item> = self.items.iter().collect();
        read_items(&items, text, (Parts::default(), None))
    }

    pub(super) fn print(&self, millis: i64, zone: &Zone) -> Option<String> {
        let mut printed = String::new();
        print_items(&self.items, millis, zone, &mut printed)?;
        Some(printed)
    }
}

fn field_of(letter: char, count: usize) -> Result<Field, String> {
    let (field, most) = match letter {
        'y' | 'u' => (Field::Year, 9),
        'M' | 'L' => (Field::Month, 4),
        'd' => (Field::Day, 2),
        'D' => (Field::DayOfYear, 3),
        'E' => (Field::DayName, 4),
        'H' => (Field::Hour, 2),
        'h' => (Field::ClockHour, 2),
        'a' => (Field::HalfDay, 1),
        'm' => (Field::Minute, 2),
        's' => (Field::Second, 2),
        'S' => (Field::Fraction, 9),
        'X' => (Field::Offset, 3),
        'x' => (Field::PlainOffset, 3),
        'Z' if count == 5 => (Field::Offset, 5),
        'Z' => (Field::PlainOffset, 3),
        'V' if count == 2 => (Field::Zone, 2),
        'z' => (Field::Zone, 4),
        _ => return Err(format!("Unknown pattern letter: {letter}")),
    };
    if count > most { Err(format!("Too many pattern letters: {letter}")) } else { Ok(field) }
}

impl Field {
    fn is_number(self, count: usize) -> bool {
        match self {
            Self::Month => count <= 2,
            Self::Year
            | Self::Day
            | Self::DayOfYear
            | Self::Hour
            | Self::ClockHour
            | Self::Minute
            | Self::Second
            | Self::Fraction => true,
            _ => false,
        }
    }
}

type Read = (Parts, Option<Zone>);

fn read_items(items: &[&Item], text: &str, so_far: Read) -> Option<Read> {
    let Some((item, rest)) = items.split_first() else {
        return text.is_empty().then_some(so_far);
    };
    match item {
        Item::Literal(literal) => read_items(rest, text.strip_prefix(literal.as_str())?, so_far),
        Item::Optional(inner) => {
            let with: Vec<&Item> = inner.iter().chain(rest.iter().copied()).collect();
            read_items(&with, text, so_far.clone()).or_else(|| read_items(rest, text, so_far))
        }
        Item::Field(field, count) => {
            let adjacent = matches!(rest.first(), Some(Item::Field(next, count)) if next.is_number(*count));
            let (read, after) = read_field(*field, *count, adjacent, text, so_far)?;
            read_items(rest, after, read)
        }
    }
}

fn read_field(field: Field, count: usize, adjacent: bool, text: &str, so_far: Read) -> Option<(Read, &str)> {
    let (mut parts, mut zone) = so_far;
    let rest = match field {
        Field::Year if count == 2 => {
            let (value, rest) = digits(text, 2, 2)?;
            parts.year = Some(2000 + value);
            rest
        }
        Field::Year => {
            let most = if adjacent || count == 4 { count } else { 9 };
            let (negative, text) = match text.strip_prefix('-') {
                Some(rest) => (true, rest),
                None => (false, text),
            };
            let (value, rest) = digits(text, count, most)?;
            parts.year = Some(if negative { -value } else { value });
            rest
        }
        Field::Month if count > 2 => {
            let (index, rest) = name(text, &MONTHS, count == 3)?;
            parts.month = Some(index);
            rest
        }
        Field::Month => set(&mut parts.month, number(text, count, adjacent)?),
        Field::Day => set(&mut parts.day, number(text, count, adjacent)?),
        Field::DayOfYear => set(&mut parts.day_of_year, digits(text, count, 3)?),
        Field::DayName => name(text, &DAYS, count <= 3)?.1,
        Field::Hour => set(&mut parts.hour, number(text, count, adjacent)?),
        Field::ClockHour => set(&mut parts.clock_hour, number(text, count, adjacent)?),
        Field::HalfDay => {
            let (half, rest) = text.split_at_checked(2)?;
            parts.afternoon = Some(match half {
                "AM" => false,
                "PM" => true,
                _ => return None,
            });
            rest
        }
        Field::Minute => set(&mut parts.minute, number(text, count, adjacent)?),
        Field::Second => set(&mut parts.second, number(text, count, adjacent)?),
        Field::Fraction => {
            let (value, rest) = digits(text, count, count)?;
            parts.nanos = Some(value * 10_i64.pow(9_u32.checked_sub(u32::try_from(count).ok()?)?));
            rest
        }
        Field::Offset | Field::PlainOffset => {
            let (seconds, rest) = read_offset(text)?;
            zone = Some(if seconds == 0 { Zone::utc() } else { Zone::offset(seconds)? });
            rest
        }
        Field::Zone => {
            let is_part = |character: char| character.is_ascii_alphanumeric() || "/_+-:".contains(character);
            let end = text.find(|character| !is_part(character)).unwrap_or(text.len());
            let (name, rest) = text.split_at_checked(end)?;
            zone = Some(name.parse().ok()?);
            rest
        }
    };
    Some(((parts, zone), rest))
}

fn set<'t>(part: &mut Option<i64>, (value, rest): (i64, &'t str)) -> &'t str {
    *part = Some(value);
    rest
}

/// One letter: one or two digits. Two letters: two digits.
fn number(text: &str, count: usize, adjacent: bool) -> Option<(i64, &str)> {
    digits(text, count, if adjacent { count } else { 2 })
}

/// As many digits as there are, within bounds.
fn digits(text: &str, least: usize, most: usize) -> Option<(i64, &str)> {
    let length = text.bytes().take(most).take_while(u8::is_ascii_digit).count();
    let (number, rest) = text.split_at_checked(length)?;
    if length < least { None } else { Some((number.parse().ok()?, rest)) }
}

/// The number of a name, from one, and what follows it.
fn name<'t>(text: &'t str, names: &[&str], short: bool) -> Option<(i64, &'t str)> {
    (1..).zip(names).find_map(|(index, name)| {
        let name = if short { name.get(..3)? } else { name };
        Some((index, text.strip_prefix(name)?))
    })
}

fn print_items(items: &[Item], millis: i64, zone: &Zone, out: &mut String) -> Option<()> {
    for item in items {
        match item {
            Item::Literal(literal) => out.push_str(literal),
            Item::Optional(inner) => print_items(inner, millis, zone, out)?,
            Item::Field(field, count) => out.push_str(&print_field(*field, *count, millis, zone)?),
        }
    }
    Some(())
}

fn print_field(field: Field, count: usize, millis: i64, zone: &Zone) -> Option<String> {
    let local = zone.local(millis)?;
    let (date, time) = (local.date(), local.time());
    let padded = |value: i64| format!("{value:0count$}");
    let printed = match field {
        Field::Year if count == 2 => format!("{:02}", date.year().rem_euclid(100)),
        Field::Year => padded(date.year().into()),
        Field::Month if count > 2 => {
            let name = MONTHS.get(usize::try_from(date.month() - 1).ok()?)?;
            if count == 3 { name.get(..3)? } else { name }.to_owned()
        }
        Field::Month => padded(date.month().into()),
        Field::Day => padded(date.day().into()),
        Field::DayOfYear => padded(date.day_of_year().into()),
        Field::DayName => {
            let name = DAYS.get(usize::try_from(date.weekday().to_monday_zero_offset()).ok()?)?;
            if count <= 3 { name.get(..3)? } else { name }.to_owned()
        }
        Field::Hour => padded(time.hour().into()),
        Field::ClockHour => padded(match time.hour() % 12 {
            0 => 12,
            hour => hour.into(),
        }),
        Field::HalfDay => if time.hour() < 12 { "AM" } else { "PM" }.to_owned(),
        Field::Minute => padded(time.minute().into()),
        Field::Second => padded(time.second().into()),
        Field::Fraction => format!("{:09}", time.subsec_nanosecond()).get(..count)?.to_owned(),
        Field::Offset | Field::PlainOffset => match zone.offset_at(millis)? {
            0 if field == Field::Offset => "Z".to_owned(),
            seconds => {
                let hours_only = count == 1 && seconds % 3600 == 0 && field == Field::Offset;
                let offset = print_offset(seconds, count >= 3);
                if hours_only { offset.get(..3)?.to_owned() } else { offset }
            }
        },
        Field::Zone => zone.as_str().to_owned(),
    };
    Some(printed)
}
