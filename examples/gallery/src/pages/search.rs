//! Search while one types: a question that waits for quiet, rows that are loaded beside the island, and keys.

mod gazetteer;

use std::time::Duration;

use holm::prelude::*;

use self::gazetteer::{ISLETS, find, name};
use crate::layout::{About, layout};

pub(crate) static ABOUT: About = About {
    path: "/search",
    title: "Search as you type",
    short: "Search",
    summary: "The question goes out when you pause, the answer is loaded beside the island, and an old answer never overtakes a new one.",
    file: "search.rs",
};

/// Hits that are shown.
const SHOWN: usize = 12;
/// Letters of a question that are looked at.
const LETTERS: usize = 40;

/// What was found: the first islets, by number, and how many there are.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Hits {
    first: Vec<u16>,
    all: usize,
}

#[derive(Clone, Default, Serialize, Deserialize)]
pub(crate) struct Search {
    query: String,
    found: Load<Hits>,
    /// Which of the hits the arrow keys stand on.
    at: Option<usize>,
    chosen: Option<u16>,
}

#[derive(Event)]
pub(crate) enum Ask {
    Search {
        query: String,
    },
    Go {
        query: String,
    },
    Key {
        key: String,
    },
    Choose(u16),
    Again,
    #[event(server)]
    Found(Load<Hits>),
}

/// Looks for a name, as slowly as a distant database: shorter questions take longer, so that answers would overtake one another.
async fn look(query: String) -> holm::Result<Hits> {
    let letters = u32::try_from(query.trim().chars().count()).unwrap_or(u32::MAX);
    tokio::time::sleep(Duration::from_secs(1) / letters.clamp(2, 5)).await;
    if query.trim().eq_ignore_ascii_case("storm") {
        return Err(holm::Error::public("Nobody goes looking in a storm."));
    }
    let all = find(&query);
    Ok(Hits { all: all.len(), first: all.into_iter().take(SHOWN).collect() })
}

impl Search {
    /// Asks anew, and shows nothing of what was found before.
    fn ask(&mut self, query: &str, cx: &mut Cx<Ask>) {
        self.query = query.chars().take(LETTERS).collect();
        self.at = None;
        if self.asks() {
            self.found = cx.load("found", look(self.query.clone()), Ask::Found);
        } else {
            cx.cancel_load("found");
        }
    }

    fn asks(&self) -> bool {
        !self.query.trim().is_empty()
    }

    fn hits(&self) -> Option<&Hits> {
        self.found.ready().filter(|_| self.asks())
    }

    /// Moves from hit to hit, round at the ends, and off them with Escape.
    fn press(&mut self, key: &str) {
        let Some(last) = self.hits().and_then(|hits| hits.first.len().checked_sub(1)) else { return };
        self.at = match (key, self.at) {
            ("ArrowDown", None) => Some(0),
            ("ArrowDown", Some(at)) => (at < last).then_some(at + 1),
            ("ArrowUp", None) => Some(last),
            ("ArrowUp", Some(at)) => at.checked_sub(1),
            _ => None,
        };
    }

    /// The one that the keys stand on, or the only one there is.
    fn meant(&self) -> Option<u16> {
        let hits = self.hits()?;
        hits.first.get(self.at.or((hits.all == 1).then_some(0))?).copied()
    }

    fn says(&self) -> String {
        match (self.asks(), &self.found) {
            (true, Load::Ready(Hits { all: 0, .. })) => "No islet of that name.".to_owned(),
            (true, Load::Ready(Hits { all: 1, .. })) => "One islet.".to_owned(),
            (true, Load::Ready(Hits { all, .. })) if *all > SHOWN => format!("{SHOWN} of {all} islets."),
            (true, Load::Ready(Hits { all, .. })) => format!("{all} islets."),
            (true, _) => String::new(),
            (false, _) => format!("{ISLETS} islets are charted."),
        }
    }
}

impl Island for Search {
    type Event = Ask;
    const PROGRESSIVE: bool = true;

