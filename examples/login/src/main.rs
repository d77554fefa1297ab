//! Who may join, and cutting the connections of a session at logout.

#![forbid(unsafe_code)]

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use axum::extract::{Form, State};
use axum::http::{HeaderMap, header::COOKIE, header::SET_COOKIE};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::post;
use holm::prelude::*;

/// The names behind the secret tokens in cookies. A real app asks for a password too.
type Sessions = Arc<Mutex<HashMap<String, String>>>;

fn name(sessions: &Sessions, headers: &HeaderMap) -> Option<String> {
    sessions.lock().ok()?.get(&token(headers)?).cloned()
}

fn token(headers: &HeaderMap) -> Option<String> {
    let cookies = headers.get(COOKIE)?.to_str().ok()?;
    cookies.split("; ").find_map(|cookie| cookie.strip_prefix("session=").map(str::to_owned))
}

async fn login(State(sessions): State<Sessions>, Form(fields): Form<HashMap<String, String>>) -> Response {
    let Some(name) = fields.get("name").map(|name| name.trim()).filter(|name| !name.is_empty()) else {
        return Redirect::to("/").into_response();
    };
    let random = || getrandom::u64().expect("the system has randomness");
    let token = format!("{:016x}{:016x}", random(), random());
    let cookie = format!("session={token}; HttpOnly; SameSite=Lax; Path=/");
    sessions.lock().expect("whole").insert(token, name.to_owned());
    ([(SET_COOKIE, cookie)], Redirect::to("/")).into_response()
}

async fn logout(State(sessions): State<Sessions>, hub: Hub, headers: HeaderMap) -> impl IntoResponse {
    if let Some(token) = token(&headers) {
        sessions.lock().expect("whole").remove(&token);
        // Every tab of this session loses its socket now, and asks again as nobody.
        hub.disconnect(&Principal::new(token));
    }
    ([(SET_COOKIE, "session=; Max-Age=0; Path=/")], Redirect::to("/"))
}

#[derive(Clone, Default, Serialize, Deserialize)]
struct Diary(Vec<String>);

#[derive(Event)]
enum Pen {
    Write { line: String },
}

impl Island for Diary {
    type Event = Pen;

    fn render(&self) -> Markup {
        html! {
            ul { @for line in &self.0 { li { (line) } } }
            // With each line another form, so an empty one: an edit leaves what a visitor typed alone.
            form id={ "line-" (self.0.len()) } method="dialog" data-live-submit=(Pen::write_event()) {
                label { "Line " input name="line" required autofocus[!self.0.is_empty()]; } button { "Write" }
            }
            p data-live-error data-live-ignore role="alert" {}
        }
    }

    async fn on(&mut self, Pen::Write { line }: Pen, cx: &mut Cx<Pen>) -> holm::Result {
        let name = cx.principal().data::<String>().map_or("somebody", String::as_str);
        self.0.push(format!("{name}: {line}"));
        Ok(())
    }
}

async fn home(State(sessions): State<Sessions>, headers: HeaderMap, page: Page) -> Page {
    let name = name(&sessions, &headers);
    page.title("Diary").body(|p| match name {
        None => {
            html! { form method="post" action="/login" { label { "Name " input name="name" required; } button { "Log in" } } }
        }
        Some(name) => html! {
            h1 { "Diary of " (name) }
            (p.island(Diary::default()))
            form method="post" action="/logout" { button { "Log out" } }
        },
    })
}

#[tokio::main]
async fn main() -> holm::Result {
    let sessions = Sessions::default();
    let known = sessions.clone();
    let live = Live::new().island::<Diary>().authorize(move |parts| {
        let name = name(&known, &parts.headers).ok_or_else(|| holm::Error::public("Please log in first."));
        async move { Ok(Principal::new(token(&parts.headers).unwrap_or_default()).with(name?)) }
    });
    let app = Router::new().route("/", get(home)).route("/login", post(login)).route("/logout", post(logout));
    holm::serve(app.with_state(sessions).with_live(live)).await
}
