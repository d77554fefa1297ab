//! Islands whose rows the server forgets.

use std::time::Duration;

use holm::prelude::{Cx, Deserialize, Event, Island, Markup, Page, Serialize, Slot, html};

/// How many rows a [`Log`] keeps in the page.
pub const KEPT: u64 = 500;

/// Lines at the end of a box, the newest last. The island knows how many there were, and none of them.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Log {
    /// How many lines there have been.
    pub lines: u64,
}

/// What a [`Log`] takes.
#[derive(Debug, Event)]
pub enum Write {
    /// So many lines, one event each.
    Flood {
        /// How many.
        lines: u64,
    },
    /// One more line.
    #[event(server)]
    Line,
}

/// About as long as a line of a log is.
fn line(number: u64) -> Markup {
    html! { li title="what a line has to tell beside its number, in about eighty bytes" { "line " (number) } }
}

impl Log {
    fn fill(&self, cx: &Cx<Write>) {
        let lines = cx.list("lines");
        lines.clear();
        for number in self.lines.saturating_sub(KEPT)..self.lines {
            lines.append(number, line(number));
        }
    }
}

impl Island for Log {
    type Event = Write;

    fn render(&self) -> Markup {
        html! {
            output { (self.lines) }
            button data-live=(Write::Flood { lines: 1 }) { "one" }
            button data-live=(Write::Flood { lines: 20 }) { "some" }
            button data-live=(Write::Flood { lines: 100_000 }) { "many" }
            div .box { ol data-live-list="lines" {} }
        }
    }

    async fn mount(&mut self, cx: &mut Cx<Write>) -> holm::Result {
        self.fill(cx);
        Ok(())
    }

    async fn restore(&mut self, cx: &mut Cx<Write>) -> holm::Result {
        self.fill(cx);
        Ok(())
    }

    async fn on(&mut self, event: Write, cx: &mut Cx<Write>) -> holm::Result {
        match event {
            Write::Flood { lines } => cx.spawn(move |island| async move {
                for _ in 0..lines {
                    if island.send(Write::Line).await.is_err() {
                        return;
                    }
                }
            }),
            Write::Line => {
                let rows = usize::try_from(KEPT).unwrap_or(usize::MAX);
                cx.list("lines").append(self.lines, line(self.lines)).keep_last(rows);
                self.lines += 1;
            }
        }
        Ok(())
    }
}

/// A text that comes token by token.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Answer {
    /// How many tokens have come.
    pub tokens: u32,
}

/// What an [`Answer`] takes.
#[derive(Debug, Event)]
pub enum Ask {
    /// Begin anew, with so many tokens.
    Begin {
        /// How many.
        tokens: u32,
    },
    /// The next.
    #[event(server)]
    Token,
}

impl Answer {
    /// A token that would be markup, were it read as such.
    pub fn token(number: u32) -> String {
        format!("<b>{number}</b>&amp; ")
    }
}

impl Island for Answer {
    type Event = Ask;

    fn render(&self) -> Markup {
        html! {
            button data-live=(Ask::Begin { tokens: 300 }) { "ask" }
            output { (self.tokens) }
            p data-live-list="answer" {}
        }
    }

    async fn restore(&mut self, cx: &mut Cx<Ask>) -> holm::Result {
        let text: String = (0..self.tokens).map(Self::token).collect();
        cx.text("answer").clear().push(text);
        Ok(())
    }

    async fn on(&mut self, event: Ask, cx: &mut Cx<Ask>) -> holm::Result {
        match event {
            Ask::Begin { tokens } => {
                self.tokens = 0;
                cx.text("answer").clear();
                cx.spawn(move |island| async move {
                    for _ in 0..tokens {
                        tokio::time::sleep(Duration::from_millis(2)).await;
                        if island.send(Ask::Token).await.is_err() {
                            return;
                        }
                    }
                });
            }
            Ask::Token => {
                cx.text("answer").push(Self::token(self.tokens));
                self.tokens += 1;
            }
        }
        Ok(())
    }
}

