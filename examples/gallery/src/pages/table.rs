//! A table of a thousand keyed rows.

mod order;
mod row;

use std::collections::BTreeMap;

use holm::act::Act;
use holm::prelude::*;

use self::order::{Column, Order};
use self::row::Row;
use crate::layout::{About, layout};

pub(crate) static ABOUT: About = About {
    path: "/table",
    title: "A thousand rows",
    short: "Table",
    summary: "Sort, edit, prepend, swap, reverse and remove: each row keeps its element, and only the change travels.",
    file: "table.rs",
};

/// Rows at the start, and rows at most.
const ROWS: u16 = 1_000;
const MOST: u16 = 1_200;

/// A row is a function of its number, so the state is the order and what differs.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Table {
    order: Order,
    landings: BTreeMap<u16, u32>,
    names: BTreeMap<u16, String>,
    last: u16,
    sorted: Option<(Column, bool)>,
    renaming: Option<u16>,
}

#[derive(Event)]
pub(crate) enum Edit {
    Land(u16),
    Rename(u16),
    Save { id: u16, name: String },
    Cancel,
    Remove(u16),
    Sort(Column),
    Prepend,
    Swap,
    Reverse,
}

impl Table {
    fn new() -> Self {
        let order = Order((1..=ROWS).collect());
        let (landings, names) = (BTreeMap::new(), BTreeMap::new());
        Self { order, landings, names, last: ROWS, sorted: None, renaming: None }
    }

    fn row(&self, id: u16) -> Row {
        let mut row = Row::charted(id);
        row.landings += self.landings.get(&id).unwrap_or(&0);
        row.name = self.names.get(&id).cloned().unwrap_or(row.name);
        row
    }

    fn sort(&mut self, column: Column) {
        let down = self.sorted == Some((column, false));
        let mut rows: Vec<Row> = self.order.0.iter().map(|id| self.row(*id)).collect();
        rows.sort_by(|a, b| if down { column.compare(b, a) } else { column.compare(a, b) });
        self.order = Order(rows.iter().map(|row| row.id).collect());
        self.sorted = Some((column, down));
    }

    /// A cell of `column` changed where it stands, so the rows may no longer follow that column.
    fn changed(&mut self, column: Column) {
        self.sorted = self.sorted.filter(|(by, _)| *by != column);
    }
}

impl Island for Table {
    type Event = Edit;

    fn render(&self) -> Markup {
        html! {
            div.bar {
                button data-live=(Edit::Prepend) aria-disabled=[(self.last >= MOST).then_some("true")] { "Add on top" }
                button.quiet data-live=(Edit::Swap) { "Swap second and last but one" }
                button.quiet data-live=(Edit::Reverse) { "Reverse" }
                p role="status" { "Rows: " (self.order.0.len()) }
            }
            p.refused data-live-error data-live-ignore role="alert" {}
            a.skip.here href="#past-the-table" { "Skip the table" }
            div.scroll role="region" aria-labelledby="islets" tabindex="0" {
                table {
                    caption #islets { "Islets, with what has landed on them" }
                    thead { tr { @for column in Column::ALL { (self.heading(column)) } th scope="col" { span { "Remove" } } } }
                    tbody { @for id in &self.order.0 { (self.row(*id).render(self.renaming == Some(*id))) } }
                }
            }
        }
    }

    async fn on(&mut self, event: Edit, cx: &mut Cx<Edit>) -> holm::Result {
        match event {
            Edit::Land(id) => {
                *self.landings.entry(id).or_default() += 1;
                self.changed(Column::Landings);
            }
            Edit::Rename(id) => {
                self.renaming = Some(id);
                let field = format!("#r{id} [name=name]");
                cx.act(Act::focus(&field).select(&field));
            }
            Edit::Save { id, name } => {
                let name = name.trim();
                if name.is_empty() || name.chars().count() > 40 {
                    return Err(holm::Error::public("A name has 1 to 40 letters."));
                }
                self.names.insert(id, name.to_owned());
                self.renaming = None;
                self.changed(Column::Name);
            }
            Edit::Cancel => self.renaming = None,
            Edit::Remove(id) => {
                self.order.0.retain(|row| *row != id);
                self.landings.remove(&id);
                self.names.remove(&id);
            }
            Edit::Sort(column) => self.sort(column),
            Edit::Prepend if self.last < MOST => {
                self.last += 1;
                self.order.0.insert(0, self.last);
                self.sorted = None;
            }
            Edit::Prepend => {}
            Edit::Swap => {
                self.order.swap();
                self.sorted = None;
            }
            Edit::Reverse => {
                self.order.0.reverse();
                self.sorted = self.sorted.map(|(column, down)| (column, !down));
            }
        }
        Ok(())
    }
}

impl Table {
    fn heading(&self, column: Column) -> Markup {
        let sorted = self.sorted.filter(|(by, _)| *by == column);
        let sort = sorted.map(|(_, down)| if down { "descending" } else { "ascending" });
        html! {
            th scope="col" id={ "by-" (column.id()) } aria-sort=[sort] {
                button.cell data-live=(Edit::Sort(column)) { (column.label()) }
            }
        }
    }
}

pub(crate) async fn page(page: Page) -> Page {
    ABOUT.head(page).body(|p| {
        let content = html! {
            div.stage { (p.island(Table::new())) }
            ul.notes #past-the-table tabindex="-1" {
                li { "Press a name to change it, a number under “Landings” to add one, a heading to sort." }
                li {
                    "Rows are keyed by their " code { "id" } ". The second and the last but one change places in two "
                    "moves; no row is sent again."
                }
                li { "The state is the order and what differs: a thousand rows in order are one pair of numbers." }
            }
        };
        layout(&ABOUT, content)
    })
}
