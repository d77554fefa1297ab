//! A list of things to do: a form whose errors stand beside its fields, rows renamed in place, focus that goes on.

mod task;

use holm::act::Act;
use holm::form::{FieldErrors, Form};
use holm::prelude::*;

use self::task::{Draft, MOST, Task, look_at};
use crate::layout::{About, layout};

pub(crate) static ABOUT: About = About {
    path: "/todo",
    title: "Things to do",
    short: "To do",
    summary: "Add, rename, tick off, delete and take it back, by mouse or keyboard: the server checks every word, and the focus never gets lost.",
    file: "todo.rs",
};

#[derive(Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Filter {
    #[default]
    All,
    Open,
    Done,
}

impl Filter {
    const ALL: [(Self, &str); 3] = [(Self::All, "All"), (Self::Open, "Open"), (Self::Done, "Done")];

    fn shows(self, task: &Task) -> bool {
        match self {
            Self::All => true,
            Self::Open => !task.done,
            Self::Done => task.done,
        }
    }
}

#[derive(Clone, Default, Serialize, Deserialize)]
pub(crate) struct Todo {
    tasks: Vec<Task>,
    /// Counts all that were ever added, so that no number comes twice.
    added: u32,
    filter: Filter,
    /// What was typed when it was refused, and why.
    draft: Form<Draft>,
    errors: FieldErrors,
    renaming: Option<u32>,
    /// The new name as far as it is known.
    typed: String,
    rename_errors: FieldErrors,
    /// The last one that was deleted, and where it stood.
    deleted: Option<(usize, Task)>,
}

#[derive(Event)]
pub(crate) enum Do {
    Add(Form<Draft>),
    Tick(u32),
    Rename(u32),
    /// The field of a new name was left.
    Keep {
        id: u32,
        name: String,
    },
    Save {
        id: u32,
        name: String,
    },
    GiveUp,
    Delete(u32),
    Undo,
    Show(Filter),
}

impl Todo {
    fn begun() -> Self {
        let task = |id, name: &str, minutes, done| Task { id, name: name.to_owned(), minutes, done };
        let tasks = vec![
            task(1, "Paint the boat", 240, false),
            task(2, "Mend the net", 90, false),
            task(3, "Read the tide table", 10, true),
        ];
        Self { tasks, added: 3, ..Self::default() }
    }

    fn task(&mut self, id: u32) -> Option<&mut Task> {
        self.tasks.iter_mut().find(|task| task.id == id)
    }

    fn shown(&self) -> impl Iterator<Item = &Task> {
        self.tasks.iter().filter(|task| self.filter.shows(task))
    }

    fn add(&mut self, form: Form<Draft>, cx: &Cx<Do>) {
        match form.check().and_then(|draft| look_at(&draft, &self.tasks)) {
            Ok((name, minutes)) => {
                self.added += 1;
                self.tasks.push(Task { id: self.added, name, minutes, done: false });
                (self.draft, self.errors) = (Form::default(), FieldErrors::default());
                // What was added is to be seen.
                if self.filter == Filter::Done {
                    self.filter = Filter::All;
                }
                cx.reset("#add");
                cx.focus("#add [name=name]");
            }
            Err(errors) => {
                if let Some(field) = errors.first() {
                    cx.focus(format!("#add [name={field}]"));
                }
                (self.draft, self.errors) = (form, errors);
            }
        }
    }

    /// Gives the task that is being renamed its new name; false when that is none, and the renaming goes on.
    fn rename(&mut self, cx: &Cx<Do>) -> bool {
        let Some(id) = self.renaming else { return true };
        match task::name(&self.typed, id, &self.tasks) {
            Ok(name) => {
                if let Some(task) = self.task(id) {
                    task.name = name;
                }
                (self.renaming, self.rename_errors) = (None, FieldErrors::default());
                true
            }
            Err(sentence) => {
                self.rename_errors = FieldErrors::from_iter([("name", sentence)]);
                cx.focus(format!("#t{id} [name=name]"));
                false
            }
        }
    }

    /// Begins a renaming, after the one before has ended.
    fn begin(&mut self, id: u32, cx: &Cx<Do>) {
        if self.renaming != Some(id) && self.rename(cx) {
            // The page may show a row that has gone since: the next edit puts it right.
            let Some(task) = self.task(id) else { return };
            let name = task.name.clone();
            (self.renaming, self.typed) = (Some(id), name);
            let field = format!("#t{id} [name=name]");
            cx.act(Act::focus(&field).select(&field));
        }
    }

    fn save(&mut self, id: u32, name: String, cx: &Cx<Do>) {
        if self.renaming == Some(id) {
            self.typed = name;
            if self.rename(cx) {
                cx.focus(format!("#t{id} .rename"));
            }
        }
    }

    /// Ends the renaming; the focus goes back to where it began.
    fn give_up(&mut self, cx: &Cx<Do>) {
        if let Some(id) = self.renaming.take() {
            cx.focus(format!("#t{id} .rename"));
        }
        self.rename_errors = FieldErrors::default();
    }

