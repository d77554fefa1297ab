//! Islands in an island: a list decides which children there are, each child keeps its own state.

#![forbid(unsafe_code)]

use holm::prelude::*;

#[derive(Clone, Default, Serialize, Deserialize)]
struct Crew {
    boats: Vec<u32>,
    launched: u32,
}

#[derive(Event)]
enum Harbour {
    Launch,
    Reverse,
    Land(u32),
}

impl Island for Crew {
    type Event = Harbour;

    fn render(&self) -> Markup {
        html! {
            button data-live=(Harbour::Launch) { "Launch a boat" }
            button data-live=(Harbour::Reverse) { "Reverse" }
            ul {
                @for number in &self.boats {
                    // The key makes a boat the same boat wherever it stands in the list.
                    li id={ "boat-" (number) } {
                        (holm::nest(&number.to_string(), Boat { number: *number, oars: 2 }))
                        button data-live=(Harbour::Land(*number)) { "Land" }
                    }
                }
            }
        }
    }

    async fn on(&mut self, event: Harbour, _cx: &mut Cx<Harbour>) -> holm::Result {
        match event {
            Harbour::Launch => {
                self.launched += 1;
                self.boats.push(self.launched);
            }
            Harbour::Reverse => self.boats.reverse(),
            Harbour::Land(number) => self.boats.retain(|boat| *boat != number),
        }
        Ok(())
    }
}

#[derive(Clone, Serialize, Deserialize)]
struct Boat {
    number: u32,
    oars: u32,
}

#[derive(Event)]
enum Row {
    Man,
}

impl Island for Boat {
    type Event = Row;

    fn render(&self) -> Markup {
        html! {
            "Boat " (self.number) ", oars: " output { (self.oars) } " "
            button data-live=(Row::Man) { "One more" }
        }
    }

    async fn on(&mut self, Row::Man: Row, _cx: &mut Cx<Row>) -> holm::Result {
        self.oars += 1;
        Ok(())
    }
}

async fn home(page: Page) -> Page {
    page.title("Boats").body(|p| html! { h1 { "Boats" } (p.island(Crew::default())) })
}

#[tokio::main]
async fn main() -> holm::Result {
    let live = Live::new().island::<Crew>().island::<Boat>();
    holm::serve(Router::new().route("/", get(home)).with_live(live)).await
}
