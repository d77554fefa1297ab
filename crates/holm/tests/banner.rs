//! The words for a lost connection: there on every live page, the app's own where it has some.

use holm::prelude::*;
use holm::test::App;

/// An island that makes its page a live one.
#[derive(Clone, Serialize, Deserialize)]
struct Lamp;

#[derive(Event)]
enum Never {}

impl Island for Lamp {
    type Event = Never;

    fn render(&self) -> Markup {
        html! { "on" }
    }

    async fn on(&mut self, event: Never, _: &mut Cx<Never>) -> holm::Result {
        match event {}
    }
}

async fn get_from(live: Live, path: &str) -> String {
    async fn home(page: Page) -> Page {
        page.title("Home").body(|p| p.island(Lamp))
    }
    async fn own(page: Page) -> Page {
        page.banner(html! { p.holm-lost { "the page's" } }).body(|p| p.island(Lamp))
    }
    async fn none(page: Page) -> Page {
        page.banner(html! {}).body(|p| p.island(Lamp))
    }
    async fn dead(page: Page) -> Page {
        page.body(|_| html! { "No island." })
    }
    let router = Router::new()
        .route("/", get(home))
        .route("/own", get(own))
        .route("/none", get(none))
        .route("/dead", get(dead))
        .with_live(live.key([0; 32]).island::<Lamp>());
    App::new(router).get(path).await.html().to_owned()
}

#[tokio::test]
async fn a_live_page_says_in_english_that_its_connection_is_lost() {
    let html = get_from(Live::new(), "/").await;
    assert!(html.contains(r#"<div class="holm-banner" role="status"><p class="holm-lost">"#), "{html}");
}

#[tokio::test]
async fn a_page_with_no_island_has_no_banner() {
    assert!(!get_from(Live::new(), "/dead").await.contains("holm-banner"));
}

#[tokio::test]
async fn the_app_has_words_of_its_own_and_a_page_too() {
    let live = || Live::new().banner(html! { p.holm-lost { "the app's" } });
    let html = get_from(live(), "/").await;
    assert!(html.contains(r#"role="status"><p class="holm-lost">the app's</p></div>"#), "{html}");
    let html = get_from(live(), "/own").await;
    assert!(html.contains("the page's") && !html.contains("the app's"), "{html}");
}

#[tokio::test]
async fn empty_markup_is_no_banner() {
    assert!(!get_from(Live::new(), "/none").await.contains("holm-banner"));
    assert!(!get_from(Live::new().banner(html! {}), "/").await.contains("holm-banner"));
}
