//! A form that the server changes while somebody types in it.

use std::time::Duration;

use holm::prelude::{Cx, Deserialize, Event, Island, Markup, Serialize, html};

/// A form around a field and a text area: what stands before, between and on them changes with every beat.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Busy {
    /// How many beats there were.
    pub beats: u32,
    /// What was sent last.
    pub said: String,
}

/// What a [`Busy`] form takes.
#[derive(Debug, Event)]
pub enum Bustle {
    /// Starts changing ten times a second.
    Start,
    /// Takes the form.
    Say {
        /// The field's text.
        line: String,
        /// The text area's text.
        text: String,
    },
    /// One change.
    #[event(server)]
    Beat,
}

impl Island for Busy {
    type Event = Bustle;

    fn render(&self) -> Markup {
        let beat = self.beats;
        html! {
            button #start data-live=(Bustle::Start) { "start" }
            form data-live-submit=(Bustle::say_event()) class={ "beat-" (beat % 2) } {
                @for note in (beat..beat + 3).rev() { p data-key={ "note-" (note) } { "note " (note) } }
                label { "Line " (beat) " " input #line name="line" autocomplete="off" placeholder={ "at beat " (beat) } title={ "beat " (beat) }; }
                @if beat.is_multiple_of(3) { em { "every third" } }
                label { "Text " (beat) " " textarea #text name="text" rows=(2 + beat % 3) {} }
                output { (beat) }
                button #send { "send " (beat) }
            }
            p #said { (self.said) }
        }
    }

    async fn on(&mut self, event: Bustle, cx: &mut Cx<Bustle>) -> holm::Result {
        match event {
            Bustle::Start => cx.every(Duration::from_millis(100), || Bustle::Beat),
            Bustle::Say { line, text } => self.said = format!("{line}|{text}"),
            Bustle::Beat => self.beats += 1,
        }
        Ok(())
    }
}
