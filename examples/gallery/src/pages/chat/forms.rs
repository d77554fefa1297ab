//! The chat's two forms, and who types.

use holm::prelude::*;

use super::Post;
use crate::guest::{Guest, avatar};

/// Where one writes. An edit leaves what a visitor typed alone, so that after a line was sent the form has to be
/// another one, with another id: an empty one. The focus comes back to it.
pub(super) fn say(guest: &Guest, sent: u32) -> Markup {
    html! {
        form id={ "say-" (sent) } data-live-submit=(Post::say_event()) {
            (avatar(&guest.name, guest.colour))
            input name="text" aria-label="Your message" placeholder="Say something" required
                maxlength="400" autocomplete="off" autofocus[sent > 0];
            button { "Send" }
            // The page's script presses it when a key is.
            button.typist type="button" hidden data-live=(Post::Typing) { "I am typing" }
        }
    }
}

/// Where one chooses a name.
pub(super) fn rename(guest: &Guest, named: u32) -> Markup {
    html! {
        form.rename id={ "name-" (named) } data-live-submit=(Post::rename_event()) {
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
