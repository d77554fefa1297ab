//! Islands that all their viewers share.
#![allow(clippy::unwrap_used, reason = "a test fails where it unwraps")]

#[path = "shared/room.rs"]
mod room;

use std::time::Duration;

use holm::Code;
use holm::prelude::*;
use holm::test::Tab;
use holm_wire::down::Down;
use room::{ROOM, Raw, Room, Talk, TestApp, app, at, lines, news, renders, restores};

const HERE: &str = "/nobody/room/1";

#[tokio::test(start_paused = true)]
async fn two_tabs_see_one_state() {
    let app = app(Limits::default());
    let (mut ada, mut bob) = (tab(&app, "ada").await, tab(&app, "bob").await);
    ada.send(ROOM, "say", "\"hello\"").await;
    bob.wait_for(|tab| lines(tab) == ["ada: hello"]).await;
    bob.send(ROOM, "say", "\"hi\"").await;
    ada.wait_for(|tab| lines(tab) == ["ada: hello", "bob: hi"]).await;
    assert!(ada.edits().iter().chain(bob.edits()).all(|edit| !edit.snapshot));
}

#[tokio::test(start_paused = true)]
async fn keys_are_islands_of_their_own() {
    let app = app(Limits::default());
    let mut ada = app.get(HERE).await.live().await;
    let mut other = app.get("/nobody/room/2").await.live().await;
    ada.send(ROOM, "say", "\"one\"").await;
    other.send("Room.2", "say", "\"two\"").await;
    assert_eq!((lines(&ada), lines(&other)), (vec!["nobody: one".into()], vec!["nobody: two".into()]));
}

#[tokio::test(start_paused = true)]
async fn a_change_is_rendered_once_and_all_get_the_same_bytes() {
    let app = app(Limits::default());
    let mut viewers = Vec::new();
    for _ in 0..10 {
        viewers.push(Raw::join(&app, HERE).await);
    }
    let before = renders();
    viewers[0].say("hello");
    let edits: Vec<_> = viewers.iter().map(Raw::edit).collect();
    assert_eq!(renders() - before, 1);
    assert!(edits.windows(2).all(|pair| pair[0] == pair[1]), "{edits:?}");
    // Not only equal: the same.
    assert!(edits.windows(2).all(|pair| pair[0].as_ptr() == pair[1].as_ptr()));
    assert_eq!(edits[0][0], 0x11, "an edit with no acknowledgement in it");
}

#[tokio::test(start_paused = true)]
async fn only_the_sender_gets_an_acknowledgement() {
    let app = app(Limits::default());
    let (mut ada, bob) = (Raw::join(&app, HERE).await, Raw::join(&app, HERE).await);
    ada.say("hello");
    // The edit first, then what it contains; and the page need not keep the event.
    assert_eq!(ada.kinds(), [0x11, 0x12, 0x15]);
    assert_eq!(bob.kinds(), [0x11]);
}

#[tokio::test(start_paused = true)]
async fn a_burst_is_rendered_once() {
    let app = app(Limits::default());
    let (mut ada, bob) = (Raw::join(&app, HERE).await, Raw::join(&app, HERE).await);
    let before = renders();
    for _ in 0..50 {
        ada.say("again");
    }
    assert_eq!(ada.kinds(), [0x11, 0x12, 0x15]);
    assert_eq!(bob.kinds(), [0x11]);
    assert_eq!(renders() - before, 1);
}

#[tokio::test(start_paused = true)]
async fn with_no_viewer_nothing_is_rendered() {
    let app = app(Limits::default());
    let (ada, handle) = {
        let ada = Raw::join(&app, HERE).await;
        (ada, app.hub.shared::<Room>("1").unwrap())
    };
    ada.wire.leave();
    let before = renders();
    for _ in 0..10 {
        handle.send(Talk::Tick).await.unwrap();
    }
    tokio::time::sleep(Duration::from_secs(5)).await;
    assert_eq!(renders(), before);
    assert!(app.get(HERE).await.html().contains("ticks 10"), "a page that asks is shown the newest");
}

