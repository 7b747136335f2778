//! Analyzers: from what is looked for to words.

use tantivy::tokenizer::{TextAnalyzer, WhitespaceTokenizer};

use super::failure::Failure;
use crate::schema::standard_analyzer;

/// The words of a text with their positions.
pub(super) fn words(analyzer: Option<&str>, text: &str) -> Result<Vec<(u32, String)>, Failure> {
    let mut analyzer = match analyzer {
        None | Some("standard" | "default") => standard_analyzer(),
        Some("whitespace") => TextAnalyzer::builder(WhitespaceTokenizer::default()).build(),
        Some("keyword") => return Ok(vec![(0, text.to_owned())]),
        Some("simple") => {
            let words = text.split(|character: char| !character.is_alphabetic()).filter(|word| !word.is_empty());
            return Ok((0..).zip(words.map(str::to_lowercase)).collect());
        }
        Some(other) => return Err(Failure::refused(format!("[match] analyzer [{other}] not found"))),
    };
    let mut stream = analyzer.token_stream(text);
    let mut words = Vec::new();
    while stream.advance() {
        let token = stream.token();
        words.push((u32::try_from(token.position).unwrap_or(u32::MAX), token.text.clone()));
    }
    Ok(words)
}
