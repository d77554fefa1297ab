//! What the log tells an author in development.
#![allow(clippy::unwrap_used, reason = "a test fails where it unwraps")]

use std::io::{self, Write};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use holm::prelude::*;
use holm::test::{App, Tab};

/// The log of one test.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Log {
    fn begin(&self) -> tracing::subscriber::DefaultGuard {
        let log = self.clone();
        let subscriber = tracing_subscriber::fmt().with_ansi(false).with_writer(move || log.clone()).finish();
        tracing::subscriber::set_default(subscriber)
    }

    fn count(&self, text: &str) -> usize {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap().matches(text).count()
    }
}

#[derive(Clone, Default, Serialize, Deserialize)]
struct Feed {
    heard: u32,
}

#[derive(Event)]
enum Press {
    Refuse,
    /// Any page can send it, which its author has not thought of.
    Open(u32),
    #[event(server)]
    Closed(u32),
}

impl Island for Feed {
    type Event = Press;

    fn render(&self) -> Markup {
        html! { output { (self.heard) } }
    }

    async fn restore(&mut self, cx: &mut Cx<Press>) -> holm::Result {
        cx.subscribe(&Topic::new("open"), |number| Press::Open(*number));
        cx.subscribe(&Topic::new("closed"), |number| Press::Closed(*number));
        Ok(())
    }

    async fn on(&mut self, event: Press, _: &mut Cx<Press>) -> holm::Result {
        match event {
            Press::Refuse => return Err(holm::Error::public("Not today.")),
            Press::Open(number) | Press::Closed(number) => self.heard = number,
        }
        Ok(())
    }
}

fn app(development: bool) -> (App, Hub) {
    let live = Live::new().key([7; 32]).development(development).island::<Feed>();
    let hub = live.hub();
    let home = async |page: Page| page.title("Feed").body(|p| p.island(Feed::default()));
    (App::new(Router::new().route("/", get(home)).with_live(live)), hub)
}

#[tokio::test]
async fn a_message_whose_event_pages_can_send_is_pointed_out_once_and_in_development_only() {
    let log = Log::default();
    let _guard = log.begin();
    for (development, told) in [(false, 0), (true, 1), (true, 1)] {
        let (app, hub) = app(development);
        let mut tab = app.get("/").await.live().await;
        hub.publish(&Topic::new("closed"), 1_u32);
        tab.wait_for(|tab| tab.text("output") == "1").await;
        hub.publish(&Topic::new("open"), 2_u32);
        tab.wait_for(|tab| tab.text("output") == "2").await;
        assert_eq!(log.count("mark its variant with `#[event(server)]`"), told);
        assert_eq!(log.count("the event `open`"), told);
    }
}

#[tokio::test]
async fn what_a_visitor_is_refused_is_no_warning_of_the_server_s() {
    let log = Log::default();
    let _guard = log.begin();
    let (app, _) = app(false);
    let mut tab = app.get("/").await.live().await;
    tab.send("Feed:0", "refuse", "").await;
    assert_eq!(tab.errors().last().unwrap().sentence, "Not today.");
    assert_eq!(log.count("Not today."), 0);
}

/// Chooses files that it does not take.
#[derive(Clone, Default, Serialize, Deserialize)]
struct Desk {
    files: holm::upload::Uploads,
}

#[derive(Event)]
enum Sent {
    #[event(server)]
    File(holm::upload::UploadEvent),
}

impl Island for Desk {
    type Event = Sent;

    fn render(&self) -> Markup {
        html! {
            input #lost type="file" data-live-upload="lost";
            input #kept type="file" data-live-upload="kept";
        }
    }

    async fn restore(&mut self, cx: &mut Cx<Sent>) -> holm::Result {
        let memory = holm::upload::Memory::new();
        cx.accept_uploads("kept", holm::upload::Accept::new().to(memory), Sent::File);
        Ok(())
    }

    async fn on(&mut self, Sent::File(event): Sent, _: &mut Cx<Sent>) -> holm::Result {
        self.files.apply(&event);
        Ok(())
    }
}

