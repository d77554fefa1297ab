//! How a server ends: in a process of its own, which a signal stops while sockets are open.
//!
//! The process is this test program again, asked for [`the_server`] alone.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use holm::prelude::*;

/// Tells the program that it is the server, and how many milliseconds its drain may take.
const DRAIN: &str = "HOLM_TEST_SHUTDOWN_DRAIN";
/// No wait in these tests takes so long unless something is broken.
const PATIENCE: Duration = Duration::from_secs(20);

#[test]
fn the_server() {
    let Ok(drain) = std::env::var(DRAIN) else { return };
    let drain = Duration::from_millis(drain.parse().unwrap());
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let live = Live::new().key([1; 32]).limits(Limits { drain, ..Limits::default() });
        let app = Router::new()
            .route("/echo", axum::routing::post(|body: String| async { body }))
            .route("/much", get(|| async { "x".repeat(64 * 1024 * 1024) }))
            .with_live(live);
        let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        writeln!(std::io::stdout(), "\nlistening {}", listener.local_addr().unwrap()).unwrap();
        holm::serve_on(listener, app).await.unwrap();
    });
}

/// A server in its own process, which does not outlive this.
struct Server {
    process: Child,
    address: SocketAddr,
    /// Kept open: the program writes to it at its end.
    _output: BufReader<ChildStdout>,
}

impl Server {
    fn start(drain: Duration) -> Self {
        let mut process = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "the_server", "--nocapture", "--quiet"])
            .env(DRAIN, drain.as_millis().to_string())
            .env_remove("HOLM_DRAIN_MS")
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut output = BufReader::new(process.stdout.take().unwrap());
        let mut lines = output.by_ref().lines().map_while(Result::ok);
        let address = lines.find_map(|line| line.strip_prefix("listening ")?.parse().ok());
        Self { process, address: address.expect("the server says where it listens"), _output: output }
    }

    fn signal(&self, name: &str) {
        let id = self.process.id().to_string();
        assert!(Command::new("kill").args([name, &id]).status().unwrap().success());
    }

    fn connect(&self) -> TcpStream {
        let socket = TcpStream::connect(self.address).unwrap();
        socket.set_read_timeout(Some(PATIENCE)).unwrap();
        socket
    }

    /// A socket after its upgrade, with nothing sent yet.
    fn upgrade(&self) -> TcpStream {
        let mut socket = self.connect();
        write!(
            socket,
            "GET /__live HTTP/1.1\r\nHost: {}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: holm.1\r\n\
             Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
            self.address
        )
        .unwrap();
        let head = head(&mut socket);
        assert!(head.starts_with("HTTP/1.1 101 "), "{head}");
        socket
    }

    /// Waits until the address takes no connections any more.
    fn until_refused(&self) {
        let start = Instant::now();
        while TcpStream::connect(self.address).is_ok() {
            assert!(start.elapsed() < PATIENCE, "it goes on listening");
            std::thread::yield_now();
        }
    }

    /// How the process ends.
    fn end(&mut self) -> ExitStatus {
        let (done, ended) = mpsc::channel::<()>();
        let id = self.process.id().to_string();
        let watch = std::thread::spawn(move || {
            if ended.recv_timeout(PATIENCE) == Err(mpsc::RecvTimeoutError::Timeout) {
                Command::new("kill").args(["-KILL", &id]).status().unwrap();
            }
        });
        let status = self.process.wait().unwrap();
        drop(done);
        watch.join().unwrap();
        status
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The head of a response, byte by byte so that nothing after it is taken.
fn head(socket: &mut TcpStream) -> String {
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") {
        socket.read_exact(&mut byte).unwrap();
        head.push(byte[0]);
    }
    String::from_utf8(head).unwrap()
}

#[test]
fn at_a_signal_it_stops_listening_finishes_requests_and_ends_when_the_last_page_left() {
    let mut server = Server::start(PATIENCE);
    let mut page = server.upgrade();
    let mut idle = server.connect();
    write!(idle, "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n").unwrap();
    assert!(head(&mut idle).starts_with("HTTP/1.1 200 "));
    let mut request = server.connect();
    write!(
        request,
        "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n"
    )
    .unwrap();
    // The handler asks for the body: the request is under way.
    assert!(head(&mut request).starts_with("HTTP/1.1 100 "));

    let start = Instant::now();
    server.signal("-TERM");
    server.until_refused();
    request.write_all(b"ok").unwrap();
    let mut answer = String::new();
    request.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 ") && answer.ends_with("ok"), "{answer}");
    assert_eq!(idle.read(&mut [0]).unwrap(), 0, "a connection that waits for its next request is closed");

    // What the server says ends with its close; the page answers that.
    let mut byte = [0];
    while byte != [0x88] {
        page.read_exact(&mut byte).unwrap();
    }
    page.write_all(&[0x88, 0x80, 0, 0, 0, 0]).unwrap();
    assert!(server.end().success());
    assert!(start.elapsed() < PATIENCE / 2, "it did not wait for its deadline");
    TcpListener::bind(server.address).expect("the address is free again");
}

#[test]
fn peers_that_never_read_are_left_at_the_deadline() {
    const DRAIN: Duration = Duration::from_millis(700);
    let mut server = Server::start(DRAIN);
    let _pages = [server.upgrade(), server.upgrade()];
    let mut much = server.connect();
    write!(much, "GET /much HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
    assert!(head(&mut much).starts_with("HTTP/1.1 200 "));
    let mut half = server.connect();
    write!(half, "GET / HTTP/1.1\r\nHos").unwrap();

    let start = Instant::now();
    server.signal("-INT");
    assert!(server.end().success());
    let took = start.elapsed();
    assert!((DRAIN..DRAIN + Duration::from_secs(5)).contains(&took), "{took:?}");
    TcpListener::bind(server.address).expect("the address is free again");
}

#[test]
fn a_second_signal_ends_the_process_at_once() {
    for (second, status) in [("-TERM", 143), ("-INT", 130)] {
        let mut server = Server::start(Duration::from_mins(10));
        let _page = server.upgrade();
        server.signal("-TERM");
        server.until_refused();
        server.signal(second);
        assert_eq!(server.end().code(), Some(status));
    }
}
