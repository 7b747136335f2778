use super::*;

fn indices(language: &str, text: &str) -> Vec<String> {
    names(language, text).indices
}

#[test]
fn names_stand_where_each_language_has_them() {
    assert_eq!(indices("sql", "SELECT a FROM \"logs-*\" WHERE b=1"), ["logs-*"]);
    assert_eq!(indices("sql", "select * from `a,b` limit 1"), ["a", "b"]);
    assert_eq!(indices("sql", "SELECT x FROM (SELECT y FROM inner_one) WHERE z = 'FROM other'"), ["*"]);
    assert_eq!(indices("sql", "SELECT 1"), Vec::<String>::new());
    assert!(names("sql", "SHOW TABLES").is_catalog);
    assert_eq!(
        indices("esql", "FROM logs-*,-logs-old | LOOKUP JOIN hosts ON ip | LIMIT 5"),
        ["logs-*", "-logs-old", "hosts"]
    );
    assert_eq!(indices("esql", "FROM \"a\", b METADATA _id | WHERE x == \"| FROM c\""), ["a", "b"]);
    assert_eq!(names("esql", "FROM logs | ENRICH _any:geo ON ip").policies, ["geo"]);
    assert_eq!(indices("esql", "ROW a=1"), Vec::<String>::new());
    assert_eq!(indices("ppl", "source=logs | fields a"), ["logs"]);
}

#[test]
fn what_is_not_understood_stands_for_everything() {
    for (language, text) in [
        ("sql", ""),
        ("sql", "INSERT INTO a"),
        ("sql", "SELECT a FROM b, c d, e"),
        ("sql", "SELECT a FROM b x"),
        ("sql", "SELECT a /* FROM x */ FROM b"),
        ("sql", "SELECT a FROM \"b\"\"c\""),
        ("sql", "SELECT a FROM b JOIN c"),
        ("sql", "SELECT a FROM ?"),
        ("sql", "SELECT a FROM 'b'"),
        ("esql", "EXPLAIN [FROM a]"),
        ("esql", "FROM (FROM a | LIMIT 1), b"),
        ("esql", "FROM a | FORK (FROM b)"),
        ("esql", "FROM \"\"\"a\"\"\""),
        ("esql", "FROM a // | FROM b"),
        ("esql", "SET x = 1; FROM a"),
        ("ppl", "source=a | lookup b c"),
        ("ppl", "source=a | where x in [ source=b ]"),
        ("xyz", "anything"),
    ] {
        assert_eq!(indices(language, text), ["*"], "{text}");
    }
}

proptest::proptest! {
    #[test]
    fn any_text_is_read(text in "\\PC{0,40}", language in proptest::sample::select(vec!["sql", "esql", "ppl"])) {
        let _ = names(language, &text);
    }
}
