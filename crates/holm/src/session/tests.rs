//! What only the inside of a session shows.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::prelude::*;
use crate::test::App;

#[derive(Clone, Serialize, Deserialize)]
struct Counter {
    count: u32,
}

#[derive(Event)]
enum Press {
    Inc,
}

impl Island for Counter {
    type Event = Press;

    fn render(&self) -> Markup {
        html! { output { (self.count) } }
    }

    async fn on(&mut self, Press::Inc: Press, _: &mut Cx<Press>) -> crate::Result {
        self.count += 1;
        Ok(())
    }
}

#[tokio::test(start_paused = true)]
async fn however_often_it_is_sealed_a_session_waits_once_or_twice_in_the_wheel() {
    async fn home(page: Page) -> Page {
        page.title("Counter").body(|p| p.island(Counter { count: 0 }))
    }
    let live = Live::new().key([1; 32]).island::<Counter>();
    let hub = live.hub();
    let app = App::new(Router::new().route("/", get(home)).with_live(live));
    let mut tab = app.get("/").await.live().await;
    for _ in 0..30 {
        tab.send("Counter:0", "inc", "").await;
        tab.idle(Duration::from_secs(2)).await;
    }
    tab.idle(Duration::from_secs(40)).await;
    let waiting = hub.inner.wheel.waiting();
    assert!((1..=2).contains(&waiting), "{waiting} entries");
}

#[tokio::test(start_paused = true)]
async fn what_waits_for_its_page_is_freed_with_the_app() {
    async fn home(page: Page) -> Page {
        page.title("Counter").body(|p| p.island(Counter { count: 0 }))
    }
    let live = Live::new().key([1; 32]).island::<Counter>();
    let hub = std::sync::Arc::downgrade(&live.hub().inner);
    let app = App::new(Router::new().route("/", get(home)).with_live(live));
    drop(app.get("/").await.live().await.lose());
    assert_eq!(hub.upgrade().map(|hub| hub.lot.len()), Some(1));
    drop(app);
    // Counts are still being told.
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert!(hub.upgrade().is_none(), "the parked session kept the app, and the app the session");
}

#[tokio::test(start_paused = true)]
async fn what_a_replaced_connection_reports_counts_for_none_of_the_next() {
    async fn home(page: Page) -> Page {
        page.title("Counter").body(|p| p.island(Counter { count: 0 }))
    }
    let live = Live::new().key([1; 32]).island::<Counter>();
    let hub = live.hub();
    let app = App::new(Router::new().route("/", get(home)).with_live(live));
    let tab = app.get("/").await.live().await;
    // A token begins with the number of its session.
    let token = URL_SAFE_NO_PAD.decode(tab.session()).unwrap();
    let session = hub.inner.session(u64::from_le_bytes(*token.first_chunk().unwrap())).unwrap();
    let before = session.lock().epoch;
    let mut tab = tab.lose().resume(&app).await;
    tab.send("Counter:0", "inc", "").await;
    let now = session.lock().epoch;
    assert!(now > before && session.lock().ring.sent() > 0);
    session.seen(1, before);
    assert_eq!(session.lock().ring.reported(), 0);
    session.seen(1, now);
    assert_eq!(session.lock().ring.reported(), 1);
}
