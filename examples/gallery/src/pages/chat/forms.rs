//! The chat's two forms, and who types.

use holm::prelude::*;

use super::Post;
use crate::guest::{Guest, avatar};

/// Where one writes. No edit touches what a visitor has typed; the page's script empties the field.
pub(super) fn say(guest: &Guest) -> Markup {
    html! {
        form.say data-live-submit=(Post::say_event()) {
            (avatar(&guest.name, guest.colour))
            input name="text" aria-label="Your message" placeholder="Say something" required
                maxlength="400" autocomplete="off";
            button { "Send" }
            // The page's script presses it when a key is.
            button.typist type="button" hidden data-live=(Post::Typing) { "I am typing" }
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
