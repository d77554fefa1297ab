//! What an island does between a page and its session, told in process with `holm::test`.

use std::time::Duration;

use holm::prelude::*;
use holm::test::{App, Tab};
use holm::{Code, Error};

#[derive(Clone, Default, Serialize, Deserialize)]
struct Counter {
    count: i64,
}

#[derive(Event)]
enum Press {
    Inc,
    Set {
        to: i64,
    },
    Nothing,
    Fail,
    Panic,
    Hang,
    After {
        millis: u64,
    },
    Unrenderable,
    Push,
    Go,
    Whoami,
    Read,
    Spin,
    Name {
        name: String,
        age: u8,
    },
    #[event(server)]
    Tick(i64),
}

impl Island for Counter {
    type Event = Press;

    fn render(&self) -> Markup {
        assert!(self.count != i64::MAX, "this state cannot be shown");
        html! {
            button #inc data-live=(Press::Inc) { "+" }
            button #set data-live=(Press::Set { to: 7 }) { "7" }
            output { "live: " (self.count) }
            form data-live-submit=(Press::name_event()) {
                input name="name" value="Ada";
                input name="age" value="36";
                input name="news" type="checkbox";
            }
        }
    }

    async fn on(&mut self, event: Press, cx: &mut Cx<Press>) -> holm::Result {
        match event {
            Press::Inc => self.count += 1,
            Press::Set { to } | Press::Tick(to) => self.count = to,
            Press::Nothing => {}
            Press::Fail => {
                self.count = -1;
                return Err(Error::public("Not today."));
            }
            Press::Panic => {
                self.count = -1;
                panic!("a handler's panic, on purpose");
            }
            Press::Hang => {
                self.count = -1;
                std::future::pending::<()>().await;
            }
            Press::After { millis } => {
                tokio::time::sleep(Duration::from_millis(millis)).await;
                self.count += 1;
            }
            Press::Unrenderable => self.count = i64::MAX,
            Press::Push => cx.push("counted", serde_json::json!({ "count": self.count })),
            Press::Go => {
                cx.redirect("/elsewhere");
                cx.title("Gone");
                cx.send_after(Duration::from_hours(1), Press::Tick(100));
            }
            Press::Whoami => {
                let length = cx.principal().id().unwrap_or("nobody").len();
                self.count = i64::try_from(length)?;
            }
            Press::Spin => {
                if let Some(island) = cx.handle() {
                    island.try_send(Press::Spin)?;
                }
            }
            Press::Read => self.count = *cx.state::<i64>(),
            Press::Name { name, age } => self.count = i64::from(age) + i64::try_from(name.len())?,
        }
        Ok(())
    }
}

async fn home(page: Page) -> Page {
    page.title("Counters")
        .body(|p| html! { (p.island(Counter::default())) (p.island(Counter { count: 40 })) })
}

fn live() -> Live {
    Live::new().key([7; 32]).development(true).island::<Counter>().state(5_i64)
}

fn app(live: Live) -> App {
    App::new(Router::new().route("/", get(home)).with_live(live))
}

async fn tab() -> Tab {
    app(live()).get("/").await.live().await
}

const FIRST: &str = "Counter:0";
const SECOND: &str = "Counter:1";

fn codes(tab: &Tab) -> Vec<Code> {
    tab.errors().iter().map(|problem| problem.code).collect()
}

#[tokio::test]
async fn the_page_reads_well_by_itself_and_carries_a_wrapper_an_island() {
    let page = app(live()).get("/").await;
    assert_eq!(page.status, 200);
    assert_eq!(page.count("holm-island[data-island=Counter][data-instance][data-seal]"), 2);
    assert_eq!(page.text("holm-island:last-of-type output"), "live: 40");
    assert_eq!(page.count("script[async][src^='/__live/client/holm-']"), 1);
    assert!(!page.html().contains("\"count\""), "the state is sealed, not shown");
}

#[tokio::test]
async fn a_page_without_an_island_ships_nothing_of_holm() {
    async fn plain(page: Page) -> Page {
        page.title("Plain").lang("de").meta("description", "no script").body(|_| html! { p { "words" } })
    }
    let page = App::new(Router::new().route("/", get(plain)).with_live(live())).get("/").await;
    assert_eq!(page.count("script, link"), 0);
    assert_eq!(page.attr("html", "lang").as_deref(), Some("de"));
}

#[tokio::test]
async fn joining_a_page_that_shows_the_state_sends_no_html() {
    assert_eq!(tab().await.edits(), []);
}

