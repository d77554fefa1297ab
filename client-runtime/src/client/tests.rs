//! The connection against a page and a server that are lists of words.
#![allow(clippy::float_cmp, reason = "times here are added up from whole numbers")]

use holm_wire::down::{Down, JoinedIsland, joined, resumed};
use holm_wire::up::TOKEN;
use holm_wire::{Action, Code};

use super::{Client, ISLANDS};
use crate::host::{Host, Made, Status};
use crate::walk::Dom;

/// A page that writes down what it is asked. Its times are milliseconds, as those of a browser.
#[derive(Default)]
struct Page {
    now: f64,
    status: Option<Status>,
    said: Vec<String>,
    timer: f64,
    named: Vec<u32>,
    asked: Vec<Vec<u32>>,
    /// The number of the last kept event, 0 for none.
    kept: u32,
    sealed: bool,
    gone: Vec<u32>,
    may_reload: bool,
    strange: bool,
}

impl Page {
    fn say(&mut self, text: impl Into<String>) {
        self.said.push(text.into());
    }
}

macro_rules! steps {
    ($($name:ident($($arg:ident: $kind:ty),*);)*) => {
        $(fn $name(&mut self, $($arg: $kind),*) -> bool { $(let _ = $arg;)* !self.strange })*
    };
}

impl Dom for Page {
    steps! {
        go(levels: u32, index: i32, next: i32);
        find(id: bool, key: &[u8]);
        text(index: u32, keep: u32, delete: Option<u32>, data: &[u8]);
        attr(name: &[u8], value: Option<&[u8]>);
        insert(index: u32, html: &[u8]);
        remove(index: u32, count: u32);
        shift(from: u32, to: u32, count: u32);
        run(start: u32, len: u32, down: bool, stay: bool, whole: bool);
        fresh(html: &[u8]);
        settle(whole: bool);
        inner(html: &[u8]);
    }
    fn count(&mut self) -> u32 {
        0
    }
}

