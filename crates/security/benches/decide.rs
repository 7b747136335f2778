//! How long a decision takes: one name, many roles, many names.

use std::hint::black_box;
use std::sync::Arc;

use criterion::{Criterion, criterion_group, criterion_main};
use keyward_security::action::Action;
use keyward_security::authentication::{Authentication, Json, RealmRef};
use keyward_security::decide::{Asker, decide};
use keyward_security::index_names::{IndexFlags, IndexNames};
use keyward_security::privilege::ApplicationPrivileges;
use keyward_security::request::{ActionRequest, IndicesOptions, RequestedNames, TargetTraits};
use keyward_security::role::{IndicesPrivileges, Role, RoleDescriptor, RoleDescriptors};
use keyward_security::user::User;

fn somebody() -> Authentication {
    let user = User {
        username: "bob".into(),
        roles: Arc::from([]),
        full_name: None,
        email: None,
        metadata: Arc::new(Json::new()),
        enabled: true,
    };
    Authentication::realm(user, RealmRef::new("native1", "native"))
}

/// Roles of one entry each.
fn role(entries: &[(&[&str], &[&str], Option<&str>)]) -> Role {
    let texts = |list: &[&str]| list.iter().map(|text| Arc::from(*text)).collect();
    let descriptors = entries.iter().enumerate().map(|(number, (names, privileges, query))| {
        let entry = IndicesPrivileges {
            names: texts(names),
            privileges: texts(privileges),
            query: query.map(Arc::from),
            ..IndicesPrivileges::default()
        };
        let descriptor = RoleDescriptor { indices: vec![entry], ..RoleDescriptor::default() };
        (Arc::from(format!("role-{number}")), Arc::new(descriptor))
    });
    let descriptors = RoleDescriptors::new(descriptors.collect());
    Role::compile(&descriptors, &ApplicationPrivileges::default()).unwrap_or_else(|_| Role::empty())
}

fn names(count: u32) -> IndexNames {
    let name = |number: u32| format!("logs-app{}-2026.{:02}.{:04}", number % 50, number % 12, number);
    (0..count)
        .fold(IndexNames::builder(), |builder, number| builder.index(&name(number), IndexFlags::default()))
        .build()
}

fn search(expression: &str) -> ActionRequest {
    let requested = RequestedNames::new([expression], IndicesOptions::EXPAND_OPEN, TargetTraits::SEARCH);
    ActionRequest::on(Action::from_static("indices:data/read/search"), requested)
}

fn decisions(criterion: &mut Criterion) {
    let who = somebody();
    let few = names(10);
    let many = names(10_000);
    let one = "logs-app7-2026.07.0007";

    let owner = role(&[(&["logs-*", "metrics-*"], &["read", "write"], None)]);
    let key = Role::limited(&role(&[(&["logs-app7-*"], &["read"], None)]), &owner);
    let mut group = criterion.benchmark_group("decide");
    let request = search(one);
    group.bench_function("one index, key within owner", |bencher| {
        bencher.iter(|| decide(Asker::new(&who, &key), black_box(&request), &few));
    });

    let patterns: Vec<[String; 2]> =
        (0..40).map(|number| [format!("logs-app{number}-*"), format!("*-{number}-archive-*")]).collect();
    let lists: Vec<Vec<&str>> = patterns.iter().map(|pair| pair.iter().map(String::as_str).collect()).collect();
    let entries: Vec<(&[&str], &[&str], Option<&str>)> =
        lists.iter().map(|list| (list.as_slice(), ["read", "view_index_metadata"].as_slice(), None)).collect();
    let forty = role(&entries);
    group.bench_function("one of 10,000 indices, 40 roles", |bencher| {
        bencher.iter(|| decide(Asker::new(&who, &forty), black_box(&request), &many));
    });
    let hidden: Vec<(&[&str], &[&str], Option<&str>)> =
        entries.iter().map(|(names, privileges, _)| (*names, *privileges, Some("{\"term\":{\"team\":1}}"))).collect();
    let forty_with_queries = role(&hidden);
    group.bench_function("one of 10,000 indices, 40 roles with queries", |bencher| {
        bencher.iter(|| decide(Asker::new(&who, &forty_with_queries), black_box(&request), &many));
    });

    let all = search("logs-*");
    group.bench_function("wildcard over 10,000 indices, key within owner", |bencher| {
        bencher.iter(|| decide(Asker::new(&who, &key), black_box(&all), &many));
    });
    let everything = role(&[(&["*"], &["all"], None)]);
    group.bench_function("wildcard over 10,000 indices, all permitted", |bencher| {
        bencher.iter(|| decide(Asker::new(&who, &everything), black_box(&all), &many));
    });
    group.bench_function("wildcard over 10,000 indices, 40 roles", |bencher| {
        bencher.iter(|| decide(Asker::new(&who, &forty), black_box(&all), &many));
    });
    group.bench_function("wildcard over 10,000 indices, 40 roles with queries", |bencher| {
        bencher.iter(|| decide(Asker::new(&who, &forty_with_queries), black_box(&all), &many));
    });
    let denied = search("secret");
    group.bench_function("a denial with its sentence", |bencher| {
        bencher.iter(|| decide(Asker::new(&who, &key), black_box(&denied), &few));
    });
    group.finish();
}

criterion_group!(benches, decisions);
criterion_main!(benches);
