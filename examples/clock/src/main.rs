//! An island that the server moves: a timer sends it a message, and the page follows.

#![forbid(unsafe_code)]

use std::time::Duration;

use holm::prelude::*;

#[derive(Clone, Default, Serialize, Deserialize)]
struct Stopwatch {
    seconds: u32,
    running: bool,
}

#[derive(Event)]
enum Message {
    Start,
    Stop,
    Clear,
    /// Sent by the timer; a page that tries is refused.
    #[event(server)]
    Tick,
}

impl Island for Stopwatch {
    type Event = Message;

    fn render(&self) -> Markup {
        // Not `disabled`: a button that its own press disables would lose the focus.
        let off = |when: bool| when.then_some("true");
        html! {
            p { time { (format!("{:02}:{:02}", self.seconds / 60, self.seconds % 60)) } }
            button data-live=(Message::Start) aria-disabled=[off(self.running)] { "Start" }
            button data-live=(Message::Stop) aria-disabled=[off(!self.running)] { "Stop" }
            button data-live=(Message::Clear) { "Clear" }
        }
    }

    /// Runs when a page joins. The timer ends with the session, which outlives a short loss of the connection.
    async fn restore(&mut self, cx: &mut Cx<Message>) -> holm::Result {
        cx.every(Duration::from_secs(1), || Message::Tick);
        Ok(())
    }

    async fn on(&mut self, event: Message, _cx: &mut Cx<Message>) -> holm::Result {
        match event {
            Message::Start => self.running = true,
            Message::Stop => self.running = false,
            Message::Clear => self.seconds = 0,
            Message::Tick => self.seconds += u32::from(self.running),
        }
        Ok(())
    }
}

async fn home(page: Page) -> Page {
    page.title("Stopwatch").body(|p| html! { h1 { "Stopwatch" } (p.island(Stopwatch::default())) })
}

#[tokio::main]
async fn main() -> holm::Result {
    let live = Live::new().island::<Stopwatch>();
    holm::serve(Router::new().route("/", get(home)).with_live(live)).await
}
