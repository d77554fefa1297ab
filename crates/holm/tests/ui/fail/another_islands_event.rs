use std::time::Duration;

use holm::prelude::*;

#[derive(Clone, Serialize, Deserialize)]
struct Counter;

#[derive(Event)]
enum Press {
    Inc,
}

#[derive(Event)]
enum Other {
    Go,
}

impl Island for Counter {
    type Event = Press;

    fn render(&self) -> Markup {
        html! {}
    }

    async fn on(&mut self, _event: Press, cx: &mut Cx<Press>) -> holm::Result {
        cx.send_after(Duration::from_secs(1), Other::Go);
        Ok(())
    }
}

fn main() {}
