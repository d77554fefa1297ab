//! What is shown before the server has answered, and taken back when it refuses; and what needs no server at all.

use std::time::Duration;

use holm::act::{Act, Acts};
use holm::prelude::*;

use crate::layout::{About, layout};

pub(crate) static ABOUT: About = About {
    path: "/likes",
    title: "Likes, before the answer",
    short: "Likes",
    summary: "A press shows at once; when the server refuses, it is taken back and the reason is said. A menu needs no server at all.",
    file: "likes.rs",
};

/// How long the server thinks, so that one sees what was there before its answer.
const THINKS: Duration = Duration::from_millis(700);
/// Likes that a visitor has to give.
const GIVEN: usize = 3;
/// Names in the book.
const PAGES: usize = 8;

const ISLETS: [(&str, u32); 6] = [
    ("Alderholm", 41),
    ("Fern Skerry", 7),
    ("Lamp Rock", 128),
    ("Gull Stack", 19),
    ("Moss Ness", 3),
    ("Terney", 64),
];

#[derive(Clone, Default, Serialize, Deserialize)]
pub(crate) struct Likes {
    liked: [bool; 6],
    rung: u32,
}

#[derive(Event)]
pub(crate) enum Like {
    Turn(usize),
    Ring,
}

impl Likes {
    fn islet(&self, at: usize, (name, others): (&str, u32)) -> Markup {
        let (id, liked) = (format!("islet-{at}"), self.liked[at]);
        // Both ways of saying it are there, one of them hidden: turned over once more they are as before, however
        // many presses are on their way.
        let turned = Act::class("this", "liked").toggle_attr(format!("#{id} .says"), "hidden");
        html! {
            li {
                span { (name) }
                button.like.liked[liked] id=(id) data-live=(Like::Turn(at)) data-live-optimistic=(turned) {
                    span.heart aria-hidden="true" { "♥" }
                    span.says hidden[liked] { "Like" span.of { " " (name) } " " b { (others) } }
                    span.says hidden[!liked] { "Liked" span.of { " " (name) } " " b { (others + 1) } }
                }
            }
        }
    }
}

impl Island for Likes {
    type Event = Like;

    fn render(&self) -> Markup {
        html! {
            div.likes {
                h2 { "Three likes" }
                ul { @for (at, islet) in ISLETS.into_iter().enumerate() { (self.islet(at, islet)) } }
                p.refused data-live-error data-live-ignore role="alert" {}
                div.bar {
                    button data-live=(Like::Ring) data-live-disable="Ringing…" data-live-optimistic=(Act::text("#bell", "Ding…")) { "Ring the bell" }
                    p { output #bell { "Rung: " (self.rung) } }
                }
            }
        }
    }

    async fn on(&mut self, event: Like, _cx: &mut Cx<Like>) -> holm::Result {
        tokio::time::sleep(THINKS).await;
        match event {
            Like::Turn(at) => {
                let liked =
                    self.liked.get_mut(at).ok_or_else(|| holm::Error::public("There is no such islet."))?;
                *liked = !*liked;
                if self.liked.iter().filter(|liked| **liked).count() > GIVEN {
                    return Err(holm::Error::public("You have given all three likes. Take one back first."));
                }
            }
            Like::Ring => self.rung += 1,
        }
        Ok(())
    }
}

#[derive(Clone, Default, Serialize, Deserialize)]
pub(crate) struct Book {
    names: Vec<String>,
}

#[derive(Event)]
pub(crate) enum Sign {
    Sign { name: String },
}

impl Island for Book {
    type Event = Sign;

    fn render(&self) -> Markup {
        html! {
            div.book {
                h2 { "The guest book" }
                form data-live-submit=(Sign::sign_event()) data-live-optimistic=(Act::append("#names", "#name"))
                    data-live-disable="Signing…" data-live-reset {
                    label { "Your name" input name="name" maxlength="40" autocomplete="off" required; }
                    button { "Sign" }
                }
                p.refused data-live-error data-live-ignore role="alert" {}
                ol #names { @for name in &self.names { li { (name) } } }
                template #name { li.hoped { "{name}" } }
            }
        }
    }

    async fn on(&mut self, Sign::Sign { name }: Sign, _cx: &mut Cx<Sign>) -> holm::Result {
        tokio::time::sleep(THINKS).await;
        let name = name.trim();
        if name.is_empty() || name.chars().count() > 40 {
            return Err(holm::Error::public("A name has 1 to 40 letters."));
        }
        if self.names.iter().any(|signed| signed.eq_ignore_ascii_case(name)) {
            return Err(holm::Error::public("Somebody of that name is in the book already."));
        }
        if self.names.len() == PAGES {
            self.names.remove(0);
        }
        self.names.push(name.to_owned());
        Ok(())
    }
}

/// A menu, a dialog and a copied address: all of it the page's own doing.
fn menu() -> Markup {
    let button =
        |acts: Acts, label: &str| html! { li { button.quiet type="button" data-live-do=(acts) { (label) } } };
    html! {
        div.local data-live-do=(Act::hide("#menu").focus("#opens")) data-live-do-on="keydown" data-live-keys="Escape" {
            h2 { "Without the server" }
            div.bar {
                button #opens.quiet type="button" aria-expanded="false" aria-controls="menu" data-live-do=(Act::toggle("#menu")) { "Menu" }
                p #copied role="status" {}
            }
            ul #menu hidden {
                (button(Act::copy("#address").text("#copied", "Copied."), "Copy the address"))
                (button(Act::show("#address"), "Show the address"))
                (button(Act::open("#about"), "About…"))
                (button(Act::hide("#menu").focus("#opens"), "Close"))
            }
            p #address hidden { "holm.example/likes" }
            dialog #about aria-labelledby="about-title" {
                h3 #about-title { "About this menu" }
                p { "It opened with no request: not a byte went to the server." }
                button type="button" data-live-do=(Act::close("#about")) { "Close" }
            }
        }
    }
}

pub(crate) async fn page(page: Page) -> Page {
    ABOUT.head(page).body(|p| {
        let content = html! {
            div.stage.two {
                (p.island(Likes::default()))
                div.beside { (p.island(Book::default())) (menu()) }
            }
            ul.notes {
                li {
                    "The server takes 0.7 seconds for each press. What you see before that is a guess, written as "
                    code { "data-live-optimistic" } "; it is undone when the answer comes, whatever the answer is."
                }
                li { "The fourth like is refused, and so is a name that is in the book: the guess goes, and the reason is said." }
                li { "The menu, the dialog and the copied address are " code { "data-live-do" } ": they work while the connection is lost." }
            }
        };
        layout(&ABOUT, content)
    })
}
