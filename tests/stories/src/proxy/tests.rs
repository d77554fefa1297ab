#![allow(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout};

use super::{How, Proxy, Side, Upgrades};

/// Answers every byte with itself, and ends when its peer does.
async fn echo() -> (Proxy, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let proxy = Proxy::start(listener.local_addr().unwrap(), 7).await.unwrap();
    let task = tokio::spawn(async move {
        loop {
            let (mut socket, _) = listener.accept().await.unwrap();
            tokio::spawn(async move {
                let (mut read, mut write) = socket.split();
                let _ = tokio::io::copy(&mut read, &mut write).await;
            });
        }
    });
    (proxy, task)
}

async fn said(socket: &mut TcpStream, text: &str) -> String {
    socket.write_all(text.as_bytes()).await.unwrap();
    heard(socket, text.len()).await
}

async fn heard(socket: &mut TcpStream, len: usize) -> String {
    let mut bytes = vec![0; len];
    socket.read_exact(&mut bytes).await.unwrap();
    String::from_utf8(bytes).unwrap()
}

/// What comes until the connection ends, and whether it was reset.
async fn rest(socket: &mut TcpStream) -> (String, bool) {
    let mut bytes = Vec::new();
    let reset = socket.read_to_end(&mut bytes).await.is_err();
    (String::from_utf8(bytes).unwrap(), reset)
}

#[tokio::test]
async fn without_faults_everything_passes_both_ways_and_ends_when_its_sender_does() {
    let (proxy, _echo) = echo().await;
    let mut socket = TcpStream::connect(proxy.address).await.unwrap();
    let long = "a holm is a small island ".repeat(10_000);
    let (mut read, mut write) = socket.split();
    let sent = async {
        write.write_all(long.as_bytes()).await.unwrap();
        write.shutdown().await.unwrap();
    };
    let mut back = String::new();
    let ((), got) = tokio::join!(sent, read.read_to_string(&mut back));
    got.unwrap();
    assert_eq!(back, long);
}

#[tokio::test]
async fn a_delay_holds_bytes_for_its_time_and_keeps_their_order() {
    let (proxy, _echo) = echo().await;
    proxy.set(|faults| faults.delay(Duration::from_millis(20), Duration::from_millis(30)));
    let mut socket = TcpStream::connect(proxy.address).await.unwrap();
    let begun = Instant::now();
    for digit in 0..10 {
        socket.write_all(format!("{digit}").as_bytes()).await.unwrap();
        tokio::task::yield_now().await;
    }
    assert_eq!(heard(&mut socket, 10).await, "0123456789");
    assert!(begun.elapsed() >= Duration::from_millis(40), "there and back");
}

#[tokio::test]
async fn a_rate_is_kept_and_can_be_lifted_meanwhile() {
    let (proxy, _echo) = echo().await;
    let mut socket = TcpStream::connect(proxy.address).await.unwrap();
    assert_eq!(proxy.order("down rate 2000"), Ok(()));
    let begun = Instant::now();
    assert_eq!(said(&mut socket, &"x".repeat(400)).await.len(), 400);
    assert!(begun.elapsed() >= Duration::from_millis(100));
    assert_eq!(proxy.order("down rate 1"), Ok(()));
    socket.write_all(&[b'y'; 200]).await.unwrap();
    assert_eq!(heard(&mut socket, 1).await, "y");
    assert_eq!(proxy.order("calm"), Ok(()));
    assert_eq!(heard(&mut socket, 199).await.len(), 199);
}

#[tokio::test]
async fn a_cut_comes_right_after_the_byte_it_is_set_for_and_once() {
    let (proxy, _echo) = echo().await;
    for (how, resets) in [(How::Close, false), (How::Reset, true)] {
        let mut socket = TcpStream::connect(proxy.address).await.unwrap();
        assert_eq!(said(&mut socket, "before").await, "before");
        proxy.cut_after(Side::Down, 4, how);
        socket.write_all(b"mid-frame").await.unwrap();
        let (text, reset) = rest(&mut socket).await;
        assert!("mid-".starts_with(&text) && (text.len() == 4 || resets), "{text:?}");
        assert!(reset || !resets, "{how:?} ended without a reset");
        let mut next = TcpStream::connect(proxy.address).await.unwrap();
        assert_eq!(said(&mut next, "after").await, "after");
    }
}

#[tokio::test]
async fn all_that_is_open_can_be_cut() {
    let (proxy, _echo) = echo().await;
    let mut sockets = Vec::new();
    for _ in 0..5 {
        let mut socket = TcpStream::connect(proxy.address).await.unwrap();
        assert_eq!(said(&mut socket, "hi").await, "hi");
        sockets.push(socket);
    }
    assert_eq!(proxy.open(), 5);
    assert_eq!(proxy.order("cut rst"), Ok(()));
    for mut socket in sockets {
        assert_eq!(rest(&mut socket).await, (String::new(), true));
    }
    assert_eq!(said(&mut TcpStream::connect(proxy.address).await.unwrap(), "hi").await, "hi");
}

