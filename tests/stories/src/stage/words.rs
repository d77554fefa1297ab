//! Words that an island's handlers and timers say, a template with every kind of attribute, forms with several buttons,
//! and a form in a dialog.

use std::time::Duration;

use holm::act::Act;
use holm::prelude::*;

/// Two fields, one of which words select the text of, and what was submitted.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Words {
    said: Vec<String>,
    ticks: u32,
}

/// What reaches it.
#[derive(Debug, Event)]
pub enum Say {
    /// A form's text.
    Text {
        /// What was typed.
        text: String,
    },
    /// The text of the field is to be selected.
    Select,
    /// From now on a timer selects it.
    Start,
    /// The timer does.
    #[event(server)]
    Tick,
}

impl Island for Words {
    type Event = Say;

    fn render(&self) -> Markup {
        html! {
            output #ticks { (self.ticks) }
            input #field value="some text";
            input #other;
            button #select data-live=(Say::Select) { "Select" }
            button #start data-live=(Say::Start) { "Start" }
            // Everything that holds an address, style or script, and three that do not.
            template #row {
                li title="{text}" data-note="{text}" aria-label="is {text}" {
                    a href="/{text}" xlink:href="{text}" { "{text}" }
                    form action="{text}" { button formaction="{text}" onclick="{text}" { "x" } }
                    object data="{text}" {}
                    video srcset="{text}" style="{text}" onfocus="{text}" {}
                    script { "window.typed = '{text}'" }
                }
            }
            ul #rows {}
            form #add method="dialog" data-live-submit=(Say::text_event()) data-live-disable="Saving…"
                data-live-optimistic=(Act::append("#rows", "#row")) {
                input #text name="text";
                button #first { "First" }
                button #second { "Second" }
                button #third data-live-disable="Third…" { "Third" }
            }
            form #own method="dialog" data-live-submit=(Say::text_event()) {
                input type="hidden" name="text" value="own";
                button #plain { "Plain" }
                button #waits data-live-disable="Waiting…" { "Waits" }
            }
            dialog #box {
                form #ask method="dialog" data-live-submit=(Say::text_event()) {
                    input #answer name="text";
                    button #yes { "Yes" }
                }
            }
            button #open type="button" data-live-do=(Act::open("#box")) { "Ask" }
            p #said { (self.said.join("|")) }
        }
    }

    async fn on(&mut self, event: Say, cx: &mut Cx<Say>) -> holm::Result {
        match event {
            Say::Text { text } => self.said.push(text),
            Say::Select => cx.act(Act::select("#field")),
            Say::Start => cx.every(Duration::from_millis(20), || Say::Tick),
            Say::Tick => {
                self.ticks += 1;
                cx.act(Act::select("#field"));
            }
        }
        Ok(())
    }
}

pub(super) async fn page(page: Page) -> Page {
    page.title("Words").lang("en").body(|p: &Slot| html! { h1 { "Words" } (p.island(Words::default())) })
}
