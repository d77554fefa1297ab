//! The chat's two forms, and who types.

use holm::act::Act;
use holm::prelude::*;

use super::Post;
use crate::guest::{Guest, avatar};

/// Where one writes. With the answer the field is empty, save what was typed since. Until then its text is selected, so
/// that the next line takes its place; the log goes to its end, where the line will stand, and the focus comes back.
pub(super) fn say(guest: &Guest) -> Markup {
    let next = Act::focus("#end").focus(".say input").select(".say input");
    html! {
        form.say data-live-submit=(Post::say_event()) data-live-reset data-live-do=(next) data-live-do-on="submit"
            data-live-optimistic=(Act::append("#sending", "#line")) {
            (avatar(&guest.name, guest.colour))
            input name="text" aria-label="Your message" placeholder="Say something" required
                maxlength="400" autocomplete="off" data-live-input=(Post::Typing) data-live-throttle="2000";
            button { "Send" }
        }
    }
}

/// Where lines stand that are on their way. They are read out when they arrive.
pub(super) fn sending(guest: &Guest) -> Markup {
    html! {
        ul #sending aria-hidden="true" {}
        template #line {
            li.said {
                (avatar(&guest.name, guest.colour))
                p.by { b { (guest.name) } " is sending" }
                p.text { "{text}" }
            }
        }
    }
}

/// Where one chooses a name.
pub(super) fn rename(guest: &Guest) -> Markup {
    html! {
        form.rename data-live-submit=(Post::rename_event()) {
            label {
                "Your name"
                input name="name" value=(guest.name) required maxlength="24" autocomplete="nickname";
            }
            button.quiet { "Change" }
        }
    }
}

pub(super) fn typing(names: &[&str]) -> Markup {
    html! {
        @match names {
            [] => {}
            [one] => { (one) " is typing" }
            [one, two] => { (one) " and " (two) " are typing" }
            all => { (all.len()) " people are typing" }
        }
    }
}
