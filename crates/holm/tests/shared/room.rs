//! A room that its visitors share, for tests.

use std::cell::Cell;
use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::extract::Path;
use bytes::Bytes;
use holm::prelude::*;
use holm::test::{App, Page as Served, Tab, Wire};
use holm::{Handle, Principal};
use holm_wire::down::Down;
use holm_wire::up::{self, JoinIsland};

thread_local! {
    /// How often this test's rooms were rendered; each test has a thread of its own.
    static RENDERS: Cell<usize> = const { Cell::new(0) };
    static RESTORES: Cell<usize> = const { Cell::new(0) };
}

pub(crate) fn renders() -> usize {
    RENDERS.get()
}

pub(crate) fn restores() -> usize {
    RESTORES.get()
}

/// The instance of the room that the tests are in.
pub(crate) const ROOM: &str = "Room.1";

#[derive(Clone, Default, Serialize, Deserialize)]
pub(crate) struct Room {
    key: String,
    lines: Vec<String>,
    ticks: u32,
    #[serde(skip)]
    last_will: Will,
}

#[derive(Event)]
pub(crate) enum Talk {
    Say(String),
    Slowly(String),
    Fail,
    Panic,
    Push,
    Publish(String),
    #[event(server)]
    Tick,
    #[event(server)]
    News(String),
}

/// Tells its own island, through everything that might be locked, when a state goes; but no more than ten
/// times, as each telling makes another state.
#[derive(Clone, Default)]
struct Will(Option<(Handle<Talk>, Hub)>, Arc<AtomicUsize>);

impl Drop for Will {
    fn drop(&mut self) {
        if let Some((island, hub)) = &self.0
            && self.1.fetch_add(1, Ordering::Relaxed) < 10
        {
            let _ = island.try_send(Talk::Tick);
            let _ = hub.shared::<Room>("another").is_some();
            let _ = hub.shared_islands();
        }
    }
}

impl Island for Room {
    type Event = Talk;

    fn render(&self) -> Markup {
        RENDERS.set(RENDERS.get() + 1);
        assert!(!self.lines.iter().any(|line| line.contains("unshowable")), "not to be shown");
        html! {
            p { "ticks " (self.ticks) }
            ul { @for line in &self.lines { li { (line) } } }
        }
    }

    async fn on(&mut self, event: Talk, cx: &mut Cx<Talk>) -> holm::Result {
        let who = cx.principal().id().unwrap_or("nobody").to_owned();
        match event {
            Talk::Say(line) => self.lines.push(format!("{who}: {line}")),
            Talk::Slowly(line) => {
                tokio::time::sleep(Duration::from_millis(100)).await;
                self.lines.push(format!("{who}: {line}"));
            }
            Talk::Fail => return Err(holm::Error::public("no")),
            Talk::Panic => panic!("on purpose"),
            Talk::Push => {
                cx.push("pushed", 1);
                cx.title("pushed");
            }
            Talk::Publish(line) => cx.publish(&news(), line),
            Talk::Tick => self.ticks += 1,
            Talk::News(line) => self.lines.push(line),
        }
        Ok(())
    }

    async fn restore(&mut self, cx: &mut Cx<Talk>) -> holm::Result {
        RESTORES.set(RESTORES.get() + 1);
        match &*self.key {
            "topic" => cx.subscribe(&news(), |line: &String| Talk::News(line.clone())),
            "timer" => cx.every(Duration::from_secs(1), || Talk::Tick),
            "who" => self.lines.push(format!("restored by {}", cx.principal().id().unwrap_or("nobody"))),
            "broken" => return Err(holm::Error::public("Broken.")),
            "slow" => tokio::time::sleep(Duration::from_secs(1)).await,
            "drop" => self.last_will = Will(cx.handle().zip(Some(cx.state::<Hubs>().0.clone())), Arc::default()),
            _ => {}
        }
        Ok(())
    }
}

/// What rooms listen to that have the key `topic`.
pub(crate) fn news() -> Topic<String> {
    Topic::new("news")
}

impl SharedIsland for Room {
    fn open(key: &str) -> Self {
        Self { key: key.to_owned(), ..Self::default() }
    }
}

struct Hubs(Hub);

/// An island of the session's own.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(crate) struct Own {
    count: u32,
}

#[derive(Event)]
pub(crate) enum Press {
    Inc,
}

impl Island for Own {
    type Event = Press;

    fn render(&self) -> Markup {
        html! { b { (self.count) } }
    }

    async fn on(&mut self, Press::Inc: Press, _: &mut Cx<Press>) -> holm::Result {
        self.count += 1;
        Ok(())
    }
}

