//! Islands in an island: the parent orders them, each keeps its own state.

use holm::prelude::*;

use crate::layout::{About, layout};

pub(crate) static ABOUT: About = About {
    path: "/nested",
    title: "Islands in an island",
    short: "Nested",
    summary: "An archipelago raises, moves and sinks its islets; each islet grows its own trees meanwhile.",
    file: "nested.rs",
};

/// Islets that fit the page.
const MOST: usize = 12;
/// Trees that fit an islet.
const FOREST: u8 = 9;

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Archipelago {
    islets: Vec<u32>,
    raised: u32,
}

#[derive(Event)]
pub(crate) enum Shift {
    Raise,
    Turn,
    Sink(u32),
}

impl Island for Archipelago {
    type Event = Shift;

    fn render(&self) -> Markup {
        html! {
            div.archipelago {
                div.bar {
                    button data-live=(Shift::Raise) aria-disabled=[off(self.islets.len() >= MOST)] { "Raise an islet" }
                    button.quiet data-live=(Shift::Turn) { "Turn them round" }
                }
                ul {
                    @for number in &self.islets {
                        li id={ "islet-" (number) } {
                            (holm::nest(&number.to_string(), Islet { number: *number, trees: 1 }))
                            button.quiet data-live=(Shift::Sink(*number)) aria-label={ "Sink islet " (number) } {
                                "Sink"
                            }
                        }
                    }
                }
            }
        }
    }

    async fn on(&mut self, event: Shift, _cx: &mut Cx<Shift>) -> holm::Result {
        match event {
            Shift::Raise if self.islets.len() < MOST => {
                self.raised += 1;
                self.islets.insert(0, self.raised);
            }
            Shift::Raise => {}
            Shift::Turn => self.islets.reverse(),
            Shift::Sink(number) => self.islets.retain(|islet| *islet != number),
        }
        Ok(())
    }
}

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Islet {
    number: u32,
    trees: u8,
}

#[derive(Event)]
pub(crate) enum Tend {
    Plant,
    Fell,
}

impl Island for Islet {
    type Event = Tend;

    fn render(&self) -> Markup {
        html! {
            div.islet role="group" aria-label={ "Islet " (self.number) } {
                svg viewBox="0 0 120 60" aria-hidden="true" focusable="false" {
                    path.land d="M6 50c14-16 30-22 54-22s42 6 54 22z" {}
                    path.shore d="M0 54h120M14 58h92" {}
                    @for tree in 0..self.trees {
                        path.tree transform=(place(tree)) d="M0 4v-7m-4 1 4-14 4 14z" {}
                    }
                }
                p { "Islet " (self.number) ", trees: " output { (self.trees) } }
                button data-live=(Tend::Fell) aria-label="Fell a tree" aria-disabled=[off(self.trees == 0)] { "\u{2212}" }
                button data-live=(Tend::Plant) aria-label="Plant a tree" aria-disabled=[off(self.trees == FOREST)] { "+" }
            }
        }
    }

    async fn on(&mut self, event: Tend, _cx: &mut Cx<Tend>) -> holm::Result {
        self.trees = match event {
            Tend::Plant => FOREST.min(self.trees + 1),
            Tend::Fell => self.trees.saturating_sub(1),
        };
        Ok(())
    }
}

/// The value of `aria-disabled`. A button that its own press disables would lose the focus with `disabled`; this one
/// keeps it, and the handler ignores the press.
fn off(when: bool) -> Option<&'static str> {
    when.then_some("true")
}

/// Where a tree stands: outward from the middle, on the slope.
fn place(tree: u8) -> String {
    let out = i32::from(tree).midpoint(1) * 9;
    let x = if tree.is_multiple_of(2) { 60 + out } else { 60 - out };
    format!("translate({x} {})", 28 + out * out / 150)
}

pub(crate) async fn page(page: Page) -> Page {
    ABOUT.head(page).body(|p| {
        let content = html! {
            div.stage { (p.island(Archipelago { islets: vec![3, 2, 1], raised: 3 })) }
            ul.notes {
                li { "The parent's render holds a place for each child; planting a tree never renders the parent." }
                li { "Turned round, the islets move as they are: the same elements, with their trees." }
                li { "A raised islet is rendered, sent and live in the same breath; a sunk one is forgotten." }
            }
        };
        layout(&ABOUT, content)
    })
}
