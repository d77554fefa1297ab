//! An editable table of a thousand rows that all visitors share.

mod sheet;
mod view;

use std::time::Duration;

use axum::Extension;
use holm::prelude::*;
use holm::{Overflow, Static};

pub(crate) use self::sheet::{Cell, Sheet};
use self::sheet::{LETTERS, ROWS, Rows, changed};
pub(crate) use self::view::Column;
use self::view::{Draft, Drafts, row};
use crate::assets;
use crate::layout::{About, layout};

pub(crate) static ABOUT: About = About {
    path: "/grid",
    title: "A sheet to edit",
    short: "Sheet",
    summary: "A thousand rows of fields, shared by everybody: sort while you type, and keep your place, your caret and your text.",
    file: "grid.rs",
};

/// How long the colleague thinks.
const PACE: Duration = Duration::from_millis(800);

/// The sheet is everybody's; a page has an order, what is typed, and a colleague.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(crate) struct Grid {
    /// Empty is the order of the numbers.
    order: Vec<u16>,
    sorted: Option<(Column, bool)>,
    /// Whether rows go where they belong as soon as they change.
    follow: bool,
    drafts: Drafts,
    /// The cell that the colleague wrote last.
    latest: Option<u16>,
    colleague: bool,
    /// Counts what the colleague does, so that of two who were begun in haste one goes.
    turn: u32,
    #[serde(skip)]
    rows: Option<Rows>,
}

#[derive(Event)]
pub(crate) enum Edit {
    /// Something is typed, and the visitor is still there.
    Type {
        id: u16,
        cell: Cell,
        value: String,
    },
    /// The cell is left, or Enter is pressed.
    Save {
        id: u16,
        cell: Cell,
        value: String,
    },
    Survey {
        id: u16,
        surveyed: bool,
    },
    Sort(Column),
    Follow {
        follow: bool,
    },
    Colleague,
    #[event(server)]
    Turn(u32),
    #[event(server)]
    Changed,
}

impl Grid {
    fn ids(&self) -> Vec<u16> {
        if self.order.is_empty() { (1..=ROWS).collect() } else { self.order.clone() }
    }

    fn sort(&mut self, rows: &Rows) {
        if let Some((column, down)) = self.sorted {
            self.order = column.order(down, rows);
        }
    }

    /// Takes what is typed into the sheet, or keeps it here and says why.
    fn write(&mut self, id: u16, cell: Cell, text: String, cx: &Cx<Edit>) {
        let sheet = cx.state::<Sheet>();
        // Tried on a copy: what is wrong never gets into the sheet, and nobody hears of it.
        match row(&sheet.rows(), id).clone().set(cell, &text) {
            Ok(()) => {
                self.drafts.drop(id, cell);
                sheet.change(&cx.hub(), id, |row| row.set(cell, &text).unwrap_or_default());
            }
            Err(fault) => self.drafts.keep(Draft { id, cell, text, fault: Some(fault.to_owned()) }),
        }
    }

    /// The colleague writes a depth or ticks a box, near the top where one sees it, and never where the visitor types.
    fn turn(&mut self, cx: &Cx<Edit>) {
        self.turn += 1;
        let step = usize::try_from(self.turn.wrapping_mul(7)).unwrap_or_default();
        let ids = self.ids();
        let Some(id) = ids
            .iter()
            .take(12)
            .cycle()
            .skip(step % 12)
            .take(12)
            .find(|id| self.drafts.of(**id, Cell::Depth).is_none())
        else {
            return;
        };
        let turn = self.turn;
        cx.state::<Sheet>().change(&cx.hub(), *id, |row| match turn % 3 {
            0 => row.surveyed = !row.surveyed,
            _ => row.depth = (row.depth + 7) % 500,
        });
        self.latest = Some(*id);
    }
}

impl Island for Grid {
    type Event = Edit;

    fn needs(needs: &mut Needs) {
        needs.state::<Sheet>();
    }

    fn render(&self) -> Markup {
        let wrong = self.drafts.wrong();
        html! {
            div.sheet {
                div.bar {
                    button.quiet data-live=(Edit::Colleague) aria-pressed=(self.colleague) { "A colleague works too" }
                    label.choice {
                        input type="checkbox" name="follow" checked[self.follow] data-live-change=(Edit::follow_event());
                        "Sort again with each change"
                    }
                    p role="status" {
                        @if let Some((draft, fault)) = wrong.and_then(|draft| Some((draft, draft.fault.as_ref()?))) {
                            "No. " (draft.id) ": " (fault)
                        } @else {
                            span.scripted { "All that you left is saved." }
                            span.unsaved { "Scripts are off: what is typed here is not saved." }
                        }
                    }
                }
                p.refused data-live-error data-live-ignore role="alert" {}
                a.skip.here href="#past-the-sheet" { "Skip the sheet" }
                div.scroll role="region" aria-labelledby="anchorages" tabindex="0" {
                    table.grid {
                        caption #anchorages { "Anchorages, as everybody here has them" }
                        thead { tr { @for column in Column::ALL { (self.heading(column)) } } }
                        tbody { @if let Some(rows) = &self.rows { @for id in self.ids() { (self.row(rows, id)) } } }
                    }
                }
            }
        }
    }

    async fn mount(&mut self, cx: &mut Cx<Edit>) -> holm::Result {
        self.rows = Some(cx.state::<Sheet>().rows());
        Ok(())
    }

    async fn restore(&mut self, cx: &mut Cx<Edit>) -> holm::Result {
        cx.subscribe_with(&changed(), Overflow::Newest, |()| Edit::Changed);
        self.rows = Some(cx.state::<Sheet>().rows());
        if self.colleague {
            cx.send_after(PACE, Edit::Turn(self.turn));
        }
        Ok(())
    }

