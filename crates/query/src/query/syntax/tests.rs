use super::super::Operator;
use super::*;

/// The tree in a notation of its own: `+must -not should`, `field:leaf`.
fn show(node: &SyntaxNode) -> String {
    match node {
        SyntaxNode::Nothing => "nothing".to_owned(),
        SyntaxNode::Everything => "*:*".to_owned(),
        SyntaxNode::Leaf { field, leaf, boost } => {
            let field = field.as_ref().map(|field| format!("{field}:")).unwrap_or_default();
            let boost = if *boost == 1.0 { String::new() } else { format!("^{boost}") };
            let leaf = match leaf {
                Leaf::Text(text) => format!("'{text}'"),
                Leaf::Phrase(text, slop) => format!("\"{text}\"{}", slop.map(|s| format!("~{s}")).unwrap_or_default()),
                Leaf::Prefix(text) => format!("{text}…"),
                Leaf::Wildcard(text) => format!("wild({text})"),
                Leaf::Regexp(text) => format!("/{text}/"),
                Leaf::Fuzzy(text, edits) => format!("{text}~{}", edits.map(|e| e.to_string()).unwrap_or_default()),
                Leaf::Range { from, to } => format!("range({from:?}, {to:?})"),
                Leaf::Exists(field) => format!("exists({field})"),
            };
            format!("{field}{leaf}{boost}")
        }
        SyntaxNode::Clauses { clauses, boost } => {
            let parts: Vec<String> = clauses
                .iter()
                .map(|(occur, node)| {
                    let sign = match occur {
                        Occur::Should => "",
                        Occur::Must => "+",
                        Occur::MustNot => "-",
                    };
                    format!("{sign}{}", show(node))
                })
                .collect();
            let boost = if *boost == 1.0 { String::new() } else { format!("^{boost}") };
            format!("({}){boost}", parts.join(" "))
        }
    }
}

#[test]
fn the_language_of_lucene() {
    for (text, or, and) in [
        ("fox", "'fox'", "'fox'"),
        ("quick fox", "'quick fox'", "'quick fox'"),
        ("quick AND fox", "(+'quick' +'fox')", "(+'quick' +'fox')"),
        ("quick OR fox", "('quick' 'fox')", "('quick' 'fox')"),
        ("quick && !fox", "(+'quick' -'fox')", "(+'quick' -'fox')"),
        ("+quick -fox brown", "(+'quick' -'fox' 'brown')", "(+'quick' -'fox' +'brown')"),
        ("NOT fox", "(-'fox')", "(-'fox')"),
        ("title:(new york) OR x", "(title:'new york' 'x')", "(title:'new york' 'x')"),
        ("title:new york", "(title:'new' 'york')", "(+title:'new' +'york')"),
        ("title:\"new york\"~2^3", "title:\"new york\"~2^3", "title:\"new york\"~2^3"),
        ("qu?ck bro*", "(wild(qu?ck) bro…)", "(+wild(qu?ck) +bro…)"),
        ("name:/joh?n(ath[oa]n)/", "name:/joh?n(ath[oa]n)/", "name:/joh?n(ath[oa]n)/"),
        ("quikc~ brwn~1", "(quikc~ brwn~1)", "(+quikc~ +brwn~1)"),
        (
            "n:[1 TO 5} age:>=10",
            "(n:range(Some((\"1\", true)), Some((\"5\", false))) age:range(Some((\"10\", true)), None))",
            "(+n:range(Some((\"1\", true)), Some((\"5\", false))) +age:range(Some((\"10\", true)), None))",
        ),
        (
            "d:{* TO 2012-01-01}",
            "d:range(None, Some((\"2012-01-01\", false)))",
            "d:range(None, Some((\"2012-01-01\", false)))",
        ),
        ("_exists_:title", "exists(title)", "exists(title)"),
        ("*:*", "*:*", "*:*"),
        ("a\\:b \\*", "'a:b *'", "'a:b *'"),
        ("(quick OR brown) AND fox", "(+('quick' 'brown') +'fox')", "(+('quick' 'brown') +'fox')"),
        ("well-known 2012-01-01", "'well-known 2012-01-01'", "'well-known 2012-01-01'"),
        ("ANDREW OREGON", "'ANDREW OREGON'", "'ANDREW OREGON'"),
        ("  ", "nothing", "nothing"),
    ] {
        for (operator, expected) in [(Operator::Or, or), (Operator::And, and)] {
            let node = lucene::parse(text, operator).unwrap_or_else(|problem| panic!("{text}: {problem}"));
            assert_eq!(show(&node), expected, "{text} {operator:?}");
        }
    }
}

#[test]
fn the_language_of_lucene_has_errors() {
    for text in ["\"open", "(a", "a)", "a AND", "[1 TO", "n:", "[1 5]", "a^x", "/open", "AND"] {
        assert!(lucene::parse(text, Operator::Or).is_err(), "{text}");
    }
    assert!(lucene::parse(&"(".repeat(10_000), Operator::Or).is_err());
}

#[test]
fn the_simple_language() {
    for (text, or) in [
        ("fox", "'fox'"),
        ("quick fox", "('quick' 'fox')"),
        ("quick + fox", "(+'quick' +'fox')"),
        ("quick | fox", "('quick' 'fox')"),
        ("-fox", "(-'fox' *:*)"),
        ("-re*", "(-re… *:*)"),
        ("\"quick fox\"~2 + brown", "(+\"quick fox\"~2 +'brown')"),
        ("a + b | c", "((+'a' +'b') 'c')"),
        ("(a | b) + c", "(+('a' 'b') +'c')"),
        ("fax~1 fax~", "(fax~1 fax~)"),
        ("*", "*:*"),
        ("\\-fox", "'-fox'"),
        ("(a", "'a'"),
        ("a) b", "('a' 'b')"),
        ("\"open", "'open'"),
        ("+ | -", "nothing"),
        ("", "nothing"),
    ] {
        assert_eq!(show(&simple::parse(text, Operator::Or, Features::all())), or, "{text}");
    }
    assert_eq!(show(&simple::parse("a b -c", Operator::And, Features::all())), "(+'a' +'b' +(-'c' *:*))");
    assert_eq!(show(&simple::parse("a* + b", Operator::Or, Features::none())), "'a* + b'");
    simple::parse(&"(".repeat(100_000), Operator::Or, Features::all());
}
