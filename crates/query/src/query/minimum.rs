//! `minimum_should_match`: how many of several clauses are needed.

use std::str::FromStr;

use crate::error::ParseError;

/// How many of several optional clauses are needed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MinimumShouldMatch {
    text: String,
    /// With the number of clauses from which on it holds (more than): `2<75%`. In order.
    conditions: Vec<(i64, Amount)>,
    /// What holds if it is not conditional.
    otherwise: Option<Amount>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Amount {
    Count(i64),
    Percent(i64),
}

impl MinimumShouldMatch {
    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// How many of so many clauses are needed. May be more than there are: then nothing matches.
    pub fn of(&self, clauses: usize) -> usize {
        let clauses = i64::try_from(clauses).unwrap_or(i64::MAX);
        let amount = match self.otherwise {
            Some(amount) => Some(amount),
            None => self.conditions.iter().rfind(|(bound, _)| clauses > *bound).map(|(_, amount)| *amount),
        };
        let needed = match amount {
            // No condition holds: all of them.
            None => clauses,
            Some(Amount::Count(count)) if count < 0 => clauses.saturating_add(count),
            Some(Amount::Count(count)) => count,
            Some(Amount::Percent(percent)) => {
                let part = clauses.saturating_mul(percent) / 100;
                if percent < 0 { clauses.saturating_add(part) } else { part }
            }
        };
        usize::try_from(needed.max(0)).unwrap_or(usize::MAX)
    }
}

impl FromStr for MinimumShouldMatch {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let amount = |text: &str| -> Result<Amount, ParseError> {
            let text = text.trim();
            let parsed = match text.strip_suffix('%') {
                Some(percent) => percent.trim().parse().map(Amount::Percent),
                None => text.parse().map(Amount::Count),
            };
            parsed.map_err(|_| {
                ParseError::new(crate::ParseErrorKind::NumberFormat, format!("For input string: \"{text}\""))
            })
        };
        let mut parsed = Self { text: text.to_owned(), conditions: Vec::new(), otherwise: None };
        if !text.contains('<') {
            parsed.otherwise = Some(amount(text)?);
            return Ok(parsed);
        }
        let tidy = text.replace(" <", "<").replace("< ", "<");
        for condition in tidy.split_whitespace() {
            let (bound, rest) = condition.split_once('<').ok_or_else(|| {
                ParseError::illegal_argument(format!("[minimum_should_match] cannot be read: [{text}]"))
            })?;
            let bound = match amount(bound)? {
                Amount::Count(count) => count,
                Amount::Percent(_) => {
                    return Err(ParseError::illegal_argument(format!(
                        "[minimum_should_match] cannot be read: [{text}]"
                    )));
                }
            };
            parsed.conditions.push((bound, amount(rest)?));
        }
        Ok(parsed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn needs_what_it_says() {
        for (text, clauses, needed) in [
            ("2", 4, 2),
            ("-1", 4, 3),
            ("-5", 4, 0),
            ("75%", 4, 3),
            ("75%", 3, 2),
            ("-25%", 4, 3),
            ("-25%", 3, 3),
            ("3<90%", 3, 3),
            ("3<90%", 10, 9),
            ("2<-25% 9<-3", 2, 2),
            ("2<-25% 9<-3", 8, 6),
            ("2<-25% 9<-3", 10, 7),
            ("5", 4, 5),
        ] {
            assert_eq!(text.parse::<MinimumShouldMatch>().unwrap().of(clauses), needed, "{text} of {clauses}");
        }
        for wrong in ["", "x", "50", "a<2", "3<"].iter().filter(|text| **text != "50") {
            assert!(wrong.parse::<MinimumShouldMatch>().is_err(), "{wrong}");
        }
    }
}