#[tokio::test]
async fn a_half_open_connection_says_nothing_more_and_does_not_end() {
    let (proxy, _echo) = echo().await;
    let mut socket = TcpStream::connect(proxy.address).await.unwrap();
    assert_eq!(said(&mut socket, "hi").await, "hi");
    proxy.set(|faults| faults.mute(true));
    socket.write_all(b"lost").await.unwrap();
    socket.shutdown().await.unwrap();
    let silence = timeout(Duration::from_millis(100), rest(&mut socket)).await;
    assert!(silence.is_err(), "{silence:?}");
    proxy.set(|faults| faults.mute(false));
    let silence = timeout(Duration::from_millis(100), rest(&mut socket)).await;
    assert!(silence.is_err(), "what lost bytes stays silent: {silence:?}");
    let mut next = TcpStream::connect(proxy.address).await.unwrap();
    assert_eq!(said(&mut next, "hi").await, "hi");
    proxy.cut(How::Close);
    assert_eq!(rest(&mut socket).await.0, "");
}

#[tokio::test]
async fn new_connections_can_be_refused_while_open_ones_live() {
    let (proxy, _echo) = echo().await;
    let mut open = TcpStream::connect(proxy.address).await.unwrap();
    assert_eq!(said(&mut open, "hi").await, "hi");
    assert_eq!(proxy.order("refuse on"), Ok(()));
    // The reset may come before the connection is known to be there.
    if let Ok(mut refused) = TcpStream::connect(proxy.address).await {
        assert_eq!(rest(&mut refused).await, (String::new(), true));
    }
    assert_eq!(said(&mut open, "still").await, "still");
    assert_eq!(proxy.order("refuse off"), Ok(()));
    assert_eq!(said(&mut TcpStream::connect(proxy.address).await.unwrap(), "hi").await, "hi");
}

#[tokio::test]
async fn an_upgrade_can_be_refused_while_other_requests_pass() {
    let (proxy, _echo) = echo().await;
    let upgrade = "GET /__live HTTP/1.1\r\nUpgrade: WebSocket\r\n\r\n";
    let ask = async |text: &str| {
        let mut socket = TcpStream::connect(proxy.address).await.unwrap();
        socket.write_all(text.as_bytes()).await.unwrap();
        socket.shutdown().await.unwrap();
        rest(&mut socket).await.0
    };
    assert_eq!(ask(upgrade).await, upgrade);
    proxy.set(|faults| faults.upgrades = Upgrades::Status(502));
    assert!(ask(upgrade).await.starts_with("HTTP/1.1 502 "));
    assert_eq!(proxy.order("upgrade close"), Ok(()));
    assert_eq!(ask(upgrade).await, "");
    let plain = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
    assert_eq!(ask(plain).await, plain);
}

#[tokio::test]
async fn posts_can_come_twice_and_late_so_that_others_overtake_them() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let proxy = Proxy::start(listener.local_addr().unwrap(), 3).await.unwrap();
    let mut sockets = Vec::new();
    proxy.set(|faults| (faults.twice, faults.late_by) = (100, Duration::from_millis(5)));
    for number in 0..3 {
        let mut socket = TcpStream::connect(proxy.address).await.unwrap();
        let request = format!("POST / HTTP/1.1\r\nContent-Length: 1\r\n\r\n{number}");
        socket.write_all(request.as_bytes()).await.unwrap();
        sockets.push(socket);
    }
    let mut arrived = Vec::new();
    while arrived.len() < 6 {
        let (mut socket, _) = listener.accept().await.unwrap();
        let mut buffer = [0; 256];
        let count = socket.read(&mut buffer).await.unwrap();
        arrived.push(buffer[count - 1]);
        sockets.push(socket);
    }
    arrived.sort_unstable();
    assert_eq!(arrived, *b"001122");
}

#[tokio::test]
async fn words_that_mean_nothing_are_said_to() {
    let (proxy, _echo) = echo().await;
    for line in ["", "nonsense", "up", "up delay 3", "both mute perhaps", "cut hard", "twice x", "down cut 5"]
    {
        assert!(proxy.order(line).is_err(), "{line:?}");
    }
    let all =
        ["up delay 1 2", "both rate 5", "down mute off", "up cut 9 fin", "hold on", "twice 3", "late 4 5"];
    for line in all {
        assert_eq!(proxy.order(line), Ok(()), "{line:?}");
    }
}
