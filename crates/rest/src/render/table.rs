//! Rows and columns: what the cat family answers with, as text for people or as JSON.

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