impl Host for Page {
    fn now(&mut self) -> u32 {
        (self.now / 10.0) as u32
    }
    fn chance(&mut self, below: u32) -> u32 {
        below / 2
    }
    fn connect(&mut self, epoch: u32) {
        self.say(format!("connect {epoch}"));
    }
    fn disconnect(&mut self) {
        self.asked.clear();
        self.say("disconnect");
    }
    fn beat(&mut self) {
        self.say("beat");
    }
    fn resync(&mut self, id: u32) {
        self.say(format!("resync {id}"));
    }
    fn leave(&mut self, id: u32) {
        self.say(format!("leave {id}"));
    }
    fn resume(&mut self, base: u32, seen: u32) {
        self.say(format!("resume {base} after {seen}"));
    }
    fn seen(&mut self, count: u32) {
        self.say(format!("seen {count}"));
    }
    fn token(&mut self, token: &[u8]) {
        assert_eq!(token, [7; TOKEN]);
    }
    fn again(&mut self, slot: u32, seq: u32) {
        self.say(format!("{slot} again after {seq}"));
    }
    fn first(&mut self, slot: u32) -> bool {
        self.say(format!("{slot} first"));
        std::mem::take(&mut self.sealed)
    }
    fn name(&mut self, slot: u32, moved: bool) -> bool {
        if self.gone.contains(&slot) {
            return false;
        }
        self.named.push(slot);
        if moved {
            self.say(format!("{slot} moved on"));
        }
        true
    }
    fn join(&mut self) {
        let named = std::mem::take(&mut self.named);
        self.say(format!("join {named:?}"));
        self.asked.push(named);
    }
    fn asked(&mut self, index: u32) -> Option<u32> {
        let slot = self.asked.first()?.get(index as usize).copied();
        if slot.is_none() {
            self.asked.remove(0);
        }
        slot
    }
    fn joined(&mut self, slot: u32, id: u32, seq: u32) -> u32 {
        self.say(format!("{slot} joined as {id} at {seq}"));
        self.kept.max(seq)
    }
    fn forget(&mut self, slot: u32, seq: u32, refused: bool) {
        self.say(format!("{slot} forget {}{seq}", if refused { "" } else { "to " }));
    }
    fn timer(&mut self, at: Option<u32>) {
        self.timer = at.map_or(f64::INFINITY, |at| f64::from(at) * 10.0 - self.now);
    }
    fn ask(&mut self, epoch: u32) {
        self.say(format!("ask {epoch}"));
    }
    fn show(&mut self, status: Status) {
        if self.status.replace(status) != Some(status) {
            self.say(format!("{status:?}"));
        }
    }
    fn begin(&mut self, slot: u32, seq: u32) {
        if seq > 0 {
            self.say(format!("{slot} answers {seq}"));
        }
    }
    fn end(&mut self, slot: u32, seq: u32, made: Made) {
        let what = match made {
            Made::Nothing => "failed edit",
            Made::Edit => "edit",
            Made::Snapshot => "snapshot",
        };
        self.say(format!("{slot} {what} {seq}"));
    }
    fn settled(&mut self, slot: u32, seq: u32) {
        self.say(format!("{slot} settled to {seq}"));
    }
    fn morph(&mut self, _: &[u8]) {}
    fn seal(&mut self, slot: u32, seal: &[u8]) {
        self.say(format!("{slot} seal {seal:?}"));
    }
    fn push(&mut self, slot: u32, kind: u32, name: &[u8], text: &[u8]) {
        let what = match kind {
            0x17 => "list",
            0x1d => "act",
            _ => "push",
        };
        self.say(format!("{slot} {what} {} {}", name.len(), text.len()));
    }
    fn redirect(&mut self, url: &[u8]) {
        self.say(format!("redirect {}", url.len()));
    }
    fn title(&mut self, text: &[u8]) {
        self.say(format!("title {}", text.len()));
    }
    fn error(&mut self, slot: Option<u32>, code: u32, word: &[u8], _: &[u8], seq: u32) {
        let word = String::from_utf8_lossy(word);
        self.say(format!("error {slot:?} {code} {word} {seq}"));
    }
    fn presence(&mut self, total: bool, count: u32) {
        self.say(format!("presence {total} {count}"));
    }
    fn mount(&mut self, parent: u32, id: u32, key: &[u8], _: &[u8]) -> u32 {
        self.say(format!("mount {} in {parent}, {id}", key.len()));
        3
    }
    fn reload(&mut self) -> bool {
        self.say("reload");
        self.may_reload
    }
}

fn client() -> Client<Page> {
    Client::new(Page::default())
}

/// A client whose islands have joined with the ids 10, 11, ...
fn live(islands: usize) -> Client<Page> {
    let mut client = client();
    client.start(islands);
    client.opened(1);
    let told: Vec<_> = (0..islands as u64).map(|slot| JoinedIsland { id: 10 + slot, seq: 0 }).collect();
    let mut frame = Vec::new();
    joined(&mut frame, 7, 75, &[7; TOKEN], &told);
    client.heard(1, &frame);
    client.host.said.clear();
    client
}

fn hear(client: &mut Client<Page>, epoch: u32, down: &Down<'_>) -> Vec<String> {
    let mut frame = Vec::new();
    down.encode(&mut frame);
    client.heard(epoch, &frame);
    std::mem::take(&mut client.host.said)
}

fn said(client: &mut Client<Page>) -> Vec<String> {
    std::mem::take(&mut client.host.said)
}

/// Lets the time of the timer pass.
fn wake(client: &mut Client<Page>) {
    client.host.now += client.host.timer;
    client.tick();
}

/// The connection of this epoch opens, and the server goes on with islands of these ids and events.
fn resume(client: &mut Client<Page>, epoch: u32, islands: &[(u64, u64)]) -> Vec<String> {
    client.opened(epoch);
    let islands: Vec<_> = islands.iter().map(|&(id, seq)| JoinedIsland { id, seq }).collect();
    let mut frame = Vec::new();
    resumed(&mut frame, 75, &islands);
    client.heard(epoch, &frame);
    said(client)
}

