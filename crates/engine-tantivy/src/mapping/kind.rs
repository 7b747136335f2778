//! The kinds of fields.

/// What the values of a field are: Elasticsearch's field types that are supported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum FieldKind {
    /// Analyzed text.
    Text,
    /// A string matched as it is.
    Keyword,
    /// 64-bit signed integer.
    Long,
    /// 32-bit signed integer.
    Integer,
    /// 16-bit signed integer.
    Short,
    /// 8-bit signed integer.
    Byte,
    /// 64-bit unsigned integer.
    UnsignedLong,
    /// Double-precision number.
    Double,
    /// Single-precision number.
    Float,
    /// Half-precision number.
    HalfFloat,
    /// `true` or `false`.
    Boolean,
    /// A moment, to the millisecond.
    Date,
    /// An IPv4 or IPv6 address.
    Ip,
}

impl FieldKind {
    /// Every kind.
    pub(crate) const ALL: [Self; 13] = [
        Self::Text,
        Self::Keyword,
        Self::Long,
        Self::Integer,
        Self::Short,
        Self::Byte,
        Self::UnsignedLong,
        Self::Double,
        Self::Float,
        Self::HalfFloat,
        Self::Boolean,
        Self::Date,
        Self::Ip,
    ];

    /// The kind of this name.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }

    /// The name of the kind in a mapping.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Keyword => "keyword",
            Self::Long => "long",
            Self::Integer => "integer",
            Self::Short => "short",
            Self::Byte => "byte",
            Self::UnsignedLong => "unsigned_long",
            Self::Double => "double",
            Self::Float => "float",
            Self::HalfFloat => "half_float",
            Self::Boolean => "boolean",
            Self::Date => "date",
            Self::Ip => "ip",
        }
    }

    /// Whether values are whole numbers.
    pub(crate) fn is_integral(self) -> bool {
        matches!(self, Self::Long | Self::Integer | Self::Short | Self::Byte | Self::UnsignedLong)
    }

    /// Whether values are numbers with fractions.
    pub(crate) fn is_fractional(self) -> bool {
        matches!(self, Self::Double | Self::Float | Self::HalfFloat)
    }

    /// Whether values are numbers.
    pub(crate) fn is_number(self) -> bool {
        self.is_integral() || self.is_fractional()
    }

    /// The least and the greatest value of an integral kind.
    pub(crate) fn integral_range(self) -> Option<(i128, i128)> {
        match self {
            Self::Long => Some((i64::MIN.into(), i64::MAX.into())),
            Self::Integer => Some((i32::MIN.into(), i32::MAX.into())),
            Self::Short => Some((i16::MIN.into(), i16::MAX.into())),
            Self::Byte => Some((i8::MIN.into(), i8::MAX.into())),
            Self::UnsignedLong => Some((0, u64::MAX.into())),
            _ => None,
        }
    }

    /// The number as the kind holds it: a `float` of 0.1 is the single-precision 0.1. Infinite where it does not fit.
    pub(crate) fn round(self, value: f64) -> f64 {
        match self {
            Self::Float => round_to(value, 24, -149, f64::from(f32::MAX)),
            Self::HalfFloat => round_to(value, 11, -24, 65504.0),
            _ => value,
        }
    }
}

/// The nearest number with `digits` binary digits and no finer than 2^`finest`, ties to even.
fn round_to(value: f64, digits: i32, finest: i32, greatest: f64) -> f64 {
    if value == 0.0 || !value.is_finite() {
        return value;
    }
    // The exponent of the last digit that is kept. Subnormal doubles are far below `finest`.
    let exponent = i32::try_from((value.to_bits() >> 52) & 0x7ff).unwrap_or(0) - 1023;
    let step = 2f64.powi((exponent - digits + 1).max(finest));
    let rounded = (value / step).round_ties_even() * step;
    if rounded.abs() > greatest { f64::INFINITY.copysign(value) } else { rounded }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back() {
        for kind in FieldKind::ALL {
            assert_eq!(FieldKind::parse(kind.as_str()), Some(kind));
        }
        assert_eq!(FieldKind::parse("nested"), None);
    }

    #[test]
    fn a_float_is_rounded_as_the_hardware_does() {
        for value in [0.1, 1.0 / 3.0, 16_777_217.0, 1e-40, 1e-46, 3.4e38, -2.5, 123_456.789] {
            #[expect(clippy::cast_possible_truncation, reason = "the rounding is what is compared")]
            let expected = f64::from(value as f32);
            assert_eq!(FieldKind::Float.round(value), expected, "{value}");
        }
        assert_eq!(FieldKind::Float.round(1e39), f64::INFINITY);
        assert_eq!(FieldKind::Float.round(-1e39), f64::NEG_INFINITY);
    }

    #[test]
    fn a_half_float_has_eleven_digits() {
        assert_eq!(FieldKind::HalfFloat.round(0.1), 0.099_975_585_937_5);
        assert_eq!(FieldKind::HalfFloat.round(2049.0), 2048.0);
        assert_eq!(FieldKind::HalfFloat.round(65504.0), 65504.0);
        assert_eq!(FieldKind::HalfFloat.round(65520.0), f64::INFINITY);
    }
}
