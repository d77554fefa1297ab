//! What is wrong with which field.

use serde::{Deserialize, Serialize};

use super::beside::Beside;
use super::fault::sentence;

/// What is wrong with a form: a sentence for each field that has any, in order.
///
/// It is plain data and belongs into the island's state. Errors that are no one field's stand under the name
/// `""`.
///
/// ```
/// let mut errors = holm::form::FieldErrors::default();
/// errors.add("email", "Somebody has this address already.");
/// assert_eq!(errors.get("email"), Some("Somebody has this address already."));
/// assert_eq!(errors.first(), Some("email"));
/// errors.clear("email");
/// assert!(errors.is_empty());
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct FieldErrors {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    list: Vec<(String, String)>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    spoken: bool,
}

impl FieldErrors {
    /// Adds a sentence. A field may have several; the first is what is shown.
    pub fn add(&mut self, field: impl Into<String>, sentence: impl Into<String>) {
        self.list.push((field.into(), sentence.into()));
    }

    /// The first sentence about a field.
    pub fn get(&self, field: &str) -> Option<&str> {
        self.all(field).next()
    }

    /// Every sentence about a field, in the order they were added.
    pub fn all(&self, field: &str) -> impl Iterator<Item = &str> {
        self.iter().filter(move |(name, _)| *name == field).map(|(_, sentence)| sentence)
    }

    /// Whether anything is wrong with a field.
    pub fn has(&self, field: &str) -> bool {
        self.get(field).is_some()
    }

    /// Whether nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// The first field that something is wrong with: the one to take the visitor to. What is wrong with the
    /// form as a whole is passed over.
    pub fn first(&self) -> Option<&str> {
        self.iter().map(|(field, _)| field).find(|field| !field.is_empty())
    }

    /// Fields and sentences, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.list.iter().map(|(field, sentence)| (&**field, &**sentence))
    }

    /// Forgets what is wrong with a field.
    pub fn clear(&mut self, field: &str) {
        self.retain(|name| name != field);
    }

    /// Keeps what is wrong with the fields that `keep` says yes to.
    pub fn retain(&mut self, mut keep: impl FnMut(&str) -> bool) {
        self.list.retain(|(field, _)| keep(field));
    }

    /// These errors, for screen readers to speak as they come and change.
    ///
    /// Meant for checks while the visitor types, when the focus stays where it is. Without it an error is read
    /// when the focus comes to its field, which [`Cx::focus`](crate::Cx::focus) brings about after a submit;
    /// spoken as well it would be heard twice.
    pub fn spoken(mut self) -> Self {
        self.spoken = true;
        self
    }

    /// The errors for markup: beside the fields of one form, told from others on the page by a prefix of ids.
    ///
    /// ```
    /// # use maud::html;
    /// # let errors = holm::form::FieldErrors::from_iter([("email", "This is no address.")]);
    /// let at = errors.at("signup");
    /// let page = html! {
    ///     input id="signup-email" name="email" aria-invalid=[at.invalid("email")] aria-describedby=[at.described("email")];
    ///     (at.show("email"))
    /// };
    /// # assert_eq!(page.into_string(), concat!(
    /// #     r#"<input id="signup-email" name="email" aria-invalid="true" aria-describedby="signup-email-error">"#,
    /// #     r#"<p id="signup-email-error" class="holm-field-error">This is no address.</p>"#,
    /// # ));
    /// ```
    pub fn at<'a>(&'a self, prefix: &'a str) -> Beside<'a> {
        Beside { errors: self, prefix, spoken: self.spoken }
    }
}

impl<F: Into<String>, S: Into<String>> FromIterator<(F, S)> for FieldErrors {
    fn from_iter<I: IntoIterator<Item = (F, S)>>(errors: I) -> Self {
        let list = errors.into_iter().map(|(field, sentence)| (field.into(), sentence.into())).collect();
        Self { list, spoken: false }
    }
}

impl<F: Into<String>, S: Into<String>> Extend<(F, S)> for FieldErrors {
    fn extend<I: IntoIterator<Item = (F, S)>>(&mut self, errors: I) {
        self.list.extend(errors.into_iter().map(|(field, sentence)| (field.into(), sentence.into())));
    }
}

/// Sentences of the validation crate `garde`, under the names of the fields: `tags[2]` and `tags` are both of
/// the field `tags`.
#[cfg(feature = "garde")]
impl From<garde::Report> for FieldErrors {
    fn from(report: garde::Report) -> Self {
        let of = |(path, error): &(garde::Path, garde::Error)| {
            let path = path.to_string();
            let field = path.split(['.', '[']).next().unwrap_or_default().to_owned();
            (field, sentence(error.message()))
        };
        report.iter().map(of).collect()
    }
}

/// A sentence from elsewhere, such as a validation crate: with a capital and a full stop.
///
/// ```
/// assert_eq!(holm::form::as_sentence("length is lower than 2"), "Length is lower than 2.");
/// ```
pub fn as_sentence(words: &str) -> String {
    sentence(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_keep_their_order_and_are_found_by_field() {
        let mut errors = FieldErrors::from_iter([("", "Not now."), ("b", "One."), ("a", "Two.")]);
        errors.extend([("b", "Three.")]);
        assert_eq!(errors.first(), Some("b"));
        assert_eq!(errors.get("b"), Some("One."));
        assert_eq!(errors.all("b").collect::<Vec<_>>(), ["One.", "Three."]);
        assert_eq!(errors.get(""), Some("Not now."));
        errors.clear("b");
        assert!(!errors.has("b") && errors.has("a"));
        errors.retain(str::is_empty);
        assert_eq!(errors.first(), None);
        assert!(!errors.is_empty());
    }

    #[test]
    fn they_survive_being_sealed_and_are_small() {
        let errors = FieldErrors::from_iter([("b", "One."), ("a", "Two.")]).spoken();
        let json = serde_json::to_string(&errors).unwrap();
        assert_eq!(json, r#"{"list":[["b","One."],["a","Two."]],"spoken":true}"#);
        assert_eq!(serde_json::from_str::<FieldErrors>(&json).unwrap(), errors);
        assert_eq!(serde_json::to_string(&FieldErrors::default()).unwrap(), "{}");
    }
}
