//! The queries of roles and key descriptors: whether they can be read, before they are stored.
//!
//! A template says what it means only when somebody uses it; it is not looked into.

use keyward_query::{ParseError, ParseErrorKind, parse_query};
use keyward_rest::{Cause, ElasticError, ErrorType};
use keyward_security::role::{IndicesPrivileges, RoleDescriptor};
use keyward_xcontent::{Limits, Value, parse};

use crate::role_error;

/// Refuses a role with a query that cannot be read, or that would have to read other documents.
pub(crate) fn check(role: &RoleDescriptor) -> Result<(), ElasticError> {
    let remote = role.remote_indices.iter().map(|entry| &entry.indices);
    for (at, entry) in role.indices.iter().chain(remote).enumerate() {
        if let Some(query) = &entry.query {
            check_query(query).map_err(|cause| failed(at, entry, cause))?;
        }
    }
    Ok(())
}

/// Why a query is refused: by itself, or as part of the entry that it stands in.
enum Refused {
    Itself(ElasticError),
    Within(Cause),
}

fn failed(at: usize, entry: &IndicesPrivileges, refused: Refused) -> ElasticError {
    match refused {
        Refused::Itself(error) => error,
        Refused::Within(cause) => {
            let names = entry.names.join(",");
            let text = format!(
                "failed to parse field 'query' for indices [{names}] at index privilege [{at}] of role descriptor"
            );
            ElasticError::new(ErrorType::Parse, text).caused_by(cause)
        }
    }
}

fn check_query(text: &str) -> Result<(), Refused> {
    let query = parse(text.as_bytes(), Limits::default()).map_err(|error| Refused::Within(Cause::from(&error)))?;
    if is_template(&query) {
        return Ok(());
    }
    parse_query(&query).map(|_| ()).map_err(refused)
}

fn is_template(query: &Value<'_>) -> bool {
    let fields = query.as_object().map(|object| object.fields());
    matches!(fields, Some([only]) if only.name == "template")
}

fn refused(parse_error: ParseError) -> Refused {
    let forbidden = |what: &str| {
        Refused::Itself(ElasticError::illegal_argument(format!("{what} isn't supported as part of a role query")))
    };
    match &parse_error.kind {
        ParseErrorKind::Unsupported { construct } if construct == "terms lookup" => {
            forbidden("terms query with terms lookup")
        }
        ParseErrorKind::UnsupportedQuery { name } if matches!(&**name, "percolate" | "has_child" | "has_parent") => {
            forbidden(&format!("{name} query"))
        }
        _ => Refused::Within(role_error::query(&parse_error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_text(query: &str) -> Result<(), String> {
        let entry = IndicesPrivileges {
            names: vec!["a".into(), "b*".into()],
            privileges: vec!["read".into()],
            query: Some(query.into()),
            ..IndicesPrivileges::default()
        };
        let role = RoleDescriptor { indices: vec![IndicesPrivileges::default(), entry], ..RoleDescriptor::default() };
        check(&role).map_err(|error| format!("{} {}", error.status().as_u16(), error.cause().reason()))
    }

    #[test]
    fn queries_are_read_before_they_are_stored() {
        for query in [r#"{"term":{"a":1}}"#, r#"{"match_all":{}}"#, r#"{"template":{"source":"{{x"}}"#] {
            assert_eq!(check_text(query), Ok(()), "{query}");
        }
        let text = "400 failed to parse field 'query' for indices [a,b*] at index privilege [1] of role descriptor";
        for query in ["{", r#"{"nope":{}}"#, r#"{"bool":{"must":[{"nested":{"path":"a","query":{"match_all":{}}}}]}}"#]
        {
            assert_eq!(check_text(query), Err(text.to_owned()), "{query}");
        }
        let cases = [
            (r#"{"terms":{"a":{"index":"i","id":"1","path":"p"}}}"#, "terms query with terms lookup"),
            (r#"{"has_child":{"type":"t","query":{"match_all":{}}}}"#, "has_child query"),
            (r#"{"percolate":{"field":"q","document":{}}}"#, "percolate query"),
        ];
        for (query, what) in cases {
            assert_eq!(
                check_text(query),
                Err(format!("400 {what} isn't supported as part of a role query")),
                "{query}"
            );
        }
    }
}
