//! Lists that the server forgets: what reaches the page, when, and what happens when some of it cannot.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use holm::prelude::*;
use holm::test::{App, Tab};
use holm_wire::{ListOp, down::Down};

#[derive(Clone, Default, Serialize, Deserialize)]
struct Log {
    lines: u64,
    hidden: bool,
}

#[derive(Event)]
enum Write {
    Lines(u64),
    Change(u64),
    Token(String),
    Hide,
    Stray,
    Bad,
    Fail,
    #[event(server)]
    Tick,
}

/// How often logs were restored, and how many of their timers run.
#[derive(Clone, Default)]
struct Seen {
    restored: Arc<AtomicUsize>,
    running: Arc<AtomicUsize>,
}

struct Running(Arc<AtomicUsize>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

const KEPT: u64 = 50;

fn line(number: u64) -> Markup {
    html! { li { "line " (number) } }
}

impl Log {
    fn fill(&self, cx: &Cx<Write>) {
        let lines = cx.list("lines");
        lines.clear();
        (self.lines.saturating_sub(KEPT)..self.lines).for_each(|number| {
            lines.append(number, line(number));
        });
    }
}

impl Island for Log {
    type Event = Write;

    fn render(&self) -> Markup {
        html! {
            output { (self.lines) }
            @if !self.hidden { ol data-live-list="lines" {} }
            p #answer data-live-list="answer" {}
            button data-live=(Write::Lines(1)) { "one" }
        }
    }

    async fn mount(&mut self, cx: &mut Cx<Write>) -> holm::Result {
        self.fill(cx);
        cx.text("answer").push("a < b");
        Ok(())
    }

    async fn restore(&mut self, cx: &mut Cx<Write>) -> holm::Result {
        let seen = cx.state::<Seen>();
        seen.restored.fetch_add(1, Ordering::SeqCst);
        seen.running.fetch_add(1, Ordering::SeqCst);
        let running = Running(Arc::clone(&seen.running));
        cx.spawn(|island| async move {
            let _running = running;
            loop {
                tokio::time::sleep(Duration::from_hours(1)).await;
                if island.send(Write::Tick).await.is_err() {
                    return;
                }
            }
        });
        self.fill(cx);
        Ok(())
    }

    async fn on(&mut self, event: Write, cx: &mut Cx<Write>) -> holm::Result {
        match event {
            Write::Lines(lines) => {
                for _ in 0..lines {
                    cx.list("lines").append(self.lines, line(self.lines));
                    self.lines += 1;
                }
                cx.list("lines").keep_last(usize::try_from(KEPT).unwrap_or(usize::MAX));
            }
            Write::Change(number) => {
                cx.list("lines").update(number, html! { li { "changed" } });
            }
            Write::Token(token) => {
                cx.text("answer").push(token);
            }
            Write::Hide => {
                self.hidden = !self.hidden;
                if !self.hidden {
                    self.fill(cx);
                }
            }
            Write::Stray => {
                cx.list("elsewhere").append(1, line(1));
            }
            Write::Bad => {
                cx.list("lines").append("two", html! { li { "a" } li { "b" } }).append("text", html! { "a" });
                cx.list("lines").append("nested", html! { li { (holm::nest("log", Self::default())) } });
            }
            Write::Fail => {
                cx.list("lines").clear();
                return Err(holm::Error::public("no"));
            }
            Write::Tick => {}
        }
        Ok(())
    }
}

fn app_of(lines: u64, limits: Limits) -> (App, Seen) {
    let seen = Seen::default();
    let live = Live::new().key([7; 32]).development(false).limits(limits).state(seen.clone()).island::<Log>();
    let home = move |page: Page| async move {
        page.title("Log").body_async(async |p: &Slot| p.mount(Log { lines, ..Log::default() }).await).await
    };
    (App::new(Router::new().route("/", get(home)).with_live(live)), seen)
}

fn app() -> (App, Seen) {
    app_of(0, Limits::default())
}

const LOG: &str = "Log:0";

/// The numbers of the lines in the page.
fn lines(tab: &Tab) -> Vec<u64> {
    let html = tab.html(LOG);
    let rows = html.split("data-key=\"").skip(1).map(|row| row.split('"').next().unwrap_or_default());
    rows.map(|key| key.parse().expect("a number")).collect()
}

#[tokio::test(start_paused = true)]
async fn the_first_page_holds_the_rows_and_its_seal_none_of_them() {
    let (app, _) = app_of(3, Limits::default());
    let page = app.get("/").await;
    assert_eq!((page.count("ol > li"), page.text("li:last-child")), (3, "line 2".to_owned()));
    assert_eq!(page.text("#answer"), "a < b");
    let tab = page.live().await;
    // What the page shows is what was sealed, rows or no rows.
    assert_eq!((tab.edits().len(), lines(&tab)), (0, vec![0, 1, 2]));
}

#[tokio::test(start_paused = true)]
async fn rows_come_after_the_edit_and_the_newest_are_kept() {
    let (app, _) = app();
    let mut tab = app.get("/").await.live().await;
    tab.send(LOG, "lines", "60").await;
    assert_eq!((tab.text("output"), lines(&tab)), ("60".to_owned(), (10..60).collect()));
    tab.send(LOG, "change", "10").await;
    tab.send(LOG, "change", "9").await;
    assert_eq!(tab.text("li"), "changed");
    assert_eq!(lines(&tab), (10..60).collect::<Vec<_>>());
}

#[tokio::test(start_paused = true)]
async fn a_list_that_comes_back_is_cleared_and_filled_by_who_brings_it_back() {
    let (app, _) = app();
    let mut tab = app.get("/").await.live().await;
    for together in [false, true] {
        tab.send(LOG, "lines", "20").await;
        let all: Vec<_> = lines(&tab);
        tab.send(LOG, "change", &all[0].to_string()).await;
        assert_eq!(tab.text("li"), "changed");
        if together {
            // The page is not sent the state in between, so it has the rows of before.
            tab.send_now(LOG, "hide", "");
            tab.send_now(LOG, "hide", "");
            tab.wait_for(|tab| tab.unacknowledged(LOG) == 0).await;
            tab.idle(Duration::from_secs(1)).await;
        } else {
            tab.send(LOG, "hide", "").await;
            assert_eq!(tab.count("ol"), 0);
            tab.send(LOG, "hide", "").await;
        }
        assert_eq!((tab.text("li"), lines(&tab)), ("line 0".to_owned(), all));
    }
}

#[tokio::test(start_paused = true)]
async fn what_a_failed_handler_asked_for_does_not_happen_nor_what_cannot() {
    let (app, seen) = app_of(2, Limits::default());
    let mut tab = app.get("/").await.live().await;
    let frames = tab.list_frames();
    for event in ["fail", "stray", "bad"] {
        tab.send(LOG, event, "").await;
    }
    assert_eq!((tab.list_frames(), lines(&tab)), (frames, vec![0, 1]));
    assert_eq!(seen.restored.load(Ordering::SeqCst), 1);
}

#[tokio::test(start_paused = true)]
async fn a_token_costs_no_more_than_eight_bytes_beside_itself() {
    for island in [1, 127, 128, 16_383] {
        let mut frame = Vec::new();
        let list = holm_wire::list::name("the longest name of a list");
        Down::List { island, op: ListOp::Text, list, text: "token" }.encode(&mut frame);
        assert!(frame.len() <= "token".len() + 8, "{island}: {}", frame.len());
    }
}

#[tokio::test(start_paused = true)]
async fn what_waits_for_a_page_goes_together() {
    let (app, _) = app();
    let mut tab = app.get("/").await.live().await;
    let before = tab.list_frames();
    for _ in 0..500 {
        tab.send_now(LOG, "lines", "1");
        tab.send_now(LOG, "token", "\"t\"");
    }
    tab.wait_for(|tab| tab.unacknowledged(LOG) == 0).await;
    tab.idle(Duration::from_secs(1)).await;
    assert_eq!(lines(&tab), (450..500).collect::<Vec<_>>());
    assert_eq!(tab.text("#answer"), format!("a < b{}", "t".repeat(500)));
    // Rows and their cut, and tokens: one frame each.
    assert_eq!(tab.list_frames() - before, 3);
}

#[tokio::test(start_paused = true)]
async fn changes_that_a_page_missed_come_again_once() {
    let (app, seen) = app();
    let mut tab = app.get("/").await.live().await;
    tab.send(LOG, "lines", "3").await;
    tab.send_now(LOG, "lines", "3");
    let mut tab = tab.lose_what_comes();
    tab.send_now(LOG, "lines", "3");
    let mut tab = tab.resume(&app).await;
    tab.idle(Duration::from_secs(1)).await;
    assert_eq!((tab.text("output"), lines(&tab)), ("9".to_owned(), (0..9).collect()));
    assert_eq!(seen.restored.load(Ordering::SeqCst), 1);
}

#[tokio::test(start_paused = true)]
async fn past_list_bytes_a_page_that_does_not_read_has_its_island_restored() {
    // Without a cut, which would keep what waits small.
    let (app, seen) = app_of(0, Limits { list_bytes: 8_000, ..Limits::default() });
    let mut tab = app.get("/").await.live().await;
    let token = format!("{:?}", "x".repeat(500));
    for _ in 0..10 {
        tab.send_now(LOG, "token", &token);
    }
    tab.idle(Duration::from_secs(1)).await;
    assert_eq!(seen.restored.load(Ordering::SeqCst), 1, "within the bound nothing is lost");
    tab.send_now(LOG, "lines", "5");
    for _ in 0..20 {
        tab.send_now(LOG, "token", &token);
    }
    tab.idle(Duration::from_secs(1)).await;
    assert_eq!(seen.restored.load(Ordering::SeqCst), 2);
    assert_eq!(seen.running.load(Ordering::SeqCst), 1, "the timers of before have ended");
    assert_eq!(lines(&tab), [0, 1, 2, 3, 4]);
}

#[tokio::test(start_paused = true)]
async fn an_island_that_fills_more_than_list_bytes_is_not_restored_for_ever() {
    let (app, seen) = app_of(50, Limits { list_bytes: 1_000, ..Limits::default() });
    let mut tab = app.get("/").await.live().await;
    tab.idle(Duration::from_secs(5)).await;
    assert_eq!((seen.restored.load(Ordering::SeqCst), tab.list_frames()), (1, 0));
    tab.send(LOG, "lines", "1").await;
    assert_eq!(lines(&tab).last(), Some(&50));
}

#[tokio::test(start_paused = true)]
async fn where_the_ring_lost_a_change_that_a_page_missed_the_island_is_restored() {
    let (app, seen) = app_of(0, Limits { resume_bytes: 200, ..Limits::default() });
    let mut tab = app.get("/").await.live().await;
    tab.send(LOG, "lines", "5").await;
    let mut away = tab.lose();
    away.send_now(LOG, "lines", "1");
    let mut tab = away.resume(&app).await;
    tab.idle(Duration::from_secs(1)).await;
    // Everything had been dealt with when the connection was lost.
    assert_eq!((seen.restored.load(Ordering::SeqCst), lines(&tab)), (1, (0..6).collect()));

    tab.send_now(LOG, "lines", "40");
    let mut tab = tab.lose_what_comes().resume(&app).await;
    tab.idle(Duration::from_secs(1)).await;
    assert_eq!(seen.restored.load(Ordering::SeqCst), 2);
    assert_eq!(seen.running.load(Ordering::SeqCst), 1, "the timers of before have ended");
    assert_eq!((tab.text("output"), lines(&tab)), ("46".to_owned(), (0..46).collect()));
}

#[tokio::test(start_paused = true)]
async fn after_a_restart_restore_fills_the_list_again() {
    let (before, _) = app();
    let mut tab = before.get("/").await.live().await;
    tab.send(LOG, "lines", "3").await;
    tab.idle(Duration::from_secs(10)).await;
    let (after, _) = app();
    let tab = tab.rejoin(&after).await;
    assert_eq!((tab.text("output"), lines(&tab)), ("3".to_owned(), vec![0, 1, 2]));
}

/// Watches a presence, or is in it and takes a while to come to life.
#[derive(Clone, Default, Serialize, Deserialize)]
struct Guest {
    watches: bool,
    heard: String,
}

#[derive(Event)]
enum Visit {
    Rows(u64),
    Listen,
    #[event(server)]
    Heard(String),
}

fn guests() -> holm::Presence<String> {
    holm::Presence::new("guests")
}

fn news(name: &str) -> Topic<String> {
    Topic::new(name)
}

impl Island for Guest {
    type Event = Visit;

    fn render(&self) -> Markup {
        html! { ol data-live-list="rows" {} output { (self.heard) } }
    }

    async fn restore(&mut self, cx: &mut Cx<Visit>) -> holm::Result {
        if self.watches {
            cx.watch(&guests(), |change| {
                let told = [&change.joined, &change.updated, &change.left].map(Vec::len);
                Visit::Heard(
                    change.everybody.as_ref().map_or(format!("{told:?}"), |all| all.len().to_string()),
                )
            });
            return Ok(());
        }
        cx.subscribe(&news("restored"), |text| Visit::Heard(text.clone()));
        cx.join(&guests(), "here".to_owned());
        cx.list("rows").clear();
        cx.state::<Seen>().restored.fetch_add(1, Ordering::SeqCst);
        tokio::time::sleep(Duration::from_secs(2)).await;
        Ok(())
    }

    async fn on(&mut self, event: Visit, cx: &mut Cx<Visit>) -> holm::Result {
        match event {
            Visit::Rows(rows) => {
                for number in 0..rows {
                    cx.list("rows").append(number, line(number));
                }
            }
            Visit::Listen => cx.subscribe(&news("handled"), |text| Visit::Heard(text.clone())),
            Visit::Heard(text) => self.heard.extend([&*text, ";"]),
        }
        Ok(())
    }
}

#[tokio::test(start_paused = true)]
async fn an_island_that_is_restored_again_never_left_and_still_hears_what_its_handlers_asked_for() {
    const GUEST: &str = "Guest:0";
    let seen = Seen::default();
    let limits = Limits { resume_bytes: 100, ..Limits::default() };
    let live =
        Live::new().key([7; 32]).development(false).limits(limits).state(seen.clone()).island::<Guest>();
    let hub = live.hub();
    let page = |watches: bool| {
        move |page: Page| async move {
            page.title("Guest").body(|p| p.island(Guest { watches, ..Guest::default() }))
        }
    };
    let router = Router::new().route("/", get(page(false))).route("/watch", get(page(true)));
    let app = App::new(router.with_live(live));
    let mut tab = app.get("/").await.live().await;
    tab.send(GUEST, "listen", "").await;
    let mut watcher = app.get("/watch").await.live().await;
    watcher.wait_for(|tab| tab.text("output") == "1;").await;

    tab.send_now(GUEST, "rows", "40");
    let mut tab = tab.lose_what_comes().resume(&app).await;
    tab.idle(Duration::from_secs(10)).await;
    assert_eq!(seen.restored.load(Ordering::SeqCst), 2);
    watcher.idle(Duration::from_secs(10)).await;
    assert_eq!(watcher.text("output"), "1;", "nothing has happened");

    assert_eq!(hub.publish(&news("restored"), "once".into()), 1);
    tab.wait_for(|tab| tab.text("output") == "once;").await;
    assert_eq!(hub.publish(&news("handled"), "too".into()), 1);
    tab.wait_for(|tab| tab.text("output") == "once;too;").await;
    tab.close();
    watcher.wait_for(|tab| tab.text("output") == "1;[0, 0, 1];").await;
}
