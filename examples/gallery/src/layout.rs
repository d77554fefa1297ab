//! The frame around every page: header, navigation, connection status, footer.

use holm::prelude::*;

use crate::{assets, pages};

/// What the gallery knows of a page before it is rendered.
pub(crate) struct About {
    /// Its path, `/counters`.
    pub(crate) path: &'static str,
    /// Its heading, and the first half of its title.
    pub(crate) title: &'static str,
    /// One or two words for the navigation.
    pub(crate) short: &'static str,
    /// One sentence: the lead under the heading, the text on its card, the description in its head.
    pub(crate) summary: &'static str,
    /// The file under `pages/` that renders it.
    pub(crate) file: &'static str,
}

impl About {
    /// Fills in the head: language, title, description, stylesheet, icon.
    pub(crate) fn head(&self, page: Page) -> Page {
        head(page, self.title, self.summary)
    }
}

/// The head for pages that are not in the navigation.
pub(crate) fn head(page: Page, title: &str, summary: &str) -> Page {
    page.title(format!("{title} · Holm")).lang("en").meta("description", summary).head(html! {
        meta name="color-scheme" content="light dark";
        link rel="stylesheet" href=(assets::STYLE.url());
        link rel="icon" type="image/svg+xml" href=(assets::ICON.url());
    })
}

/// A chapter of the gallery: its heading, its lead, what it shows, and a link to its source.
#[expect(clippy::needless_pass_by_value, reason = "html! gives an owned value")]
pub(crate) fn layout(about: &About, content: Markup) -> Markup {
    frame(
        about.path,
        html! {
            div.page {
                header.opening {
                    h1 { (about.title) }
                    p.lead { (about.summary) }
                }
                (unscripted())
                (content)
                (source_link(about.file))
            }
        },
    )
}

/// Why some controls are dim: the stylesheet shows it where scripts are off and controls need one.
pub(crate) fn unscripted() -> Markup {
    html! { p.unscripted { "Scripts are off in this browser. The page reads without one; its dimmed controls need one." } }
}

/// The link under each page to the Rust that made it.
pub(crate) fn source_link(file: &str) -> Markup {
    html! {
        p.source {
            a href={ "/source/" (file) } { "Read the source of this page" }
            span.where { "pages/" (file) }
        }
    }
}

/// The body of any page: skip link, header, `main`, footer. `here` is the path that the navigation marks.
#[expect(clippy::needless_pass_by_value, reason = "html! gives an owned value")]
pub(crate) fn frame(here: &str, main: Markup) -> Markup {
    html! {
        a.skip href="#main" { "Skip to the content" }
        header.top {
            a.brand href="/" aria-current=[(here == "/").then_some("page")] { (mark()) "Holm" }
            nav aria-label="Pages" {
                ul {
                    @for about in &pages::ALL[1..] {
                        li {
                            a href=(about.path) aria-current=[(here == about.path).then_some("page")] { (about.short) }
                        }
                    }
                }
            }
            (status())
        }
        main #main tabindex="-1" { (main) }
        footer.bottom {
            p { "A " i { "holm" } " is a small island in a stream." }
            p { a href="/source/lib.rs" { "How the gallery is put together" } }
        }
    }
}

/// How the socket is doing. The client writes `data-live-status` on `html`; the stylesheet shows the words for it,
/// and those for a page without a script where nobody writes it.
fn status() -> Markup {
    html! {
        p.status role="status" {
            span.static { "not live: no script" }
            span.connecting { "connecting" }
            span.live { "live" }
            span.lost { "reconnecting" }
            span.stopped { "not live: reload" }
        }
    }
}

/// The islet in the header, drawn as a chart draws one.
fn mark() -> Markup {
    html! {
        svg.mark viewBox="0 0 32 32" aria-hidden="true" focusable="false" {
            path.d2 d="M16 1c9 0 15 6 15 14s-7 16-15 16S1 24 1 15 8 1 16 1z" {}
            path.d1 d="M15 6c7-1 12 4 11 10s-5 11-11 10S5 21 6 15s4-8 9-9z" {}
            path.land d="M15 11c4-1 6 1 6 5s-3 6-6 5-5-3-4-6 2-4 4-4z" {}
        }
    }
}
