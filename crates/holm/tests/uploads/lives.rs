//! Uploads outlive connections, sessions that end under a page, and islands that come back.

use std::time::Duration;

use holm::prelude::*;
use holm::test::App;
use holm::upload::Memory;

use super::stage::{Client, app, client, many};

#[tokio::test(start_paused = true)]
async fn a_page_whose_connection_is_lost_goes_on_sending_and_hears_of_it_when_it_is_back() {
    let (mut page, memory) = client(Limits::default()).await;
    let address = page.begun("a", 6).await;
    page.tab = page.tab.lose();
    assert_eq!(page.piece(&address, 0, "abc").await, (204, Some(3)));
    assert_eq!(page.piece(&address, 3, "def").await, (204, Some(6)));
    page.tab = page.tab.resume(&App::new(page.router.clone())).await;
    page.shows(&["a 6/6 Done"]).await;
    assert_eq!(memory.files().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_page_whose_session_has_ended_goes_on_with_its_upload_in_the_next() {
    let limits = Limits { park_time: Duration::from_secs(5), ..Limits::default() };
    let (mut page, memory) = client(limits).await;
    let (one, two) = (page.begun("one", 6).await, page.begun("two", 3).await);
    page.shows(&["one 0/6 Waiting", "two 0/3 Waiting"]).await;
    // The seal that the page comes back with.
    page.tab.idle(Duration::from_secs(2)).await;
    page.tab = page.tab.lose();
    tokio::time::sleep(Duration::from_secs(10)).await;
    assert_eq!(page.piece(&one, 0, "abc").await, (204, Some(3)));
    // A file that is whole waits for the island that is to have it.
    assert_eq!(page.piece(&two, 0, "xyz").await.0, 409);
    assert_eq!(page.head(&two).await.0, 409);
    page.tab = page.tab.resume(&App::new(page.router.clone())).await;
    page.shows(&["one 3/6 Sending", "two 3/3 Done"]).await;
    assert_eq!(page.head(&two).await, (200, Some(3)));
    assert_eq!(page.piece(&one, 3, "def").await, (204, Some(6)));
    page.shows(&["one 6/6 Done", "two 3/3 Done"]).await;
    assert_eq!(memory.files().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_finished_file_that_no_island_comes_back_for_is_given_back() {
    let limits = Limits {
        park_time: Duration::from_secs(5),
        upload_idle: Duration::from_secs(30),
        ..Limits::default()
    };
    let (mut page, memory) = client(limits).await;
    let address = page.begun("a", 3).await;
    page.tab = page.tab.lose();
    tokio::time::sleep(Duration::from_secs(10)).await;
    assert_eq!(page.piece(&address, 0, "abc").await.0, 409);
    assert_eq!(memory.files()[0].1, "abc");
    tokio::time::sleep(Duration::from_secs(100)).await;
    assert_eq!(memory.files()[0].1, "");
    assert_eq!(page.head(&address).await.0, 404);
}

#[tokio::test(start_paused = true)]
async fn after_a_restart_the_page_begins_again_and_the_entry_stays_in_its_place() {
    let memory = Memory::new();
    let mut page = Client::of(app(Limits::default(), many(&memory))).await;
    let one = page.begun("one", 6).await;
    page.begun("two", 6).await;
    assert_eq!(page.piece(&one, 0, "abc").await.0, 204);
    page.shows(&["one 3/6 Sending", "two 0/6 Waiting"]).await;
    page.tab.idle(Duration::from_secs(6)).await;
    page.router = app(Limits::default(), many(&memory));
    page.tab = page.tab.lose().resume(&App::new(page.router.clone())).await;
    page.shows(&["one 3/6 Sending", "two 0/6 Waiting"]).await;
    assert_eq!(page.head(&one).await.0, 404);
    let (status, again) = page.again("one", 6, &one).await;
    assert_eq!(status, 201);
    page.shows(&["one 0/6 Waiting", "two 0/6 Waiting"]).await;
    assert_eq!(page.piece(&again, 0, "abcdef").await.0, 204);
    page.shows(&["one 6/6 Done", "two 0/6 Waiting"]).await;
}

#[tokio::test(start_paused = true)]
async fn a_server_that_goes_takes_no_more_and_leaves_nothing_half_done() {
    let memory = Memory::new();
    let router = app(Limits::default(), many(&memory));
    let document = App::new(router.clone()).get("/").await;
    let mut page = Client::of(router).await;
    let address = page.begun("a", 6).await;
    assert_eq!(page.piece(&address, 0, "abc").await.0, 204);
    let slow = futures_util::stream::unfold(0, |at| async move {
        tokio::time::sleep(Duration::from_secs(2 * (at % 2))).await;
        (at < 2).then(|| (Ok(bytes::Bytes::from_static(b"d")), at + 1))
    });
    let request = page.patch(&address, 3).body(super::stage::body(slow)).unwrap();
    let router = page.router.clone();
    let writes = tokio::spawn(async move { tower::ServiceExt::oneshot(router, request).await });
    page.shows(&["a 4/6 Sending"]).await;
    let drain = tokio::spawn(async move { document.drain().await });
    tokio::task::yield_now().await;
    assert_eq!(page.create("b", "", 3).await.0, 503);
    assert_eq!(page.piece(&address, 3, "def").await.0, 503);
    assert_eq!(memory.counts(), (1, 0), "what is being written gets its moment");
    let status = writes.await.unwrap().unwrap().status().as_u16();
    assert!([204, 503].contains(&status), "{status}: the page comes back to it");
    drain.await.unwrap();
    assert_eq!(memory.counts(), (1, 1));
    assert_eq!(page.head(&address).await.0, 404);
}

#[tokio::test(start_paused = true)]
async fn an_app_that_is_dropped_without_a_word_leaves_nothing_half_done_either() {
    let (page, memory) = client(Limits::default()).await;
    let (whole, half) = (page.begun("whole", 3).await, page.begun("half", 6).await);
    assert_eq!(page.piece(&whole, 0, "abc").await.0, 204);
    assert_eq!(page.piece(&half, 0, "abc").await.0, 204);
    drop(page);
    while memory.counts() != (2, 1) {
        tokio::task::yield_now().await;
    }
    assert_eq!(memory.files(), [("whole".into(), "abc".into())], "a file that its island has heard of stays");
}

#[tokio::test(start_paused = true)]
async fn who_is_cut_off_sends_nothing_more() {
    let memory = Memory::new();
    let live = Live::new().authorize(|_| async { Ok(Principal::new("eve")) });
    let hub = live.hub();
    let page = Client::of(super::stage::with(live, many(&memory))).await;
    let address = page.begun("a", 6).await;
    assert_eq!(page.piece(&address, 0, "abc").await.0, 204);
    hub.disconnect(&Principal::new("eve"));
    assert_eq!(page.piece(&address, 3, "def").await.0, 410);
    assert_eq!(page.create("b", "", 3).await.0, 409, "its session has ended");
    while memory.counts() != (1, 1) {
        tokio::task::yield_now().await;
    }
}
