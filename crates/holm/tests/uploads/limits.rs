//! Each bound, at it and past it.

use std::time::Duration;

use futures_util::{StreamExt, stream};
use holm::prelude::*;
use holm::upload::{Accept, Memory};

use super::stage::{Client, app, body, client, header, metadata, shown, word};

#[tokio::test(start_paused = true)]
async fn a_file_past_its_input_s_size_is_refused_in_words_and_others_are_not() {
    let memory = Memory::new();
    let (kept, most) = (memory.clone(), 5 << 20);
    let takes = move || Accept::images().max_bytes(most).max_files(2).to(kept.clone());
    let mut page = Client::of(app(Limits::default(), takes)).await;
    assert_eq!(page.create("fits.png", "image/png", most).await.0, 201);
    assert_eq!(page.create("large.png", "image/png", most + 1).await, (413, String::new()));
    assert_eq!(page.create("a.exe", "application/x-msdownload", 1).await.0, 415);
    assert_eq!(page.create("two.png", "image/png", 1).await.0, 201);
    assert_eq!(page.create("three.png", "image/png", 1).await.0, 422);
    page.shows(&[
        "fits.png 0/5242880 Waiting",
        r#"large.png 0/5242881 Failed("This file is larger than 5 MB.")"#,
        r#"a.exe 0/1 Failed("This kind of file is not taken; these are: image/*.")"#,
        "two.png 0/1 Waiting",
        r#"three.png 0/1 Failed("No more than 2 files can be sent here.")"#,
    ])
    .await;
    assert_eq!(memory.counts().0, 2, "no sink hears of what is refused");
}

#[tokio::test(start_paused = true)]
async fn a_place_is_free_again_when_a_file_is_cancelled_done_or_not() {
    let memory = Memory::new();
    let kept = memory.clone();
    let mut page =
        Client::of(app(Limits::default(), move || Accept::new().max_files(1).to(kept.clone()))).await;
    let address = page.begun("one", 3).await;
    assert_eq!(page.create("two", "", 3).await.0, 422);
    assert_eq!(page.piece(&address, 0, "abc").await.0, 204);
    assert_eq!(page.create("three", "", 3).await.0, 422, "one that is done counts");
    let id = address.rsplit('/').next().unwrap();
    page.tab.send("Album:0", "cancel", &format!("{id:?}")).await;
    let address = page.begun("four", 3).await;
    assert_eq!(page.create("five", "", 3).await.0, 422);
    assert_eq!(page.delete(&address).await, 204);
    page.begun("six", 3).await;
    let shown = shown(&page.tab);
    assert!(shown.is_empty() || shown[0] == "one 3/3 Done", "a file that is the app's stays: {shown:?}");
    assert_eq!(memory.files()[0].1, "abc");
}

#[tokio::test(start_paused = true)]
async fn no_file_is_larger_than_the_limit_whatever_its_input_takes() {
    let (page, _) = client(Limits { upload_bytes: 100, ..Limits::default() }).await;
    assert_eq!(page.create("a", "", 100).await.0, 201);
    assert_eq!(page.create("b", "", 101).await.0, 413);
    assert_eq!(page.create("c", "", u64::MAX).await.0, 413);
}

#[tokio::test(start_paused = true)]
async fn a_page_has_so_many_uploads_under_way_and_others_theirs() {
    let memory = Memory::new();
    let limits = Limits { uploads: 2, uploads_in_all: 3, ..Limits::default() };
    let router = app(limits, super::stage::many(&memory));
    let (one, two) = (Client::of(router.clone()).await, Client::of(router).await);
    let first = one.begun("a", 3).await;
    one.begun("b", 3).await;
    // It waits in the page, and is no entry that failed.
    let metadata = metadata(&[("island", "Album:0"), ("input", "photos")]);
    let request =
        one.ask("POST", "/__live/upload").header("upload-length", 3).header("upload-metadata", metadata);
    let response = one.send(request.body(axum::body::Body::empty()).unwrap()).await;
    assert_eq!((response.status().as_u16(), header(&response, "retry-after")), (429, "5".into()));
    assert_eq!(word(response).await, "too_many_uploads");
    two.begun("c", 3).await;
    assert_eq!(two.create("d", "", 3).await.0, 429, "three in all");
    assert_eq!(one.piece(&first, 0, "abc").await.0, 204);
    two.begun("d", 3).await;
    assert_eq!(memory.counts().0, 4);
}

