//! What survives the server: effects that must not repeat, states that are not sealed, seals that are too old.
#![allow(clippy::unwrap_used, reason = "a test fails where it unwraps")]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use holm::Code;
use holm::prelude::*;
use holm::test::App;

/// A store outside the islands, which outlives the server.
#[derive(Clone, Default)]
struct Payments(Arc<Mutex<Vec<String>>>);

impl Payments {
    fn made(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }
}

#[derive(Clone, Default, Serialize, Deserialize)]
struct Till {
    paid: u32,
    opened: u32,
}

#[derive(Event)]
enum Press {
    Open,
    #[event(once)]
    Pay,
    #[event(once)]
    Slowly,
}

impl Island for Till {
    type Event = Press;

    fn render(&self) -> Markup {
        html! { output { (self.opened) " " (self.paid) } }
    }

    async fn on(&mut self, event: Press, cx: &mut Cx<Press>) -> holm::Result {
        match event {
            Press::Open => {
                self.opened += 1;
                assert!(cx.event_id().is_some());
            }
            Press::Slowly => {
                tokio::time::sleep(Duration::from_secs(2)).await;
                cx.state::<Payments>().0.lock().unwrap().push("slowly".to_owned());
                self.paid += 1;
            }
            Press::Pay => {
                let id = cx.event_id().ok_or_else(|| holm::Error::public("Only a page pays."))?;
                cx.state::<Payments>().0.lock().unwrap().push(id.to_string());
                self.paid += 1;
            }
        }
        Ok(())
    }
}

/// Its state is not for the page to keep.
#[derive(Clone, Default, Serialize, Deserialize)]
struct Secret {
    count: u32,
}

#[derive(Event)]
enum Count {
    Up,
    Pay,
}

impl Island for Secret {
    type Event = Count;
    const SEALED: bool = false;

    fn render(&self) -> Markup {
        html! { b { (self.count) } }
    }

    async fn on(&mut self, count: Count, cx: &mut Cx<Count>) -> holm::Result {
        match count {
            Count::Up => self.count += 1,
            Count::Pay => {
                let id = cx.event_id().ok_or_else(|| holm::Error::public("Only a page pays."))?;
                cx.state::<Payments>().0.lock().unwrap().push(id.to_string());
            }
        }
        Ok(())
    }
}

fn app(payments: &Payments, development: bool) -> App {
    async fn home(page: Page) -> Page {
        page.title("Till").body(|p| html! { (p.island(Till::default())) (p.island(Secret::default())) })
    }
    let live = Live::new().key([8; 32]).development(development).build("the same");
    let live = live.state(payments.clone()).island::<Till>().island::<Secret>();
    App::new(Router::new().route("/", get(home)).with_live(live))
}

const TILL: &str = "Till:0";

