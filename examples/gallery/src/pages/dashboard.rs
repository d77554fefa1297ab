//! One island for all viewers: figures of this process, measured once a second however many look.

use std::time::Duration;

use holm::SharedIsland;
use holm::prelude::*;

use crate::layout::{About, layout};
use crate::vitals;

mod figure;

use figure::Figure;

pub(crate) static ABOUT: About = About {
    path: "/dashboard",
    title: "A dashboard",
    short: "Dashboard",
    summary: "One island that all viewers share: one timer measures, one edit is made, and everybody gets the same bytes.",
    file: "dashboard.rs",
};

#[derive(Clone, Default, Serialize, Deserialize)]
pub(crate) struct Board {
    /// Seconds since it came to life.
    second: i64,
    /// Events of the process, when they were last looked at.
    events: u64,
    /// What viewers put on the simulated load.
    weight: f32,
    pages: Figure,
    rate: Figure,
    memory: Figure,
    load: Figure,
}

#[derive(Event)]
pub(crate) enum Message {
    Push,
    #[event(server)]
    Tick,
}

impl SharedIsland for Board {
    fn open(_: &str) -> Self {
        Self::default()
    }
}

impl Island for Board {
    type Event = Message;

    fn needs(needs: &mut Needs) {
        needs.state::<Hub>();
    }

    fn render(&self) -> Markup {
        html! {
            div.board {
                ul {
                    li { (self.pages.show("Open pages", "", 0, 4.0)) }
                    li { (self.rate.show("Events per second", "", 0, 4.0)) }
                    // Not every system tells.
                    @if self.memory.is_known() { li { (self.memory.show("Memory", " MB", 1, 16.0)) } }
                    li { (self.load.show("Load, simulated", " %", 0, 100.0)) }
                }
                div.bar {
                    button data-live=(Message::Push) { "Push the simulated load" }
                    p { "Everybody sees it rise." }
                }
            }
        }
    }

    async fn restore(&mut self, cx: &mut Cx<Message>) -> holm::Result {
        self.events = vitals::events();
        cx.every(Duration::from_secs(1), || Message::Tick);
        self.measure(cx);
        Ok(())
    }

    async fn on(&mut self, event: Message, cx: &mut Cx<Message>) -> holm::Result {
        match event {
            Message::Push => self.weight = (self.weight + 18.0).min(66.0),
            Message::Tick => self.measure(cx),
        }
        Ok(())
    }
}

impl Board {
    #[expect(clippy::cast_precision_loss, reason = "figures to look at")]
    fn measure(&mut self, cx: &Cx<Message>) {
        let events = vitals::events();
        self.second += 1;
        self.weight *= 0.85;
        self.pages.add(self.second, cx.state::<Hub>().connections() as f32);
        self.rate.add(self.second, (events - self.events) as f32);
        if let Some(bytes) = vitals::memory() {
            self.memory.add(self.second, bytes as f32 / 1_000_000.0);
        }
        let swell = self.second as f32 / 9.0;
        let load = 20.0 + 9.0 * swell.sin() + 4.0 * (swell * 3.7).sin() + self.weight;
        self.load.add(self.second, load.round());
        self.events = events;
    }
}

pub(crate) async fn page(page: Page) -> Page {
    let body = async |p: &Slot| {
        let content = html! {
            div.stage {
                (p.mount_shared::<Board>("process").await)
                p.viewers { span data-live-presence { "–" } " looking at this page" }
            }
            ul.notes {
                li { "Open it twice: the second page shows the same second, since there is only one island." }
                li { "The first three figures are this process's own. The load is made up, for you to push." }
                li { "A minute after the last viewer has gone the island ends, and with it the timer." }
            }
        };
        layout(&ABOUT, content)
    };
    ABOUT.head(page).body_async(body).await
}
