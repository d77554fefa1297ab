//! One field's texts as a value of whatever type is asked for.

use serde::de::{self, IntoDeserializer as _, Visitor};

use super::fault::{Failure, Fault};

/// How many values are tried in place of one that does not fit; see [`Given::Made`].
pub(super) const MADE: usize = 5;

/// Texts that many types can be read from, dates and times among them.
const TEXTS: [&str; MADE] = ["1", "", "2000-01-01", "00:00", "2000-01-01T00:00"];
/// Numbers likewise: 1 comes first, as it fits where zero does not.
const NUMBERS: [i8; MADE] = [1, 0, 10, 100, 50];

/// What a form says of a field.
#[derive(Clone, Copy, Debug)]
pub(super) enum Given<'a> {
    /// Its values, in the order they came: at least one.
    Texts(&'a [&'a str]),
    /// Nothing: a checkbox that is not ticked, a list of which nothing is chosen, or no such field.
    Nothing,
    /// A value made up so that the fields after a wrong one can be looked at; what comes of it is thrown away.
    Made(usize),
}

impl<'a> Given<'a> {
    /// The one text, where the type is for one.
    fn text(self) -> Result<&'a str, Failure> {
        match self {
            Self::Texts([text]) => Ok(text),
            Self::Texts(_) => Err(Fault::Several.into()),
            Self::Nothing => Err(Fault::Missing.into()),
            Self::Made(at) => Ok(TEXTS[at % MADE]),
        }
    }

    /// Whether there is nothing to read a value from.
    fn is_empty(self) -> bool {
        matches!(self, Self::Nothing | Self::Texts([""]))
    }

    /// A whole number between `least` and `most`.
    fn whole(self, least: i128, most: i128) -> Result<i128, Failure> {
        if let Self::Made(at) = self {
            return Ok(i128::from(NUMBERS[at % MADE]));
        }
        let text = self.text()?.trim();
        let number = match text.parse::<i128>() {
            Ok(number) => number,
            Err(_) if text.is_empty() => return Err(Fault::Missing.into()),
            Err(_) => {
                // Digits only, and more than can be counted with.
                let far = text.trim_start_matches(['-', '+']);
                let fault = if !far.is_empty() && far.bytes().all(|byte| byte.is_ascii_digit()) {
                    if text.starts_with('-') { Fault::TooSmall(least) } else { Fault::TooLarge(most) }
                } else if text.parse::<f64>().is_ok_and(f64::is_finite) {
                    Fault::NotWhole
                } else {
                    Fault::NotANumber
                };
                return Err(fault.into());
            }
        };
        if number < least {
            Err(Fault::TooSmall(least).into())
        } else if number > most {
            Err(Fault::TooLarge(most).into())
        } else {
            Ok(number)
        }
    }

    fn float(self) -> Result<f64, Failure> {
        if let Self::Made(at) = self {
            return Ok(NUMBERS[at % MADE].into());
        }
        let text = self.text()?.trim();
        match text.parse::<f64>() {
            // Words that Rust reads as numbers, and no visitor means.
            Ok(number) if number.is_finite() => Ok(number),
            _ if text.is_empty() => Err(Fault::Missing.into()),
            _ => Err(Fault::NotANumber.into()),
        }
    }

    /// Whether a checkbox is ticked: whatever value it has is sent only then. A hidden field of the same name
    /// before it may say no, so the last one counts.
    fn is_on(self) -> bool {
        let Self::Texts(texts) = self else { return false };
        let last = texts.last().map_or("", |text| text.trim());
        !["", "false", "off", "no", "0"].iter().any(|no| last.eq_ignore_ascii_case(no))
    }
}

/// What a whole form and one field of it are alike in: a unit is of anything, and a newtype is what it holds.
macro_rules! alike {
    () => {
        fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
            visitor.visit_unit()
        }

        fn deserialize_unit_struct<V: Visitor<'de>>(
            self,
            _: &'static str,
            visitor: V,
        ) -> Result<V::Value, Failure> {
            visitor.visit_unit()
        }

        fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
            visitor.visit_unit()
        }

        fn deserialize_newtype_struct<V: Visitor<'de>>(
            self,
            _: &'static str,
            visitor: V,
        ) -> Result<V::Value, Failure> {
            visitor.visit_newtype_struct(self)
        }
    };
}
pub(super) use alike;