    fn render(&self) -> Markup {
        let active = self.at.filter(|_| self.hits().is_some()).map(|at| format!("hit-{at}"));
        html! {
            div.search {
                form role="search" data-live-input=(Ask::search_event()) data-live-debounce="150" data-live-submit=(Ask::go_event()) {
                    label {
                        "Name of an islet"
                        input name="query" value=(self.query) maxlength=(LETTERS) autocomplete="off" spellcheck="false"
                            role="combobox" aria-autocomplete="list" aria-controls="hits"
                            aria-expanded=(self.hits().is_some_and(|hits| hits.all > 0)) aria-activedescendant=[active]
                            data-live-keydown=(Ask::key_event()) data-live-keys="ArrowDown ArrowUp Escape";
                    }
                    button { "Go" }
                }
                p.count role="status" { (self.says()) }
                @if self.asks() {
                    (self.found.retry(Ask::Again, "Look again").show(waits, |hits| self.list(hits)))
                }
                p.chosen role="status" {
                    @if let Some(chosen) = self.chosen { "You chose " b { (name(chosen)) } "." }
                }
            }
        }
    }

    async fn restore(&mut self, cx: &mut Cx<Ask>) -> holm::Result {
        if self.asks() && self.found.is_loading() {
            self.found = cx.load("found", look(self.query.clone()), Ask::Found);
        }
        Ok(())
    }

    async fn on(&mut self, event: Ask, cx: &mut Cx<Ask>) -> holm::Result {
        match event {
            // With no script nothing loads beside the page, so the page waits.
            Ask::Go { query } if !cx.is_live() => {
                self.query = query.chars().take(LETTERS).collect();
                self.found = look(self.query.clone())
                    .await
                    .map_or_else(|error| Load::Failed(error.sentence().to_owned()), Load::Ready);
            }
            Ask::Search { query } if query == self.query => {}
            Ask::Search { query } => self.ask(&query, cx),
            Ask::Go { .. } => self.chosen = self.meant().or(self.chosen),
            Ask::Key { key } => self.press(&key),
            Ask::Choose(islet) => self.chosen = (islet < ISLETS).then_some(islet),
            Ask::Again => self.ask(&self.query.clone(), cx),
            Ask::Found(found) => self.found = found,
        }
        Ok(())
    }
}

fn waits() -> Markup {
    html! { p.waiting { "Looking…" } }
}

impl Search {
    fn list(&self, hits: &Hits) -> Markup {
        html! {
            @if hits.all > 0 {
                div #hits role="listbox" aria-label="Islets found" {
                    @for (at, islet) in hits.first.iter().enumerate() {
                        // The focus stays in the field, which names the one that the keys stand on.
                        button.hit id={ "hit-" (at) } role="option" tabindex="-1" aria-selected=(self.at == Some(at))
                            data-live=(Ask::Choose(*islet)) { (marked(&name(*islet), self.query.trim())) }
                    }
                }
            }
        }
    }
}

/// A name with what was asked for in it marked.
fn marked(name: &str, query: &str) -> Markup {
    let query = query.to_lowercase();
    let at = name.to_lowercase().find(&query).unwrap_or_default();
    let (before, rest) = name.split_at(at);
    let (hit, after) = rest.split_at(query.len().min(rest.len()));
    html! { (before) mark { (hit) } (after) }
}

pub(crate) async fn page(page: Page) -> Page {
    ABOUT.head(page).body(|p| {
        let content = html! {
            div.stage { (p.island(Search::default())) }
            ul.notes {
                li {
                    "The question goes out 150 ms after the last key, and before whatever else you press. " kbd { "↓" } " "
                    kbd { "↑" } " walk through the islets, " kbd { "Enter" } " chooses one."
                }
                li {
                    "Short questions take longer on purpose. Each load takes the place of the one before, so its "
                    "answer is never seen after a newer question."
                }
                li { "Look for “storm” to see a search that fails in words, and try it again. With scripts off, “Go” searches." }
            }
        };
        layout(&ABOUT, content)
    })
}
