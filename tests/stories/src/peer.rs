//! A page's side of the socket, frame by frame.

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use holm_wire::Code;
use holm_wire::down::Down;
use holm_wire::up::{self, JoinIsland, Resume, TOKEN};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::handshake::client::Request;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, WebSocketConfig};
use tokio_tungstenite::tungstenite::{self, Message};
use tokio_tungstenite::{WebSocketStream, client_async_with_config};

use crate::http::{self, PageIsland};

/// How long a story waits for a frame before it fails. Nothing waits this long to pass.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// What went wrong on the page's side.
pub type Error = Box<dyn std::error::Error + Send + Sync>;

/// Why a socket did not open.
#[derive(Debug)]
pub struct Refused {
    /// The HTTP status.
    pub status: u16,
    /// Its `Retry-After` header.
    pub retry_after: Option<String>,
}

/// How a socket ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Closed {
    /// The close code; 1006 when the connection went without one.
    pub code: u16,
}

/// One message from the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame(pub Bytes);

impl Frame {
    /// The frame's fields.
    ///
    /// # Panics
    /// When the bytes are no frame: a server that says such a thing is broken.
    pub fn down(&self) -> Down<'_> {
        Down::decode(&self.0).unwrap_or_else(|error| panic!("{error} in {:02x?}", self.0))
    }
}

/// What a page knows of its session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Its token.
    pub token: [u8; TOKEN],
    /// The islands' ids.
    pub ids: Vec<u64>,
    /// The number of the last event that each island's state contains.
    pub seqs: Vec<u64>,
}

/// An open socket.
#[derive(Debug)]
pub struct Peer {
    socket: WebSocketStream<TcpStream>,
}

impl Peer {
    /// Opens `/__live` as a page of the same origin.
    ///
    /// # Errors
    /// [`Refused`] when the server answers with another status than 101.
    ///
    /// # Panics
    /// When nothing listens at the address, or what answers is not HTTP.
    pub async fn open(address: SocketAddr) -> Result<Self, Refused> {
        Self::open_from(address, &format!("http://{address}")).await
    }

    /// Opens `/__live` as a page of this origin; without an `Origin` header when it is empty.
    ///
    /// # Errors
    /// [`Refused`] when the server answers with another status than 101.
    ///
    /// # Panics
    /// When nothing listens at the address, or what answers is not HTTP.
    pub async fn open_from(address: SocketAddr, origin: &str) -> Result<Self, Refused> {
        let mut request = request(address, "/__live").expect("a request of fixed shape");
        let headers = request.headers_mut();
        headers.insert("sec-websocket-protocol", holm_wire::SUBPROTOCOL.parse().expect("ASCII"));
        if !origin.is_empty() {
            headers.insert("origin", origin.parse().expect("an origin is ASCII"));
        }
        match Self::connect(address, request).await {
            Ok(peer) => Ok(peer),
            Err(error) => match error.downcast::<tungstenite::Error>().map(|error| *error) {
                Ok(tungstenite::Error::Http(answer)) => Err(Refused {
                    status: answer.status().as_u16(),
                    retry_after: answer
                        .headers()
                        .get("retry-after")
                        .and_then(|value| value.to_str().ok())
                        .map(str::to_owned),
                }),
                other => panic!("the socket did not open: {other:?}"),
            },
        }
    }

    /// Opens `/__live` with one more header: a cookie that the app's `authorize` reads.
    ///
    /// # Errors
    /// When the connection or the handshake fails.
    pub async fn open_with(address: SocketAddr, name: &'static str, value: &str) -> Result<Self, Error> {
        let mut request = request(address, "/__live")?;
        request.headers_mut().insert("sec-websocket-protocol", holm_wire::SUBPROTOCOL.parse()?);
        request.headers_mut().insert(name, value.parse()?);
        Self::connect(address, request).await
    }

    /// Opens any WebSocket, for the bare sockets that figures stand beside.
    ///
    /// # Errors
    /// When the connection or the handshake fails.
    pub async fn open_path(address: SocketAddr, path: &str) -> Result<Self, Error> {
        Self::connect(address, request(address, path)?).await
    }

