use holm::prelude::*;

#[derive(Clone, Serialize, Deserialize)]
struct Counter;

enum Press {
    Inc,
}

impl Island for Counter {
    type Event = Press;

    fn render(&self) -> Markup {
        html! {}
    }

    async fn on(&mut self, _event: Press, _cx: &mut Cx<Press>) -> holm::Result {
        Ok(())
    }
}

fn main() {}
