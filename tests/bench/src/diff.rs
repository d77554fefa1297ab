//! What a diff costs, as a share of what maud's render of the same table costs.

use std::hint::black_box;
use std::time::Instant;

use anyhow::{Result, ensure};
use holm::prelude::Island;
use holm_dom::{Outcome, Tree, diff};
use maud::{Markup, html};
use stories::stage::Rows;

use crate::echo::median;
use crate::report::{Row, Target};
use crate::server::ROWS;

/// Calls in one sample, and samples of which the median counts.
const CALLS: u32 = 40;
const SAMPLES: usize = 25;

/// The table of all other figures.
fn table(changed: u32) -> Markup {
    let mut table = Rows::of(ROWS);
    if let Some(row) = table.rows.get_mut(changed as usize) {
        "row 777".clone_into(&mut row.text);
    }
    table.render()
}

/// A table with as little in a row as a table can have: the quickest render to stand beside.
fn thin(changed: u32) -> Markup {
    html! {
        table { tbody {
            @for id in 0..ROWS {
                tr data-key=(id) { td { (id) } td { "row " (if id == changed { 777 } else { id }) } }
            }
        } }
    }
}

/// Medians in seconds.
struct Times {
    render: f64,
    cell: f64,
    same: f64,
    both: f64,
}

/// The diff rows.
///
/// # Errors
/// When the diff does not make what was rendered.
pub fn rows() -> Result<Vec<Row>> {
    let state = Rows::of(ROWS);
    let (full, lean) = (measure(table, || state.render())?, measure(thin, || thin(ROWS))?);
    let share =
        |name: &str, value: f64, render: f64, target| Row::new(name, value / render, "", target).floor(1.0);
    Ok(vec![
        share(
            "1,000 rows, diff of one cell, share of a maud render",
            full.cell,
            full.render,
            Target::AtMost(0.25),
        ),
        share(
            "1,000 rows, diff of nothing, share of a maud render",
            full.same,
            full.render,
            Target::AtMost(0.1),
        ),
        Row::new(
            "1,000 rows, two renders and the diff, no HTML kept",
            full.both * 1e6,
            "µs",
            Target::Reported,
        )
        .floor(full.render * 1e6),
        share("rows of two bare cells, diff of one cell", lean.cell, lean.render, Target::AtMost(0.25)),
        share("rows of two bare cells, diff of nothing", lean.same, lean.render, Target::AtMost(0.1)),
    ])
}

/// Times the diff of a table, `changed` by its row, and a render of it.
fn measure(changed: fn(u32) -> Markup, render: impl Fn() -> Markup) -> Result<Times> {
    let (old, new) = (changed(ROWS).into_string(), changed(500).into_string());
    let mut program = Vec::new();
    ensure!(diff(&old, &new, &mut program) == Outcome::Edits, "one cell is an edit");
    let mut tree = Tree::parse(&old);
    tree.apply(&program)?;
    ensure!(tree.to_html() == Tree::parse(&new).to_html(), "the edit makes what was rendered");

    let copy = old.clone();
    let mut samples: [Vec<f64>; 4] = Default::default();
    for _ in 0..SAMPLES {
        // In turns, so that a busy machine is busy for all of them.
        samples[0].push(time(|| drop(black_box(render()))));
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
            black_box(diff(&render().into_string(), &render().into_string(), &mut program));
        }));
    }
    let [render, cell, same, both] = samples.map(median);
    // Both renders above are of one state; the cell's diff is what the change adds.
    Ok(Times { render, cell, same, both: both - same + cell })
}

/// Seconds a call takes.
fn time(mut call: impl FnMut()) -> f64 {
    let begun = Instant::now();
    for _ in 0..CALLS {
        call();
    }
    begun.elapsed().as_secs_f64() / f64::from(CALLS)
}
