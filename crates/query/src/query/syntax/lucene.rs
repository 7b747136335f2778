//! The query language of Lucene, as `query_string` and the parameter `q` take it.
//!
//! Fields, groups, `AND` `OR` `NOT` `&&` `||` `!` `+` `-`, phrases with slop, wildcards, regular expressions, fuzzy
//! words, ranges in brackets and with `>`, boosts, `_exists_`, escapes. That is the language; what is not in it is an
//! error. Texts without operators between them are analyzed together, as one would read them.

use std::iter::Peekable;
use std::str::Chars;

use super::super::Operator;
use super::{Leaf, Occur, SyntaxNode, SyntaxProblem};

type Parsed<T> = Result<T, SyntaxProblem>;

const MAX_DEPTH: usize = 50;

/// Reads a text.
pub(in crate::query) fn parse(text: &str, operator: Operator) -> Parsed<SyntaxNode> {
    let mut parser = Parser { rest: text.chars().peekable(), operator, depth: 0 };
    parser.skip_blanks();
    if parser.rest.peek().is_none() {
        return Ok(SyntaxNode::Nothing);
    }
    let node = parser.clauses(None)?;
    match parser.rest.next() {
        None => Ok(node),
        Some(character) => Err(SyntaxProblem::Unexpected(character)),
    }
}

struct Parser<'t> {
    rest: Peekable<Chars<'t>>,
    operator: Operator,
    depth: usize,
}

#[derive(Clone, Copy, PartialEq)]
enum Conjunction {
    None,
    And,
    Or,
}

#[derive(Clone, Copy, PartialEq)]
enum Modifier {
    None,
    Required,
    Prohibited,
}

/// A word of the text, with what was escaped told apart.
struct Word {
    text: String,
    /// The same with its escapes, for patterns.
    pattern: String,
    /// Whether there is a `*` or `?` that is not escaped.
    wild: bool,
    escaped: bool,
}

