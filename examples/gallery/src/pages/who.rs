//! Who is here: one badge for each visitor, with all their tabs.

use std::collections::BTreeMap;

use axum::Extension;
use axum::response::IntoResponse;
use holm::prelude::*;

use crate::guest::{Guest, Names, Tab, Visitor, avatar, here, visitors};
use crate::layout::{About, layout};

pub(crate) static ABOUT: About = About {
    path: "/who",
    title: "Who is here",
    short: "Who",
    summary: "Everybody who looks at this page or the chat, by name and colour; however many tabs, each is here once.",
    file: "who.rs",
};

/// Visitors with a badge; of those beyond, their number.
const SHOWN: usize = 40;

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Crew {
    guest: Guest,
    #[serde(skip)]
    here: Vec<Visitor>,
    /// The last arrival or departure, in words.
    #[serde(skip)]
    news: String,
}

#[derive(Event)]
pub(crate) enum Message {
    #[event(server)]
    Changed,
    /// The visitor chose a name in another tab.
    #[event(server)]
    Renamed(String),
}

impl Island for Crew {
    type Event = Message;

    fn render(&self) -> Markup {
        html! {
            div.crew {
                h2 { @if self.here.len() == 1 { "One is here" } @else { (self.here.len()) " are here" } }
                ul {
                    @for who in self.here.iter().take(SHOWN) {
                        li data-key=(&who.key[..8]) {
                            (avatar(&who.name, who.colour))
                            div {
                                p.name { (who.name) @if who.key == self.guest.key { " (you)" } }
                                p.pages { (places(&who.pages)) }
                            }
                        }
                    }
                    @if self.here.len() > SHOWN { li data-key="more" { "and " (self.here.len() - SHOWN) " more" } }
                }
                p.news role="status" { (self.news) }
            }
        }
    }

    async fn mount(&mut self, cx: &mut Cx<Message>) -> holm::Result {
        self.here = self.everybody(cx);
        if !self.here.iter().any(|who| who.key == self.guest.key) {
            self.here.insert(0, Visitor::of(&self.guest, ABOUT.title));
        }
        Ok(())
    }

    async fn restore(&mut self, cx: &mut Cx<Message>) -> holm::Result {
        cx.join_as(&here(), &self.guest.key, Tab::of(&self.guest, ABOUT.title));
        cx.watch(&here(), |_| Message::Changed);
        self.guest.hear_of_name(cx, Message::Renamed);
        self.mount(cx).await
    }

    async fn on(&mut self, event: Message, cx: &mut Cx<Message>) -> holm::Result {
        if let Message::Renamed(name) = event {
            self.guest.name = name;
            cx.update(&here(), Tab::of(&self.guest, ABOUT.title));
            return Ok(());
        }
        let now = self.everybody(cx);
        let before = std::mem::replace(&mut self.here, now);
        let mut news = Vec::new();
        news.extend(missing(&self.here, &before, "came"));
        news.extend(missing(&before, &self.here, "left"));
        if !news.is_empty() {
            self.news = news.join("; ") + ".";
        }
        Ok(())
    }
}

impl Crew {
    /// Who is here: the visitor first, the others in order of arrival.
    fn everybody(&self, cx: &Cx<Message>) -> Vec<Visitor> {
        let mut all = visitors(&cx.present(&here()));
        all.sort_by_key(|who| who.key != self.guest.key);
        all
    }
}

/// Those of `some` that `others` are without, in a clause: `Teal Heron came`.
fn missing(some: &[Visitor], others: &[Visitor], verb: &str) -> Option<String> {
    let gone = some.iter().filter(|who| !others.iter().any(|other| other.key == who.key));
    match &gone.map(|who| who.name.as_str()).collect::<Vec<_>>()[..] {
        [] => None,
        [one] => Some(format!("{one} {verb}")),
        [one, two] => Some(format!("{one} and {two} {verb}")),
        [one, rest @ ..] => Some(format!("{one} and {} others {verb}", rest.len())),
    }
}

/// Where a visitor's tabs are: `A chat (2), Who is here`.
fn places(pages: &[String]) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for page in pages {
        *counts.entry(page).or_default() += 1;
    }
    let place = |(page, count): (&str, usize)| match count {
        1 => page.to_owned(),
        count => format!("{page} ({count})"),
    };
    counts.into_iter().map(place).collect::<Vec<_>>().join(", ")
}

pub(crate) async fn page(Extension(names): Extension<Names>, page: Page) -> impl IntoResponse {
    let guest = Guest::of(&page.parts().headers, &names);
    let headers = guest.headers();
    let body = async |p: &Slot| {
        let crew = Crew { guest, here: Vec::new(), news: String::new() };
        let content = html! {
            div.stage { (p.mount(crew).await) }
            ul.notes {
                li { "Open the " a href="/chat" { "chat" } " or this page in another tab: your badge stays one and tells both." }
                li { "Who closes a tab leaves at once; who loses the connection has ten seconds to come back unnoticed." }
                li { "However many come and go, a page hears of it at most four times a second." }
            }
        };
        layout(&ABOUT, content)
    };
    (headers, ABOUT.head(page).body_async(body).await)
}
