//! Files come in pieces, break off, and go on.

use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use holm::prelude::*;

use super::stage::{body, client, shown};

fn bytes(text: &'static str) -> Bytes {
    Bytes::from_static(text.as_bytes())
}

#[tokio::test(start_paused = true)]
async fn a_file_comes_in_pieces_and_its_island_tells_how_far_it_is() {
    let (mut page, memory) = client(Limits::default()).await;
    let address = page.begun("Bär.txt", 11).await;
    page.shows(&["Bär.txt 0/11 Waiting"]).await;
    assert_eq!(page.piece(&address, 0, "hello ").await, (204, Some(6)));
    page.shows(&["Bär.txt 6/11 Sending"]).await;
    assert_eq!(page.head(&address).await, (200, Some(6)));
    assert_eq!(page.piece(&address, 6, "world").await, (204, Some(11)));
    page.shows(&["Bär.txt 11/11 Done"]).await;
    assert_eq!(memory.files(), [("Bär.txt".to_owned(), bytes("hello world"))]);
    // An answer that was lost is asked for again.
    assert_eq!(page.head(&address).await, (200, Some(11)));
    assert_eq!(page.piece(&address, 11, "").await, (204, Some(11)));
    assert_eq!(page.tab.text("output"), "[1, 1, 1, 0, 0]");
}

#[tokio::test(start_paused = true)]
async fn an_empty_file_is_whole_at_once() {
    let (mut page, memory) = client(Limits::default()).await;
    page.begun("empty", 0).await;
    page.shows(&["empty 0/0 Done"]).await;
    assert_eq!(memory.files(), [("empty".to_owned(), Bytes::new())]);
}

