//! Rows and columns: what the cat family answers with, as text for people or as JSON.

use std::cmp::Ordering;

use serde_json::Value;

use crate::error::ElasticError;
use crate::params::Params;
use crate::render::filter_path::wildcard;

/// One column of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name, as `h` and `s` call it.
    pub name: &'static str,
    /// Other names of it.
    pub aliases: &'static [&'static str],
    /// What `help` says about it.
    pub description: &'static str,
    /// Whether its text stands at the right.
    pub right: bool,
    /// Whether it is shown unless `h` says otherwise.
    pub default: bool,
}

/// One value of a row.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// No value.
    Absent,
    /// Text.
    Text(String),
    /// A whole number.
    Number(i64),
    /// A number with a fraction.
    Decimal(f64),
    /// A size in bytes; shown in the unit that `bytes` asks for.
    Bytes(u64),
    /// A duration in milliseconds; shown in the unit that `time` asks for.
    Millis(u64),
}

/// Rows and columns.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Table {
    /// The columns.
    pub columns: Vec<Column>,
    /// The rows; each has as many cells as there are columns.
    pub rows: Vec<Vec<Cell>>,
}

/// What the parameters of the cat family ask for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TableOptions {
    /// `v`: a line of names on top.
    pub header: bool,
    /// `h`: the columns, by name or pattern.
    pub columns: Option<Vec<String>>,
    /// `s`: the order of rows.
    pub sort: Vec<(String, Direction)>,
    /// `help`: the columns themselves instead of rows.
    pub help: bool,
    /// `bytes`: the unit of sizes.
    pub bytes: Option<Unit>,
    /// `time`: the unit of durations.
    pub time: Option<Unit>,
}

/// The direction of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Smallest first.
    Ascending,
    /// Greatest first.
    Descending,
}

/// A unit, as the number that one whole of a value's base is divided by (sizes in bytes, durations in nanoseconds).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unit(u64);

impl TableOptions {
    /// Reads the parameters.
    pub fn read(params: &Params) -> Result<Self, ElasticError> {
        Ok(Self {
            header: params.bool_or("v", false)?,
            columns: params.list("h").map(|names| names.into_iter().map(str::to_owned).collect()),
            sort: params.list("s").unwrap_or_default().into_iter().map(sort_key).collect(),
            help: params.bool_or("help", false)?,
            bytes: params.get("bytes").map(byte_unit).transpose()?,
            time: params.get("time").map(time_unit).transpose()?,
        })
    }
}

fn sort_key(text: &str) -> (String, Direction) {
    if let Some(name) = text.strip_suffix(":desc") {
        return (name.to_owned(), Direction::Descending);
    }
    (text.strip_suffix(":asc").unwrap_or(text).to_owned(), Direction::Ascending)
}

fn byte_unit(text: &str) -> Result<Unit, ElasticError> {
    let shift: u32 = match text {
        "b" => 0,
        "k" | "kb" => 10,
        "m" | "mb" => 20,
        "g" | "gb" => 30,
        "t" | "tb" => 40,
        "p" | "pb" => 50,
        _ => return Err(ElasticError::illegal_argument(format!("unknown value [{text}] of the parameter [bytes]"))),
    };
    Ok(Unit(1 << shift))
}

fn time_unit(text: &str) -> Result<Unit, ElasticError> {
    Ok(Unit(match text {
        "nanos" => 1,
        "micros" => 1_000,
        "ms" => 1_000_000,
        "s" => 1_000_000_000,
        "m" => 60_000_000_000,
        "h" => 3_600_000_000_000,
        "d" => 86_400_000_000_000,
        _ => return Err(ElasticError::illegal_argument(format!("unknown value [{text}] of the parameter [time]"))),
    }))
}

impl Table {
    /// The table as text.
    pub(super) fn text(&self, options: &TableOptions) -> Result<String, ElasticError> {
        if options.help {
            return Ok(self.help());
        }
        let shown = self.shown(options);
        let mut lines: Vec<Vec<String>> = Vec::new();
        if options.header {
            lines.push(shown.iter().map(|(_, name)| name.clone()).collect());
        }
        for row in self.sorted(options)? {
            lines.push(shown.iter().map(|(at, _)| cell_text(row.get(*at), options).unwrap_or_default()).collect());
        }
        let right: Vec<bool> = shown.iter().map(|(at, _)| self.columns.get(*at).is_some_and(|one| one.right)).collect();
        Ok(aligned(&lines, &right, " "))
    }

    /// The table as a list of objects; every value is a string, an absent one is null.
    pub(super) fn json(&self, options: &TableOptions) -> Result<Value, ElasticError> {
        let shown = self.shown(options);
        let object = |row: &Vec<Cell>| {
            let members = shown
                .iter()
                .map(|(at, name)| (name.clone(), cell_text(row.get(*at), options).map_or(Value::Null, Value::String)));
            Value::Object(members.collect())
        };
        Ok(Value::Array(self.sorted(options)?.into_iter().map(object).collect()))
    }

    fn help(&self) -> String {
        let lines: Vec<Vec<String>> = self
            .columns
            .iter()
            .map(|column| vec![column.name.to_owned(), column.aliases.join(","), column.description.to_owned()])
            .collect();
        aligned(&lines, &[false; 3], " | ")
    }

