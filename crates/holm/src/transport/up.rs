//! Frames up by request, beside a stream or a poll: `POST /__live/up`.

use std::sync::Arc;

use axum::extract::{Extension, Request};
use axum::response::{IntoResponse, Response};
use http::StatusCode;

use super::request;
use crate::live::Core;

/// Answers `POST /__live/up`: 204 when the frames are taken.
pub(crate) async fn up(Extension(core): Extension<Arc<Core>>, request: Request) -> Response {
    match request::beside(&core, request).await {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(response) => response,
    }
}
