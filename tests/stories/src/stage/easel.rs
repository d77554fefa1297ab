//! An easel: an island that shows whatever HTML it is told from elsewhere, and what visitors say to it.

use axum::extract::Query;
use holm::prelude::*;
use holm::{Hub, Topic};
use maud::PreEscaped;

/// Paintings reach the easel of this name.
fn paintings(name: &str) -> Topic<String> {
    Topic::new(format!("easel/{name}"))
}

/// Shows a painting; `%value%` and `%loud%` in it stand for what was said last, the latter in capitals and trimmed, and `%said%`
/// for the event that says something.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Easel {
    name: String,
    html: String,
    value: String,
}

/// What reaches an easel.
#[derive(Debug, Event)]
pub enum Brush {
    /// A visitor says something.
    Said {
        /// What.
        #[serde(default)]
        value: String,
    },
    /// Somebody paints.
    #[event(server)]
    Paint(String),
}

impl Island for Easel {
    type Event = Brush;

    fn render(&self) -> Markup {
        let value = html! { (self.value) }.into_string();
        let loud = html! { (self.value.trim_end().to_uppercase()) }.into_string();
        let mut html = self.html.replace("%value%", &value).replace("%loud%", &loud);
        while html.contains("%said%") {
            html = html.replacen("%said%", &html! { (Brush::said_event()) }.into_string(), 1);
        }
        PreEscaped(html)
    }

    async fn restore(&mut self, cx: &mut Cx<Brush>) -> holm::Result {
        cx.subscribe(&paintings(&self.name), |html| Brush::Paint(html.clone()));
        Ok(())
    }

    async fn on(&mut self, event: Brush, _: &mut Cx<Brush>) -> holm::Result {
        match event {
            Brush::Said { value } => self.value = value,
            Brush::Paint(html) => self.html = html,
        }
        Ok(())
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct Painting {
    name: String,
    #[serde(default)]
    html: String,
}

pub(super) async fn page(page: Page, Query(Painting { name, html }): Query<Painting>) -> Page {
    page.title("Easel").lang("en").body(move |p: &Slot| {
        let easel = Easel { name: name.clone(), html: html.clone(), value: String::new() };
        html! { h1 { "Easel" } (p.island(easel)) button #outside { "outside" } }
    })
}

/// Paints on the easels of a name; answers how many there are.
pub(super) async fn paint(hub: Hub, Query(painting): Query<Painting>, html: String) -> String {
    hub.publish(&paintings(&painting.name), html).to_string()
}
