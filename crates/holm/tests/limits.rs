//! What happens at the edge of each limit that is an island's own. Those of sockets are told in `tests/stories`.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use holm::prelude::*;
use holm::test::{App, Tab};
use holm::{Code, SendError};

#[derive(Clone, Default, Serialize, Deserialize)]
struct Busy {
    done: usize,
    depth: usize,
    padding: usize,
}

#[derive(Event)]
enum Do {
    Wait,
    Count,
    Tasks { count: usize },
    Pushes { count: usize },
    Pad { bytes: usize },
    Flood { count: usize },
    Text { text: String },
}

/// How many tasks are running, and what a flood of messages met.
#[derive(Clone, Default)]
struct Seen {
    running: Arc<AtomicUsize>,
    full: Arc<AtomicUsize>,
}

/// Counts a task for as long as it is not dropped.
struct Running(Arc<AtomicUsize>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Island for Busy {
    type Event = Do;

    fn render(&self) -> Markup {
        html! {
            output { (self.done) }
            p { ("x".repeat(self.padding)) }
            @if self.depth > 0 {
                (holm::nest("deeper", Self { depth: self.depth - 1, ..Self::default() }))
            }
        }
    }

    async fn on(&mut self, event: Do, cx: &mut Cx<Do>) -> holm::Result {
        match event {
            Do::Wait => tokio::time::sleep(Duration::from_secs(1)).await,
            Do::Count => self.done += 1,
            Do::Text { text } => self.done += text.len(),
            Do::Pad { bytes } => self.padding = bytes,
            Do::Tasks { count } => {
                for _ in 0..count {
                    let running = Arc::clone(&cx.state::<Seen>().running);
                    running.fetch_add(1, Ordering::SeqCst);
                    let running = Running(running);
                    cx.spawn(|_| async move {
                        std::future::pending::<()>().await;
                        drop(running);
                    });
                }
            }
            Do::Pushes { count } => {
                for number in 0..count {
                    cx.push("number", number);
                }
            }
            Do::Flood { count } => {
                let handle = cx.handle().ok_or_else(|| holm::Error::public("not live"))?;
                for _ in 0..count {
                    if handle.try_send(Do::Count) == Err(SendError::Full) {
                        cx.state::<Seen>().full.fetch_add(1, Ordering::SeqCst);
                    }
                }
            }
        }
        Ok(())
    }
}

async fn home(page: Page) -> Page {
    page.title("Busy").body(|p| p.island(Busy::default()))
}

async fn deep(page: Page) -> Page {
    page.title("Deep").body(|p| p.island(Busy { depth: 4, ..Busy::default() }))
}

fn app(limits: Limits, seen: &Seen) -> App {
    let live = Live::new().key([1; 32]).island::<Busy>().state(seen.clone()).limits(limits);
    App::new(Router::new().route("/", get(home)).route("/deep", get(deep)).with_live(live))
}

const BUSY: &str = "Busy:0";

fn codes(tab: &Tab) -> Vec<Code> {
    tab.errors().iter().map(|problem| problem.code).collect()
}

#[tokio::test(start_paused = true)]
async fn a_full_mailbox_refuses_the_next_event_and_loses_none_before_it() {
    let mut tab =
        app(Limits { mailbox: 3, ..Limits::default() }, &Seen::default()).get("/").await.live().await;
    tab.send_now(BUSY, "wait", "");
    for _ in 0..4 {
        tab.send_now(BUSY, "count", "");
    }
    tab.wait_for(|tab| tab.text("output") == "3" && !tab.errors().is_empty()).await;
    assert_eq!(codes(&tab), [Code::MailboxFull]);
    tab.send(BUSY, "count", "").await;
    assert_eq!(tab.text("output"), "4");
}

#[tokio::test(start_paused = true)]
async fn a_mailbox_is_full_by_bytes_too() {
    let limits = Limits { mailbox_bytes: 110, ..Limits::default() };
    let mut tab = app(limits, &Seen::default()).get("/").await.live().await;
    tab.send_now(BUSY, "wait", "");
    let text = serde_json::json!({ "text": "x".repeat(40) }).to_string();
    for _ in 0..3 {
        tab.send_now(BUSY, "text", &text);
    }
    tab.wait_for(|tab| tab.text("output") == "80" && !tab.errors().is_empty()).await;
    assert_eq!(codes(&tab), [Code::MailboxFull]);
}

#[tokio::test]
async fn a_sentence_that_repeats_what_the_page_sent_is_cut() {
    let mut tab = app(Limits::default(), &Seen::default()).get("/").await.live().await;
    let payload = serde_json::json!({ "count": "x".repeat(10_000) }).to_string();
    tab.send(BUSY, "tasks", &payload).await;
    assert_eq!(codes(&tab), [Code::BadPayload]);
    assert!(tab.errors()[0].sentence.len() <= 300);
}

#[tokio::test(start_paused = true)]
async fn a_full_mailbox_tells_the_sender_of_a_message() {
    let seen = Seen::default();
    let mut tab = app(Limits { mailbox: 3, ..Limits::default() }, &seen).get("/").await.live().await;
    tab.send(BUSY, "flood", r#"{"count":5}"#).await;
    tab.wait_for(|tab| tab.text("output") == "3").await;
    assert_eq!(seen.full.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn tasks_past_the_limit_are_not_started_and_all_end_with_their_island() {
    let seen = Seen::default();
    let mut tab = app(Limits { tasks: 3, ..Limits::default() }, &seen).get("/").await.live().await;
    tab.send(BUSY, "tasks", r#"{"count":5}"#).await;
    assert_eq!(seen.running.load(Ordering::SeqCst), 3);
    drop(tab);
    while seen.running.load(Ordering::SeqCst) > 0 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn of_too_many_effects_the_newest_arrive() {
    let limits = Limits { effects: 3, ..Limits::default() };
    let mut tab = app(limits, &Seen::default()).get("/").await.live().await;
    tab.send(BUSY, "pushes", r#"{"count":5}"#).await;
    let numbers: Vec<_> = tab.pushed().iter().map(|pushed| pushed.detail.clone()).collect();
    assert_eq!(numbers, [2, 3, 4]);
}

#[tokio::test]
async fn html_past_the_limit_is_refused_and_the_old_state_kept() {
    let limits = Limits { html_bytes: 1_000, ..Limits::default() };
    let mut tab = app(limits, &Seen::default()).get("/").await.live().await;
    tab.send(BUSY, "pad", r#"{"bytes":900}"#).await;
    tab.send(BUSY, "pad", r#"{"bytes":1000}"#).await;
    assert_eq!(codes(&tab), [Code::RenderFailed]);
    assert_eq!(tab.text("p").len(), 900);
    tab.send(BUSY, "count", "").await;
    assert_eq!((tab.text("output").as_str(), tab.text("p").len()), ("1", 900));
}

#[tokio::test]
async fn islands_nested_past_the_limit_stay_empty_and_the_page_is_served() {
    let page = app(Limits { nesting: 2, ..Limits::default() }, &Seen::default()).get("/deep").await;
    assert_eq!(page.status, 200);
    assert_eq!(page.count("holm-island[data-seal]"), 3);
    let page = app(Limits::default(), &Seen::default()).get("/deep").await;
    assert_eq!(page.count("holm-island[data-seal]"), 5);
    assert_eq!(codes(&page.live().await), []);
}
