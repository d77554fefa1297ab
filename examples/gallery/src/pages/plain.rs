//! A page without an island: it ships no script at all.

use holm::prelude::*;

use crate::layout::{About, layout};

pub(crate) static ABOUT: About = About {
    path: "/plain",
    title: "A plain page",
    short: "Plain",
    summary: "A page without an island is HTML and a stylesheet: no script tag, no socket, nothing to wait for.",
    file: "plain.rs",
};

pub(crate) async fn page(page: Page) -> Page {
    ABOUT.head(page).body(|_| layout(&ABOUT, text()))
}

fn text() -> Markup {
    html! {
        div.prose {
            p {
                "Most pages of most sites hold still. They share their layout function with the live ones, and the "
                "script is added only where an island is on the page. View the source of this one: there is none."
            }
            p {
                "The live pages do without it too. Switch scripts off and they read as they do now, because what "
                "you see was rendered on the server before any socket was opened."
            }
            h2 { "What a page costs" }
            dl.facts {
                dt { "This page" } dd { "its HTML and one stylesheet, kept for a year" }
                dt { "A page with islands" } dd { "the same, and one small client shared by all of them" }
                dt { "A press on an island" } dd { "a few bytes up, a few bytes down" }
            }
        }
    }
}
