//! One GET over a plain socket. HTTP/1.0, so an answer is neither chunked nor kept alive.

use std::io;
use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// An answer.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status line's number.
    pub status: u16,
    /// Names in lower case, in the order they came.
    pub headers: Vec<(String, String)>,
    /// The body, as text.
    pub body: String,
}

impl Answer {
    /// The first header of this lower-case name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(header, _)| header == name).map(|(_, value)| value.as_str())
    }

    /// The islands of the page, nested ones too, in document order.
    pub fn islands(&self) -> Vec<PageIsland> {
        islands(&self.body)
    }

    fn parse(text: &str) -> Option<Self> {
        let (head, body) = text.split_once("\r\n\r\n")?;
        let mut lines = head.split("\r\n");
        let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
        let headers = lines
            .filter_map(|line| line.split_once(':'))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
            .collect();
        Some(Self { status, headers, body: body.to_owned() })
    }
}

/// Asks for a path.
///
/// # Errors
/// When the connection fails or the answer is not HTTP.
pub async fn get(address: SocketAddr, path: &str) -> io::Result<Answer> {
    request(address, &format!("GET {path} HTTP/1.0\r\nHost: {address}\r\n\r\n")).await
}

/// Sends the text of a request as it is and reads the answer to its end.
///
/// # Errors
/// When the connection fails or the answer is not HTTP.
pub async fn request(address: SocketAddr, text: &str) -> io::Result<Answer> {
    let mut socket = TcpStream::connect(address).await?;
    socket.write_all(text.as_bytes()).await?;
    let mut bytes = Vec::new();
    socket.read_to_end(&mut bytes).await?;
    Answer::parse(&String::from_utf8_lossy(&bytes))
        .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "the answer is not HTTP"))
}

/// Posts bytes with these headers, as a page of the same origin.
///
/// # Errors
/// When the connection fails or the answer is not HTTP.
pub async fn post(
    address: SocketAddr,
    path: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> io::Result<Answer> {
    let mut head = format!("POST {path} HTTP/1.0\r\nHost: {address}\r\nContent-Length: {}\r\n", body.len());
    for (name, value) in headers {
        head.extend([name, ": ", value, "\r\n"]);
    }
    head.push_str("\r\n");
    let mut socket = TcpStream::connect(address).await?;
    socket.write_all(head.as_bytes()).await?;
    // Who is refused for its head need not be read to its end.
    let _ = socket.write_all(body).await;
    let mut bytes = Vec::new();
    let read = socket.read_to_end(&mut bytes).await;
    match Answer::parse(&String::from_utf8_lossy(&bytes)) {
        Some(answer) => Ok(answer),
        None => Err(read.err().unwrap_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "no HTTP"))),
    }
}

/// An island as a page carries it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageIsland {
    /// The registered name.
    pub name: String,
    /// The instance id.
    pub instance: String,
    /// The page seal as the page carries it, or a session seal as the socket brought it.
    pub seal: Vec<u8>,
}

/// The islands in a page's HTML, nested ones too, in document order.
pub fn islands(html: &str) -> Vec<PageIsland> {
    let tags = html.split("<holm-island ").skip(1).filter_map(|rest| rest.split('>').next());
    tags.filter_map(|tag| {
        Some(PageIsland {
            name: attribute(tag, "data-island")?,
            instance: attribute(tag, "data-instance")?,
            seal: attribute(tag, "data-seal")?.into_bytes(),
        })
    })
    .collect()
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, rest) = tag.split_once(&format!("{name}=\""))?;
    Some(rest.split('"').next()?.replace("&quot;", "\"").replace("&lt;", "<").replace("&amp;", "&"))
}
