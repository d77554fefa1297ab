//! An answer that comes word by word, as those of language models do; the words here are canned.

use std::time::Duration;

use holm::prelude::*;

use crate::layout::{About, layout};

pub(crate) static ABOUT: About = About {
    path: "/assistant",
    title: "A streamed answer",
    short: "Assistant",
    summary: "Words are pushed to the page as they come, a few bytes each, and can be stopped. No model behind it: the text is canned.",
    file: "assistant.rs",
};

/// From one word to the next.
const PACE: Duration = Duration::from_millis(45);

const ANSWERS: [(&str, &str); 3] = [
    (
        "What is an island?",
        "An island is a part of a page that lives on after the page was served. It is a plain struct on the server: \
         its fields are the state, a pure function turns them into HTML, and a handler says what each event does. \
         Around it the page is ordinary HTML and needs no script. When an event changes the state, both renders are \
         compared, and the page receives only what differs.",
    ),
    (
        "What if the connection is lost?",
        "Nothing you did is lost. The server keeps the session for a minute, its timers go on, and when the page comes \
         back it is sent what it missed. If the server itself was restarted, the page brings the state along, \
         sealed so that nobody can read or change it, and every press that the state does not contain yet runs again, \
         once and in order. You can try it here: take your network away in the middle of this answer.",
    ),
    (
        "How does this text get here?",
        "Each word is one call of cx.text in a handler, and a frame of a few bytes on the wire. The server appends it \
         to the element and forgets it: the page holds the text, and the island holds which answer it is and how \
         many words were said. Words that wait for a slow page are joined, so it gets fewer and longer ones. \
         Pressing Stop is an event as any other, and the timer for the next word finds itself out of date.",
    ),
];

#[derive(Clone, Default, Serialize, Deserialize)]
pub(crate) struct Assistant {
    /// Which answer, from 1; none yet at 0.
    asked: usize,
    words: usize,
    speaking: bool,
    /// Counts the questions and stops, so that a tick left over from an earlier answer is known.
    run: u32,
}

#[derive(Event)]
pub(crate) enum Message {
    Ask(usize),
    Stop,
    #[event(server)]
    Tick {
        run: u32,
    },
}

impl Assistant {
    fn words(&self) -> impl Iterator<Item = &'static str> + use<> {
        let text = self.asked.checked_sub(1).and_then(|at| ANSWERS.get(at)).map_or("", |answer| answer.1);
        text.split_inclusive(' ')
    }

    fn go_on(&self, cx: &Cx<Message>) {
        cx.send_after(PACE, Message::Tick { run: self.run });
    }
}

impl Island for Assistant {
    type Event = Message;

    fn render(&self) -> Markup {
        let word = match (self.asked, self.speaking) {
            (0, _) => "Choose a question.",
            (_, true) => "Answering",
            _ if self.words().nth(self.words).is_some() => "Stopped.",
            _ => "The answer is complete.",
        };
        html! {
            div.assistant {
                div.bar role="group" aria-label="Questions" {
                    @for (at, (question, _)) in ANSWERS.iter().enumerate() {
                        button.quiet data-live=(Message::Ask(at + 1)) aria-pressed=(if self.asked == at + 1 { "true" } else { "false" }) { (question) }
                    }
                }
                // The words come too fast to be read out one by one: the status tells when there is an answer to read.
                section.answer aria-label="Answer" aria-busy=(if self.speaking { "true" } else { "false" }) {
                    p data-live-list="answer" {}
                }
                div.bar {
                    button data-live=(Message::Stop) aria-disabled=[(!self.speaking).then_some("true")] { "Stop" }
                    p role="status" { (word) }
                }
            }
        }
    }

    async fn restore(&mut self, cx: &mut Cx<Message>) -> holm::Result {
        let said: String = self.words().take(self.words).collect();
        cx.text("answer").clear().push(said);
        if self.speaking {
            self.go_on(cx);
        }
        Ok(())
    }

    async fn on(&mut self, event: Message, cx: &mut Cx<Message>) -> holm::Result {
        match event {
            Message::Ask(at @ 1..=3) => {
                *self = Self { asked: at, words: 0, speaking: true, run: self.run + 1 };
                cx.text("answer").clear();
                self.go_on(cx);
            }
            Message::Stop => self.speaking = false,
            Message::Tick { run } if self.speaking && run == self.run => match self.words().nth(self.words) {
                Some(word) => {
                    self.words += 1;
                    cx.text("answer").push(word);
                    self.go_on(cx);
                }
                None => self.speaking = false,
            },
            Message::Ask(_) | Message::Tick { .. } => {}
        }
        Ok(())
    }
}

pub(crate) async fn page(page: Page) -> Page {
    ABOUT.head(page).body(|p| {
        let content = html! {
            div.stage { (p.island(Assistant::default())) }
            ul.notes {
                li { "A word costs its own letters and at most eight bytes. Nothing is rendered or compared for it." }
                li { "The state is which answer and how many words: after a lost connection or a restart it goes on mid-sentence; after a crash from the page's last seal, which may be five seconds old." }
                li { "A screen reader hears that an answer begins and that it is complete, not each word." }
            }
        };
        layout(&ABOUT, content)
    })
}
