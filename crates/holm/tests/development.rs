//! Mistakes that compile and are shown at the first render, in development.

use holm::prelude::*;
use holm::test::{App, Page as TestPage};

macro_rules! island {
    ($name:ident, $event:ident, $markup:expr) => {
        #[derive(Clone, Serialize, Deserialize)]
        struct $name;
        impl Island for $name {
            type Event = $event;
            fn render(&self) -> Markup {
                $markup
            }
            async fn on(&mut self, _: $event, _: &mut Cx<$event>) -> holm::Result {
                Ok(())
            }
        }
    };
}

#[derive(Event)]
enum Press {
    Inc,
}

#[derive(Event)]
enum Other {
    Go,
}

island!(
    Good,
    Press,
    html! { button data-live=(Press::Inc) { "+" } form data-live-submit=(Press::inc_event()) {} }
);
island!(Literal, Press, html! { button data-live="inc" { "+" } });
island!(Foreign, Press, html! { button data-live=(Other::Go) { "+" } });
island!(Outside, Press, html! { button { (Press::Inc) } });
island!(Unregistered, Press, html! { "never shown" });
island!(Panics, Press, panic!("render panics, on purpose"));

async fn page_with<I: Island>(island: I, development: bool) -> TestPage {
    let live = Live::new().key([0; 32]).development(development);
    let live =
        live.island::<Good>().island::<Literal>().island::<Foreign>().island::<Outside>().island::<Panics>();
    let handler = move |page: Page| {
        let island = island.clone();
        async move { page.title("Page").body(|p| p.island(island)) }
    };
    App::new(Router::new().route("/", get(handler)).with_live(live)).get("/").await
}

async fn shown_in_development<I: Island>(island: I, code: &str, advice: &str) {
    let page = page_with(island.clone(), true).await;
    assert_eq!(page.status, 500);
    assert!(page.html().contains(code), "{}", page.html());
    assert!(page.html().contains(advice), "{}", page.html());
    assert!(page.html().contains(I::name()));
}

#[tokio::test]
async fn an_island_without_mistakes_is_served() {
    assert_eq!(page_with(Good, true).await.status, 200);
}

#[tokio::test]
async fn the_panel_is_loaded_in_development_and_never_in_release() {
    assert!(page_with(Good, true).await.html().contains(r#"data-parts="panel"#));
    let released = page_with(Good, false).await;
    assert!(
        !released.html().contains("panel") && !released.html().contains("holm-debug"),
        "{}",
        released.html()
    );
}

#[tokio::test]
async fn a_literal_a_foreign_event_and_an_event_elsewhere_say_what_to_write() {
    shown_in_development(Literal, "literal_event", "Press::Inc").await;
    shown_in_development(Foreign, "foreign_event", "Other").await;
    shown_in_development(Outside, "event_outside_attribute", "data-live=").await;
}

#[tokio::test]
async fn an_event_outside_every_island_is_shown() {
    async fn page(page: Page) -> Page {
        page.title("Page").body(|p| html! { (p.island(Good)) button data-live=(Press::Inc) { "+" } })
    }
    let live = Live::new().key([0; 32]).development(true).island::<Good>();
    let page = App::new(Router::new().route("/", get(page)).with_live(live)).get("/").await;
    assert_eq!(page.status, 500);
    assert!(page.html().contains("event_outside_island"), "{}", page.html());
}

#[tokio::test]
async fn outside_development_they_are_served_as_they_are() {
    assert_eq!(page_with(Literal, false).await.status, 200);
}

#[tokio::test]
async fn an_unregistered_island_names_the_line_to_add_and_in_production_only_to_the_log() {
    shown_in_development(Unregistered, "unknown_island", ".island::&lt;Unregistered&gt;()").await;
    let page = page_with(Unregistered, false).await;
    assert_eq!(page.status, 500);
    assert!(!page.html().contains("Unregistered"));
}

#[tokio::test]
async fn a_render_that_panics_is_a_500() {
    shown_in_development(Panics, "render_failed", "panicked").await;
}
