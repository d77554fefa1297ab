//! What a diff costs, as a share of what maud's render of the same table costs.

use std::hint::black_box;
use std::time::Instant;

use anyhow::{Result, ensure};
use holm_dom::{Outcome, Tree, diff};
use maud::{Markup, html};

use crate::echo::median;
use crate::report::{Row, Target};
use crate::server::ROWS;

/// Calls in one sample, and samples of which the median counts.
const CALLS: u32 = 40;
const SAMPLES: usize = 25;

/// A table with as little in a row as a table can have, so that the render it is measured against is a quick one.
fn table(changed: u32) -> Markup {
    html! {
        table { tbody {
            @for id in 1..=ROWS {
                tr data-key=(id) { td { (id) } td { "row " (if id == changed { id * 2 } else { id }) } }
            }
        } }
    }
}

/// The diff rows.
///
/// # Errors
/// When the diff does not make what was rendered.
pub fn rows() -> Result<Vec<Row>> {
    let (old, new) = (table(0).into_string(), table(500).into_string());
    let mut program = Vec::new();
    ensure!(diff(&old, &new, &mut program) == Outcome::Edits, "one cell is an edit");
    let mut tree = Tree::parse(&old);
    tree.apply(&program)?;
    ensure!(tree.to_html() == Tree::parse(&new).to_html(), "the edit makes what was rendered");

    let copy = old.clone();
    let mut samples: [Vec<f64>; 4] = Default::default();
    for _ in 0..SAMPLES {
        // In turns, so that a busy machine is busy for all of them.
        samples[0].push(time(|| drop(black_box(table(black_box(0))))));
        samples[1].push(time(|| {
            program.clear();
            black_box(diff(black_box(&old), black_box(&new), &mut program));
        }));
        samples[2].push(time(|| {
            program.clear();
            black_box(diff(black_box(&old), black_box(&copy), &mut program));
        }));
        samples[3].push(time(|| {
            program.clear();
            let (old, new) = (table(black_box(0)).into_string(), table(black_box(500)).into_string());
            black_box(diff(&old, &new, &mut program));
        }));
    }
    let [render, cell, same, both] = samples.map(median);
    let share =
        |name: &str, value: f64, most| Row::new(name, value / render, "", Target::AtMost(most)).floor(1.0);
    Ok(vec![
        share("diff of one cell in 1,000 rows, share of a maud render", cell, 0.25),
        share("diff of nothing changed in 1,000 rows, share of a maud render", same, 0.1),
        Row::new("two renders and the diff, no HTML kept", both * 1e6, "µs", Target::Reported)
            .floor(render * 1e6),
    ])
}

/// Seconds a call takes.
fn time(mut call: impl FnMut()) -> f64 {
    let begun = Instant::now();
    for _ in 0..CALLS {
        call();
    }
    begun.elapsed().as_secs_f64() / f64::from(CALLS)
}