    async fn connect(address: SocketAddr, request: Request) -> Result<Self, Error> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let small = WebSocketConfig::default().read_buffer_size(1024).write_buffer_size(0);
        let (socket, _) = client_async_with_config(request, stream, Some(small)).await?;
        Ok(Self { socket })
    }

    /// Sends one binary message.
    ///
    /// # Errors
    /// When the socket is gone.
    pub async fn send(&mut self, frame: Vec<u8>) -> Result<(), Error> {
        Ok(self.socket.send(Message::Binary(frame.into())).await?)
    }

    /// Sends several messages in one write.
    ///
    /// # Errors
    /// When the socket is gone.
    pub async fn send_all(&mut self, frames: impl IntoIterator<Item = Vec<u8>>) -> Result<(), Error> {
        for frame in frames {
            self.socket.feed(Message::Binary(frame.into())).await?;
        }
        Ok(self.socket.flush().await?)
    }

    /// The next binary message, or how the socket ended. Pings are answered on the way.
    ///
    /// # Errors
    /// [`Closed`], with the close code.
    pub async fn message(&mut self) -> Result<Bytes, Closed> {
        let mut code = 1006;
        loop {
            match self.socket.next().await {
                Some(Ok(Message::Binary(bytes))) => return Ok(bytes),
                Some(Ok(Message::Close(frame))) => code = frame.map_or(1005, |frame| frame.code.into()),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return Err(Closed { code }),
            }
        }
    }

    /// The next frame.
    ///
    /// # Panics
    /// When the socket ends, or nothing comes for [`PATIENCE`].
    pub async fn frame(&mut self) -> Frame {
        match tokio::time::timeout(PATIENCE, self.message()).await {
            Ok(Ok(bytes)) => Frame(bytes),
            Ok(Err(closed)) => panic!("the socket ended: {closed:?}"),
            Err(elapsed) => panic!("no frame came in {PATIENCE:?}: {elapsed}"),
        }
    }

    /// The first frame that `wanted` accepts; frames before it are dropped.
    ///
    /// # Panics
    /// As [`Peer::frame`].
    pub async fn frame_that(&mut self, wanted: impl Fn(&Down<'_>) -> bool) -> Frame {
        loop {
            let frame = self.frame().await;
            if wanted(&frame.down()) {
                return frame;
            }
        }
    }

    /// Waits for the server to end the socket.
    ///
    /// # Panics
    /// When it does not for [`PATIENCE`].
    pub async fn closed(&mut self) -> Closed {
        let end = async {
            loop {
                if let Err(closed) = self.message().await {
                    return closed;
                }
            }
        };
        tokio::time::timeout(PATIENCE, end).await.expect("the server ends the socket")
    }

    /// Ends the socket from the page's side.
    pub async fn close(mut self) {
        let _ = self.socket.close(None).await;
    }

    /// Ends the socket as a page does that is closed or left: its session ends with it.
    pub async fn leave(mut self) {
        let away = CloseFrame { code: CloseCode::Away, reason: "".into() };
        let _ = self.socket.close(Some(away)).await;
    }

    /// Joins islands and waits for the joined frame; gives back the islands' ids, in order.
    ///
    /// # Panics
    /// As [`Peer::frame`], and when the server does not answer with a joined frame.
    pub async fn join(&mut self, path: &str, wants: u8, islands: &[PageIsland]) -> Vec<u64> {
        self.send(join(path, wants, islands)).await.expect("the socket is open");
        let frame =
            self.frame_that(|down| matches!(down, Down::Joined(_) | Down::Error { island: None, .. })).await;
        let Down::Joined(joined) = frame.down() else { panic!("no joined frame: {frame:?}") };
        joined.islands().map(|island| island.expect("decoded before").id).collect()
    }

    /// Joins islands as a page that has a session's token, empty for none, on its connection of this number.
    ///
    /// # Errors
    /// The code that the connection ends with.
    ///
    /// # Panics
    /// As [`Peer::frame`].
    pub async fn join_as(
        &mut self,
        token: &[u8],
        epoch: u64,
        islands: &[PageIsland],
    ) -> Result<Session, Code> {
        self.send(join_as("/", 0, epoch, token, islands)).await.expect("the socket is open");
        let frame =
            self.frame_that(|down| matches!(down, Down::Joined(_) | Down::Error { island: None, .. })).await;
        match frame.down() {
            Down::Joined(joined) => Ok(Session {
                token: *joined.token,
                ids: joined.islands().map(|island| island.expect("decoded before").id).collect(),
                seqs: joined.islands().map(|island| island.expect("decoded before").seq).collect(),
            }),
            Down::Error { code, .. } => Err(code_of(code)),
            _ => unreachable!("only these two were asked for"),
        }
    }

    /// Goes on with a session; gives the number of the last event that came in, of each island in order.
    ///
    /// # Errors
    /// The code of the error that is the answer.
    ///
    /// # Panics
    /// As [`Peer::frame`].
    pub async fn resume(
        &mut self,
        token: &[u8; TOKEN],
        epoch: u64,
        base: u64,
        seen: u64,
    ) -> Result<Vec<u64>, Code> {
        let mut frame = Vec::new();
        up::resume(&mut frame, &Resume { wants: 0, path: "/", epoch, base, seen, token });
        self.send(frame).await.expect("the socket is open");
        let frame = self.frame_that(|down| matches!(down, Down::Resumed(_) | Down::Error { .. })).await;
        match frame.down() {
            Down::Resumed(resumed) => {
                Ok(resumed.islands().map(|island| island.expect("decoded before").seq).collect())
            }
            Down::Error { code, .. } => Err(code_of(code)),
            _ => unreachable!("only these two were asked for"),
        }
    }

    /// Waits until an event is settled: acknowledged with or without an edit, or refused.
    ///
    /// # Errors
    /// The code it was refused with.
    ///
    /// # Panics
    /// As [`Peer::frame`].
    pub async fn settled(&mut self, island: u64, seq: u64) -> Result<(), Code> {
        let frame = self
            .frame_that(|down| match *down {
                Down::Ack { island: of, seq: upto } | Down::EditAck { island: of, seq: upto, .. } => {
                    of == island && upto >= seq
                }
                Down::Error { island: of, seq: about, .. } => of == Some(island) && about == seq,
                _ => false,
            })
            .await;
        match frame.down() {
            Down::Error { code, .. } => Err(code_of(code)),
            _ => Ok(()),
        }
    }

    /// The code of the next error frame.
    ///
    /// # Panics
    /// As [`Peer::frame`].
    pub async fn error(&mut self) -> Code {
        let frame = self.frame_that(|down| matches!(down, Down::Error { .. })).await;
        let Down::Error { code, .. } = frame.down() else { unreachable!("only errors were asked for") };
        code_of(code)
    }

    /// What the island shows now, by asking for a snapshot.
    ///
    /// # Panics
    /// As [`Peer::frame`].
    pub async fn html(&mut self, island: u64) -> String {
        let mut frame = Vec::new();
        up::resync(&mut frame, island);
        self.send(frame).await.expect("the socket is open");
        let frame =
            self.frame_that(|down| matches!(down, Down::Snapshot { island: of, .. } if *of == island)).await;
        let Down::Snapshot { html, .. } = frame.down() else { unreachable!("only snapshots were asked for") };
        html.to_owned()
    }

    /// Opens a page by GET, then its socket, and joins all its islands.
    ///
    /// # Panics
    /// When any of it fails.
    pub async fn visit(address: SocketAddr, path: &str) -> (Self, Vec<u64>) {
        let page = http::get(address, path).await.expect("the page answers");
        assert_eq!(page.status, 200, "{}", page.body);
        let mut peer = Self::open(address).await.expect("the socket opens");
        let ids = peer.join(path, 0, &page.islands()).await;
        (peer, ids)
    }
}

