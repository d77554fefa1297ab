//! What a client that means harm may send over a socket: no panic, no silence, and whoever means well is served.
#![allow(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

use holm_wire::Code;
use holm_wire::down::Down;
use holm_wire::up::{self, Resume, TOKEN};
use stories::http::PageIsland;
use stories::peer::{Peer, event, join};
use stories::server::Server;
use stories::stage::{Limits, app};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

/// Somebody who means well opens a page and presses a button.
pub(super) async fn serves(server: &Server) {
    let (mut peer, ids) = Peer::visit(server.address, "/").await;
    peer.send(event(ids[0], 1, "inc", "")).await.unwrap();
    assert_eq!(peer.settled(ids[0], 1).await, Ok(()));
    assert!(peer.html(ids[0]).await.contains("live: 1<"));
    peer.close().await;
}

/// What is answered until the heartbeat that follows the frames: the codes of errors, and how many other frames.
async fn answers(peer: &mut Peer, frames: Vec<Vec<u8>>) -> (Vec<u64>, usize) {
    peer.send_all(frames.into_iter().chain([vec![0x00]])).await.unwrap();
    let (mut codes, mut others) = (Vec::new(), 0);
    loop {
        match peer.frame().await.down() {
            Down::Heartbeat => return (codes, others),
            Down::Error { code, .. } => codes.push(code),
            _ => others += 1,
        }
    }
}

