//! Automata against a naive matcher and two other libraries, and against the laws of sets.

#[cfg(test)]
mod language;

use derivre::{RegexAst, RegexBuilder};
use keyward_automaton::{Automaton, RequestPattern, StringMatcher};
use language::{Language, language, name, wildcard, wildcard_matches};
use proptest::prelude::*;
use regexsolver::Term;

/// The same language for derivre. Its complement would include byte strings that are no text.
fn for_derivre(language: &Language) -> RegexAst {
    let regex = |text: &str| RegexAst::Regex(text.to_owned());
    let two = |a: &Language, b: &Language| vec![for_derivre(a), for_derivre(b)];
    match language {
        Language::Nothing => RegexAst::NoMatch,
        Language::EmptyString => RegexAst::EmptyString,
        Language::AnyString => regex("(?s).*"),
        Language::AnyChar => regex("(?s)."),
        Language::Char(c) => RegexAst::Literal(c.to_string()),
        Language::Class { .. } => regex(&format!("{language}")),
        Language::Concat(a, b) => RegexAst::Concat(two(a, b)),
        Language::Or(a, b) => RegexAst::Or(two(a, b)),
        Language::And(a, b) => RegexAst::And(two(a, b)),
        Language::Not(a) => RegexAst::And(vec![RegexAst::Not(Box::new(for_derivre(a))), regex("(?s).*")]),
        Language::Repeat(a, min, max) => RegexAst::Repeat(Box::new(for_derivre(a)), *min, max.unwrap_or(u32::MAX)),
    }
}

/// The same language for regexsolver.
#[cfg(test)]
fn for_regexsolver(language: &Language) -> Term {
    let pattern = |text: &str| Term::from_pattern(text).expect("a pattern");
    let automaton = |term: Term| Term::from_automaton(term.to_automaton().expect("it is small").into_owned());
    match language {
        Language::Nothing => Term::new_empty(),
        Language::EmptyString => Term::new_empty_string(),
        Language::AnyString => Term::new_total(),
        Language::AnyChar => pattern("."),
        Language::Char(c) => pattern(&c.to_string().replace('-', "\\-")),
        Language::Class { .. } => pattern(&format!("{language}")),
        Language::Concat(a, b) => automaton(for_regexsolver(a).concat([for_regexsolver(b)]).expect("it is small")),
        Language::Or(a, b) => automaton(for_regexsolver(a).union([for_regexsolver(b)]).expect("it is small")),
        Language::And(a, b) => automaton(for_regexsolver(a).intersection([for_regexsolver(b)]).expect("it is small")),
        Language::Not(a) => automaton(for_regexsolver(a).complement().expect("it is small")),
        Language::Repeat(a, min, max) => {
            let inner = for_regexsolver(a);
            automaton(match max {
                None => inner.repeat(*min..).expect("it is small"),
                Some(max) => inner.repeat(*min..=*max).expect("it is small"),
            })
        }
    }
}

#[cfg(test)]
fn compiled(language: &Language) -> Automaton {
    Automaton::patterns([language.pattern()]).expect("it compiles")
}

/// Equal as sets.
#[cfg(test)]
fn equal(a: &Automaton, b: &Automaton) -> bool {
    a.is_subset_of(b).expect("it is small") && b.is_subset_of(a).expect("it is small")
}

/// A set of patterns of every kind.
fn patterns() -> impl Strategy<Value = Vec<String>> {
    let pattern = prop_oneof![4 => wildcard(), 1 => language().prop_map(|language| language.pattern())];
    prop::collection::vec(pattern, 0..4)
}

