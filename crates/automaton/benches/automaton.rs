//! Building, matching and comparing sets of patterns.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use keyward_automaton::{Automaton, RequestPattern, StringMatcher};

fn patterns(count: usize) -> Vec<String> {
    let pattern = |number: usize| match number % 3 {
        0 => format!("logs-app{number}-*"),
        1 => format!("metrics-{number}.*-prod"),
        _ => format!(".ds-*-{number}-2026.??.??"),
    };
    (0..count).map(pattern).collect()
}

fn names() -> Vec<String> {
    let name = |number: usize| match number % 4 {
        0 => format!("logs-app{}-2026.01.01", number % 400),
        1 => format!("metrics-{}.host7-prod", number % 400),
        2 => format!(".ds-traces-x-{}-2026.01.31", number % 400),
        _ => format!("something-else-{number}"),
    };
    (0..1_000).map(name).collect()
}

fn automata(criterion: &mut Criterion) {
    let names = names();
    for count in [4, 20, 100, 400] {
        let patterns = patterns(count);
        let Ok(set) = Automaton::patterns(&patterns) else { return };
        let Ok(half) = Automaton::patterns(patterns.iter().step_by(2)) else { return };
        let mut next = names.iter().cycle();
        criterion.bench_with_input(BenchmarkId::new("match", count), &set, |bencher, set| {
            bencher.iter(|| next.next().is_some_and(|name| set.matches(black_box(name))));
        });
        criterion.bench_with_input(BenchmarkId::new("build", count), &patterns, |bencher, patterns| {
            bencher.iter(|| Automaton::patterns(black_box(patterns)).is_ok());
        });
        criterion.bench_with_input(BenchmarkId::new("subset both ways", count), &set, |bencher, set| {
            bencher.iter(|| (half.is_subset_of(black_box(set)), set.is_subset_of(&half)));
        });
    }
    let Ok(prefixes) = Automaton::patterns(["logs-*", "metrics-*", "traces-*"]) else { return };
    let Ok(exact) = StringMatcher::new(["logs-1", "logs-2", "logs-3"]) else { return };
    criterion.bench_function("match prefixes", |bencher| {
        bencher.iter(|| prefixes.matches(black_box("metrics-7.host7-prod")));
    });
    criterion.bench_function("match exact names", |bencher| bencher.iter(|| exact.matches(black_box("logs-3"))));
    let request = RequestPattern::new("logs-*-2026*");
    criterion.bench_function("match a request's wildcard", |bencher| {
        bencher.iter(|| request.matches(black_box("logs-app7-2026.01.01")));
    });
}

criterion_group!(benches, automata);
criterion_main!(benches);
