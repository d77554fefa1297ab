//! Islands that only measurements need: a form's worth of state, and changes that come while a page is away.

use std::time::Duration;

use holm::prelude::{Cx, Deserialize, Event, Island, Markup, Serialize, html};
use stories::stage::{Counter, Rows};

/// How long after [`Late::Soon`] the change comes: after the page has let its connection go.
pub const LATER: Duration = Duration::from_millis(300);

/// The row that changes in a [`LateTable`], by its place.
const ROW: usize = 500;

/// Events of islands that change later.
#[derive(Debug, Event)]
pub enum Late {
    /// Changes after [`LATER`].
    Soon,
    /// Changes at once.
    Now,
    /// The time has come.
    #[event(server)]
    Then,
}

/// The counter of the budgets, changed by a timer.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct LateCounter(
    /// What it shows.
    pub Counter,
);

impl Island for LateCounter {
    type Event = Late;

    fn render(&self) -> Markup {
        self.0.render()
    }

    async fn on(&mut self, event: Late, cx: &mut Cx<Late>) -> holm::Result {
        match event {
            Late::Soon => cx.send_after(LATER, Late::Then),
            Late::Now | Late::Then => self.0.count += 1,
        }
        Ok(())
    }
}

/// The table of the budgets, one cell of which is changed by a timer.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct LateTable(
    /// What it shows.
    pub Rows,
);

impl Island for LateTable {
    type Event = Late;

    fn render(&self) -> Markup {
        self.0.render()
    }

    async fn on(&mut self, event: Late, cx: &mut Cx<Late>) -> holm::Result {
        match event {
            Late::Soon => cx.send_after(LATER, Late::Then),
            Late::Now | Late::Then => {
                if let Some(row) = self.0.rows.get_mut(ROW) {
                    let text = if row.text == "row 777" { "row 778" } else { "row 777" };
                    text.clone_into(&mut row.text);
                }
            }
        }
        Ok(())
    }
}

/// What a form of some length holds: an order, half filled in.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Order {
    name: String,
    street: String,
    place: String,
    mail: String,
    remark: String,
    wanted: Vec<(String, u32)>,
    problems: Vec<String>,
}

/// What an [`Order`] takes.
#[derive(Debug, Event)]
pub enum Write {
    /// Another remark.
    Remark {
        /// The text.
        text: String,
    },
}

impl Order {
    /// One as a person fills it in.
    pub fn filled() -> Self {
        Self {
            name: "Marit Lindqvist".into(),
            street: "Hamngatan 14, second floor".into(),
            place: "621 57 Visby".into(),
            mail: "marit@lindqvist.example".into(),
            remark: "Please ring twice, the bell is old.".into(),
            wanted: [("rope, 12 mm", 40), ("shackle, bow", 6), ("fender, white", 4)]
                .map(|(what, count)| (what.to_owned(), count))
                .into(),
            problems: vec!["The telephone number is missing.".into()],
        }
    }
}

impl Island for Order {
    type Event = Write;

    fn render(&self) -> Markup {
        html! {
            form data-live-submit="remark" {
                @for (label, value) in [
                    ("Name", &self.name), ("Street", &self.street), ("Place", &self.place), ("Mail", &self.mail),
                ] {
                    label { (label) input name=(label) value=(value); }
                }
                label { "Remark" textarea name="text" { (self.remark) } }
                ul { @for (what, count) in &self.wanted { li { (count) " × " (what) } } }
                @for problem in &self.problems { p.problem { (problem) } }
                button { "Send" }
            }
        }
    }

    async fn on(&mut self, Write::Remark { text }: Write, _cx: &mut Cx<Write>) -> holm::Result {
        self.remark = text;
        Ok(())
    }
}
