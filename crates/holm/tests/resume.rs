//! Sessions that outlive their connections.
#![allow(clippy::unwrap_used, reason = "a test fails where it unwraps")]

use std::time::Duration;

use holm::prelude::*;
use holm::test::{App, Tab};
use holm_wire::Code;
use holm_wire::down::Down;
use holm_wire::up::{self, Resume};

#[derive(Clone, Default, Serialize, Deserialize)]
struct Diary {
    lines: Vec<String>,
    ticks: u32,
}

#[derive(Event)]
enum Entry {
    Write(String),
    Fail,
    Start,
    #[event(server)]
    Tick,
}

impl Island for Diary {
    type Event = Entry;

    fn render(&self) -> Markup {
        html! {
            output { (self.ticks) }
            ul { @for line in &self.lines { li { (line) } } }
            button #start data-live=(Entry::Start) { "start" }
        }
    }

    async fn on(&mut self, event: Entry, cx: &mut Cx<Entry>) -> holm::Result {
        match event {
            Entry::Write(line) => self.lines.push(line),
            Entry::Fail => return Err(holm::Error::public("no")),
            Entry::Start => cx.every(Duration::from_secs(1), || Entry::Tick),
            Entry::Tick => self.ticks += 1,
        }
        Ok(())
    }
}

fn app_with(limits: Limits) -> App {
    async fn home(page: Page) -> Page {
        page.title("Diary").body(|p| html! { (p.island(Diary::default())) (p.island(Diary::default())) })
    }
    let live = Live::new().key([7; 32]).development(false).limits(limits).island::<Diary>();
    App::new(Router::new().route("/", get(home)).with_live(live))
}

fn app() -> App {
    app_with(Limits::default())
}

const DIARY: &str = "Diary:0";

async fn write(tab: &mut Tab, line: &str) {
    tab.send(DIARY, "write", &format!("{line:?}")).await;
}

#[tokio::test(start_paused = true)]
async fn a_session_goes_on_with_its_timers_where_the_connection_was_lost() {
    let app = app();
    let mut tab = app.get("/").await.live().await;
    tab.click("#start").await;
    write(&mut tab, "one").await;
    let tab = tab.lose();
    tokio::time::sleep(Duration::from_millis(10_500)).await;
    let tab = tab.resume(&app).await;
    assert_eq!(tab.text("output"), "10", "the timer went on without a connection");
    assert!(tab.errors().is_empty(), "{:?}", tab.errors());
    // All of it came as one small edit.
    let edits: Vec<_> = tab.edits().iter().map(|edit| (edit.bytes, edit.snapshot)).collect();
    assert!(matches!(edits[..], [(bytes, false)] if bytes < 20), "{edits:?}");
}

#[tokio::test(start_paused = true)]
async fn events_sent_into_a_lost_connection_are_sent_again_and_applied_once() {
    let app = app();
    let mut tab = app.get("/").await.live().await;
    write(&mut tab, "one").await;
    tab.send_now(DIARY, "write", "\"came through, unanswered\"");
    let mut tab = tab.lose();
    tab.send_now(DIARY, "write", "\"never came through\"");
    let tab = tab.resume(&app).await;
    assert_eq!(tab.html(DIARY).matches("<li>").count(), 3, "{}", tab.html(DIARY));
    assert!(tab.errors().is_empty(), "{:?}", tab.errors());
}

#[tokio::test(start_paused = true)]
async fn after_its_time_a_session_is_gone_and_its_seals_go_on() {
    let app = app();
    let mut tab = app.get("/").await.live().await;
    write(&mut tab, "sealed").await;
    tab.idle(Duration::from_secs(3)).await;
    write(&mut tab, "not sealed").await;
    let tab = tab.lose();
    tokio::time::sleep(Duration::from_secs(61)).await;
    let mut tab = tab.resume(&app).await;
    let codes: Vec<_> = tab.errors().iter().map(|error| error.code).collect();
    assert_eq!(codes, [Code::SessionGone]);
    write(&mut tab, "later").await;
    assert_eq!(tab.html(DIARY).matches("<li>").count(), 3, "{}", tab.html(DIARY));
}

