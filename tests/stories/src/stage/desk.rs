//! A desk: a control of every kind, each known to the server, which goes on changing around them.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use axum::extract::Query;
use holm::act::Act;
use holm::prelude::*;

/// What the rows are called.
const ROWS: [u32; 5] = [1, 2, 3, 4, 5];

/// How often somebody has liked, or liked no more.
static LIKES: AtomicU32 = AtomicU32::new(0);

/// Knows what its fields hold, and beats so often.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Desk {
    /// Milliseconds between two beats; 0 is none.
    every: u64,
    beats: u32,
    plain: String,
    echo: String,
    slow: String,
    area: String,
    loud: String,
    rows: BTreeMap<u32, String>,
    tick: bool,
    colour: String,
    pick: String,
    many: Vec<String>,
    log: Vec<String>,
    liked: bool,
    likes: u32,
}

/// What reaches a [`Desk`].
#[derive(Debug, Event)]
#[allow(missing_docs, reason = "fields are called as the controls are")]
pub enum Note {
    /// A field that is written back as it is.
    Echo { echo: String },
    /// The same, when its typist pauses.
    Slow { slow: String },
    /// The same in a text area.
    Area { area: String },
    /// A field that is written back trimmed and in capitals.
    Loud { loud: String },
    /// A field of a row.
    Row { id: u32, value: String },
    /// A box.
    Tick {
        #[serde(default)]
        tick: bool,
    },
    /// Radio buttons.
    Colour { colour: String },
    /// A choice.
    Pick { pick: String },
    /// Several choices.
    Many {
        #[serde(default)]
        many: Vec<String>,
    },
    /// A field of the form below, when its typist pauses.
    Line { line: String },
    /// The form.
    Send { line: String, plain: String },
    /// Likes, or likes no more; each seventh time it is refused.
    Like,
    /// Nothing.
    Nothing,
    /// One change.
    #[event(server)]
    Beat,
}

impl Desk {
    fn fields(&self) -> Markup {
        let beat = self.beats;
        html! {
            input #echo name="echo" title={ "beat " (beat) } value=(self.echo) autocomplete="off" data-live-input=(Note::echo_event());
            input #slow name="slow" value=(self.slow) autocomplete="off" data-live-input=(Note::slow_event()) data-live-debounce="150";
            @if beat.is_multiple_of(3) { em { "every third" } }
            textarea #area name="area" rows=(2 + beat % 2) data-live-input=(Note::area_event()) { (self.area) }
            input #loud name="loud" value=(self.loud) autocomplete="off" data-live-input=(Note::loud_event());
            ul #rows {
                @for at in 0..ROWS.len() {
                    @let id = ROWS[(at + beat as usize * 2) % ROWS.len()];
                    @let value = self.rows.get(&id).map_or("", String::as_str);
                    li data-key=(id) {
                        "row " (id) " at " (at) " "
                        input id={ "row-" (id) } name="value" value=(value) autocomplete="off"
                            data-live-input=(Note::row_event()) data-value-id=(id);
                        output { (value) }
                    }
                }
            }
        }
    }

    fn choices(&self) -> Markup {
        html! {
            input #tick name="tick" type="checkbox" value="true" checked[self.tick] data-live-change=(Note::tick_event());
            @for colour in ["red", "green", "blue"] {
                input id=(colour) name="colour" type="radio" value=(colour) checked[self.colour == colour] data-live-change=(Note::colour_event());
            }
            select #pick name="pick" data-live-change=(Note::pick_event()) {
                @for pick in ["a", "b", "c", "d"] { option value=(pick) selected[self.pick == pick] { (pick) " " (self.beats % 2) } }
            }
            select #many name="many" multiple data-live-change=(Note::many_event()) {
                @for pick in ["x", "y", "z"] { option value=(pick) selected[self.many.iter().any(|many| many == pick)] { (pick) } }
            }
        }
    }
}

impl Island for Desk {
    type Event = Note;

