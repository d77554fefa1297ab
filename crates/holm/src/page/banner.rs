//! What a page says when its connection has been lost for a while.

use maud::{Markup, html};

/// What is said where the app says nothing of its own.
fn english() -> Markup {
    html! {
        p.holm-lost { "The connection is lost. Trying again…" }
        p.holm-stopped { "The connection has ended. " a href="" { "Load the page again" } }
    }
}

/// The banner, or nothing when the app wants none. The client's stylesheet shows what is in it: it is there from the
/// beginning, since a screen reader speaks of what changes in a status that it knows.
pub(super) fn banner(own: Option<&Markup>, lang: &str) -> Markup {
    let foreign = lang.get(..2).is_none_or(|start| !start.eq_ignore_ascii_case("en"));
    match own {
        Some(own) if own.0.trim().is_empty() => html! {},
        Some(own) => html! { div.holm-banner role="status" { (own) } },
        None => html! { div.holm-banner role="status" lang=[foreign.then_some("en")] { (english()) } },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn english_words_on_a_page_of_another_language_say_so() {
        assert!(!banner(None, "en-GB").0.contains("lang="));
        assert!(banner(None, "de").0.contains(r#"lang="en""#));
        assert!(!banner(Some(&html! { p.holm-lost { "Getrennt" } }), "de").0.contains("lang="));
    }

    #[test]
    fn empty_markup_is_no_banner() {
        assert_eq!(banner(Some(&html! { " " }), "en").0, "");
    }
}
