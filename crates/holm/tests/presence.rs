//! Presence: who is here, told to islands that watch.
#![allow(clippy::unwrap_used, reason = "a test fails where it unwraps")]

use std::time::Duration;

use holm::prelude::*;
use holm::test::{App, Tab};
use holm::{Change, Presence, Present};

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Who {
    says: String,
}

/// Joins the room of its page when it comes to life, and keeps what it hears if it is to watch.
#[derive(Clone, Default, Serialize, Deserialize)]
struct Room {
    watches: bool,
    here: Vec<Present<Who>>,
    log: Vec<String>,
}

#[derive(Event)]
enum Press {
    Join(String),
    JoinAs {
        key: String,
        says: String,
    },
    Update(String),
    /// Several at once: what comes before its end is folded into one telling.
    Flicker(Vec<String>),
    Leave,
    Watch,
    Unwatch,
    Slow,
    #[event(server)]
    Heard(Change<Who>),
    #[event(server)]
    Wait,
}

fn room() -> Presence<Who> {
    Presence::new("room")
}

/// `ada(hi bob)`: a key and what its tabs say; an anonymous one is `?`.
fn told(present: &Present<Who>) -> String {
    let key = if present.key.starts_with("anonymous-") { "?" } else { &present.key };
    let says: Vec<_> = present.metas.iter().map(|who| &*who.says).collect();
    format!("{key}({})", says.join(" "))
}

fn all(present: &[Present<Who>]) -> String {
    present.iter().map(told).collect::<Vec<_>>().join(",")
}

impl Island for Room {
    type Event = Press;

    fn render(&self) -> Markup {
        html! {
            ol { @for line in &self.log { li { (line) } } }
            output { (all(&self.here)) }
        }
    }

    async fn restore(&mut self, cx: &mut Cx<Press>) -> holm::Result {
        cx.join(&room(), Who { says: "hi".into() });
        if self.watches {
            cx.watch(&room(), |change| Press::Heard(change.clone()));
        }
        Ok(())
    }

    async fn on(&mut self, event: Press, cx: &mut Cx<Press>) -> holm::Result {
        match event {
            Press::Join(says) => cx.join(&room(), Who { says }),
            Press::JoinAs { key, says } => cx.join_as(&room(), key, Who { says }),
            Press::Update(says) => cx.update(&room(), Who { says }),
            Press::Flicker(all) => {
                for says in all {
                    cx.leave(&room());
                    cx.join(&room(), Who { says });
                }
            }
            Press::Leave => cx.leave(&room()),
            Press::Watch => cx.watch(&room(), |change| Press::Heard(change.clone())),
            Press::Unwatch => cx.unwatch(&room()),
            Press::Slow => cx.send_after(Duration::ZERO, Press::Wait),
            Press::Wait => tokio::time::sleep(Duration::from_secs(4)).await,
            Press::Heard(change) => {
                change.apply(&mut self.here);
                self.log.extend(change.everybody.as_ref().map(|here| format!("all: {}", all(here))));
                self.log.extend(change.joined.iter().map(|who| format!("+{}", told(who))));
                self.log.extend(change.updated.iter().map(|who| format!("~{}", told(who))));
                self.log.extend(change.left.iter().map(|who| format!("-{}", told(who))));
            }
        }
        Ok(())
    }
}

const ROOM: &str = "Room:0";

/// `/watch/ada` watches as Ada, `/ada` is there as her, `/anonymous` as nobody in particular.
fn app_with(limits: Limits) -> (App, Hub) {
    async fn page(page: Page) -> Page {
        page.title("Room").body(|p| p.island(Room::default()))
    }
    async fn watching(page: Page) -> Page {
        page.title("Room").body(|p| p.island(Room { watches: true, ..Room::default() }))
    }
    let live = Live::new().key([7; 32]).development(false).limits(limits).island::<Room>();
    let live = live.authorize(|parts| async move {
        let user = parts.uri.path().rsplit('/').next().unwrap_or_default().to_owned();
        Ok(if user == "anonymous" { Principal::anonymous() } else { Principal::new(user) })
    });
    let hub = live.hub();
    let router = Router::new().route("/{user}", get(page)).route("/watch/{user}", get(watching));
    (App::new(router.with_live(live)), hub)
}

