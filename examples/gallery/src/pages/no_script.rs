//! A counter and a form that work with scripts off, by the same handlers.

use holm::prelude::*;

use crate::layout::{About, layout};

pub(crate) static ABOUT: About = About {
    path: "/no-script",
    title: "Without a script",
    short: "No script",
    summary: "Turn scripts off and press: the same handlers answer plain forms, and loading again repeats nothing.",
    file: "no_script.rs",
};

#[derive(Clone, Default, Serialize, Deserialize)]
pub(crate) struct Buoys {
    count: i64,
}

#[derive(Event)]
pub(crate) enum Press {
    Inc,
    Dec,
    Set { to: i64 },
}

impl Island for Buoys {
    type Event = Press;
    const PROGRESSIVE: bool = true;

    fn render(&self) -> Markup {
        html! {
            div.counter role="group" aria-label="Buoys laid" {
                p.name aria-hidden="true" { "Buoys laid" }
                button data-live=(Press::Dec) aria-label="One less" { "\u{2212}" }
                output { (self.count) }
                button data-live=(Press::Inc) aria-label="One more" { "+" }
                button.quiet data-live=(Press::Set { to: 12 }) { "A dozen" }
            }
        }
    }

    async fn on(&mut self, event: Press, _cx: &mut Cx<Press>) -> holm::Result {
        self.count = match event {
            Press::Inc => self.count.saturating_add(1),
            Press::Dec => self.count.saturating_sub(1),
            Press::Set { to } => to,
        };
        Ok(())
    }
}

#[derive(Clone, Default, Serialize, Deserialize)]
pub(crate) struct Berths {
    ships: Vec<(u32, String, u16)>,
    arrived: u32,
}

#[derive(Event)]
pub(crate) enum Call {
    Moor { ship: String, metres: u16 },
    Leave(u32),
}

/// How many ships find a place.
const BERTHS: usize = 4;

impl Island for Berths {
    type Event = Call;
    const PROGRESSIVE: bool = true;

    fn render(&self) -> Markup {
        html! {
            div.berths {
                // With another id it is another form, and an empty one.
                form id={ "moor-" (self.arrived) } data-live-submit=(Call::moor_event()) {
                    label { "Ship" input name="ship" required maxlength="40" autocomplete="off"; }
                    label { "Metres" input name="metres" type="number" min="3" max="400" value="12" required; }
                    button { "Moor" }
                }
                p.refused data-live-error data-live-ignore role="alert" {}
                ul {
                    @for (id, ship, metres) in &self.ships {
                        li data-key=(id) {
                            span { (ship) ", " (metres) " m" }
                            button.quiet data-live=(Call::Leave(*id)) aria-label={ (ship) " leaves" } { "Leave" }
                        }
                    }
                }
            }
        }
    }

    async fn on(&mut self, event: Call, _cx: &mut Cx<Call>) -> holm::Result {
        match event {
            Call::Moor { ship, .. } if ship.trim().is_empty() || ship.len() > 160 => {
                return Err(holm::Error::public("A ship has a name of 1 to 40 letters."));
            }
            Call::Moor { .. } if self.ships.len() >= BERTHS => {
                return Err(holm::Error::public("All four berths are taken. Let one leave first."));
            }
            Call::Moor { ship, metres } => {
                self.arrived += 1;
                self.ships.push((self.arrived, ship.trim().to_owned(), metres));
            }
            Call::Leave(id) => self.ships.retain(|ship| ship.0 != id),
        }
        Ok(())
    }
}

pub(crate) async fn page(page: Page) -> Page {
    ABOUT.head(page).body(|p| {
        let content = html! {
            div.stage.two {
                (p.island(Buoys::default()))
                (p.island(Berths::default()))
            }
            ul.notes {
                li {
                    code { "const PROGRESSIVE: bool = true" } " is all it takes: buttons and forms become plain "
                    "controls that post to this address."
                }
                li { "The answer is a redirect, so loading again, going back or a bookmark posts nothing twice." }
                li { "The form carries the island's sealed state. Where the script runs, it takes the press instead." }
            }
        };
        layout(&ABOUT, content)
    })
}
