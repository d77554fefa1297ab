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
    /// A newer load runs, while what the one before has found is still shown.
    newer: bool,
    /// Enter was pressed, and what it chooses is not known yet, or not clear.
    goes: bool,
    /// Escape has put the list away.
    closed: bool,
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
    let mut all = find(&query);
    // Who writes a name in full means that one.
    all.sort_by_key(|islet| !is_name(*islet, &query));
    Ok(Hits { all: all.len(), first: all.into_iter().take(SHOWN).collect() })
}

fn is_name(islet: u16, query: &str) -> bool {
    name(islet).eq_ignore_ascii_case(query.trim())
}

impl Search {
    /// Asks anew. What was found before stays, and is said to be old, until the new answer comes.
    fn ask(&mut self, query: &str, cx: &mut Cx<Ask>) {
        *self = Self {
            query: query.chars().take(LETTERS).collect(),
            chosen: self.chosen,
            found: std::mem::take(&mut self.found),
            ..Self::default()
        };
        if self.asks() {
            self.load(cx);
        } else {
            cx.cancel_load("found");
            self.found = Load::default();
        }
    }

    fn load(&mut self, cx: &mut Cx<Ask>) {
        let loading = cx.load("found", look(self.query.clone()), Ask::Found);
        self.newer = self.found.ready().is_some();
        if !self.newer {
            self.found = loading;
        }
    }

    /// Enter: chooses what is meant, as soon as that is known.
    fn go(&mut self) {
        let waits = self.newer || self.found.is_loading();
        let meant = self.meant().filter(|_| !waits || self.at.is_some());
        self.goes = meant.is_none() && self.asks();
        self.closed &= meant.is_some();
        self.chosen = meant.or(self.chosen);
    }

    fn asks(&self) -> bool {
        !self.query.trim().is_empty()
    }

    fn hits(&self) -> Option<&Hits> {
        self.found.ready().filter(|_| self.asks())
    }

    /// Moves from hit to hit, round at the ends. Escape puts the list away; where there is none, it empties the field.
    fn press(&mut self, key: &str, cx: &mut Cx<Ask>) {
        if key == "Escape" {
            let shown = !self.closed && self.hits().is_some_and(|hits| hits.all > 0);
            (self.at, self.closed) = (None, true);
            if !shown {
                self.ask("", cx);
            }
            return;
        }
        self.closed = false;
        let Some(last) = self.hits().and_then(|hits| hits.first.len().checked_sub(1)) else { return };
        self.at = match (key, self.at) {
            ("ArrowDown", None) => Some(0),
            ("ArrowDown", Some(at)) => (at < last).then_some(at + 1),
            ("ArrowUp", None) => Some(last),
            ("ArrowUp", Some(at)) => at.checked_sub(1),
            _ => None,
        };
    }

    /// The one that the keys stand on, the only one there is, or the one of that very name.
    fn meant(&self) -> Option<u16> {
        let hits = self.hits()?;
        let first = hits.first.first().filter(|islet| hits.all == 1 || is_name(**islet, &self.query));
        self.at.map_or(first, |at| hits.first.get(at)).copied()
    }

    fn says(&self) -> String {
        match (self.asks(), &self.found) {
            (true, Load::Ready(_)) if self.newer => "Looking…".to_owned(),
            (true, Load::Ready(Hits { all: 0, .. })) => "No islet of that name.".to_owned(),
            (true, Load::Ready(Hits { all: 1, .. })) => "One islet.".to_owned(),
            (true, Load::Ready(Hits { all, .. })) if self.goes => format!("Choose one of {all}."),
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
                            aria-expanded=(!self.closed && self.hits().is_some_and(|hits| hits.all > 0)) aria-activedescendant=[active]
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
        if self.asks() && (self.newer || self.found.is_loading()) {
            self.load(cx);
        }
        Ok(())
    }

    async fn on(&mut self, event: Ask, cx: &mut Cx<Ask>) -> holm::Result {
        match event {
            // With no script nothing loads beside the page, so the page waits.
            Ask::Go { query } if !cx.is_live() => {
                self.ask(&query, cx);
                self.newer = false;
                self.found = look(self.query.clone())
                    .await
                    .map_or_else(|error| Load::Failed(error.sentence().to_owned()), Load::Ready);
                self.go();
            }
            Ask::Search { query } if query == self.query => {}
            Ask::Search { query } => self.ask(&query, cx),
            Ask::Go { .. } => self.go(),
            Ask::Key { key } => self.press(&key, cx),
            Ask::Choose(islet) => (self.chosen, self.goes) = ((islet < ISLETS).then_some(islet), false),
            Ask::Again => self.ask(&self.query.clone(), cx),
            Ask::Found(found) => {
                (self.found, self.newer, self.at) = (found, false, None);
                if self.goes {
                    self.go();
                }
            }
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
            @if hits.all > 0 && !self.closed {
                div #hits role="listbox" aria-label="Islets found" aria-busy=[self.newer.then_some("true")] {
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
    let Some(at) = name.to_lowercase().find(&query) else { return html! { (name) } };
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
                    kbd { "↑" } " walk through the islets, " kbd { "Enter" } " chooses one, also before the answer is there: then the only one, or the one of that "
                    "name. " kbd { "Esc" } " puts the list away, and then empties the field."
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