#[tokio::test(start_paused = true)]
async fn events_of_all_viewers_act_in_the_order_in_which_they_come() {
    let app = app(Limits::default());
    let (mut ada, mut bob) = (tab(&app, "ada").await, tab(&app, "bob").await);
    // The first one has to wait, and all that come meanwhile wait behind it.
    ada.send_now(ROOM, "slowly", "\"1\"");
    bob.send_now(ROOM, "say", "\"2\"");
    ada.send_now(ROOM, "say", "\"3\"");
    bob.send_now(ROOM, "say", "\"4\"");
    let all = ["ada: 1", "bob: 2", "ada: 3", "bob: 4"];
    ada.wait_for(|tab| lines(tab) == all).await;
    bob.wait_for(|tab| lines(tab) == all).await;
}

#[tokio::test(start_paused = true)]
async fn a_handler_s_error_reaches_its_sender_only_and_changes_nothing() {
    let app = app(Limits::default());
    let (mut ada, mut bob) = (tab(&app, "ada").await, tab(&app, "bob").await);
    ada.send_now(ROOM, "fail", "");
    ada.send_now(ROOM, "panic", "");
    ada.send(ROOM, "say", "\"after\"").await;
    bob.wait_for(|tab| lines(tab) == ["ada: after"]).await;
    let told: Vec<_> = ada.errors().iter().map(|error| error.code).collect();
    assert_eq!(told, [Code::HandlerError, Code::HandlerPanic]);
    assert_eq!(ada.unacknowledged(ROOM), 0);
    assert!(bob.errors().is_empty(), "{:?}", bob.errors());
}

#[tokio::test(start_paused = true)]
async fn what_a_handler_pushes_goes_to_the_sender_s_page() {
    let app = app(Limits::default());
    let (mut ada, mut bob) = (tab(&app, "ada").await, tab(&app, "bob").await);
    ada.send(ROOM, "push", "").await;
    bob.send(ROOM, "say", "\"x\"").await;
    assert_eq!((ada.pushed().len(), ada.title(), bob.pushed().len(), bob.title()), (1, Some("pushed"), 0, None));
}

#[tokio::test(start_paused = true)]
async fn restore_runs_once_and_its_timers_tick_once_however_many_look() {
    let app = app(Limits::default());
    let mut tabs = Vec::new();
    for who in ["ada", "bob", "cleo"] {
        tabs.push(at(&app, "/room/timer", who).await);
    }
    assert_eq!(restores(), 1);
    for tab in &mut tabs {
        tab.wait_for(|tab| tab.html("Room.timer").contains("ticks 3")).await;
        assert_eq!(tab.edits().iter().filter(|edit| edit.html_after.contains("ticks")).count(), tab.edits().len());
    }
}

#[tokio::test(start_paused = true)]
async fn restore_runs_as_nobody_and_a_handler_as_its_sender() {
    let app = app(Limits::default());
    let mut ada = at(&app, "/room/who", "ada").await;
    ada.send("Room.who", "say", "\"x\"").await;
    assert_eq!(lines(&ada), ["restored by nobody", "ada: x"]);
}

#[tokio::test(start_paused = true)]
async fn a_page_shows_the_current_picture_and_joins_with_no_html() {
    let app = app(Limits::default());
    let mut ada = tab(&app, "ada").await;
    ada.send(ROOM, "say", "\"hello\"").await;
    let page = app.get(HERE).await;
    assert!(page.html().contains("ada: hello"));
    let late = Raw::join(&app, HERE).await;
    assert_eq!(late.kinds(), [0; 0]);
}

