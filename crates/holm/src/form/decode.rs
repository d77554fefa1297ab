//! A form's fields as a struct, or everything that is wrong with them.
//!
//! serde's derived code ends at the first field that does not fit, and says neither which it was nor what is
//! wrong with the others. So a form that does not fit is read again: each given field by itself, first in the
//! row and followed by a stop; then all of them, with made-up values in place of the wrong ones, until no field
//! is missing. A form that fits is read once.

use std::cell::Cell;

use serde::de::{self, Deserialize, IntoDeserializer as _, Visitor};

use super::fault::{Failure, Fault};
use super::value::{Given, MADE, alike};

/// What is wrong with a form: fields in their struct's order, and `""` for what is no one field's.
pub(super) type Faults = Vec<(String, Fault)>;

/// The name under which the client sends the value of a control that has none.
const VALUE: &str = "value";

/// Reads urlencoded text. A `+` is a space, and what is no UTF-8 is replaced: nothing is refused.
pub(crate) fn pairs(text: &str) -> Vec<(String, String)> {
    serde_html_form::from_str(text).unwrap_or_default()
}

/// Reads fields into a `T`.
///
/// # Errors
/// With one fault for each field that has any.
pub(crate) fn decode<'de, T: Deserialize<'de>>(fields: &[(String, String)]) -> Result<T, Faults> {
    let grouped = group(fields);
    let given: Vec<(&str, Given<'_>)> =
        grouped.iter().map(|(name, texts)| (*name, Given::Texts(texts))).collect();
    let notes = Notes::default();
    let failure = match T::deserialize(Whole { given: &given, stop: false, notes: &notes }) {
        Ok(value) => return Ok(value),
        Err(failure) => failure,
    };
    if let Some(names) = notes.fields.get() {
        return by_field(names, given);
    }
    let field = notes.at.get().and_then(|at| given.get(at)).map_or("", |(name, _)| name);
    Err(vec![(field.to_owned(), failure.into_fault())])
}

/// The values of each name, in the order in which names came first.
pub(super) fn group(fields: &[(String, String)]) -> Vec<(&str, Vec<&str>)> {
    let mut places = std::collections::HashMap::<&str, usize, foldhash::fast::FixedState>::default();
    let mut grouped: Vec<(&str, Vec<&str>)> = Vec::new();
    for (name, value) in fields {
        let place = *places.entry(name).or_insert_with(|| {
            grouped.push((name, Vec::new()));
            grouped.len() - 1
        });
        grouped[place].1.push(value);
    }
    grouped
}

/// Reads a struct that did not fit once more, now for all that is wrong with it.
fn by_field<'de, T: Deserialize<'de>>(
    names: &'static [&'static str],
    mut given: Vec<(&str, Given<'_>)>,
) -> Result<T, Faults> {
    let mut faults = Faults::new();
    let mut fault = |name: &str, fault: Fault| {
        if faults.iter().all(|(field, _)| field != name) {
            faults.push((name.to_owned(), fault));
        }
    };
    for (name, value) in given.iter_mut().filter(|(name, _)| names.contains(name)) {
        let alone = [(*name, *value)];
        let trial = T::deserialize(Whole { given: &alone, stop: true, notes: &Notes::default() });
        if let Err(Failure::Fault(found)) = trial {
            fault(name, found);
            *value = Given::Made(0);
        }
    }
    // Each turn adds a field or changes a made-up value, so it ends; a type that takes none of those ends it.
    let whole = loop {
        let notes = Notes::default();
        let failure = match T::deserialize(Whole { given: &given, stop: false, notes: &notes }) {
            Ok(value) => break Some(value),
            Err(failure) => failure,
        };
        if let Failure::Absent(name) = failure
            && given.iter().all(|(given, _)| *given != name)
        {
            given.push((name, Given::Nothing));
            continue;
        }
        match (failure, notes.at.get().and_then(|at| given.get_mut(at))) {
            (_, Some((_, Given::Made(at)))) if *at + 1 < MADE => *at += 1,
            (_, Some((_, Given::Made(_)))) => break None,
            (failure, Some((name, value @ Given::Nothing))) => {
                fault(name, failure.into_fault());
                *value = Given::Made(0);
            }
            (failure, Some((name, _))) => {
                fault(name, failure.into_fault());
                break None;
            }
            // What the whole says, which it is asked only when its fields are right.
            (failure, None) => {
                if !given.iter().any(|(_, value)| matches!(value, Given::Made(_))) {
                    fault("", failure.into_fault());
                }
                break None;
            }
        }
    };
    match whole {
        Some(value) if faults.is_empty() => Ok(value),
        _ => {
            let place = |name: &str| names.iter().position(|field| *field == name).unwrap_or(names.len());
            faults.sort_by_key(|(name, _)| place(name));
            Err(faults)
        }
    }
}

/// What a reading tells besides its result.
#[derive(Default)]
struct Notes {
    /// Which of the given fields is being read; none before the first and after the last.
    at: Cell<Option<usize>>,
    /// The fields of the struct that is asked for.
    fields: Cell<Option<&'static [&'static str]>>,
}

