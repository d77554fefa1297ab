//! Connections that end, and what comes of the next.

use holm_wire::down::{Down, JoinedIsland, joined};
use holm_wire::up::TOKEN;
use holm_wire::{Action, Code};

use super::{client, error, hear, live, resume, said, wake};

#[test]
fn late_words_of_an_old_socket_are_not_heard() {
    let mut client = live(1);
    client.closed(1);
    assert_eq!(said(&mut client), ["disconnect"]);
    assert!(hear(&mut client, 1, &Down::Ack { island: 10, seq: 1 }).is_empty());
    client.closed(1);
    client.opened(1);
    assert!(client.host.said.is_empty());
}

#[test]
fn waits_longer_each_time_until_a_connection_has_lived() {
    let mut client = client();
    client.start(1);
    let mut waits = Vec::new();
    for epoch in 1..=7 {
        client.closed(epoch);
        waits.push(client.host.timer);
        wake(&mut client);
    }
    assert_eq!(waits, [1e3, 2e3, 4e3, 8e3, 16e3, 30e3, 30e3]);
    client.opened(8);
    let mut frame = Vec::new();
    joined(&mut frame, 7, 75, &[7; TOKEN], &[JoinedIsland { id: 10, seq: 0 }]);
    client.heard(8, &frame);
    client.host.now += 6_000.0;
    client.closed(8);
    assert_eq!(client.host.timer, 300.0, "soon, then as before");
    wake(&mut client);
    client.closed(9);
    assert_eq!(client.host.timer, 1e3);
}

#[test]
fn a_connection_that_is_cut_at_once_each_time_is_not_tried_soon_each_time_but_never_left_for_long() {
    let mut client = live(1);
    let mut waits = Vec::new();
    for epoch in 1..=6 {
        client.closed(epoch);
        waits.push(client.host.timer);
        wake(&mut client);
        resume(&mut client, epoch + 1, &[(10, 0)]);
    }
    assert_eq!(waits, [300.0, 1e3, 2e3, 4e3, 4e3, 4e3]);
}

#[test]
fn a_page_is_lost_at_once_when_the_next_attempt_is_far_off() {
    let mut client = live(1);
    for (epoch, shown) in [(1, false), (2, false), (3, true)] {
        client.closed(epoch);
        assert_eq!(said(&mut client).contains(&"Lost".to_owned()), shown, "the end of connection {epoch}");
        wake(&mut client);
        resume(&mut client, epoch + 1, &[(10, 0)]);
        said(&mut client);
    }
}

#[test]
fn the_servers_reason_is_followed() {
    let mut client = client();
    client.start(1);
    client.closed(1);
    assert_eq!(said(&mut client).last().map(String::as_str), Some("ask 1"));
    client.reason(1, Action::Retry as u32, 60);
    assert_eq!(client.host.timer, 75e3, "its seconds, and half of chance");
    client.reason(1, Action::Stop as u32, 0);
    assert_eq!(client.host.said.last().map(String::as_str), Some("Stopped"));
}

#[test]
fn a_silent_server_is_left() {
    let mut client = live(1);
    assert_eq!(client.host.timer, 30e3);
    client.host.now = 30e3;
    client.tick();
    assert_eq!(said(&mut client), ["beat"]);
    client.host.now = 75e3;
    client.tick();
    assert_eq!(said(&mut client), ["disconnect"]);
    client.tick();
    assert_eq!(said(&mut client), ["connect 2"], "at once, since it had lived");
}

#[test]
fn an_event_after_a_quiet_time_asks_for_a_sign_of_life() {
    let mut client = live(1);
    client.host.now = 9e3;
    client.event(0);
    assert_eq!(said(&mut client), Vec::<String>::new());
    client.host.now = 11e3;
    client.event(0);
    assert_eq!(said(&mut client), ["beat"]);
    client.host.now = 16e3;
    client.tick();
    assert_eq!(said(&mut client), ["disconnect"], "the network has changed, and nobody said so");
}

#[test]
fn a_server_that_does_not_answer_has_more_time_at_each_attempt() {
    let mut client = client();
    client.start(1);
    client.opened(1);
    assert_eq!(client.host.timer, 20e3);
    client.host.now = 20e3;
    client.tick();
    assert_eq!(&said(&mut client)[3..], ["disconnect", "Lost", "ask 1"]);
    wake(&mut client);
    assert_eq!(client.host.timer, 30e3);
}

#[test]
fn a_short_loss_is_no_news() {
    let mut client = live(2);
    client.closed(1);
    wake(&mut client);
    client.opened(2);
    assert_eq!(said(&mut client), ["disconnect", "connect 2", "resume 1 after 0"]);
    assert_eq!(resume(&mut client, 2, &[(10, 3), (11, 0)]), ["0 again after 3", "1 again after 0"]);
    hear(&mut client, 2, &Down::ComeBack { milliseconds: 700 });
    assert_eq!(client.host.timer, 700.0);
    wake(&mut client);
    assert_eq!(said(&mut client), ["connect 3"]);
    client.closed(3);
    assert_eq!(said(&mut client), ["disconnect", "Lost", "ask 3"], "the first attempt failed");
    wake(&mut client);
    said(&mut client);
    assert_eq!(
        resume(&mut client, 4, &[(10, 0), (11, 0)])[1..],
        ["0 again after 0", "1 again after 0", "Live"]
    );
}

