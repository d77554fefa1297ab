//! The smallest island: one number, two buttons. The README shows this file.

#![forbid(unsafe_code)]

use holm::prelude::*;

#[derive(Clone, Default, Serialize, Deserialize)]
struct Counter {
    count: i64,
}

#[derive(Event)]
enum Press {
    Inc,
    Dec,
    Set { to: i64 },
}

impl Island for Counter {
    type Event = Press;

    fn render(&self) -> Markup {
        html! {
            button data-live=(Press::Dec) { "-" }
            output { "live: " (self.count) }
            button data-live=(Press::Inc) { "+" }
            button data-live=(Press::Set { to: 0 }) { "back to 0" }
        }
    }

    async fn on(&mut self, event: Press, _cx: &mut Cx<Press>) -> holm::Result {
        match event {
            Press::Inc => self.count += 1,
            Press::Dec => self.count -= 1,
            Press::Set { to } => self.count = to,
        }
        Ok(())
    }
}

async fn home(page: Page) -> Page {
    page.title("Counter").body(|p| html! { h1 { "Counter" } (p.island(Counter::default())) })
}

#[tokio::main]
async fn main() -> holm::Result {
    let live = Live::new().island::<Counter>();
    holm::serve(Router::new().route("/", get(home)).with_live(live)).await
}
