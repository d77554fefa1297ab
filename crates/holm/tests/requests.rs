//! The transports over HTTP, request by request.
#![allow(clippy::unwrap_used, reason = "a test fails where it unwraps")]

use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use futures_util::StreamExt;
use holm::prelude::*;
use holm_wire::batch;
use holm_wire::down::Down;
use holm_wire::up::{self, JoinIsland, Resume, TOKEN};
use http::Request;
use tower::ServiceExt;

#[derive(Clone, Default, Serialize, Deserialize)]
struct Counter {
    count: u32,
}

#[derive(Event)]
enum Press {
    Inc,
}

impl Island for Counter {
    type Event = Press;

    fn render(&self) -> Markup {
        html! { output { (self.count) } }
    }

    async fn on(&mut self, Press::Inc: Press, _: &mut Cx<Press>) -> holm::Result {
        self.count += 1;
        Ok(())
    }
}

async fn home(page: Page) -> Page {
    page.title("Counter").body(|p| p.island(Counter::default()))
}

fn app(limits: Limits) -> Router {
    let live = Live::new().key([5; 32]).development(false).limits(limits).island::<Counter>();
    Router::new().route("/", get(home)).with_live(live)
}

async fn send(app: &Router, request: Request<Body>) -> Response {
    app.clone().oneshot(request).await.unwrap()
}

fn post(path: &str) -> http::request::Builder {
    Request::post(path).header("host", "example.org").header("origin", "https://example.org")
}

/// A page that has been requested.
struct Client {
    app: Router,
    seal: String,
    token: [u8; TOKEN],
}

