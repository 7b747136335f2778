//! Base64 as header values are read: the standard alphabet, padding optional, nothing else tolerated. Clients see the
//! texts of these errors, so they say what a Java decoder says.

use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use base64::{Engine, alphabet};

/// Why text is not base64.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Base64Error {
    /// A byte outside the alphabet, as a signed hexadecimal number.
    #[error("Illegal base64 character {}{:x}", if *.0 < 0 { "-" } else { "" }, .0.unsigned_abs())]
    Character(i8),
    /// One character on its own.
    #[error("Input byte[] should at least have 2 bytes for base64 bytes")]
    TooShort,
    /// Padding in the wrong place.
    #[error("Input byte array has wrong 4-byte ending unit")]
    Padding,
    /// The last group has one character only.
    #[error("Last unit does not have enough valid bits")]
    Bits,
    /// Something after the padding; the number counts bytes.
    #[error("Input byte array has incorrect ending byte at {0}")]
    Trailing(usize),
}

/// The alphabet without padding; bits left over in the last character are no error.
const UNPADDED: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::RequireNone),
);

/// Decodes standard base64.
pub(super) fn decode(text: &[u8]) -> Result<Vec<u8>, Base64Error> {
    // The quick way reads all that is right. What it does not read is looked at again, to say what is wrong with it.
    let unpadded = match text {
        [.., b'=', b'='] if text.len().is_multiple_of(4) => text.get(..text.len() - 2),
        [.., b'='] if text.len().is_multiple_of(4) => text.get(..text.len() - 1),
        _ => Some(text),
    };
    match UNPADDED.decode(unpadded.unwrap_or(text)) {
        Ok(decoded) => Ok(decoded),
        Err(_) => decode_slowly(text),
    }
}

fn decode_slowly(text: &[u8]) -> Result<Vec<u8>, Base64Error> {
    if text.len() == 1 {
        return Err(Base64Error::TooShort);
    }
    let mut decoded = Vec::with_capacity(text.len().div_ceil(4) * 3);
    let mut group = [0; 4];
    let mut filled = 0_usize;
    let mut bytes = text.iter().enumerate();
    while let Some((_, &byte)) = bytes.next() {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            b'=' => {
                let complete = match filled {
                    2 => bytes.next().is_some_and(|(_, &second)| second == b'='),
                    // One character alone lacks bits, whatever follows it; see below.
                    1 | 3 => true,
                    _ => false,
                };
                if !complete {
                    return Err(Base64Error::Padding);
                }
                break;
            }
            other => return Err(Base64Error::Character(first_byte_as_utf8(other).cast_signed())),
        };
        if let Some(slot) = group.get_mut(filled) {
            *slot = value;
        }
        filled += 1;
        if filled == 4 {
            decoded.extend_from_slice(&unpack(group));
            filled = 0;
        }
    }
    let [first, second, _] = unpack(group);
    match filled {
        0 => {}
        2 => decoded.push(first),
        3 => decoded.extend_from_slice(&[first, second]),
        _ => return Err(Base64Error::Bits),
    }
    match bytes.next() {
        Some((at, _)) => Err(Base64Error::Trailing(at)),
        None => Ok(decoded),
    }
}

const fn unpack([a, b, c, d]: [u8; 4]) -> [u8; 3] {
    [(a << 2) | (b >> 4), (b << 4) | (c >> 2), (c << 6) | d]
}

/// Header bytes are Latin-1; the text of an error speaks of their UTF-8 form.
const fn first_byte_as_utf8(byte: u8) -> u8 {
    match byte {
        0..=0x7f => byte,
        0x80..=0xbf => 0xc2,
        0xc0..=0xff => 0xc3,
    }
}

#[cfg(test)]
mod tests {
    use super::{decode, decode_slowly};

    proptest::proptest! {
        /// The quick way and the thorough one agree on what is base64, and what it says.
        #[test]
        fn both_ways_agree(text in "[Aa+/09=]{0,13}|[A-Za-z0-9+/]{0,40}={0,3}") {
            proptest::prop_assert_eq!(decode(text.as_bytes()), decode_slowly(text.as_bytes()));
        }
    }
}
