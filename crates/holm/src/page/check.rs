//! Development's look at a first render: events that are none, and a page that says what to mend.

use std::any::TypeId;

use holm_dom::Report;
use http::StatusCode;
use maud::{DOCTYPE, Markup, html};

use super::slot::Problem;
use crate::event::Recorded;

/// Mistakes in an island's event attributes that compile: literals, foreign events, events outside an attribute.
pub(super) fn events(report: &Report, recorded: &[Recorded], own: TypeId) -> Vec<(&'static str, String)> {
    let mut problems = Vec::new();
    let mut unused: Vec<&Recorded> = recorded.iter().collect();
    for attribute in report.live.iter().filter(|attribute| is_event(&attribute.name)) {
        let (name, value) = (&attribute.name, &attribute.value);
        match unused.iter().position(|event| event.text == *value) {
            Some(at) => {
                let event = unused.swap_remove(at);
                if event.type_id != own {
                    problems.push((
                        "foreign_event",
                        format!("`{name}=({value})` is an event of {}, which is another island's; write one of this island's own.", event.type_name),
                    ));
                }
            }
            None => problems.push((
                "literal_event",
                format!("`{name}=\"{value}\"` is a literal; write an event, as in `{name}=(Press::Inc)`, so that the compiler knows it."),
            )),
        }
    }
    for event in unused {
        problems.push((
            "event_outside_attribute",
            format!("The event `{}` is written outside a `data-live` attribute; write `data-live=(…)` on the element that sends it.", event.text),
        ));
    }
    problems
}

/// Forms of an island that is not progressive, which a browser with no script would send with GET: what was typed
/// would stand in the address, passwords too.
pub(super) fn exposed(report: &Report) -> impl Iterator<Item = (&'static str, String)> {
    let sends =
        |live: &&holm_dom::LiveAttr| live.name == "data-live-submit" && live.tag == "form" && !live.directed;
    report.live.iter().filter(sends).map(|live| {
        let sentence = format!(
            "With no script the form with `{}=\"{}\"` puts what was typed into the page's address: write `method=\"dialog\"`, or make the island progressive.",
            live.name, live.value
        );
        ("form_without_method", sentence)
    })
}

/// Whether an attribute's value is an event. The others hold words, keys and times.
fn is_event(attribute: &str) -> bool {
    matches!(
        attribute,
        "data-live"
            | "data-live-submit"
            | "data-live-input"
            | "data-live-change"
            | "data-live-keydown"
            | "data-live-keyup"
            | "data-live-window-keydown"
            | "data-live-window-keyup"
            | "data-live-focus"
            | "data-live-blur"
            | "data-live-dblclick"
            | "data-live-pointer"
            | "data-live-pointermove"
            | "data-live-pointerup"
            | "data-live-visible"
    )
}

/// The status of the worst problem, if one keeps the page from being served.
pub(super) fn worst(problems: &[Problem]) -> Option<StatusCode> {
    problems.iter().filter_map(|problem| problem.status).max()
}

/// A page that says what went wrong: in full in development, in one sentence otherwise.
pub(super) fn error_page(problems: &[Problem], development: bool) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head { meta charset="utf-8"; meta name="viewport" content="width=device-width, initial-scale=1"; title { "This page cannot be shown" } }
            body {
                main {
                    h1 { "This page cannot be shown" }
                    @if development {
                        @for problem in problems.iter().filter(|problem| problem.status.is_some()) {
                            p { strong { (problem.island) ": " (problem.code) } br; (problem.sentence) }
                        }
                    } @else {
                        p { "Something went wrong on the server. The error is in its log." }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_that_would_put_its_fields_into_the_address_is_pointed_out() {
        let render = r#"<form data-live-submit="bare"></form><form data-live-submit="kept" method="dialog"></form><form data-live-submit="led" action="/x"></form><form></form><form data-live-change="heard"></form>"#;
        let told: Vec<_> = exposed(&holm_dom::inspect(render)).collect();
        let [("form_without_method", sentence)] = &told[..] else { panic!("{told:?}") };
        assert!(sentence.contains("`data-live-submit=\"bare\"`"), "{sentence}");
        assert!(
            sentence.ends_with("write `method=\"dialog\"`, or make the island progressive."),
            "{sentence}"
        );
    }
}