#[tokio::test(start_paused = true)]
async fn a_page_that_is_a_little_behind_gets_edits_and_one_that_is_far_behind_the_picture() {
    let app = app(Limits { shared_bytes: 400, ..Limits::default() });
    let mut ada = tab(&app, "ada").await;
    let (near, far) = (app.get(HERE).await, app.get(HERE).await);
    for line in ["one", "two"] {
        ada.send(ROOM, "say", &format!("{line:?}")).await;
    }
    let near = near.live().await;
    assert_eq!(near.edits().iter().map(|edit| edit.snapshot).collect::<Vec<_>>(), [false, false]);
    assert_eq!(lines(&near), lines(&ada));
    for _ in 0..40 {
        ada.send(ROOM, "say", "\"more and more\"").await;
    }
    let far = far.live().await;
    assert_eq!(far.edits().iter().map(|edit| edit.snapshot).collect::<Vec<_>>(), [true]);
    assert_eq!(lines(&far), lines(&ada));
}

#[tokio::test(start_paused = true)]
async fn a_page_of_before_it_came_to_life_gets_an_edit() {
    let app = app(Limits::default());
    let page = app.get("/nobody/room/who").await;
    let tab = page.live().await;
    assert_eq!(lines(&tab), ["restored by nobody"]);
    assert_eq!(tab.edits().iter().map(|edit| edit.snapshot).collect::<Vec<_>>(), [false]);
}

#[tokio::test(start_paused = true)]
async fn a_page_whose_dom_is_another_than_it_was_served_gets_the_picture() {
    let app = app(Limits::default());
    let raw = Raw::join_with(&app, HERE, 77).await;
    assert_eq!(raw.kinds(), [0x14]);
}

#[tokio::test(start_paused = true)]
async fn who_does_not_read_gets_the_newest_picture_and_not_the_backlog() {
    let app = app(Limits::default());
    let (mut ada, slow) = (Raw::join(&app, HERE).await, Raw::join(&app, HERE).await);
    for round in 0..500 {
        ada.say(&format!("line {round}"));
        ada.kinds();
    }
    let frames: Vec<_> = std::iter::from_fn(|| slow.wire.take()).collect();
    let [frame] = &frames[..] else { panic!("{} frames", frames.len()) };
    let Ok(Down::Snapshot { html, .. }) = Down::decode(frame) else { panic!("{frame:?}") };
    assert!(html.contains("line 499"));
    // All who are behind get the same one.
    let other = Raw::join_with(&app, HERE, 77).await;
    assert_eq!(other.wire.take().unwrap().as_ptr(), frame.as_ptr());
}

#[tokio::test(start_paused = true)]
async fn who_asks_for_everything_gets_it_alone() {
    let app = app(Limits::default());
    let (mut ada, bob) = (Raw::join(&app, HERE).await, Raw::join(&app, HERE).await);
    ada.send(&[0x04, u8::try_from(ada.id).unwrap()]);
    assert_eq!((ada.kinds(), bob.kinds()), (vec![0x14], vec![]));
    ada.say("on");
    assert_eq!((ada.kinds(), bob.kinds()), (vec![0x11, 0x12, 0x15], vec![0x11]));
}

#[tokio::test(start_paused = true)]
async fn over_a_lost_connection_each_event_acts_once_and_others_edits_come_too() {
    let app = app(Limits::default());
    let (mut ada, mut bob) = (tab(&app, "ada").await, tab(&app, "bob").await);
    ada.send_now(ROOM, "say", "\"came through, unanswered\"");
    let mut ada = ada.lose();
    ada.send_now(ROOM, "say", "\"never came through\"");
    bob.send(ROOM, "say", "\"meanwhile\"").await;
    let ada = ada.resume(&app).await;
    let all = ["ada: came through, unanswered", "bob: meanwhile", "ada: never came through"];
    assert_eq!(lines(&ada), all);
    assert!(ada.errors().is_empty(), "{:?}", ada.errors());
    bob.wait_for(|tab| lines(tab) == all).await;
    assert!(ada.edits().iter().all(|edit| !edit.snapshot));
}