    /// The columns to show: where each stands, and under which name it was asked for.
    fn shown(&self, options: &TableOptions) -> Vec<(usize, String)> {
        let Some(asked) = &options.columns else {
            let default = self.columns.iter().enumerate().filter(|(_, column)| column.default);
            return default.map(|(at, column)| (at, column.name.to_owned())).collect();
        };
        let mut shown: Vec<(usize, String)> = Vec::new();
        for pattern in asked {
            for (at, column) in self.columns.iter().enumerate() {
                let listed = |shown: &[(usize, String)]| shown.iter().any(|(known, _)| *known == at);
                if column.name == pattern || column.aliases.contains(&pattern.as_str()) {
                    if !listed(&shown) {
                        shown.push((at, pattern.clone()));
                    }
                } else if pattern.contains('*') && wildcard(pattern, column.name) && !listed(&shown) {
                    shown.push((at, column.name.to_owned()));
                }
            }
        }
        shown
    }

    fn sorted(&self, options: &TableOptions) -> Result<Vec<&Vec<Cell>>, ElasticError> {
        let mut keys = Vec::with_capacity(options.sort.len());
        for (name, direction) in &options.sort {
            let at = self
                .columns
                .iter()
                .position(|column| column.name == name || column.aliases.contains(&name.as_str()))
                .ok_or_else(|| ElasticError::parse(format!("Unable to sort by unknown sort key `{name}`")))?;
            keys.push((at, *direction));
        }
        let mut rows: Vec<&Vec<Cell>> = self.rows.iter().collect();
        rows.sort_by(|left, right| {
            let mut order = Ordering::Equal;
            for (at, direction) in &keys {
                let one = compare(left.get(*at), right.get(*at));
                order = order.then(if *direction == Direction::Ascending { one } else { one.reverse() });
            }
            order
        });
        Ok(rows)
    }
}

fn aligned(lines: &[Vec<String>], right: &[bool], between: &str) -> String {
    let mut widths = vec![0; right.len()];
    for line in lines {
        for (width, cell) in widths.iter_mut().zip(line) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let mut out = String::new();
    for line in lines {
        for (index, ((cell, width), right)) in line.iter().zip(&widths).zip(right).enumerate() {
            if index > 0 {
                out.push_str(between);
            }
            let blanks = " ".repeat(width.saturating_sub(cell.chars().count()));
            let last = index.saturating_add(1) == line.len();
            match (right, last) {
                (true, _) => out.extend([blanks.as_str(), cell.as_str()]),
                (false, true) => out.push_str(cell),
                (false, false) => out.extend([cell.as_str(), blanks.as_str()]),
            }
        }
        out.push('\n');
    }
    out
}

fn cell_text(cell: Option<&Cell>, options: &TableOptions) -> Option<String> {
    Some(match cell? {
        Cell::Absent => return None,
        Cell::Text(text) => text.clone(),
        Cell::Number(number) => number.to_string(),
        Cell::Decimal(number) => number.to_string(),
        Cell::Bytes(bytes) => match options.bytes {
            Some(Unit(unit)) => (bytes / unit).to_string(),
            None => human_bytes(*bytes),
        },
        Cell::Millis(millis) => match options.time {
            Some(Unit(unit)) => (u128::from(*millis).saturating_mul(1_000_000) / u128::from(unit)).to_string(),
            None => human_millis(*millis),
        },
    })
}

/// A size as people read it: one digit after the point unless that is a zero.
pub fn human_bytes(bytes: u64) -> String {
    let units: [(u32, &str); 5] = [(50, "pb"), (40, "tb"), (30, "gb"), (20, "mb"), (10, "kb")];
    let found = units.iter().find(|(shift, _)| bytes >> shift > 0);
    found.map_or_else(|| format!("{bytes}b"), |(shift, name)| tenths(u128::from(bytes), 1 << shift, name))
}

/// A duration as people read it: one digit after the point unless that is a zero.
pub fn human_millis(millis: u64) -> String {
    let units: [(u128, &str); 4] = [(86_400_000, "d"), (3_600_000, "h"), (60_000, "m"), (1_000, "s")];
    let millis = u128::from(millis);
    let found = units.iter().find(|(unit, _)| millis >= *unit);
    found.map_or_else(|| format!("{millis}ms"), |(unit, name)| tenths(millis, *unit, name))
}

fn tenths(value: u128, unit: u128, name: &str) -> String {
    let tenths = value.saturating_mul(10) / unit;
    match tenths % 10 {
        0 => format!("{}{name}", tenths / 10),
        part => format!("{}.{part}{name}", tenths / 10),
    }
}

/// Absent values first, numbers by value, anything else by its text.
fn compare(left: Option<&Cell>, right: Option<&Cell>) -> Ordering {
    match (left.unwrap_or(&Cell::Absent), right.unwrap_or(&Cell::Absent)) {
        (Cell::Absent, Cell::Absent) => Ordering::Equal,
        (Cell::Absent, _) => Ordering::Less,
        (_, Cell::Absent) => Ordering::Greater,
        (Cell::Number(left), Cell::Number(right)) => left.cmp(right),
        (Cell::Decimal(left), Cell::Decimal(right)) => left.total_cmp(right),
        (Cell::Bytes(left), Cell::Bytes(right)) | (Cell::Millis(left), Cell::Millis(right)) => left.cmp(right),
        (left, right) => {
            let none = TableOptions::default();
            cell_text(Some(left), &none).cmp(&cell_text(Some(right), &none))
        }
    }
}
