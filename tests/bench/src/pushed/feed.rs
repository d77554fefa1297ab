//! A log and an answer, neither of which the server remembers.

use holm::prelude::{Cx, Deserialize, Event, Island, Markup, Page, Serialize, Slot, html};

/// Lines that the page keeps.
const KEEP: usize = 500;

pub(super) async fn page(page: Page) -> Page {
    page.title("Feed").body(|p: &Slot| p.island(Feed {}))
}

/// A line of the log.
pub(crate) fn line(number: u64) -> Markup {
    html! { li { time { "12:04:07" } " GET /ferries/visby?day=" (number) " 200" } }
}

/// Lists alone.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Feed {}

/// What a [`Feed`] takes.
#[derive(Debug, Event)]
pub(crate) enum Tell {
    /// A piece of the answer.
    Token {
        /// The text.
        text: String,
    },
    /// One line.
    Append,
    /// So many lines, each by an event of its own.
    Pour {
        /// How many.
        lines: u64,
    },
    /// One of them.
    #[event(server)]
    Line(u64),
}

impl Island for Feed {
    type Event = Tell;

    fn render(&self) -> Markup {
        html! { ul data-live-list="log" {} p data-live-list="answer" {} }
    }

    async fn on(&mut self, event: Tell, cx: &mut Cx<Tell>) -> holm::Result {
        match event {
            Tell::Token { text } => {
                cx.text("answer").push(text);
            }
            Tell::Append => {
                cx.list("log").append(1, line(1));
            }
            Tell::Pour { lines } => cx.spawn(move |island| async move {
                for number in 1..=lines {
                    if island.send(Tell::Line(number)).await.is_err() {
                        return;
                    }
                }
            }),
            Tell::Line(number) => {
                cx.list("log").append(number, line(number)).keep_last(KEEP);
            }
        }
        Ok(())
    }
}
