//! A surface that is published to from elsewhere, with a live island in it.

use axum::extract::Query;
use holm::prelude::*;
use holm::{Hub, Topic};

use super::Counter;

fn news() -> Topic<String> {
    Topic::new("news")
}

/// Shows the newest headline around a counter of its own.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Surface {
    headline: String,
    heard: u32,
}

/// What reaches a surface.
#[derive(Debug, Event)]
pub enum Heard {
    /// A headline was published.
    #[event(server)]
    News(String),
}

impl Island for Surface {
    type Event = Heard;

    fn render(&self) -> Markup {
        html! {
            @for line in 0..self.heard { p { "Headline " (line + 1) " has come and gone." } }
            h2 { (self.headline) }
            p { "heard: " output { (self.heard) } }
            (holm::nest("counter", Counter::default()))
            @for line in 0..80 { p { "Line " (line) " below." } }
        }
    }

    async fn restore(&mut self, cx: &mut Cx<Heard>) -> holm::Result {
        cx.subscribe(&news(), |headline| Heard::News(headline.clone()));
        Ok(())
    }

    async fn on(&mut self, Heard::News(headline): Heard, _: &mut Cx<Heard>) -> holm::Result {
        self.headline = headline;
        self.heard += 1;
        Ok(())
    }
}

pub(super) async fn page(page: Page) -> Page {
    page.title("Surface")
        .lang("en")
        .body(|p: &Slot| html! { h1 { "Surface" } (p.island(Surface::default())) })
}

#[derive(Debug, Deserialize)]
pub(super) struct Publish {
    headline: String,
}

/// A plain handler of the app publishes; it answers how many islands heard it.
pub(super) async fn publish(hub: Hub, Query(news_of): Query<Publish>) -> String {
    hub.publish(&news(), news_of.headline).to_string()
}