impl Client {
    async fn new(app: Router) -> Self {
        let response = send(&app, Request::get("/").body(Body::empty()).unwrap()).await;
        let html =
            String::from_utf8(to_bytes(response.into_body(), 1 << 20).await.unwrap().to_vec()).unwrap();
        let seal = html.split("data-seal=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
        Self { app, seal, token: [0; TOKEN] }
    }

    /// One that has joined and polls.
    async fn polling(app: Router) -> Self {
        let mut client = Self::new(app).await;
        let frames = frames_of(client.open("/__live/poll", client.join(1, b"")).await).await;
        client.note(&frames[0]);
        client
    }

    fn join(&self, epoch: u64, token: &[u8]) -> Vec<u8> {
        let island =
            JoinIsland { name: "Counter", instance: "Counter:0", check: 0, seal: self.seal.as_bytes() };
        let (mut frame, mut body) = (Vec::new(), Vec::new());
        up::join(&mut frame, 0, "/", epoch, token, &[island]);
        batch::put(&mut body, &frame);
        body
    }

    fn resume(&self, epoch: u64, base: u64, seen: u64) -> Vec<u8> {
        let (mut frame, mut body) = (Vec::new(), Vec::new());
        up::resume(&mut frame, &Resume { wants: 0, path: "/", epoch, base, seen, token: &self.token });
        batch::put(&mut body, &frame);
        body
    }

    async fn open(&self, path: &str, body: Vec<u8>) -> Response {
        send(&self.app, post(path).body(body.into()).unwrap()).await
    }

    fn known(&self, path: &str, epoch: u64) -> http::request::Builder {
        post(path).header("holm-session", URL_SAFE_NO_PAD.encode(self.token)).header("holm-epoch", epoch)
    }

    async fn up(&self, epoch: u64, frames: &[Vec<u8>]) -> u16 {
        send(&self.app, self.known("/__live/up", epoch).body(together(frames).into()).unwrap())
            .await
            .status()
            .as_u16()
    }

    async fn poll(&self, epoch: u64, seen: u64, frames: &[Vec<u8>]) -> (u16, Vec<Vec<u8>>) {
        let request = self.known("/__live/poll", epoch).header("holm-seen", seen);
        let response = send(&self.app, request.body(together(frames).into()).unwrap()).await;
        let status = response.status().as_u16();
        (status, if status == 200 { frames_of(response).await } else { Vec::new() })
    }

    fn note(&mut self, frame: &[u8]) {
        if let Ok(Down::Joined(joined)) = Down::decode(frame) {
            self.token = *joined.token;
        }
    }
}

fn together(frames: &[Vec<u8>]) -> Vec<u8> {
    let mut body = Vec::new();
    for frame in frames {
        batch::put(&mut body, frame);
    }
    body
}

async fn frames_of(response: Response) -> Vec<Vec<u8>> {
    let body = to_bytes(response.into_body(), 1 << 20).await.unwrap();
    batch::frames(&body).map(|frame| frame.unwrap().to_vec()).collect()
}

/// A body that arrives as it is sent.
fn in_pieces() -> (tokio::sync::mpsc::Sender<Vec<u8>>, Body) {
    let (pieces, body) = tokio::sync::mpsc::channel(1);
    let stream = futures_util::stream::unfold(body, |mut body| async {
        body.recv().await.map(|piece| (Ok::<Vec<u8>, std::convert::Infallible>(piece), body))
    });
    (pieces, Body::from_stream(stream))
}

fn inc(seq: u64) -> Vec<u8> {
    let mut frame = Vec::new();
    up::event(&mut frame, 1, seq, "inc", "");
    frame
}

fn kinds(frames: &[Vec<u8>]) -> Vec<u8> {
    frames.iter().map(|frame| frame[0]).collect()
}

/// The next event of a stream with frames in it: its id and their bytes.
async fn event(stream: &mut axum::body::BodyDataStream) -> Option<(u64, Vec<Vec<u8>>)> {
    loop {
        let chunk = stream.next().await?.unwrap();
        let text = std::str::from_utf8(&chunk).unwrap();
        let Some(rest) = text.strip_prefix("id: ") else {
            assert_eq!(text, ":\n\n");
            continue;
        };
        let (id, data) = rest.split_once("\ndata: ").unwrap();
        let bytes = STANDARD.decode(data.strip_suffix("\n\n").unwrap()).unwrap();
        return Some((
            id.parse().unwrap(),
            batch::frames(&bytes).map(|frame| frame.unwrap().to_vec()).collect(),
        ));
    }
}

#[tokio::test(start_paused = true)]
async fn a_stream_brings_frames_as_events_and_posts_take_them_up() {
    let mut client = Client::new(app(Limits::default())).await;
    let response = client.open("/__live/stream", client.join(1, b"")).await;
    assert_eq!(response.status(), 200);
    let header = |name: &str| response.headers()[name].to_str().unwrap().to_owned();
    assert_eq!(header("content-type"), "text/event-stream");
    assert!(header("cache-control").starts_with("no-store"));
    assert_eq!(header("x-accel-buffering"), "no");
    let mut stream = response.into_body().into_data_stream();
    let (id, frames) = event(&mut stream).await.unwrap();
    assert_eq!((id, kinds(&frames)), (0, vec![0x10]));
    client.note(&frames[0]);
    assert_eq!(client.up(1, &[inc(1), inc(2)]).await, 204);
    let (id, frames) = event(&mut stream).await.unwrap();
    // Both events were there when the edit was rendered.
    assert_eq!((id, kinds(&frames)), (1, vec![0x13]));
    // The same batch again, as after an answer that was lost: an acknowledgement, and nothing twice.
    assert_eq!(client.up(1, &[inc(1), inc(2)]).await, 204);
    assert_eq!(kinds(&event(&mut stream).await.unwrap().1), [0x12]);
}

#[tokio::test(start_paused = true)]
async fn a_stream_ends_itself_and_the_next_goes_on() {
    let limits = Limits { stream_time: Duration::from_secs(20), ..Limits::default() };
    let mut client = Client::new(app(limits)).await;
    let mut stream = client.open("/__live/stream", client.join(1, b"")).await.into_body().into_data_stream();
    let (_, frames) = event(&mut stream).await.unwrap();
    client.note(&frames[0]);
    let (_, frames) = event(&mut stream).await.unwrap();
    assert_eq!(frames, [vec![0x02, 0]], "come back at once");
    assert!(stream.next().await.is_none());
    drop(stream);
    let mut stream =
        client.open("/__live/stream", client.resume(2, 1, 0)).await.into_body().into_data_stream();
    assert_eq!(kinds(&event(&mut stream).await.unwrap().1), [0x03]);
    assert_eq!(client.up(1, &[inc(1)]).await, 409, "the connection before is over");
    assert_eq!(client.up(2, &[inc(1)]).await, 204);
    assert_eq!(kinds(&event(&mut stream).await.unwrap().1), [0x13]);
}

#[tokio::test(start_paused = true)]
async fn a_quiet_stream_says_that_it_is_alive() {
    let client = Client::new(app(Limits::default())).await;
    let mut stream = client.open("/__live/stream", client.join(1, b"")).await.into_body().into_data_stream();
    event(&mut stream).await.unwrap();
    let begun = tokio::time::Instant::now();
    assert_eq!(stream.next().await.unwrap().unwrap(), ":\n\n");
    assert!(begun.elapsed() <= Duration::from_secs(16));
}

#[tokio::test(start_paused = true)]
async fn a_poll_waits_and_a_lost_answer_comes_again() {
    let mut client = Client::new(app(Limits::default())).await;
    let frames = frames_of(client.open("/__live/poll", client.join(1, b"")).await).await;
    assert_eq!(kinds(&frames), [0x10]);
    client.note(&frames[0]);
    let (_, frames) = client.poll(1, 0, &[inc(1)]).await;
    assert_eq!(kinds(&frames), [0x13]);
    // That answer was lost.
    let (_, frames) = client.poll(1, 0, &[]).await;
    assert_eq!(kinds(&frames), [0x13]);
    let (_, frames) = client.poll(1, 0, &[inc(2)]).await;
    assert_eq!(kinds(&frames), [0x13, 0x13], "the same frame under the same number, and the next");
    let begun = tokio::time::Instant::now();
    let (status, frames) = client.poll(1, 2, &[]).await;
    // Within the time of a poll there is a seal.
    assert_eq!((status, kinds(&frames)), (200, vec![0x15]));
    let (_, frames) = client.poll(1, 3, &[]).await;
    assert_eq!(frames, Vec::<Vec<u8>>::new());
    assert!(begun.elapsed() >= Limits::default().poll_time);
}

#[tokio::test(start_paused = true)]
async fn a_poll_that_arrives_twice_changes_nothing_that_was_said() {
    let client = Client::polling(app(Limits::default())).await;
    let (_, first) = client.poll(1, 0, &[inc(1)]).await;
    assert_eq!(client.up(1, &[inc(2)]).await, 204);
    // A copy of the first poll, whose answer nobody reads.
    let (_, copy) = client.poll(1, 0, &[inc(1)]).await;
    assert_eq!(copy[0], first[0]);
    assert_eq!(copy.len(), 2);
    let (_, frames) = client.poll(1, 1, &[]).await;
    assert_eq!(frames, copy[1..], "what the page has not seen, as the copy had it");
    assert_eq!(client.poll(1, 0, &[]).await.0, 409, "a copy that comes late");
    assert_eq!(client.poll(1, 2, &[inc(3)]).await.0, 200);
}

#[tokio::test(start_paused = true)]
async fn a_later_poll_takes_over_from_one_that_waits_and_posts_wake_it() {
    let client = Client::polling(app(Limits::default())).await;
    let (earlier, later, posted) = tokio::join!(client.poll(1, 0, &[]), client.poll(1, 0, &[]), async {
        tokio::task::yield_now().await;
        client.up(1, &[inc(1)]).await
    });
    assert_eq!((earlier.0, earlier.1.len()), (200, 0));
    assert_eq!((later.0, kinds(&later.1), posted), (200, vec![0x13], 204));
}

#[tokio::test(start_paused = true)]
async fn what_comes_up_while_one_poll_follows_another_is_taken() {
    let client = Client::polling(app(Limits::default())).await;
    // The head of a request, whose body comes in two pieces between which the page polls again, and again.
    let batch = together(&[inc(1), inc(2)]);
    let (halves, body) = in_pieces();
    let request = client.known("/__live/up", 1).body(body).unwrap();
    let (posted, (_, first), second) =
        tokio::join!(send(&client.app, request), client.poll(1, 0, &[]), async {
            halves.send(batch[..5].to_vec()).await.unwrap();
            let answers = client.poll(1, 0, &[]);
            halves.send(batch[5..].to_vec()).await.unwrap();
            drop(halves);
            answers.await.1
        });
    assert_eq!(posted.status(), 204);
    assert_eq!(first, Vec::<Vec<u8>>::new(), "the second took over");
    assert!(kinds(&second).contains(&0x13));
    let (_, frames) = client.poll(1, 0, &[inc(3)]).await;
    assert!(frames.last().unwrap().ends_with(b"3"), "{frames:?}");
}

#[tokio::test(start_paused = true)]
async fn what_arrives_when_another_connection_has_begun_is_refused_and_may_come_again() {
    let client = Client::polling(app(Limits::default())).await;
    let (pieces, body) = in_pieces();
    let request = client.known("/__live/up", 1).body(body).unwrap();
    let (posted, frames) = tokio::join!(send(&client.app, request), async {
        let frames = frames_of(client.open("/__live/poll", client.resume(2, 1, 0)).await).await;
        pieces.send(together(&[inc(1)])).await.unwrap();
        drop(pieces);
        frames
    });
    assert_eq!((posted.status().as_u16(), kinds(&frames)), (409, vec![0x03]));
    assert_eq!(client.up(2, &[inc(1)]).await, 204);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_taken_counts_however_polls_and_posts_meet() {
    const ROUNDS: u64 = 300;
    const EACH: u64 = 8;
    let limits = Limits { events_per_second: 1_000_000, events_burst: 1_000_000, ..Limits::default() };
    let client = Client::polling(app(limits)).await;
    let client = std::sync::Arc::new(client);
    let mut seen = 0;
    for round in 0..ROUNDS {
        let posting = std::sync::Arc::clone(&client);
        let frames: Vec<_> = (1..=EACH).map(|each| inc(round * EACH + each)).collect();
        let posted = tokio::spawn(async move { posting.up(1, &frames).await });
        let (status, frames) = client.poll(1, seen, &[]).await;
        assert_eq!((status, posted.await.unwrap()), (200, 204));
        seen += frames.iter().filter(|frame| holm_wire::down::is_counted(frame[0])).count() as u64;
    }
    // One that follows a lost one would be refused.
    let last = ROUNDS * EACH + 1;
    assert_eq!(client.up(1, &[inc(last)]).await, 204);
    loop {
        let (_, frames) = client.poll(1, seen, &[]).await;
        assert_ne!(frames, Vec::<Vec<u8>>::new(), "there is no answer to the last");
        seen += frames.iter().filter(|frame| holm_wire::down::is_counted(frame[0])).count() as u64;
        for frame in frames {
            match Down::decode(&frame).unwrap() {
                Down::EditAck { seq, .. } if seq == last => return,
                Down::Error { sentence, .. } => panic!("{sentence}"),
                _ => {}
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_transport_may_change_and_nothing_is_lost() {
    let mut client = Client::new(app(Limits::default())).await;
    let mut stream = client.open("/__live/stream", client.join(1, b"")).await.into_body().into_data_stream();
    client.note(&event(&mut stream).await.unwrap().1[0]);
    assert_eq!(client.up(1, &[inc(1)]).await, 204);
    drop(stream);
    let frames = frames_of(client.open("/__live/poll", client.resume(2, 1, 0)).await).await;
    assert_eq!(kinds(&frames), [0x03, 0x13]);
    assert_eq!(client.up(2, &[inc(2)]).await, 204);
    let mut stream =
        client.open("/__live/stream", client.resume(3, 2, 1)).await.into_body().into_data_stream();
    let (_, frames) = event(&mut stream).await.unwrap();
    assert_eq!(kinds(&frames), [0x03, 0x13]);
    assert!(frames[1].ends_with(b"2"));
}

#[tokio::test(start_paused = true)]
async fn a_server_without_the_session_says_so_and_the_seal_restores_it() {
    let mut client = Client::polling(app(Limits::default())).await;
    assert_eq!(client.up(1, &[inc(1)]).await, 204);
    // The same key, nothing in memory.
    client.app = app(Limits::default());
    assert_eq!(client.up(1, &[inc(2)]).await, 409);
    assert_eq!(client.poll(1, 1, &[]).await.0, 409);
    let frames = frames_of(client.open("/__live/poll", client.resume(2, 1, 1)).await).await;
    assert_eq!(kinds(&frames), [0x16]);
    let mut body = client.join(2, &client.token);
    batch::put(&mut body, &inc(1));
    let frames = frames_of(client.open("/__live/poll", body).await).await;
    assert_eq!(kinds(&frames), [0x10, 0x13]);
}

#[tokio::test(start_paused = true)]
async fn what_is_no_request_of_ours_gets_a_status_and_a_code() {
    let limits = Limits { join_bytes: 1_000, connections: 1, ..Limits::default() };
    let mut client = Client::new(app(limits)).await;
    let status = async |request: http::request::Builder, body: Vec<u8>| {
        let response = send(&client.app, request.body(body.into()).unwrap()).await;
        let status = response.status().as_u16();
        let bytes = to_bytes(response.into_body(), 10_000).await.unwrap();
        let json: serde_json::Value = serde_json::from_slice(&bytes).unwrap_or_default();
        (status, json["word"].as_str().unwrap_or_default().to_owned())
    };
    for path in ["/__live/stream", "/__live/poll"] {
        for body in [Vec::new(), vec![1, 0], vec![9, 1], vec![0xff; 30], vec![0; 999]] {
            assert_eq!(status(post(path), body).await, (400, "bad_frame".to_owned()));
        }
        assert_eq!(status(post(path), vec![0; 1_001]).await, (413, "frame_too_large".to_owned()));
        let foreign = Request::post(path).header("host", "example.org").header("origin", "https://evil.net");
        assert_eq!(status(foreign, client.join(1, b"")).await, (403, "forbidden_origin".to_owned()));
    }
    for header in [("holm-session", "?"), ("holm-epoch", "1"), ("holm-seen", "x")] {
        for path in ["/__live/up", "/__live/poll"] {
            let (code, _) = status(post(path).header(header.0, header.1), Vec::new()).await;
            assert_eq!(code, 400, "{path} {header:?}");
        }
    }
    assert_eq!(client.up(1, &[]).await, 409);
    let frames = frames_of(client.open("/__live/poll", client.join(1, b"")).await).await;
    client.note(&frames[0]);
    assert_eq!(client.open("/__live/poll", client.join(1, b"")).await.status(), 503, "at the cap");
    assert_eq!(client.poll(1, 7, &[]).await.0, 409, "more than was sent");
    assert_eq!(client.up(1, &[inc(1)]).await, 204);
}

#[tokio::test(start_paused = true)]
async fn a_page_that_polls_no_more_is_parked_and_its_place_is_free() {
    let client = Client::polling(app(Limits { connections: 1, ..Limits::default() })).await;
    let Limits { poll_gap: gap, poll_time, .. } = Limits::default();
    assert!(poll_time > gap, "an answer that takes its time is none of the gap");
    assert_eq!(client.poll(1, 0, &[]).await, (200, vec![]));
    // Whatever it sends says that it is there.
    for seq in 1..=3 {
        tokio::time::sleep(gap.checked_sub(Duration::from_secs(1)).unwrap()).await;
        assert_eq!(client.up(1, &[inc(seq)]).await, 204);
    }
    let other = Client::new(client.app.clone()).await;
    assert_eq!(other.open("/__live/poll", other.join(1, b"")).await.status(), 503);
    tokio::time::sleep(gap + Duration::from_secs(1)).await;
    assert_eq!(other.open("/__live/poll", other.join(1, b"")).await.status(), 200);
    assert_eq!(client.up(1, &[inc(4)]).await, 409);
}

#[tokio::test(start_paused = true)]
async fn a_page_that_comes_back_after_a_long_gap_goes_on() {
    let client = Client::polling(app(Limits::default())).await;
    assert_eq!(client.up(1, &[inc(1)]).await, 204);
    tokio::time::sleep(Limits::default().poll_gap + Duration::from_secs(1)).await;
    assert_eq!(client.poll(1, 0, &[]).await.0, 409);
    let frames = frames_of(client.open("/__live/poll", client.resume(2, 1, 0)).await).await;
    assert_eq!(kinds(&frames)[..2], [0x03, 0x13], "what it had not seen, and no word of silence");
}

#[tokio::test(start_paused = true)]
async fn past_its_tokens_a_page_is_asked_to_wait_and_loses_nothing() {
    let limits = Limits { events_burst: 5, events_per_second: 10, ..Limits::default() };
    let client = Client::polling(app(limits)).await;
    let all: Vec<_> = (1..=8).map(inc).collect();
    let request = client.known("/__live/up", 1).body(together(&all).into()).unwrap();
    let response = send(&client.app, request).await;
    // The join took two of five tokens.
    let taken: usize = response.headers()["holm-taken"].to_str().unwrap().parse().unwrap();
    assert_eq!((response.status().as_u16(), taken), (429, 3));
    let request = client.known("/__live/up", 1).body(together(&all[taken..]).into()).unwrap();
    let response = send(&client.app, request).await;
    assert_eq!((response.status().as_u16(), response.headers()["retry-after"].to_str().unwrap()), (429, "1"));
    // Listening goes on meanwhile.
    let (status, frames) = client.poll(1, 0, &[]).await;
    assert_eq!((status, kinds(&frames)), (200, vec![0x13]));
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(client.up(1, &all[taken..]).await, 204);
    let (_, frames) = client.poll(1, 1, &[]).await;
    let last = frames.iter().rev().find(|frame| frame[0] == 0x13).unwrap();
    assert!(matches!(Down::decode(last), Ok(Down::EditAck { seq: 8, .. })));
}

#[tokio::test(start_paused = true)]
async fn an_address_has_so_many_connections_whoever_forwards_them() {
    let limits = Limits { connections_per_ip: 2, ..Limits::default() };
    let live = Live::new().key([5; 32]).development(false).limits(limits).island::<Counter>();
    let app = Router::new().route("/", get(home)).with_live(live.trust_proxy("10.0.0.0/8"));
    let client = Client::new(app).await;
    let open = async |peer: &str, forwarded: &str| {
        let mut request = post("/__live/stream").body(client.join(1, b"").into()).unwrap();
        let peer: std::net::SocketAddr = peer.parse().unwrap();
        request.extensions_mut().insert(axum::extract::ConnectInfo(peer));
        if !forwarded.is_empty() {
            request.headers_mut().insert("x-forwarded-for", forwarded.parse().unwrap());
        }
        send(&client.app, request).await
    };
    let first = open("203.0.113.7:1000", "").await;
    // What a stranger says of others is nothing.
    let second = open("203.0.113.7:1001", "198.51.100.1").await;
    assert_eq!((first.status().as_u16(), second.status().as_u16()), (200, 200));
    let third = open("10.0.0.1:1000", "198.51.100.1, 203.0.113.7").await;
    assert_eq!(third.status(), 429);
    assert!(third.headers().contains_key("retry-after"));
    let body = to_bytes(third.into_body(), 10_000).await.unwrap();
    assert!(String::from_utf8_lossy(&body).contains("too_many_connections"));
    assert_eq!(open("10.0.0.1:1000", "203.0.113.8").await.status(), 200);
    assert_eq!(open("127.0.0.1:1000", "").await.status(), 200, "the developer is not counted");
    drop(first);
    assert_eq!(open("10.0.0.1:1000", "203.0.113.7").await.status(), 200, "a place is given back");
}
