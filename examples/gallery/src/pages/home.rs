//! The front page: what Holm is, one counter to press at once, and a card for every other page.

use holm::prelude::*;
use maud::PreEscaped;

use super::counters::Counter;
use crate::layout::{About, frame, source_link, unscripted};

pub(crate) static ABOUT: About = About {
    path: "/",
    title: "Live islands for Rust",
    short: "Start",
    summary: "Holm keeps an island's state on the server and sends its page the smallest edit when that state changes.",
    file: "home.rs",
};

pub(crate) async fn page(page: Page) -> Page {
    ABOUT.head(page).body(|p| frame(ABOUT.path, html! { (hero(p)) (cards()) (source_link(ABOUT.file)) }))
}

fn hero(p: &Slot) -> Markup {
    html! {
        div.hero {
            (PreEscaped(include_str!("../../assets/chart.svg")))
            div.words {
                h1 { "State on the server. " span { "The smallest edit to the page." } }
                p.lead {
                    "An island is a Rust struct with a " code { "render" } " function and typed events; it lives on the "
                    "server. When an event changes it, Holm compares the two renders and sends the page only what "
                    "differs, over one socket."
                }
                div.landing {
                    (p.island(Counter::new("Landings here", 42)))
                    (unscripted())
                    p.aside.scripted { "Press it: the number is counted in Rust." }
                }
            }
        }
    }
}

fn cards() -> Markup {
    html! {
        section.cards aria-labelledby="tour" {
            h2 #tour { "A page for each thing it does" }
            ul {
                @for about in &super::ALL[1..] {
                    li {
                        h3 { a href=(about.path) { (about.title) } }
                        p { (about.summary) }
                    }
                }
            }
        }
    }
}
