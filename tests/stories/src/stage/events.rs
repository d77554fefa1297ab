//! Every kind of event: a log of what came, and elements that send.

use std::time::Duration;

use holm::prelude::{Cx, Deserialize, Event, Island, Markup, Page, Serialize, Slot, html};

/// Sends events of every kind and logs what came.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Sender {
    log: Vec<String>,
    /// How far one has scrolled.
    page: u32,
    /// A field that the server writes in capitals.
    loud: String,
    /// A field that the server echoes.
    echo: String,
    ticked: bool,
    open: bool,
}

/// What a [`Sender`] takes. Each logs itself.
#[derive(Debug, Event)]
pub enum Sent {
    /// A field was typed in.
    Typed {
        /// Its value.
        q: String,
    },
    /// Another field that waits for quiet.
    Quiet {
        /// Its value.
        value: String,
    },
    /// A field that is heard at most so often.
    Often {
        /// Its value.
        value: String,
    },
    /// A field of the form below changed, or all of them were submitted.
    Form {
        #[allow(missing_docs, reason = "a field of the form")]
        #[serde(default)]
        line: String,
        #[allow(missing_docs, reason = "a field of the form")]
        #[serde(default)]
        tick: Vec<String>,
        #[allow(missing_docs, reason = "a field of the form")]
        #[serde(default)]
        choice: Vec<String>,
        #[allow(missing_docs, reason = "a field of the form")]
        #[serde(default)]
        many: Vec<String>,
        #[allow(missing_docs, reason = "a field of the form")]
        #[serde(default)]
        outside: String,
        #[allow(missing_docs, reason = "a field of the form")]
        #[serde(default)]
        custom: String,
        #[allow(missing_docs, reason = "a field of the form")]
        #[serde(default)]
        by: String,
        #[allow(missing_docs, reason = "a field of the form")]
        #[serde(default)]
        form_id: u32,
    },
    /// A choice was made.
    Chose {
        /// Where.
        #[serde(default)]
        row_id: u32,
        /// What.
        #[serde(default)]
        pick: Vec<String>,
    },
    /// A key was pressed.
    Key {
        /// `down`, `up` or `window`.
        on: String,
        #[allow(missing_docs, reason = "as in a KeyboardEvent")]
        key: String,
        #[allow(missing_docs, reason = "as in a KeyboardEvent")]
        code: String,
        #[allow(missing_docs, reason = "as in a KeyboardEvent")]
        #[serde(default)]
        ctrl: bool,
        #[allow(missing_docs, reason = "as in a KeyboardEvent")]
        #[serde(default)]
        shift: bool,
        /// The value of the field.
        #[serde(default)]
        value: String,
    },
    /// A pointer's place.
    Point {
        /// Which kind.
        on: String,
        #[allow(missing_docs, reason = "as in the attribute table")]
        x: i32,
        #[allow(missing_docs, reason = "as in the attribute table")]
        y: i32,
        #[allow(missing_docs, reason = "as in the attribute table")]
        width: u32,
        #[allow(missing_docs, reason = "as in the attribute table")]
        height: u32,
        #[allow(missing_docs, reason = "as in the attribute table")]
        button: i32,
        #[allow(missing_docs, reason = "as in the attribute table")]
        buttons: u32,
    },
    /// Something without more to say.
    Plain {
        /// What.
        on: String,
    },
    /// The end of the page is in view.
    More(u32),
    /// Writes the value in capitals.
    Loud {
        /// The value.
        value: String,
    },
    /// Keeps the value.
    Echo {
        /// The value.
        value: String,
    },
    /// Keeps the tick, after a while.
    Tick {
        /// Whether it is there.
        #[serde(default)]
        tick: bool,
    },
    /// Clears what the server knows of the fields.
    Clear,
    /// Shows what is not there at first.
    Open,
    /// Takes its time.
    Slow,
    /// Is refused.
    Fail,
}

impl Island for Sender {
    type Event = Sent;

