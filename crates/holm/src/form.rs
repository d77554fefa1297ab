//! Forms: fields as typed structs, and what is wrong with which.
//!
//! A variant with a [`Form`] takes whatever its form sends, keeps the text of each field, and gives the typed
//! value or a sentence for each field that does not fit:
//!
//! ```
//! use holm::form::{FieldErrors, Form};
//! use holm::prelude::*;
//!
//! #[derive(Clone, Serialize, Deserialize)]
//! struct SignUp { email: String, age: u8, news: bool }
//!
//! #[derive(Event)]
//! enum Press { Save(Form<SignUp>) }
//!
//! #[derive(Clone, Default, Serialize, Deserialize)]
//! struct Desk { form: Form<SignUp>, errors: FieldErrors }
//!
//! impl Island for Desk {
//!     type Event = Press;
//!
//!     fn render(&self) -> Markup {
//!         let at = self.errors.at("signup");
//!         html! {
//!             form data-live-submit=(Press::save_event()) {
//!                 input name="age" value=(self.form.text("age")) aria-invalid=[at.invalid("age")] aria-describedby=[at.described("age")];
//!                 (at.show("age"))
//!             }
//!         }
//!     }
//!
//!     async fn on(&mut self, event: Press, cx: &mut Cx<Press>) -> holm::Result {
//!         let Press::Save(form) = event;
//!         match form.check() {
//!             Ok(SignUp { .. }) => cx.reset("form"),
//!             Err(errors) => self.errors = errors,
//!         }
//!         Ok(())
//!     }
//! }
//! ```
//!
//! A variant with plain fields, `Save { email: String, age: u8 }`, is filled the same way, and refuses the whole
//! event when a field does not fit.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, DeserializeOwned, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, SerializeMap as _, Serializer};

mod beside;
mod decode;
mod errors;
mod fault;
mod look;
#[cfg(test)]
mod tests;
mod value;

pub use beside::Beside;
pub(crate) use decode::{decode, pairs};
pub use errors::{FieldErrors, as_sentence};
pub use fault::Fault;
pub(crate) use look::looking;

/// What a form sent: the text of every field, to be checked as a `T`.
///
/// As the payload of an event it takes any fields. In an island's state it lets `render` write what was typed,
/// which a page without a script needs and a live one does no harm with.
///
/// It holds passwords like any other field, so it goes with them into the island's seal (encrypted), and, where
/// `render` writes `value`, into the page. [`forget`](Form::forget) them before a form is kept.
pub struct Form<T> {
    fields: Vec<(String, String)>,
    of: PhantomData<fn() -> T>,
}

impl<T> Form<T> {
    /// The text of a field, `""` when it was not sent; the first, when there are several.
    pub fn text(&self, field: &str) -> &str {
        self.all(field).next().unwrap_or_default()
    }

    /// The texts of all fields of this name: what was chosen in a multiple select, or ticked in a group.
    pub fn all(&self, field: &str) -> impl Iterator<Item = &str> {
        self.iter().filter(move |(name, _)| *name == field).map(|(_, text)| text)
    }

    /// Whether a field was sent: a checkbox is only when it is ticked.
    pub fn has(&self, field: &str) -> bool {
        self.all(field).next().is_some()
    }

    /// Whether a field was sent with this value: for `checked[…]` and `selected[…]`.
    pub fn is(&self, field: &str, value: &str) -> bool {
        self.all(field).any(|text| text == value)
    }

    /// Names and texts, in the order they were sent.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.fields.iter().map(|(name, text)| (&**name, &**text))
    }

    /// Puts one text in place of all that a field has.
    pub fn set(&mut self, field: impl Into<String>, text: impl Into<String>) {
        let field = field.into();
        self.forget(&field);
        self.fields.push((field, text.into()));
    }

    /// Drops a field: passwords, before the form is kept in a state.
    pub fn forget(&mut self, field: &str) {
        self.fields.retain(|(name, _)| name != field);
    }
}

impl<T: DeserializeOwned> Form<T> {
    /// The fields as a `T`, or a sentence for each that does not fit.
    ///
    /// A `bool` is whether its checkbox is ticked. A `Vec` takes all values of its name, also none. An `Option`
    /// that was left empty is `None`. A unit enum takes the names of its variants. Text is not trimmed, numbers
    /// are. A field takes no struct of its own, and `#[serde(flatten)]` does not work with numbers.
    ///
    /// # Errors
    /// With every field that does not fit, in the order of `T`'s fields.
    pub fn check(&self) -> Result<T, FieldErrors> {
        self.check_with(|_, fault| fault.to_string())
    }

