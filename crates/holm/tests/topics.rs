//! Topics: what is published once and heard by every island that listens.
#![allow(clippy::unwrap_used, reason = "a test fails where it unwraps")]

use std::cell::Cell;
use std::time::Duration;

use holm::prelude::*;
use holm::test::{App, Tab};
use holm::{Code, Overflow};
use parking_lot::Mutex;

thread_local! {
    /// How often the islands of this test were rendered: each test has a thread of its own.
    static RENDERS: Cell<usize> = const { Cell::new(0) };
}

fn renders() -> usize {
    RENDERS.get()
}

#[derive(Clone, Default, Serialize, Deserialize)]
struct Feed {
    room: String,
    lines: Vec<String>,
}

#[derive(Event)]
enum Press {
    /// Under a policy: oldest, newest, resync.
    Listen {
        topic: String,
        policy: String,
    },
    ListenToNumbers(String),
    ListenToPanics(String),
    ListenAndFail(String),
    ListenSlowly(String),
    Unlisten(String),
    Say(String),
    SayAndFail(String),
    Note(String),
    Slow,
    Start,
    #[event(server)]
    Tick,
    #[event(server)]
    Line(String),
    #[event(server)]
    Number(u32),
    #[event(server)]
    Wait(u64),
    #[event(server)]
    Reload,
}

impl Island for Feed {
    type Event = Press;
    const PROGRESSIVE: bool = true;

    fn render(&self) -> Markup {
        RENDERS.set(RENDERS.get() + 1);
        html! {
            ul { @for line in &self.lines { li { (line) } } }
            button data-live=(Press::Say("hello".into())) { "hello" }
            output { (self.lines.join(" ")) }
        }
    }

    async fn restore(&mut self, cx: &mut Cx<Press>) -> holm::Result {
        if !self.room.is_empty() {
            cx.subscribe(&Topic::<String>::new(&self.room), |line| Press::Line(line.clone()));
        }
        Ok(())
    }