fn settings() -> ProptestConfig {
    ProptestConfig { cases: 800, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(settings())]

    #[test]
    fn regular_expressions_match_as_the_naive_matcher(language in language(), names in prop::collection::vec(name(), 12)) {
        let automaton = compiled(&language);
        for name in names {
            prop_assert_eq!(automaton.matches(&name), language.contains(&name), "{} on {:?}", language, name);
        }
    }

    #[test]
    fn wildcards_match_as_the_naive_matcher(patterns in prop::collection::vec(wildcard(), 0..5), names in prop::collection::vec(name(), 12)) {
        let patterns: Vec<String> = patterns.into_iter().filter(|pattern| !pattern.starts_with('/')).collect();
        let automaton = Automaton::patterns(&patterns).expect("they compile");
        let matcher = StringMatcher::new(&patterns).expect("they compile");
        for name in names {
            let chars: Vec<char> = name.chars().collect();
            let naive = |pattern: &String| wildcard_matches(&pattern.chars().collect::<Vec<_>>(), &chars);
            prop_assert_eq!(automaton.matches(&name), patterns.iter().any(naive), "{:?} on {:?}", patterns, name);
            let enforced = |pattern: &String| if pattern.contains(['*', '?']) { naive(pattern) } else { *pattern == name };
            prop_assert_eq!(matcher.matches(&name), patterns.iter().any(enforced), "{:?} on {:?}", patterns, name);
        }
    }

    #[test]
    fn request_patterns_match_as_the_naive_matcher(pattern in wildcard(), name in name()) {
        let pattern = pattern.replace(['?', '\\'], "b");
        let chars: Vec<char> = pattern.chars().collect();
        let naive = wildcard_matches(&chars, &name.chars().collect::<Vec<_>>());
        let request = RequestPattern::new(&pattern);
        prop_assert_eq!(request.matches(&name), naive, "{} on {}", pattern, name);
        prop_assert!(!naive || name.starts_with(request.prefix()));
    }

    #[test]
    fn comparisons_are_those_of_derivre_and_regexsolver(a in language(), b in language()) {
        let (mine_a, mine_b) = (compiled(&a), compiled(&b));
        let contained = mine_a.is_subset_of(&mine_b).expect("it is small");
        let mut builder = RegexBuilder::new();
        let rest = builder.mk(&for_derivre(&a).contained_in(&for_derivre(&b))).expect("derivre builds it");
        prop_assert_eq!(contained, builder.into_regex(rest).always_empty(), "{} in {} by derivre", a, b);
        let (term_a, term_b) = (for_regexsolver(&a), for_regexsolver(&b));
        prop_assert_eq!(contained, term_a.subset(&term_b).expect("it is small"), "{} in {} by regexsolver", a, b);
        prop_assert_eq!(mine_a.is_empty(), term_a.is_empty().expect("it is small"), "{}", a);
        prop_assert_eq!(mine_a.is_total(), term_a.is_total().expect("it is small"), "{}", a);
        let common = mine_a.intersection(&mine_b).expect("it is small");
        let theirs = term_a.intersection([&term_b]).expect("it is small");
        prop_assert_eq!(common.is_empty(), theirs.is_empty().expect("it is small"), "{} and {}", a, b);
    }

    #[test]
    fn operations_are_those_of_sets(a in patterns(), b in patterns(), names in prop::collection::vec(name(), 12)) {
        let (set_a, set_b) = (Automaton::patterns(&a).expect("they compile"), Automaton::patterns(&b).expect("they compile"));
        let union = Automaton::union([&set_a, &set_b]).expect("it is small");
        let intersection = set_a.intersection(&set_b).expect("it is small");
        let minus = set_a.minus(&set_b).expect("it is small");
        let complement = set_a.complement().expect("it is small");
        // Computed sets take other ways through the code than sets of patterns.
        let again = Automaton::union([&minus, &intersection]).expect("it is small");
        for name in names {
            let (in_a, in_b) = (set_a.matches(&name), set_b.matches(&name));
            prop_assert_eq!(union.matches(&name), in_a || in_b);
            prop_assert_eq!(intersection.matches(&name), in_a && in_b);
            prop_assert_eq!(minus.matches(&name), in_a && !in_b);
            prop_assert_eq!(complement.matches(&name), !in_a);
            prop_assert_eq!(again.matches(&name), in_a);
        }
    }

    #[test]
    fn the_laws_of_sets_hold(a in patterns(), b in patterns(), c in patterns()) {
        let set = |patterns: &Vec<String>| Automaton::patterns(patterns).expect("they compile");
        let (a, b, c) = (set(&a), set(&b), set(&c));
        let not = |a: &Automaton| a.complement().expect("it is small");
        let or = |a: &Automaton, b: &Automaton| Automaton::union([a, b]).expect("it is small");
        let and = |a: &Automaton, b: &Automaton| a.intersection(b).expect("it is small");
        let minus = |a: &Automaton, b: &Automaton| a.minus(b).expect("it is small");
        let within = |a: &Automaton, b: &Automaton| a.is_subset_of(b).expect("it is small");
        prop_assert!(equal(&not(&not(&a)), &a));
        prop_assert!(equal(&not(&or(&a, &b)), &and(&not(&a), &not(&b))));
        prop_assert!(equal(&not(&and(&a, &b)), &or(&not(&a), &not(&b))));
        prop_assert!(equal(&or(&a, &and(&a, &b)), &a));
        prop_assert!(equal(&and(&a, &or(&a, &b)), &a));
        prop_assert!(equal(&and(&a, &or(&b, &c)), &or(&and(&a, &b), &and(&a, &c))));
        prop_assert!(equal(&minus(&a, &b), &and(&a, &not(&b))));
        prop_assert_eq!(within(&a, &b), minus(&a, &b).is_empty());
        prop_assert_eq!(within(&a, &b), equal(&or(&a, &b), &b));
        prop_assert!(within(&and(&a, &b), &a) && within(&a, &or(&a, &c)));
        prop_assert!(!(within(&a, &b) && within(&b, &c)) || within(&a, &c));
        prop_assert!(or(&a, &not(&a)).is_total() && and(&a, &not(&a)).is_empty());
        prop_assert_eq!(a.is_empty(), within(&a, &Automaton::empty()));
        prop_assert_eq!(a.is_total(), within(&Automaton::any_string(), &a));
    }

    #[test]
    fn intervals_are_numbers(a in 0..1_300u32, b in 0..1_300u32, number in 0..1_400u32, zeros in 0..3usize) {
        let (low, high) = (a.min(b), a.max(b));
        let set = Automaton::patterns([format!("/<{low}-{high}>/")]).expect("it compiles");
        let written = format!("{}{number}", "0".repeat(zeros));
        let fixed = low.to_string().len() == high.to_string().len();
        let width = !fixed || written.len() == high.to_string().len();
        prop_assert_eq!(set.matches(&written), (low..=high).contains(&number) && width, "{} in <{}-{}>", written, low, high);
        prop_assert!(!set.matches(""));
    }
}
