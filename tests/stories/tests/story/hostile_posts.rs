//! What a client that means harm may post: bodies that are no batches, headers that name no session, and slowness.
#![allow(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use holm_wire::batch;
use stories::http::{self, PageIsland};
use stories::peer::{Peer, event, join};
use stories::server::Server;
use stories::stage::{Limits, app};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::hostile::serves;

const PATHS: [&str; 3] = ["/__live/stream", "/__live/poll", "/__live/up"];

fn body(frames: &[Vec<u8>]) -> Vec<u8> {
    let mut all = Vec::new();
    for frame in frames {
        batch::put(&mut all, frame);
    }
    all
}

/// A page's session, from a first poll: its token as a header has it, and its islands.
async fn polled(server: &Server) -> (String, Vec<PageIsland>) {
    let islands = http::get(server.address, "/").await.unwrap().islands();
    let mut peer = Peer::open(server.address).await.unwrap();
    let session = peer.join_as(b"", 1, &islands).await.unwrap();
    drop(peer);
    (URL_SAFE_NO_PAD.encode(session.token), islands)
}

#[tokio::test]
async fn bodies_that_are_no_batches_are_refused_with_a_code() {
    let server = Server::start(app(Limits::default())).await.unwrap();
    let (_, islands) = polled(&server).await;
    let first = join("/", 0, &islands);
    let bodies = [
        vec![],
        vec![0],
        vec![0xff; 40],
        b"{\"json\":true}".to_vec(),
        // A length past the end, one past all bounds, an event in the place of a join, half a join.
        vec![0x05, 0x00],
        [vec![0xff; 9], vec![0x01]].concat(),
        body(&[event(1, 1, "inc", "")]),
        body(std::slice::from_ref(&first))[..20].to_vec(),
    ];
    for path in &PATHS[..2] {
        for body in &bodies {
            let answer = http::post(server.address, path, &[], body).await.unwrap();
            assert_eq!(answer.status, 400, "{path}: {body:02x?}");
            assert!(answer.body.contains(r#""word":"bad_frame""#), "{path}: {}", answer.body);
        }
    }
    let broken_after_the_first = [body(&[first]), vec![0x09, 0x00]].concat();
    let answer = http::post(server.address, "/__live/poll", &[], &broken_after_the_first).await.unwrap();
    assert_eq!(answer.status, 400, "{}", answer.body);
    serves(&server).await;
}

#[tokio::test]
async fn headers_that_name_no_session_are_refused_with_a_code() {
    let server = Server::start(app(Limits::default())).await.unwrap();
    let (token, _) = polled(&server).await;
    let forged = URL_SAFE_NO_PAD.encode([7; 24]);
    let long = "A".repeat(4_000);
    let body = body(&[vec![0x00]]);
    let no_session: [(&[(&str, &str)], u16); 9] = [
        (&[], 400),
        (&[("Holm-Session", &token)], 400),
        (&[("Holm-Epoch", "1")], 400),
        (&[("Holm-Session", &token), ("Holm-Epoch", "one")], 400),
        (&[("Holm-Session", &token), ("Holm-Epoch", "-1")], 400),
        (&[("Holm-Session", &token), ("Holm-Epoch", "99999999999999999999999")], 400),
        (&[("Holm-Session", "no base64!"), ("Holm-Epoch", "1")], 400),
        (&[("Holm-Session", &forged), ("Holm-Epoch", "1")], 409),
        (&[("Holm-Session", &long), ("Holm-Epoch", "1")], 409),
    ];
    for (headers, status) in no_session {
        let answer = http::post(server.address, "/__live/up", headers, &body).await.unwrap();
        assert_eq!(answer.status, status, "{headers:?}: {}", answer.body);
        assert!(answer.body.contains(r#""action":"#), "{headers:?}: {}", answer.body);
    }
    // The session is there, but no connection of it has this number.
    for epoch in ["0", "2", "18446744073709551615"] {
        let headers = [("Holm-Session", &*token), ("Holm-Epoch", epoch), ("Holm-Seen", "0")];
        for path in &PATHS[1..] {
            let answer = http::post(server.address, path, &headers, &body).await.unwrap();
            assert_eq!(answer.status, 409, "{path}, epoch {epoch}: {}", answer.body);
            assert!(answer.body.contains("session_gone"), "{}", answer.body);
        }
    }
    serves(&server).await;
}

#[tokio::test]
async fn posts_of_other_origins_and_by_other_methods_are_refused() {
    let server = Server::start(app(Limits::default())).await.unwrap();
    let (token, islands) = polled(&server).await;
    let body = body(&[join("/", 0, &islands)]);
    for path in PATHS {
        for origin in ["https://evil.example", "null", "http://127.0.0.1:1", "", "\u{7f}"] {
            let headers = [("Origin", origin), ("Holm-Session", &token), ("Holm-Epoch", "1")];
            let answer = http::post(server.address, path, &headers, &body).await.unwrap();
            assert!([400, 403].contains(&answer.status), "{path} from {origin:?}: {}", answer.status);
        }
        assert_eq!(http::get(server.address, path).await.unwrap().status, 405, "{path}");
    }
    serves(&server).await;
}

#[tokio::test]
async fn bodies_past_the_limit_are_refused_whether_they_say_so_or_not() {
    let limits = Limits { join_bytes: 20_000, ..Limits::default() };
    let server = Server::start(app(limits)).await.unwrap();
    for path in &PATHS[..2] {
        let answer = http::post(server.address, path, &[], &vec![0; 20_001]).await.unwrap();
        assert_eq!(answer.status, 413, "{path}");
        assert!(answer.body.contains("frame_too_large"), "{}", answer.body);
        // A length that no memory has, and a chunked body that says nothing of its length.
        let lie = format!("POST {path} HTTP/1.0\r\nHost: h\r\nContent-Length: 99999999999\r\n\r\n");
        assert_eq!(http::request(server.address, &lie).await.unwrap().status, 413, "{path}");
        let chunk = format!("{:x}\r\n{}\r\n", 8_000, "x".repeat(8_000));
        let chunked = format!(
            "POST {path} HTTP/1.1\r\nHost: h\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n{}",
            chunk.repeat(3)
        );
        assert_eq!(http::request(server.address, &chunked).await.unwrap().status, 413, "{path}");
    }
    serves(&server).await;
}

#[tokio::test]
async fn bodies_that_never_arrive_hold_no_place_for_long() {
    let server = Server::start(app(Limits { connections: 3, ..Limits::default() })).await.unwrap();
    let mut slow = Vec::new();
    for path in [PATHS[0], PATHS[1]] {
        let mut socket = TcpStream::connect(server.address).await.unwrap();
        let head = format!("POST {path} HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\n\x05");
        socket.write_all(head.as_bytes()).await.unwrap();
        slow.push(socket);
    }
    serves(&server).await;
    for mut socket in slow {
        let mut answer = vec![0; 4_096];
        let read = tokio::time::timeout(stories::peer::PATIENCE, socket.read(&mut answer)).await;
        let count = read.expect("the server waits no longer").unwrap();
        let answer = String::from_utf8_lossy(&answer[..count]).into_owned();
        assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
    }
    let status = http::get(server.address, "/__live/status").await.unwrap();
    assert!(status.body.contains(r#""connections":0"#), "{}", status.body);
}
