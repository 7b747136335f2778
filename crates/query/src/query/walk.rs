//! Going through a query: for those who look for field names or for kinds of queries that they do not take.

use super::{Leaf, Query, QueryKind, SyntaxNode};

impl Query {
    /// Shows a query and every query in it, from the outside in, until one is refused.
    pub fn try_visit<E>(&self, look: &mut dyn FnMut(&Query) -> Result<(), E>) -> Result<(), E> {
        look(self)?;
        match &self.kind {
            QueryKind::Bool(query) => {
                let clauses = [&query.must, &query.filter, &query.should, &query.must_not];
                clauses.into_iter().flatten().try_for_each(|clause| clause.try_visit(look))
            }
            QueryKind::ConstantScore(query) => query.try_visit(look),
            QueryKind::DisMax(query) => query.queries.iter().try_for_each(|clause| clause.try_visit(look)),
            QueryKind::Boosting(query) => {
                query.positive.try_visit(look)?;
                query.negative.try_visit(look)
            }
            _ => Ok(()),
        }
    }

    /// The names and patterns of the fields that this query itself asks, without those of the queries in it.
    /// `None`: it asks every field, which it does not name.
    pub fn own_fields(&self) -> Option<Vec<&str>> {
        Some(match &self.kind {
            QueryKind::MatchAll
            | QueryKind::MatchNone
            | QueryKind::Ids(_)
            | QueryKind::Bool(_)
            | QueryKind::ConstantScore(_)
            | QueryKind::DisMax(_)
            | QueryKind::Boosting(_) => Vec::new(),
            QueryKind::Match(query) | QueryKind::MatchBoolPrefix(query) => vec![&query.field],
            QueryKind::MatchPhrase(query) => vec![&query.field],
            QueryKind::MatchPhrasePrefix(query) => vec![&query.phrase.field],
            QueryKind::Term(query) => vec![&query.field],
            QueryKind::Terms(query) => vec![&query.field],
            QueryKind::Range(query) => vec![&query.field],
            QueryKind::Exists { field } => vec![field],
            QueryKind::Prefix(query) | QueryKind::Wildcard(query) | QueryKind::Regexp(query) => vec![&query.field],
            QueryKind::Fuzzy(query) => vec![&query.field],
            QueryKind::MultiMatch(query) if query.fields.is_empty() => return None,
            QueryKind::MultiMatch(query) => query.fields.iter().map(|field| field.field.as_str()).collect(),
            QueryKind::QueryString(query) | QueryKind::SimpleQueryString(query) => {
                let mut fields: Vec<&str> = query.fields.iter().map(|field| field.field.as_str()).collect();
                let all_named = query.syntax.fields(&mut fields);
                if query.fields.is_empty() && !all_named {
                    return None;
                }
                fields
            }
        })
    }
}

impl SyntaxNode {
    /// Collects the fields that are named; `true`: there is nothing that is looked for without a name.
    fn fields<'s>(&'s self, into: &mut Vec<&'s str>) -> bool {
        match self {
            Self::Nothing | Self::Everything => true,
            Self::Leaf { leaf: Leaf::Exists(field), .. } | Self::Leaf { field: Some(field), .. } => {
                into.push(field);
                true
            }
            Self::Leaf { field: None, .. } => false,
            Self::Clauses { clauses, .. } => clauses.iter().fold(true, |named, (_, node)| node.fields(into) && named),
        }
    }
}