/// An error frame as the server writes it.
fn error(code: Code, island: Option<u64>, seq: u64) -> Down<'static> {
    let (number, action, word) = (code.number().into(), code.action(), code.word());
    Down::Error { code: number, action, island, seq, word, sentence: "" }
}

#[test]
fn joins_every_island_that_is_still_there() {
    let mut client = client();
    client.host.gone = vec![1];
    client.start(3);
    client.opened(1);
    let mut frame = Vec::new();
    joined(
        &mut frame,
        7,
        75,
        &[7; TOKEN],
        &[JoinedIsland { id: 300, seq: 5 }, JoinedIsland { id: 4, seq: 0 }],
    );
    client.heard(1, &frame);
    let words =
        ["Connecting", "connect 1", "join [0, 2]", "0 joined as 300 at 5", "2 joined as 4 at 0", "Live"];
    assert_eq!(client.host.said, words);
}

#[test]
fn events_go_on_from_what_the_server_holds() {
    let mut client = client();
    client.start(1);
    assert_eq!(client.event(0), 2, "number 1, not to be sent");
    assert_eq!(client.event(1), 0, "no such island");
    client.opened(1);
    assert_eq!(client.event(0), 4, "not before the answer");
    client.host.kept = 10;
    let mut frame = Vec::new();
    joined(&mut frame, 7, 75, &[7; TOKEN], &[JoinedIsland { id: 1, seq: 8 }]);
    client.heard(1, &frame);
    assert_eq!(client.event(0), 2 * 11 + 1, "8 there, up to 10 sent again");
}

