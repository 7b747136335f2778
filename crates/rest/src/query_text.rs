//! Names of indices in the text of SQL, ES|QL and PPL.
//!
//! No more is understood than what finding names takes, and whatever is not understood stands for everything: the
//! caller then needs the action on all indices.

/// The names in a query text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct TextNames {
    /// Index expressions.
    pub(crate) indices: Vec<String>,
    /// Enrich policies.
    pub(crate) policies: Vec<String>,
    /// The statement asks the catalogue for names and reads no documents.
    pub(crate) is_catalog: bool,
}

/// Reads the text of a query in one of the languages.
pub(crate) fn names(language: &str, text: &str) -> TextNames {
    let found = tokens(text).and_then(|tokens| match language {
        "sql" => sql(&tokens),
        "esql" => esql(&tokens),
        "ppl" => ppl(&tokens),
        _ => None,
    });
    found.unwrap_or_else(|| TextNames { indices: vec!["*".to_owned()], ..TextNames::default() })
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    /// A run of characters that are neither blank nor a mark.
    Word(String),
    /// Text between double quotes or backticks.
    Quoted(String),
    /// Text between single quotes.
    Text,
    /// One of `,|()[]=;` or a character of that kind.
    Mark(char),
}

impl Token {
    fn is(&self, keyword: &str) -> bool {
        matches!(self, Self::Word(word) if word.eq_ignore_ascii_case(keyword))
    }

    fn name(&self) -> Option<&str> {
        match self {
            Self::Word(name) | Self::Quoted(name) if !name.is_empty() && !name.contains('?') => Some(name),
            _ => None,
        }
    }
}

/// Cuts a text; nothing for one with comments, escapes or quotes that do not end.
fn tokens(text: &str) -> Option<Vec<Token>> {
    if text.contains("--") || text.contains("/*") || text.contains("//") || text.contains('\\') {
        return None;
    }
    let (mut tokens, mut rest) = (Vec::new(), text.chars().peekable());
    while let Some(character) = rest.next() {
        match character {
            blank if blank.is_whitespace() => {}
            quote @ ('"' | '`' | '\'') => {
                let mut inside = String::new();
                loop {
                    match rest.next()? {
                        end if end == quote => break,
                        other => inside.push(other),
                    }
                }
                // A doubled or tripled quote has rules of its own in each language.
                if rest.peek() == Some(&quote) {
                    return None;
                }
                tokens.push(if quote == '\'' { Token::Text } else { Token::Quoted(inside) });
            }
            mark @ (',' | '|' | '(' | ')' | '[' | ']' | '{' | '}' | '=' | ';' | '<' | '>' | '!') => {
                tokens.push(Token::Mark(mark));
            }
            first => {
                let mut word = String::from(first);
                let more = |c: &char| !c.is_whitespace() && !"\"`',|()[]{}=;<>!".contains(*c);
                while let Some(next) = rest.next_if(more) {
                    word.push(next);
                }
                tokens.push(Token::Word(word));
            }
        }
    }
    Some(tokens)
}

/// A list of names at commas from the front of the tokens, and how many tokens it took.
fn list(tokens: &[Token]) -> Option<(Vec<String>, usize)> {
    let (mut names, mut taken) = (Vec::new(), 0);
    loop {
        let name = tokens.get(taken)?.name()?;
        names.extend(name.split(',').map(|part| part.trim().to_owned()));
        taken += 1;
        if tokens.get(taken) != Some(&Token::Mark(',')) {
            return names.iter().all(|name| !name.is_empty()).then_some((names, taken));
        }
        taken += 1;
    }
}

fn sql(tokens: &[Token]) -> Option<TextNames> {
    let first = tokens.first()?;
    if ["show", "describe", "desc", "sys"].iter().any(|word| first.is(word)) {
        return Some(TextNames { indices: vec!["*".to_owned()], is_catalog: true, ..TextNames::default() });
    }
    if !first.is("select") {
        return None;
    }
    let mut found = TextNames::default();
    for (at, token) in tokens.iter().enumerate() {
        let after = tokens.get(at + 1..).unwrap_or_default();
        if token.is("join") || token.is("frozen") || matches!(token, Token::Mark(';')) {
            return None;
        }
        if token.is("from") {
            let (names, taken) = list(after)?;
            // Only what is known to follow a table may follow it: `FROM a b, c` would hide a name.
            let follows = after.get(taken);
            let known = ["where", "group", "order", "having", "limit", "union"];
            if follows.is_some_and(|token| *token != Token::Mark(')') && !known.iter().any(|word| token.is(word))) {
                return None;
            }
            found.indices.extend(names);
        }
    }
    Some(found)
}

fn esql(tokens: &[Token]) -> Option<TextNames> {
    let (first, rest) = tokens.split_first()?;
    let mut found = TextNames::default();
    let mut rest = if first.is("row") || first.is("show") {
        rest
    } else if first.is("from") || first.is("ts") {
        let (names, taken) = list(rest)?;
        found.indices.extend(names);
        let rest = rest.get(taken..).unwrap_or_default();
        match rest.first() {
            None | Some(Token::Mark('|')) => rest,
            Some(token) if token.is("metadata") => rest,
            Some(_) => return None,
        }
    } else {
        return None;
    };
    while let Some((token, after)) = rest.split_first() {
        rest = after;
        if token.is("from") || token.is("ts") || token.is("explain") || token.is("promql") {
            return None;
        }
        if token.is("join") {
            // `LOOKUP JOIN name ON …`; the name is taken whatever stood before.
            found.indices.push(after.first()?.name()?.to_owned());
        }
        if token.is("enrich") {
            let policy = after.first()?.name()?;
            let policy = policy.split_once(':').map_or(policy, |(_, policy)| policy);
            found.policies.push(policy.to_owned());
        }
    }
    Some(found)
}

fn ppl(tokens: &[Token]) -> Option<TextNames> {
    let risky = ["lookup", "join", "append", "appendcol", "multisearch", "union", "in", "exists"];
    if tokens.iter().any(|token| matches!(token, Token::Mark('[')) || risky.iter().any(|word| token.is(word))) {
        return None;
    }
    let tokens = match tokens.split_first()? {
        (search, rest) if search.is("search") => rest,
        _ => tokens,
    };
    let [source, Token::Mark('='), rest @ ..] = tokens else { return None };
    if !(source.is("source") || source.is("index")) {
        return None;
    }
    let (indices, taken) = list(rest)?;
    matches!(rest.get(taken), None | Some(Token::Mark('|'))).then(|| TextNames { indices, ..TextNames::default() })
}

#[cfg(test)]
mod tests;
