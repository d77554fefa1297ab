//! Topics that are published to without end: whoever listens is shown on the way, and holds up nobody.

use holm::prelude::*;
use holm::test::App;

/// What a broken turn would run to before anything is shown.
const END: u32 = 20_000;

/// Answers each message with the next one, up to [`END`].
#[derive(Clone, Default, Serialize, Deserialize)]
struct Echo {
    heard: u32,
}

#[derive(Event)]
enum Press {
    #[event(server)]
    Heard(u32),
}

fn topic() -> Topic<u32> {
    Topic::new("echo")
}

impl Island for Echo {
    type Event = Press;

    fn render(&self) -> Markup {
        html! { output { (self.heard) } }
    }

    async fn restore(&mut self, cx: &mut Cx<Press>) -> holm::Result {
        cx.subscribe(&topic(), |number| Press::Heard(*number));
        Ok(())
    }

    async fn on(&mut self, Press::Heard(number): Press, cx: &mut Cx<Press>) -> holm::Result {
        self.heard = number;
        if number < END {
            cx.publish(&topic(), number + 1);
        }
        Ok(())
    }
}

fn app(island: Echo) -> (App, Hub) {
    let live = Live::new().key([7; 32]).development(false).island::<Echo>();
    let hub = live.hub();
    let home = move |page: Page| async move { page.title("Echo").body(|p| p.island(island)) };
    (App::new(Router::new().route("/", get(home)).with_live(live)), hub)
}

#[tokio::test]
async fn an_island_that_answers_its_own_topic_is_shown_on_the_way() {
    let (app, hub) = app(Echo::default());
    let mut tab = app.get("/").await.live().await;
    assert_eq!(hub.publish(&topic(), 1), 1);
    tab.wait_for(|tab| tab.text("output") != "0").await;
    let first: u32 = tab.text("output").parse().unwrap_or(END);
    assert!(first < END / 10, "the first edit came after {first} messages");
    tab.wait_for(|tab| tab.text("output") == END.to_string()).await;
}

#[tokio::test]
async fn two_islands_that_answer_each_other_are_both_shown_on_the_way() {
    let (app, hub) = app(Echo::default());
    let (mut one, mut two) = (app.get("/").await.live().await, app.get("/").await.live().await);
    assert_eq!(hub.publish(&topic(), END - 200), 2);
    for tab in [&mut one, &mut two] {
        tab.wait_for(|tab| tab.text("output") != "0").await;
        assert!(tab.edits().len() > 1 || tab.text("output") != END.to_string());
    }
}
