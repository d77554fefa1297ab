//! What islands load beside themselves (`cx.load`): placeholder, result, failure; in paused time.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use holm::prelude::*;
use holm::test::{App, Tab};
use holm::{Code, Error};

/// How many loads are running.
#[derive(Clone, Default)]
struct Running(Arc<AtomicUsize>);

struct Count(Running);

impl Count {
    fn of(running: &Running) -> Self {
        running.0.fetch_add(1, Ordering::SeqCst);
        Self(running.clone())
    }
}

impl Drop for Count {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Running {
    fn now(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

#[derive(Clone, Default, Serialize, Deserialize)]
struct Finder {
    rows: Load<Vec<String>>,
    /// How often something was brought.
    brought: u32,
    /// What to look for when the page joins.
    first: Option<String>,
}

#[derive(Event)]
enum Press {
    Find {
        query: String,
    },
    Stop,
    Again,
    Many {
        count: usize,
    },
    Busy {
        millis: u64,
    },
    #[event(server)]
    Rows(Load<Vec<String>>),
}

/// Finds the query after as many milliseconds as it begins with.
async fn find(query: String, count: Count) -> holm::Result<Vec<String>> {
    let _count = count;
    let (millis, word) = query.split_once(' ').expect("a time and a word");
    match millis.parse() {
        Ok(millis) => tokio::time::sleep(Duration::from_millis(millis)).await,
        Err(_) => std::future::pending().await,
    }
    match word {
        "panic" => panic!("a load's panic, on purpose"),
        "public" => Err(Error::public("The archive is closed on Sundays.")),
        "internal" => Err(std::io::Error::other("table `rows` is gone").into()),
        word => Ok(vec![word.to_owned()]),
    }
}

impl Finder {
    fn load(cx: &Cx<Press>, query: &str) -> Load<Vec<String>> {
        cx.load("rows", find(query.to_owned(), Count::of(cx.state())), Press::Rows)
    }
}

impl Island for Finder {
    type Event = Press;

    fn needs(needs: &mut holm::Needs) {
        needs.state::<Running>();
    }

    fn render(&self) -> Markup {
        html! {
            output { (self.brought) }
            (self.rows.retry(Press::Again, "Try again").show(
                || html! { p { "Looking…" } },
                |rows| html! { ul { @for row in rows { li { (row) } } } },
            ))
        }
    }

    async fn mount(&mut self, cx: &mut Cx<Press>) -> holm::Result {
        self.rows = Self::load(cx, "0 mounted");
        Ok(())
    }

    async fn restore(&mut self, cx: &mut Cx<Press>) -> holm::Result {
        if let Some(first) = &self.first
            && self.rows.is_loading()
        {
            self.rows = Self::load(cx, first);
        }
        Ok(())
    }

    async fn on(&mut self, event: Press, cx: &mut Cx<Press>) -> holm::Result {
        match event {
            Press::Find { query } => self.rows = Self::load(cx, &query),
            Press::Stop => cx.cancel_load("rows"),
            Press::Again => self.rows = Self::load(cx, "10 again"),
            Press::Many { count } => {
                for at in 0..count {
                    let loading = find("100 row".to_owned(), Count::of(cx.state()));
                    cx.load(format!("row {at}"), loading, Press::Rows);
                }
            }
            Press::Busy { millis } => tokio::time::sleep(Duration::from_millis(millis)).await,
            Press::Rows(rows) => {
                self.rows = rows;
                self.brought += 1;
            }
        }
        Ok(())
    }
}

async fn home(page: Page) -> Page {
    page.title("Finder").body(|p| p.island(Finder::default()))
}

async fn first(page: Page) -> Page {
    let finder = Finder { first: Some("50 first".to_owned()), ..Finder::default() };
    page.title("Finder").body(|p| p.island(finder))
}

async fn mounted(page: Page) -> Page {
    page.title("Finder").body_async(async |p: &Slot| p.mount(Finder::default()).await).await
}

fn app(limits: Limits, running: &Running) -> App {
    let live = Live::new().key([1; 32]).island::<Finder>().state(running.clone()).limits(limits);
    let router =
        Router::new().route("/", get(home)).route("/first", get(first)).route("/mounted", get(mounted));
    App::new(router.with_live(live))
}

async fn tab(running: &Running) -> Tab {
    app(Limits::default(), running).get("/").await.live().await
}

const FINDER: &str = "Finder:0";

async fn ask(tab: &mut Tab, query: &str) {
    tab.send(FINDER, "find", &serde_json::json!({ "query": query }).to_string()).await;
}

fn brought(tab: &Tab) -> bool {
    tab.count("[aria-busy]") == 0
}

#[tokio::test(start_paused = true)]
async fn a_placeholder_stands_until_what_is_loaded_is_there() {
    let running = Running::default();
    let mut tab = tab(&running).await;
    ask(&mut tab, "100 tea").await;
    assert_eq!(tab.text(".holm-loading[aria-busy=true] p"), "Looking…");
    tab.wait_for(brought).await;
    assert_eq!(tab.text("li"), "tea");
    assert_eq!((tab.text("output").as_str(), running.now()), ("1", 0));
}

#[tokio::test(start_paused = true)]
async fn the_newest_question_is_answered_and_the_older_ones_are_let_go_of() {
    let running = Running::default();
    let mut tab = tab(&running).await;
    for query in ["300 t", "200 te", "100 tea"] {
        ask(&mut tab, query).await;
    }
    while running.now() > 1 {
        tokio::task::yield_now().await;
    }
    tab.wait_for(brought).await;
    assert_eq!((tab.text("li").as_str(), tab.text("output").as_str()), ("tea", "1"));
    tab.idle(Duration::from_secs(1)).await;
    assert_eq!((tab.text("li").as_str(), tab.text("output").as_str()), ("tea", "1"));
}

#[tokio::test(start_paused = true)]
async fn what_an_older_question_has_brought_already_is_not_handled_after_a_newer_one() {
    let running = Running::default();
    let mut tab = tab(&running).await;
    ask(&mut tab, "10 old").await;
    // While this handler runs, the result comes in and waits for its turn, behind the next question.
    tab.send_now(FINDER, "busy", r#"{"millis":100}"#);
    tab.send_now(FINDER, "find", r#"{"query":"1000 new"}"#);
    tab.idle(Duration::from_millis(500)).await;
    assert_eq!((tab.count("[aria-busy]"), tab.text("output").as_str()), (1, "0"));
    tab.wait_for(brought).await;
    assert_eq!((tab.text("li").as_str(), tab.text("output").as_str()), ("new", "1"));
}

#[tokio::test(start_paused = true)]
async fn a_load_that_is_cancelled_brings_nothing() {
    let running = Running::default();
    let mut tab = tab(&running).await;
    ask(&mut tab, "100 tea").await;
    tab.send(FINDER, "stop", "").await;
    tab.idle(Duration::from_secs(1)).await;
    assert_eq!((tab.text("output").as_str(), running.now()), ("0", 0));
}

#[tokio::test(start_paused = true)]
async fn a_failure_shows_its_public_sentence_and_a_button_to_try_again() {
    let running = Running::default();
    let mut tab = tab(&running).await;
    ask(&mut tab, "10 public").await;
    tab.wait_for(brought).await;
    assert_eq!(tab.text(".holm-failed [role=alert]"), "The archive is closed on Sundays.");
    tab.click(".holm-failed button").await;
    tab.wait_for(brought).await;
    assert_eq!(tab.text("li"), "again");
}

#[tokio::test(start_paused = true)]
async fn the_page_reads_no_cause_of_an_error_and_nothing_of_a_panic() {
    let running = Running::default();
    let mut tab = tab(&running).await;
    for query in ["10 internal", "10 panic"] {
        ask(&mut tab, query).await;
        tab.wait_for(brought).await;
        assert_eq!(tab.text("[role=alert]"), "This could not be loaded.", "{query}");
    }
    assert!(tab.errors().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_load_that_takes_too_long_is_stopped() {
    let running = Running::default();
    let limits = Limits { load_time: Duration::from_secs(3), ..Limits::default() };
    let mut tab = app(limits, &running).get("/").await.live().await;
    ask(&mut tab, "2999 tea").await;
    tab.wait_for(brought).await;
    assert_eq!(tab.text("li"), "tea");
    ask(&mut tab, "ever tea").await;
    tab.idle(Duration::from_millis(2_990)).await;
    assert_eq!(running.now(), 1);
    tab.wait_for(brought).await;
    assert_eq!(tab.text("[role=alert]"), "This took too long to load.");
    assert_eq!(running.now(), 0);
}

#[tokio::test(start_paused = true)]
async fn loads_past_the_limit_of_tasks_fail_at_once() {
    let running = Running::default();
    let mut tab = app(Limits { tasks: 3, ..Limits::default() }, &running).get("/").await.live().await;
    tab.send(FINDER, "many", r#"{"count":4}"#).await;
    tab.wait_for(|tab| tab.text("output") == "1").await;
    assert_eq!(tab.text("[role=alert]"), "This could not be loaded.");
    assert_eq!(running.now(), 3);
    tab.wait_for(|tab| tab.text("output") == "4").await;
    assert_eq!((tab.text("li").as_str(), running.now()), ("row", 0));
    tab.send(FINDER, "many", r#"{"count":3}"#).await;
    tab.wait_for(|tab| tab.text("output") == "7").await;
    assert_eq!(tab.count("[role=alert]"), 0);
}

#[tokio::test(start_paused = true)]
async fn a_load_ends_with_its_island() {
    let running = Running::default();
    let mut tab = tab(&running).await;
    ask(&mut tab, "ever tea").await;
    tab.wait_for(|tab| tab.count("[aria-busy]") == 1).await;
    assert_eq!(running.now(), 1);
    tab.close();
    while running.now() > 0 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test(start_paused = true)]
async fn what_mount_cannot_load_is_a_placeholder_that_restore_fills() {
    let running = Running::default();
    let app = app(Limits::default(), &running);
    // `mount` asks, and no page is there yet.
    let page = app.get("/mounted").await;
    assert_eq!((page.text("[aria-busy] p").as_str(), running.now()), ("Looking…", 0));
    let page = app.get("/first").await;
    assert_eq!(page.text("[aria-busy] p"), "Looking…");
    let mut tab = page.live().await;
    tab.wait_for(brought).await;
    assert_eq!(tab.text("li"), "first");
}

#[tokio::test(start_paused = true)]
async fn a_state_that_was_sealed_while_it_loaded_begins_again() {
    let (before, after) = (Running::default(), Running::default());
    let mut tab = app(Limits::default(), &before).get("/first").await.live().await;
    ask(&mut tab, "ever tea").await;
    tab.wait_for(|tab| tab.count("[aria-busy]") == 1).await;
    // Its seal comes after a quiet second; then the server is another one.
    tab.idle(Duration::from_secs(2)).await;
    let mut tab = tab.lose().rejoin(&app(Limits::default(), &after)).await;
    tab.wait_for(brought).await;
    assert_eq!((tab.text("li").as_str(), tab.text("output").as_str()), ("first", "1"));
}

#[tokio::test(start_paused = true)]
async fn mount_can_wait_a_short_time_for_what_those_without_script_are_to_read() {
    let soon = async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        Ok("tea")
    };
    assert_eq!(Load::within(Duration::from_millis(100), soon).await, Load::Ready("tea"));
    let late = async {
        tokio::time::sleep(Duration::from_millis(500)).await;
        Ok("tea")
    };
    assert!(Load::within(Duration::from_millis(100), late).await.is_loading());
    let failing = async { Err::<(), _>(Error::public("Closed.")) };
    assert_eq!(Load::within(Duration::from_millis(100), failing).await.failed(), Some("Closed."));
}

#[test]
fn a_load_is_loading_from_the_beginning_and_survives_a_seal() {
    assert!(Load::<u8>::default().is_loading());
    for load in [Load::Loading, Load::Ready(3), Load::Failed("Closed.".to_owned())] {
        let json = serde_json::to_string(&load).expect("a load is JSON");
        assert_eq!(serde_json::from_str::<Load<u8>>(&json).expect("as it was written"), load);
    }
    assert_eq!(Load::Ready(2).map(|n| n * 2).ready(), Some(&4));
}

#[test]
fn what_was_loaded_can_be_changed_in_place() {
    let mut load = Load::Ready(vec![1]);
    load.ready_mut().expect("it is there").push(2);
    assert_eq!(load, Load::Ready(vec![1, 2]));
    assert_eq!(Load::<u8>::Loading.ready_mut(), None);
    assert_eq!(Load::<u8>::Failed("Closed.".to_owned()).ready_mut(), None);
}

mod shared {
    //! An island that viewers share loads as any.

    use holm::SharedIsland;

    use super::*;

    #[derive(Clone, Default, Serialize, Deserialize)]
    struct Board {
        rows: Load<u32>,
    }

    #[derive(Event)]
    enum Move {
        Load {
            rows: u32,
        },
        #[event(server)]
        Rows(Load<u32>),
    }

    impl Island for Board {
        type Event = Move;

        fn render(&self) -> Markup {
            self.rows.show(|| html! { "…" }, |rows| html! { output { (rows) } })
        }

        async fn on(&mut self, event: Move, cx: &mut Cx<Move>) -> holm::Result {
            match event {
                Move::Load { rows } => {
                    let loading = async move {
                        tokio::time::sleep(Duration::from_millis(50)).await;
                        Ok(rows)
                    };
                    self.rows = cx.load("rows", loading, Move::Rows);
                }
                Move::Rows(rows) => self.rows = rows,
            }
            Ok(())
        }
    }

    impl SharedIsland for Board {
        fn open(_: &str) -> Self {
            Self::default()
        }
    }

    #[tokio::test(start_paused = true)]
    async fn an_island_that_viewers_share_loads_for_all_of_them() {
        async fn board(page: Page) -> Page {
            page.body_async(async |p: &Slot| p.mount_shared::<Board>("7").await).await
        }
        let live = Live::new().key([1; 32]).shared_island::<Board>();
        let app = App::new(Router::new().route("/", get(board)).with_live(live));
        let mut ada = app.get("/").await.live().await;
        let mut ben = app.get("/").await.live().await;
        let at = ada.attr("holm-island", "data-instance").expect("an island");
        ada.send(&at, "load", r#"{"rows":1}"#).await;
        ben.send(&at, "load", r#"{"rows":2}"#).await;
        ada.wait_for(|tab| tab.text("output") == "2").await;
        ben.wait_for(|tab| tab.text("output") == "2").await;
        assert_eq!(ada.errors().iter().map(|error| error.code).collect::<Vec<Code>>(), []);
    }
}
