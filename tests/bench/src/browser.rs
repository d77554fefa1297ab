//! Rows that Chromium measures: each `tests/browser/*bench.mjs` prints them as JSON.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::report::{Row, Target};

/// Runs every browser benchmark.
///
/// # Errors
/// When there is none, or one fails or prints no rows.
pub fn rows() -> Result<Vec<Row>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../browser");
    let mut scripts: Vec<PathBuf> = Vec::new();
    for entry in std::fs::read_dir(&folder)? {
        let path = entry?.path();
        if path.to_string_lossy().ends_with("bench.mjs") {
            scripts.push(path);
        }
    }
    scripts.sort();
    if scripts.is_empty() {
        bail!("no *bench.mjs in tests/browser");
    }
    let mut rows = Vec::new();
    for script in scripts {
        let output = Command::new("node").arg(&script).current_dir(&folder).output()?;
        if !output.status.success() {
            bail!("{}: {}", script.display(), String::from_utf8_lossy(&output.stderr));
        }
        let text = String::from_utf8_lossy(&output.stdout);
        rows.extend(parse(&text).with_context(|| format!("{} printed {text}", script.display()))?);
    }
    Ok(rows)
}

/// Rows from a JSON array, or from one JSON object a line; other lines are talk.
fn parse(text: &str) -> Result<Vec<Row>> {
    let values: Vec<Value> = match serde_json::from_str(text.trim()) {
        Ok(Value::Array(rows)) => rows,
        Ok(Value::Object(mut report)) if report.contains_key("rows") => {
            report.remove("rows").and_then(|rows| rows.as_array().cloned()).context("rows are an array")?
        }
        _ => {
            text.lines().filter_map(|line| serde_json::from_str(line).ok()).filter(Value::is_object).collect()
        }
    };
    if values.is_empty() {
        bail!("no rows");
    }
    values.iter().map(row).collect()
}

fn row(value: &Value) -> Result<Row> {
    let name = value["name"].as_str().context("a row has a name")?;
    let target = match &value["target"] {
        Value::Number(most) => most.as_f64().map_or(Target::Reported, Target::AtMost),
        Value::String(text) => text
            .trim_start_matches(|c: char| !c.is_ascii_digit())
            .split(|c: char| !c.is_ascii_digit() && c != '.')
            .next()
            .and_then(|digits| digits.parse().ok())
            .map_or(Target::Reported, Target::Times),
        _ => Target::Reported,
    };
    Ok(Row {
        name: name.to_owned(),
        value: value["value"].as_f64(),
        unit: value["unit"].as_str().unwrap_or_default().to_owned(),
        floor: value["floor"].as_f64(),
        target,
        judged: value["holds"].as_bool(),
    })
}