    /// [`Form::check`] with sentences of the app's: in another language, or about the field.
    ///
    /// ```
    /// # use holm::form::{Fault, Form};
    /// # #[derive(serde::Deserialize, Debug)] struct Order { count: u8 }
    /// let form = Form::<Order>::from_iter([("count", "300")]);
    /// let errors = form.check_with(|_, fault| match fault {
    ///     Fault::TooLarge(most) => format!("Höchstens {most}."),
    ///     other => other.to_string(),
    /// });
    /// assert_eq!(errors.unwrap_err().get("count"), Some("Höchstens 255."));
    /// ```
    ///
    /// # Errors
    /// As [`Form::check`].
    pub fn check_with(&self, words: impl Fn(&str, &Fault) -> String) -> Result<T, FieldErrors> {
        let worded = |(field, fault): (String, Fault)| {
            let sentence = words(&field, &fault);
            (field, sentence)
        };
        decode(&self.fields).map_err(|faults| faults.into_iter().map(worded).collect())
    }
}

impl<T: Serialize> Form<T> {
    /// A form that is filled with a value: to edit what is there. What is `false`, `None` or empty is left out,
    /// as an unticked checkbox is.
    ///
    /// A value that a form cannot hold is logged and gives an empty one.
    pub fn filled(value: &T) -> Self {
        let fields = serde_json::to_value(value).and_then(|value| value.deserialize_map(Sent));
        Self::from_iter(fields.unwrap_or_else(|error| {
            tracing::error!(value = std::any::type_name::<T>(), %error, "a form cannot be filled with this");
            Vec::new()
        }))
    }
}

impl<T, F: Into<String>, S: Into<String>> FromIterator<(F, S)> for Form<T> {
    fn from_iter<I: IntoIterator<Item = (F, S)>>(fields: I) -> Self {
        let fields = fields.into_iter().map(|(name, text)| (name.into(), text.into())).collect();
        Self { fields, of: PhantomData }
    }
}

impl<T> Clone for Form<T> {
    fn clone(&self) -> Self {
        Self { fields: self.fields.clone(), of: PhantomData }
    }
}

impl<T> Default for Form<T> {
    fn default() -> Self {
        Self { fields: Vec::new(), of: PhantomData }
    }
}

impl<T> PartialEq for Form<T> {
    fn eq(&self, other: &Self) -> bool {
        self.fields == other.fields
    }
}

impl<T> Eq for Form<T> {}

/// Names only: a log is no place for what people type.
impl<T> fmt::Debug for Form<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Form")?;
        f.debug_list().entries(self.fields.iter().map(|(name, _)| name)).finish()
    }
}

/// As an object: a field that came once is text, and one that came more often a list.
impl<T> Serialize for Form<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let grouped = decode::group(&self.fields);
        let mut map = serializer.serialize_map(Some(grouped.len()))?;
        for (name, texts) in grouped {
            match &*texts {
                [one] => map.serialize_entry(name, one)?,
                several => map.serialize_entry(name, several)?,
            }
        }
        map.end()
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Form<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let fields = deserializer.deserialize_map(Sent)?;
        look::look::<T>(&fields);
        Ok(Self { fields, of: PhantomData })
    }
}

/// Reads any object whose values are single ones or lists of those.
struct Sent;

impl<'de> Visitor<'de> for Sent {
    type Value = Vec<(String, String)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the fields of a form")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut fields = Vec::new();
        while let Some((name, Texts(texts))) = map.next_entry::<String, Texts>()? {
            fields.extend(texts.into_iter().map(|text| (name.clone(), text)));
        }
        Ok(fields)
    }
}

/// What a form sends of one field.
struct Texts(Vec<String>);

impl<'de> Deserialize<'de> for Texts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextsOf)
    }
}

struct TextsOf;

macro_rules! text_of {
    ($($method:ident, $type:ty;)*) => {$(
        fn $method<E>(self, value: $type) -> Result<Texts, E> {
            Ok(Texts(vec![value.to_string()]))
        }
    )*};
}

impl<'de> Visitor<'de> for TextsOf {
    type Value = Texts;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a form field's value")
    }

    text_of! {
        visit_str, &str;
        visit_u64, u64;
        visit_i64, i64;
        visit_f64, f64;
    }

    fn visit_bool<E>(self, ticked: bool) -> Result<Texts, E> {
        Ok(Texts(ticked.then(|| "true".to_owned()).into_iter().collect()))
    }

    fn visit_unit<E>(self) -> Result<Texts, E> {
        Ok(Texts(Vec::new()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Texts, A::Error> {
        let mut all = Vec::new();
        while let Some(Texts(texts)) = seq.next_element()? {
            all.extend(texts);
        }
        Ok(Texts(all))
    }
}