#[tokio::test(start_paused = true)]
async fn bytes_that_do_not_follow_change_nothing() {
    let (page, memory) = client(Limits::default()).await;
    let address = page.begun("a", 6).await;
    assert_eq!(page.piece(&address, 0, "abc").await.0, 204);
    for at in [0, 2, 4, 6, u64::MAX] {
        assert_eq!(page.piece(&address, at, "").await, (409, None), "{at}");
    }
    assert_eq!(page.piece(&address, 2, "c").await.0, 409);
    assert_eq!(page.piece(&address, 3, "def").await, (204, Some(6)));
    assert_eq!(memory.files()[0].1, bytes("abcdef"));
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_breaks_half_way_loses_nothing_that_came() {
    let (mut page, memory) = client(Limits::default()).await;
    let address = page.begun("a", 9).await;
    let broken = stream::iter([Ok(bytes("abc")), Ok(bytes("def")), Err(std::io::Error::other("reset"))]);
    assert_eq!(page.piece(&address, 0, Body::from_stream(broken)).await.0, 408);
    page.shows(&["a 6/9 Sending"]).await;
    assert_eq!(page.head(&address).await, (200, Some(6)));
    assert_eq!(page.piece(&address, 6, "ghi").await, (204, Some(9)));
    assert_eq!(memory.files()[0].1, bytes("abcdefghi"));
}

#[tokio::test(start_paused = true)]
async fn a_request_that_is_let_go_of_half_way_leaves_what_came() {
    let (page, memory) = client(Limits::default()).await;
    let address = page.begun("a", 6).await;
    let stuck = body(stream::iter([Ok(bytes("abc"))]).chain(stream::pending()));
    let request = page.patch(&address, 0).body(stuck).unwrap();
    let cut = tokio::time::timeout(Duration::from_secs(1), page.send(request)).await;
    assert!(cut.is_err(), "the connection was dropped");
    // The body's other end has gone, or it has not: whoever asks takes over.
    assert_eq!(page.head(&address).await, (200, Some(3)));
    assert_eq!(page.piece(&address, 3, "def").await, (204, Some(6)));
    assert_eq!(memory.files()[0].1, bytes("abcdef"));
}

#[tokio::test(start_paused = true)]
async fn a_body_that_stops_coming_ends_and_what_came_of_it_counts() {
    let limits = Limits { upload_silence: Duration::from_secs(3), ..Limits::default() };
    let (page, memory) = client(limits).await;
    let address = page.begun("a", 6).await;
    let drip = stream::unfold(0, |at| async move {
        tokio::time::sleep(Duration::from_secs(if at < 3 { 2 } else { 4 })).await;
        Some((Ok(bytes("x")), at + 1))
    });
    assert_eq!(page.piece(&address, 0, body(drip)).await.0, 408);
    assert_eq!(page.head(&address).await, (200, Some(3)));
    assert_eq!(page.piece(&address, 3, "yyy").await, (204, Some(6)));
    assert_eq!(memory.files()[0].1, bytes("xxxyyy"));
}

#[tokio::test(start_paused = true)]
async fn a_later_request_takes_over_from_one_that_hangs() {
    let (page, memory) = client(Limits::default()).await;
    let address = page.begun("a", 6).await;
    let hanging = body(stream::iter([Ok(bytes("abc"))]).chain(stream::pending()));
    let request = page.patch(&address, 0).body(hanging).unwrap();
    let router = page.router.clone();
    let hangs = tokio::spawn(async move { tower::ServiceExt::oneshot(router, request).await });
    while page.head(&address).await != (200, Some(3)) {
        tokio::task::yield_now().await;
    }
    assert_eq!(hangs.await.unwrap().unwrap().status(), 409);
    assert_eq!(page.piece(&address, 3, "def").await, (204, Some(6)));
    assert_eq!(memory.files()[0].1, bytes("abcdef"));
}

#[tokio::test(start_paused = true)]
async fn files_come_beside_each_other() {
    let (mut page, memory) = client(Limits::default()).await;
    let (one, two) = (page.begun("one", 4).await, page.begun("two", 4).await);
    page.shows(&["one 0/4 Waiting", "two 0/4 Waiting"]).await;
    let both = tokio::join!(page.piece(&one, 0, "on"), page.piece(&two, 0, "tw"));
    assert_eq!(both, ((204, Some(2)), (204, Some(2))));
    assert_eq!(page.piece(&two, 2, "oo").await.0, 204);
    page.shows(&["one 2/4 Sending", "two 4/4 Done"]).await;
    assert_eq!(page.piece(&one, 2, "ne").await.0, 204);
    page.shows(&["one 4/4 Done", "two 4/4 Done"]).await;
    assert_eq!(memory.files(), [("two".into(), bytes("twoo")), ("one".into(), bytes("onne"))]);
}

#[tokio::test(start_paused = true)]
async fn the_island_cancels_and_what_came_is_gone() {
    let (mut page, memory) = client(Limits::default()).await;
    let (one, two) = (page.begun("one", 6).await, page.begun("two", 6).await);
    let hanging = body(stream::iter([Ok(bytes("abc"))]).chain(stream::pending()));
    let request = page.patch(&one, 0).body(hanging).unwrap();
    let router = page.router.clone();
    let hangs = tokio::spawn(async move { tower::ServiceExt::oneshot(router, request).await });
    page.shows(&["one 3/6 Sending", "two 0/6 Waiting"]).await;
    let id = page.tab.attr("li", "data-id").unwrap();
    page.tab.send("Album:0", "cancel", &format!("{id:?}")).await;
    page.shows(&["one 3/6 Cancelled", "two 0/6 Waiting"]).await;
    assert_eq!(hangs.await.unwrap().unwrap().status(), 410);
    assert_eq!(page.piece(&one, 3, "def").await.0, 410);
    assert_eq!(page.head(&one).await.0, 410);
    assert_eq!(page.delete(&one).await, 410);
    // The page itself can stop one, too.
    assert_eq!(page.delete(&two).await, 204);
    page.shows(&["one 3/6 Cancelled", "two 0/6 Cancelled"]).await;
    // Letting go is the writers' own business, beside the answers.
    while memory.counts() != (2, 2) {
        tokio::task::yield_now().await;
    }
    assert_eq!(memory.files().len(), 0);
}

#[tokio::test(start_paused = true)]
async fn an_upload_that_the_server_does_not_know_is_cancelled_all_the_same() {
    let (mut page, _) = client(Limits::default()).await;
    let heard = page.tab.text("output");
    let id = holm::upload::UploadId::random().to_string();
    page.tab.send("Album:0", "cancel", &format!("{id:?}")).await;
    page.tab.wait_for(|tab| tab.text("output") != heard).await;
    assert_eq!(page.tab.text("output"), "[0, 0, 0, 0, 1]");
}

#[tokio::test(start_paused = true)]
async fn progress_is_told_in_steps_and_one_message_waits_at_most() {
    let (mut page, _) = client(Limits::default()).await;
    let address = page.begun("a", 1000).await;
    page.tab.send_now("Album:0", "wait", "4000");
    let drip = stream::unfold(0, |at| async move {
        tokio::time::sleep(Duration::from_millis(10)).await;
        (at < 300).then(|| (Ok(bytes("x")), at + 1))
    });
    assert_eq!(page.piece(&address, 0, body(drip)).await, (204, Some(300)));
    page.shows(&["a 300/1000 Sending"]).await;
    assert_eq!(page.tab.text("output"), "[1, 1, 0, 0, 0]", "three seconds in one message");
    // Ten a second while the island listens.
    let drip = stream::unfold(0, |at| async move {
        tokio::time::sleep(Duration::from_millis(10)).await;
        (at < 300).then(|| (Ok(bytes("x")), at + 1))
    });
    assert_eq!(page.piece(&address, 300, body(drip)).await, (204, Some(600)));
    page.shows(&["a 600/1000 Sending"]).await;
    let heard: Vec<u32> = serde_json::from_str(&page.tab.text("output")).unwrap();
    assert!((20..=32).contains(&heard[1]), "{heard:?}");
    assert_eq!(shown(&page.tab).len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_slow_file_s_bar_still_moves_each_second() {
    let (mut page, _) = client(Limits::default()).await;
    let address = page.begun("a", 1_000_000).await;
    let drip = stream::unfold(0, |at| async move {
        tokio::time::sleep(Duration::from_millis(100)).await;
        (at < 50).then(|| (Ok(bytes("x")), at + 1))
    });
    page.piece(&address, 0, body(drip)).await;
    page.shows(&["a 50/1000000 Sending"]).await;
    let heard: Vec<u32> = serde_json::from_str(&page.tab.text("output")).unwrap();
    assert!((4..=7).contains(&heard[1]), "{heard:?}");
}