#[tokio::test]
async fn an_event_changes_its_own_instance_by_a_small_edit() {
    let mut tab = tab().await;
    tab.send(SECOND, "set", r#"{"to":42}"#).await;
    tab.send(SECOND, "inc", "").await;
    assert!(tab.html(SECOND).contains("live: 43"));
    assert!(tab.html(FIRST).contains("live: 0"));
    let edit = tab.edits().last().unwrap();
    assert_eq!(edit.island, SECOND);
    assert!(edit.bytes <= 12, "{} bytes", edit.bytes);
}

#[tokio::test]
async fn a_click_finds_event_and_payload_from_inside_the_page() {
    let mut tab = tab().await;
    tab.click("#set").await;
    assert_eq!(tab.text("output"), "live: 7");
}

#[tokio::test]
async fn a_form_s_fields_fill_a_typed_event() {
    let mut tab = tab().await;
    tab.submit("form", &[("age", "40")]).await;
    assert_eq!(tab.text("output"), "live: 43");
    tab.submit("form", &[("age", "a lot")]).await;
    assert_eq!(codes(&tab), [Code::BadPayload]);
    assert_eq!(tab.text("output"), "live: 43");
}

#[tokio::test]
async fn an_event_that_changes_nothing_is_acknowledged_and_nothing_else() {
    let mut tab = tab().await;
    tab.send(FIRST, "nothing", "").await;
    assert_eq!((tab.edits().len(), codes(&tab).len()), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn whatever_goes_wrong_keeps_the_old_state_and_leaves_the_other_island_alone() {
    let cases = [
        ("fail", "", Code::HandlerError),
        ("panic", "", Code::HandlerPanic),
        ("hang", "", Code::HandlerTimeout),
        ("unrenderable", "", Code::RenderFailed),
        ("nosuch", "", Code::UnknownEvent),
        ("tick", "[3]", Code::UnknownEvent),
        ("toString", "", Code::UnknownEvent),
        ("__proto__", "{}", Code::UnknownEvent),
        ("set", r#"{"to":"three"}"#, Code::BadPayload),
        ("set", "", Code::BadPayload),
        ("set", "{", Code::BadPayload),
        ("inc", "1", Code::BadPayload),
    ];
    for (name, payload, code) in cases {
        let mut tab = tab().await;
        tab.send(FIRST, "inc", "").await;
        tab.send(FIRST, name, payload).await;
        assert_eq!(codes(&tab), [code], "{name}");
        assert_eq!(tab.errors()[0].island.as_deref(), Some(FIRST));
        tab.send(SECOND, "inc", "").await;
        tab.send(FIRST, "inc", "").await;
        assert!(tab.html(FIRST).contains("live: 2"), "after {name}: {}", tab.html(FIRST));
        assert!(tab.html(SECOND).contains("live: 41"));
    }
}

#[tokio::test]
async fn a_public_error_is_told_in_its_own_words_and_an_internal_one_is_not() {
    let mut tab = tab().await;
    tab.send(FIRST, "fail", "").await;
    tab.send(FIRST, "panic", "").await;
    assert_eq!(tab.errors()[0].sentence, "Not today.");
    assert!(!tab.errors()[1].sentence.contains("on purpose"));
}

#[tokio::test(start_paused = true)]
async fn a_slow_handler_holds_up_its_own_island_only() {
    let mut tab = tab().await;
    tab.send_now(FIRST, "after", r#"{"millis":2000}"#);
    tab.send_now(FIRST, "set", r#"{"to":10}"#);
    let start = tokio::time::Instant::now();
    tab.send(SECOND, "inc", "").await;
    assert_eq!(start.elapsed(), Duration::ZERO, "the other island answers at once");
    tab.wait_for(|tab| tab.html(FIRST).contains("live: 10")).await;
    assert_eq!(start.elapsed(), Duration::from_secs(2), "the slow one keeps its order");
}

#[tokio::test]
async fn an_event_before_a_refused_one_is_acknowledged_with_its_edit_and_first() {
    let mut tab = tab().await;
    tab.send_now(FIRST, "inc", "");
    tab.send_now(FIRST, "fail", "");
    tab.send_now(FIRST, "nosuch", "");
    tab.wait_for(|tab| tab.errors().len() == 2).await;
    assert!(tab.html(FIRST).contains("live: 1"), "the edit came before the errors");
    assert_eq!(codes(&tab), [Code::HandlerError, Code::UnknownEvent]);
    assert_eq!(tab.unacknowledged(FIRST), 0);
}

#[tokio::test]
async fn of_several_events_that_cannot_be_shown_each_is_refused() {
    let mut tab = tab().await;
    tab.send_now(FIRST, "inc", "");
    tab.send_now(FIRST, "unrenderable", "");
    tab.wait_for(|tab| tab.errors().len() == 2).await;
    assert_eq!(codes(&tab), [Code::RenderFailed, Code::RenderFailed]);
    assert!(tab.html(FIRST).contains("live: 0"));
    assert_eq!(tab.unacknowledged(FIRST), 0);
}

#[tokio::test]
async fn an_island_that_sends_itself_events_without_end_holds_up_nobody() {
    let mut tab = tab().await;
    tab.send_now(FIRST, "spin", "");
    for _ in 0..10 {
        tab.send(SECOND, "inc", "").await;
        tokio::task::yield_now().await;
    }
    assert!(tab.html(SECOND).contains("live: 50"));
}

#[tokio::test]
async fn a_panic_in_an_island_s_own_clone_is_an_error_of_that_island() {
    #[derive(Serialize, Deserialize)]
    struct Fragile {
        touched: bool,
    }
    impl Clone for Fragile {
        fn clone(&self) -> Self {
            assert!(!self.touched, "a clone's panic, on purpose");
            Self { touched: self.touched }
        }
    }
    #[derive(Event)]
    enum Touch {
        Touch,
    }
    impl Island for Fragile {
        type Event = Touch;
        fn render(&self) -> Markup {
            html! { button data-live=(Touch::Touch) { "touch" } }
        }
        async fn on(&mut self, Touch::Touch: Touch, _: &mut Cx<Touch>) -> holm::Result {
            self.touched = true;
            Ok(())
        }
    }
    async fn page(page: Page) -> Page {
        page.title("Fragile")
            .body(|p| html! { (p.island(Fragile { touched: false })) (p.island(Counter::default())) })
    }
    let router = Router::new().route("/", get(page)).with_live(live().island::<Fragile>());
    let mut tab = App::new(router).get("/").await.live().await;
    tab.send("Fragile:0", "touch", "").await;
    tab.send("Fragile:0", "touch", "").await;
    assert_eq!(codes(&tab), [Code::HandlerPanic]);
    tab.send(FIRST, "inc", "").await;
    assert!(tab.html(FIRST).contains("live: 1"));
}

#[tokio::test]
async fn effects_reach_the_page() {
    let mut tab = tab().await;
    tab.send(FIRST, "push", "").await;
    tab.send(SECOND, "go", "").await;
    assert_eq!(tab.pushed()[0].name, "counted");
    assert_eq!(tab.pushed()[0].detail, serde_json::json!({ "count": 0 }));
    assert_eq!((tab.redirect(), tab.title()), (Some("/elsewhere"), Some("Gone")));
}

#[tokio::test(start_paused = true)]
async fn a_message_to_itself_renders_the_island_with_no_event_of_the_page_s() {
    let mut tab = tab().await;
    tab.send(FIRST, "go", "").await;
    tab.wait_within(Duration::from_hours(2), |tab| tab.html(FIRST).contains("live: 100")).await;
}

#[tokio::test]
async fn handlers_read_the_app_s_state_and_the_principal() {
    let live = live().authorize(|parts| async move {
        match parts.headers.get("x-user") {
            Some(user) => Ok(Principal::new(user.to_str()?)),
            None => Err(Error::public("Who are you?")),
        }
    });
    let app = app(live);
    let request = http::Request::get("/").header("x-user", "ada").body(axum::body::Body::empty()).unwrap();
    let mut tab = app.request(request).await.live().await;
    tab.send(FIRST, "whoami", "").await;
    assert!(tab.html(FIRST).contains("live: 3"));
    tab.send(FIRST, "read", "").await;
    assert!(tab.html(FIRST).contains("live: 5"));
}

#[tokio::test]
async fn disconnecting_a_principal_ends_its_connections_and_nobody_else_s() {
    let live = live().authorize(|parts| async move {
        let user = parts.headers.get("x-user").map(|user| user.to_str().map(str::to_owned)).transpose()?;
        Ok(user.map_or_else(Principal::anonymous, Principal::new))
    });
    let hub = live.hub();
    let app = app(live);
    let join = |user: &'static str| {
        let request = http::Request::get("/").header("x-user", user).body(axum::body::Body::empty()).unwrap();
        let app = app.clone();
        async move { app.request(request).await.live().await }
    };
    let (mut ada, mut bob) = (join("ada").await, join("bob").await);
    assert_eq!(hub.disconnect(&Principal::new("ada")), 1);
    ada.wait_for(|tab| tab.errors().iter().any(|problem| problem.code == Code::Disconnected)).await;
    bob.send(FIRST, "inc", "").await;
    assert!(bob.html(FIRST).contains("live: 1"));
    drop(ada);
    assert_eq!(hub.connections(), 1);
}

#[test]
#[should_panic(expected = "needs state of type")]
fn missing_state_fails_at_start() {
    #[derive(Clone, Serialize, Deserialize)]
    struct Needy;
    #[derive(Event)]
    enum None {}
    impl Island for Needy {
        type Event = None;
        fn needs(needs: &mut Needs) {
            needs.state::<String>();
        }
        fn render(&self) -> Markup {
            html! {}
        }
        async fn on(&mut self, event: None, _: &mut Cx<None>) -> holm::Result {
            match event {}
        }
    }
    let _: Router = Router::new().with_live(Live::new().island::<Needy>());
}

#[test]
#[should_panic(expected = "two islands are named `Counter`")]
fn a_duplicate_name_fails_at_start() {
    mod other {
        use holm::prelude::*;
        #[derive(Clone, Serialize, Deserialize)]
        pub(super) struct Counter;
        #[derive(Event)]
        pub(super) enum None {}
        impl Island for Counter {
            type Event = None;
            fn render(&self) -> Markup {
                html! {}
            }
            async fn on(&mut self, event: None, _: &mut Cx<None>) -> holm::Result {
                match event {}
            }
        }
    }
    let _: Router = Router::new().with_live(live().island::<other::Counter>());
}
