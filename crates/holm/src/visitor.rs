//! Who asked, and with which request: what a handler may read of it later.

use std::sync::OnceLock;

use holm_wire::varint::{Reader, put, put_bytes};
use http::request::Parts;
use http::{HeaderName, HeaderValue, Method, Request, Uri, header};

use crate::{Limits, Principal};

/// A request and its principal.
#[derive(Debug)]
pub(crate) struct Visitor {
    pub(crate) principal: Principal,
    request: Packed,
    locale: Box<str>,
}

/// A request in one allocation: parsed headers would cost an idle connection several kilobytes and
/// keep the buffer they were read from.
#[derive(Debug)]
struct Packed(Box<[u8]>);

impl Visitor {
    pub(crate) fn new(parts: &Parts, principal: Principal, limits: &Limits) -> Self {
        Self { principal, request: Packed::new(parts, limits.request_bytes), locale: locale(parts).into() }
    }

    /// The request's method, address and headers. Extensions are not kept.
    pub(crate) fn parts(&self) -> Parts {
        self.request.unpack()
    }

    pub(crate) fn locale(&self) -> &str {
        &self.locale
    }
}

impl Packed {
    fn new(parts: &Parts, limit: usize) -> Self {
        let mut out = Vec::with_capacity(256);
        put_bytes(&mut out, parts.method.as_str().as_bytes());
        put_bytes(&mut out, parts.uri.to_string().as_bytes());
        let mut room = limit.saturating_sub(out.len());
        let mut kept = |name: &HeaderName, value: &HeaderValue| {
            let spoken_for = name == header::CONNECTION || name == header::UPGRADE;
            let size = name.as_str().len() + value.len();
            let fits = !spoken_for && !name.as_str().starts_with("sec-websocket") && size <= room;
            room -= if fits { size } else { 0 };
            fits
        };
        let headers: Vec<_> = parts.headers.iter().filter(|(name, value)| kept(name, value)).collect();
        put(&mut out, headers.len() as u64);
        for (name, value) in headers {
            put_bytes(&mut out, name.as_str().as_bytes());
            put_bytes(&mut out, value.as_bytes());
        }
        Self(out.into_boxed_slice())
    }

    fn unpack(&self) -> Parts {
        let (mut parts, ()) = Request::new(()).into_parts();
        // The bytes are this module's own, so reading them cannot fail half-way.
        let _ = self.read_into(&mut parts);
        parts
    }

    fn read_into(&self, parts: &mut Parts) -> Option<()> {
        let mut reader = Reader::new(&self.0);
        parts.method = Method::from_bytes(reader.bytes().ok()?).ok()?;
        parts.uri = Uri::try_from(reader.bytes().ok()?).ok()?;
        for _ in 0..reader.varint().ok()? {
            let name = HeaderName::from_bytes(reader.bytes().ok()?).ok()?;
            parts.headers.append(name, HeaderValue::from_bytes(reader.bytes().ok()?).ok()?);
        }
        Some(())
    }
}

/// The first language of `Accept-Language`, or `en`.
fn locale(parts: &Parts) -> String {
    let header = parts.headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    let mut best = ("en", -1.0f32);
    for entry in header.unwrap_or_default().split(',').take(16) {
        let mut fields = entry.split(';');
        let tag = fields.next().unwrap_or_default().trim();
        let quality = fields.find_map(|field| field.trim().strip_prefix("q=")?.parse().ok()).unwrap_or(1.0);
        let plain = tag.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        if plain && !tag.is_empty() && tag.len() <= 35 && quality > best.1 {
            best = (tag, quality);
        }
    }
    best.0.to_owned()
}

/// A request's parts, unpacked when first asked for.
#[derive(Debug, Default)]
pub(crate) struct LazyParts(OnceLock<Box<Parts>>);

impl LazyParts {
    pub(crate) fn of(&self, visitor: &Visitor) -> &Parts {
        self.0.get_or_init(|| Box::new(visitor.parts()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_packed_request_unpacks_to_the_same_method_address_and_headers() {
        let request = Request::get("/page?x=1")
            .header("accept-language", "de;q=0.5, pt-BR, en;q=0.9")
            .header("cookie", "a=b")
            .header("cookie", "c=d")
            .header("sec-websocket-key", "dropped")
            .body(())
            .unwrap();
        let visitor = Visitor::new(&request.into_parts().0, Principal::anonymous(), &Limits::default());
        let parts = visitor.parts();
        assert_eq!(parts.uri, "/page?x=1");
        assert_eq!(parts.headers.get_all("cookie").iter().count(), 2);
        assert!(!parts.headers.contains_key("sec-websocket-key"));
        assert_eq!(visitor.locale(), "pt-BR");
    }

    #[test]
    fn headers_past_the_limit_are_not_kept_and_smaller_ones_behind_them_are() {
        let request = |size: usize| {
            let big = "x".repeat(size);
            let request = Request::get("/").header("x-big", big).header("x-small", "1").body(());
            request.unwrap().into_parts().0
        };
        // Method and address take six bytes, the names five and seven.
        let limits = Limits { request_bytes: 6 + 5 + 100 + 7 + 1, ..Limits::default() };
        let kept = |size| Visitor::new(&request(size), Principal::anonymous(), &limits).parts().headers;
        assert_eq!(kept(100).len(), 2);
        assert!(!kept(101).contains_key("x-small"));
        assert!(kept(109).contains_key("x-small") && !kept(109).contains_key("x-big"));
    }
}
