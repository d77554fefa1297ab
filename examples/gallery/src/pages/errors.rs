//! What happens when a handler fails, panics, or takes too long.

use std::time::Duration;

use holm::prelude::*;

use super::counters::Counter;
use crate::HANDLER_LIMIT;
use crate::layout::{About, layout};

pub(crate) static ABOUT: About = About {
    path: "/errors",
    title: "When a handler fails",
    short: "Errors",
    summary: "An error, a panic or an overrun leaves the state as it was, says so, and touches no other island.",
    file: "errors.rs",
};

#[derive(Clone, Default, Serialize, Deserialize)]
pub(crate) struct Trouble {
    done: u32,
}

#[derive(Event)]
pub(crate) enum Try {
    Work,
    Refuse,
    Panic,
    Slow,
    Endless,
}

impl Island for Trouble {
    type Event = Try;

    fn render(&self) -> Markup {
        html! {
            div.trouble {
                p { "Finished without a fault: " output { (self.done) } }
                div.bar {
                    button data-live=(Try::Work) { "Work" }
                    button.quiet data-live=(Try::Slow) { "Work for a second" }
                    button.quiet data-live=(Try::Refuse) { "Return an error" }
                    button.quiet data-live=(Try::Panic) { "Panic" }
                    button.quiet data-live=(Try::Endless) { "Run past the limit" }
                }
                p.refused data-live-error data-live-ignore role="alert" {}
                p.failed { "What you see is the state before that press; it is still live." }
            }
        }
    }

    async fn on(&mut self, event: Try, _cx: &mut Cx<Try>) -> holm::Result {
        // Counted before anything fails: a handler works on a copy, so a failure takes this back too.
        self.done += 1;
        match event {
            Try::Work => {}
            Try::Refuse => return Err(holm::Error::public("The harbour master said no.")),
            Try::Panic => panic!("a panic on request"),
            Try::Slow => tokio::time::sleep(Duration::from_secs(1)).await,
            Try::Endless => tokio::time::sleep(HANDLER_LIMIT * 30).await,
        }
        Ok(())
    }
}

pub(crate) async fn page(page: Page) -> Page {
    ABOUT.head(page).body(|p| {
        let content = html! {
            div.stage.two {
                (p.island(Trouble::default()))
                (p.island(Counter::new("Meanwhile, next door", 0)))
            }
            ul.notes {
                li {
                    "A handler works on a copy of the state. The copy is kept when it returns " code { "Ok" }
                    ", dropped otherwise."
                }
                li {
                    "A handler may take " (HANDLER_LIMIT.as_secs()) " seconds here; then it is cut at the await "
                    "it stands in. Press the counter while one runs."
                }
                li {
                    "The page hears a " code { "holm:error" } " event with a code and a sentence; the island wears "
                    code { ".holm-error" } " until a later event of its own is dealt with, and its " code { "data-live-error" }
                    " shows the sentence."
                }
            }
        };
        layout(&ABOUT, content)
    })
}
