//! BM25 as Elasticsearch computes it: lengths kept in a byte, single precision, k1 = 1.2, b = 0.75.

/// What is known of all values of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct FieldStatistics {
    /// How many documents have the field.
    pub(super) documents: u64,
    /// How many terms they have together.
    pub(super) terms: u64,
}

/// How good a document is that has a term so and so often.
#[derive(Debug, Clone)]
pub(super) struct Bm25 {
    weight: f32,
    /// For each length, as a byte.
    inverse_norms: Box<[f32; 256]>,
}

const K1: f32 = 1.2;
const B: f32 = 0.75;

impl Bm25 {
    /// For terms in documents of a field. A phrase has the rarity of its terms together.
    pub(super) fn new(boost: f32, statistics: FieldStatistics, document_frequencies: &[u64]) -> Self {
        let rarity: f64 = document_frequencies.iter().map(|df| rarity(statistics.documents, *df)).sum();
        let average = super::values::single(
            super::values::unsigned_to_double(statistics.terms)
                / super::values::unsigned_to_double(statistics.documents.max(1)),
        );
        let mut inverse_norms = Box::new([0.0; 256]);
        for (byte, inverse) in (0..=u8::MAX).zip(inverse_norms.iter_mut()) {
            let length = super::values::single(super::values::unsigned_to_double(u64::from(decode_length(byte))));
            *inverse = 1.0 / (K1 * ((1.0 - B) + B * length / average));
        }
        Self { weight: boost * (1.0 + K1) * super::values::single(rarity), inverse_norms }
    }

    /// The score of a term that is there `frequency` times in a field with `length` terms.
    pub(super) fn score(&self, frequency: f32, length: u64) -> f32 {
        let inverse = self.inverse_norms.get(usize::from(encode_length(length))).copied().unwrap_or_default();
        self.weight - self.weight / (1.0 + frequency * inverse)
    }
}

/// How rare a term is.
fn rarity(documents: u64, with_term: u64) -> f64 {
    let with_term = super::values::unsigned_to_double(with_term);
    let without = super::values::unsigned_to_double(documents) - with_term;
    // Single precision for each term, as the sum of a phrase has it.
    f64::from(super::values::single((1.0 + (without + 0.5) / (with_term + 0.5)).ln()))
}

/// A length in a byte: exact below 40, then with four binary digits.
fn encode_length(length: u64) -> u8 {
    let length = length.min(i32::MAX.unsigned_abs().into());
    let Ok(small) = u8::try_from(length) else { return 24 + four_digits(length - 24) };
    if small < 24 { small } else { 24 + four_digits(length - 24) }
}

fn four_digits(value: u64) -> u8 {
    let digits = 64 - value.leading_zeros();
    if digits < 4 {
        return u8::try_from(value).unwrap_or(u8::MAX);
    }
    let shift = digits - 4;
    let kept = (value >> shift) & 7;
    u8::try_from(kept | u64::from(shift + 1) << 3).unwrap_or(u8::MAX)
}

fn decode_length(byte: u8) -> u32 {
    if byte < 24 {
        return byte.into();
    }
    let value = u32::from(byte - 24);
    let (digits, shift) = (value & 7, value >> 3);
    24 + if shift == 0 { digits } else { (digits | 8) << (shift - 1) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_fit_a_byte() {
        for length in 0..40 {
            assert_eq!(u64::from(decode_length(encode_length(length))), length);
        }
        for (length, kept) in
            [(40, 40), (41, 40), (42, 42), (63, 60), (100, 96), (1000, 984), (u64::MAX, 2_013_265_944)]
        {
            assert_eq!(decode_length(encode_length(length)), kept, "{length}");
        }
        let mut last = 0;
        for byte in 0..=u8::MAX {
            assert_eq!(encode_length(decode_length(byte).into()), byte);
            assert!(byte == 0 || decode_length(byte) > last);
            last = decode_length(byte);
        }
    }

    #[test]
    fn a_score_is_what_elasticsearch_says() {
        // One document of one with one term: ln(1 + 0.5 / 1.5) * 2.2 * (1 / 2.2).
        let statistics = FieldStatistics { documents: 1, terms: 1 };
        let score = Bm25::new(1.0, statistics, &[1]).score(1.0, 1);
        assert!((score - 0.287_682_1).abs() < 1e-6, "{score}");
    }
}
