//! An app with an album, and what its page sends.

use std::convert::Infallible;
use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use futures_util::Stream;
use holm::prelude::*;
use holm::test::{App, Tab};
use holm::upload::{Accept, Accepting, Memory, UploadEvent, UploadId, Uploads};
use http::Request;
use tower::ServiceExt;

/// What the island takes, made anew whenever it is restored.
#[derive(Clone)]
pub(crate) struct Takes(Arc<dyn Fn(&Uploads) -> Accepting + Send + Sync>);

/// Shows its files as text: `name received/size state`.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(crate) struct Album {
    photos: Uploads,
    /// How many events came, by kind.
    heard: [u32; 5],
}

#[derive(Event)]
pub(crate) enum Press {
    Cancel(UploadId),
    /// Waits, so that what comes meanwhile gathers.
    Wait(u64),
    #[event(server)]
    Upload(UploadEvent),
}

impl Island for Album {
    type Event = Press;

    fn needs(needs: &mut Needs) {
        needs.state::<Takes>();
    }

    fn render(&self) -> Markup {
        html! {
            input type="file" data-live-upload="photos";
            ul { @for file in &self.photos {
                li data-key=(file.id) data-id=(file.id) {
                    (file.name) " " (file.received) "/" (file.size) " " (format!("{:?}", file.state))
                }
            } }
            output { (format!("{:?}", self.heard)) }
        }
    }

    async fn restore(&mut self, cx: &mut Cx<Press>) -> holm::Result {
        cx.accept_uploads("photos", (cx.state::<Takes>().0)(&self.photos), Press::Upload);
        Ok(())
    }

    async fn on(&mut self, press: Press, cx: &mut Cx<Press>) -> holm::Result {
        match press {
            Press::Cancel(id) => cx.cancel_upload(id),
            Press::Wait(millis) => tokio::time::sleep(std::time::Duration::from_millis(millis)).await,
            Press::Upload(event) => {
                self.heard[match event {
                    UploadEvent::Began { .. } => 0,
                    UploadEvent::Progress { .. } => 1,
                    UploadEvent::Done { .. } => 2,
                    UploadEvent::Failed { .. } => 3,
                    UploadEvent::Cancelled { .. } => 4,
                }] += 1;
                self.photos.apply(&event);
            }
        }
        Ok(())
    }
}

async fn home(page: Page) -> Page {
    page.title("Album").body(|p| p.island(Album::default()))
}

/// The app, taking what that says.
pub(crate) fn app(limits: Limits, takes: impl Fn() -> Accepting + Send + Sync + 'static) -> Router {
    with(Live::new().limits(limits), takes)
}

/// [`app`] with more settings.
pub(crate) fn with(live: Live, takes: impl Fn() -> Accepting + Send + Sync + 'static) -> Router {
    knowing(live, move |_| takes())
}

/// [`with`] where what it takes may go by what it has.
pub(crate) fn knowing(live: Live, takes: impl Fn(&Uploads) -> Accepting + Send + Sync + 'static) -> Router {
    let live = live.key([5; 32]).development(false).island::<Album>().state(Takes(Arc::new(takes)));
    Router::new().route("/", get(home)).with_live(live)
}

/// Twenty files of any type, in memory.
pub(crate) fn many(memory: &Memory) -> impl Fn() -> Accepting + Send + Sync + 'static + use<> {
    let memory = memory.clone();
    move || Accept::new().max_bytes(u64::MAX).max_files(20).to(memory.clone())
}

/// An open page.
pub(crate) struct Client {
    pub(crate) router: Router,
    pub(crate) tab: Tab,
}

/// A page of an app that keeps up to twenty files in memory.
pub(crate) async fn client(limits: Limits) -> (Client, Memory) {
    let memory = Memory::new();
    (Client::of(app(limits, many(&memory))).await, memory)
}

