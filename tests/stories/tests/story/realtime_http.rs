//! Messages to realtime channels by POST, and what a foreign page may do.

use axum::Router;
use holm::realtime::{Channel as Kind, Event, Joiner, Realtime, Sender};
use holm::{Error, Limits, Principal};
use stories::channel::Channel;
use stories::http::{self, Answer};
use stories::server::Server;

fn realtime() -> Realtime {
    Realtime::new()
        .identify(|request| async move {
            let user = request.headers.get("x-user").and_then(|user| user.to_str().ok());
            Ok(user.map_or_else(Principal::anonymous, Principal::new))
        })
        .channel(
            "room/*",
            Kind::new()
                .authorize(|who: Joiner| async move {
                    if who.param() == "attic" { Err(Error::public("Nobody goes there.")) } else { Ok(()) }
                })
                .on_message(|from: Sender, event: Event| async move {
                    let who = from.principal().id().unwrap_or("somebody").to_owned();
                    from.channel().broadcast(Event::new("said").text(format!("{who}: {}", event.data())));
                    Ok(())
                }),
        )
        .channel("open", Kind::new().clients_publish(true))
        .channel("closed", Kind::new())
}

async fn serve(realtime: &Realtime) -> Server {
    Server::start(Router::new().route("/realtime", realtime.endpoint())).await.expect("a free port")
}

async fn post(server: &Server, headers: &[(&str, &str)], body: &str) -> Answer {
    http::post(server.address, "/realtime", headers, body.as_bytes()).await.expect("an answer")
}

#[tokio::test]
async fn a_message_by_post_goes_where_one_over_a_socket_goes() {
    let realtime = realtime();
    let server = serve(&realtime).await;
    let mut ada = Channel::open(server.address, "/realtime", &[]).await.unwrap();
    ada.say(r#"{"type":"subscribe","channel":"room/7"}"#).await;
    ada.say(r#"{"type":"subscribe","channel":"open"}"#).await;
    ada.heard(r#""id":"open""#).await;
    let sent = r#"{"type":"send","channel":"room/7","data":1,"id":5}"#;
    let answer = post(&server, &[("X-User", "bob")], sent).await;
    assert_eq!((answer.status, &*answer.body), (200, r#"{"type":"ack","id":5,"delivered":0}"#));
    assert!(ada.heard("event").await.contains(r#""data":"bob: 1""#));
    let answer =
        post(&server, &[], r#"{"type":"send","channel":"open","name":"n","data":[2],"id":"x"}"#).await;
    assert_eq!(answer.body, r#"{"type":"ack","id":"x","delivered":1}"#);
    assert!(ada.heard("event").await.contains(r#""name":"n","data":[2]"#));
}

#[tokio::test]
async fn what_cannot_be_posted_is_refused_with_a_status_a_code_and_a_sentence() {
    let realtime = realtime().limits(Limits { realtime_message_bytes: 500, ..Limits::default() });
    let server = serve(&realtime).await;
    for (body, status, code) in [
        ("", 400, "bad_message"),
        ("{", 400, "bad_message"),
        (r#"{"type":"subscribe","channel":"open"}"#, 400, "bad_message"),
        (r#"{"type":"send","channel":"nowhere","data":1}"#, 404, "unknown_channel"),
        (r#"{"type":"send","channel":"closed","data":1}"#, 403, "forbidden"),
        (r#"{"type":"send","channel":"room/attic","data":1}"#, 403, "forbidden"),
        (
            &format!(r#"{{"type":"send","channel":"open","data":"{}"}}"#, "x".repeat(600)),
            413,
            "message_too_large",
        ),
    ] {
        let answer = post(&server, &[], body).await;
        assert_eq!(answer.status, status, "{body}: {}", answer.body);
        assert!(answer.body.contains(&format!(r#""code":"{code}""#)), "{body}: {}", answer.body);
        assert_eq!(answer.header("content-type"), Some("application/json"));
    }
    let answer = http::post(server.address, "/realtime", &[], &[0xff, 0xfe]).await.unwrap();
    assert_eq!(answer.status, 400, "what is no UTF-8");
}

#[tokio::test]
async fn a_page_of_another_origin_posts_only_where_it_may() {
    let realtime = realtime().allow_origin("https://friend.example");
    let server = serve(&realtime).await;
    let ping = r#"{"type":"ping"}"#;
    let answer = post(&server, &[("Origin", "https://evil.example")], ping).await;
    assert_eq!((answer.status, answer.header("access-control-allow-origin")), (403, None));
    let answer = post(&server, &[("Origin", "https://friend.example")], ping).await;
    assert_eq!(
        (answer.status, answer.header("access-control-allow-origin")),
        (200, Some("https://friend.example"))
    );
    let asked = format!(
        "OPTIONS /realtime HTTP/1.0\r\nHost: {}\r\nOrigin: https://friend.example\r\n\r\n",
        server.address
    );
    let answer = http::request(server.address, &asked).await.unwrap();
    assert_eq!((answer.status, answer.header("access-control-allow-methods")), (204, Some("GET, POST")));
    let put = format!("PUT /realtime HTTP/1.0\r\nHost: {}\r\n\r\n", server.address);
    assert_eq!(http::request(server.address, &put).await.unwrap().status, 405);
}

#[tokio::test]
async fn who_posts_too_much_waits() {
    let limits = Limits { realtime_burst: 3, realtime_per_second: 1, ..Limits::default() };
    let realtime = realtime().limits(limits);
    let server = serve(&realtime).await;
    let ping = r#"{"type":"ping"}"#;
    for _ in 0..3 {
        assert_eq!(post(&server, &[("X-User", "ada")], ping).await.status, 200);
    }
    let answer = post(&server, &[("X-User", "ada")], ping).await;
    assert_eq!(answer.status, 429);
    assert!(answer.header("retry-after").is_some() && answer.body.contains("too_many_events"));
    assert_eq!(post(&server, &[("X-User", "bob")], ping).await.status, 200, "another has tokens of its own");
    for _ in 0..3 {
        assert_eq!(post(&server, &[], ping).await.status, 200, "so has who is nobody, at this address");
    }
    assert_eq!(post(&server, &[], ping).await.status, 429);
    assert_eq!(
        post(&server, &[("X-Forwarded-For", "203.0.113.7")], ping).await.status,
        429,
        "no proxy of ours"
    );
}

#[tokio::test]
async fn programs_that_name_no_origin_may_be_refused_where_browsers_name_one() {
    let realtime = realtime().require_origin();
    let server = serve(&realtime).await;
    let own = format!("http://{}", server.address);
    assert_eq!(Channel::open(server.address, "/realtime", &[]).await.unwrap_err(), 403);
    Channel::open(server.address, "/realtime", &[("origin", &own)]).await.expect("the page's own origin");
    let ping = r#"{"type":"ping"}"#;
    assert_eq!(post(&server, &[], ping).await.status, 403);
    assert_eq!(post(&server, &[("Origin", &own)], ping).await.status, 200);
    let poll = http::get(server.address, "/realtime?channel=open").await.unwrap();
    assert_eq!(poll.status, 200, "a page names none for what it reads from its own origin");
}