#[tokio::test(start_paused = true)]
async fn an_event_with_effects_outside_is_sealed_with_its_answer_and_not_run_again() {
    let payments = Payments::default();
    let mut tab = app(&payments, false).get("/").await.live().await;
    tab.send(TILL, "open", "").await;
    tab.send(TILL, "pay", "").await;
    tab.send(TILL, "open", "").await;
    // No quiet second has passed; the server is lost at once.
    let tab = tab.rejoin(&app(&payments, false)).await;
    assert_eq!(tab.text("output"), "2 1");
    assert_eq!(payments.made().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn where_the_seal_was_lost_both_runs_have_the_same_id() {
    let payments = Payments::default();
    let mut tab = app(&payments, false).get("/").await.live().await;
    tab.send(TILL, "pay", "").await;
    tab.send(TILL, "open", "").await;
    // The page never heard of the second payment.
    tab.send_now(TILL, "pay", "");
    let tab = tab.rejoin(&app(&payments, false)).await;
    assert_eq!(tab.text("output"), "1 2");
    let made = payments.made();
    assert_eq!(made.len(), 3, "{made:?}");
    assert_eq!(made[1], made[2]);
    assert_ne!(made[0], made[1]);
}

#[tokio::test(start_paused = true)]
async fn a_state_that_is_not_sealed_begins_again_and_its_events_are_not_repeated() {
    let payments = Payments::default();
    let mut tab = app(&payments, false).get("/").await.live().await;
    for _ in 0..3 {
        tab.send("Secret:0", "up", "").await;
    }
    tab.idle(Duration::from_secs(2)).await;
    let tab = tab.lose().resume(&app(&payments, false)).await;
    assert_eq!(tab.text("b"), "0");
    let codes: Vec<_> = tab.errors().iter().map(|error| error.code).collect();
    assert_eq!(codes, [Code::SessionGone]);
}

#[tokio::test(start_paused = true)]
async fn within_the_session_it_goes_on() {
    let payments = Payments::default();
    let app = app(&payments, false);
    let mut tab = app.get("/").await.live().await;
    tab.send("Secret:0", "up", "").await;
    assert_eq!(tab.lose().resume(&app).await.text("b"), "1");
}

#[tokio::test(start_paused = true)]
async fn development_says_which_island_does_not_survive() {
    let tab = app(&Payments::default(), true).get("/").await.live().await;
    let [problem] = tab.errors() else { panic!("{:?}", tab.errors()) };
    assert_eq!((problem.code, problem.island.as_deref()), (Code::NotSealed, None));
    assert!(problem.sentence.contains("Secret"), "{}", problem.sentence);
}

#[tokio::test(start_paused = true)]
async fn an_island_that_is_not_sealed_names_no_later_event_like_an_earlier_one() {
    let payments = Payments::default();
    let mut tab = app(&payments, false).get("/").await.live().await;
    tab.send("Secret:0", "pay", "").await;
    tab.idle(Duration::from_secs(2)).await;
    // The next server does not know how far its events had come.
    let mut tab = tab.lose().resume(&app(&payments, false)).await;
    tab.send("Secret:0", "pay", "").await;
    let made = payments.made();
    assert_eq!(made.len(), 2, "{made:?}");
    assert_ne!(made[0], made[1]);
}

#[tokio::test(start_paused = true)]
async fn an_older_seal_than_the_page_has_is_refused_while_its_session_is_remembered() {
    let payments = Payments::default();
    let app = app(&payments, false);
    let mut tab = app.get("/").await.live().await;
    tab.send(TILL, "pay", "").await;
    let older = tab.seal(TILL).to_vec();
    tab.send(TILL, "pay", "").await;
    // The page says that it has the newer one.
    tab.report();
    tab.set_seal(TILL, &older);
    let tab = tab.rejoin(&app).await;
    assert!(tab.errors().iter().any(|error| error.code == Code::SealRolledBack), "{:?}", tab.errors());
}

#[tokio::test(start_paused = true)]
async fn a_server_that_remembers_nothing_takes_any_seal_of_this_visitor() {
    let payments = Payments::default();
    let mut tab = app(&payments, false).get("/").await.live().await;
    tab.send(TILL, "open", "").await;
    tab.send(TILL, "pay", "").await;
    let older = tab.seal(TILL).to_vec();
    tab.send(TILL, "pay", "").await;
    tab.report();
    tab.set_seal(TILL, &older);
    let tab = tab.rejoin(&app(&payments, false)).await;
    assert!(tab.errors().is_empty(), "{:?}", tab.errors());
    assert_eq!(tab.text("output"), "1 1", "the second was in a newer seal, which the page no longer has");
}

#[tokio::test(start_paused = true)]
async fn a_drain_waits_for_what_is_being_done_and_seals_it() {
    let payments = Payments::default();
    let app = app(&payments, false);
    let page = app.get("/").await;
    let mut tab = app.get("/").await.live().await;
    tab.send_now(TILL, "slowly", "");
    let drain = tokio::spawn(async move { page.drain().await });
    tab.wait_for(|tab| tab.come_back().is_some()).await;
    assert_eq!(payments.made().len(), 1);
    let tab = tab.rejoin(&self::app(&payments, false)).await;
    assert_eq!((tab.text("output").as_str(), payments.made().len()), ("0 1", 1));
    drain.await.unwrap();
}
