//! A build log that the server pushes, cut to its newest lines.

use std::time::Duration;

use holm::prelude::*;

use crate::layout::{About, layout};

pub(crate) static ABOUT: About = About {
    path: "/build-log",
    title: "A build log",
    short: "Build log",
    summary: "Lines arrive as the server writes them; the page keeps the newest twelve, and each travels once.",
    file: "build_log.rs",
};

/// Lines on the page.
const SHOWN: u32 = 12;
/// Lines of a whole build.
const TOTAL: u32 = 48;
/// From one line to the next.
const PACE: Duration = Duration::from_millis(350);

/// The lines are a function of their number, so the state is how many there are.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(crate) struct Build {
    running: bool,
    lines: u32,
    /// Counts the starts, so that a tick left over from a stopped run is known.
    run: u32,
}

#[derive(Event)]
pub(crate) enum Order {
    Start,
    Stop,
    #[event(server)]
    Tick {
        run: u32,
    },
}

impl Island for Build {
    type Event = Order;

    fn render(&self) -> Markup {
        let (word, press) = match (self.running, self.lines) {
            (true, _) => ("building", None),
            (false, 0) => ("not started", Some("Start")),
            (false, TOTAL) => ("finished", Some("Build again")),
            (false, _) => ("stopped", Some("Go on")),
        };
        html! {
            div.build {
                div.bar {
                    @if let Some(press) = press {
                        button data-live=(Order::Start) { (press) }
                    } @else {
                        button.quiet data-live=(Order::Stop) { "Stop" }
                    }
                    p role="status" { "Build: " (word) }
                    progress max=(TOTAL) value=(self.lines) aria-label="Lines built" {}
                }
                ol.log role="log" aria-live="off" aria-label="Build log" {
                    @for number in self.lines.saturating_sub(SHOWN)..self.lines {
                        li id={ "line-" (number) } { (line(number)) }
                    }
                }
            }
        }
    }

    async fn restore(&mut self, cx: &mut Cx<Order>) -> holm::Result {
        if self.running {
            cx.send_after(PACE, Order::Tick { run: self.run });
        }
        Ok(())
    }

    async fn on(&mut self, event: Order, cx: &mut Cx<Order>) -> holm::Result {
        match event {
            Order::Start if !self.running => {
                self.running = true;
                self.run += 1;
                self.lines %= TOTAL;
            }
            Order::Stop => self.running = false,
            Order::Tick { run } if self.running && run == self.run => {
                self.lines += 1;
                self.running = self.lines < TOTAL;
            }
            Order::Start | Order::Tick { .. } => return Ok(()),
        }
        if self.running {
            cx.send_after(PACE, Order::Tick { run: self.run });
        }
        Ok(())
    }
}

fn line(number: u32) -> Markup {
    const CRATES: [&str; 8] =
        ["holm-wire", "holm-dom", "holm-macros", "holm", "tide", "sound", "skerry", "gallery"];
    const STEPS: [&str; 3] = ["checking", "compiling", "linking"];
    let name = CRATES[(number / 3 % 8) as usize];
    html! {
        span.step { (STEPS[(number % 3) as usize]) } " " (name)
        @if number + 1 == TOTAL { " " strong { "done" } }
    }
}

pub(crate) async fn page(page: Page) -> Page {
    ABOUT.head(page).body(|p| {
        let content = html! {
            div.stage { (p.island(Build::default())) }
            ul.notes {
                li { "A new line is an insert at the end, the oldest a removal; those between stay untouched." }
                li { "Each tick asks for the next with " code { "cx.send_after" } ": a stopped build costs nothing." }
                li { "A reload starts afresh. After a lost connection the build goes on where it was." }
            }
        };
        layout(&ABOUT, content)
    })
}
