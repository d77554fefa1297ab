//! The stylesheet, the icon and the scripts: embedded, and named by a hash of their bytes so that they never need asking twice.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::LazyLock;

use axum::Extension;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use holm::Static;
use holm::prelude::*;

/// The stylesheet of every page.
pub(crate) static STYLE: LazyLock<Asset> = LazyLock::new(|| {
    let text = concat!(
        include_str!("../assets/style.css"),
        include_str!("../assets/push.css"),
        include_str!("../assets/work.css"),
        include_str!("../assets/grid.css"),
    );
    Asset::new("style", "css", "text/css; charset=utf-8", text)
});

const SCRIPT: &str = "text/javascript; charset=utf-8";

/// Listens to the notifications.
pub(crate) static NOTIFY: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("notify", "js", SCRIPT, include_str!("../assets/notify.js")));

/// Moves the focus in the sheet.
pub(crate) static GRID: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("grid", "js", SCRIPT, include_str!("../assets/grid.js")));

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

    /// Has a page load it, unless the page becomes a file, behind which there is nobody to talk to.
    pub(crate) fn run_on(&self, page: Page, file: Option<Extension<Static>>) -> Page {
        if file.is_some() { page } else { page.head(html! { script type="module" src=(self.url) {} }) }
    }

    /// The file, to be kept for a year.
    pub(crate) fn response(&self) -> Response {
        let forever = "public, max-age=31536000, immutable";
        ([(CONTENT_TYPE, self.kind), (CACHE_CONTROL, forever)], self.text).into_response()
    }
}