    fn render(&self) -> Markup {
        html! {
            input #typed name="q" data-live-input=(Sent::typed_event()) autocomplete="off";
            input #quiet data-live-input=(Sent::quiet_event()) data-live-debounce="600000" autocomplete="off";
            input #soon data-live-input=(Sent::quiet_event()) data-live-debounce="50" autocomplete="off";
            input #often data-live-input=(Sent::often_event()) data-live-throttle="400" autocomplete="off";
            button #plain data-live=(Sent::plain_event()) data-value-on="click" { "plain" }
            button #named data-live=(Sent::plain_event()) name="on" value="named" { "named" }
            button #literal data-live=(Sent::More(7)) data-value-on="ignored" { "literal" }
            button #slow data-live=(Sent::Slow) { "slow" }
            button #fail data-live=(Sent::Fail) { "fail" }
            select #choice name="pick" data-live-change=(Sent::chose_event()) data-value-row-id="7" {
                option { "a" } option { "b" }
            }
            select #choices name="pick" multiple data-live-change=(Sent::chose_event()) { option { "a" } option { "b" } option { "c" } }
            input #choose type="checkbox" name="pick" value="yes" data-live-change=(Sent::chose_event());
            input #never type="checkbox" disabled name="pick" data-live-change=(Sent::chose_event());
            input #keys data-live-keydown=(Sent::key_event()) data-live-keys="Enter Escape ctrl+k ArrowDown" data-value-on="down";
            div #pad tabindex="0" data-live-keydown=(Sent::key_event()) data-live-keyup=(Sent::key_event()) data-value-on="pad" { "pad " input #inner; }
            div data-live-window-keydown=(Sent::key_event()) data-live-keys="j mod+j" data-value-on="window" { "j" }
            div #edge data-live-focus=(Sent::plain_event()) data-live-blur=(Sent::plain_event()) data-value-on="edge" {
                input #edge-a; input #edge-b;
            }
            p #twice data-live-dblclick=(Sent::plain_event()) data-value-on="dblclick" { "twice" }
            div #area data-live-pointer=(Sent::point_event()) data-value-on="down" { "a pointer's area" }
            div #moves data-live-pointermove=(Sent::point_event()) data-live-pointerup=(Sent::point_event()) data-live-throttle="600000" data-value-on="move" { "moves" }
            form #form data-live-change=(Sent::form_event()) data-live-submit=(Sent::form_event()) data-value-form-id="3" {
                input #line name="line" autocomplete="off" data-live-input=(Sent::typed_event()) data-value-q="from the form" data-live-debounce="600000";
                input #tick-a type="checkbox" name="tick" value="a"; input #tick-b type="checkbox" name="tick" value="b";
                input #radio-a type="radio" name="choice" value="a"; input #radio-b type="radio" name="choice" value="b";
                select #many name="many" multiple { option { "x" } option { "y" } option { "z" } }
                holm-test-field #custom name="custom" data-live-ignore {}
                button #first name="by" value="first" { "first" }
                button #second name="by" value="second" { "second" }
            }
            input #outside name="outside" form="form" autocomplete="off";
            input #loud data-live-input=(Sent::loud_event()) value=(self.loud) autocomplete="off";
            input #echo data-live-input=(Sent::echo_event()) value=(self.echo) autocomplete="off";
            input #ticked type="checkbox" name="tick" value="true" checked[self.ticked] data-live-change=(Sent::tick_event());
            button #clear data-live=(Sent::Clear) { "clear" }
            button #open data-live=(Sent::Open) { "open" }
            @if self.open {
                input #late name="q" data-live-input=(Sent::typed_event()) data-live-debounce="600000" autocomplete="off";
            }
            p #error data-live-error data-live-ignore role="alert" {}
            ol #log { @for (number, line) in self.log.iter().enumerate() { li data-key={ "log-" (number) } { (line) } } }
        }
    }

    async fn on(&mut self, event: Sent, _: &mut Cx<Sent>) -> holm::Result {
        self.log.push(format!("{event:?}"));
        match event {
            Sent::Loud { value } => self.loud = value.to_uppercase(),
            Sent::Echo { value } => self.echo = value,
            Sent::Tick { tick } => self.ticked = tick,
            Sent::Clear => (self.loud, self.echo, self.ticked) = Default::default(),
            Sent::Open => self.open = !self.open,
            Sent::Slow => tokio::time::sleep(Duration::from_millis(300)).await,
            Sent::Fail => return Err(holm::Error::public("It would not do.")),
            Sent::More(page) => self.page = page,
            _ => {}
        }
        Ok(())
    }
}

/// A list that grows as one scrolls to its end.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Endless {
    pages: u32,
    times: u32,
    shown: bool,
}

/// What an [`Endless`] list takes.
#[derive(Debug, Event)]
pub enum Scroll {
    /// The end is in view.
    More {
        /// Which page comes next.
        page: u32,
    },
    /// The top is in view, again.
    Top,
    /// Shows the list, which is not there at first.
    Show,
}

impl Island for Endless {
    type Event = Scroll;

    fn render(&self) -> Markup {
        html! {
            button #show data-live=(Scroll::Show) { "show" }
            @if self.shown {
                p #top data-live-visible=(Scroll::Top) data-live-visible-each { "top, " output #times { (self.times) } }
                @for page in 0..=self.pages { div.screen data-key={ "page-" (page) } { @for _ in 0..60 { p { "page " (page) } } } }
                @if self.pages < 3 { p #end data-live-visible=(Scroll::More { page: self.pages + 1 }) { "more" } }
            }
        }
    }

    async fn on(&mut self, event: Scroll, _: &mut Cx<Scroll>) -> holm::Result {
        match event {
            Scroll::More { page } => self.pages = page,
            Scroll::Top => self.times += 1,
            Scroll::Show => self.shown = true,
        }
        Ok(())
    }
}

pub(super) async fn page(page: Page) -> Page {
    page.title("Events").lang("en").body(|p: &Slot| html! { h1 { "Events" } (p.island(Sender::default())) })
}

pub(super) async fn endless(page: Page) -> Page {
    page.title("Endless")
        .lang("en")
        .body(|p: &Slot| html! { h1 { "Endless" } (p.island(Endless::default())) })
}