impl Parser<'_> {
    fn clauses(&mut self, field: Option<&str>) -> Parsed<SyntaxNode> {
        let mut clauses: Vec<(Occur, SyntaxNode)> = Vec::new();
        loop {
            self.skip_blanks();
            if matches!(self.rest.peek(), None | Some(')')) {
                break;
            }
            if let Some(text) = self.several_words() {
                let leaf = SyntaxNode::Leaf { field: field.map(str::to_owned), leaf: Leaf::Text(text), boost: 1.0 };
                self.add(&mut clauses, Conjunction::None, Modifier::None, leaf);
                continue;
            }
            let conjunction = if clauses.is_empty() { Conjunction::None } else { self.conjunction() };
            self.skip_blanks();
            let modifier = self.modifier();
            self.skip_blanks();
            let node = self.clause(field)?;
            self.add(&mut clauses, conjunction, modifier, node);
        }
        match clauses.len() {
            0 => Err(self.rest.peek().map_or(SyntaxProblem::UnexpectedEnd, |c| SyntaxProblem::Unexpected(*c))),
            1 if matches!(clauses.first(), Some((Occur::Should | Occur::Must, _))) => {
                Ok(clauses.pop().map_or(SyntaxNode::Nothing, |(_, node)| node))
            }
            _ => Ok(SyntaxNode::Clauses { clauses, boost: 1.0 }),
        }
    }

    /// The classic rule: `AND` makes the clause before it needed too, `OR` under a default of `AND` makes it optional.
    fn add(
        &self,
        clauses: &mut Vec<(Occur, SyntaxNode)>,
        conjunction: Conjunction,
        modifier: Modifier,
        node: SyntaxNode,
    ) {
        if let Some((occur, _)) = clauses.last_mut() {
            match (conjunction, self.operator) {
                (Conjunction::And, _) if *occur == Occur::Should => *occur = Occur::Must,
                (Conjunction::Or, Operator::And) if *occur == Occur::Must => *occur = Occur::Should,
                _ => {}
            }
        }
        let occur = match (modifier, self.operator) {
            (Modifier::Prohibited, _) => Occur::MustNot,
            (Modifier::Required, _) => Occur::Must,
            (Modifier::None, Operator::Or) if conjunction == Conjunction::And => Occur::Must,
            (Modifier::None, Operator::Or) => Occur::Should,
            (Modifier::None, Operator::And) if conjunction == Conjunction::Or => Occur::Should,
            (Modifier::None, Operator::And) => Occur::Must,
        };
        if node != SyntaxNode::Nothing {
            clauses.push((occur, node));
        }
    }

    /// Two or more plain words with nothing between them and no operator before or behind: one text.
    fn several_words(&mut self) -> Option<String> {
        let start = self.rest.clone();
        let mut words: Vec<String> = Vec::new();
        let end = loop {
            let before = self.rest.clone();
            self.skip_blanks();
            let operator = ["AND", "OR", "NOT"].iter().any(|word| self.take_word(word));
            let word = if operator { None } else { self.word().ok().filter(|word| !word.wild) };
            let Some(word) = word else { break before };
            if matches!(self.rest.peek(), Some(':' | '~' | '^')) || self.operator_ahead() {
                break before;
            }
            words.push(word.text);
        };
        if words.len() < 2 {
            self.rest = start;
            return None;
        }
        self.rest = end;
        Some(words.join(" "))
    }

    fn operator_ahead(&mut self) -> bool {
        let here = self.rest.clone();
        self.skip_blanks();
        let found = self.conjunction() != Conjunction::None;
        self.rest = here;
        found
    }

    fn conjunction(&mut self) -> Conjunction {
        if self.take_word("AND") || self.take_exact("&&") {
            Conjunction::And
        } else if self.take_word("OR") || self.take_exact("||") {
            Conjunction::Or
        } else {
            Conjunction::None
        }
    }

    fn modifier(&mut self) -> Modifier {
        if self.take_word("NOT") {
            return Modifier::Prohibited;
        }
        match self.rest.peek() {
            Some('+') => {
                self.rest.next();
                Modifier::Required
            }
            Some('-' | '!') => {
                self.rest.next();
                Modifier::Prohibited
            }
            _ => Modifier::None,
        }
    }

    fn clause(&mut self, field: Option<&str>) -> Parsed<SyntaxNode> {
        match self.rest.peek().copied() {
            None => Err(SyntaxProblem::UnexpectedEnd),
            Some('(') => self.group(field),
            Some('"' | '/' | '[' | '{' | '>' | '<') => self.leaf(field),
            Some(first) => {
                if self.take_word("AND") || self.take_word("OR") {
                    return Err(SyntaxProblem::Unexpected(first));
                }
                let word = self.word()?;
                if self.rest.peek() == Some(&':') {
                    self.rest.next();
                    self.skip_blanks();
                    return self.named(&word);
                }
                self.finish_word(field, word)
            }
        }
    }

    /// What stands behind `name:`.
    fn named(&mut self, name: &Word) -> Parsed<SyntaxNode> {
        if name.text == "*" && !name.escaped && self.rest.peek() == Some(&'*') {
            let value = self.word()?;
            if value.text == "*" {
                let boost = self.boost()?;
                return Ok(boosted(SyntaxNode::Everything, boost));
            }
            return self.finish_word(Some("*"), value);
        }
        let field = name.text.clone();
        let node = match self.rest.peek().copied() {
            None => return Err(SyntaxProblem::UnexpectedEnd),
            Some('(') => self.group(Some(&field))?,
            Some('"' | '/' | '[' | '{' | '>' | '<') => self.leaf(Some(&field))?,
            Some(_) => {
                let word = self.word()?;
                self.finish_word(Some(&field), word)?
            }
        };
        if field == "_exists_"
            && let SyntaxNode::Leaf {
                leaf: Leaf::Text(text) | Leaf::Wildcard(text) | Leaf::Prefix(text), boost, ..
            } = node
        {
            return Ok(SyntaxNode::Leaf { field: None, leaf: Leaf::Exists(text), boost });
        }
        Ok(node)
    }

    fn group(&mut self, field: Option<&str>) -> Parsed<SyntaxNode> {
        self.rest.next();
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(SyntaxProblem::TooDeep);
        }
        let node = self.clauses(field)?;
        self.depth -= 1;
        if self.rest.next() != Some(')') {
            return Err(SyntaxProblem::UnexpectedEnd);
        }
        let boost = self.boost()?;
        Ok(boosted(node, boost))
    }

    /// A phrase, a regular expression or a range.
    fn leaf(&mut self, field: Option<&str>) -> Parsed<SyntaxNode> {
        let leaf = match self.rest.next() {
            Some('"') => {
                let text = self.quoted()?;
                let slop = match self.tilde()? {
                    None => None,
                    Some(number) => Some(number.parse().map_err(|_| SyntaxProblem::Number(number))?),
                };
                Leaf::Phrase(text, slop)
            }
            Some('/') => Leaf::Regexp(self.until_slash()?),
            Some(bracket @ ('[' | '{')) => self.range(bracket == '[')?,
            Some(sign @ ('>' | '<')) => {
                let inclusive = self.rest.next_if_eq(&'=').is_some();
                self.skip_blanks();
                let end = if self.rest.next_if_eq(&'"').is_some() { self.quoted()? } else { self.word()?.text };
                let end = Some((end, inclusive));
                if sign == '>' { Leaf::Range { from: end, to: None } } else { Leaf::Range { from: None, to: end } }
            }
            Some(character) => return Err(SyntaxProblem::Unexpected(character)),
            None => return Err(SyntaxProblem::UnexpectedEnd),
        };
        let boost = self.boost()?;
        Ok(SyntaxNode::Leaf { field: field.map(str::to_owned), leaf, boost: boost.unwrap_or(1.0) })
    }

    fn finish_word(&mut self, field: Option<&str>, word: Word) -> Parsed<SyntaxNode> {
        let fuzzy = self.tilde()?;
        let boost = self.boost()?;
        let leaf = match fuzzy {
            Some(edits) if edits.is_empty() => Leaf::Fuzzy(word.text, None),
            Some(edits) => match edits.parse::<f32>() {
                Ok(edits) if edits >= 2.0 => Leaf::Fuzzy(word.text, Some(2)),
                Ok(edits) if edits >= 1.0 => Leaf::Fuzzy(word.text, Some(1)),
                Ok(_) => Leaf::Fuzzy(word.text, Some(0)),
                Err(_) => return Err(SyntaxProblem::Number(edits)),
            },
            None if word.wild => match word.pattern.strip_suffix('*') {
                Some(prefix) if !prefix.is_empty() && !prefix.contains(['*', '?', '\\']) => {
                    Leaf::Prefix(prefix.to_owned())
                }
                _ => Leaf::Wildcard(word.pattern),
            },
            None => Leaf::Text(word.text),
        };
        Ok(SyntaxNode::Leaf { field: field.map(str::to_owned), leaf, boost: boost.unwrap_or(1.0) })
    }

    fn word(&mut self) -> Parsed<Word> {
        let mut word = Word { text: String::new(), pattern: String::new(), wild: false, escaped: false };
        while let Some(character) = self.rest.peek().copied() {
            match character {
                '\\' => {
                    self.rest.next();
                    let escaped = self.escape()?;
                    word.escaped = true;
                    word.text.push(escaped);
                    if matches!(escaped, '*' | '?' | '\\') {
                        word.pattern.push('\\');
                    }
                    word.pattern.push(escaped);
                    continue;
                }
                '*' | '?' => word.wild = true,
                '+' | '-' | '!' | '=' | '/' if !word.text.is_empty() => {}
                ' ' | '\t' | '\n' | '\r' | '\u{3000}' | '(' | ')' | ':' | '^' | '[' | ']' | '"' | '{' | '}' | '~'
                | '+' | '-' | '!' | '/' => break,
                _ => {}
            }
            self.rest.next();
            word.text.push(character);
            word.pattern.push(character);
        }
        if word.text.is_empty() {
            return Err(self.rest.peek().map_or(SyntaxProblem::UnexpectedEnd, |c| SyntaxProblem::Unexpected(*c)));
        }
        Ok(word)
    }

    /// What stands behind a backslash.
    fn escape(&mut self) -> Parsed<char> {
        match self.rest.next() {
            None => Err(SyntaxProblem::UnexpectedEnd),
            Some('u') => {
                let digits: String = self.rest.by_ref().take(4).collect();
                let number = u32::from_str_radix(&digits, 16).map_err(|_| SyntaxProblem::Number(digits.clone()))?;
                char::from_u32(number).ok_or(SyntaxProblem::Number(digits))
            }
            Some(character) => Ok(character),
        }
    }

    fn quoted(&mut self) -> Parsed<String> {
        let mut text = String::new();
        loop {
            match self.rest.next() {
                None => return Err(SyntaxProblem::UnexpectedEnd),
                Some('"') => return Ok(text),
                Some('\\') => text.push(self.escape()?),
                Some(character) => text.push(character),
            }
        }
    }

    fn until_slash(&mut self) -> Parsed<String> {
        let mut text = String::new();
        loop {
            match self.rest.next() {
                None => return Err(SyntaxProblem::UnexpectedEnd),
                Some('/') => return Ok(text),
                Some('\\') if self.rest.peek() == Some(&'/') => {
                    self.rest.next();
                    text.push('/');
                }
                Some('\\') => {
                    text.push('\\');
                    text.extend(self.rest.next());
                }
                Some(character) => text.push(character),
            }
        }
    }

    fn range(&mut self, from_inclusive: bool) -> Parsed<Leaf> {
        let from = self.range_end()?;
        self.skip_blanks();
        if !self.take_word("TO") {
            return Err(self.rest.peek().map_or(SyntaxProblem::UnexpectedEnd, |c| SyntaxProblem::Unexpected(*c)));
        }
        let to = self.range_end()?;
        self.skip_blanks();
        let to_inclusive = match self.rest.next() {
            Some(']') => true,
            Some('}') => false,
            Some(character) => return Err(SyntaxProblem::Unexpected(character)),
            None => return Err(SyntaxProblem::UnexpectedEnd),
        };
        Ok(Leaf::Range { from: from.map(|from| (from, from_inclusive)), to: to.map(|to| (to, to_inclusive)) })
    }

    fn range_end(&mut self) -> Parsed<Option<String>> {
        self.skip_blanks();
        if self.rest.next_if_eq(&'"').is_some() {
            return self.quoted().map(Some);
        }
        let mut text = String::new();
        while let Some(character) = self.rest.next_if(|c| !c.is_whitespace() && !matches!(c, ']' | '}')) {
            text.push(if character == '\\' { self.escape()? } else { character });
        }
        match text.as_str() {
            "" => Err(self.rest.peek().map_or(SyntaxProblem::UnexpectedEnd, |c| SyntaxProblem::Unexpected(*c))),
            "*" => Ok(None),
            _ => Ok(Some(text)),
        }
    }

    /// `~` and the number behind it.
    fn tilde(&mut self) -> Parsed<Option<String>> {
        if self.rest.next_if_eq(&'~').is_none() {
            return Ok(None);
        }
        Ok(Some(self.number()))
    }

    /// `^` and the number behind it.
    fn boost(&mut self) -> Parsed<Option<f32>> {
        if self.rest.next_if_eq(&'^').is_none() {
            return Ok(None);
        }
        let number = self.number();
        match number.parse::<f32>() {
            Ok(boost) => Ok(Some(boost)),
            Err(_) => Err(SyntaxProblem::Number(number)),
        }
    }

    fn number(&mut self) -> String {
        let mut number = String::new();
        while let Some(character) = self.rest.next_if(|c| c.is_ascii_digit() || *c == '.') {
            number.push(character);
        }
        number
    }

    fn skip_blanks(&mut self) {
        while self.rest.next_if(|c| c.is_whitespace()).is_some() {}
    }

    fn take_exact(&mut self, expected: &str) -> bool {
        let mut ahead = self.rest.clone();
        if expected.chars().all(|character| ahead.next() == Some(character)) {
            self.rest = ahead;
            return true;
        }
        false
    }

    /// A word of the language, with a blank or a bracket behind it.
    fn take_word(&mut self, expected: &str) -> bool {
        let mut ahead = self.rest.clone();
        let found = expected.chars().all(|character| ahead.next() == Some(character));
        if found && ahead.peek().is_none_or(|next| next.is_whitespace() || matches!(next, '(' | ')' | '"')) {
            self.rest = ahead;
            return true;
        }
        false
    }
}

fn boosted(node: SyntaxNode, by: Option<f32>) -> SyntaxNode {
    let Some(by) = by else { return node };
    match node {
        SyntaxNode::Leaf { field, leaf, boost } => SyntaxNode::Leaf { field, leaf, boost: boost * by },
        SyntaxNode::Clauses { clauses, boost } => SyntaxNode::Clauses { clauses, boost: boost * by },
        SyntaxNode::Everything => {
            SyntaxNode::Clauses { clauses: vec![(Occur::Must, SyntaxNode::Everything)], boost: by }
        }
        SyntaxNode::Nothing => SyntaxNode::Nothing,
    }
}
