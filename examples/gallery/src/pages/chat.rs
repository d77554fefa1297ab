//! A chat: lines travel by a topic, rows belong to the page, and who types is told by presence.

use std::time::Duration;

use axum::Extension;
use axum::response::IntoResponse;
use holm::Overflow;
use holm::prelude::*;

use crate::guest::{Guest, Names, Tab, Visitor, here, name_of, visitors};
use crate::layout::{About, layout};

mod forms;
mod post;
mod room;

use post::Post;
use room::Line;
pub(crate) use room::Room;

pub(crate) static ABOUT: About = About {
    path: "/chat",
    title: "A chat",
    short: "Chat",
    summary: "Each line is published once and becomes a row on every page; the server keeps the last hundred, and no rows.",
    file: "chat.rs",
};

/// How long somebody counts as typing after a key was pressed.
const TYPING: Duration = Duration::from_secs(4);

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Chat {
    guest: Guest,
    /// Counts the signs of typing, so that only the last one's end is the end.
    typed: u32,
    #[serde(skip)]
    here: Vec<Visitor>,
}

/// Writes the rows anew.
fn refill(cx: &Cx<Post>) {
    let rows = cx.list("lines");
    rows.clear();
    for line in cx.state::<Room>().lines() {
        rows.append(line.key(), line.row());
    }
}

impl Chat {
    fn tell(&self, typing: bool, cx: &Cx<Post>) {
        cx.update(&here(), Tab { typing, ..Tab::of(&self.guest, ABOUT.title) });
    }
}

impl Island for Chat {
    type Event = Post;
    const PROGRESSIVE: bool = true;

    fn needs(needs: &mut Needs) {
        needs.state::<Room>();
        needs.state::<Names>();
    }

    fn render(&self) -> Markup {
        let others = |who: &&Visitor| who.typing && who.key != self.guest.key;
        let typing: Vec<_> = self.here.iter().filter(others).map(|who| who.name.as_str()).collect();
        html! {
            div.chat {
                // It is written from its end up: what comes first is its end.
                div.lines role="log" aria-label="What was said" tabindex="0" { span #end tabindex="-1" {} (forms::sending(&self.guest)) ol data-live-list="lines" {} }
                p.typing { (forms::typing(&typing)) }
                // The stylesheet shows it in place of the line above while it is true.
                p.waits { "No connection: what you send waits here." }
                (forms::say(&self.guest))
                p.refused data-live-error data-live-ignore role="alert" {}
                (forms::rename(&self.guest))
            }
        }
    }

    async fn mount(&mut self, cx: &mut Cx<Post>) -> holm::Result {
        refill(cx);
        Ok(())
    }

    async fn restore(&mut self, cx: &mut Cx<Post>) -> holm::Result {
        let room = room::topic();
        cx.subscribe_with(&room, Overflow::resync(|| Post::Missed), |line: &Line| Post::Said(line.clone()));
        cx.join_as(&here(), &self.guest.key, Tab::of(&self.guest, ABOUT.title));
        cx.watch(&here(), |_| Post::Here);
        self.guest.hear_of_name(cx, Post::Renamed);
        refill(cx);
        Ok(())
    }

    async fn on(&mut self, event: Post, cx: &mut Cx<Post>) -> holm::Result {
        match event {
            Post::Say { text } if text.trim().is_empty() || text.len() > 1_600 => {
                return Err(holm::Error::public("A message has 1 to 400 letters."));
            }
            Post::Say { text } => {
                cx.state::<Room>().say(&cx.hub(), &self.guest, text.trim());
                self.typed += 1;
                self.tell(false, cx);
            }
            Post::Rename { name } if name.trim().is_empty() || name.len() > 96 => {
                return Err(holm::Error::public("A name has 1 to 24 letters."));
            }
            Post::Rename { name } => {
                name.trim().clone_into(&mut self.guest.name);
                cx.state::<Names>().choose(&self.guest);
                cx.publish(&name_of(&self.guest.key), self.guest.name.clone());
            }
            Post::Renamed(name) => {
                self.guest.name = name;
                self.tell(false, cx);
            }
            Post::Typing => {
                self.typed += 1;
                self.tell(true, cx);
                cx.send_after(TYPING, Post::Quiet(self.typed));
            }
            Post::Quiet(typed) if typed == self.typed => self.tell(false, cx),
            Post::Quiet(_) => {}
            Post::Said(line) => {
                cx.list("lines").append(line.key(), line.row()).keep_last(room::KEPT);
            }
            Post::Missed => refill(cx),
            Post::Here => self.here = visitors(&cx.present(&here())),
        }
        Ok(())
    }
}

pub(crate) async fn page(Extension(names): Extension<Names>, page: Page) -> impl IntoResponse {
    let guest = Guest::of(&page.parts().headers, &names);
    let headers = guest.headers();
    let body = async |p: &Slot| {
        let chat = Chat { guest, typed: 0, here: Vec::new() };
        let content = html! {
            div.stage { (p.mount(chat).await) }
            ul.notes {
                li { "A line is appended to the page's own list; afterwards the server knows nothing of the row." }
                li { "Who comes later reads the last hundred lines in the first HTML, and can send with scripts off." }
                li { "Lines and names are in the server's memory only: a restart forgets them, but a page that is open brings its name along." }
                li { "What you say stands in the log at once, paler until the server has it; without a connection it waits there." }
                li { "Who types is part of presence: told at most four times a second, forgotten when the page goes." }
            }
        };
        layout(&ABOUT, content)
    };
    (headers, ABOUT.head(page).body_async(body).await)
}