/// One valid frame of each kind.
fn frames(island: &PageIsland) -> Vec<Vec<u8>> {
    let mut all = vec![join("/", 3, std::slice::from_ref(island)), event(1, 1, "set", r#"{"to":1}"#)];
    let mut next = |write: &dyn Fn(&mut Vec<u8>)| {
        let mut frame = Vec::new();
        write(&mut frame);
        all.push(frame);
    };
    next(&|out| up::submit(out, 1, 1, "set", "to=1"));
    next(&|out| up::resync(out, 1));
    next(&|out| up::leave(out, 1));
    next(&|out| up::seen(out, 3));
    let token = &[7; TOKEN];
    next(&|out| up::resume(out, &Resume { wants: 0, path: "/", epoch: 2, base: 1, seen: 0, token }));
    all
}

#[tokio::test]
async fn frames_cut_short_or_changed_anywhere_are_answered() {
    let limits = Limits { bad_frames: usize::MAX, ..Limits::default() };
    let server = Server::start(app(limits)).await.unwrap();
    let island = stories::http::get(server.address, "/").await.unwrap().islands().remove(0);
    for frame in frames(&island) {
        // Not blank any more, so that what begins a session is no beginning.
        let (mut peer, _) = Peer::visit(server.address, "/").await;
        for cut in 1..frame.len().min(60) {
            let short = frame[..cut].to_vec();
            let decodes = up::Up::decode(&short).is_ok();
            let (codes, _) = answers(&mut peer, vec![short]).await;
            assert!(decodes || codes == [301], "{codes:?} for {cut} bytes of {frame:02x?}");
        }
        for at in 0..frame.len().min(60) {
            for change in [0xff, 0x80, 0x00] {
                let mut other = frame.clone();
                other[at] = change;
                let decodes = up::Up::decode(&other).is_ok();
                let mut peer = if decodes { Peer::open(server.address).await.unwrap() } else { continue };
                peer.send_all([other.clone(), vec![0x00]]).await.unwrap();
                // A heartbeat, or a word about why there is none.
                peer.frame_that(|down| matches!(down, Down::Heartbeat | Down::Error { .. })).await;
            }
        }
        peer.close().await;
    }
    serves(&server).await;
}

#[tokio::test]
async fn numbers_as_large_as_can_be_are_answered() {
    let limits = Limits { bad_frames: usize::MAX, ..Limits::default() };
    let server = Server::start(app(limits)).await.unwrap();
    let (mut peer, ids) = Peer::visit(server.address, "/").await;
    let huge = [u64::MAX, u64::MAX - 1, 1 << 63, u64::from(u32::MAX) + 1];
    for number in huge {
        let mut others = Vec::new();
        for write in [up::resync, up::leave, up::seen] {
            let mut frame = Vec::new();
            write(&mut frame, number);
            others.push(frame);
        }
        let (codes, _) = answers(&mut peer, others).await;
        assert_eq!(codes, [301], "more was seen than was sent: {number}");
        let (codes, _) =
            answers(&mut peer, vec![event(number, 1, "inc", ""), event(ids[0], number, "inc", "")]).await;
        assert_eq!(codes, [208, 106], "{number}");
        // A join that says it has so many islands, and a string that says it is so long.
        let mut many = vec![0x01, 0x00, 0x01, b'/', 0x01, 0x00];
        holm_wire::varint::put(&mut many, number);
        let mut long = vec![0x02, 0x01, 0x01];
        holm_wire::varint::put(&mut long, number);
        let (codes, _) = answers(&mut peer, vec![many, long]).await;
        assert_eq!(codes, [301, 301], "{number}");
    }
    // Ten bytes of varint are the most, and not all of them fit 64 bits.
    let overlong = [vec![0x04], vec![0x80; 10], vec![0x01]].concat();
    let overflow = [vec![0x04], vec![0xff; 9], vec![0x02]].concat();
    assert_eq!(answers(&mut peer, vec![overlong, overflow]).await.0, [301, 301]);
    serves(&server).await;
}

#[tokio::test]
async fn text_that_is_no_utf8_is_answered_wherever_it_stands() {
    let server = Server::start(app(Limits::default())).await.unwrap();
    let (mut peer, ids) = Peer::visit(server.address, "/").await;
    for bad in [&b"\xff\xfe"[..], b"\xc0\x80", b"\xed\xa0\x80", b"\xf5\x80\x80\x80", b"a\x80"] {
        let mut name = event(ids[0], 1, "", "");
        name.pop();
        holm_wire::varint::put_bytes(&mut name, bad);
        let payload = [&event(ids[0], 1, "set", "")[..], bad].concat();
        let mut path = vec![0x01, 0x00];
        holm_wire::varint::put_bytes(&mut path, bad);
        path.extend([0x01, 0x00, 0x00]);
        assert_eq!(answers(&mut peer, vec![name, payload, path]).await.0, [301, 301, 301], "{bad:02x?}");
    }
    peer.send(event(ids[0], 1, "inc", "")).await.unwrap();
    assert_eq!(peer.settled(ids[0], 1).await, Ok(()), "no number was used up");
}

#[tokio::test]
async fn a_hundred_thousand_joins_of_unknown_islands_are_refused_one_by_one() {
    // Each costs a token, so that they would take a quarter of an hour.
    let limits = Limits { events_burst: 1 << 20, ..Limits::default() };
    let server = Server::start(app(limits)).await.unwrap();
    let mut peer = Peer::open(server.address).await.unwrap();
    let names: Vec<_> = (0..250)
        .map(|number| PageIsland {
            name: format!("Nope{number}"),
            instance: format!("Nope:{number}"),
            seal: vec![],
        })
        .collect();
    for _ in 0..100 {
        let (codes, others) = answers(&mut peer, vec![join("/", 0, &names); 4]).await;
        assert_eq!((codes.len(), others), (1_000, 4));
        assert!(codes.iter().all(|code| *code == u64::from(Code::UnknownIsland.number())));
    }
    serves(&server).await;
    let many = vec![names[0].clone(); 1_000];
    peer.send(join("/", 0, &many)).await.unwrap();
    assert_eq!(peer.closed().await.code, Code::TooManyIslands.close(), "a thousand at once are no page");
}

#[tokio::test]
async fn a_flood_of_events_holds_up_nobody_else_and_none_of_it_is_lost() {
    const FLOOD: u64 = 3_000;
    let limits = Limits { mailbox: 1 << 20, ..Limits::default() };
    let server = Server::start(app(limits)).await.unwrap();
    let (mut greedy, ids) = Peer::visit(server.address, "/").await;
    let (mut modest, others) = Peer::visit(server.address, "/").await;
    greedy.send_all((1..=FLOOD).map(|seq| event(ids[0], seq, "inc", ""))).await.unwrap();
    for seq in 1..=20 {
        modest.send(event(others[0], seq, "inc", "")).await.unwrap();
        assert_eq!(modest.settled(others[0], seq).await, Ok(()));
    }
    // However slowly the flood is let in, what comes of it comes in order and is the state of its events.
    let mut last = 0;
    while last < 200 {
        match greedy.frame().await.down() {
            Down::Ack { seq, .. } | Down::EditAck { seq, .. } => {
                assert!(seq > last, "{seq} after {last}");
                last = seq;
            }
            Down::Error { code, sentence, .. } => panic!("{code}: {sentence}"),
            _ => {}
        }
    }
    serves(&server).await;
}

#[tokio::test]
async fn connections_that_never_finish_their_request_hold_up_nobody() {
    let server = Server::start(app(Limits::default())).await.unwrap();
    let mut slow = Vec::new();
    for at in 0..300 {
        let mut socket = TcpStream::connect(server.address).await.unwrap();
        let start = "GET /__live HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nX-Slow: ";
        socket.write_all(&start.as_bytes()[..=at % start.len()]).await.unwrap();
        slow.push(socket);
    }
    serves(&server).await;
    for socket in &mut slow {
        // Another byte, as slow attacks send them; whoever was cut off already is no matter.
        let _ = socket.write_all(b"x").await;
    }
    serves(&server).await;
}

#[tokio::test]
async fn garbage_in_place_of_websocket_frames_ends_the_socket_alone() {
    let server = Server::start(app(Limits::default())).await.unwrap();
    let upgrade = format!(
        "GET /__live HTTP/1.1\r\nHost: {0}\r\nOrigin: http://{0}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: holm.1\r\n\r\n",
        server.address
    );
    let masked = |first: u8, second: u8| vec![first, second | 0x80, 0, 0, 0, 0];
    let garbage = [
        b"not a frame at all, but plain text of some length".to_vec(),
        // Reserved bits, unknown opcodes, an unmasked frame, a fragmented ping, a length of 2^63.
        masked(0xf2, 1),
        masked(0x83, 0),
        vec![0x82, 0x01, 0x00],
        masked(0x09, 0),
        vec![0x82, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0],
        vec![0x82, 0xff, 0x00, 0x00, 0x00, 0x00, 0x7f, 0xff, 0xff, 0xff, 0, 0, 0, 0],
        // A text message, and a close frame with half a code.
        [masked(0x81, 1), vec![b'x']].concat(),
        [masked(0x88, 1), vec![3]].concat(),
    ];
    for bytes in garbage {
        let mut socket = TcpStream::connect(server.address).await.unwrap();
        socket.write_all(upgrade.as_bytes()).await.unwrap();
        socket.write_all(&bytes).await.unwrap();
        socket.shutdown().await.unwrap();
        let mut rest = Vec::new();
        let read = tokio::io::AsyncReadExt::read_to_end(&mut socket, &mut rest);
        tokio::time::timeout(stories::peer::PATIENCE, read).await.expect("the server lets go of it").ok();
    }
    serves(&server).await;
}
