//! What a sink does, and what becomes of an upload whose sink fails.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use holm::prelude::*;
use holm::upload::{Accept, Disk, Stored, UploadMeta, UploadSink, UploadWriter};

use super::stage::{Client, app};

/// Where a sink fails.
#[derive(Clone, Copy, PartialEq)]
enum At {
    Begin,
    Write,
    Finish,
    /// It panics.
    Panic,
    /// It takes for ever.
    Never,
}

#[derive(Clone)]
struct Broken(At, Arc<AtomicUsize>);

impl UploadSink for Broken {
    type Writer = Self;

    async fn begin(&self, _: &UploadMeta) -> holm::Result<Self> {
        if self.0 == At::Begin {
            return Err(holm::Error::public("The shelf is full."));
        }
        Ok(self.clone())
    }
}

impl UploadWriter for Broken {
    async fn write(&mut self, _: u64, _: Bytes) -> holm::Result {
        match self.0 {
            At::Write => Err(holm::Error::internal("disk /dev/sda1 is broken")),
            At::Never => std::future::pending().await,
            _ => Ok(()),
        }
    }

    async fn finish(self) -> holm::Result<Stored> {
        assert!(self.0 != At::Panic, "a bug of the app's");
        Err(holm::Error::public("It does not fit."))
    }

    async fn abort(self) {
        self.1.fetch_add(1, Ordering::Relaxed);
    }
}

#[tokio::test(start_paused = true)]
async fn a_sink_that_fails_fails_its_file_in_its_own_words() {
    for (at, create, piece, sentence) in [
        (At::Begin, 500, 0, "The shelf is full."),
        (At::Write, 201, 500, "Something went wrong on the server. Nothing was changed."),
        (At::Finish, 201, 500, "It does not fit."),
        (At::Panic, 201, 500, "Something went wrong on the server. Nothing was changed."),
    ] {
        let aborted = Arc::new(AtomicUsize::new(0));
        let sink = Broken(at, Arc::clone(&aborted));
        let mut page = Client::of(app(Limits::default(), move || Accept::new().to(sink.clone()))).await;
        let (status, address) = page.create("a", "", 3).await;
        assert_eq!(status, create);
        if status == 201 {
            assert_eq!(page.piece(&address, 0, "abc").await.0, piece);
            assert_eq!(page.head(&address).await.0, 500);
        }
        page.tab.wait_for(|tab| tab.text("li").ends_with(&format!("Failed({sentence:?})"))).await;
        assert_eq!(aborted.load(Ordering::Relaxed), usize::from(at == At::Write));
    }
}

#[tokio::test(start_paused = true)]
async fn a_sink_that_never_answers_is_given_up() {
    let limits = Limits { upload_idle: Duration::from_secs(30), ..Limits::default() };
    let aborted = Arc::new(AtomicUsize::new(0));
    let sink = Broken(At::Never, Arc::clone(&aborted));
    let page = Client::of(app(limits, move || Accept::new().to(sink.clone()))).await;
    let address = page.begun("a", 3).await;
    let answer = tokio::time::timeout(Duration::from_mins(1), page.piece(&address, 0, "abc")).await;
    assert!([410, 500].contains(&answer.unwrap().0));
    assert_eq!(aborted.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn a_file_on_disk_is_whole_and_nothing_else_is_left() {
    let folder = std::env::temp_dir().join(format!("holm-uploads-{}", holm::upload::UploadId::random()));
    let disk = Disk::dir(&folder);
    let mut page =
        Client::of(app(Limits::default(), move || Accept::new().max_files(2).to(disk.clone()))).await;
    let (one, two) = (page.begun("../../one", 6).await, page.begun("two", 6).await);
    assert_eq!(page.piece(&one, 0, "abc").await.0, 204);
    assert_eq!(page.piece(&two, 0, "xyz").await.0, 204);
    assert_eq!(page.piece(&one, 3, "def").await.0, 204);
    assert_eq!(page.delete(&two).await, 204);
    page.shows(&["one 6/6 Done", "two 3/6 Cancelled"]).await;
    let files = || std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect::<Vec<_>>();
    // Letting go is the writer's own business, beside the answer.
    while files().len() > 1 {
        tokio::task::yield_now().await;
    }
    assert_eq!(std::fs::read(&files()[0]).unwrap(), b"abcdef");
    assert!(files()[0].extension().is_none());
    std::fs::remove_dir_all(&folder).unwrap();
}
