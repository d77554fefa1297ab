//! Rows, and the table they make.

use std::path::Path;

use anyhow::{Context, Result};
use serde_json::{Value, json};

/// Which side of the target is the good one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Target {
    /// The figure may be this or less.
    AtMost(f64),
    /// The figure may be this or more.
    AtLeast(f64),
    /// The figure may be this many times its floor.
    Times(f64),
    /// The figure is reported for its own sake.
    Reported,
}

impl Target {
    fn holds(self, value: f64, floor: Option<f64>) -> bool {
        match self {
            Self::AtMost(most) => value <= most,
            Self::AtLeast(least) => value >= least,
            Self::Times(most) => floor.is_some_and(|floor| value <= most * floor),
            Self::Reported => true,
        }
    }

    fn show(self) -> String {
        match self {
            Self::AtMost(most) => format!("≤ {}", number(most)),
            Self::AtLeast(least) => format!("≥ {}", number(least)),
            Self::Times(most) => format!("≤ {} ×", number(most)),
            Self::Reported => "–".to_owned(),
        }
    }

    fn json(self) -> Value {
        match self {
            Self::AtMost(number) | Self::AtLeast(number) | Self::Times(number) => json!(number),
            Self::Reported => Value::Null,
        }
    }
}

/// One figure.
#[derive(Debug, Clone)]
pub struct Row {
    /// What was measured.
    pub name: String,
    /// The figure; `None` when it could not be measured, which holds nothing.
    pub value: Option<f64>,
    /// Its unit.
    pub unit: String,
    /// What the same run measured without Holm.
    pub floor: Option<f64>,
    /// What was asked for.
    pub target: Target,
    /// Whether it holds where the target alone does not tell; `None` to compare.
    pub judged: Option<bool>,
}

impl Row {
    /// A figure with its target.
    pub fn new(name: impl Into<String>, value: f64, unit: &str, target: Target) -> Self {
        Self {
            name: name.into(),
            value: Some(value),
            unit: unit.to_owned(),
            floor: None,
            target,
            judged: None,
        }
    }

    /// A figure that could not be measured: it is a miss, and says why.
    pub fn missing(name: &str, why: &str) -> Self {
        Self {
            name: format!("{name}: not measured, {why}"),
            value: None,
            unit: String::new(),
            floor: None,
            target: Target::Reported,
            judged: Some(false),
        }
    }

    /// The figure with its floor.
    #[must_use]
    pub fn floor(mut self, floor: f64) -> Self {
        self.floor = Some(floor);
        self
    }

    /// Whether the target is met.
    pub fn holds(&self) -> bool {
        self.judged.unwrap_or_else(|| self.value.is_some_and(|value| self.target.holds(value, self.floor)))
    }

    fn json(&self) -> Value {
        json!({
            "name": self.name,
            "value": self.value,
            "unit": self.unit,
            "floor": self.floor,
            "target": self.target.json(),
            "bound": match self.target {
                Target::AtMost(_) => "at most",
                Target::AtLeast(_) => "at least",
                Target::Times(_) => "at most, times the floor",
                Target::Reported => "reported",
            },
            "holds": self.holds(),
        })
    }
}

/// A number with as many digits as it deserves.
pub fn number(value: f64) -> String {
    if value.fract() == 0.0 || value.abs() >= 1000.0 {
        format!("{value:.0}")
    } else if value.abs() >= 10.0 {
        format!("{value:.1}")
    } else {
        format!("{value:.3}")
    }
}

/// The table for a terminal.
pub fn table(rows: &[Row]) -> String {
    let widest = rows.iter().map(|row| row.name.chars().count()).max().unwrap_or(0);
    let mut lines =
        vec![format!("{:widest$}  {:>10}  {:>10}  {:>9}  unit", "figure", "value", "floor", "target")];
    for row in rows {
        let value = row.value.map_or_else(|| "?".to_owned(), number);
        let floor = row.floor.map_or_else(String::new, number);
        let mark = if row.holds() { "" } else { "  MISS" };
        let (target, unit) = (row.target.show(), &row.unit);
        lines.push(format!("{:widest$}  {value:>10}  {floor:>10}  {target:>9}  {unit}{mark}", row.name));
    }
    let missed = rows.iter().filter(|row| !row.holds()).count();
    lines.push(format!("{} figures, {missed} missed\n", rows.len()));
    lines.join("\n")
}

/// Writes the rows as JSON.
///
/// # Errors
/// When the file cannot be written.
pub fn write(path: &Path, rows: &[Row]) -> Result<()> {
    let rows: Vec<Value> = rows.iter().map(Row::json).collect();
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let text = serde_json::to_string_pretty(&json!({ "rows": rows }))?;
    std::fs::write(path, text + "\n").with_context(|| format!("cannot write {}", path.display()))
}