/// An app with its hub.
pub(crate) struct TestApp {
    app: App,
    pub(crate) hub: Hub,
}

impl Deref for TestApp {
    type Target = App;

    fn deref(&self) -> &App {
        &self.app
    }
}

pub(crate) fn app(limits: Limits) -> TestApp {
    async fn room(Path((_, key)): Path<(String, String)>, page: Page) -> Page {
        page.title("Room").body(|p| p.shared::<Room>(&key))
    }
    async fn mounted(Path((_, key)): Path<(String, String)>, page: Page) -> Page {
        page.title("Room").body_async(async |p: &Slot| p.mount_shared::<Room>(&key).await).await
    }
    async fn both(page: Page) -> Page {
        page.title("Both").body(|p| {
            html! { (p.island(Own::default())) (p.shared::<Room>("1")) (p.island(Own::default())) }
        })
    }
    let live = Live::new().key([7; 32]).development(false).limits(limits);
    let hub = live.hub();
    let live = live.state(Hubs(hub.clone())).shared_island::<Room>().island::<Own>();
    let live = live.authorize(async |parts: http::request::Parts| {
        Ok(match parts.uri.path().split('/').nth(1) {
            None | Some("" | "nobody") => Principal::anonymous(),
            Some(who) => Principal::new(who),
        })
    });
    let router = Router::new()
        .route("/{who}/room/{key}", get(room))
        .route("/{who}/mounted/{key}", get(mounted))
        .route("/{who}/both", get(both))
        .with_live(live);
    TestApp { app: App::new(router), hub }
}

/// Somebody's tab at a room.
pub(crate) async fn at(app: &App, path: &str, who: &str) -> Tab {
    app.get(&format!("/{who}{path}")).await.live().await
}

/// What is said in a room, as a tab shows it.
pub(crate) fn lines(tab: &Tab) -> Vec<String> {
    let html = tab.document();
    let items = html.split("<li>").skip(1);
    items.map(|item| item.split("</li>").next().unwrap_or_default().to_owned()).collect()
}

/// A connection that takes frames when it likes.
pub(crate) struct Raw {
    pub(crate) wire: Wire,
    pub(crate) id: u64,
    seq: u64,
}

impl Raw {
    /// Joins a room's page whose document has the check of its render.
    pub(crate) async fn join(app: &App, path: &str) -> Self {
        Self::join_with(app, path, 0).await
    }

    /// Joins with a check of one's own, 0 for none.
    pub(crate) async fn join_with(app: &App, path: &str, check: u32) -> Self {
        Self::of(&app.get(path).await, path, check)
    }

    pub(crate) fn of(page: &Served, path: &str, check: u32) -> Self {
        let seal = page.attr("holm-island", "data-seal").unwrap();
        let instance = page.attr("holm-island", "data-instance").unwrap();
        let island = JoinIsland { name: "Room", instance: &instance, check, seal: seal.as_bytes() };
        let mut frame = Vec::new();
        up::join(&mut frame, 0, path, 1, b"", &[island]);
        let mut wire = page.wire();
        wire.send(&frame);
        let answer = wire.take().unwrap();
        let Ok(Down::Joined(joined)) = Down::decode(&answer) else { panic!("{answer:?}") };
        let id = joined.islands().next().unwrap().unwrap().id;
        Self { wire, id, seq: 0 }
    }

    pub(crate) fn send(&mut self, frame: &[u8]) {
        self.wire.send(frame);
    }

    pub(crate) fn event(&mut self, name: &str, payload: &str) {
        self.seq += 1;
        let mut frame = Vec::new();
        up::event(&mut frame, self.id, self.seq, name, payload);
        self.wire.send(&frame);
    }

    pub(crate) fn say(&mut self, line: &str) {
        self.event("say", &format!("{line:?}"));
    }

    /// The next frame, which is there.
    pub(crate) fn edit(&self) -> Bytes {
        self.wire.take().expect("a frame is ready")
    }

    /// Takes all frames that are ready, and gives their kinds.
    pub(crate) fn kinds(&self) -> Vec<u8> {
        std::iter::from_fn(|| self.wire.take()).map(|frame| frame[0]).collect()
    }

    /// Takes all frames that are ready, and gives the codes of the errors among them, with their events' numbers.
    pub(crate) fn errors(&self) -> Vec<(u64, u64)> {
        let frames: Vec<_> = std::iter::from_fn(|| self.wire.take()).collect();
        let error = |frame: &Bytes| match Down::decode(frame) {
            Ok(Down::Error { code, seq, .. }) => Some((code, seq)),
            _ => None,
        };
        frames.iter().filter_map(error).collect()
    }
}