macro_rules! whole {
    ($($method:ident, $visit:ident, $type:ty;)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
            let number = self.whole(i128::from(<$type>::MIN), i128::from(<$type>::MAX))?;
            visitor.$visit(<$type>::try_from(number).map_err(|_| Fault::NotANumber)?)
        }
    )*};
}

impl<'de> de::Deserializer<'de> for Given<'_> {
    type Error = Failure;

    whole! {
        deserialize_u8, visit_u8, u8;
        deserialize_u16, visit_u16, u16;
        deserialize_u32, visit_u32, u32;
        deserialize_u64, visit_u64, u64;
        deserialize_i8, visit_i8, i8;
        deserialize_i16, visit_i16, i16;
        deserialize_i32, visit_i32, i32;
        deserialize_i64, visit_i64, i64;
        deserialize_i128, visit_i128, i128;
    }

    fn deserialize_u128<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        match self {
            // The upper half is more than `whole` counts to.
            Self::Texts([text]) if text.trim().parse::<u128>().is_ok() => {
                visitor.visit_u128(text.trim().parse().unwrap_or_default())
            }
            _ => visitor.visit_u128(self.whole(0, i128::MAX)?.unsigned_abs()),
        }
    }

    #[expect(
        clippy::cast_possible_truncation,
        reason = "what `f32` keeps of a number is all there is to have"
    )]
    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        visitor.visit_f32(self.float()? as f32)
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        visitor.visit_f64(self.float()?)
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        visitor.visit_bool(self.is_on())
    }

    /// What a type says of no text at all is of no use to a visitor.
    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        let text = self.text()?;
        visitor
            .visit_str(text)
            .map_err(|failure| if text.is_empty() { Fault::Missing.into() } else { failure })
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        self.deserialize_str(visitor)
    }

    fn deserialize_char<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        self.deserialize_str(visitor)
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        self.deserialize_str(visitor)
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        visitor.visit_bytes(self.text()?.as_bytes())
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        self.deserialize_bytes(visitor)
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        match self {
            Self::Texts([_, _, ..]) => self.deserialize_seq(visitor),
            _ => self.deserialize_str(visitor),
        }
    }

    /// A field that was left empty holds nothing, of whatever type.
    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        if self.is_empty() || matches!(self, Self::Made(_)) {
            visitor.visit_none()
        } else {
            visitor.visit_some(self)
        }
    }

    alike!();

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        let texts = if let Self::Texts(texts) = self { texts } else { &[] };
        visitor.visit_seq(Each { texts, made: 0 })
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, length: usize, visitor: V) -> Result<V::Value, Failure> {
        match self {
            Self::Texts(texts) => visitor.visit_seq(Each { texts, made: 0 }),
            Self::Nothing => Err(Fault::Missing.into()),
            Self::Made(_) => visitor.visit_seq(Each { texts: &[], made: length }),
        }
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, Failure> {
        self.deserialize_tuple(length, visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Failure> {
        Err(de::Error::custom("a form's field holds one value or several, and no fields of its own"))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Failure> {
        self.deserialize_map(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Failure> {
        let choice = match self {
            Self::Made(at) => variants.get(at).copied().unwrap_or_default(),
            Self::Nothing => return Err(Fault::NotAChoice.into()),
            Self::Texts(_) => self.text()?,
        };
        visitor.visit_enum(choice.into_deserializer())
    }
}

/// The values of a field, one at a time.
struct Each<'a> {
    texts: &'a [&'a str],
    made: usize,
}

impl<'de> de::SeqAccess<'de> for Each<'_> {
    type Error = Failure;

    fn next_element_seed<T: de::DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Failure> {
        if let Some((_, rest)) = self.texts.split_first() {
            let one = &self.texts[..1];
            self.texts = rest;
            return seed.deserialize(Given::Texts(one)).map(Some);
        }
        let Some(left) = self.made.checked_sub(1) else { return Ok(None) };
        self.made = left;
        seed.deserialize(Given::Made(0)).map(Some)
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.texts.len() + self.made)
    }
}
