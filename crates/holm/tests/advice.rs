//! What the log tells an author in development.
#![allow(clippy::unwrap_used, reason = "a test fails where it unwraps")]

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use holm::prelude::*;
use holm::test::App;

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
