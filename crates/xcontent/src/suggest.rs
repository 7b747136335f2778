//! "Did you mean": names similar to one that is not known.

/// How similar two names are: one minus the edit distance over the longer length. Equal names give 1, two empty ones too.
pub fn similarity(one: &str, other: &str) -> f64 {
    let one: Vec<char> = one.chars().collect();
    let other: Vec<char> = other.chars().collect();
    let longer = one.len().max(other.len());
    if longer == 0 {
        return 1.0;
    }
    1.0 - ratio(distance(&one, &other), longer)
}

/// The candidates that are more than half similar to `unknown`, the most similar first, equals by name.
pub fn suggest<'a>(unknown: &str, candidates: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let length = unknown.chars().count();
    let mut found: Vec<(f64, &'a str)> = candidates
        .into_iter()
        // At twice the length and beyond no candidate can be more than half similar: long input costs nothing.
        .filter(|candidate| length < candidate.chars().count().saturating_mul(2))
        .map(|candidate| (similarity(unknown, candidate), candidate))
        .filter(|(similarity, _)| *similarity > 0.5)
        .collect();
    found.sort_by(|(left, left_name), (right, right_name)| {
        right.total_cmp(left).then_with(|| left_name.cmp(right_name))
    });
    found.dedup_by(|(_, later), (_, earlier)| later == earlier);
    found.into_iter().map(|(_, name)| name).collect()
}

/// The suggestion as a clause: `did you mean [a]?` or `did you mean any of [a, b]?`; nothing where there is none.
pub fn did_you_mean<S: AsRef<str>>(suggestions: &[S]) -> Option<String> {
    match suggestions {
        [] => None,
        [one] => Some(format!("did you mean [{}]?", one.as_ref())),
        many => {
            let names: Vec<&str> = many.iter().map(AsRef::as_ref).collect();
            Some(format!("did you mean any of [{}]?", names.join(", ")))
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "lengths of names are far below 2^52")]
fn ratio(part: usize, whole: usize) -> f64 {
    part as f64 / whole as f64
}

/// Levenshtein's distance, one row at a time.
fn distance(one: &[char], other: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (i, left) in one.iter().enumerate() {
        let mut diagonal = i;
        let mut beside = i + 1;
        if let Some(first) = row.first_mut() {
            *first = beside;
        }
        for (cell, right) in row.iter_mut().skip(1).zip(other) {
            let above = *cell;
            let substituted = diagonal + usize::from(left != right);
            *cell = substituted.min(above + 1).min(beside + 1);
            diagonal = above;
            beside = *cell;
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_levenshtein_s() {
        let chars = |text: &str| text.chars().collect::<Vec<_>>();
        assert_eq!(distance(&chars("kitten"), &chars("sitting")), 3);
        assert_eq!(distance(&chars(""), &chars("abc")), 3);
        assert_eq!(distance(&chars("abc"), &chars("")), 3);
        assert_eq!(distance(&chars("same"), &chars("same")), 0);
    }

    #[test]
    fn only_more_than_half_similar_names_are_offered() {
        assert_eq!(suggest("nam", ["name", "metadata"]), ["name"]);
        assert_eq!(suggest("ab", ["abcd"]), Vec::<&str>::new());
        assert_eq!(suggest("prety", ["format", "pretty", "petty"]), ["pretty", "petty"]);
        assert_eq!(suggest("nmae", ["name"]), Vec::<&str>::new(), "two edits in four are exactly half");
    }

    #[test]
    fn equally_similar_names_stand_in_order_of_name() {
        assert_eq!(suggest("nodes", ["nodex", "nodea", "nodea"]), ["nodea", "nodex"]);
        assert_eq!(did_you_mean(&suggest("nodes", ["nodex", "nodea"])).unwrap(), "did you mean any of [nodea, nodex]?");
        assert_eq!(did_you_mean::<&str>(&[]), None);
    }

    #[test]
    fn a_very_long_unknown_name_costs_nothing() {
        let long = "n".repeat(50_000_000);
        assert!(suggest(&long, ["name"]).is_empty());
    }
}
