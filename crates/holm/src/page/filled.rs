//! Development's look at who fills an event: attributes whose event misses a payload, or has one that what the
//! visitor enters never changes.

use std::panic::{AssertUnwindSafe, catch_unwind};

use holm_dom::{LiveAttr, Report};

use crate::event::{DecodeError, Payload};
use crate::form;
use crate::island::erased::Erased;

/// Advice on the events of a render.
pub(super) fn advice(island: &dyn Erased, report: &Report) -> Vec<(&'static str, String)> {
    let about = |live| unread(live).or_else(|| unfilled(island, live)).or_else(|| lacking(island, live));
    report.live.iter().filter_map(about).collect()
}

/// What is entered goes with an event's name, and not with a payload that is there already.
fn unread(live: &LiveAttr) -> Option<(&'static str, String)> {
    let LiveAttr { name, value, tag, .. } = live;
    let (event, _) = value.split_once(' ')?;
    let enters = match &**name {
        "data-live-input" => true,
        "data-live-submit" => live.controls.iter().any(|name| name != holm_dom::EVENT_FIELD),
        _ => false,
    };
    let sentence = || {
        format!(
            "`{name}` on a `{tag}` has the event `{event}` with a payload, which is sent as it is whatever the visitor enters: write the event's name, `{name}=(Press::{event}_event())`, which the fields fill."
        )
    };
    enters.then(|| ("payload_not_filled", sentence()))
}

/// A click brings no more than what the element says, so it can be tried.
fn unfilled(island: &dyn Erased, live: &LiveAttr) -> Option<(&'static str, String)> {
    let LiveAttr { name, value, tag, fields, .. } = live;
    let has_value = matches!(&**tag, "input" | "select" | "textarea");
    if name != "data-live" || has_value || value.is_empty() || value.contains(' ') {
        return None;
    }
    let why = refusal(island, value, fields)?;
    let sentence = format!(
        "A click on the `{tag}` with `{name}=\"{value}\"` will be refused ({why}): write the event with its payload, or `data-value-…` for each of its fields."
    );
    (!matches!(why, DecodeError::UnknownEvent(_))).then_some(("payload_missing", sentence))
}

/// A form that has no control for something its event needs.
fn lacking(island: &dyn Erased, live: &LiveAttr) -> Option<(&'static str, String)> {
    let LiveAttr { name, value, fields, controls, .. } = live;
    if name != "data-live-submit" || value.contains(' ') {
        return None;
    }
    let mut given = fields.clone();
    given.extend(controls.iter().map(|control| (control.clone(), String::new())));
    // A `Form<T>` takes any fields, and its handler finds out what they lack.
    let (refused, mut faulty) = form::looking(|| refusal(island, value, &given));
    if let Some(DecodeError::BadFields { errors, .. }) = refused {
        faulty.extend(errors.iter().map(|(field, _)| field.to_owned()));
    }
    let is_there = |field: &str| field.is_empty() || given.iter().any(|(name, _)| name == field);
    let field = faulty.iter().find(|field| !is_there(field))?;
    let sentence = format!(
        "The form with `{name}=\"{value}\"` has no control with the name `{field}`, which its event needs: give it one, or the field `#[serde(default)]`."
    );
    Some(("control_missing", sentence))
}

/// Why an event with these fields would be refused.
fn refusal(island: &dyn Erased, event: &str, fields: &[(String, String)]) -> Option<DecodeError> {
    let fields = serde_html_form::to_string(fields).ok()?;
    let payload = if fields.is_empty() { Payload::Json("") } else { Payload::Form(&fields) };
    catch_unwind(AssertUnwindSafe(|| island.decode(event, payload))).ok()?.err()
}

#[cfg(test)]
mod tests {
    use maud::{Markup, html};
    use serde::{Deserialize, Serialize};

    use super::*;
    use crate::form::Form;
    use crate::{Cx, Event, Island};

    #[derive(Clone, Serialize, Deserialize)]
    struct Desk;

    #[derive(Event)]
    enum Press {
        Rename { id: u64, title: String },
        Search(String),
        Toggle { done: bool },
        Save(Form<()>),
        SignUp(Form<SignUp>),
    }

    #[derive(Deserialize)]
    #[expect(dead_code, reason = "only which fields there are counts")]
    struct SignUp {
        age: u8,
        name: Option<String>,
        news: bool,
    }

    impl Island for Desk {
        type Event = Press;

        fn render(&self) -> Markup {
            html! {}
        }

        async fn on(&mut self, _: Press, _: &mut Cx<Press>) -> crate::Result {
            Ok(())
        }
    }

    fn codes(markup: &Markup) -> Vec<&'static str> {
        let advice = advice(&Desk, &holm_dom::inspect(&markup.0));
        assert!(advice.iter().all(|(_, sentence)| sentence.ends_with('.')), "{advice:?}");
        advice.into_iter().map(|(code, _)| code).collect()
    }

    #[test]
    fn what_fills_its_event_is_left_alone() {
        let page = html! {
            button data-live=(Press::rename_event()) data-value-id="7" data-value-title="x" {}
            button data-live=(Press::rename_event()) data-value-id="7" name="title" value="x" {}
            button data-live=(Press::Rename { id: 7, title: String::new() }) {}
            button data-live=(Press::search_event()) value="tea" {}
            input type="checkbox" data-live=(Press::toggle_event());
            input name="q" data-live-input=(Press::search_event());
            form data-live-submit=(Press::rename_event()) data-value-id="7" { input name="title"; }
            form id="f" data-live-submit=(Press::rename_event()) data-value-id="7" {}
            input form="f" name="title";
            form data-live-submit=(Press::save_event()) {}
            form data-live-submit=(Press::sign_up_event()) { input name="age"; input name="hobby"; }
            form data-live-submit=(Press::sign_up_event()) data-value-age="7" {}
            form data-live-submit=(Press::toggle_event()) {}
            form data-live-submit=(Press::Rename { id: 7, title: String::new() }) { button {} }
            p data-live-error {}
        };
        assert_eq!(codes(&page), [""; 0]);
    }

    #[test]
    fn a_form_that_lacks_a_field_of_its_struct_is_pointed_out() {
        let page = html! {
            form data-live-submit=(Press::sign_up_event()) { input name="agee"; input name="news" type="checkbox"; }
            form data-live-submit=(Press::sign_up_event()) {}
        };
        let advice = advice(&Desk, &holm_dom::inspect(&page.0));
        let [("control_missing", one), ("control_missing", _)] = &advice[..] else { panic!("{advice:?}") };
        assert!(one.contains("no control with the name `age`"), "{one}");
    }

    #[test]
    fn what_does_not_is_pointed_out() {
        let page = html! {
            button data-live=(Press::rename_event()) data-value-id="7" {}
            button data-live=(Press::search_event()) {}
            input name="q" data-live-input=(Press::Search(String::new()));
            form data-live-submit=(Press::Rename { id: 7, title: String::new() }) { input name="title"; }
            form data-live-submit=(Press::rename_event()) data-value-id="7" { input name="name"; }
        };
        assert_eq!(
            codes(&page),
            [
                "payload_missing",
                "payload_missing",
                "payload_not_filled",
                "payload_not_filled",
                "control_missing"
            ]
        );
    }
}
