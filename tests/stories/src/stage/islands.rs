//! The islands on the stage.

use std::time::Duration;

use holm::nest;
use holm::prelude::{Cx, Deserialize, Event, Island, Markup, Serialize, html};

/// The counter of the budget: 42 to 43 is the event every figure is about.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Counter {
    /// What it shows.
    pub count: i64,
}

/// What a [`Counter`] takes.
#[derive(Debug, Event)]
pub enum Press {
    /// One more.
    Inc,
    /// One less.
    Dec,
    /// This much.
    Set {
        /// How much.
        to: i64,
    },
    /// Nothing that shows.
    Noop,
}

impl Island for Counter {
    type Event = Press;

    fn render(&self) -> Markup {
        html! {
            button data-live=(Press::Dec) { "-" }
            output { "live: " (self.count) }
            button data-live=(Press::Inc) { "+" }
        }
    }

    async fn on(&mut self, event: Press, _cx: &mut Cx<Press>) -> holm::Result {
        match event {
            Press::Inc => self.count += 1,
            Press::Dec => self.count -= 1,
            Press::Set { to } => self.count = to,
            Press::Noop => {}
        }
        Ok(())
    }
}

/// One row of [`Rows`].
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Row {
    /// Its key.
    pub id: u32,
    /// Its text.
    pub text: String,
}

/// A keyed table.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Rows {
    /// The rows, top to bottom.
    pub rows: Vec<Row>,
    /// The next row's key.
    pub next: u32,
}

impl Rows {
    /// A table of this many rows, keys from 1.
    pub fn of(count: u32) -> Self {
        let rows = (1..=count).map(|id| Row { id, text: format!("row {id}") }).collect();
        Self { rows, next: count + 1 }
    }
}

/// What [`Rows`] take.
#[derive(Debug, Event)]
pub enum Arrange {
    /// A new first row.
    Prepend,
    /// The second and the last but one change places.
    Swap,
    /// Last to first.
    Reverse,
    /// By key.
    Sort,
    /// One row goes.
    Delete {
        /// Its key.
        id: u32,
    },
    /// One row's text changes.
    Edit {
        /// Its key.
        id: u32,
        /// The new text.
        text: String,
    },
}

impl Island for Rows {
    type Event = Arrange;

    fn render(&self) -> Markup {
        html! {
            button data-live=(Arrange::Prepend) { "prepend" }
            button data-live=(Arrange::Swap) { "swap" }
            button data-live=(Arrange::Reverse) { "reverse" }
            button data-live=(Arrange::Sort) { "sort" }
            table { tbody {
                @for row in &self.rows {
                    tr data-key=(row.id) {
                        td { (row.id) }
                        td { (row.text) }
                        td { button data-live=(Arrange::Edit { id: row.id, text: format!("edited {}", row.id) }) { "edit" } }
                    }
                }
            } }
        }
    }

    async fn on(&mut self, event: Arrange, _cx: &mut Cx<Arrange>) -> holm::Result {
        match event {
            Arrange::Prepend => {
                let id = self.next;
                self.next += 1;
                self.rows.insert(0, Row { id, text: format!("row {id}") });
            }
            Arrange::Swap => {
                let last = self.rows.len() - 2;
                self.rows.swap(1, last);
            }
            Arrange::Reverse => self.rows.reverse(),
            Arrange::Sort => self.rows.sort_by_key(|row| row.id),
            Arrange::Delete { id } => self.rows.retain(|row| row.id != id),
            Arrange::Edit { id, text } => {
                if let Some(row) = self.rows.iter_mut().find(|row| row.id == id) {
                    row.text = text;
                }
            }
        }
        Ok(())
    }
}

/// An island that misbehaves on demand.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Mood {
    /// How many events went well.
    pub good: u32,
}

/// What a [`Mood`] takes.
#[derive(Debug, Event)]
pub enum Whim {
    /// Goes well.
    Fine,
    /// Returns an error after it has changed its state.
    Fail,
    /// Panics after it has changed its state.
    Panic,
    /// Takes this many milliseconds.
    Dawdle {
        /// Milliseconds.
        ms: u64,
    },
}

impl Island for Mood {
    type Event = Whim;

    fn render(&self) -> Markup {
        html! {
            button data-live=(Whim::Fine) { "fine" }
            button data-live=(Whim::Fail) { "fail" }
            button data-live=(Whim::Panic) { "panic" }
            button data-live=(Whim::Dawdle { ms: 2_000 }) { "dawdle" }
            p { "good: " (self.good) }
        }
    }

