//! What stands on a page so that its islands' controls post with no script, and advice on those that cannot.

use holm_dom::{PlainForm, Report};
use maud::{Markup, html};

use crate::island::scope;
use crate::transport::form::{FORM, INSTANCE, SEAL, SUBMIT};

/// The form that an island's buttons post through, and hidden fields for each form in it. They stand outside of
/// the island: a seal is no part of a render. Browsers that bring back what fields held are told not to.
pub(super) fn forms(instance: &str, seal: &str, buttons: bool, forms: &[PlainForm]) -> Markup {
    html! {
        @if buttons {
            form id=(scope::form_id(instance)) method="post" hidden {
                input type="hidden" name=(INSTANCE) value=(instance) autocomplete="off";
                input type="hidden" name=(SEAL) value=(seal) autocomplete="off";
            }
        }
        @for form in forms {
            input type="hidden" form=(form.id) name=(INSTANCE) value=(instance) autocomplete="off";
            input type="hidden" form=(form.id) name=(SEAL) value=(seal) autocomplete="off";
            input type="hidden" form=(form.id) name=(FORM) value=(form.id) autocomplete="off";
            input type="hidden" form=(form.id) name=(SUBMIT) value=(form.event) autocomplete="off";
        }
    }
}

/// Controls of a progressive island that need a script all the same, and what to write instead.
pub(super) fn advice(report: &Report) -> impl Iterator<Item = String> {
    report.live.iter().filter(|live| !live.posts).map(|live| {
        let (name, value, tag) = (&live.name, &live.value, &live.tag);
        if name == "data-live" {
            format!(
                "`{name}=\"{value}\"` on a `{tag}` does nothing with no script: write it on a `button` without a `type`, `form`, `name` or `value` of its own."
            )
        } else {
            format!(
                "`{name}=\"{value}\"` on a `{tag}` does nothing with no script: write it on a `form` without a `method` or `enctype` of its own; files go up as uploads."
            )
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_needs_a_script_is_told_and_what_to_write() {
        let render = r#"<button data-live="a">a</button><form data-live-submit="b"></form><form action="/x" data-live-submit="c"></form><a href="/x" data-live="d">d</a><button type="button" data-live="e">e</button><form method="get" data-live-submit="f"></form><form enctype="multipart/form-data" data-live-submit="g"></form><p data-live-error></p>"#;
        let plain = holm_dom::plain(render.to_owned(), "holm-A:0");
        let told: Vec<String> = advice(&holm_dom::inspect(&plain.html)).collect();
        let about = [
            "`data-live=\"d\"` on a `a` ",
            "`data-live=\"e\"` on a `button` ",
            "`data-live-submit=\"f\"` on a `form` ",
            "`data-live-submit=\"g\"` on a `form` ",
        ];
        assert_eq!(told.len(), about.len(), "{told:?}");
        assert!(told.iter().zip(about).all(|(told, about)| told.starts_with(about)), "{told:?}");
        assert!(
            told[0]
                .ends_with("write it on a `button` without a `type`, `form`, `name` or `value` of its own.")
        );
    }
}