#[tokio::test(start_paused = true)]
async fn what_is_under_way_takes_so_much_room_in_all() {
    let (page, _) = client(Limits { upload_bytes_in_all: 10, ..Limits::default() }).await;
    let first = page.begun("a", 6).await;
    assert_eq!(page.create("b", "", 5).await.0, 429);
    page.begun("c", 4).await;
    assert_eq!(page.delete(&first).await, 204);
    page.begun("d", 6).await;
}

#[tokio::test(start_paused = true)]
async fn a_page_that_begins_and_cancels_without_end_is_slowed() {
    let (page, _) = client(Limits { uploads: 2, ..Limits::default() }).await;
    for _ in 0..8 {
        let address = page.begun("a", 3).await;
        assert_eq!(page.delete(&address).await, 204);
    }
    assert_eq!(page.create("a", "", 3).await.0, 429);
    tokio::time::sleep(Duration::from_secs(65)).await;
    page.begun("a", 3).await;
}

#[tokio::test(start_paused = true)]
async fn beginning_an_upload_takes_a_token_as_an_event_does() {
    let limits = Limits { events_burst: 4, events_per_second: 1, ..Limits::default() };
    let (page, _) = client(limits).await;
    let mut answers = Vec::new();
    for _ in 0..6 {
        answers.push(page.create("a", "", 3).await.0);
    }
    assert!(answers.contains(&201) && answers.ends_with(&[429]), "{answers:?}");
    tokio::time::sleep(Duration::from_secs(5)).await;
    page.begun("a", 3).await;
}

#[tokio::test(start_paused = true)]
async fn a_piece_has_so_many_bytes_and_the_rest_comes_in_another() {
    let (page, memory) = client(Limits { upload_piece_bytes: 4, ..Limits::default() }).await;
    let address = page.begun("a", 10).await;
    assert_eq!(page.piece(&address, 0, "abcd").await, (204, Some(4)));
    // Said beforehand, nothing is read of it.
    let request = page.patch(&address, 4).header("content-length", 5).body("efghi".into()).unwrap();
    assert_eq!(page.send(request).await.status(), 413);
    assert_eq!(page.head(&address).await, (200, Some(4)));
    // Not said, it is read up to there.
    assert_eq!(page.piece(&address, 4, "efghi").await.0, 413);
    assert_eq!(page.head(&address).await, (200, Some(8)));
    assert_eq!(page.piece(&address, 8, "ij").await, (204, Some(10)));
    assert_eq!(memory.files()[0].1, "abcdefghij");
}

#[tokio::test(start_paused = true)]
async fn bytes_past_the_file_s_end_are_no_part_of_it() {
    let (page, memory) = client(Limits::default()).await;
    let address = page.begun("a", 3).await;
    assert_eq!(page.piece(&address, 0, "abcdef").await.0, 413);
    assert_eq!(memory.files()[0].1, "abc");
    assert_eq!(page.head(&address).await, (200, Some(3)));
}

#[tokio::test(start_paused = true)]
async fn a_name_is_cut_at_its_limit() {
    let (mut page, _) = client(Limits { upload_name_bytes: 8, ..Limits::default() }).await;
    page.begun("12345.md", 1).await;
    page.begun("../123456.md", 1).await;
    page.shows(&["12345.md 0/1 Waiting", "12345.md 0/1 Waiting"]).await;
}

