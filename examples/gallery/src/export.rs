//! The pages as files, for a static host or a double click.

use std::collections::BTreeSet;
use std::io;
use std::path::Path;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::Request;
use tower::ServiceExt;

/// Writes every page to `dir`: the front page as `index.html`, others as `path/index.html`, each with what it links to.
/// Links are relative and name the file, so that they work from a disk too. Returns how many files it wrote.
///
/// No server stands behind such pages, so they carry no script; with `live` they keep it, to be hosted in front of a
/// running server that answers under `/__live` and has the same `HOLM_KEY`.
///
/// # Errors
/// When a file cannot be written, or a page does not answer with 200.
pub async fn export(dir: &Path, live: bool) -> io::Result<usize> {
    let (app, pages) = (crate::app(), crate::paths());
    let mut assets = BTreeSet::new();
    for path in &pages {
        let html = String::from_utf8_lossy(&fetch(&app, path, live).await?).into_owned();
        let file = dir.join(path.trim_start_matches('/')).join("index.html");
        write(&file, relative(&html, path, &pages, live, &mut assets).as_bytes())?;
    }
    for path in &assets {
        write(&dir.join(path.trim_start_matches('/')), &fetch(&app, path, live).await?)?;
    }
    Ok(pages.len() + assets.len())
}

async fn fetch(app: &Router, path: &str, live: bool) -> io::Result<Vec<u8>> {
    let mut request = Request::get(path).body(Body::empty()).map_err(io::Error::other)?;
    if !live {
        request.extensions_mut().insert(holm::Static);
    }
    let Ok(response) = app.clone().oneshot(request).await;
    if !response.status().is_success() {
        return Err(io::Error::other(format!("{path} answered with {}", response.status())));
    }
    let bytes = to_bytes(response.into_body(), usize::MAX).await.map_err(io::Error::other)?;
    Ok(bytes.to_vec())
}

fn write(file: &Path, bytes: &[u8]) -> io::Result<()> {
    if let Some(dir) = file.parent() {
        std::fs::create_dir_all(dir)?;
    }
    std::fs::write(file, bytes)
}

/// The page at `path` with its links made relative; what they lead to besides pages is added to `assets`.
fn relative(html: &str, path: &str, pages: &[String], live: bool, assets: &mut BTreeSet<String>) -> String {
    let up = "../".repeat(path.split('/').filter(|part| !part.is_empty()).count());
    let mut out = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(start) =
        ["href=\"/", "src=\"/"].iter().filter_map(|name| Some(rest.find(name)? + name.len())).min()
    {
        let (before, after) = rest.split_at(start);
        let (link, after) = after.split_once('"').unwrap_or((after, ""));
        let target = format!("/{link}");
        out.push_str(before.strip_suffix('/').unwrap_or(before));
        if pages.contains(&target) {
            let parts = [up.as_str(), link, if link.is_empty() { "" } else { "/" }, "index.html"];
            out.extend(parts);
        } else {
            // The client finds its other files by their absolute address.
            let client = live && target.starts_with("/__live/");
            out.extend([if client { "/" } else { up.as_str() }, link]);
            assets.insert(target);
        }
        out.push('"');
        rest = after;
    }
    out + rest
}
