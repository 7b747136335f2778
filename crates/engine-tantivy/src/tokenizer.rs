//! The standard tokenizer: words as Unicode's text segmentation (UAX #29) finds them.
//!
//! tantivy's own simple tokenizer splits at every character that is no letter or digit, so `don't` would be two words
//! and `3.5` two numbers; Elasticsearch's `standard` keeps both whole.

use tantivy::tokenizer::{Token, TokenStream, Tokenizer};
use unicode_segmentation::{UWordBoundIndices, UnicodeSegmentation};

/// Longer words are cut into pieces of this many characters, as `max_token_length` does.
const LONGEST: usize = 255;

/// Splits text into words.
#[derive(Debug, Clone, Default)]
pub(crate) struct StandardTokenizer;

/// The words of one text.
pub(crate) struct StandardTokens<'a> {
    words: UWordBoundIndices<'a>,
    /// What is left of a word that was too long, and where it begins.
    rest: Option<(usize, &'a str)>,
    token: Token,
}

impl Tokenizer for StandardTokenizer {
    type TokenStream<'a> = StandardTokens<'a>;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> StandardTokens<'a> {
        StandardTokens { words: text.split_word_bound_indices(), rest: None, token: Token::default() }
    }
}

impl<'a> StandardTokens<'a> {
    fn next_word(&mut self) -> Option<(usize, &'a str)> {
        if let Some(rest) = self.rest.take() {
            return Some(rest);
        }
        self.words.find(|(_, word)| word.chars().any(char::is_alphanumeric))
    }
}

impl TokenStream for StandardTokens<'_> {
    fn advance(&mut self) -> bool {
        let Some((start, word)) = self.next_word() else { return false };
        let cut = word.char_indices().nth(LONGEST).map_or(word.len(), |(at, _)| at);
        let (piece, rest) = word.split_at_checked(cut).unwrap_or((word, ""));
        if !rest.is_empty() {
            self.rest = Some((start + cut, rest));
        }
        self.token.offset_from = start;
        self.token.offset_to = start + piece.len();
        self.token.position = self.token.position.wrapping_add(1);
        self.token.text.clear();
        self.token.text.push_str(piece);
        true
    }

    fn token(&self) -> &Token {
        &self.token
    }

    fn token_mut(&mut self) -> &mut Token {
        &mut self.token
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<(usize, usize, String)> {
        let mut tokenizer = StandardTokenizer;
        let mut stream = tokenizer.token_stream(text);
        let mut words = Vec::new();
        while stream.advance() {
            let token = stream.token();
            assert_eq!(token.position, words.len());
            words.push((token.offset_from, token.offset_to, token.text.clone()));
        }
        words
    }

    #[test]
    fn words_are_found_by_the_rules_of_unicode() {
        let found: Vec<String> =
            words("The 2 QUICK Brown-Foxes jumped over the dog's bone, 3.5 m.").into_iter().map(|w| w.2).collect();
        assert_eq!(
            found,
            ["The", "2", "QUICK", "Brown", "Foxes", "jumped", "over", "the", "dog's", "bone", "3.5", "m"]
        );
    }

    #[test]
    fn offsets_are_bytes_and_nothing_is_no_word() {
        assert_eq!(words("é, ö"), [(0, 2, "é".to_owned()), (4, 6, "ö".to_owned())]);
        assert!(words(" \t-- !").is_empty());
    }

    #[test]
    fn a_long_word_comes_in_pieces() {
        let text = "ä".repeat(600);
        let found = words(&text);
        assert_eq!(found.iter().map(|w| w.2.chars().count()).collect::<Vec<_>>(), [255, 255, 90]);
        assert_eq!(found[1].0, 510);
    }
}
