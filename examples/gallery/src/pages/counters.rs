//! Three instances of one island on a page.

use holm::prelude::*;

use crate::layout::{About, layout};

pub(crate) static ABOUT: About = About {
    path: "/counters",
    title: "Three counters",
    short: "Counters",
    summary: "One struct, three islands: each keeps its own number on the server, and all share one socket.",
    file: "counters.rs",
};

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Counter {
    name: String,
    start: i64,
    count: i64,
}

#[derive(Event)]
pub(crate) enum Press {
    Inc,
    Dec,
    Set { to: i64 },
}

impl Counter {
    pub(crate) fn new(name: &str, start: i64) -> Self {
        Self { name: name.to_owned(), start, count: start }
    }
}

impl Island for Counter {
    type Event = Press;

    fn render(&self) -> Markup {
        html! {
            div.counter role="group" aria-label=(self.name) {
                p.name aria-hidden="true" { (self.name) }
                button data-live=(Press::Dec) aria-label="One less" { "\u{2212}" }
                output { (self.count) }
                button data-live=(Press::Inc) aria-label="One more" { "+" }
                button.quiet data-live=(Press::Set { to: self.start }) { "Back to " (self.start) }
            }
        }
    }

    async fn on(&mut self, event: Press, _cx: &mut Cx<Press>) -> holm::Result {
        self.count = match event {
            Press::Inc => self.count.saturating_add(1),
            Press::Dec => self.count.saturating_sub(1),
            Press::Set { to } => to,
        };
        Ok(())
    }
}

pub(crate) async fn page(page: Page) -> Page {
    ABOUT.head(page).body(|p| {
        let content = html! {
            div.stage.three {
                (p.island(Counter::new("Ferries in", 0)))
                (p.island(Counter::new("Ferries out", 7)))
                (p.island(Counter::new("Seals on the rocks", 42)))
            }
            ul.notes {
                li { "A press sends the event's name and nothing else; back comes the digit that changed." }
                li { code { "Press::Set { to: 7 }" } " travels with its payload, checked against its type on arrival." }
                li { "Stop the server and start it again: the numbers come back from the page's own seal." }
            }
        };
        layout(&ABOUT, content)
    })
}
