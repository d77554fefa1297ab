//! A realtime client's side of the socket: JSON messages, one by one.

use std::net::SocketAddr;

use futures_util::{SinkExt, StreamExt};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{self, Message};
use tokio_tungstenite::{WebSocketStream, client_async};

use crate::peer::PATIENCE;

/// An open socket.
#[derive(Debug)]
pub struct Channel {
    /// The socket itself, for stories that send what no client should.
    pub socket: WebSocketStream<TcpStream>,
}

impl Channel {
    /// Opens a socket with these headers.
    ///
    /// # Errors
    /// The HTTP status of the refusal.
    ///
    /// # Panics
    /// When nothing listens at the address, or what answers is not HTTP.
    pub async fn open(
        address: SocketAddr,
        path: &str,
        headers: &[(&'static str, &str)],
    ) -> Result<Self, u16> {
        let mut request = format!("ws://{address}{path}").into_client_request().expect("an address");
        for (name, value) in headers {
            request.headers_mut().insert(*name, value.parse().expect("a header's value"));
        }
        let stream = TcpStream::connect(address).await.expect("the server listens");
        match client_async(request, stream).await {
            Ok((socket, _)) => Ok(Self { socket }),
            Err(tungstenite::Error::Http(answer)) => Err(answer.status().as_u16()),
            Err(error) => panic!("the socket did not open: {error}"),
        }
    }

    /// Sends text.
    ///
    /// # Panics
    /// When the socket is gone.
    pub async fn say(&mut self, text: &str) {
        self.socket.send(Message::text(text)).await.expect("the socket is open");
    }

    /// The next text, or the close code that the socket ended with; 1006 when it went without one.
    ///
    /// # Errors
    /// The close code.
    ///
    /// # Panics
    /// When nothing comes for [`PATIENCE`].
    pub async fn next(&mut self) -> Result<String, u16> {
        loop {
            let next = tokio::time::timeout(PATIENCE, self.socket.next()).await.expect("a message in time");
            match next {
                Some(Ok(Message::Text(text))) => return Ok(text.as_str().to_owned()),
                Some(Ok(Message::Binary(bytes))) => return Ok(format!("{bytes:?}")),
                Some(Ok(Message::Close(close))) => return Err(close.map_or(1005, |close| close.code.into())),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return Err(1006),
            }
        }
    }

    /// The next message that has this in it.
    ///
    /// # Panics
    /// When the socket ends first.
    pub async fn heard(&mut self, needle: &str) -> String {
        loop {
            let text = self.next().await.unwrap_or_else(|code| panic!("closed with {code} before {needle}"));
            if text.contains(needle) {
                return text;
            }
        }
    }

    /// Waits for the server to end the socket; gives its close code.
    ///
    /// # Panics
    /// When it does not for [`PATIENCE`].
    pub async fn closed(&mut self) -> u16 {
        loop {
            if let Err(code) = self.next().await {
                return code;
            }
        }
    }
}
