//! What the chat hears: from its page, from its own timer, from the topic and from presence.

use holm::prelude::*;

use super::room::Line;

#[derive(Event)]
pub(crate) enum Post {
    #[event(once)]
    Say {
        text: String,
    },
    Rename {
        name: String,
    },
    /// A key was pressed.
    Typing,
    /// No key since the one of this number.
    #[event(server)]
    Quiet(u32),
    /// Somebody said something.
    #[event(server)]
    Said(Line),
    /// So many did that some of it went past.
    #[event(server)]
    Missed,
    /// The visitor chose a name, here or in another tab.
    #[event(server)]
    Renamed(String),
    /// Somebody came, left, or began to type.
    #[event(server)]
    Here,
}