#[tokio::test]
async fn files_for_an_input_that_is_not_accepted_are_pointed_out_once_and_in_development_only() {
    let log = Log::default();
    let _guard = log.begin();
    for (development, told) in [(false, 0), (true, 1), (true, 1)] {
        let mut tab = Tab::island_with(Desk::default(), Live::new().development(development)).await;
        tab.upload("#kept", "a.txt", "text/plain", b"abc").await;
        tab.upload("#lost", "a.txt", "text/plain", b"abc").await;
        assert_eq!(log.count("call `cx.accept_uploads(\"lost\", …)` in `restore`"), told);
        assert_eq!(
            log.count("is accepted, so its files are refused"),
            told,
            "of others there is nothing to say"
        );
    }
}

const IMPURE: &str = "render must be pure";

/// Counts what is no part of its state, so a session has to find it out again.
#[derive(Clone, Default, Serialize, Deserialize)]
struct Crew {
    #[serde(skip)]
    here: u32,
}

#[derive(Event)]
enum Step {
    Take,
}

impl Island for Crew {
    type Event = Step;

    fn render(&self) -> Markup {
        html! { output { (self.here) } }
    }

    async fn mount(&mut self, _: &mut Cx<Step>) -> holm::Result {
        self.here = 1;
        Ok(())
    }

    async fn restore(&mut self, _: &mut Cx<Step>) -> holm::Result {
        self.here = 2;
        Ok(())
    }

    async fn on(&mut self, _: Step, _: &mut Cx<Step>) -> holm::Result {
        self.here += 1;
        Ok(())
    }
}

/// Shows a clock of the server's.
macro_rules! watch {
    ($name:ident, $clock:ident, $read:expr) => {
        static $clock: AtomicU32 = AtomicU32::new(0);

        #[derive(Clone, Default, Serialize, Deserialize)]
        struct $name {
            presses: u32,
        }

        impl Island for $name {
            type Event = Step;

            fn render(&self) -> Markup {
                html! { output { (self.presses) " at " ($read) } }
            }

            async fn on(&mut self, _: Step, _: &mut Cx<Step>) -> holm::Result {
                self.presses += 1;
                Ok(())
            }
        }
    };
}

watch!(Slow, SLOW, SLOW.load(Ordering::Relaxed));
watch!(Late, LATE, LATE.load(Ordering::Relaxed));
watch!(Fast, FAST, FAST.fetch_add(1, Ordering::Relaxed));

async fn mounted<I: Island + Default>(page: Page) -> Page {
    page.title(I::name()).body_async(async |p: &Slot| p.mount(I::default()).await).await
}

fn of<I: Island + Default>(limits: Limits) -> App {
    let live = Live::new().key([7; 32]).development(true).limits(limits).island::<I>();
    App::new(Router::new().route("/", get(mounted::<I>)).with_live(live))
}

#[tokio::test]
async fn what_restore_has_filled_is_no_impure_render() {
    let log = Log::default();
    let _guard = log.begin();
    let mut tab = of::<Crew>(Limits::default()).get("/").await.live().await;
    tab.wait_for(|tab| tab.text("output") == "2").await;
    tab.send("Crew:0", "take", "").await;
    assert_eq!(tab.text("output"), "3");
    assert_eq!(log.count(IMPURE), 0);
}

#[tokio::test]
async fn a_render_that_shows_a_clock_is_pointed_out_where_the_page_is_joined_once() {
    let log = Log::default();
    let _guard = log.begin();
    for now in [1, 2] {
        let page = of::<Slow>(Limits::default()).get("/").await;
        SLOW.store(now, Ordering::Relaxed);
        let mut tab = page.live().await;
        tab.wait_for(|tab| tab.text("output") == format!("0 at {now}")).await;
        assert_eq!(log.count(IMPURE), 1);
    }
}

#[tokio::test]
async fn a_render_that_differs_each_time_is_pointed_out() {
    let log = Log::default();
    let _guard = log.begin();
    let mut tab = of::<Fast>(Limits::default()).get("/").await.live().await;
    tab.send("Fast:0", "take", "").await;
    assert!(log.count(IMPURE) > 0);
}

#[tokio::test]
async fn a_state_that_the_session_has_shown_is_to_render_the_same_again() {
    let log = Log::default();
    let _guard = log.begin();
    // Nothing is kept, so what is shown is rendered again.
    let limits = Limits { kept_html_bytes: 0, ..Limits::default() };
    let mut tab = of::<Late>(limits).get("/").await.live().await;
    tab.settle().await;
    assert_eq!(log.count(IMPURE), 0);
    LATE.store(1, Ordering::Relaxed);
    tab.send("Late:0", "take", "").await;
    assert_eq!(log.count("the same state rendered to other HTML"), 1);
}