impl Client {
    pub(crate) async fn of(router: Router) -> Self {
        let tab = App::new(router.clone()).get("/").await.live().await;
        Self { router, tab }
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Response {
        self.router.clone().oneshot(request).await.unwrap()
    }

    /// A request of this page's.
    pub(crate) fn ask(&self, method: &str, path: &str) -> http::request::Builder {
        ask(method, path).header("holm-session", self.tab.session())
    }

    /// Has an upload begin; gives the status and its address.
    pub(crate) async fn create(&self, name: &str, kind: &str, size: u64) -> (u16, String) {
        self.create_with(&[("filename", name), ("filetype", kind)], size).await
    }

    /// Has an upload begin in the place of the one at that address.
    pub(crate) async fn again(&self, name: &str, size: u64, address: &str) -> (u16, String) {
        let id = address.rsplit('/').next().unwrap();
        self.create_with(&[("filename", name), ("replaces", id)], size).await
    }

    async fn create_with(&self, said: &[(&str, &str)], size: u64) -> (u16, String) {
        self.begin(&[&[("island", "Album:0"), ("input", "photos")], said].concat(), size).await
    }

    /// Has an upload begin of which that is said; gives the status and its address.
    pub(crate) async fn begin(&self, said: &[(&str, &str)], size: u64) -> (u16, String) {
        let metadata = metadata(said);
        let request = self
            .ask("POST", "/__live/upload")
            .header("upload-length", size)
            .header("upload-metadata", metadata);
        let response = self.send(request.body(Body::empty()).unwrap()).await;
        (response.status().as_u16(), header(&response, "location"))
    }

    /// Begins an upload that is taken.
    pub(crate) async fn begun(&self, name: &str, size: u64) -> String {
        let (status, address) = self.create(name, "", size).await;
        assert_eq!(status, 201);
        address
    }

    /// Sends a piece; gives the status and the offset that follows.
    pub(crate) async fn piece(&self, address: &str, at: u64, body: impl Into<Body>) -> (u16, Option<u64>) {
        offset_of(&self.send(self.patch(address, at).body(body.into()).unwrap()).await)
    }

    pub(crate) fn patch(&self, address: &str, at: u64) -> http::request::Builder {
        self.ask("PATCH", address)
            .header("content-type", "application/offset+octet-stream")
            .header("upload-offset", at)
    }

    /// Asks how much has arrived.
    pub(crate) async fn head(&self, address: &str) -> (u16, Option<u64>) {
        offset_of(&self.send(self.ask("HEAD", address).body(Body::empty()).unwrap()).await)
    }

    pub(crate) async fn delete(&self, address: &str) -> u16 {
        self.send(self.ask("DELETE", address).body(Body::empty()).unwrap()).await.status().as_u16()
    }

    /// Waits until the island shows these files.
    pub(crate) async fn shows(&mut self, files: &[&str]) {
        self.tab.wait_for(|tab| shown(tab) == files).await;
    }
}

/// What the island shows of its files.
pub(crate) fn shown(tab: &Tab) -> Vec<String> {
    (1..=tab.count("li")).map(|at| tab.text(&format!("li:nth-child({at})"))).collect()
}

/// A request from the page's origin, in this version of the protocol.
pub(crate) fn ask(method: &str, path: &str) -> http::request::Builder {
    Request::builder()
        .method(method)
        .uri(path)
        .header("host", "example.org")
        .header("origin", "https://example.org")
        .header("tus-resumable", "1.0.0")
}

pub(crate) fn metadata(pairs: &[(&str, &str)]) -> String {
    let pairs: Vec<_> =
        pairs.iter().map(|(key, value)| format!("{key} {}", STANDARD.encode(value))).collect();
    pairs.join(",")
}

pub(crate) fn header(response: &Response, name: &str) -> String {
    response.headers().get(name).map_or("", |value| value.to_str().unwrap()).to_owned()
}

fn offset_of(response: &Response) -> (u16, Option<u64>) {
    assert_eq!(header(response, "tus-resumable"), "1.0.0");
    (response.status().as_u16(), header(response, "upload-offset").parse().ok())
}

/// The word of a refusal.
pub(crate) async fn word(response: Response) -> String {
    let body = to_bytes(response.into_body(), 1 << 16).await.unwrap();
    let json: serde_json::Value = serde_json::from_slice(&body).unwrap();
    json["word"].as_str().unwrap().to_owned()
}

/// A body of these chunks.
pub(crate) fn body(chunks: impl Stream<Item = Result<Bytes, Infallible>> + Send + 'static) -> Body {
    Body::from_stream(chunks)
}
