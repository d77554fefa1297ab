//! Shared islands on pages: what development says of them, and what stands beside them.
#![allow(clippy::unwrap_used, reason = "a test fails where it unwraps")]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use holm::Code;
use holm::prelude::*;
use holm::test::{App, Page as Served};

#[derive(Clone, Serialize, Deserialize)]
struct Vote {
    key: String,
    count: u32,
}

#[derive(Event)]
enum Press {
    Inc,
}

/// Whether what is asked for at first is there.
#[derive(Clone, Default)]
struct Store(Arc<AtomicBool>);

impl Island for Vote {
    type Event = Press;
    const PROGRESSIVE: bool = true;

    fn render(&self) -> Markup {
        html! {
            @if self.key == "literal" { a data-live="inc" { "+" } }
            button data-live=(Press::Inc) { (self.count) }
            @if self.key == "nested" { (holm::nest("inner", Vote { key: "inner".into(), count: 0 })) }
        }
    }

    async fn on(&mut self, Press::Inc: Press, _: &mut Cx<Press>) -> holm::Result {
        self.count += 1;
        Ok(())
    }

    async fn restore(&mut self, cx: &mut Cx<Press>) -> holm::Result {
        if self.key == "stored" {
            tokio::task::yield_now().await;
            if !cx.state::<Store>().0.load(Ordering::Relaxed) {
                return Err(holm::Error::public("Not yet."));
            }
        }
        Ok(())
    }
}

impl SharedIsland for Vote {
    fn open(key: &str) -> Self {
        Self { key: key.to_owned(), count: 0 }
    }
}

fn app(live: Live) -> App {
    async fn one(page: Page) -> Page {
        let key = page.parts().uri.path()[1..].to_owned();
        page.title("Vote").body(|p| p.shared::<Vote>(&key))
    }
    async fn all(page: Page) -> Page {
        page.title("Vote").progressive().body(|p| {
            html! { (p.shared::<Vote>("a")) (p.keyed("b", Vote::open("b"))) (p.shared::<Vote>("c")) }
        })
    }
    async fn twice(page: Page) -> Page {
        page.title("Vote").body(|p| html! { (p.shared::<Vote>("a")) (p.shared::<Vote>("a")) })
    }
    let router = Router::new().route("/all", get(all)).route("/twice", get(twice)).route("/{key}", get(one));
    App::new(router.with_live(live))
}

fn live(development: bool) -> Live {
    Live::new().key([3; 32]).development(development).state(Store::default()).shared_island::<Vote>()
}

fn advice(page: &Served) -> (u16, String) {
    (page.status.as_u16(), page.html().to_owned())
}

#[tokio::test]
async fn nesting_in_a_shared_island_is_refused_in_development_with_what_to_do_instead() {
    let (status, html) = advice(&app(live(true)).get("/nested").await);
    assert_eq!(status, 500);
    assert!(html.contains("nested_in_shared") && html.contains("place them beside it"), "{html}");
    // Elsewhere the page is served, with nothing where the other one would be.
    let app = app(live(false));
    let mut tab = app.get("/nested").await.live().await;
    tab.click("button").await;
    assert_eq!((tab.text("button"), tab.count("holm-island holm-island")), ("1".to_owned(), 1));
}

#[tokio::test]
async fn development_looks_at_its_events_whether_it_lives_or_not() {
    let app = app(live(true));
    assert!(advice(&app.get("/literal").await).1.contains("literal_event"));
    assert_eq!(app.get("/good").await.status.as_u16(), 200);
}

#[tokio::test]
async fn one_that_is_not_registered_as_shared_says_what_to_add() {
    let live = Live::new().key([3; 32]).development(true).state(Store::default()).island::<Vote>();
    let (status, html) = advice(&app(live).get("/a").await);
    assert_eq!(status, 500);
    assert!(html.contains(".shared_island::&lt;Vote&gt;()"), "{html}");
}

#[tokio::test]
async fn one_key_stands_once_on_a_page() {
    assert!(advice(&app(live(true)).get("/twice").await).1.contains("duplicate_key"));
}

#[tokio::test(start_paused = true)]
async fn on_a_page_that_works_with_no_script_it_is_the_same_picture_and_posts_nothing() {
    let app = app(live(false));
    let page = app.get("/all").await;
    // The private one's button posts; the shared ones' do not.
    assert_eq!((page.count("button"), page.count("button[name]")), (3, 1), "{}", page.html());
    let mut all = page.live().await;
    let mut one = app.get("/a").await.live().await;
    all.send("+Vote.a", "inc", "").await;
    all.send("+Vote.b", "inc", "").await;
    one.wait_for(|tab| tab.text("button") == "1").await;
    assert_eq!(
        app.get("/all").await.html().matches(">1</button>").count(),
        1,
        "of another page the private one"
    );
}

#[tokio::test(start_paused = true)]
async fn events_that_wait_for_one_that_does_not_come_to_life_are_done_when_it_does() {
    let store = Store::default();
    let live = Live::new().key([3; 32]).development(false).state(store.clone()).shared_island::<Vote>();
    let app = app(live);
    let mut tab = app.get("/stored").await.live().await;
    tab.send_now("Vote.stored", "inc", "");
    tab.wait_for(|tab| !tab.errors().is_empty()).await;
    assert_eq!(tab.errors()[0].code, Code::RestoreFailed);
    store.0.store(true, Ordering::Relaxed);
    let tab = tab.rejoin(&app).await;
    assert_eq!(tab.text("button"), "1");
}