/// News, the newest first; older ones come at the end when asked for.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Feed {
    /// The newest.
    pub newest: i64,
    /// The oldest.
    pub oldest: i64,
}

/// What a [`Feed`] takes.
#[derive(Debug, Event)]
pub enum Read {
    /// A newer one.
    Newer,
    /// An older one, before the newest but one.
    Between,
    /// Three older ones.
    Older,
    /// The newest goes.
    Drop,
}

fn news(number: i64) -> Markup {
    html! { article { h2 { "news " (number) } p { "About " (number) "." } } }
}

impl Island for Feed {
    type Event = Read;

    fn render(&self) -> Markup {
        html! {
            button data-live=(Read::Newer) { "newer" }
            button data-live=(Read::Between) { "between" }
            button data-live=(Read::Older) { "older" }
            button data-live=(Read::Drop) { "drop" }
            section .box data-live-list="news" {}
        }
    }

    async fn mount(&mut self, cx: &mut Cx<Read>) -> holm::Result {
        let list = cx.list("news");
        (self.oldest..=self.newest).for_each(|number| {
            list.prepend(number, news(number));
        });
        Ok(())
    }

    async fn on(&mut self, event: Read, cx: &mut Cx<Read>) -> holm::Result {
        let list = cx.list("news");
        match event {
            Read::Newer => {
                self.newest += 1;
                list.prepend(self.newest, news(self.newest));
            }
            Read::Between => {
                list.insert_before(self.newest - 1, "between", html! { article { h2 { "between" } } });
            }
            Read::Older => {
                for _ in 0..3 {
                    self.oldest -= 1;
                    list.append(self.oldest, news(self.oldest));
                }
            }
            Read::Drop => {
                list.remove(self.newest);
            }
        }
        Ok(())
    }
}

/// Rows with fields, which change while somebody types in them.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Chat {
    /// How often the rows have changed.
    pub changes: u32,
}

/// What a [`Chat`] takes.
#[derive(Debug, Event)]
pub enum Say {
    /// Every row changes.
    Change,
    /// A row's own button.
    Like(u32),
}

fn message(number: u32, changes: u32) -> Markup {
    html! {
        tr class=(format!("v{changes}")) {
            td { "message " (number) ", version " (changes) }
            td { input name="reply"; button data-live=(Say::Like(number)) { "like" } }
        }
    }
}

impl Island for Chat {
    type Event = Say;

    fn render(&self) -> Markup {
        html! {
            button #change data-live=(Say::Change) { "change" }
            table { thead { tr { th { "text" } th { "reply" } } } tbody data-live-list="messages" {} }
        }
    }

    async fn mount(&mut self, cx: &mut Cx<Say>) -> holm::Result {
        for number in 0..3 {
            cx.list("messages").append(number, message(number, self.changes));
        }
        Ok(())
    }

    async fn on(&mut self, event: Say, cx: &mut Cx<Say>) -> holm::Result {
        match event {
            Say::Change => {
                self.changes += 1;
                for number in 0..3 {
                    cx.list("messages").update(number, message(number, self.changes));
                }
            }
            Say::Like(number) => {
                cx.list("messages")
                    .update(number, html! { tr { td { "liked " (number) } td { input name="reply"; } } });
            }
        }
        Ok(())
    }
}

pub(super) async fn log(page: Page) -> Page {
    let page = page.title("Log").lang("en");
    page.body_async(async |p: &Slot| html! { h1 { "Log" } (p.mount(Log::default()).await) }).await
}

pub(super) async fn answer(page: Page) -> Page {
    page.title("Answer").lang("en").body(|p: &Slot| html! { h1 { "Answer" } (p.island(Answer::default())) })
}

pub(super) async fn feed(page: Page) -> Page {
    let page = page.title("Feed").lang("en");
    page.body_async(async |p: &Slot| html! { h1 { "Feed" } (p.mount(Feed { newest: 20, oldest: 1 }).await) })
        .await
}

pub(super) async fn chat(page: Page) -> Page {
    let page = page.title("Chat").lang("en");
    page.body_async(async |p: &Slot| html! { h1 { "Chat" } (p.mount(Chat::default()).await) }).await
}