fn app() -> (App, Hub) {
    app_with(Limits::default())
}

async fn join(app: &App, path: &str) -> Tab {
    app.get(path).await.live().await
}

/// Somebody who watches, and has heard of everybody who was here before.
async fn watcher(app: &App) -> Tab {
    let mut tab = join(app, "/watch/eve").await;
    tab.wait_for(|tab| tab.html(ROOM).contains("eve(hi)</output>")).await;
    tab
}

fn log(tab: &Tab) -> Vec<String> {
    let html = tab.html(ROOM);
    html.split("<li>").skip(1).map(|rest| rest.split('<').next().unwrap().to_owned()).collect()
}

/// What is told after the first line, once a telling has had its time.
async fn heard(tab: &mut Tab) -> Vec<String> {
    tab.idle(Duration::from_millis(600)).await;
    log(tab).split_off(1)
}

#[tokio::test(start_paused = true)]
async fn a_watcher_hears_of_everybody_first_and_then_who_comes_and_goes() {
    let (app, hub) = app();
    let ada = join(&app, "/ada").await;
    let mut eve = watcher(&app).await;
    assert_eq!(log(&eve), ["all: ada(hi),eve(hi)"], "itself included, in the order of joining");
    let bob = join(&app, "/bob").await;
    assert_eq!(heard(&mut eve).await, ["+bob(hi)"]);
    assert_eq!(all(&hub.present(&room())), "ada(hi),eve(hi),bob(hi)");
    ada.close();
    assert_eq!(all(&hub.present(&room())), "eve(hi),bob(hi)", "who closes the page leaves at once");
    assert_eq!(heard(&mut eve).await, ["+bob(hi)", "-ada(hi)"]);
    assert_eq!(eve.text("output"), "eve(hi),bob(hi)");
    bob.close();
    eve.close();
    assert_eq!((hub.presences(), hub.present(&room()).len()), (0, 0), "an empty presence is forgotten");
}

#[tokio::test(start_paused = true)]
async fn tabs_of_one_principal_are_one_entry_and_anonymous_tabs_are_each_their_own() {
    let (app, hub) = app();
    let mut eve = watcher(&app).await;
    let (one, two) = (join(&app, "/ada").await, join(&app, "/ada").await);
    assert_eq!(heard(&mut eve).await, ["+ada(hi hi)"]);
    let (first, second) = (join(&app, "/anonymous").await, join(&app, "/anonymous").await);
    assert_eq!(all(&hub.present(&room())), "eve(hi),ada(hi hi),?(hi),?(hi)");
    let present = hub.present(&room());
    assert_ne!(present[2].key, present[3].key);
    one.close();
    first.close();
    assert_eq!(heard(&mut eve).await[1..], ["+?(hi)", "~ada(hi)"], "the one who went at once was never told");
    two.close();
    second.close();
    assert_eq!(heard(&mut eve).await[3..], ["-ada(hi)", "-?(hi)"]);
}

