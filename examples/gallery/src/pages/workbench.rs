//! Every control there is, and a server that changes things around them ten times a second.

mod controls;
mod sheet;

use std::time::Duration;

use axum::http::header::HeaderName;
use axum::response::IntoResponse;
use holm::form::{FieldErrors, Form};
use holm::prelude::*;

use self::controls::GROUPS;
use self::sheet::Sheet;
use crate::layout::{About, layout};

pub(crate) static ABOUT: About = About {
    path: "/workbench",
    title: "Every control, while you work",
    short: "Workbench",
    summary: "Ten times a second the server changes labels, classes and choices around your hands. Nothing you do is lost.",
    file: "workbench.rs",
};

/// Between two changes.
const BEAT: Duration = Duration::from_millis(100);
/// Changes between two moves of the groups.
const MOVES: u64 = 10;

#[derive(Clone, Default, Serialize, Deserialize)]
pub(crate) struct Workbench {
    beats: u64,
    running: bool,
    /// Tells the beats of this run from those of one that was paused.
    run: u32,
    moving: bool,
    /// How often the groups have moved.
    moved: usize,
    sheet: Form<Sheet>,
    errors: FieldErrors,
    /// What the server made of the form, as names and words.
    read: Vec<(String, String)>,
}

#[derive(Event)]
pub(crate) enum Work {
    Start,
    Pause,
    Move,
    Rest,
    Save(Form<Sheet>),
    /// The browser empties the form; what was said of it goes too.
    Reset,
    #[event(server)]
    Beat(u32),
}

impl Workbench {
    fn start(&mut self, cx: &Cx<Work>) {
        self.run += 1;
        self.running = true;
        cx.send_after(BEAT, Work::Beat(self.run));
    }
}

impl Island for Workbench {
    type Event = Work;

    fn render(&self) -> Markup {
        let (play, says) = if self.running {
            (Work::Pause, "Pause the changes")
        } else {
            (Work::Start, "Start the changes")
        };
        let (shift, says_shift) = if self.moving {
            (Work::Rest, "Let the groups rest")
        } else {
            (Work::Move, "Move the groups too")
        };
        html! {
            div.workbench.beat[self.beats % 2 == 1] {
                div.bar {
                    button #play data-live=(play) { (says) }
                    button #shift.quiet data-live=(shift) { (says_shift) }
                    p { "Changes: " span.beats { (self.beats) } }
                }
                form #bench novalidate method="dialog" data-live-submit=(Work::save_event()) {
                    div.groups {
                        @for at in 0..GROUPS.len() {
                            (controls::group((at + self.moved) % GROUPS.len(), self.beats, &self.errors))
                        }
                    }
                    div.bar {
                        button { "Submit" }
                        button.quiet type="reset" data-live=(Work::Reset) { "Reset" }
                        p role="status" { @if !self.errors.is_empty() { "Some fields need another look." } @else if !self.read.is_empty() { "This is what the server read." } }
                    }
                }
                @if !self.read.is_empty() {
                    dl.read { @for (name, words) in &self.read { div { dt { (name) } dd { (words) } } } }
                }
            }
        }
    }

    async fn restore(&mut self, cx: &mut Cx<Work>) -> holm::Result {
        if self.running {
            self.start(cx);
        }
        Ok(())
    }

    async fn on(&mut self, event: Work, cx: &mut Cx<Work>) -> holm::Result {
        match event {
            Work::Start if !self.running => self.start(cx),
            Work::Pause => self.running = false,
            Work::Move => self.moving = true,
            Work::Rest => self.moving = false,
            Work::Save(form) => match form.check().and_then(Sheet::look) {
                Ok(sheet) => (self.read, self.errors) = (sheet.told(), FieldErrors::default()),
                Err(errors) => {
                    if let Some(field) = errors.first() {
                        cx.focus(format!("#bench [name={field}]"));
                    }
                    (self.read, self.errors) = (Vec::new(), errors);
                }
            },
            Work::Reset => (self.read, self.errors) = (Vec::new(), FieldErrors::default()),
            Work::Beat(run) if self.running && run == self.run => {
                self.beats += 1;
                self.moved += usize::from(self.moving && self.beats.is_multiple_of(MOVES));
                cx.send_after(BEAT, Work::Beat(run));
            }
            // Started already, or a beat of a run that was paused.
            Work::Start | Work::Beat(_) => {}
        }
        Ok(())
    }
}

/// Browsers that can say so tell whether their visitor wants less motion; for those the page begins at rest.
const MOTION: &str = "sec-ch-prefers-reduced-motion";

pub(crate) async fn page(page: Page) -> impl IntoResponse {
    let calm =
        page.parts().headers.get(MOTION).is_some_and(|value| value == "reduce" || value == "\"reduce\"");
    let hints = ["accept-ch", "critical-ch", "vary"].map(|name| (HeaderName::from_static(name), MOTION));
    let page = ABOUT.head(page).body(|p| {
        let bench = Workbench { running: !calm, ..Workbench::default() };
        let content = html! {
            div.stage { (p.island(bench)) }
            ul.notes {
                li {
                    "Type, select text, open things, scroll a box, compose a word: every tenth of a second an edit goes "
                    "through all of it. What you have typed is yours until the server sets that very field."
                }
                li {
                    "“Move the groups too” changes the order of the groups each second. They are keyed, so each "
                    "keeps its elements, with the caret, the open list and the dialog."
                }
                li { "Submit, and the server reads the form into a struct: numbers, dates, choices, ticks. What does not fit is said beside its field." }
            }
        };
        layout(&ABOUT, content)
    });
    (hints, page)
}
