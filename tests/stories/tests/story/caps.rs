//! Who may open a socket, how many, and when one is taken for dead.

use std::time::{Duration, Instant};

use holm_wire::Code;
use stories::http;
use stories::peer::{PATIENCE, Peer};
use stories::server::Server;
use stories::stage::{Limits, app, hasty, live, with};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

#[tokio::test]
async fn a_foreign_origin_is_forbidden() {
    let server = Server::start(app(Limits::default())).await.unwrap();
    let address = server.address;
    let foreign = [
        "https://evil.example".to_owned(),
        "null".to_owned(),
        format!("http://{address}.evil.example"),
        format!("http://evil.example/{address}"),
        format!("http://localhost.evil.example:{}", address.port()),
        format!("http://127.0.0.1:{}", address.port().wrapping_add(1)),
    ];
    for origin in foreign {
        let refused = Peer::open_from(address, &origin).await.expect_err(&origin);
        assert_eq!(refused.status, 403, "{origin}");
    }
    Peer::open(address).await.expect("the page's own origin");
}

#[tokio::test]
async fn an_allowed_origin_may_open() {
    let live = live().allow_origin("https://friend.example");
    let server = Server::start(with(live)).await.unwrap();
    Peer::open_from(server.address, "https://friend.example").await.expect("it is on the list");
    let refused = Peer::open_from(server.address, "http://friend.example").await.unwrap_err();
    assert_eq!(refused.status, 403, "another scheme is another origin");
}

#[tokio::test]
async fn past_the_cap_a_socket_is_told_to_come_back_and_a_freed_place_is_given_again() {
    let server = Server::start(app(Limits { connections: 1, ..Limits::default() })).await.unwrap();
    let (first, _) = Peer::visit(server.address, "/").await;
    let refused = Peer::open(server.address).await.unwrap_err();
    assert_eq!(refused.status, 503);
    let after: u64 = refused.retry_after.expect("Retry-After").parse().expect("seconds");
    assert!((1..=600).contains(&after), "{after}");

    let status = http::get(server.address, "/__live/status").await.unwrap();
    assert_eq!(status.status, 200);
    for part in [
        r#""code":304"#,
        r#""word":"at_capacity""#,
        r#""connections":1"#,
        r#""limit":1"#,
        r#""retry_after":"#,
    ] {
        assert!(status.body.contains(part), "{part} in {}", status.body);
    }
    let page = http::get(server.address, "/").await.unwrap();
    assert_eq!(page.status, 200, "the page itself is served as ever");

    first.close().await;
    let until = Instant::now() + PATIENCE;
    while let Err(refused) = Peer::open(server.address).await {
        assert_eq!(refused.status, 503);
        assert!(Instant::now() < until, "the place was never freed");
        tokio::task::yield_now().await;
    }
    let status = http::get(server.address, "/__live/status").await.unwrap();
    assert!(status.body.contains(r#""limit":1"#), "{}", status.body);
}

#[tokio::test]
async fn a_peer_that_says_nothing_is_dropped_with_a_code() {
    let server = Server::start(app(hasty())).await.unwrap();
    let mut socket = TcpStream::connect(server.address).await.unwrap();
    let address = server.address;
    let upgrade = format!(
        "GET /__live HTTP/1.1\r\nHost: {address}\r\nOrigin: http://{address}\r\nConnection: Upgrade\r\n\
         Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
         Sec-WebSocket-Protocol: holm.1\r\n\r\n"
    );
    socket.write_all(upgrade.as_bytes()).await.unwrap();
    // This end answers no ping and no close: it only listens, until the server hangs up.
    let mut heard = Vec::new();
    tokio::time::timeout(PATIENCE, socket.read_to_end(&mut heard)).await.expect("it hangs up").unwrap();
    let code = Code::Silent.close().to_be_bytes();
    let close = heard.windows(4).find(|frame| frame[0] == 0x88 && frame[2..] == code);
    assert!(close.is_some(), "no close frame with 4305 at the end of {heard:02x?}");
}

#[tokio::test]
async fn a_heartbeat_is_answered_and_keeps_the_connection() {
    let limits = hasty();
    let lifetime = limits.silence * 3;
    let server = Server::start(app(limits)).await.unwrap();
    let mut peer = Peer::open(server.address).await.unwrap();
    let begun = Instant::now();
    while begun.elapsed() < lifetime {
        peer.send(vec![0x00]).await.unwrap();
        assert_eq!(peer.frame().await.0[..], [0x00]);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