    fn render(&self) -> Markup {
        let beat = self.beats;
        html! {
            h2 { "Beat " output #beats { (beat) } }
            @for note in (beat..beat + 3).rev() { p data-key={ "note-" (note) } { "note " (note) } }
            div class={ "beat-" (beat % 2) } { (self.choices()) (self.fields()) }
            form #form data-live-submit=(Note::send_event()) {
                input #line name="line" autocomplete="off" data-live-input=(Note::line_event()) data-live-debounce="80";
                input #plain name="plain" value="from the server " autocomplete="off" placeholder={ "beat " (beat) };
                button #send { "Send" }
            }
            // What brings the other parts.
            @let like = Act::class("this", "liked").text("this", "♥");
            button #like class=(if self.liked { "liked" } else { "plain" }) data-live=(Note::Like) data-live-optimistic=(like) {
                (if self.liked { "♥" } else { "♡" })
            }
            output #likes { (self.likes) }
            button #nothing data-live=(Note::Nothing) data-live-disable="Waiting" { "Nothing" }
            div tabindex="0" data-live-keydown=(Note::Nothing) data-live-keys="F9" data-live-pointer=(Note::Nothing) { "keys" }
            p role="status" { "Sent " (self.log.len()) }
            details data-live-keep="open" { summary { "more" } input type="range" min="2" max="12" value="9"; input type="color" value="#112233"; }
            input type="date" value="2025-06-01"; input type="number" value="3"; input type="file"; progress max="9" value="4" {}
            meter value="0.4" {} input type="hidden" name="holm-none" value="h"; p contenteditable { "editable" }
            button #menu type="button" data-live-do=(Act::toggle("#more")) { "Menu" } p #more hidden { "more" }
            dl {
                @for (name, text) in [("plain", &self.plain), ("echo", &self.echo), ("slow", &self.slow), ("area", &self.area), ("loud", &self.loud),
                    ("colour", &self.colour), ("pick", &self.pick), ("many", &self.many.join(",")), ("tick", &self.tick.to_string())] {
                    dt { (name) } dd id={ "known-" (name) } { (text) }
                }
                @for (id, text) in &self.rows { dd id={ "known-row-" (id) } { (text) } }
            }
            ol #log { @for line in &self.log { li { (line) } } }
            p #error data-live-error data-live-ignore {}
        }
    }

    async fn restore(&mut self, cx: &mut Cx<Note>) -> holm::Result {
        if self.every > 0 {
            cx.every(Duration::from_millis(self.every), || Note::Beat);
        }
        Ok(())
    }

    async fn on(&mut self, event: Note, _: &mut Cx<Note>) -> holm::Result {
        match event {
            Note::Echo { echo } => self.echo = echo,
            Note::Slow { slow } => self.slow = slow,
            Note::Area { area } => self.area = area,
            Note::Loud { loud } => self.loud = loud.trim().to_uppercase(),
            Note::Row { id, value } => drop(self.rows.insert(id, value)),
            Note::Tick { tick } => self.tick = tick,
            Note::Colour { colour } => self.colour = colour,
            Note::Pick { pick } => self.pick = pick,
            Note::Many { many } => self.many = many,
            Note::Line { line } => self.log.push(format!("line {line}")),
            Note::Send { line, plain } => {
                self.log.push(format!("send {line}"));
                self.plain = plain;
            }
            Note::Like => {
                // A handler that fails changes nothing, so what it counts by is elsewhere.
                if LIKES.fetch_add(1, Ordering::Relaxed) % 7 == 6 {
                    return Err(holm::Error::public("Not this time."));
                }
                self.likes += 1;
                self.liked = !self.liked;
            }
            Note::Nothing => {}
            Note::Beat => self.beats += 1,
        }
        Ok(())
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct Pace {
    /// Milliseconds between two beats.
    #[serde(default)]
    every: u64,
}

pub(super) async fn page(page: Page, Query(Pace { every }): Query<Pace>) -> Page {
    page.title("Desk").lang("en").body(move |p: &Slot| {
        html! { h1 { "Desk" } (p.island(Desk { every, colour: "red".into(), pick: "a".into(), ..Desk::default() })) }
    })
}
