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
    const EVERY: [&str; 3] = ["script", "wasm", "style"];
    // Nobody but authors load these.
    const DEVELOPMENT: [&str; 3] = ["debug", "panel", "view"];
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../crates/holm/client");
    let manifest: Value = serde_json::from_str(&std::fs::read_to_string(folder.join("manifest.json"))?)?;
    let size = |kind: &str| -> Result<f64> {
        let name = manifest[kind].as_str().with_context(|| format!("manifest.json has no {kind}"))?;
        Ok(std::fs::metadata(folder.join(format!("{name}.br")))?.len() as f64 / 1024.0)
    };
    let (mut every, mut needed) = (0.0, 0.0);
    let mut rows = Vec::new();
    for kind in manifest["sizes"].as_object().context("manifest.json has sizes")?.keys() {
        let size = size(kind)?;
        if EVERY.contains(&kind.as_str()) {
            every += size;
        } else {
            needed += if DEVELOPMENT.contains(&kind.as_str()) { 0.0 } else { size };
            let name = format!("client file loaded when first needed: {kind}, brotli");
            rows.push(Row::new(name, size, "KB", Target::AtMost(2.0)));
        }
    }
    rows.insert(
        0,
        Row::new("client files of every live page, brotli", every, "KB", Target::AtMost(8.0)).floor(5.0),
    );
    rows.push(Row::new(
        "client files loaded when first needed, together, brotli",
        needed,
        "KB",
        Target::AtMost(16.0),
    ));
    Ok(rows)
}
