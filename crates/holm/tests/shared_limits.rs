//! Shared islands at the edges of their limits.
#![allow(clippy::unwrap_used, reason = "a test fails where it unwraps")]

#[path = "shared/room.rs"]
mod room;

use std::time::Duration;

use holm::{Code, Limits, SendError};
use room::{Raw, Room, Talk, app, at, lines};

#[tokio::test(start_paused = true)]
async fn it_ends_when_nobody_has_looked_for_its_time_and_not_before() {
    let app = app(Limits { shared_idle: Duration::from_secs(10), ..Limits::default() });
    let (ada, bob) = (at(&app, "/room/1", "ada").await, at(&app, "/room/1", "bob").await);
    drop(ada);
    tokio::time::sleep(Duration::from_secs(11)).await;
    assert_eq!(app.hub.shared_islands(), 1, "bob still looks");
    drop(bob);
    tokio::time::sleep(Duration::from_millis(9_900)).await;
    assert_eq!(app.hub.shared_islands(), 1);
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(app.hub.shared_islands(), 0);
}

#[tokio::test(start_paused = true)]
async fn who_comes_back_in_time_finds_it_and_its_time_begins_anew() {
    let app = app(Limits { shared_idle: Duration::from_secs(10), ..Limits::default() });
    let mut ada = at(&app, "/room/1", "ada").await;
    ada.send("Room.1", "say", "\"hello\"").await;
    drop(ada);
    tokio::time::sleep(Duration::from_secs(9)).await;
    let bob = at(&app, "/room/1", "bob").await;
    assert_eq!(lines(&bob), ["ada: hello"]);
    drop(bob);
    tokio::time::sleep(Duration::from_secs(9)).await;
    assert_eq!(app.hub.shared_islands(), 1);
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(app.hub.shared_islands(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_page_that_is_only_away_still_looks() {
    let limits = Limits { shared_idle: Duration::from_secs(1), ..Limits::default() };
    let app = app(limits);
    let mut ada = at(&app, "/room/1", "ada").await;
    ada.send("Room.1", "say", "\"hello\"").await;
    let ada = ada.lose();
    tokio::time::sleep(Duration::from_secs(50)).await;
    assert_eq!(lines(&ada.resume(&app).await), ["ada: hello"]);
    assert_eq!(app.hub.shared_islands(), 1);
}

#[tokio::test(start_paused = true)]
async fn one_that_was_mounted_and_never_joined_ends_too() {
    let app = app(Limits { shared_idle: Duration::from_secs(10), ..Limits::default() });
    app.get("/nobody/mounted/1").await;
    tokio::time::sleep(Duration::from_secs(8)).await;
    // Asked for again, it has its time again: the page is about to join.
    app.get("/nobody/mounted/1").await;
    tokio::time::sleep(Duration::from_secs(8)).await;
    assert_eq!(app.hub.shared_islands(), 1);
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert_eq!(app.hub.shared_islands(), 0);
}

#[tokio::test(start_paused = true)]
async fn past_their_number_the_longest_idle_one_goes_and_then_none_comes() {
    let app = app(Limits { shared: 2, ..Limits::default() });
    drop(at(&app, "/room/1", "ada").await);
    drop(at(&app, "/room/2", "ada").await);
    let _three = at(&app, "/room/3", "ada").await;
    assert!(app.hub.shared::<Room>("1").is_none() && app.hub.shared::<Room>("2").is_some());
    let _two = at(&app, "/room/2", "ada").await;
    // Now all are watched. One that lives can still be joined.
    let more = at(&app, "/room/2", "bob").await;
    assert!(more.errors().is_empty());
    let refused = at(&app, "/room/4", "ada").await;
    assert_eq!(refused.errors().iter().map(|error| error.code).collect::<Vec<_>>(), [Code::TooManyShared]);
    assert_eq!(app.get("/nobody/mounted/4").await.status.as_u16(), 503);
    assert_eq!(app.hub.shared_islands(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_page_that_only_shows_one_brings_nothing_to_life() {
    let app = app(Limits::default());
    assert!(app.get("/nobody/room/1").await.html().contains("ticks 0"));
    assert_eq!(app.hub.shared_islands(), 0);
}

#[tokio::test(start_paused = true)]
async fn past_the_mailbox_of_all_the_next_event_of_anybody_is_refused() {
    let app = app(Limits { shared_mailbox: 3, ..Limits::default() });
    let (mut ada, mut bob) =
        (Raw::join(&app, "/nobody/room/1").await, Raw::join(&app, "/nobody/room/1").await);
    let handle = app.hub.shared::<Room>("1").unwrap();
    ada.event("slowly", "\"runs\"");
    for _ in 0..2 {
        ada.say("waits");
    }
    bob.say("waits");
    assert!(bob.errors().is_empty());
    assert_eq!(handle.try_send(Talk::Tick), Err(SendError::Full));
    bob.say("too much");
    assert_eq!(bob.errors(), [(Code::MailboxFull.number().into(), 2)]);
    // It has room again when it is done, and tells those who wait for it.
    handle.send(Talk::Tick).await.unwrap();
    bob.say("fits");
    assert!(bob.errors().is_empty());
    let html = app.get("/nobody/room/1").await;
    assert_eq!(html.count("li"), 5, "{}", html.html());
}

#[tokio::test(start_paused = true)]
async fn one_viewer_fills_its_own_mailbox_and_not_another_s() {
    let app = app(Limits { mailbox: 2, mailbox_bytes: 100, ..Limits::default() });
    let (mut ada, mut bob) =
        (Raw::join(&app, "/nobody/room/1").await, Raw::join(&app, "/nobody/room/1").await);
    ada.event("slowly", "\"runs\"");
    ada.say("waits");
    assert!(ada.errors().is_empty());
    ada.say("too much");
    assert_eq!(ada.errors(), [(Code::MailboxFull.number().into(), 3)]);
    bob.say("waits");
    assert!(bob.errors().is_empty());
    bob.say(&"x".repeat(100));
    assert_eq!(bob.errors(), [(Code::MailboxFull.number().into(), 2)]);
    tokio::time::sleep(Duration::from_secs(1)).await;
    for _ in 0..5 {
        ada.say("room again");
        assert!(ada.errors().is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn its_timers_and_tasks_are_bounded_as_any_island_s() {
    let app = app(Limits { tasks: 2, ..Limits::default() });
    let mut ada = at(&app, "/room/1", "ada").await;
    for _ in 0..5 {
        ada.send("Room.1", "later", "").await;
    }
    ada.idle(Duration::from_secs(3)).await;
    assert!(ada.html("Room.1").contains("ticks 2"), "{}", ada.html("Room.1"));
}

#[tokio::test(start_paused = true)]
async fn a_handler_that_takes_too_long_is_stopped_and_the_next_viewer_s_event_goes_on() {
    let app = app(Limits { handler_time: Duration::from_millis(50), ..Limits::default() });
    let (mut ada, mut bob) = (at(&app, "/room/1", "ada").await, at(&app, "/room/1", "bob").await);
    ada.send_now("Room.1", "slowly", "\"never\"");
    bob.send("Room.1", "say", "\"on\"").await;
    ada.wait_for(|tab| !tab.errors().is_empty()).await;
    assert_eq!(ada.errors()[0].code, Code::HandlerTimeout);
    assert_eq!(lines(&bob), ["bob: on"]);
}