#[test]
fn every_frame_is_read_as_holm_wire_writes_it() {
    let mut client = live(2);
    let program = [0x01];
    let frames: [(Down<'_>, &[&str]); 13] = [
        (Down::Heartbeat, &[]),
        (Down::Edit { island: 10, program: &program }, &["0 edit 0"]),
        (Down::EditAck { island: 11, seq: 300, program: &program }, &["1 answers 300", "1 edit 300"]),
        (Down::Ack { island: 10, seq: 3 }, &["0 settled to 3"]),
        (Down::Snapshot { island: 10, seq: 4, html: "<p>" }, &["0 answers 4", "0 snapshot 4"]),
        (Down::Seal { island: 11, seq: 4, seal: &[9, 8] }, &["1 forget to 4", "1 seal [9, 8]"]),
        (Down::Presence { total: true, count: 200 }, &["presence true 200"]),
        (Down::Act { island: 10, what: "reset", with: "f" }, &["0 act 5 1"]),
        (Down::Push { island: 10, name: "saved", json: "{}" }, &["0 push 5 2"]),
        (Down::Redirect { url: "/a" }, &["redirect 2"]),
        (Down::Title { text: "abc" }, &["title 3"]),
        (Down::Mount { parent: 10, key: "row", id: 500, name: "Row", html: "<p>" }, &["mount 3 in 0, 500"]),
        (Down::Edit { island: 500, program: &[] }, &["2 edit 0"]),
    ];
    for (frame, said) in frames {
        assert_eq!(hear(&mut client, 1, &frame), said, "{frame:?}");
    }
    assert!(hear(&mut client, 1, &Down::Ack { island: 99, seq: 1 }).is_empty(), "an island nobody knows");
}

#[test]
fn a_page_that_went_astray_waits_for_its_snapshot() {
    let mut client = live(1);
    client.host.strange = true;
    let edit = Down::Edit { island: 10, program: &[0x01] };
    assert_eq!(hear(&mut client, 1, &edit), ["0 failed edit 0", "resync 10"]);
    client.host.strange = false;
    assert!(hear(&mut client, 1, &edit).is_empty(), "an edit on top of a failed one");
    assert_eq!(hear(&mut client, 1, &Down::Snapshot { island: 10, seq: 0, html: "" }), ["0 snapshot 0"]);
    assert_eq!(hear(&mut client, 1, &edit), ["0 edit 0"]);
}

#[test]
fn errors_are_acted_on_as_they_say() {
    let mut client = live(2);
    client.host.now = 10.0;
    let said = hear(&mut client, 1, &error(Code::HandlerError, Some(10), 3));
    assert_eq!(said, ["error Some(0) 102 handler_error 3", "0 forget 3"]);
    let said = hear(&mut client, 1, &error(Code::EventGap, Some(11), 3));
    assert_eq!(said, ["error Some(1) 106 event_gap 3", "join [1]"]);
    let said = hear(&mut client, 1, &error(Code::UnknownIsland, Some(10), 0));
    assert_eq!(said, ["error Some(0) 200 unknown_island 0", "0 forget to 2147483647"]);
    assert_eq!(client.event(0), 0);
    let said = hear(&mut client, 1, &error(Code::NotJoined, Some(99), 0));
    assert_eq!(said, ["error None 208 not_joined 0"], "no word about the connection");
    let said = hear(&mut client, 1, &error(Code::Unauthorized, None, 0));
    assert_eq!(said, ["error None 308 unauthorized 0", "disconnect", "Stopped"]);
    let mut client = live(1);
    let odd =
        Down::Error { code: 999, action: Action::Stop, island: None, seq: 0, word: "new", sentence: "" };
    assert_eq!(hear(&mut client, 1, &odd)[0], "error None 999 new 0", "a code of a later server");
    assert_eq!(client.event(0), 0);
}

#[test]
fn a_refused_seal_gives_way_to_the_pages_own() {
    let mut client = live(1);
    client.host.now = 10.0;
    client.host.sealed = true;
    assert_eq!(client.event(0), 3);
    let refused = error(Code::SealExpired, Some(10), 0);
    let words = ["error Some(0) 202 seal_expired 0", "0 first", "0 moved on", "join [0]"];
    assert_eq!(hear(&mut client, 1, &refused), words);
    assert_eq!(client.event(0), 2, "number 1 again");
    let mut frame = Vec::new();
    joined(&mut frame, 7, 75, &[7; TOKEN], &[JoinedIsland { id: 12, seq: 0 }]);
    client.heard(1, &frame);
    said(&mut client);
    let refused = error(Code::SealExpired, Some(12), 0);
    assert_eq!(hear(&mut client, 1, &refused)[1..], ["0 first", "reload"], "there is no other");
}

#[test]
fn an_empty_seal_leaves_the_one_there_is() {
    let mut client = live(1);
    assert_eq!(hear(&mut client, 1, &Down::Seal { island: 10, seq: 4, seal: &[] }), ["0 forget to 4"]);
}

#[test]
fn an_island_that_cannot_be_restored_is_tried_again_later() {
    let mut client = live(1);
    let failed = error(Code::RestoreFailed, Some(10), 0);
    assert_eq!(hear(&mut client, 1, &failed), ["error Some(0) 205 restore_failed 0"]);
    assert_eq!(client.host.timer, 1e3);
    client.host.now += 1e3;
    client.tick();
    assert_eq!(client.host.said, ["seen 1", "join [0]"]);
}

#[test]
fn reloads_once_and_then_stops() {
    for (may, last) in [(true, "reload"), (false, "Stopped")] {
        let mut client = live(1);
        client.host.may_reload = may;
        let said = hear(&mut client, 1, &error(Code::Disconnected, None, 0));
        assert_eq!(said.last().map(String::as_str), Some(last));
    }
}

#[test]
fn edits_after_the_seal_are_told_when_joining_again() {
    let mut client = live(1);
    hear(&mut client, 1, &Down::Seal { island: 10, seq: 0, seal: &[1] });
    hear(&mut client, 1, &Down::Edit { island: 10, program: &[] });
    hear(&mut client, 1, &Down::ComeBack { milliseconds: 10 });
    wake(&mut client);
    client.opened(2);
    said(&mut client);
    assert_eq!(hear(&mut client, 2, &error(Code::SessionGone, None, 0)), ["0 moved on", "join [0]"]);
}

#[test]
fn more_islands_than_there_is_room_for_stay_as_served() {
    let mut client = client();
    client.start(ISLANDS + 5);
    client.opened(1);
    assert_eq!(client.host.asked[0].len(), ISLANDS);
}

mod connection;
