//! What a page does before, without and after an answer.

use std::time::Duration;

use holm::act::Act;
use holm::prelude::*;

/// Notes, a like, a form, and a surface that goes on changing.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Hint {
    liked: bool,
    refuses: bool,
    notes: Vec<(u32, String)>,
    next: u32,
    beats: u32,
    said: String,
    looked: String,
    gone: bool,
    chart: String,
}

/// What a [`Hint`] takes.
#[derive(Debug, Event)]
pub enum Do {
    /// Likes, or likes no more.
    Like,
    /// From now on likes and notes are refused, or taken again.
    Refuse,
    /// A note more.
    Note {
        /// What it says.
        text: String,
    },
    /// A note less.
    Drop {
        /// Which.
        id: u32,
    },
    /// Changes begin, every 20 ms.
    Start,
    /// One of them.
    #[event(server)]
    Beat,
    /// Takes a form, and empties it.
    Say {
        /// What it says.
        line: String,
    },
    /// Empties the same form from outside.
    Clear,
    /// Empties it a little later.
    Tidy,
    /// That is now.
    #[event(server)]
    Tidied,
    /// Something is typed.
    Look {
        /// What.
        line: String,
    },
    /// The button that is liked with goes away.
    Gone,
    /// A chart's points.
    Chart {
        /// They.
        points: String,
    },
    /// The focus moves to a heading.
    Lead,
    /// A dialog opens.
    Ask,
}

impl Hint {
    fn taken(&self) -> holm::Result {
        if self.refuses { Err(holm::Error::public("Not today.")) } else { Ok(()) }
    }
}

impl Island for Hint {
    type Event = Do;