fn code_of(number: u64) -> Code {
    u16::try_from(number)
        .ok()
        .and_then(Code::from_number)
        .unwrap_or_else(|| panic!("{number} is in no table of codes"))
}

fn request(address: SocketAddr, path: &str) -> Result<Request, Error> {
    Ok(format!("ws://{address}{path}").into_client_request()?)
}

/// A join frame for islands as a page carries them, with no check computed, on a page's first connection.
pub fn join(path: &str, wants: u8, islands: &[PageIsland]) -> Vec<u8> {
    join_as(path, wants, 1, b"", islands)
}

/// [`join`] on a connection of this number, with a session's token or none.
pub fn join_as(path: &str, wants: u8, epoch: u64, token: &[u8], islands: &[PageIsland]) -> Vec<u8> {
    let islands: Vec<_> = islands
        .iter()
        .map(|island| JoinIsland {
            name: &island.name,
            instance: &island.instance,
            check: 0,
            seal: &island.seal,
        })
        .collect();
    let mut frame = Vec::new();
    up::join(&mut frame, wants, path, epoch, token, &islands);
    frame
}

/// An event frame.
pub fn event(island: u64, seq: u64, name: &str, payload: &str) -> Vec<u8> {
    let mut frame = Vec::new();
    up::event(&mut frame, island, seq, name, payload);
    frame
}
