//! Errors as markup beside their fields, for eyes and for screen readers.

use maud::{Markup, html};

use super::FieldErrors;

/// Errors for the markup of one form; see [`FieldErrors::at`].
///
/// An error has the id `prefix-field-error`, so a prefix belongs to one form of the page: an island that may
/// stand on a page more than once makes it of something that tells its instances apart.
#[derive(Clone, Copy, Debug)]
pub struct Beside<'a> {
    pub(super) errors: &'a FieldErrors,
    pub(super) prefix: &'a str,
    pub(super) spoken: bool,
}

impl Beside<'_> {
    /// For `aria-invalid=[…]`: there when something is wrong with the field.
    pub fn invalid(&self, field: &str) -> Option<&'static str> {
        self.errors.has(field).then_some("true")
    }

    /// For `aria-describedby=[…]`: names the error when there is one.
    pub fn described(&self, field: &str) -> Option<String> {
        self.errors.has(field).then(|| self.id(field))
    }

    /// For the `aria-describedby` of a field that has a hint: names the hint, and the error when there is one.
    ///
    /// ```
    /// # let errors = holm::form::FieldErrors::from_iter([("email", "This is no address.")]);
    /// let at = errors.at("signup");
    /// assert_eq!(at.described_with("email", "email-hint"), "email-hint signup-email-error");
    /// assert_eq!(at.described_with("name", "name-hint"), "name-hint");
    /// ```
    pub fn described_with(&self, field: &str, hint: &str) -> String {
        match self.described(field) {
            Some(error) => format!("{hint} {error}"),
            None => hint.to_owned(),
        }
    }

    /// The id of the error's element.
    pub fn id(&self, field: &str) -> String {
        let field = if field.is_empty() { "form" } else { field };
        // A space would end the id in `aria-describedby`.
        [self.prefix, "-", field, "-error"].concat().replace(char::is_whitespace, "_")
    }

    /// The element with the field's error, which is there and empty when nothing is wrong: screen readers hear
    /// only of changes in elements that they know.
    ///
    /// Errors that are [spoken](FieldErrors::spoken) are in a polite live region, and are read when they come or
    /// change; others when the focus comes to the field.
    pub fn show(&self, field: &str) -> Markup {
        html! {
            p id=(self.id(field)) class="holm-field-error" aria-live=[self.spoken.then_some("polite")] {
                @if let Some(sentence) = self.errors.get(field) { (sentence) }
            }
        }
    }

    /// The element with what is wrong with the form as a whole. No field leads to it, so it is read when it
    /// comes.
    pub fn show_form(&self) -> Markup {
        html! {
            p id=(self.id("")) class="holm-field-error" role="alert" {
                @if let Some(sentence) = self.errors.get("") { (sentence) }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_tied_to_its_field_and_escaped() {
        let errors = FieldErrors::from_iter([("a b", "<no>")]);
        let at = errors.at("f");
        assert_eq!(
            at.show("a b").into_string(),
            r#"<p id="f-a_b-error" class="holm-field-error">&lt;no&gt;</p>"#
        );
        assert_eq!((at.invalid("a b"), at.described("a b").as_deref()), (Some("true"), Some("f-a_b-error")));
        assert_eq!((at.invalid("c"), at.described("c")), (None, None));
        assert_eq!(
            at.show_form().into_string(),
            r#"<p id="f-form-error" class="holm-field-error" role="alert"></p>"#
        );
    }

    #[test]
    fn a_spoken_error_is_in_a_region_that_was_there_before_it() {
        let none = FieldErrors::default().spoken();
        assert_eq!(
            none.at("f").show("a").into_string(),
            r#"<p id="f-a-error" class="holm-field-error" aria-live="polite"></p>"#
        );
    }
}
