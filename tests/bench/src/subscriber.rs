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

/// An open connection, and where in its channel it is.
#[derive(Debug)]
pub struct Subscriber {
    wire: Wire,
    /// What the last event came with, to go on from there.
    cursor: Option<String>,
    /// The cursor of an event of a stream whose data is still to come.
    coming: Option<String>,
    line: String,
}

#[derive(Debug)]
enum Wire {
    Socket(Box<WebSocketStream<TcpStream>>),
    Stream(BufReader<TcpStream>),
}

impl Subscriber {
    fn new(wire: Wire) -> Self {
        Self { wire, cursor: None, coming: None, line: String::new() }
    }

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
        Ok(Self::new(Wire::Socket(Box::new(socket))))
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
        Ok(Self::new(Wire::Stream(stream)))
    }

    /// Subscribes to a realtime channel, from this cursor on where one is given, and waits until that is so.
    ///
    /// # Errors
    /// When the connection fails, or the channel refuses.
    pub async fn channel(address: SocketAddr, way: Way, name: &str, after: Option<&str>) -> Result<Self> {
        let mut subscriber = match way {
            Way::Socket => {
                let mut subscriber = Self::socket(address, "/realtime").await?;
                let after = after.map(|cursor| format!(r#","after":"{cursor}""#)).unwrap_or_default();
                subscriber.say(&format!(r#"{{"type":"subscribe","channel":"{name}"{after}}}"#)).await?;
                subscriber
            }
            Way::Stream => Self::stream(address, &format!("/realtime?channel={name}"), after).await?,
        };
        subscriber.cursor = after.map(str::to_owned);
        loop {
            subscriber.line().await?;
            let line = &subscriber.line;
            if line.contains(r#""type":"subscribed""#) {
                subscriber.cursor = between(line, r#""cursor":""#).or(subscriber.cursor);
                return Ok(subscriber);
            }
            if line.contains(r#""type":"error""#) {
                bail!("{line}");
            }
        }
    }

    /// What to go on from when the connection ends.
    pub fn cursor(&self) -> Option<&str> {
        self.cursor.as_deref()
    }

    /// Says something; an event stream has no such way.
    ///
    /// # Errors
    /// When the connection has ended, or is an event stream.
    pub async fn say(&mut self, text: &str) -> Result<()> {
        match &mut self.wire {
            Wire::Socket(socket) => Ok(socket.send(Message::text(text)).await?),
            Wire::Stream(_) => bail!("an event stream only hears"),
        }
    }

    /// Reads the next text message, or the next line of the stream that is neither empty nor a comment.
    async fn line(&mut self) -> Result<()> {
        let line = &mut self.line;
        line.clear();
        match &mut self.wire {
            Wire::Socket(socket) => loop {
                match socket.next().await.context("the socket ended")?? {
                    Message::Text(text) => {
                        line.push_str(&text);
                        return Ok(());
                    }
                    Message::Close(close) => bail!("closed: {close:?}"),
                    _ => {}
                }
            },
            Wire::Stream(stream) => loop {
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
    pub async fn number(&mut self) -> Result<u64> {
        loop {
            self.line().await?;
            if matches!(self.wire, Wire::Stream(_)) && self.line.starts_with("id:") {
                self.coming = Some(self.line[3..].trim().to_owned());
            } else if let Some(number) = number_in(&self.line) {
                let cursor = self.coming.take().or_else(|| between(&self.line, r#","id":""#));
                self.cursor = cursor.or(self.cursor.take());
                return Ok(number);
            }
        }
    }

    /// Ends the connection as a client does that goes: a WebSocket says so, a stream is cut.
    pub async fn leave(self) {
        if let Wire::Socket(mut socket) = self.wire {
            let _ = socket.as_mut().close(None).await;
        }
    }
}

/// What stands behind the last `before`, up to the next quotation mark.
fn between(text: &str, before: &str) -> Option<String> {
    let (_, rest) = text.rsplit_once(before)?;
    rest.split_once('"').map(|(found, _)| found.to_owned())
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
