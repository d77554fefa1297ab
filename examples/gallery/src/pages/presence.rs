//! How many are here, and a wave that everyone sees.

use std::sync::Arc;

use holm::prelude::*;
use tokio::sync::watch;

use crate::layout::{About, layout};

pub(crate) static ABOUT: About = About {
    path: "/presence",
    title: "How many are here",
    short: "Counts",
    summary: "The number of open pages follows each arrival and departure, and a wave from one is seen by all.",
    file: "presence.rs",
};

/// The app's own state, shared by every connection: how often anyone waved.
#[derive(Clone, Default)]
pub(crate) struct Waves(Arc<watch::Sender<u64>>);

#[derive(Clone, Default, Serialize, Deserialize)]
pub(crate) struct Harbour {
    /// Read again on each join, so it is no part of the seal.
    #[serde(skip)]
    waves: u64,
}

#[derive(Event)]
pub(crate) enum Message {
    Wave,
    #[event(server)]
    Waved(u64),
}

impl Island for Harbour {
    type Event = Message;

    fn needs(needs: &mut Needs) {
        needs.state::<Waves>();
    }

    fn render(&self) -> Markup {
        html! {
            div.harbour {
                p { "Waves since the server started" }
                output { (self.waves) }
                button data-live=(Message::Wave) { "Wave to everyone here" }
            }
        }
    }

    async fn mount(&mut self, cx: &mut Cx<Message>) -> holm::Result {
        self.waves = *cx.state::<Waves>().0.borrow();
        Ok(())
    }

    async fn restore(&mut self, cx: &mut Cx<Message>) -> holm::Result {
        let mut waves = cx.state::<Waves>().0.subscribe();
        self.waves = *waves.borrow_and_update();
        cx.spawn(|page| async move {
            while waves.changed().await.is_ok() {
                let count = *waves.borrow_and_update();
                if page.send(Message::Waved(count)).await.is_err() {
                    break;
                }
            }
        });
        Ok(())
    }

    async fn on(&mut self, event: Message, cx: &mut Cx<Message>) -> holm::Result {
        match event {
            Message::Wave => cx.state::<Waves>().0.send_modify(|count| *count += 1),
            Message::Waved(count) => self.waves = count,
        }
        Ok(())
    }
}

pub(crate) async fn page(page: Page) -> Page {
    let body = async |p: &Slot| {
        let content = html! {
            div.stage.two {
                dl.counts {
                    dt { "On this page" } dd data-live-presence { "–" }
                    dt { "In the whole gallery" } dd data-live-presence="total" { "–" }
                }
                (p.mount(Harbour::default()).await)
            }
            ul.notes {
                li { "Open this page in a second window: both numbers move. Other pages count in the second only." }
                li { "The counts are plain elements with " code { "data-live-presence" } ", outside any island." }
                li { "However many arrive at once, a page hears of it at most four times a second." }
            }
        };
        layout(&ABOUT, content)
    };
    ABOUT.head(page).body_async(body).await
}