/// All fields of a form.
#[derive(Clone, Copy)]
struct Whole<'a> {
    given: &'a [(&'a str, Given<'a>)],
    /// Whether to stop after the first field, so that what is missing does not matter.
    stop: bool,
    notes: &'a Notes,
}

impl<'a> Whole<'a> {
    fn each(self) -> Fields<'a> {
        Fields { whole: self, next: 0 }
    }

    /// The one value of a form, for an event that is no struct: what the client calls `value`, or the only
    /// field.
    fn sole(self) -> Result<Given<'a>, Failure> {
        let at = match self.given {
            [] => return Ok(Given::Nothing),
            [_] => 0,
            several => {
                several.iter().position(|(name, _)| *name == VALUE).ok_or(Failure::Fault(Fault::Several))?
            }
        };
        self.notes.at.set(Some(at));
        Ok(self.given[at].1)
    }
}

macro_rules! sole {
    ($($method:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
            self.sole()?.$method(visitor)
        }
    )*};
}

impl<'de> de::Deserializer<'de> for Whole<'_> {
    type Error = Failure;

    sole! {
        deserialize_bool deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_u128
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128 deserialize_f32
        deserialize_f64 deserialize_char deserialize_str deserialize_string deserialize_bytes
        deserialize_byte_buf deserialize_seq deserialize_option deserialize_identifier
    }

    alike!();

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Failure> {
        self.notes.fields.set(Some(fields));
        visitor.visit_map(self.each())
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        visitor.visit_map(self.each())
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        visitor.visit_map(self.each())
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, length: usize, visitor: V) -> Result<V::Value, Failure> {
        self.sole()?.deserialize_tuple(length, visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, Failure> {
        self.sole()?.deserialize_tuple_struct(name, length, visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Failure> {
        self.sole()?.deserialize_enum(name, variants, visitor)
    }
}

/// The fields, one at a time.
struct Fields<'a> {
    whole: Whole<'a>,
    next: usize,
}

impl<'de> de::MapAccess<'de> for Fields<'_> {
    type Error = Failure;

    fn next_key_seed<K: de::DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Failure> {
        let Whole { given, stop, notes } = self.whole;
        let at = (self.next < given.len()).then_some(self.next);
        notes.at.set(at);
        if stop && at != Some(0) {
            return Err(Failure::Enough);
        }
        let Some(at) = at else { return Ok(None) };
        seed.deserialize(given[at].0.into_deserializer()).map(Some)
    }

    fn next_value_seed<S: de::DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Failure> {
        let value = self.whole.given[self.next].1;
        self.next += 1;
        seed.deserialize(value)
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.whole.given.len() - self.next)
    }
}
