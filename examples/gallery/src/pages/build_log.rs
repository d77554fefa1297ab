//! A build log of a hundred thousand lines: the page keeps the newest, the server none.

use std::time::Duration;

use holm::prelude::*;

use crate::layout::{About, layout};

pub(crate) static ABOUT: About = About {
    path: "/build-log",
    title: "A build log",
    short: "Build log",
    summary: "A hundred thousand lines go by in under a minute; the page keeps five hundred, and the server not one.",
    file: "build_log.rs",
};

/// Lines on the page.
const SHOWN: u32 = 500;
/// Lines of a whole build.
const TOTAL: u32 = 100_000;
/// From one batch of lines to the next, and how many it has.
const PACE: Duration = Duration::from_millis(50);
const BATCH: u32 = 125;

/// The lines are a function of their number, so the state is how many there are.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(crate) struct Build {
    running: bool,
    lines: u32,
    /// Counts the starts, so that a tick left over from a paused run is known.
    run: u32,
}

#[derive(Event)]
pub(crate) enum Order {
    Start,
    Pause,
    #[event(server)]
    Tick {
        run: u32,
    },
}

impl Build {
    fn write(&self, from: u32, cx: &Cx<Order>) {
        let log = cx.list("log");
        for number in from..self.lines {
            log.append(number, line(number));
        }
        log.keep_last(SHOWN as usize);
    }
}

impl Island for Build {
    type Event = Order;

    fn render(&self) -> Markup {
        let (word, press) = match (self.running, self.lines) {
            (true, _) => ("building", None),
            (false, 0) => ("not started", Some("Start")),
            (false, TOTAL) => ("finished", Some("Build again")),
            (false, _) => ("paused", Some("Go on")),
        };
        html! {
            div.build {
                div.bar {
                    @if let Some(press) = press {
                        button data-live=(Order::Start) { (press) }
                    } @else {
                        button.quiet data-live=(Order::Pause) { "Pause" }
                    }
                    p role="status" { "Build: " (word) }
                    progress max=(TOTAL) value=(self.lines) aria-label="Lines built" {}
                    p { b { (self.lines) } " lines of " (TOTAL) ", simulated" }
                }
                // Too fast to be read out; so is the count above, which is therefore no `output`.
                div.log role="log" aria-live="off" aria-label="Build log" tabindex="0" {
                    ol data-live-list="log" {}
                }
            }
        }
    }

    async fn restore(&mut self, cx: &mut Cx<Order>) -> holm::Result {
        cx.list("log").clear();
        self.write(self.lines.saturating_sub(SHOWN), cx);
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
                if self.lines == TOTAL {
                    self.lines = 0;
                    cx.list("log").clear();
                }
            }
            Order::Pause => self.running = false,
            Order::Tick { run } if self.running && run == self.run => {
                let before = self.lines;
                self.lines = (before + BATCH).min(TOTAL);
                self.running = self.lines < TOTAL;
                self.write(before, cx);
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
        li {
            span.number { (number + 1) } " "
            span.step { (STEPS[(number % 3) as usize]) } " " (name) "-" (number / 24)
            @if number + 1 == TOTAL { " " strong { "done" } }
        }
    }
}

pub(crate) async fn page(page: Page) -> Page {
    ABOUT.head(page).body(|p| {
        let content = html! {
            div.stage { (p.island(Build::default())) }
            ul.notes {
                li { "Lines are appended in batches of " (BATCH) ". The server sends them and forgets them: its state is their number." }
                li { "At the end of the log you stay at the end. Further up it stays where you read, until the line is no longer among the newest " (SHOWN) ": a fifth of a second at this pace. Pause to read." }
                li { "A page that reads slowly skips what it would drop anyway. After a lost connection the build goes on." }
            }
        };
        layout(&ABOUT, content)
    })
}