    fn delete(&mut self, id: u32, cx: &Cx<Do>) {
        let Some(at) = self.tasks.iter().position(|task| task.id == id) else { return };
        // To the next row, or the one before, or where the next task is written.
        let rows: Vec<u32> = self.shown().map(|task| task.id).collect();
        let row = rows.iter().position(|row| *row == id);
        let next = row.and_then(|row| rows.get(row + 1).or_else(|| rows.get(row.checked_sub(1)?)));
        cx.focus(next.map_or_else(|| "#add [name=name]".to_owned(), |next| format!("#t{next} .delete")));
        self.deleted = Some((at, self.tasks.remove(at)));
        self.renaming = self.renaming.filter(|renaming| *renaming != id);
    }

    fn undo(&mut self, cx: &Cx<Do>) {
        let Some((at, task)) = self.deleted.take() else { return };
        if !self.filter.shows(&task) {
            self.filter = Filter::All;
        }
        cx.focus(format!("#t{} .delete", task.id));
        self.tasks.insert(at.min(self.tasks.len()), task);
    }
}

impl Island for Todo {
    type Event = Do;
    const PROGRESSIVE: bool = true;

    fn render(&self) -> Markup {
        let open: Vec<_> = self.tasks.iter().filter(|task| !task.done).collect();
        let minutes: u32 = open.iter().map(|task| u32::from(task.minutes)).sum();
        html! {
            div.todo {
                (self.form())
                div.bar role="group" aria-label="Which are shown" {
                    @for (filter, label) in Filter::ALL {
                        button.quiet data-live=(Do::Show(filter)) aria-pressed=(filter == self.filter) { (label) }
                    }
                    p role="status" { "Open: " (open.len()) ", " (minutes) " minutes" }
                }
                ul.tasks aria-label="Tasks" {
                    @for task in self.shown() {
                        @if self.renaming == Some(task.id) { (task.form(&self.typed, &self.rename_errors)) } @else { (task.row()) }
                    }
                }
                @if self.shown().next().is_none() { p.none { "Nothing is here." } }
                div.undo {
                    p role="status" { @if let Some((_, task)) = &self.deleted { "Deleted “" (task.name) "”." } }
                    @if self.deleted.is_some() { button.quiet data-live=(Do::Undo) { "Undo" } }
                }
            }
        }
    }

    async fn on(&mut self, event: Do, cx: &mut Cx<Do>) -> holm::Result {
        match event {
            Do::Add(_) if self.tasks.len() >= MOST => {
                return Err(holm::Error::public("The list is full. Delete something first."));
            }
            Do::Add(form) => self.add(form, cx),
            Do::Tick(id) => {
                if let Some(task) = self.task(id) {
                    task.done = !task.done;
                }
            }
            Do::Rename(id) => self.begin(id, cx),
            Do::Keep { id, name } if self.renaming == Some(id) => self.typed = name,
            Do::Save { id, name } => self.save(id, name, cx),
            Do::GiveUp => self.give_up(cx),
            Do::Delete(id) => self.delete(id, cx),
            Do::Undo => self.undo(cx),
            Do::Show(filter) if self.rename(cx) => self.filter = filter,
            // A name that was given up meanwhile, or one that has to be mended first.
            Do::Keep { .. } | Do::Show(_) => {}
        }
        Ok(())
    }
}

impl Todo {
    fn form(&self) -> Markup {
        let at = self.errors.at("add");
        html! {
            form #add novalidate data-live-submit=(Do::add_event()) {
                label.what {
                    "What is to be done"
                    input name="name" value=(self.draft.text("name")) autocomplete="off"
                        aria-invalid=[at.invalid("name")] aria-describedby=[at.described("name")];
                }
                label {
                    "Minutes"
                    input name="minutes" inputmode="numeric" value=(self.draft.text("minutes")) autocomplete="off"
                        aria-invalid=[at.invalid("minutes")] aria-describedby=[at.described("minutes")];
                }
                button { "Add" }
                div.wrong { (at.show("name")) (at.show("minutes")) }
                p.refused data-live-error data-live-ignore role="alert" {}
            }
        }
    }
}

pub(crate) async fn page(page: Page) -> Page {
    ABOUT.head(page).body(|p| {
        let content = html! {
            div.stage { (p.island(Todo::begun())) }
            ul.notes {
                li {
                    "Double-click a task, or press its pencil, to rename it. " kbd { "Enter" } " saves, " kbd { "Esc" }
                    " gives up, and the focus is back where it was. Another pencil or a filter saves what was typed."
                }
                li {
                    "The form is a struct: “half an hour” is no number of minutes, and the page says so beside the "
                    "field, in words that a screen reader hears when the focus goes there."
                }
                li {
                    "Delete with the keyboard, and the focus stands on the next row; the last deletion can be undone. "
                    "With scripts off there is no double click and no " kbd { "Esc" } ", and only “Save” saves a new name."
                }
                li { "The list is this page's own, and is kept nowhere else: load the page again, and it begins anew." }
            }
        };
        layout(&ABOUT, content)
    })
}
