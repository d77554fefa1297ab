//! What handlers have the page do by itself (`cx.act`, `cx.reset`, `cx.focus`).

use holm::act::Act;
use holm::prelude::*;
use holm::test::App;

#[derive(Clone, Default, Serialize, Deserialize)]
struct Desk {
    sold: u32,
}

#[derive(Event)]
enum Press {
    Sell,
    Fail,
}

impl Island for Desk {
    type Event = Press;

    fn render(&self) -> Markup {
        html! {
            output { (self.sold) }
            button #sell data-live=(Press::Sell) {}
            button #fail data-live=(Press::Fail) {}
            input #thanks;
            input #elsewhere;
        }
    }

    async fn on(&mut self, event: Press, cx: &mut Cx<Press>) -> holm::Result {
        cx.reset("form#order");
        cx.act(Act::add_class("#a b", "sold;out").and(Act::reset("#other form").focus("#thanks")));
        match event {
            Press::Sell => self.sold += 1,
            Press::Fail => return Err(holm::Error::public("Sold out.")),
        }
        Ok(())
    }
}

fn app() -> App {
    async fn home(page: Page) -> Page {
        page.body(|p: &Slot| html! { (p.island(Desk::default())) })
    }
    App::new(Router::new().route("/", get(home)).with_live(Live::new().key([1; 32]).island::<Desk>()))
}

#[tokio::test(start_paused = true)]
async fn words_come_in_their_order_after_the_edit() {
    let mut tab = app().get("/").await.live().await;
    tab.click("#sell").await;
    tab.wait_for(|tab| tab.acts().len() == 4).await;
    assert_eq!(tab.text("output"), "1", "the edit was there first");
    let words: Vec<(&str, &str)> = tab.acts().iter().map(|act| (&*act.what, &*act.with)).collect();
    // The event's number before a form is between server and page.
    assert_eq!(
        words,
        [
            ("reset", "form#order"),
            ("class+", "#a%20b sold%3Bout"),
            ("reset", "#other form"),
            ("focus", "#thanks")
        ]
    );
    assert_eq!(tab.acts()[0].island, "Desk:0");
}

#[tokio::test(start_paused = true)]
async fn a_handler_that_fails_has_the_page_do_nothing() {
    let mut tab = app().get("/").await.live().await;
    tab.click("#fail").await;
    tab.wait_for(|tab| !tab.errors().is_empty()).await;
    assert!(tab.acts().is_empty());
}

#[tokio::test(start_paused = true)]
async fn the_focus_goes_where_the_server_says_unless_the_visitor_has_gone_on_since() {
    let mut tab = app().get("/").await.live().await;
    tab.click("#sell").await;
    tab.wait_for(|tab| tab.acts().len() == 4).await;
    assert!(tab.is_focused("#thanks"));

    tab.hold();
    tab.click("#sell").await;
    tab.focus("#elsewhere").await;
    tab.wait_for(|tab| tab.acts().len() == 8).await;
    assert!(tab.is_focused("#elsewhere"), "the act answers what was pressed before");

    tab.click("#sell").await;
    tab.wait_for(|tab| tab.acts().len() == 12).await;
    assert!(tab.is_focused("#thanks"), "a later press is answered again");
}
