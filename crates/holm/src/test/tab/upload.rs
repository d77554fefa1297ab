//! Choosing files in a field that uploads them.

use std::panic::Location;

use axum::body::Body;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{Method, Request, StatusCode, header};

use super::Tab;
use super::screen::{Screen, describe, instance_of};
use crate::test::token_text;

/// Bytes of one request, as the client sends them.
const PIECE: usize = 1 << 20;

impl Tab {
    /// Chooses a file in the first field that a CSS selector finds, one with `data-live-upload`, and sends it over HTTP
    /// as the client does, in pieces. Waits until the island has heard of it all.
    ///
    /// What the island refuses shows in its state, as it does on a page.
    ///
    /// # Panics
    /// When nothing is found, it uploads nothing, or the server answers with something else than tus has.
    #[track_caller]
    pub fn upload(&mut self, css: &str, name: &str, kind: &str, bytes: &[u8]) -> impl Future<Output = ()> {
        self.at = Location::caller();
        async move {
            let (island, input) = {
                let screen = Screen::of(self);
                let field = screen.one(css);
                let input = field.attr("data-live-upload").or_else(|| field.attr("data-live-upload-drop"));
                let input = input.unwrap_or_else(|| {
                    panic!("{} has no `data-live-upload`. {}", describe(field), screen.advice())
                });
                let island = instance_of(field).unwrap_or_else(|| panic!("{css:?} is in no island"));
                (island, input.to_owned())
            };
            let fields =
                [("island", island.as_str()), ("input", &input), ("filename", name), ("filetype", kind)];
            let metadata = fields.map(|(key, value)| format!("{key} {}", STANDARD.encode(value))).join(",");
            let begin = self
                .upload_request(Method::POST, "/__live/upload")
                .header("upload-length", bytes.len())
                .header("upload-metadata", metadata);
            let page = self.app.request(begin.body(Body::empty()).expect("headers of one line")).await;
            let address = page
                .headers
                .get(header::LOCATION)
                .and_then(|address| address.to_str().ok().map(str::to_owned));
            let mut sent = 0;
            while let Some(address) =
                address.as_ref().filter(|_| page.status == StatusCode::CREATED && sent < bytes.len())
            {
                let piece = &bytes[sent..bytes.len().min(sent + PIECE)];
                let request = self
                    .upload_request(Method::PATCH, address)
                    .header("upload-offset", sent)
                    .header(header::CONTENT_TYPE, "application/offset+octet-stream");
                let answer = self
                    .app
                    .request(request.body(Body::from(piece.to_vec())).expect("headers of one line"))
                    .await;
                if answer.status != StatusCode::NO_CONTENT {
                    break;
                }
                sent += piece.len();
            }
            self.settle().await;
        }
    }

    fn upload_request(&self, method: Method, address: &str) -> http::request::Builder {
        Request::builder()
            .method(method)
            .uri(address)
            .header("tus-resumable", "1.0.0")
            .header("holm-session", token_text(&self.token))
    }
}