#[tokio::test(start_paused = true)]
async fn just_within_its_time_it_is_there() {
    let app = app_with(Limits { park_time: Duration::from_secs(5), ..Limits::default() });
    let mut tab = app.get("/").await.live().await;
    write(&mut tab, "one").await;
    let tab = tab.lose();
    tokio::time::sleep(Duration::from_millis(4_900)).await;
    let tab = tab.resume(&app).await;
    assert!(tab.errors().is_empty());
    let tab = tab.lose();
    tokio::time::sleep(Duration::from_millis(5_100)).await;
    let tab = tab.resume(&app).await;
    assert_eq!(tab.errors()[0].code, Code::SessionGone);
}

#[tokio::test(start_paused = true)]
async fn past_the_number_or_the_bytes_of_parked_sessions_the_oldest_goes_first() {
    for limits in [
        Limits { parked: 2, ..Limits::default() },
        // A session of two small islands counts for about two kilobytes.
        Limits { parked_bytes: 5_000, ..Limits::default() },
    ] {
        let app = app_with(limits);
        let mut lost = Vec::new();
        for _ in 0..3 {
            lost.push(app.get("/").await.live().await.lose());
        }
        let mut gone = Vec::new();
        for tab in lost {
            gone.push(!tab.resume(&app).await.errors().is_empty());
        }
        assert_eq!(gone, [true, false, false]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_refused_event_stays_refused_and_keeps_its_number() {
    let app = app();
    let mut tab = app.get("/").await.live().await;
    tab.send(DIARY, "fail", "").await;
    write(&mut tab, "two").await;
    // As after a restart: everything since the page's own seal is sent again.
    let restarted = self::app();
    let mut tab = tab.rejoin(&restarted).await;
    assert!(tab.errors().is_empty(), "{:?}", tab.errors());
    write(&mut tab, "three").await;
    assert_eq!(tab.html(DIARY).matches("<li>").count(), 2);
}

/// A page in the raw: what it joins with, and what it is answered.
struct Raw {
    app: App,
    token: [u8; up::TOKEN],
    seals: Vec<(String, String)>,
}

impl Raw {
    async fn join(app: App) -> (Self, holm::test::Wire) {
        let page = app.get("/").await;
        let seals: Vec<_> = page
            .html()
            .split("data-instance=\"")
            .skip(1)
            .map(|rest| {
                let instance = rest.split('"').next().unwrap().to_owned();
                let seal = rest.split("data-seal=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
                (instance, seal)
            })
            .collect();
        let mut wire = app.wire("/").await;
        let mut raw = Self { app, token: [0; up::TOKEN], seals };
        wire.send(&raw.join_frame(1, b""));
        let frame = wire.next().await.unwrap();
        let Down::Joined(joined) = Down::decode(&frame).unwrap() else { panic!("joined comes first") };
        raw.token = *joined.token;
        (raw, wire)
    }

    fn join_frame(&self, epoch: u64, token: &[u8]) -> Vec<u8> {
        let islands: Vec<_> = self
            .seals
            .iter()
            .map(|(instance, seal)| up::JoinIsland {
                name: "Diary",
                instance,
                check: 0,
                seal: seal.as_bytes(),
            })
            .collect();
        let mut frame = Vec::new();
        up::join(&mut frame, 0, "/", epoch, token, &islands);
        frame
    }

    async fn resume(&self, epoch: u64, base: u64, seen: u64) -> holm::test::Wire {
        let mut wire = self.app.wire("/").await;
        let mut frame = Vec::new();
        up::resume(&mut frame, &Resume { wants: 0, path: "/", epoch, base, seen, token: &self.token });
        wire.send(&frame);
        wire
    }
}

fn event(seq: u64, line: &str) -> Vec<u8> {
    let mut frame = Vec::new();
    up::event(&mut frame, 1, seq, "write", &format!("{line:?}"));
    frame
}

fn kinds(wire: &holm::test::Wire) -> Vec<u8> {
    std::iter::from_fn(|| wire.take()).map(|frame| frame[0]).collect()
}

#[tokio::test(start_paused = true)]
async fn frames_that_were_sent_and_not_seen_come_again_however_often_the_answer_is_lost() {
    let (raw, mut wire) = Raw::join(app()).await;
    wire.send(&event(1, "a"));
    assert_eq!(kinds(&wire), [0x13]);
    wire.send(&event(2, "b"));
    assert_eq!(kinds(&wire), [0x13]);
    drop(wire);
    // The page has seen the first edit and not the second.
    let wire = raw.resume(2, 1, 1).await;
    assert_eq!(kinds(&wire), [0x03, 0x13, 0x12]);
    drop(wire);
    // It got nothing of that answer: the same again, on top of what it had at first.
    let wire = raw.resume(3, 1, 1).await;
    assert_eq!(kinds(&wire), [0x03, 0x13, 0x12]);
    drop(wire);
    // Now it got the answer and the edit.
    let wire = raw.resume(4, 3, 1).await;
    assert_eq!(kinds(&wire), [0x03, 0x12]);
}

#[tokio::test(start_paused = true)]
async fn several_missed_edits_become_one_from_what_the_page_shows() {
    let (raw, mut wire) = Raw::join(app()).await;
    for seq in 1..=20 {
        wire.send(&event(seq, "line"));
        assert_eq!(kinds(&wire), [0x13]);
    }
    drop(wire);
    let wire = raw.resume(2, 1, 0).await;
    assert_eq!(kinds(&wire), [0x03, 0x13]);
}

#[tokio::test(start_paused = true)]
async fn past_the_ring_a_page_gets_a_snapshot() {
    let (raw, mut wire) = Raw::join(app_with(Limits { resume_bytes: 64, ..Limits::default() })).await;
    wire.send(&event(1, "first"));
    assert_eq!(kinds(&wire), [0x13]);
    let mut seen = Vec::new();
    up::seen(&mut seen, 1);
    wire.send(&seen);
    for seq in 2..=9 {
        wire.send(&event(seq, "a line of some length"));
        assert_eq!(kinds(&wire), [0x13]);
    }
    drop(wire);
    // It saw one more than it had reported: what it shows is neither kept nor to be computed.
    let wire = raw.resume(2, 1, 2).await;
    assert_eq!(kinds(&wire), [0x03, 0x14]);
}

#[tokio::test(start_paused = true)]
async fn a_page_that_is_away_is_not_counted_and_counts_once_when_it_is_back() {
    async fn home(page: Page) -> Page {
        page.title("Diary").body(|p| {
            html! { (p.island(Diary::default())) p data-live-presence { "?" } b data-live-presence="total" { "?" } }
        })
    }
    let live = Live::new().key([7; 32]).development(false).island::<Diary>();
    let app = App::new(Router::new().route("/", get(home)).with_live(live));
    let mut watcher = app.get("/").await.live().await;
    let other = app.get("/").await.live().await;
    watcher.wait_for(|tab| tab.presence() == (Some(2), Some(2))).await;
    let other = other.lose();
    watcher.wait_for(|tab| tab.presence() == (Some(1), Some(1))).await;
    let other = other.resume(&app).await;
    watcher.wait_for(|tab| tab.presence() == (Some(2), Some(2))).await;
    let other = other.lose();
    watcher.wait_for(|tab| tab.presence() == (Some(1), Some(1))).await;
    // Its session ends, and so does nothing else.
    watcher.idle(Duration::from_secs(61)).await;
    let _third = app.get("/").await.live().await;
    watcher.wait_for(|tab| tab.presence() == (Some(2), Some(2))).await;
    drop(other);
}

#[tokio::test(start_paused = true)]
async fn what_an_old_connection_says_after_its_successor_came_is_ignored() {
    let (raw, mut old) = Raw::join(app()).await;
    let mut new = raw.resume(2, 1, 0).await;
    assert_eq!(kinds(&new), [0x03]);
    old.send(&event(1, "late"));
    assert_eq!(old.take(), None);
    assert_eq!(old.closed(), Some(Code::Superseded.close()));
    new.send(&event(1, "in time"));
    let frame = new.next().await.unwrap();
    assert!(String::from_utf8_lossy(&frame).contains("in time"));
    drop(old);
    new.send(&event(2, "and on"));
    assert_eq!(kinds(&new), [0x13], "its end does not touch the successor");
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_comes_late_does_not_take_over_from_a_later_one() {
    let (raw, old) = Raw::join(app()).await;
    drop(old);
    let new = raw.resume(5, 1, 0).await;
    assert_eq!(kinds(&new), [0x03]);
    let late = raw.resume(4, 1, 0).await;
    let frame = late.next().await.unwrap();
    let Down::Error { word, .. } = Down::decode(&frame).unwrap() else { panic!("an error") };
    assert_eq!(word, "session_gone");
    let mut late_join = raw.app.wire("/").await;
    late_join.send(&raw.join_frame(4, &raw.token));
    assert_eq!(late_join.closed(), Some(Code::Superseded.close()));
    assert_eq!(new.closed(), None);
}

#[tokio::test(start_paused = true)]
async fn tokens_and_counts_that_cannot_be_resume_nothing() {
    let (mut raw, wire) = Raw::join(app()).await;
    for (epoch, base, seen) in [(2, 0, 0), (2, 2, 0), (2, 1, 1), (1, 1, 0), (u64::MAX, u64::MAX, u64::MAX)] {
        let wire = raw.resume(epoch, base, seen).await;
        assert_eq!(kinds(&wire), [0x16], "epoch {epoch}, base {base}, seen {seen}");
    }
    assert_eq!(wire.closed(), None, "the connection that is there stays");
    raw.token[20] ^= 1;
    assert_eq!(kinds(&raw.resume(2, 1, 0).await), [0x16]);
}

#[tokio::test(start_paused = true)]
async fn a_page_that_is_closed_is_not_waited_for() {
    let (raw, wire) = Raw::join(app()).await;
    wire.leave();
    assert_eq!(kinds(&raw.resume(2, 1, 0).await), [0x16]);
}

#[tokio::test(start_paused = true)]
async fn an_idle_island_gets_a_new_seal_before_its_old_one_expires() {
    let limits = Limits { seal_age: Duration::from_secs(40), ..Limits::default() };
    let app = app_with(limits);
    let mut tab = app.get("/").await.live().await;
    let served = tab.seal(DIARY).to_vec();
    tab.idle(Duration::from_secs(18)).await;
    assert_eq!(tab.seal(DIARY), served);
    tab.idle(Duration::from_secs(5)).await;
    let renewed = tab.seal(DIARY).to_vec();
    assert_ne!(renewed, served);
    tab.idle(Duration::from_secs(25)).await;
    assert_ne!(tab.seal(DIARY), renewed);
}

#[tokio::test(start_paused = true)]
async fn a_page_whose_first_request_finds_no_session_takes_no_place() {
    let (raw, wire) = Raw::join(app()).await;
    wire.leave();
    let wire = raw.resume(2, 1, 0).await;
    assert_eq!(kinds(&wire), [0x16]);
    drop(wire);
    assert_eq!(kinds(&raw.resume(3, 1, 0).await), [0x16]);
}

#[tokio::test(start_paused = true)]
async fn an_island_that_begins_afresh_uses_no_event_number_again() {
    let (raw, mut wire) = Raw::join(app()).await;
    wire.send(&event(1, "first"));
    drop(wire);
    let mut again = raw.app.wire("/").await;
    let (instance, seal) = &raw.seals[0];
    let island =
        up::JoinIsland { name: "Diary", instance, check: holm_wire::check::FRESH, seal: seal.as_bytes() };
    let mut frame = Vec::new();
    up::join(&mut frame, 0, "/", 2, &raw.token, &[island]);
    again.send(&frame);
    let frame = again.next().await.unwrap();
    let Down::Joined(joined) = Down::decode(&frame).unwrap() else { panic!("joined comes first") };
    let joined = joined.islands().next().unwrap().unwrap();
    assert!(joined.seq > 1_000_000, "{}", joined.seq);
    // Sealed at once, since the page's own seal begins at nought.
    assert_eq!(kinds(&again), [0x14, 0x15]);
    let mut frame = Vec::new();
    up::event(&mut frame, joined.id, joined.seq + 1, "write", "\"second\"");
    again.send(&frame);
    assert_eq!(kinds(&again), [0x13]);
}
