//! Realtime channels over real sockets: what a socket does that a connection in process cannot.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use futures_util::{SinkExt, StreamExt, stream};
use holm::realtime::{Channel as Kind, Event, Joiner, Message, Realtime, Sender, Socket};
use holm::{Error, Limits, Principal};
use stories::channel::Channel;
use stories::http;
use stories::peer::PATIENCE;
use stories::server::Server;
use tokio_tungstenite::tungstenite;

fn said(text: &str) -> Event {
    Event::new("said").text(text)
}

async fn serve(realtime: &Realtime) -> Server {
    Server::start(Router::new().route("/realtime", realtime.endpoint())).await.expect("a free port")
}

/// Opens the endpoint and hears that it is welcome.
async fn open(server: &Server) -> Channel {
    let mut channel = Channel::open(server.address, "/realtime", &[]).await.expect("a place");
    let welcome = channel.next().await.expect("a welcome");
    assert!(welcome.starts_with(r#"{"type":"welcome","socket":""#), "{welcome}");
    channel
}

async fn subscribe(channel: &mut Channel, name: &str) {
    channel.say(&format!(r#"{{"type":"subscribe","channel":"{name}"}}"#)).await;
    channel.heard(r#"{"type":"subscribed""#).await;
}

async fn until(mut so: impl FnMut() -> bool) {
    let end = Instant::now() + PATIENCE;
    while !so() {
        assert!(Instant::now() < end, "it never was so");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

async fn echo(State(realtime): State<(Realtime, Arc<AtomicUsize>)>, request: Request) -> Response {
    let (realtime, closed) = realtime;
    realtime
        .upgrade(request)
        .data(AtomicUsize::new(0))
        .on_message(|socket: Socket<AtomicUsize>, message| async move {
            let number = socket.data().fetch_add(1, Ordering::SeqCst) + 1;
            match message {
                Message::Text(text) if text == "err" => return Err(Error::public("No.")),
                Message::Text(text) => socket.send_message(format!("{number}: {text}")).await,
                Message::Binary(bytes) => socket.send_message(bytes.to_vec()).await,
            };
            Ok(())
        })
        .on_close(move |socket| async move {
            closed.fetch_add(socket.data().load(Ordering::SeqCst), Ordering::SeqCst);
            Ok(())
        })
        .into_response()
}

#[tokio::test]
async fn an_app_s_own_socket_echoes_with_data_of_its_own_and_says_when_it_is_closed() {
    let (realtime, closed) = (Realtime::new(), Arc::new(AtomicUsize::new(0)));
    let app = Router::new().route("/echo", get(echo)).with_state((realtime.clone(), Arc::clone(&closed)));
    let server = Server::start(app).await.unwrap();
    assert_eq!(http::get(server.address, "/echo").await.unwrap().status, 400, "no request for a socket");

    let mut one = Channel::open(server.address, "/echo", &[]).await.unwrap();
    let mut two = Channel::open(server.address, "/echo", &[]).await.unwrap();
    one.say("hello").await;
    assert_eq!(one.next().await.unwrap(), "1: hello");
    one.socket.send(tungstenite::Message::binary(vec![1, 2])).await.unwrap();
    assert_eq!(one.next().await.unwrap(), r#"b"\x01\x02""#);
    two.say("hello").await;
    assert_eq!(two.next().await.unwrap(), "1: hello", "another socket, other data");
    two.say("err").await;
    assert!(two.next().await.unwrap().contains(r#""code":"handler_error","sentence":"No.""#));
    assert_eq!(realtime.broadcast(said("all")), 2);
    assert!(one.next().await.unwrap().contains(r#""data":"all""#));
    one.socket.close(None).await.unwrap();
    assert_eq!(one.closed().await, 1005, "the server answers a close in kind");
    drop(two);
    until(|| closed.load(Ordering::SeqCst) == 4).await;
    assert_eq!(realtime.connections(), 0);
}

#[tokio::test]
async fn sockets_and_streams_and_an_app_s_own_are_in_one_channel() {
    let realtime = Realtime::new().channel("room/*", Kind::new());
    let app = Router::new()
        .route("/echo", get(echo))
        .with_state((realtime.clone(), Arc::default()))
        .route("/realtime", realtime.endpoint());
    let server = Server::start(app).await.unwrap();
    let mut socket = open(&server).await;
    subscribe(&mut socket, "room/7").await;
    let own = Channel::open(server.address, "/echo", &[]).await.unwrap();
    until(|| realtime.connections() == 2).await;
    // The one that is not in it yet.
    let (response, sender) = realtime.sse(Request::new(axum::body::Body::empty())).await.unwrap();
    let mut body = response.into_body().into_data_stream();
    let room = realtime.to_channel("room/7");
    assert!(room.join(sender.socket()));
    assert_eq!(room.broadcast(said("to both")), 2);
    assert!(socket.next().await.unwrap().contains("to both"));
    let mut text = String::new();
    while !text.contains("data: to both") {
        text.push_str(std::str::from_utf8(&body.next().await.unwrap().unwrap()).unwrap());
    }
    drop(body);
    assert_eq!(room.broadcast(said("to one")), 1, "who is gone is not told, others are");
    assert!(socket.next().await.unwrap().contains("to one"));
    drop(own);
}

#[tokio::test]
async fn what_is_no_text_or_too_large_is_answered_and_what_breaks_the_transport_ends_it() {
    let limits = Limits { realtime_message_bytes: 1_000, ..Limits::default() };
    let realtime = Realtime::new().limits(limits).channel("room/*", Kind::new());
    let server = serve(&realtime).await;
    let mut channel = open(&server).await;
    channel.socket.send(tungstenite::Message::binary(vec![0; 10])).await.unwrap();
    assert!(channel.next().await.unwrap().contains(r#""code":"bad_message""#));
    channel.say(&"x".repeat(5_000)).await;
    assert!(channel.next().await.unwrap().contains(r#""code":"message_too_large""#));
    channel.say(r#"{"type":"ping"}"#).await;
    assert_eq!(channel.next().await.unwrap(), r#"{"type":"pong"}"#);
    channel.say(&"x".repeat(9_000)).await;
    assert_eq!(channel.closed().await, 1009);
    until(|| realtime.connections() == 0).await;
}

#[tokio::test]
async fn a_flood_is_read_at_its_pace_and_all_of_it_is_answered() {
    let limits = Limits { realtime_burst: 100, realtime_per_second: 2_000, ..Limits::default() };
    let realtime = Realtime::new().limits(limits).channel("room/*", Kind::new());
    let server = serve(&realtime).await;
    let channel = open(&server).await;
    let (mut sink, mut source) = channel.socket.split();
    let flood = tokio::spawn(async move {
        for n in 0..1_000 {
            sink.feed(tungstenite::Message::text(format!(r#"{{"type":"ping","id":{n}}}"#))).await.unwrap();
        }
        sink.flush().await.unwrap();
        sink
    });
    let mut next = 0;
    while next < 1_000 {
        let message = tokio::time::timeout(PATIENCE, source.next()).await.expect("an answer in time");
        if let tungstenite::Message::Text(text) = message.unwrap().unwrap() {
            assert_eq!(text.as_str(), format!(r#"{{"type":"pong","id":{next}}}"#));
            next += 1;
        }
    }
    drop(flood.await.unwrap());
}

#[tokio::test]
async fn a_reader_that_does_not_read_is_sent_away_and_the_others_hear_everything() {
    let limits = Limits { realtime_outbox: 64, ..Limits::default() };
    let realtime = Realtime::new().limits(limits).channel("room/*", Kind::new());
    let server = serve(&realtime).await;
    let (mut slow, mut quick) = (open(&server).await, open(&server).await);
    subscribe(&mut slow, "room/7").await;
    subscribe(&mut quick, "room/7").await;
    let room = realtime.to_channel("room/7");
    let text = "x".repeat(50_000);
    let mut told = 0;
    while room.size() == 2 {
        told += 1;
        assert!(told < 5_000, "a quarter of a gigabyte waits for somebody");
        room.broadcast(said(&format!("{told} {text}")));
        quick.heard(&format!(r#""data":"{told} "#)).await;
    }
    until(|| realtime.connections() == 1).await;
    assert_eq!(room.broadcast(said("still here")), 1);
    quick.heard("still here").await;
    drop(slow);
}

#[tokio::test]
async fn a_feed_runs_as_long_as_its_reader_reads() {
    let realtime = Realtime::new().channel(
        "count",
        Kind::new()
            .stream(|_: Joiner| async { Ok(stream::iter(0..5_000).map(|n| Event::new("n").json(&n))) }),
    );
    let server = serve(&realtime).await;
    let mut channel = open(&server).await;
    subscribe(&mut channel, "count").await;
    for n in 0..5_000 {
        let text = channel.next().await.unwrap();
        assert!(text.contains(&format!(r#""data":{n}}}"#)), "{n}: {text}");
    }
    assert_eq!(channel.next().await.unwrap(), r#"{"type":"complete","id":"count"}"#);
}

#[tokio::test]
async fn signs_of_life_are_sent_and_who_gives_none_gives_its_place_back() {
    let realtime = Realtime::new().heartbeat(Duration::from_millis(100));
    let server = serve(&realtime).await;
    let mut alive = open(&server).await;
    let silent = open(&server).await;
    assert_eq!(realtime.connections(), 2);
    let mut pings = 0;
    while pings < 6 {
        let message = tokio::time::timeout(PATIENCE, alive.socket.next()).await.expect("a ping in time");
        pings += usize::from(message.unwrap().unwrap().is_ping());
    }
    // The silent one reads nothing, so it answers nothing; the other one has been answering all along.
    let listening = tokio::spawn(async move { alive.closed().await });
    until(|| realtime.connections() == 1).await;
    drop(silent);
    assert!(!listening.is_finished(), "who answers stays");
    listening.abort();
}

#[tokio::test]
async fn who_cannot_be_heard_while_a_hook_runs_is_not_taken_for_gone() {
    let (go, gone) = tokio::sync::watch::channel(false);
    let realtime = Realtime::new().heartbeat(Duration::from_millis(50)).channel(
        "room/*",
        Kind::new().on_message(move |_: Sender, _| {
            let mut gone = gone.clone();
            async move {
                let _ = gone.wait_for(|gone| *gone).await;
                Ok(())
            }
        }),
    );
    let server = serve(&realtime).await;
    let mut channel = open(&server).await;
    subscribe(&mut channel, "room/7").await;
    for id in [1, 2] {
        channel.say(&format!(r#"{{"type":"send","channel":"room/7","id":{id}}}"#)).await;
    }
    let mut pings = 0;
    while pings < 6 {
        let message = tokio::time::timeout(PATIENCE, channel.socket.next()).await.expect("a ping in time");
        let message = message.unwrap().unwrap();
        assert!(message.is_ping(), "{message:?}");
        pings += 1;
    }
    go.send(true).unwrap();
    assert_eq!(channel.next().await.unwrap(), r#"{"type":"ack","id":1,"delivered":0}"#);
    assert_eq!(channel.next().await.unwrap(), r#"{"type":"ack","id":2,"delivered":0}"#);
}

#[tokio::test]
async fn who_takes_nothing_is_gone_even_while_it_could_not_be_heard() {
    let large = || Ok(Event::new("n").text("x".repeat(32 * 1024)));
    let endless =
        Kind::new().stream(move |_: Joiner| async move { Ok(stream::iter(std::iter::repeat_with(large))) });
    let limits = Limits { realtime_outbox: 16, ..Limits::default() };
    let realtime =
        Realtime::new().limits(limits).heartbeat(Duration::from_millis(100)).channel("endless", endless);
    let server = serve(&realtime).await;
    let mut channel = open(&server).await;
    subscribe(&mut channel, "endless").await;
    // It goes on asking and reads no answer.
    for _ in 0..3 {
        channel.say(r#"{"type":"ping"}"#).await;
    }
    until(|| realtime.connections() == 0).await;
}

#[tokio::test]
async fn a_close_is_noticed_while_a_hook_runs() {
    let ended = Arc::new(AtomicUsize::new(0));
    let counting = Arc::clone(&ended);
    let (go, gone) = tokio::sync::watch::channel(false);
    let realtime = Realtime::new().channel(
        "room/*",
        Kind::new().on_message(move |_: Sender, _| {
            let (ended, mut gone) = (Arc::clone(&counting), gone.clone());
            async move {
                let _ = gone.wait_for(|gone| *gone).await;
                ended.fetch_add(1, Ordering::SeqCst);
                Ok(())
            }
        }),
    );
    let server = serve(&realtime).await;
    let mut channel = open(&server).await;
    subscribe(&mut channel, "room/7").await;
    channel.say(r#"{"type":"send","channel":"room/7","data":1}"#).await;
    drop(channel);
    until(|| realtime.connections() == 0).await;
    assert_eq!((realtime.channel_count(), ended.load(Ordering::SeqCst)), (0, 0));
    go.send(true).unwrap();
    until(|| ended.load(Ordering::SeqCst) == 1).await;
}

#[tokio::test]
async fn a_server_that_goes_says_so_to_sockets_and_to_streams() {
    let realtime = Realtime::new().channel("room/*", Kind::new());
    let server = serve(&realtime).await;
    let mut channel = open(&server).await;
    subscribe(&mut channel, "room/7").await;
    let address = server.address;
    let streaming = tokio::spawn(async move {
        let accept = format!(
            "GET /realtime?channel=room/7 HTTP/1.0\r\nHost: {address}\r\nAccept: text/event-stream\r\n\r\n"
        );
        http::request(address, &accept).await.unwrap().body
    });
    until(|| realtime.connections() == 2).await;
    let hub = realtime.hub();
    let draining = tokio::spawn(async move { hub.drain().await });
    assert_eq!(channel.closed().await, 1012);
    drop(channel);
    let body = streaming.await.unwrap();
    assert!(body.starts_with("retry: "), "{body}");
    assert!(body.ends_with("{\"type\":\"close\",\"code\":\"shutting_down\"}\n\n"), "{body}");
    draining.await.unwrap();
    assert_eq!(realtime.connections(), 0);
    assert_eq!(Channel::open(server.address, "/realtime", &[]).await.unwrap_err(), 503);
}

#[tokio::test]
async fn a_foreign_page_is_refused_and_who_is_not_identified_hears_why() {
    let realtime = Realtime::new().allow_origin("https://friend.example").identify(|request| async move {
        match request.headers.get("cookie").and_then(|cookie| cookie.to_str().ok()) {
            Some("user=ada") => Ok(Principal::new("ada")),
            Some(_) => Err(Error::public("That cookie is stale.")),
            None => Ok(Principal::anonymous()),
        }
    });
    let server = serve(&realtime).await;
    let open = |headers: &'static [(&'static str, &'static str)]| {
        Channel::open(server.address, "/realtime", headers)
    };
    assert_eq!(open(&[("origin", "https://evil.example")]).await.unwrap_err(), 403);
    open(&[("origin", "https://friend.example")]).await.expect("it is on the list");
    let mut stale = open(&[("cookie", "user=eve")]).await.unwrap();
    assert!(
        stale.next().await.unwrap().contains(r#""code":"unauthorized","sentence":"That cookie is stale.""#)
    );
    assert_eq!(stale.closed().await, 4308);
    let mut ada = open(&[("cookie", "user=ada")]).await.unwrap();
    ada.heard("welcome").await;
    assert_eq!(realtime.send_to(&Principal::new("ada"), said("hello")), 1);
    ada.heard("hello").await;
}

#[tokio::test]
async fn one_connection_too_many_is_told_when_to_come_back() {
    let realtime = Realtime::new().max_connections(1);
    let server = serve(&realtime).await;
    let first = open(&server).await;
    assert_eq!(Channel::open(server.address, "/realtime", &[]).await.unwrap_err(), 503);
    let accept =
        format!("GET /realtime HTTP/1.0\r\nHost: {}\r\nAccept: text/event-stream\r\n\r\n", server.address);
    let refused = http::request(server.address, &accept).await.unwrap();
    assert_eq!((refused.status, refused.header("retry-after")), (503, Some("5")));
    drop(first);
    until(|| realtime.connections() == 0).await;
    open(&server).await;
}
