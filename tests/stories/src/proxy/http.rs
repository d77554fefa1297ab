//! As much of HTTP/1.1 as the faults need: where requests begin and end, which answers are event streams.
//!
//! Clients here wait for an answer before their next request on a connection, so an answer's head
//! begins with a read of its own. What is no HTTP/1.1 passes as it is.

/// Longer heads are no business of a test's.
const HEAD: usize = 64 * 1024;

/// What becomes of bytes that came in.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// They pass.
    Pass(Vec<u8>),
    /// The head of a request for a WebSocket.
    Upgrade(Vec<u8>),
    /// A whole POST request.
    Post(Vec<u8>),
}

/// Sorts one direction's bytes.
pub(super) trait Sort {
    /// Takes what was read and gives what may travel now. `hold`: event streams are held back.
    fn sort(&mut self, bytes: &[u8], hold: bool) -> Vec<Part>;

    /// The sender has ended: what is left to travel.
    fn rest(&mut self) -> Vec<u8>;
}

/// Requests on their way up.
#[derive(Debug, Default)]
pub(super) struct Requests {
    kept: Vec<u8>,
    /// How many bytes of a body that is not kept are still to come.
    body: usize,
    /// This is no HTTP, or has become a WebSocket.
    raw: bool,
}

impl Sort for Requests {
    fn sort(&mut self, bytes: &[u8], _hold: bool) -> Vec<Part> {
        let mut parts = Vec::new();
        if self.raw {
            parts.push(Part::Pass(bytes.to_vec()));
            return parts;
        }
        let now = self.body.min(bytes.len());
        let (body, bytes) = bytes.split_at(now);
        if !body.is_empty() {
            self.body -= now;
            parts.push(Part::Pass(body.to_vec()));
        }
        self.kept.extend_from_slice(bytes);
        while let Some(part) = self.request() {
            parts.push(part);
        }
        parts
    }

    fn rest(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.kept)
    }
}

impl Requests {
    /// The next request, or as much of it as may travel.
    fn request(&mut self) -> Option<Part> {
        let first = *self.kept.first()?;
        let head = head(&self.kept);
        if !first.is_ascii_uppercase() || head.is_none() && self.kept.len() > HEAD {
            self.raw = true;
            return Some(Part::Pass(self.rest()));
        }
        let (len, text) = head?;
        if field(&text, "upgrade").is_some_and(|value| value.eq_ignore_ascii_case("websocket")) {
            self.raw = true;
            return Some(Part::Upgrade(self.rest()));
        }
        if field(&text, "transfer-encoding").is_some() {
            self.raw = true;
            return Some(Part::Pass(self.rest()));
        }
        let body = field(&text, "content-length").and_then(|value| value.parse().ok()).unwrap_or(0);
        let all = len + body;
        if first == b'P' && text.starts_with("post ") {
            let whole = self.kept.len() >= all;
            return whole.then(|| Part::Post(self.kept.drain(..all).collect()));
        }
        let now = all.min(self.kept.len());
        self.body = all - now;
        Some(Part::Pass(self.kept.drain(..now).collect()))
    }
}

/// Answers on their way down.
#[derive(Debug, Default)]
pub(super) struct Answers {
    /// The part of a head that has come.
    head: Vec<u8>,
    /// The body of an event stream that has not ended.
    held: Option<Vec<u8>>,
}

impl Sort for Answers {
    fn sort(&mut self, bytes: &[u8], hold: bool) -> Vec<Part> {
        if let Some(held) = &mut self.held {
            held.extend_from_slice(bytes);
            // The last chunk, as chunked bodies end; or nobody wants it held any more.
            let over = !hold || held.ends_with(b"0\r\n\r\n");
            return if over { vec![Part::Pass(self.rest())] } else { Vec::new() };
        }
        if self.head.is_empty() && !bytes.starts_with(b"HTTP/1.1 ") {
            return vec![Part::Pass(bytes.to_vec())];
        }
        self.head.extend_from_slice(bytes);
        let Some((len, text)) = head(&self.head) else { return Vec::new() };
        let stream = field(&text, "content-type").is_some_and(|kind| kind.starts_with("text/event-stream"));
        let mut all = std::mem::take(&mut self.head);
        if stream && hold {
            self.held = Some(all.split_off(len));
        }
        vec![Part::Pass(all)]
    }

    fn rest(&mut self) -> Vec<u8> {
        let mut all = std::mem::take(&mut self.head);
        all.extend(self.held.take().unwrap_or_default());
        all
    }
}

/// The length of a head with its empty line, and its text in lower case; `None` while it is not whole.
fn head(bytes: &[u8]) -> Option<(usize, String)> {
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
    Some((end + 4, String::from_utf8_lossy(&bytes[..end]).to_ascii_lowercase()))
}

/// The value of a header.
fn field<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.split("\r\n").skip(1).find_map(|line| {
        let (key, value) = line.split_once(':')?;
        (key == name).then(|| value.trim())
    })
}

#[cfg(test)]
mod tests {
    use super::{Answers, Part, Requests, Sort};

    #[test]
    fn requests_are_told_apart_however_they_are_cut() {
        let get = b"GET / HTTP/1.1\r\nHost: h\r\n\r\n";
        let post = b"POST /up HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc";
        let upgrade = b"GET /live HTTP/1.1\r\nUpgrade: websocket\r\n\r\n";
        let all = [&get[..], post, get, upgrade].concat();
        for size in 1..all.len() {
            let mut requests = Requests::default();
            let parts: Vec<_> = all.chunks(size).flat_map(|chunk| requests.sort(chunk, false)).collect();
            let posts: Vec<_> = parts.iter().filter(|part| matches!(part, Part::Post(_))).collect();
            assert_eq!(posts, [&Part::Post(post.to_vec())], "in pieces of {size}");
            assert_eq!(parts.last(), Some(&Part::Upgrade(upgrade.to_vec())), "in pieces of {size}");
            assert_eq!(requests.sort(b"\x82\x01\x00", false), [Part::Pass(b"\x82\x01\x00".to_vec())]);
        }
    }

    #[test]
    fn what_is_no_http_passes() {
        let mut requests = Requests::default();
        assert_eq!(requests.sort(b"hello", false), [Part::Pass(b"hello".to_vec())]);
        assert_eq!(Answers::default().sort(b"hello", true), [Part::Pass(b"hello".to_vec())]);
    }

    #[test]
    fn only_event_streams_are_held_until_they_end() {
        let head = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n";
        let mut answers = Answers::default();
        assert_eq!(answers.sort(head, true), [Part::Pass(head.to_vec())], "the head goes on");
        assert_eq!(answers.sort(b"5\r\ndata:\r\n", true), []);
        let rest = b"5\r\ndata:\r\n0\r\n\r\n".to_vec();
        assert_eq!(answers.sort(b"0\r\n\r\n", true), [Part::Pass(rest)]);
        let other = b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\n\r\nhello";
        assert_eq!(answers.sort(other, true), [Part::Pass(other.to_vec())]);
    }
}