    async fn on(&mut self, event: Press, cx: &mut Cx<Press>) -> holm::Result {
        let line = |line: &String| Press::Line(line.clone());
        match event {
            Press::Listen { topic, policy } => {
                let overflow = match &*policy {
                    "newest" => Overflow::Newest,
                    "resync" => Overflow::resync(|| Press::Reload),
                    _ => Overflow::DropOldest,
                };
                cx.subscribe_with(&Topic::<String>::new(topic), overflow, line);
            }
            Press::ListenToNumbers(topic) => {
                cx.subscribe(&Topic::<u32>::new(topic), |number| Press::Number(*number));
            }
            Press::ListenToPanics(topic) => cx.subscribe(&Topic::<String>::new(topic), |line| {
                assert!(line != "panic", "a panic in a map, on purpose");
                Press::Line(line.clone())
            }),
            Press::ListenAndFail(topic) => {
                cx.subscribe(&Topic::<String>::new(topic), line);
                return Err(holm::Error::public("no"));
            }
            Press::ListenSlowly(topic) => {
                cx.subscribe(&Topic::<String>::new(topic), line);
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
            Press::Unlisten(topic) => cx.unsubscribe(&Topic::<String>::new(topic)),
            Press::Say(line) => cx.publish(&Topic::<String>::new(&self.room), line),
            Press::SayAndFail(line) => {
                cx.publish(&Topic::<String>::new(&self.room), line);
                return Err(holm::Error::public("no"));
            }
            Press::Note(line) | Press::Line(line) => self.lines.push(line),
            Press::Start => cx.every(Duration::from_secs(1), || Press::Tick),
            Press::Tick => {}
            Press::Slow => {
                cx.subscribe(&Topic::<u64>::new("slow"), |seconds| Press::Wait(*seconds));
            }
            Press::Number(number) => self.lines.push(number.to_string()),
            Press::Wait(seconds) => {
                tokio::time::sleep(Duration::from_secs(seconds)).await;
                self.lines.push("waited".into());
            }
            Press::Reload => self.lines.push("reload".into()),
        }
        Ok(())
    }
}

const FIRST: &str = "Feed:0";
const SECOND: &str = "Feed:1";

/// The first feed listens to `room` from the beginning, the second to nothing.
fn app_with(limits: Limits) -> (App, Hub) {
    async fn home(page: Page) -> Page {
        let feed = || Feed { room: "room".into(), lines: Vec::new() };
        page.title("Feeds").body(|p| html! { (p.island(feed())) (p.island(Feed::default())) })
    }
    async fn webhook(hub: Hub, line: String) -> String {
        hub.publish(&Topic::new("room"), line).to_string()
    }
    let live = Live::new().key([7; 32]).development(false).limits(limits).island::<Feed>();
    let hub = live.hub();
    let router = Router::new().route("/", get(home)).route("/webhook", axum::routing::post(webhook));
    (App::new(router.with_live(live)), hub)
}

async fn tab() -> (Tab, Hub) {
    let (app, hub) = app_with(Limits::default());
    (app.get("/").await.live().await, hub)
}

fn room() -> Topic<String> {
    Topic::new("room")
}

fn say(hub: &Hub, lines: impl IntoIterator<Item = u32>) {
    for line in lines {
        hub.publish(&room(), line.to_string());
    }
}

async fn listen(tab: &mut Tab, topic: &str, policy: &str) {
    tab.send(SECOND, "listen", &serde_json::json!({ "topic": topic, "policy": policy }).to_string()).await;
}

/// What an island shows, once the tab has taken all there is.
async fn shown(tab: &mut Tab, instance: &str) -> String {
    tab.send(instance, "unlisten", "\"nothing\"").await;
    let html = tab.html(instance);
    html[html.find("<output>").unwrap() + 8..html.find("</output>").unwrap()].to_owned()
}

#[tokio::test]
async fn a_plain_handler_publishes_and_an_island_hears() {
    let (app, hub) = app_with(Limits::default());
    let mut tab = app.get("/").await.live().await;
    assert_eq!(hub.subscribers(&room()), 1);
    let request = http::Request::post("/webhook").body(axum::body::Body::from("hello")).unwrap();
    assert_eq!(app.request(request).await.html(), "1");
    tab.wait_for(|tab| tab.html(FIRST).contains("<li>hello</li>")).await;
    assert!(!tab.html(SECOND).contains("<li>"), "who is not subscribed hears nothing");
}

#[tokio::test]
async fn a_burst_is_handled_first_and_rendered_once() {
    let (app, hub) = app_with(Limits { topic_queue: 1_000, ..Limits::default() });
    let mut tab = app.get("/").await.live().await;
    let (before, edits) = (renders(), tab.edits().len());
    say(&hub, 1..=1_000);
    tab.wait_for(|tab| tab.edits().len() > edits).await;
    tab.idle(Duration::from_millis(10)).await;
    assert_eq!((renders() - before, tab.edits().len() - edits), (1, 1));
    let lines: Vec<String> = (1..=1_000).map(|line| line.to_string()).collect();
    assert_eq!(shown(&mut tab, FIRST).await, lines.join(" "));
}

#[tokio::test]
async fn each_policy_keeps_its_bound() {
    let (app, hub) = app_with(Limits { topic_queue: 3, ..Limits::default() });
    for (policy, expected) in [("oldest", "7 8 9 10"), ("newest", "9 10"), ("resync", "reload 10")] {
        let mut tab = app.get("/").await.live().await;
        listen(&mut tab, "room", policy).await;
        say(&hub, 1..=9);
        tab.wait_for(|tab| tab.html(SECOND).contains("<li>")).await;
        say(&hub, 10..=10);
        tab.wait_for(|tab| tab.html(SECOND).contains("<li>10</li>")).await;
        assert_eq!(shown(&mut tab, SECOND).await, expected, "{policy}");
    }
}

#[tokio::test]
async fn a_topic_is_a_name_and_a_type() {
    let (mut tab, hub) = tab().await;
    tab.send(SECOND, "listen_to_numbers", "\"room\"").await;
    let numbers = Topic::<u32>::new("room");
    assert_eq!((hub.topics(), hub.subscribers(&room()), hub.subscribers(&numbers)), (2, 1, 1));
    say(&hub, [1]);
    hub.publish(&numbers, 2);
    hub.publish(&Topic::<u64>::new("room"), 3);
    tab.wait_for(|tab| tab.html(SECOND).contains("<li>")).await;
    assert_eq!((shown(&mut tab, FIRST).await, shown(&mut tab, SECOND).await), ("1".into(), "2".into()));
}

#[tokio::test]
async fn unsubscribing_and_leaving_end_a_topic_at_once() {
    let (mut tab, hub) = tab().await;
    tab.send(FIRST, "unlisten", "\"room\"").await;
    assert_eq!((hub.topics(), hub.publish(&room(), "lost".into())), (0, 0));
    listen(&mut tab, "room", "oldest").await;
    listen(&mut tab, "other", "oldest").await;
    assert_eq!(hub.topics(), 2);
    tab.close();
    assert_eq!((hub.topics(), hub.publish(&room(), "lost".into())), (0, 0));
}

#[tokio::test]
async fn with_nobody_listening_nothing_is_rendered() {
    let (mut tab, hub) = tab().await;
    tab.send(FIRST, "unlisten", "\"room\"").await;
    let before = renders();
    say(&hub, 1..=100);
    tab.idle(Duration::from_millis(10)).await;
    assert_eq!(renders(), before);
}

#[tokio::test(start_paused = true)]
async fn a_page_that_is_away_is_told_when_it_comes_back_what_its_queue_kept() {
    let (app, hub) = app_with(Limits { topic_queue: 3, ..Limits::default() });
    let mut tab = app.get("/").await.live().await;
    say(&hub, [1]);
    tab.wait_for(|tab| tab.html(FIRST).contains("<li>1</li>")).await;
    tab.send(FIRST, "start", "").await;
    let tab = tab.lose();
    let before = renders();
    for line in 2..=9 {
        // Its timers go on, and take nothing of that in.
        say(&hub, [line]);
        tokio::time::sleep(Duration::from_secs(2)).await;
    }
    assert_eq!((renders() - before, hub.subscribers(&room())), (0, 1), "nothing is handled meanwhile");
    let mut tab = tab.resume(&app).await;
    tab.wait_for(|tab| tab.html(FIRST).contains("<li>9</li>")).await;
    assert_eq!(shown(&mut tab, FIRST).await, "1 7 8 9");
    assert_eq!(tab.edits().len(), 1, "{:?}", tab.edits());
    drop(tab.lose());
    tokio::time::sleep(Duration::from_mins(2)).await;
    assert_eq!(hub.topics(), 0, "its session has ended");
}

#[tokio::test(start_paused = true)]
async fn a_row_of_messages_stops_where_the_page_is_away() {
    let (app, hub) = app_with(Limits::default());
    let mut tab = app.get("/").await.live().await;
    tab.send(SECOND, "slow", "").await;
    for _ in 0..3 {
        hub.publish(&Topic::<u64>::new("slow"), 1);
    }
    tab.idle(Duration::from_millis(500)).await;
    let tab = tab.lose();
    tokio::time::sleep(Duration::from_secs(10)).await;
    let mut tab = tab.resume(&app).await;
    tab.idle(Duration::from_millis(500)).await;
    assert_eq!(tab.html(SECOND).matches("<li>").count(), 1);
    tab.wait_for(|tab| tab.html(SECOND).matches("<li>").count() == 3).await;
}

#[tokio::test]
async fn a_panic_in_a_map_loses_that_message_and_nothing_else() {
    let (mut tab, hub) = tab().await;
    tab.send(SECOND, "listen_to_panics", "\"room\"").await;
    for line in ["one", "panic", "two"] {
        hub.publish(&room(), line.to_owned());
    }
    tab.wait_for(|tab| tab.html(SECOND).contains("two")).await;
    assert_eq!(shown(&mut tab, SECOND).await, "one two");
    assert_eq!(shown(&mut tab, FIRST).await, "one panic two");
    let errors: Vec<_> = tab.errors().iter().map(|error| (error.code, error.island.as_deref())).collect();
    assert_eq!(errors, [(Code::HandlerPanic, Some(SECOND))]);
}

#[tokio::test]
async fn past_the_limit_a_subscription_is_refused_and_those_before_it_stay() {
    let (app, hub) = app_with(Limits { subscriptions: 2, ..Limits::default() });
    let mut tab = app.get("/").await.live().await;
    for topic in ["a", "b", "c", "b"] {
        listen(&mut tab, topic, "oldest").await;
    }
    let listening = |topic: &str| hub.subscribers(&Topic::<String>::new(topic));
    assert_eq!((listening("a"), listening("b"), listening("c")), (1, 1, 0));
    tab.send(SECOND, "unlisten", "\"a\"").await;
    listen(&mut tab, "c", "oldest").await;
    assert_eq!((listening("a"), listening("b"), listening("c")), (0, 1, 1));
}

#[tokio::test]
async fn an_island_that_goes_while_a_message_is_published_holds_up_nobody() {
    /// Ends a tab when it is dropped.
    #[derive(Default, Serialize, Deserialize)]
    struct Last {
        #[serde(skip)]
        tab: Mutex<Option<Tab>>,
    }
    impl Drop for Last {
        fn drop(&mut self) {
            if let Some(tab) = self.tab.lock().take() {
                tab.close();
            }
        }
    }
    #[derive(Clone, Serialize, Deserialize)]
    struct Newest;
    #[derive(Event)]
    enum Hear {
        #[event(server)]
        Last,
    }
    impl Island for Newest {
        type Event = Hear;
        fn render(&self) -> Markup {
            html! {}
        }
        async fn restore(&mut self, cx: &mut Cx<Hear>) -> holm::Result {
            cx.subscribe_with(&Topic::<Last>::new("last"), Overflow::Newest, |_| Hear::Last);
            Ok(())
        }
        async fn on(&mut self, Hear::Last: Hear, _: &mut Cx<Hear>) -> holm::Result {
            Ok(())
        }
    }
    async fn home(page: Page) -> Page {
        page.title("Last").body(|p| p.island(Newest))
    }
    let live = Live::new().key([7; 32]).island::<Newest>();
    let hub = live.hub();
    let app = App::new(Router::new().route("/", get(home)).with_live(live));
    let (one, two) = (app.get("/").await.live().await, app.get("/").await.live().await);
    let topic = Topic::<Last>::new("last");
    assert_eq!(hub.publish(&topic, Last { tab: Mutex::new(Some(one)) }), 2);
    // Takes the place of the first, which ends the tab that listens.
    assert_eq!(hub.publish(&topic, Last::default()), 2);
    assert_eq!((hub.subscribers(&topic), hub.connections()), (1, 1));
    drop(two);
}

#[tokio::test(start_paused = true)]
async fn a_handler_subscribes_when_it_returns_ok_and_from_its_call_on() {
    let (mut tab, hub) = tab().await;
    let other = Topic::<String>::new("other");
    tab.send(SECOND, "listen_and_fail", "\"other\"").await;
    assert_eq!((hub.subscribers(&other), hub.topics()), (0, 1));
    tab.send_now(SECOND, "listen_slowly", "\"other\"");
    tab.idle(Duration::from_millis(500)).await;
    hub.publish(&other, "meanwhile".into());
    tab.wait_for(|tab| tab.html(SECOND).contains("meanwhile")).await;
}

#[tokio::test]
async fn a_handler_publishes_when_it_returns_ok_and_not_when_it_fails() {
    let (app, hub) = app_with(Limits::default());
    let (mut ada, mut bob) = (app.get("/").await.live().await, app.get("/").await.live().await);
    assert_eq!(hub.subscribers(&room()), 2);
    ada.send(FIRST, "say_and_fail", "\"no\"").await;
    ada.send(FIRST, "say", "\"yes\"").await;
    for tab in [&mut ada, &mut bob] {
        tab.wait_for(|tab| tab.html(FIRST).contains("yes")).await;
        assert_eq!(shown(tab, FIRST).await, "yes");
    }
}

#[tokio::test]
async fn a_form_posted_with_no_script_publishes_too() {
    let (app, _) = app_with(Limits::default());
    let mut tab = app.get("/").await.live().await;
    let page = app.get("/").await;
    assert!(!page.html().contains("<li>"));
    let value = |name: &str| page.attr(&format!("[id='holm-Feed:0'] input[name={name}]"), "value").unwrap();
    let fields = [
        ("holm-instance", value("holm-instance")),
        ("holm-seal", value("holm-seal")),
        ("holm-event", "say \"hello\"".to_owned()),
    ];
    let body = serde_html_form::to_string(fields).unwrap();
    let request = http::Request::post("/")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(axum::body::Body::from(body))
        .unwrap();
    assert_eq!(app.request(request).await.status, 303);
    tab.wait_for(|tab| tab.html(FIRST).contains("<li>hello</li>")).await;
}

#[tokio::test]
async fn what_was_published_before_an_event_of_the_page_s_comes_before_it() {
    let (mut tab, hub) = tab().await;
    say(&hub, [1, 2]);
    tab.send(FIRST, "note", "\"mine\"").await;
    say(&hub, [3]);
    tab.wait_for(|tab| tab.html(FIRST).contains("<li>3</li>")).await;
    assert_eq!(shown(&mut tab, FIRST).await, "1 2 mine 3");
}

#[tokio::test(start_paused = true)]
async fn messages_that_take_long_are_shown_one_by_one_and_keep_no_event_waiting_for_ever() {
    let (mut tab, hub) = tab().await;
    tab.send(SECOND, "slow", "").await;
    for _ in 0..3 {
        hub.publish(&Topic::<u64>::new("slow"), 1);
    }
    let edits = tab.edits().len();
    tab.wait_for(|tab| tab.edits().len() == edits + 1).await;
    // While it is busy with those, more come than it can ever do.
    tab.send_now(SECOND, "note", "\"mine\"");
    for _ in 0..6 {
        hub.publish(&Topic::<u64>::new("slow"), 1);
        tab.idle(Duration::from_millis(500)).await;
    }
    tab.wait_for(|tab| tab.html(SECOND).contains("mine")).await;
    assert_eq!(tab.html(SECOND).matches("<li>").count(), 4, "the three that were there, then the event");
}

#[tokio::test(start_paused = true)]
async fn an_event_of_the_page_s_is_not_overtaken_by_what_is_published_after_it() {
    let (mut tab, hub) = tab().await;
    tab.send(SECOND, "slow", "").await;
    let slow = Topic::<u64>::new("slow");
    hub.publish(&slow, 1);
    tab.idle(Duration::from_millis(500)).await;
    tab.send_now(SECOND, "note", "\"mine\"");
    for _ in 0..4 {
        hub.publish(&slow, 1);
        tab.idle(Duration::from_secs(1)).await;
    }
    tab.wait_for(|tab| tab.html(SECOND).matches("waited</li>").count() == 5).await;
    assert!(tab.html(SECOND).contains("<ul><li>waited</li><li>mine</li>"), "{}", tab.html(SECOND));
}

#[tokio::test]
async fn subscribing_again_takes_the_place_of_the_earlier_subscription() {
    let (mut tab, hub) = tab().await;
    listen(&mut tab, "room", "oldest").await;
    listen(&mut tab, "room", "newest").await;
    assert_eq!(hub.subscribers(&room()), 2, "one of each island");
    say(&hub, 1..=5);
    tab.wait_for(|tab| tab.html(SECOND).contains("<li>5</li>")).await;
    assert_eq!(shown(&mut tab, SECOND).await, "5");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_hear_one_order_whoever_publishes() {
    let (app, hub) = app_with(Limits { topic_queue: 10_000, ..Limits::default() });
    let mut tabs = [app.get("/").await.live().await, app.get("/").await.live().await];
    let threads: Vec<_> = (0..4)
        .map(|thread| {
            let hub = hub.clone();
            std::thread::spawn(move || say(&hub, thread * 100..thread * 100 + 100))
        })
        .collect();
    let mut shown = Vec::new();
    for tab in &mut tabs {
        tab.wait_for(|tab| tab.html(FIRST).matches("<li>").count() == 400).await;
        shown.push(tab.html(FIRST));
    }
    for thread in threads {
        thread.join().unwrap();
    }
    assert_eq!(shown[0], shown[1]);
}
