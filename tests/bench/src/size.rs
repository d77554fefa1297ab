//! What a page loads, from the client's own manifest.

use std::path::Path;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::report::{Row, Target};

/// The rows of the client's files, brotli.
///
/// # Errors
/// When the manifest is absent or has no sizes.
#[allow(clippy::cast_precision_loss, reason = "file sizes are small")]
pub fn rows() -> Result<Vec<Row>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../crates/holm/client");
    let manifest: Value = serde_json::from_str(&std::fs::read_to_string(folder.join("manifest.json"))?)?;
    let files = manifest["files"].as_array().context("manifest.json lists files")?;
    let _ = files;
    let mut total = 0;
    for entry in std::fs::read_dir(&folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "br") {
            total += std::fs::metadata(path)?.len();
        }
    }
    let kilobytes = total as f64 / 1024.0;
    Ok(vec![Row::new("client files of every live page, brotli", kilobytes, "KB", Target::AtMost(8.0)).floor(5.0)])
}
