//! Notifications without an island: a channel, the browser's own `EventSource`, and a form.

use std::time::{SystemTime, UNIX_EPOCH};

use axum::Extension;
use axum::extract::Form;
use axum::http::StatusCode;
use axum::http::header::HOST;
use axum::response::{IntoResponse, Redirect, Response};
use holm::Static;
use holm::prelude::*;
use holm::realtime::{Channel, Event, Realtime};

use crate::assets;
use crate::layout::{About, layout};

pub(crate) static ABOUT: About = About {
    path: "/notifications",
    title: "Notifications",
    short: "Notices",
    summary: "No island here: a channel of named events, read by the browser's EventSource, by curl, by anything that speaks HTTP.",
    file: "notifications.rs",
};

const CHANNEL: &str = "notices";
/// Notices that are kept for those who come later, and for those who were away.
const KEPT: usize = 20;
/// What events are called, and what the page calls them.
const KINDS: [(&str, &str); 2] = [("notice", "Notice"), ("warning", "Warning")];

/// What everybody is told.
#[derive(Serialize, Deserialize)]
struct Notice {
    /// Microseconds since 1970: its key among the rows.
    key: u64,
    /// The time of day in UTC.
    at: String,
    text: String,
}

/// What the form sends, or curl.
#[derive(Deserialize)]
pub(crate) struct Fields {
    #[serde(default)]
    kind: String,
    text: String,
}

/// Anybody may listen to the channel; only the form's handler speaks in it.
pub(crate) fn channel() -> (&'static str, Channel) {
    (CHANNEL, Channel::new().history(KEPT))
}

pub(crate) async fn send(Extension(realtime): Extension<Realtime>, Form(fields): Form<Fields>) -> Response {
    let text = fields.text.trim();
    if text.is_empty() || text.chars().count() > 200 {
        return (StatusCode::UNPROCESSABLE_ENTITY, "A notification has 1 to 200 letters.\n").into_response();
    }
    let kind = KINDS.iter().find(|kind| kind.0 == fields.kind).unwrap_or(&KINDS[0]).0;
    let key = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_micros();
    let key = u64::try_from(key).unwrap_or_default();
    let at = format!("{:02}:{:02}", key / 3_600_000_000 % 24, key / 60_000_000 % 60);
    let Ok(event) = Event::new(kind).json(&Notice { key, at, text: text.to_owned() }) else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    realtime.to_channel(CHANNEL).broadcast(event);
    Redirect::to(ABOUT.path).into_response()
}

fn row(event: &Event) -> Option<Markup> {
    let notice: Notice = event.read().ok()?;
    let kind = KINDS.iter().find(|kind| kind.0 == event.name())?;
    Some(html! {
        li.(kind.0) data-key=(notice.key) {
            b.kind { (kind.1) }
            p { (notice.text) }
            time { (notice.at) }
        }
    })
}

pub(crate) async fn page(
    Extension(realtime): Extension<Realtime>,
    file: Option<Extension<Static>>,
    page: Page,
) -> Page {
    let parts = page.parts();
    let host = parts.headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or("127.0.0.1:3000");
    assets::NOTIFY.run_on(ABOUT.head(page), file).body(|_| {
        let content = html! {
            div.stage.notify {
                form method="post" action=(ABOUT.path) {
                    label { "Tell everybody" input name="text" required maxlength="200" autocomplete="off"; }
                    label {
                        "As a"
                        select name="kind" { @for (kind, name) in KINDS { option value=(kind) { (name) } } }
                    }
                    button { "Send" }
                }
                p.refused role="alert" {}
                div.feed role="log" aria-label="Notifications" tabindex="0" {
                    ol data-listen={ "/realtime?channel=" (CHANNEL) } {
                        @for row in realtime.to_channel(CHANNEL).history().iter().filter_map(row) { (row) }
                    }
                }
            }
            p { "From a terminal, listen and speak:" }
            div.scroll role="region" aria-label="Commands to try" tabindex="0" {
                pre.commands {
                    code.line { "curl -N -H 'Accept: text/event-stream' 'http://" (host) "/realtime?channel=" (CHANNEL) "'" }
                    code.line { "curl -d kind=warning -d text=Hello 'http://" (host) (ABOUT.path) "'" }
                }
            }
            ul.notes {
                li { "Events have names, and the page's own script of a few lines listens to two of them." }
                li { "After a lost connection, or when its tab is shown again, the page says which event was its last, and gets those since from the history." }
                li { "With scripts off the form still sends, and the page shows the last " (KEPT) " when it is loaded again." }
            }
        };
        layout(&ABOUT, content)
    })
}
