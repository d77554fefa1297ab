//! A clock that the server pushes: no event of the client's, one small edit each second.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use holm::prelude::*;

use crate::layout::{About, layout};

pub(crate) static ABOUT: About = About {
    path: "/clock",
    title: "A clock",
    short: "Clock",
    summary: "The server sends this island a message each second, and the hands and digits that moved follow.",
    file: "clock.rs",
};

#[derive(Clone, Default, Serialize, Deserialize)]
pub(crate) struct Clock {
    /// Seconds since 1970 in UTC.
    now: u64,
}

#[derive(Event)]
pub(crate) enum Message {
    #[event(server)]
    Tick,
}

impl Island for Clock {
    type Event = Message;

    fn render(&self) -> Markup {
        let (hour, minute, second) = (self.now / 3600 % 24, self.now / 60 % 60, self.now % 60);
        html! {
            div.clock {
                svg viewBox="-50 -50 100 100" aria-hidden="true" focusable="false" {
                    circle.face r="48" {}
                    @for tick in 0..12 {
                        line.tick y1="-42" y2="-45" transform={ "rotate(" (tick * 30) ")" } {}
                    }
                    line.hour y2="-24" transform={ "rotate(" (hour % 12 * 30 + minute / 2) ")" } {}
                    line.minute y2="-36" transform={ "rotate(" (minute * 6) ")" } {}
                    line.second y1="8" y2="-40" transform={ "rotate(" (second * 6) ")" } {}
                    circle.pin r="2" {}
                }
                p.digits { time { (format!("{hour:02}:{minute:02}:{second:02}")) } " UTC" }
            }
        }
    }

    async fn mount(&mut self, _cx: &mut Cx<Message>) -> holm::Result {
        self.now = seconds_now();
        Ok(())
    }

    async fn restore(&mut self, cx: &mut Cx<Message>) -> holm::Result {
        self.now = seconds_now();
        cx.every(Duration::from_secs(1), || Message::Tick);
        Ok(())
    }

    async fn on(&mut self, Message::Tick: Message, _cx: &mut Cx<Message>) -> holm::Result {
        self.now = seconds_now();
        Ok(())
    }
}

fn seconds_now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

pub(crate) async fn page(page: Page) -> Page {
    let body = async |p: &Slot| {
        let content = html! {
            div.stage { (p.mount(Clock::default()).await) }
            ul.notes {
                li { code { "mount" } " reads the time for the first render, so the clock is right with scripts off." }
                li { code { "restore" } " runs when a page joins and starts the timer; it ends with the session, which outlives a short loss of the connection." }
                li { "A page that cannot keep up gets the newest time once, not a queue of old ones." }
            }
        };
        layout(&ABOUT, content)
    };
    ABOUT.head(page).body_async(body).await
}