#[tokio::test(start_paused = true)]
async fn a_page_that_was_away_for_more_than_its_ring_gets_the_picture() {
    let app = app(Limits { resume_bytes: 64, shared_bytes: 64, ..Limits::default() });
    let (ada, mut bob) = (tab(&app, "ada").await, tab(&app, "bob").await);
    let mut ada = ada.lose();
    ada.send_now(ROOM, "say", "\"mine\"");
    for round in 0..50 {
        bob.send(ROOM, "say", &format!("\"line {round}\"")).await;
    }
    let ada = ada.resume(&app).await;
    bob.wait_for(|tab| lines(tab).len() == 51).await;
    assert_eq!(lines(&ada), lines(&bob));
}

#[tokio::test(start_paused = true)]
async fn after_its_session_s_end_a_page_s_events_are_still_not_done_twice() {
    let app = app(Limits::default());
    let (mut ada, bob) = (tab(&app, "ada").await, tab(&app, "bob").await);
    ada.send(ROOM, "say", "\"answered\"").await;
    ada.send_now(ROOM, "say", "\"came through, unanswered\"");
    let mut ada = ada.lose();
    ada.send_now(ROOM, "say", "\"never came through\"");
    // The session ends; the island does not, as bob looks on.
    let _bob = idle(bob, 100).await;
    let ada = ada.resume(&app).await;
    assert!(ada.errors().iter().any(|error| error.code == Code::SessionGone));
    assert_eq!(lines(&ada), ["ada: answered", "ada: came through, unanswered", "ada: never came through"]);
}

