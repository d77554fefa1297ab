//! What an island says that it has already: `Accept::holding`, after the server was started again.

use std::time::Duration;

use holm::prelude::*;
use holm::test::App;
use holm::upload::{Accept, Memory};

use super::stage::{Client, knowing};

const IDLE: Duration = Duration::from_secs(30);
const ALMOST: Duration = Duration::from_secs(20);

/// Takes two files in all, and says what it has.
fn two(memory: &Memory) -> Router {
    let (memory, limits) = (memory.clone(), Limits { upload_idle: IDLE, ..Limits::default() });
    knowing(Live::new().limits(limits), move |photos| {
        Accept::new().max_files(2).holding(photos).to(memory.clone())
    })
}

/// A page with a file that is done and one that a restart has interrupted; gives their addresses.
async fn restarted(memory: &Memory) -> (Client, [String; 2]) {
    let mut page = Client::of(two(memory)).await;
    let addresses = [page.begun("one", 3).await, page.begun("two", 6).await];
    for address in &addresses {
        assert_eq!(page.piece(address, 0, "abc").await.0, 204);
    }
    page.shows(&["one 3/3 Done", "two 3/6 Sending"]).await;
    page.tab.idle(Duration::from_secs(6)).await;
    page.router = two(memory);
    page.tab = page.tab.lose().resume(&App::new(page.router.clone())).await;
    page.shows(&["one 3/3 Done", "two 3/6 Sending"]).await;
    (page, addresses)
}

#[tokio::test(start_paused = true)]
async fn a_file_that_is_done_is_not_sent_again_by_a_page_that_missed_the_answer() {
    let memory = Memory::new();
    let (mut page, [done, _]) = restarted(&memory).await;
    assert_eq!(page.head(&done).await.0, 404);
    assert_eq!(page.again("one", 3, &done).await.0, 410);
    page.tab.idle(IDLE / 2).await;
    page.shows(&["one 3/3 Done", "two 3/6 Sending"]).await;
}

#[tokio::test(start_paused = true)]
async fn files_that_are_done_count_in_an_island_that_comes_back() {
    let memory = Memory::new();
    let (page, [_, interrupted]) = restarted(&memory).await;
    let three = page.begun("three", 3).await;
    assert_eq!(page.create("four", "", 3).await.0, 422);
    assert_eq!(page.delete(&three).await, 204);
    assert_eq!(page.again("two", 6, &interrupted).await.0, 201);
    assert_eq!(page.create("four", "", 3).await.0, 422);
}

#[tokio::test(start_paused = true)]
async fn a_place_of_a_file_that_was_held_is_given_back() {
    let memory = Memory::new();
    let (mut page, _) = restarted(&memory).await;
    let id = page.tab.attr("li", "data-id").unwrap();
    page.tab.send("Album:0", "cancel", &format!("{id:?}")).await;
    page.begun("three", 3).await;
    page.begun("four", 3).await;
    assert_eq!(page.create("five", "", 3).await.0, 422);
}

#[tokio::test(start_paused = true)]
async fn a_file_that_the_page_does_not_go_on_with_fails_when_its_time_has_passed() {
    let memory = Memory::new();
    let (mut page, _) = restarted(&memory).await;
    page.tab.idle(ALMOST).await;
    page.shows(&["one 3/3 Done", "two 3/6 Sending"]).await;
    let failed = r#"two 3/6 Failed("It stopped arriving.")"#;
    page.tab.wait_within(Duration::from_secs(20), |tab| tab.text("li:nth-child(2)") == failed).await;
    // Once, and nothing else.
    page.tab.idle(IDLE * 2).await;
    assert_eq!(page.tab.text("output"), "[2, 1, 1, 1, 0]");
}

#[tokio::test(start_paused = true)]
async fn a_file_that_the_page_goes_on_with_does_not_fail() {
    let memory = Memory::new();
    let (mut page, [_, interrupted]) = restarted(&memory).await;
    page.tab.idle(ALMOST).await;
    let (status, address) = page.again("two", 6, &interrupted).await;
    assert_eq!(status, 201);
    page.tab.idle(Duration::from_secs(20)).await;
    assert_eq!(page.piece(&address, 0, "abcdef").await.0, 204);
    page.tab.idle(IDLE * 2).await;
    page.shows(&["one 3/3 Done", "two 6/6 Done"]).await;
    assert!(page.tab.text("output").ends_with(", 2, 0, 0]"), "nothing failed meanwhile");
}

#[tokio::test(start_paused = true)]
async fn a_file_that_is_cancelled_instead_does_not_fail_afterwards() {
    let memory = Memory::new();
    let (mut page, [_, interrupted]) = restarted(&memory).await;
    let id = interrupted.rsplit('/').next().unwrap();
    page.tab.send("Album:0", "cancel", &format!("{id:?}")).await;
    page.shows(&["one 3/3 Done", "two 3/6 Cancelled"]).await;
    page.tab.idle(IDLE * 2).await;
    page.shows(&["one 3/3 Done", "two 3/6 Cancelled"]).await;
}
