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
    let mut total = 0;
    for kind in ["script", "wasm", "style"] {
        let name = manifest[kind].as_str().with_context(|| format!("manifest.json has no {kind}"))?;
        total += std::fs::metadata(folder.join(format!("{name}.br")))?.len();
    }
    let kilobytes = total as f64 / 1024.0;
    Ok(vec![
        Row::new("client files of every live page, brotli", kilobytes, "KB", Target::AtMost(8.0)).floor(5.0),
    ])
}
