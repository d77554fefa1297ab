//! The client's files: embedded, hashed, compressed ahead of time, immutable.

use std::sync::LazyLock;

use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use maud::{Markup, html};
use rust_embed::RustEmbed;

mod parts;

/// Everything under `client/`, which `cargo xtask client` writes.
#[derive(RustEmbed)]
#[folder = "client/"]
struct Files;

/// The names of the files a live page loads.
struct Names {
    script: String,
    wasm: String,
    style: String,
}

impl Names {
    /// The name of a part, as the client makes it.
    fn part(&self, part: &str) -> String {
        self.script.replacen("/holm-", &format!("/holm-{part}-"), 1)
    }
}

static NAMES: LazyLock<Names> = LazyLock::new(|| {
    let named = |suffix: &str| {
        let is_main = |file: &str| {
            let hash = file.strip_prefix("holm-").and_then(|rest| rest.strip_suffix(suffix));
            hash.is_some_and(|hash| hash.bytes().all(|byte| byte.is_ascii_hexdigit()))
        };
        let name = Files::iter().find(|file| is_main(file)).unwrap_or_default();
        format!("/__live/client/{name}")
    };
    Names { script: named(".js"), wasm: named(".wasm"), style: named(".css") }
});

/// What a page with an island has in its head, and the client's script as well unless the page is a file.
pub(crate) fn head(script: Option<&Script<'_>>) -> Markup {
    html! {
        link rel="stylesheet" href=(NAMES.style);
        @if let Some(Script { body, transport, development }) = script {
            @let parts = [development.then_some("panel")].into_iter().flatten().chain(parts::of(body)).collect::<Vec<_>>();
            script async src=(NAMES.script) data-parts=[(!parts.is_empty()).then(|| parts.join(" "))] data-transport=[transport] {}
            link rel="preload" href=(NAMES.wasm) as="fetch" type="application/wasm" crossorigin;
            @for part in parts { link rel="preload" href=(NAMES.part(part)) as="script"; }
        }
    }
}

/// What the client's script is told of its page.
pub(crate) struct Script<'a> {
    /// The page's body, whose attributes say which parts load with the client.
    pub(crate) body: &'a str,
    /// The transport that the page is to use.
    pub(crate) transport: Option<&'static str>,
    /// Whether the development panel comes along.
    pub(crate) development: bool,
}

/// The transport that an address asks for, as tests do.
pub(crate) fn transport(query: &str) -> Option<&'static str> {
    let wish = query.split('&').find_map(|field| field.strip_prefix("holm-transport="))?;
    ["websocket", "stream", "poll", "http"].into_iter().find(|name| *name == wish)
}

/// `GET /__live/client/{file}`.
pub(crate) async fn serve(Path(name): Path<String>, headers: HeaderMap) -> Response {
    let kind = match name.rsplit_once('.').map(|(_, ending)| ending) {
        Some("js") => "text/javascript; charset=utf-8",
        Some("wasm") => "application/wasm",
        Some("css") => "text/css; charset=utf-8",
        _ => return (StatusCode::NOT_FOUND, "There is no such file.\n").into_response(),
    };
    let Some((file, coding)) = best(&name, &headers) else {
        return (StatusCode::NOT_FOUND, "There is no such file; reload the page for its present name.\n")
            .into_response();
    };
    let mut answer = HeaderMap::new();
    answer.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    answer.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable"));
    answer.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    answer.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if let Some(coding) = coding {
        answer.insert(header::CONTENT_ENCODING, HeaderValue::from_static(coding));
    }
    (answer, file.data).into_response()
}

/// The file in the smallest coding the client takes.
fn best(name: &str, headers: &HeaderMap) -> Option<(rust_embed::EmbeddedFile, Option<&'static str>)> {
    let accepted =
        headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    for (coding, ending) in [("br", "br"), ("gzip", "gz")] {
        if accepts(accepted, coding)
            && let Some(file) = Files::get(&format!("{name}.{ending}"))
        {
            return Some((file, Some(coding)));
        }
    }
    Files::get(name).map(|file| (file, None))
}

/// Whether an `Accept-Encoding` value takes this coding (RFC 9110, section 12.5.3).
fn accepts(header: &str, coding: &str) -> bool {
    header.split(',').any(|entry| {
        let mut fields = entry.split(';').map(str::trim);
        let named = fields.next().is_some_and(|name| name.eq_ignore_ascii_case(coding));
        let refused = fields.any(|field| {
            field
                .strip_prefix("q=")
                .is_some_and(|weight| weight.parse::<f32>().is_ok_and(|weight| weight == 0.0))
        });
        named && !refused
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_head_names_parts_and_transport_and_every_file_is_there() {
        let head = |body, query| {
            head(Some(&Script { body, transport: transport(query), development: false })).into_string()
        };
        let bare = head("<button data-live=inc>", "x=1");
        assert!(!bare.contains("data-"), "{bare}");
        let full = head("<form data-live-submit=save data-live-disable>", "a=b&holm-transport=poll");
        assert!(full.contains(r#"data-parts="events hint aid" data-transport="poll""#), "{full}");
        for file in full.split("/__live/client/").skip(1).filter_map(|rest| rest.split('"').next()) {
            assert!(Files::get(file).is_some(), "{file}");
        }
        assert_eq!(transport("holm-transport=pigeon"), None);
    }

    #[test]
    fn the_panel_comes_first_in_development_and_never_otherwise() {
        let head = |development| {
            let body = "<form data-live-submit=save>";
            head(Some(&Script { body, transport: None, development })).into_string()
        };
        assert!(head(true).contains(r#"data-parts="panel events"#), "{}", head(true));
        assert!(!head(false).contains("panel"), "{}", head(false));
        for part in ["panel", "view", "debug"] {
            let name = NAMES.part(part);
            assert!(Files::get(name.rsplit('/').next().unwrap()).is_some(), "{name}");
        }
    }

    #[test]
    fn a_coding_is_taken_when_named_and_not_weighed_nought() {
        assert!(accepts("gzip, deflate, br", "br"));
        assert!(accepts("gzip;q=0.5", "gzip"));
        assert!(!accepts("gzip, br;q=0", "br"));
        assert!(!accepts("", "br"));
        assert!(!accepts("brotli", "br"));
    }
}