#[test]
fn a_resume_says_what_the_last_answered_connection_brought() {
    let mut client = live(1);
    let edit = Down::Edit { island: 10, program: &[] };
    hear(&mut client, 1, &edit);
    hear(&mut client, 1, &Down::Heartbeat);
    hear(&mut client, 1, &Down::Presence { total: false, count: 2 });
    hear(&mut client, 1, &Down::Ack { island: 77, seq: 1 });
    client.closed(1);
    wake(&mut client);
    client.closed(2);
    wake(&mut client);
    said(&mut client);
    client.opened(3);
    assert_eq!(said(&mut client), ["resume 1 after 2"], "connections without an answer do not count");
    resume(&mut client, 3, &[(10, 0)]);
    hear(&mut client, 3, &edit);
    client.closed(3);
    wake(&mut client);
    said(&mut client);
    client.opened(4);
    assert_eq!(said(&mut client), ["resume 3 after 1"]);
}

#[test]
fn what_came_is_reported_within_a_second_and_once() {
    let mut client = live(1);
    let edit = Down::Edit { island: 10, program: &[] };
    hear(&mut client, 1, &edit);
    assert_eq!(client.host.timer, 1e3);
    client.host.now += 400.0;
    hear(&mut client, 1, &edit);
    client.host.now += 600.0;
    client.tick();
    assert_eq!(said(&mut client), ["seen 2"]);
    assert_eq!(client.host.timer, 29e3, "until the next heartbeat");
    client.host.now += 1e3;
    client.tick();
    assert!(client.host.said.is_empty(), "nothing came");
}

#[test]
fn events_wait_for_the_answer_to_a_resume() {
    let mut client = live(1);
    assert_eq!(client.event(0), 2 + 1);
    client.closed(1);
    assert_eq!(client.event(0), 4);
    wake(&mut client);
    client.opened(2);
    assert_eq!(client.event(0), 6, "those before it come first");
    resume(&mut client, 2, &[(10, 1)]);
    assert_eq!(client.event(0), 8 + 1, "no number was given twice");
}

#[test]
fn a_session_that_is_gone_is_joined_on_the_same_connection() {
    let mut client = live(2);
    client.closed(1);
    wake(&mut client);
    client.opened(2);
    said(&mut client);
    let heard = hear(&mut client, 2, &error(Code::SessionGone, None, 0));
    assert_eq!(heard, ["join [0, 1]"]);
    let mut frame = Vec::new();
    client.host.kept = 5;
    joined(&mut frame, 7, 75, &[7; TOKEN], &[JoinedIsland { id: 0, seq: 2 }, JoinedIsland { id: 1, seq: 5 }]);
    client.heard(2, &frame);
    assert_eq!(
        said(&mut client),
        ["0 joined as 0 at 2", "1 joined as 1 at 5"],
        "and it was live all the time"
    );
    assert_eq!(client.event(0), 2 * 6 + 1);
}

#[test]
fn what_had_not_joined_joins_after_a_resume() {
    let mut client = live(2);
    hear(&mut client, 1, &error(Code::RestoreFailed, Some(11), 0));
    client.closed(1);
    wake(&mut client);
    said(&mut client);
    assert_eq!(resume(&mut client, 2, &[(10, 0)])[1..], ["0 again after 0", "join [1]"]);
}

#[test]
fn a_page_astray_asks_again_after_a_resume() {
    let mut client = live(1);
    client.host.strange = true;
    hear(&mut client, 1, &Down::Edit { island: 10, program: &[0x01] });
    client.closed(1);
    wake(&mut client);
    said(&mut client);
    assert_eq!(resume(&mut client, 2, &[(10, 0)])[1..], ["0 again after 0", "resync 10"]);
}

#[test]
fn a_page_that_sleeps_lets_go_and_comes_back_at_once() {
    let mut client = live(1);
    client.nudge(true);
    assert_eq!(said(&mut client), ["disconnect"]);
    assert_eq!(client.host.timer, f64::INFINITY);
    client.nudge(true);
    client.tick();
    assert!(client.host.said.is_empty());
    client.nudge(false);
    assert_eq!(said(&mut client), ["connect 2"]);
    client.nudge(false);
    assert!(client.host.said.is_empty(), "it is on its way");
}

#[test]
fn a_page_that_wakes_wants_to_hear_the_server() {
    let mut client = live(1);
    client.nudge(false);
    assert_eq!(said(&mut client), ["beat"]);
    assert_eq!(client.host.timer, 5e3);
    hear(&mut client, 1, &Down::Heartbeat);
    client.host.now += 5e3;
    client.tick();
    assert!(client.host.said.is_empty(), "it is there");
    client.nudge(false);
    client.host.now += 5e3;
    client.tick();
    assert_eq!(said(&mut client), ["beat", "disconnect"]);
}