#[tokio::test(start_paused = true)]
async fn an_upload_that_nothing_comes_of_is_given_up() {
    let limits = Limits {
        upload_idle: Duration::from_secs(30),
        upload_least_bytes: 1,
        silence: Duration::from_mins(10),
        ..Limits::default()
    };
    let (mut page, memory) = client(limits).await;
    let (one, two) = (page.begun("one", 6).await, page.begun("two", 60).await);
    assert_eq!(page.piece(&one, 0, "abc").await.0, 204);
    // One that waits while another of its page is sent is not broken.
    for at in 0..4 {
        page.tab.idle(Duration::from_secs(20)).await;
        assert_eq!(page.piece(&two, at, "x").await.0, 204);
    }
    page.shows(&["one 3/6 Sending", "two 4/60 Sending"]).await;
    page.tab
        .wait_within(Duration::from_secs(40), |tab| shown(tab).iter().all(|file| file.contains("stopped")))
        .await;
    assert_eq!(page.head(&one).await.0, 410);
    assert_eq!(memory.counts(), (2, 2));
}

/// Thirty seconds for sixteen bytes.
fn sixteen() -> Limits {
    let (upload_idle, upload_silence) = (Duration::from_secs(30), Duration::from_secs(20));
    Limits {
        upload_idle,
        upload_silence,
        upload_least_bytes: 16,
        silence: Duration::from_hours(1),
        ..Limits::default()
    }
}

/// Two hundred bytes, so many of them each ten seconds.
fn drip(bytes: usize) -> axum::body::Body {
    body(stream::iter(0..200 / bytes).then(move |_| async move {
        tokio::time::sleep(Duration::from_secs(10)).await;
        Ok(vec![b'x'; bytes].into())
    }))
}

#[tokio::test(start_paused = true)]
async fn a_body_that_drips_is_given_up_and_one_that_is_only_slow_is_not() {
    let (mut page, memory) = client(sixteen()).await;
    let dripping = page.begun("drips", 200).await;
    let begun = tokio::time::Instant::now();
    // Five bytes in ten seconds are never sixteen in thirty.
    assert_eq!(page.piece(&dripping, 0, drip(5)).await.0, 410);
    assert!(begun.elapsed() < Duration::from_mins(1), "no longer than its time after its first bytes");
    let failed = r#"Failed("It stopped arriving.")"#;
    page.tab.wait_for(|tab| shown(tab).first().is_some_and(|file| file.ends_with(failed))).await;
    assert_eq!(memory.counts(), (1, 1));
    let slow = page.begun("slow", 200).await;
    assert_eq!(page.piece(&slow, 0, drip(8)).await, (204, Some(200)), "a file's last bytes are enough");
}

#[tokio::test(start_paused = true)]
async fn single_bytes_in_requests_of_their_own_keep_no_place_either() {
    let (page, _) = client(Limits { uploads: 1, ..sixteen() }).await;
    let dripping = page.begun("drips", 200).await;
    let mut at = 0;
    while page.piece(&dripping, at, "x").await.0 == 204 {
        at += 1;
        assert!(at < 10, "one byte each ten seconds goes on for ever");
        tokio::time::sleep(Duration::from_secs(10)).await;
    }
    assert_eq!(page.head(&dripping).await.0, 410);
    page.begun("next", 3).await;
}

#[tokio::test(start_paused = true)]
async fn one_that_begins_again_has_the_place_of_the_one_it_replaces() {
    let memory = Memory::new();
    let kept = memory.clone();
    let page = Client::of(app(Limits::default(), move || Accept::new().max_files(1).to(kept.clone()))).await;
    let address = page.begun("one", 3).await;
    assert_eq!(page.again("one", 3, &address).await.0, 201);
    assert_eq!(page.head(&address).await.0, 410, "the one before is over");
    assert_eq!(page.again("one", 3, &address).await.0, 422, "it makes room once");
}