    async fn on(&mut self, event: Edit, cx: &mut Cx<Edit>) -> holm::Result {
        match event {
            Edit::Type { id, .. } | Edit::Save { id, .. } | Edit::Survey { id, .. }
                if !(1..=ROWS).contains(&id) =>
            {
                return Err(holm::Error::public("There is no such row."));
            }
            Edit::Type { value, .. } if value.len() > 8 * LETTERS => {
                return Err(holm::Error::public("That is too long for a cell."));
            }
            Edit::Type { id, cell, value } => {
                let now = row(&cx.state::<Sheet>().rows(), id).clone();
                if now.text(cell) == value {
                    self.drafts.drop(id, cell);
                } else {
                    // Told while one types only when it was told before: nobody likes to be corrected half-way.
                    let before = self.drafts.of(id, cell).is_some_and(|draft| draft.fault.is_some());
                    let fault = now.clone().set(cell, &value).err().filter(|_| before).map(str::to_owned);
                    self.drafts.keep(Draft { id, cell, text: value, fault });
                }
            }
            Edit::Save { id, cell, value } => {
                self.write(id, cell, value.chars().take(8 * LETTERS).collect(), cx);
            }
            Edit::Survey { id, surveyed } => {
                cx.state::<Sheet>().change(&cx.hub(), id, |row| row.surveyed = surveyed);
            }
            Edit::Sort(column) => {
                let down = self.sorted == Some((column, false));
                self.sorted = Some((column, down));
                self.sort(&cx.state::<Sheet>().rows());
            }
            Edit::Follow { follow } => {
                self.follow = follow;
                if follow {
                    self.sort(&cx.state::<Sheet>().rows());
                }
            }
            Edit::Colleague => {
                self.colleague = !self.colleague;
                self.latest = None;
                self.turn += 1;
                if self.colleague {
                    cx.send_after(PACE, Edit::Turn(self.turn));
                }
            }
            Edit::Turn(turn) if self.colleague && turn == self.turn => {
                self.turn(cx);
                cx.send_after(PACE, Edit::Turn(self.turn));
            }
            Edit::Turn(_) => {}
            Edit::Changed => {
                if self.follow {
                    self.sort(&cx.state::<Sheet>().rows());
                }
            }
        }
        // What this page has changed is shown with the answer, not when the news of it comes round.
        self.rows = Some(cx.state::<Sheet>().rows());
        Ok(())
    }
}

impl Grid {
    fn heading(&self, column: Column) -> Markup {
        let sorted = self.sorted.filter(|(by, _)| *by == column);
        let sort = sorted.map(|(_, down)| if down { "descending" } else { "ascending" });
        html! {
            th scope="col" id=(column.id()) aria-sort=[sort] {
                button.cell data-live=(Edit::Sort(column)) { (column.label()) }
            }
        }
    }

    fn row(&self, rows: &Rows, id: u16) -> Markup {
        let row = row(rows, id);
        let class = (self.latest == Some(id)).then_some("news");
        html! {
            tr data-key=(id) class=[class] {
                th scope="row" { (id) }
                td { (self.field(id, Cell::Name, row.text(Cell::Name))) }
                td { (self.field(id, Cell::Depth, row.text(Cell::Depth))) }
                td {
                    input type="checkbox" name="surveyed" checked[row.surveyed] aria-label={ "No. " (id) " is surveyed" }
                        data-live-change=(Edit::survey_event()) data-value-id=(id);
                }
            }
        }
    }

    /// A cell is a field of its own: the browser moves the caret and the focus, and the server hears of what is typed.
    fn field(&self, id: u16, cell: Cell, text: String) -> Markup {
        let draft = self.drafts.of(id, cell);
        let fault = draft.and_then(|draft| draft.fault.as_ref());
        let (name, label, mode) = match cell {
            Cell::Name => ("name", "Name of no. ", None),
            Cell::Depth => ("depth", "Depth of no. ", Some("decimal")),
        };
        html! {
            input name="value" value=(draft.map_or(text, |draft| draft.text.clone())) aria-label={ (label) (id) } inputmode=[mode]
                aria-invalid=[fault.map(|_| "true")] aria-describedby=[fault.map(|_| format!("wrong-{name}-{id}"))]
                data-live-input=(Edit::type_event()) data-live-debounce="200" data-live-change=(Edit::save_event())
                data-value-id=(id) data-value-cell=(name);
            @if let Some(fault) = fault { p.holm-field-error id={ "wrong-" (name) "-" (id) } { (fault) } }
        }
    }
}

pub(crate) async fn page(file: Option<Extension<Static>>, page: Page) -> Page {
    let body = async |p: &Slot| {
        let content = html! {
            div.stage { (p.mount(Grid::default()).await) }
            ul.notes #past-the-sheet tabindex="-1" {
                li {
                    kbd { "Tab" } " goes from field to field, " kbd { "↑" } " " kbd { "↓" } " and " kbd { "Enter" } " from row to row, "
                    kbd { "Ctrl" } "+" kbd { "Home" } " to the first; a small script of the page moves the focus, and no key costs a round trip."
                }
                li { "What is typed is told after a pause and saved when the field is left. Until then it is this page's own, and nothing lands on it: not the colleague, not a sort, not a lost connection." }
                li { "What the sheet does not take stays in its field, with the reason under it; everybody else goes on seeing what was there." }
                li { "One changed cell is a few bytes to each page, the sorted sheet a list of moves. Rows keep their elements." }
                li { "The sheet has " (ROWS) " rows in the server's memory. A restart forgets what was changed." }
            }
        };
        layout(&ABOUT, content)
    };
    assets::GRID.run_on(ABOUT.head(page), file).body_async(body).await
}