#[tokio::test(start_paused = true)]
async fn an_island_says_something_else_and_is_somebody_else() {
    let (app, hub) = app();
    let mut eve = watcher(&app).await;
    let mut ada = join(&app, "/ada").await;
    heard(&mut eve).await;
    ada.send(ROOM, "update", "\"bye\"").await;
    assert_eq!(heard(&mut eve).await[1..], ["~ada(bye)"]);
    ada.send(ROOM, "join", "\"again\"").await;
    assert_eq!(heard(&mut eve).await[2..], ["~ada(again)"], "joining again is no second meta");
    ada.send(ROOM, "join_as", r#"{"key":"seat 4","says":"me"}"#).await;
    let after = heard(&mut eve).await;
    assert_eq!(after[3..], ["+seat 4(me)", "-ada(again)"]);
    ada.send(ROOM, "leave", "").await;
    ada.send(ROOM, "update", "\"nobody\"").await;
    assert_eq!(heard(&mut eve).await[5..], ["-seat 4(me)"]);
    assert_eq!(all(&hub.present(&room())), "eve(hi)");
}

#[tokio::test(start_paused = true)]
async fn what_happens_within_one_telling_is_told_as_one_and_what_cancels_out_is_not() {
    let (app, _) = app_with(Limits { presence_every: Duration::from_millis(250), ..Limits::default() });
    let mut eve = watcher(&app).await;
    let edits = eve.edits().len();
    let mut tabs = Vec::new();
    for _ in 0..100 {
        tabs.push(join(&app, "/anonymous").await);
        eve.idle(Duration::from_millis(10)).await;
    }
    // The first at once, then four in the second that it takes, and who came last.
    eve.wait_for(|tab| tab.text("output").matches("?(hi)").count() == 100).await;
    assert!((4..=6).contains(&(eve.edits().len() - edits)), "{} tellings", eve.edits().len() - edits);
    let before = heard(&mut eve).await.len();
    tabs[0].send(ROOM, "flicker", r#"["a","b","hi"]"#).await;
    let again = join(&app, "/bob").await;
    again.close();
    assert_eq!(heard(&mut eve).await.len(), before, "left and joined as before; came and went");
    tabs[0].send(ROOM, "flicker", r#"["a","b"]"#).await;
    assert_eq!(heard(&mut eve).await[before..], ["~?(b)"]);
}

#[tokio::test(start_paused = true)]
async fn who_comes_back_in_time_was_never_away() {
    let (app, hub) = app();
    let mut eve = watcher(&app).await;
    let ada = join(&app, "/ada").await;
    heard(&mut eve).await;
    let ada = ada.lose();
    eve.idle(Duration::from_secs(9)).await;
    assert_eq!(all(&hub.present(&room())), "eve(hi),ada(hi)");
    let ada = ada.resume(&app).await;
    eve.idle(Duration::from_secs(30)).await;
    assert_eq!(log(&eve).len(), 2, "{:?}", log(&eve));
    drop(ada);
}

#[tokio::test(start_paused = true)]
async fn who_is_away_for_too_long_leaves_and_joins_again_when_it_comes_back() {
    let (app, hub) = app();
    let mut eve = watcher(&app).await;
    let mut ada = join(&app, "/ada").await;
    ada.send(ROOM, "update", "\"newest\"").await;
    heard(&mut eve).await;
    let ada = ada.lose();
    eve.idle(Duration::from_secs(11)).await;
    assert_eq!(heard(&mut eve).await[1..], ["-ada(newest)"]);
    assert_eq!(all(&hub.present(&room())), "eve(hi)");
    let ada = ada.resume(&app).await;
    assert_eq!(heard(&mut eve).await[2..], ["+ada(newest)"]);
    // Away again, until its session has ended: it left once.
    let ada = ada.lose();
    eve.idle(Duration::from_mins(2)).await;
    assert_eq!(heard(&mut eve).await[3..], ["-ada(newest)"]);
    drop(ada);
}

#[tokio::test(start_paused = true)]
async fn a_page_that_joins_again_from_its_seals_is_told_of_as_little() {
    let (app, hub) = app();
    let mut eve = watcher(&app).await;
    let (ada, nobody) = (join(&app, "/ada").await, join(&app, "/anonymous").await);
    heard(&mut eve).await;
    let lines = log(&eve).len();
    let (ada, nobody) = (ada.rejoin(&app).await, nobody.rejoin(&app).await);
    heard(&mut eve).await;
    assert_eq!((log(&eve).len(), hub.present(&room()).len()), (lines, 3), "{:?}", log(&eve));
    drop((ada, nobody));
}

#[tokio::test(start_paused = true)]
async fn a_watcher_that_lags_gets_everybody_in_place_of_what_it_missed() {
    let limits = Limits { topic_queue: 2, presence_every: Duration::from_millis(1), ..Limits::default() };
    let (app, _) = app_with(limits);
    let mut eve = watcher(&app).await;
    eve.send(ROOM, "slow", "").await;
    eve.idle(Duration::from_millis(10)).await;
    let mut tabs = Vec::new();
    for name in ["/a", "/b", "/c", "/d"] {
        tabs.push(join(&app, name).await);
        eve.idle(Duration::from_millis(10)).await;
    }
    eve.wait_for(|tab| tab.html(ROOM).contains("d(hi)</output>")).await;
    assert_eq!(log(&eve), ["all: eve(hi)", "all: eve(hi),a(hi),b(hi),c(hi),d(hi)"]);
    tabs.push(join(&app, "/e").await);
    eve.wait_for(|tab| tab.html(ROOM).contains("e(hi)</output>")).await;
    assert_eq!(log(&eve).len(), 3, "from there on changes again");
}

#[tokio::test(start_paused = true)]
async fn who_begins_to_watch_later_hears_of_everybody_as_it_is_then() {
    let (app, _) = app();
    let mut eve = watcher(&app).await;
    eve.send(ROOM, "unwatch", "").await;
    let ada = join(&app, "/ada").await;
    let bob = join(&app, "/bob").await;
    ada.close();
    assert!(heard(&mut eve).await.is_empty(), "it does not watch");
    eve.send(ROOM, "watch", "").await;
    let mut other = join(&app, "/watch/other").await;
    assert_eq!(heard(&mut eve).await, ["all: eve(hi),bob(hi),other(hi)"]);
    other.wait_for(|tab| log(tab) == ["all: eve(hi),bob(hi),other(hi)"]).await;
    drop(bob);
}

#[tokio::test(start_paused = true)]
async fn past_the_limit_nobody_is_shown_until_somebody_leaves() {
    let (app, hub) = app_with(Limits { presence_entries: 2, ..Limits::default() });
    let (ada, bob) = (join(&app, "/ada").await, join(&app, "/bob").await);
    let mut eve = join(&app, "/eve").await;
    assert_eq!(all(&hub.present(&room())), "ada(hi),bob(hi)");
    bob.close();
    eve.send(ROOM, "join", "\"now\"").await;
    assert_eq!(all(&hub.present(&room())), "ada(hi),eve(now)");
    drop(ada);
}

#[tokio::test(start_paused = true)]
async fn who_has_left_takes_nobody_s_place_and_comes_back_where_there_is_room() {
    let (app, hub) = app_with(Limits { presence_entries: 2, ..Limits::default() });
    let (ada, bob) = (join(&app, "/ada").await.lose(), join(&app, "/bob").await.lose());
    tokio::time::sleep(Duration::from_secs(11)).await;
    let (eve, dan) = (join(&app, "/eve").await, join(&app, "/dan").await);
    assert_eq!(all(&hub.present(&room())), "eve(hi),dan(hi)");
    let (mut ada, bob) = (ada.resume(&app).await, bob.resume(&app).await);
    assert_eq!(all(&hub.present(&room())), "eve(hi),dan(hi)", "there is no room for those who come back");
    eve.close();
    ada.send(ROOM, "update", "\"back\"").await;
    assert_eq!(all(&hub.present(&room())), "dan(hi),ada(back)");
    drop((bob, dan));
}

#[test]
fn who_goes_where_nothing_runs_is_told_of_with_the_next_change() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (app, ada, mut eve) = runtime.block_on(async {
        let (app, _) = app();
        let ada = join(&app, "/ada").await;
        let eve = watcher(&app).await;
        (app, ada, eve)
    });
    ada.close();
    runtime.block_on(async {
        let bob = join(&app, "/bob").await;
        eve.wait_for(|tab| tab.text("output") == "eve(hi),bob(hi)").await;
        drop(bob);
    });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_who_come_and_go_at_once_are_all_accounted_for() {
    let (app, hub) = app_with(Limits { presence_every: Duration::from_millis(1), ..Limits::default() });
    let mut eve = watcher(&app).await;
    let crowd: Vec<_> = (0..8)
        .map(|number| {
            let app = app.clone();
            tokio::spawn(async move {
                for _ in 0..20 {
                    let tab = join(&app, &format!("/watch/{}", number % 4)).await;
                    tokio::task::yield_now().await;
                    tab.close();
                }
                join(&app, &format!("/watch/{}", number % 4)).await
            })
        })
        .collect();
    let mut tabs = Vec::new();
    for tab in crowd {
        tabs.push(tab.await.unwrap());
    }
    let here = all(&hub.present(&room()));
    assert_eq!(here.matches("hi").count(), 9, "{here}");
    eve.wait_for(|tab| tab.text("output") == here).await;
    for tab in &mut tabs {
        tab.wait_for(|tab| tab.text("output") == here).await;
    }
}
