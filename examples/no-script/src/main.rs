//! A shopping list that works with scripts off: turn them off in the browser and use it.
//!
//! `PROGRESSIVE` makes each `data-live` button and `data-live-submit` form a plain control as well. Where the
//! script runs it takes the press; where it does not, the browser posts a form, the same handler runs, and a
//! redirect shows the page in its new state.

#![forbid(unsafe_code)]

use holm::prelude::*;

#[derive(Clone, Default, Serialize, Deserialize)]
struct Shopping {
    things: Vec<Thing>,
    /// How many were ever added.
    added: u32,
}

#[derive(Clone, Serialize, Deserialize)]
struct Thing {
    id: u32,
    what: String,
    count: u32,
}

#[derive(Event)]
enum Change {
    /// Filled by the form's field of the same name.
    Add {
        what: String,
    },
    More(u32),
    Less(u32),
}

impl Island for Shopping {
    type Event = Change;
    const PROGRESSIVE: bool = true;

    fn render(&self) -> Markup {
        html! {
            // With another id it is another form, and an empty one.
            form id={ "add-" (self.added) } data-live-submit=(Change::add_event()) {
                label { "What is missing? " input name="what" required maxlength="40" autofocus[self.added > 0]; }
                button { "Add" }
            }
            p data-live-error data-live-ignore role="alert" {}
            ul {
                @for thing in &self.things {
                    li data-key=(thing.id) {
                        button data-live=(Change::Less(thing.id)) aria-label={ "Less " (thing.what) } { "\u{2212}" }
                        " " (thing.count) " × " (thing.what) " "
                        button data-live=(Change::More(thing.id)) aria-label={ "More " (thing.what) } { "+" }
                    }
                }
            }
            @if self.things.is_empty() { p { "Nothing is missing." } }
        }
    }

    async fn on(&mut self, event: Change, _cx: &mut Cx<Change>) -> holm::Result {
        match event {
            Change::Add { what } => {
                let what = what.trim();
                if what.is_empty() || what.chars().count() > 40 {
                    return Err(holm::Error::public("Name it in 1 to 40 letters."));
                }
                self.added += 1;
                self.things.push(Thing { id: self.added, what: what.to_owned(), count: 1 });
            }
            Change::More(id) => {
                self.things.iter_mut().filter(|thing| thing.id == id).for_each(|thing| thing.count += 1);
            }
            Change::Less(id) => {
                self.things.iter_mut().filter(|thing| thing.id == id).for_each(|thing| thing.count -= 1);
                self.things.retain(|thing| thing.count > 0);
            }
        }
        Ok(())
    }
}

async fn home(page: Page) -> Page {
    page.title("Shopping").body(|p| html! { main { h1 { "Shopping" } (p.island(Shopping::default())) } })
}

#[tokio::main]
async fn main() -> holm::Result {
    let live = Live::new().island::<Shopping>();
    holm::serve(Router::new().route("/", get(home)).with_live(live)).await
}
