//! One task: what it holds, what its name may be, and its row.

use holm::act::Act;
use holm::form::FieldErrors;
use holm::prelude::*;

use super::Do;

/// Tasks at most, and letters of a name.
pub(super) const MOST: usize = 50;
const LETTERS: usize = 80;
/// Minutes at most: a day's work.
const DAY: u16 = 480;

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Task {
    pub(super) id: u32,
    pub(super) name: String,
    pub(super) minutes: u16,
    pub(super) done: bool,
}

/// What the form for a new task holds. The type takes more than a day has, and nothing, so that one rule says what is wrong
/// of the minutes, beside what is wrong of the name.
#[derive(Serialize, Deserialize)]
pub(crate) struct Draft {
    name: String,
    minutes: Option<i64>,
}

/// A name without space around it, or why it is none; `id` is the task that is to have it.
pub(super) fn name(name: &str, id: u32, tasks: &[Task]) -> Result<String, &'static str> {
    let name = name.trim();
    if name.is_empty() {
        Err("What shall it be?")
    } else if name.chars().count() > LETTERS {
        Err("Shorter, please: 80 letters at most.")
    } else if tasks.iter().any(|task| task.id != id && task.name.eq_ignore_ascii_case(name)) {
        Err("That is on the list already.")
    } else {
        Ok(name.to_owned())
    }
}

/// What the types do not say: a new name, and minutes that fit into a day.
pub(super) fn look_at(draft: &Draft, tasks: &[Task]) -> Result<(String, u16), FieldErrors> {
    let mut errors = FieldErrors::default();
    let name = name(&draft.name, 0, tasks).map_err(|sentence| errors.add("name", sentence));
    let minutes = draft
        .minutes
        .and_then(|minutes| minutes.try_into().ok())
        .filter(|minutes| (1..=DAY).contains(minutes));
    if minutes.is_none() {
        errors.add("minutes", "Between 1 and 480 minutes.");
    }
    name.ok().zip(minutes).ok_or(errors)
}

impl Task {
    pub(super) fn row(&self) -> Markup {
        let Self { id, name, minutes, done } = self;
        // The tick is there at once; the server's answer brings the same, or takes it back.
        let tick = Act::attr("this", "aria-checked", (!done).to_string());
        html! {
            li id={ "t" (id) } {
                button.check role="checkbox" aria-checked=(done) aria-label={ "Done: " (name) }
                    data-live=(Do::Tick(*id)) data-live-optimistic=(tick) { span aria-hidden="true" { "✓" } }
                span.name data-live-dblclick=(Do::Rename(*id)) { (name) " " small { (minutes) " min" } }
                button.quiet.rename data-live=(Do::Rename(*id)) aria-label={ "Rename " (name) } { "✎" }
                button.quiet.delete data-live=(Do::Delete(*id)) aria-label={ "Delete " (name) } { "×" }
            }
        }
    }

    /// The row while its name is being changed. What is typed is told when the field is left, so that nothing that
    /// is pressed then throws it away.
    pub(super) fn form(&self, typed: &str, errors: &FieldErrors) -> Markup {
        let prefix = format!("t{}", self.id);
        let at = errors.at(&prefix);
        html! {
            li id={ "t" (self.id) } {
                form.renaming novalidate data-live-submit=(Do::save_event()) data-value-id=(self.id) {
                    input name="name" value=(typed) aria-label="New name" autocomplete="off"
                        data-live-change=(Do::keep_event()) data-value-id=(self.id)
                        data-live-keydown=(Do::GiveUp) data-live-keys="Escape"
                        aria-invalid=[at.invalid("name")] aria-describedby=[at.described("name")];
                    button { "Save" }
                    button.quiet data-live=(Do::GiveUp) { "Cancel" }
                    (at.show("name"))
                }
            }
        }
    }
}