    async fn on(&mut self, event: Whim, _cx: &mut Cx<Whim>) -> holm::Result {
        self.good += 1;
        match event {
            Whim::Fine => Ok(()),
            Whim::Fail => Err(std::io::Error::other("the till is empty").into()),
            Whim::Panic => panic!("a panic on purpose"),
            Whim::Dawdle { ms } => {
                tokio::time::sleep(Duration::from_millis(ms)).await;
                Ok(())
            }
        }
    }
}

/// An island with islands inside.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Board {
    /// The keys of its children, in order.
    pub keys: Vec<u32>,
}

/// What a [`Board`] takes.
#[derive(Debug, Event)]
pub enum Shuffle {
    /// One more child, in front.
    Add,
    /// The last child goes.
    Drop,
    /// Last to first.
    Reverse,
}

impl Island for Board {
    type Event = Shuffle;

    fn render(&self) -> Markup {
        html! {
            button data-live=(Shuffle::Add) { "add" }
            button data-live=(Shuffle::Drop) { "drop" }
            button data-live=(Shuffle::Reverse) { "reverse" }
            p { "children: " (self.keys.len()) }
            (nest("fixed", Child { pressed: 0 }))
            ul { @for key in &self.keys { li data-key=(key) { (nest(&format!("child-{key}"), Child { pressed: *key })) } } }
        }
    }

    async fn on(&mut self, event: Shuffle, _cx: &mut Cx<Shuffle>) -> holm::Result {
        match event {
            Shuffle::Add => self.keys.insert(0, u32::try_from(self.keys.len()).unwrap_or(0) + 1),
            Shuffle::Drop => drop(self.keys.pop()),
            Shuffle::Reverse => self.keys.reverse(),
        }
        Ok(())
    }
}

/// An island inside a [`Board`].
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Child {
    /// How often it was pressed.
    pub pressed: u32,
}

/// What a [`Child`] takes.
#[derive(Debug, Event)]
pub enum Tap {
    /// One more.
    Tap,
}

impl Island for Child {
    type Event = Tap;

    fn render(&self) -> Markup {
        html! { button.tap data-live=(Tap::Tap) { "tapped " (self.pressed) } }
    }

    async fn on(&mut self, _event: Tap, _cx: &mut Cx<Tap>) -> holm::Result {
        self.pressed += 1;
        Ok(())
    }
}

/// An island that changes with no event of the page's.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Ticker {
    /// How often it ticked.
    pub ticks: u32,
    /// So much text that a slow reader falls behind.
    pub load: usize,
}

/// What a [`Ticker`] takes.
#[derive(Debug, Event)]
pub enum Beat {
    /// Starts ticking every so many milliseconds, with so many bytes of text each time.
    Start {
        /// Milliseconds.
        every: u64,
        /// Bytes.
        load: usize,
    },
    /// Sends the page's scripts a value, and sets the title.
    Push,
    /// One tick.
    #[event(server)]
    Tick,
}

impl Island for Ticker {
    type Event = Beat;

    fn render(&self) -> Markup {
        let filler = char::from(b'a' + u8::try_from(self.ticks % 26).unwrap_or(0)).to_string();
        html! {
            button data-live=(Beat::Start { every: 20, load: 0 }) { "start" }
            button data-live=(Beat::Push) { "push" }
            output { (self.ticks) }
            p { (filler.repeat(self.load)) }
        }
    }

    async fn on(&mut self, event: Beat, cx: &mut Cx<Beat>) -> holm::Result {
        match event {
            Beat::Start { every, load } => {
                self.load = load;
                cx.every(Duration::from_millis(every), || Beat::Tick);
            }
            Beat::Push => {
                cx.push("ticked", self.ticks);
                cx.title("Pushed");
            }
            Beat::Tick => self.ticks += 1,
        }
        Ok(())
    }
}

/// A form.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Field {
    /// What was submitted last.
    pub said: String,
}

/// What a [`Field`] takes.
#[derive(Debug, Event)]
pub enum Say {
    /// Takes the form's text.
    Say {
        /// The text.
        text: String,
    },
}

impl Island for Field {
    type Event = Say;

    fn render(&self) -> Markup {
        html! {
            form method="get" data-live-submit=(Say::say_event()) {
                label { "Text " input name="text" autocomplete="off"; }
                button { "say" }
            }
            p #said { "said: " (self.said) }
        }
    }

    async fn on(&mut self, Say::Say { text }: Say, _cx: &mut Cx<Say>) -> holm::Result {
        self.said = text;
        Ok(())
    }
}