#[tokio::test(start_paused = true)]
async fn after_a_restart_of_the_server_the_island_is_opened_and_restored_again() {
    let first = app(Limits::default());
    let mut ada = at(&first, "/room/who", "ada").await;
    ada.send("Room.who", "say", "\"lost\"").await;
    let second = app(Limits::default());
    let mut ada = ada.lose();
    ada.send_now("Room.who", "say", "\"kept\"");
    let mut ada = ada.resume(&second).await;
    assert_eq!(lines(&ada), ["restored by nobody", "ada: kept"]);
    ada.send("Room.who", "say", "\"on\"").await;
    assert_eq!(lines(&ada).len(), 3);
    assert_eq!(restores(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_handle_reaches_it_from_outside_while_it_lives() {
    let app = app(Limits::default());
    assert!(app.hub.shared::<Room>("1").is_none());
    let mut ada = tab(&app, "ada").await;
    let handle = app.hub.shared::<Room>("1").unwrap();
    handle.send(Talk::Tick).await.unwrap();
    ada.wait_for(|tab| tab.html(ROOM).contains("ticks 1")).await;
    // From a thread that knows no runtime, to a handler that waits.
    let sender = handle.clone();
    std::thread::spawn(move || sender.try_send(Talk::Slowly("thread".into())).unwrap()).join().unwrap();
    ada.wait_for(|tab| lines(tab) == ["nobody: thread"]).await;
    drop(ada);
    tokio::time::sleep(Duration::from_secs(61)).await;
    assert_eq!(handle.try_send(Talk::Tick), Err(holm::SendError::Gone));
}

#[tokio::test(start_paused = true)]
async fn it_hears_a_topic_once_for_all_its_viewers_and_a_burst_is_shown_once() {
    let app = app(Limits::default());
    let (mut ada, mut bob) = (at(&app, "/room/topic", "ada").await, at(&app, "/room/topic", "bob").await);
    let before = renders();
    for round in 0..100 {
        assert_eq!(app.hub.publish(&news(), format!("line {round}")), 1);
    }
    for tab in [&mut ada, &mut bob] {
        tab.wait_for(|tab| lines(tab).len() == 100).await;
        assert_eq!(tab.edits().len(), 1);
    }
    assert_eq!(renders() - before, 1);
    // Its own handler publishes to it as well, and what came before an event acts before it.
    bob.send("Room.topic", "publish", "\"own\"").await;
    bob.wait_for(|tab| lines(tab).len() == 101).await;
    app.hub.publish(&news(), "before".into());
    ada.send("Room.topic", "say", "\"after\"").await;
    assert_eq!(lines(&ada)[101..], ["before", "ada: after"]);
    drop((ada, bob));
    tokio::time::sleep(Duration::from_secs(61)).await;
    assert_eq!(app.hub.publish(&news(), "nobody".into()), 0);
}

#[tokio::test(start_paused = true)]
async fn mount_shared_brings_it_to_life_before_the_page_is_made() {
    let app = app(Limits::default());
    let page = app.get("/nobody/mounted/who").await;
    assert!(page.html().contains("restored by nobody"));
    let tab = page.live().await;
    assert!(tab.edits().is_empty());
    assert_eq!(restores(), 1);
}

#[tokio::test(start_paused = true)]
async fn what_does_not_come_to_life_says_so_and_is_tried_again() {
    let app = app(Limits::default());
    let page = app.get("/nobody/mounted/broken").await;
    assert_eq!(page.status.as_u16(), 500);
    let tab = at(&app, "/room/broken", "ada").await;
    let [error] = tab.errors() else { panic!("{:?}", tab.errors()) };
    assert_eq!((error.code, error.sentence.as_str()), (Code::RestoreFailed, "Broken."));
    assert_eq!(app.hub.shared_islands(), 0);
    assert_eq!(restores(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_state_that_cannot_be_shown_is_taken_back_and_its_sender_hears() {
    let app = app(Limits::default());
    let (mut ada, mut bob) = (tab(&app, "ada").await, tab(&app, "bob").await);
    ada.send(ROOM, "say", "\"unshowable\"").await;
    ada.wait_for(|tab| !tab.errors().is_empty()).await;
    assert_eq!(ada.errors()[0].code, Code::RenderFailed);
    bob.send(ROOM, "say", "\"fine\"").await;
    ada.wait_for(|tab| lines(tab) == ["bob: fine"]).await;
    assert!(bob.errors().is_empty(), "{:?}", bob.errors());
}

#[tokio::test(start_paused = true)]
async fn a_state_s_own_drop_may_send_to_its_island_or_ask_the_hub() {
    let app = app(Limits::default());
    let (mut ada, mut bob) = (at(&app, "/room/drop", "ada").await, at(&app, "/room/drop", "bob").await);
    // Each state that goes sends a tick and asks for another island, which would wait for ever under a lock.
    ada.send("Room.drop", "say", "\"x\"").await;
    bob.wait_for(|tab| tab.html("Room.drop").contains("ticks 10")).await;
    drop((ada, bob));
    tokio::time::sleep(Duration::from_secs(61)).await;
    assert_eq!(app.hub.shared_islands(), 0);
}

#[tokio::test(start_paused = true)]
async fn an_island_beside_it_has_an_id_of_the_session_s_own() {
    let app = app(Limits::default());
    let mut tab = at(&app, "/both", "ada").await;
    tab.send(ROOM, "say", "\"shared\"").await;
    tab.send("Own:0", "inc", "").await;
    tab.send("Own:1", "inc", "").await;
    assert_eq!((tab.text("b"), lines(&tab)), ("1".to_owned(), vec!["ada: shared".to_owned()]));
}

#[tokio::test(start_paused = true)]
async fn an_app_that_is_dropped_frees_its_shared_islands() {
    let app = app(Limits::default());
    let tab = tab(&app, "ada").await;
    let handle = app.hub.shared::<Room>("1").unwrap();
    drop(tab);
    drop(app);
    assert_eq!(handle.try_send(Talk::Tick), Err(holm::SendError::Gone));
}

async fn idle(mut tab: Tab, seconds: u64) -> Tab {
    tab.idle(Duration::from_secs(seconds)).await;
    tab
}

async fn tab(app: &TestApp, who: &str) -> Tab {
    at(app, "/room/1", who).await
}
