//! The stylesheet and the icon: embedded, and named by a hash of their bytes so that they never need asking twice.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::LazyLock;

use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};

/// The stylesheet of every page.
pub(crate) static STYLE: LazyLock<Asset> = LazyLock::new(|| {
    Asset::new("style", "css", "text/css; charset=utf-8", include_str!("../assets/style.css"))
});

/// The icon in the browser's tab.
pub(crate) static ICON: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("icon", "svg", "image/svg+xml", include_str!("../assets/icon.svg")));

/// One embedded file.
pub(crate) struct Asset {
    url: String,
    kind: &'static str,
    text: &'static str,
}

impl Asset {
    fn new(stem: &str, ending: &str, kind: &'static str, text: &'static str) -> Self {
        let mut hasher = DefaultHasher::new();
        text.hash(&mut hasher);
        Self { url: format!("/{stem}-{:08x}.{ending}", hasher.finish() >> 32), kind, text }
    }

    /// Where the file is served.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// The file, to be kept for a year.
    pub(crate) fn response(&self) -> Response {
        let forever = "public, max-age=31536000, immutable";
        ([(CONTENT_TYPE, self.kind), (CACHE_CONTROL, forever)], self.text).into_response()
    }
}
