//! The source of each page as a page: plain, with a little colour, and no script.

use axum::extract::Path;
use axum::http::StatusCode;
use holm::prelude::*;

use crate::layout::{frame, head};

macro_rules! files {
    ($($name:literal: $path:literal),* $(,)?) => { &[$(($name, include_str!($path))),*] };
}

/// Every file that can be read, by name.
pub(crate) static FILES: &[(&str, &str)] = files![
    "lib.rs": "lib.rs",
    "notify.js": "../assets/notify.js",
    "grid.js": "../assets/grid.js",
    "main.rs": "main.rs",
    "layout.rs": "layout.rs",
    "assets.rs": "assets.rs",
    "security.rs": "security.rs",
    "guest.rs": "guest.rs",
    "vitals.rs": "vitals.rs",
    "source.rs": "source.rs",
    "export.rs": "export.rs",
    "pages.rs": "pages.rs",
    "home.rs": "pages/home.rs",
    "counters.rs": "pages/counters.rs",
    "table.rs": "pages/table.rs",
    "table-order.rs": "pages/table/order.rs",
    "table-row.rs": "pages/table/row.rs",
    "grid.rs": "pages/grid.rs",
    "grid-sheet.rs": "pages/grid/sheet.rs",
    "grid-view.rs": "pages/grid/view.rs",
    "chat.rs": "pages/chat.rs",
    "chat-forms.rs": "pages/chat/forms.rs",
    "chat-post.rs": "pages/chat/post.rs",
    "chat-room.rs": "pages/chat/room.rs",
    "todo.rs": "pages/todo.rs",
    "todo-task.rs": "pages/todo/task.rs",
    "workbench.rs": "pages/workbench.rs",
    "workbench-controls.rs": "pages/workbench/controls.rs",
    "workbench-sheet.rs": "pages/workbench/sheet.rs",
    "search.rs": "pages/search.rs",
    "search-gazetteer.rs": "pages/search/gazetteer.rs",
    "likes.rs": "pages/likes.rs",
    "who.rs": "pages/who.rs",
    "presence.rs": "pages/presence.rs",
    "dashboard.rs": "pages/dashboard.rs",
    "dashboard-figure.rs": "pages/dashboard/figure.rs",
    "build_log.rs": "pages/build_log.rs",
    "assistant.rs": "pages/assistant.rs",
    "notifications.rs": "pages/notifications.rs",
    "clock.rs": "pages/clock.rs",
    "nested.rs": "pages/nested.rs",
    "errors.rs": "pages/errors.rs",
    "no_script.rs": "pages/no_script.rs",
    "plain.rs": "pages/plain.rs",
    "missing.rs": "pages/missing.rs",
];

pub(crate) async fn page(Path(name): Path<String>, page: Page) -> Page {
    let Some((name, text)) = FILES.iter().find(|(file, _)| *file == name) else {
        let page = head(page, "No such file", "There is no source file of this name.");
        return page.status(StatusCode::NOT_FOUND).body(|_| {
            let content =
                html! { h1 { "No such file" } p.source { a href="/source/lib.rs" { "The gallery's files" } } };
            frame("", html! { div.page { (content) } })
        });
    };
    head(page, name, &format!("The source of {name} in Holm's gallery.")).body(|_| {
        let content = html! {
            div.page.reading {
                header.opening { h1 { (name) } }
                nav.files aria-label="Source files" {
                    @for (file, _) in FILES {
                        a href={ "/source/" (file) } aria-current=[(file == name).then_some("page")] { (file) }
                    }
                }
                div.scroll.code role="region" aria-label={ "Source of " (name) } tabindex="0" {
                    pre { code { @for line in text.lines() { span.line { (coloured(line)) "\n" } } } }
                }
            }
        };
        frame("", content)
    })
}

const KEYWORDS: [&str; 29] = [
    "as", "async", "await", "break", "const", "crate", "else", "enum", "fn", "for", "if", "impl", "in",
    "let", "loop", "match", "mod", "move", "mut", "pub", "return", "self", "static", "struct", "super",
    "type", "use", "while", "Self",
];

/// One line of Rust with its comments, strings and keywords marked; as far as that goes without a parser.
fn coloured(mut line: &str) -> Markup {
    let mut parts: Vec<(&str, &str)> = Vec::new();
    while let Some(first) = line.chars().next() {
        let (class, length) = if line.starts_with("//") {
            ("comment", line.len())
        } else if first == '"' {
            ("string", string_length(line))
        } else if first.is_alphabetic() || first == '_' {
            let length = line.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(line.len());
            let macro_call = line[length..].starts_with('!') && !line[length..].starts_with("!=");
            (if KEYWORDS.contains(&&line[..length]) || macro_call { "keyword" } else { "" }, length)
        } else {
            let plain = |c: char| c.is_alphanumeric() || c == '_' || c == '"' || c == '/';
            (
                "",
                first.len_utf8()
                    + line[first.len_utf8()..].find(plain).unwrap_or(line.len() - first.len_utf8()),
            )
        };
        parts.push((class, &line[..length]));
        line = &line[length..];
    }
    html! {
        @for (class, text) in parts {
            @if class.is_empty() { (text) } @else { span class=(class) { (text) } }
        }
    }
}

/// Bytes of the string literal that `line` begins with, to the end of the line when it goes on there.
fn string_length(line: &str) -> usize {
    let mut escaped = false;
    for (at, c) in line.char_indices().skip(1) {
        match c {
            '"' if !escaped => return at + 1,
            '\\' => escaped = !escaped,
            _ => escaped = false,
        }
    }
    line.len()
}
