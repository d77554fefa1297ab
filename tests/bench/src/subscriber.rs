//! One client that hears events, over a WebSocket or an event stream: bare or of a realtime channel.

use std::net::SocketAddr;

use anyhow::{Context, Result, bail};
use futures_util::{SinkExt, StreamExt};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::{WebSocketStream, client_async_with_config};

/// How a client hears.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// A WebSocket with text messages.
    Socket,
    /// An event stream.
    Stream,
}

impl Way {
    /// The ways of a mixed crowd, in turns.
    pub fn of(number: usize) -> Self {
        if number.is_multiple_of(2) { Self::Socket } else { Self::Stream }
    }
}

/// An open connection.
#[derive(Debug)]
pub enum Subscriber {
    /// A WebSocket.
    Socket(Box<WebSocketStream<TcpStream>>),
    /// The rest of an event stream.
    Stream(BufReader<TcpStream>),
}

impl Subscriber {
    /// Opens a WebSocket.
    ///
    /// # Errors
    /// When the connection or the handshake fails.
    pub async fn socket(address: SocketAddr, path: &str) -> Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let small = WebSocketConfig::default().read_buffer_size(1024).write_buffer_size(0);
        let url = format!("ws://{address}{path}");
        let (socket, _) = client_async_with_config(url, stream, Some(small)).await?;
        Ok(Self::Socket(Box::new(socket)))
    }

    /// Opens an event stream, which goes on after this event where one is named. HTTP/1.0, so that what comes is
    /// not cut into chunks.
    ///
    /// # Errors
    /// When the connection fails, or the answer is no event stream.
    pub async fn stream(address: SocketAddr, path: &str, after: Option<&str>) -> Result<Self> {
        let mut stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let after = after.map(|id| format!("Last-Event-ID: {id}\r\n")).unwrap_or_default();
        let request =
            format!("GET {path} HTTP/1.0\r\nHost: {address}\r\nAccept: text/event-stream\r\n{after}\r\n");
        stream.write_all(request.as_bytes()).await?;
        let mut stream = BufReader::with_capacity(1024, stream);
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if stream.read_line(&mut head).await? == 0 {
                bail!("{path} ends with {head:?}");
            }
        }
        if !head.starts_with("HTTP/1.0 200") && !head.starts_with("HTTP/1.1 200") {
            bail!("{path} answers {:?}", head.lines().next().unwrap_or_default());
        }
        if !head.to_ascii_lowercase().contains("content-type: text/event-stream") {
            bail!("{path} is no event stream: {head}");
        }
        Ok(Self::Stream(stream))
    }

    /// Says something; an event stream has no such way.
    ///
    /// # Errors
    /// When the connection has ended, or is an event stream.
    pub async fn say(&mut self, text: &str) -> Result<()> {
        match self {
            Self::Socket(socket) => Ok(socket.send(Message::text(text)).await?),
            Self::Stream(_) => bail!("an event stream only hears"),
        }
    }

    /// The next text message, or the next line of the stream that is neither empty nor a comment.
    ///
    /// # Errors
    /// When the connection has ended.
    pub async fn line(&mut self, line: &mut String) -> Result<()> {
        line.clear();
        match self {
            Self::Socket(socket) => loop {
                match socket.next().await.context("the socket ended")?? {
                    Message::Text(text) => {
                        line.push_str(&text);
                        return Ok(());
                    }
                    Message::Close(close) => bail!("closed: {close:?}"),
                    _ => {}
                }
            },
            Self::Stream(stream) => loop {
                if stream.read_line(line).await? == 0 {
                    bail!("the stream ended");
                }
                if line.trim_end().is_empty() || line.starts_with(':') {
                    line.clear();
                    continue;
                }
                return Ok(());
            },
        }
    }

    /// Waits for the number of the next event; other messages are dropped.
    ///
    /// # Errors
    /// When the connection has ended.
    pub async fn number(&mut self, line: &mut String) -> Result<u64> {
        loop {
            self.line(line).await?;
            if let Some(number) = number_in(line) {
                return Ok(number);
            }
        }
    }

    /// Ends the connection as a client does that goes: a WebSocket says so, a stream is cut.
    pub async fn leave(self) {
        if let Self::Socket(mut socket) = self {
            let _ = socket.as_mut().close(None).await;
        }
    }
}

/// The JSON of the event with this number, as long as a line of a chat.
pub fn numbered(number: u64) -> String {
    format!(
        r#"{{"number":{number},"who":"Marit Lindqvist","text":"The ferry leaves at a quarter past nine."}}"#
    )
}

/// The number in [`numbered`], wherever in a message that stands, be it quoted once more.
fn number_in(text: &str) -> Option<u64> {
    let (_, rest) = text.split_once("number")?;
    let digits = rest.trim_start_matches(['\\', '"', ':', ' ']);
    let end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
    digits[..end].parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_found_in_what_carries_it() {
        let event = numbered(17);
        assert_eq!(number_in(&event), Some(17));
        assert_eq!(number_in(&format!("data: {event}\n")), Some(17));
        assert_eq!(number_in(&format!(r#"{{"type":"event","data":{event}}}"#)), Some(17));
        assert_eq!(number_in(r#"{"type":"event","data":"{\"number\":8}"}"#), Some(8));
        assert_eq!(number_in(r#"{"type":"welcome"}"#), None);
    }
}