    fn render(&self) -> Markup {
        let like = Act::class("this", "liked").toggle_attr("this", "data-on").text("#heart", "♥");
        html! {
            h2 #top { "Beat " output #beats { (self.beats) } }
            button #start data-live=(Do::Start) { "start" }
            button #refuse data-live=(Do::Refuse) { "refuse: " (self.refuses) }
            button #gone data-live=(Do::Gone) { "gone" }
            button #lead data-live=(Do::Lead) { "lead" }
            button #ask data-live=(Do::Ask) { "ask" }
            dialog #asked { button #yes { "Yes" } }
            p #error data-live-error data-live-ignore {}
            section #likes class={ "beat-" (self.beats % 2) } {
                @if !self.gone {
                    @let class = if self.liked { "heart liked" } else { "heart" };
                    button #like class=(class) data-on[self.liked] title={ "beat " (self.beats) }
                        data-live=(Do::Like) data-live-optimistic=(like) { "Like" }
                    span #heart { (if self.liked { "♥" } else { "♡" }) }
                }
            }
            ul #notes {
                @for (id, text) in &self.notes {
                    li data-key=(id) {
                        (text) " " small { (self.beats) }
                        button data-live=(Do::Drop { id: *id }) data-live-optimistic=(Act::remove("closest:li")) { "drop " (text) }
                    }
                }
            }
            template #note { li .pending title="{text}" href="{text}" { b { "{text}" } } }
            form #add data-live-submit=(Do::note_event()) data-live-reset data-live-disable="Adding…"
                data-live-optimistic=(Act::append("#notes", "#note")) {
                input #note-text name="text" autocomplete="off";
                button #note-send { b { "Add" } }
                button #note-other type="button" { "Other" }
            }
            form #say data-live-submit=(Do::say_event()) {
                input #line name="line" value="first" autocomplete="off" data-live-input=(Do::look_event());
                input #tick type="checkbox" name="tick";
                input #blue type="radio" name="colour" value="blue" checked;
                input #red type="radio" name="colour" value="red";
                select #pick name="pick" { option { "one" } option selected { "two" } }
                textarea #area name="area" { "so" }
                input #file type="file" name="file";
                button #say-send { "Say" }
            }
            button #clear data-live=(Do::Clear) data-live-disable { "Clear" }
            button #tidy data-live=(Do::Tidy) { "Clear later" }
            p #said { (self.said) "|" (self.looked) }
            p #status role="status" { "Beat " (self.beats) }
            @if !self.gone { div #chart data-live-widget="chart" data-live-ignore data-points=(self.chart) {} }
            button #more data-live=(Do::Chart { points: format!("{}1", self.chart) }) { "more points" }
            // What needs no server.
            button #opener type="button" aria-expanded="false" data-live-do=(Act::toggle("#menu").focus("#menu-first")) { "Menu" }
            div #menu hidden {
                button #menu-first type="button" { "first" }
                button #menu-close type="button" data-live-do=(Act::hide("closest:div").focus("#opener")) { "close" }
            }
            button #painter type="button" data-live-do=(Act::class("#top", "painted").attr("#top", "lang", "en")) { "Paint" }
            button #copier type="button" data-live-do=(Act::copy("#line")) { "Copy" }
            button #wrong type="button" data-live-do="fly #top;hide #nowhere;class [ on;attr this onclick x" { "Wrong" }
            (words())
            select #chooser data-live-do=(Act::toggle("#menu")) data-live-do-on="change" { option { "a" } option { "b" } }
        }
    }

    async fn on(&mut self, event: Do, cx: &mut Cx<Do>) -> holm::Result {
        match event {
            Do::Like => {
                self.taken()?;
                self.liked = !self.liked;
            }
            Do::Refuse => self.refuses = !self.refuses,
            Do::Note { text } => {
                self.taken()?;
                self.next += 1;
                self.notes.push((self.next, text));
            }
            Do::Drop { id } => {
                self.taken()?;
                self.notes.retain(|note| note.0 != id);
            }
            Do::Start => cx.every(Duration::from_millis(20), || Do::Beat),
            Do::Beat => self.beats += 1,
            Do::Say { line } => {
                self.said = line;
                cx.reset("form#say");
            }
            Do::Clear => cx.act(Act::reset("#say")),
            Do::Tidy => cx.send_after(Duration::from_millis(300), Do::Tidied),
            Do::Tidied => cx.reset("#say"),
            Do::Look { line } => self.looked = line,
            Do::Gone => self.gone = true,
            Do::Chart { points } => self.chart = points,
            Do::Ask => cx.act(Act::open("#asked")),
            Do::Lead => cx.act(Act::focus("#top").add_class("#top", "led")),
        }
        Ok(())
    }
}

/// The words that the rest of the page does without.
fn words() -> Markup {
    html! {
        button #selector type="button" data-live-do=(Act::select("#note-text")) { "Select" }
        details #fold { summary { "Fold" } "folded" }
        button #unfold type="button" data-live-do=(Act::open("#fold")) { "Unfold" }
        button #refold type="button" data-live-do=(Act::close("#fold")) { "Fold again" }
        div #pop popover="manual" { "pop" }
        button #popper type="button" data-live-do=(Act::open("#pop").add_class("#top", "over")) { "Pop" }
        button #unpopper type="button" data-live-do=(Act::close("#pop").remove_class("#top", "over")) { "Unpop" }
        div #keyed tabindex="0" data-live-do=(Act::show("#menu")) data-live-do-on="keydown" data-live-keys="Escape" { "Keys" }
    }
}

pub(super) async fn page(page: Page) -> Page {
    page.title("Hint").lang("en").body(|p: &Slot| {
        html! {
            h1 { "Hint" }
            (p.island(Hint::default()))
            // Outside of every island.
            button #outer type="button" data-live-do=(Act::open("#box")) { "Open" }
            dialog #box { button #shut type="button" data-live-do=(Act::close("closest:dialog")) { "Shut" } }
            a #link href="/nowhere" data-live-do=(Act::toggle("#far")) { "Far" }
            p #far hidden { "far" }
        }
    })
}
