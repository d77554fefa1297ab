//! What an island's posted form does: its handler on the sealed state, then back to the page.

use std::borrow::Cow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use axum::response::{IntoResponse, Response};
use holm_dom::EVENT_FIELD;
use holm_wire::Code;
use http::request::Parts;
use http::{HeaderValue, StatusCode, header};

use super::{FORM, INSTANCE, SEAL, SUBMIT};
use crate::cx::{self, Effect};
use crate::event::{DecodeError, Payload};
use crate::island::alone::{self, Refusal};
use crate::island::erased::{Call, Erased};
use crate::island::scope;
use crate::live::Core;
use crate::seal::Sealed;
use crate::telemetry;
use crate::ticket::{self, Kept, State, Trouble};
use crate::visitor::Visitor;

/// A form as it was posted.
#[derive(Debug, Default)]
struct Posted {
    instance: String,
    seal: String,
    /// What a button said: an event's name, and its payload as JSON or, after a `?`, as fields.
    button: Option<String>,
    /// The event that a form is for.
    submit: Option<String>,
    /// That form's id.
    form: String,
    /// The form's own fields, urlencoded.
    fields: String,
    /// What fills the event: those, after the `data-value-*` of the form or the button.
    filled: String,
    /// Whether there are such.
    has_values: bool,
}

impl Posted {
    fn read(body: &[u8]) -> Option<Self> {
        let body = std::str::from_utf8(body).ok()?;
        let mut posted = Self::default();
        let mut own = Vec::new();
        for field in body.split('&') {
            if !field.starts_with("holm-") {
                own.push(with_plain_line_ends(field));
                continue;
            }
            let read: Vec<(String, String)> = serde_html_form::from_str(field).ok()?;
            let (name, value) = read.into_iter().next()?;
            match &*name {
                INSTANCE => posted.instance = value,
                SEAL => posted.seal = value,
                EVENT_FIELD => posted.button = Some(value),
                FORM => posted.form = value,
                SUBMIT => posted.submit = Some(value),
                _ => {}
            }
        }
        posted.fields = own.join("&");
        let said = posted.button.as_mut().or(posted.submit.as_mut());
        if let Some(said) = said
            && let Some((name, values)) = said.split_once(" ?")
            && !name.contains(' ')
        {
            values.clone_into(&mut posted.filled);
            posted.has_values = true;
            *said = name.to_owned();
        }
        if posted.button.is_none() {
            let both = if posted.filled.is_empty() || posted.fields.is_empty() { "" } else { "&" };
            posted.filled = [&*posted.filled, both, &posted.fields].concat();
        }
        Some(posted)
    }

    /// The event's name and what came with it.
    fn event(&self) -> (&str, Payload<'_>) {
        match (&self.button, &self.submit) {
            (Some(name), _) if self.has_values => (name, Payload::Form(&self.filled)),
            (Some(value), _) => {
                let (name, json) = value.split_once(' ').unwrap_or((value, ""));
                (name, Payload::Json(json))
            }
            (None, Some(name)) => (name, Payload::Form(&self.filled)),
            (None, None) => ("", Payload::Json("")),
        }
    }
}

/// A browser's own post ends lines with two characters; the client, like scripts everywhere, with one.
fn with_plain_line_ends(field: &str) -> Cow<'_, str> {
    if field.contains("%0D%0A") { Cow::Owned(field.replace("%0D%0A", "%0A")) } else { Cow::Borrowed(field) }
}

/// A new state, and what the handler asked for besides.
struct Acted {
    state: Vec<u8>,
    effects: Vec<Effect>,
}

/// Answers an island's form.
pub(super) async fn answer(core: Arc<Core>, parts: Parts, body: &[u8]) -> Response {
    let Some(posted) = Posted::read(body) else {
        return (StatusCode::BAD_REQUEST, "The form is not urlencoded text.\n").into_response();
    };
    let query = parts.uri.query();
    let refuse = |code: Code| {
        telemetry::refused(code);
        tracing::debug!(code = code.word(), instance = posted.instance, "a posted form was refused");
        to_page(query, &ticket::refusal(code, &posted.instance))
    };
    let limits = &core.limits;
    let principal = match tokio::time::timeout(limits.handler_time, core.authorize.run(&parts)).await {
        Ok(Ok(principal)) => principal,
        Ok(Err(error)) => {
            tracing::debug!(%error, "authorize refused a posted form");
            return refuse(Code::Unauthorized);
        }
        Err(_) => return crate::transport::refusal(&core, StatusCode::SERVICE_UNAVAILABLE, Code::AtCapacity),
    };
    let visitor = Arc::new(Visitor::new(&parts, principal, limits));
    let (sealed, island) = match open(&core, &visitor, &posted) {
        Ok(opened) => opened,
        Err(why) => return refuse(why),
    };
    let before =
        ticket::of_query(query).and_then(|ticket| core.tickets.find(ticket, visitor.principal.id(), limits));
    let mut kept = Kept {
        principal: visitor.principal.id().map(str::to_owned),
        states: before.map(|before| before.states.clone()).unwrap_or_default(),
        ..Kept::default()
    };
    let (state, version) = match act(&core, &visitor, &posted, island, &sealed).await {
        Ok(Acted { state, effects }) => {
            for effect in effects {
                match effect {
                    Effect::Redirect(url) => return see_other(&url),
                    Effect::Title(title) => kept.title = Some(title),
                    Effect::Push { name, .. } => {
                        tracing::debug!(
                            name,
                            "cx.push has no script to go to: the form was posted without one"
                        );
                    }
                    // What these begin needs a page that is connected; lists are filled by `mount` and `restore`.
                    _ => {}
                }
            }
            (state, core.registry.version(&sealed.island))
        }
        Err((why, sentence)) => {
            telemetry::refused(why);
            let draft = posted.submit.is_some().then(|| (posted.form.clone(), posted.fields.clone()));
            kept.trouble = Some(Trouble { instance: sealed.instance.clone(), sentence, draft });
            (sealed.state, sealed.version)
        }
    };
    let (instance, island) = (sealed.instance.into(), sealed.island.into());
    kept.put(State { instance, island, version, json: state.into() }, limits.islands);
    match core.tickets.keep(kept, limits) {
        Some(ticket) => to_page(query, &ticket),
        None => refuse(Code::SealTooLarge),
    }
}

/// The state that the form was made with.
fn open(core: &Core, visitor: &Visitor, posted: &Posted) -> Result<(Sealed, Box<dyn Erased>), Code> {
    // In text form only: what comes in a frame is a session's, and no page's.
    if !posted.seal.is_ascii() {
        return Err(Code::SealForged);
    }
    let sealed = core.keys.open(posted.seal.as_bytes(), &core.limits)?;
    // Stricter than a join, where anybody's page may be taken on: this is what keeps another site from having
    // a visitor post a page that the site got for itself.
    let own = sealed.instance == posted.instance
        && sealed.principal.as_deref() == visitor.principal.id()
        && sealed.session == 0;
    if !own {
        return Err(Code::SealForeign);
    }
    let island =
        alone::open(core, &sealed.island, &sealed.state, sealed.version).map_err(|_| Code::SealStale)?;
    if !scope::is_progressive(&*island, &sealed.instance) {
        return Err(Code::SealForeign);
    }
    Ok((sealed, island))
}

/// Runs the handler, in a task of its own: one that has begun ends within its time, though the visitor leaves.
async fn act(
    core: &Arc<Core>,
    visitor: &Arc<Visitor>,
    posted: &Posted,
    island: Box<dyn Erased>,
    sealed: &Sealed,
) -> Result<Acted, Refusal> {
    telemetry::event(island.island_name());
    let (name, payload) = posted.event();
    let event = match catch_unwind(AssertUnwindSafe(|| island.decode(name, payload))) {
        Ok(Ok(decoded)) => decoded.event,
        Ok(Err(error)) => {
            let why = match error {
                DecodeError::UnknownEvent(_) => Code::UnknownEvent,
                DecodeError::BadPayload(_) | DecodeError::BadFields { .. } => Code::BadPayload,
            };
            return Err((why, error.to_string()));
        }
        Err(_) => return Err((Code::BadPayload, "The payload could not be read.".to_owned())),
    };
    let (shared, asked) = (Arc::clone(core), Arc::clone(visitor));
    let task = tokio::spawn(async move {
        let calls = async {
            let (island, _) = alone::run(&*island, Call::Restore, &shared, &asked).await?;
            alone::run(&*island, Call::On(event), &shared, &asked).await
        };
        alone::within(shared.limits.handler_time, calls).await
    });
    let (island, effects) = task.await.map_err(|_| alone::refusal(Code::HandlerPanic))??;
    let limit = core.limits.html_bytes;
    let shown = scope::render(&*island, &sealed.instance).is_some_and(|shown| shown.html.len() <= limit);
    if !shown {
        tracing::error!(island = sealed.island, "render panicked or went past Limits::html_bytes");
        return Err(alone::refusal(Code::RenderFailed));
    }
    let state = catch_unwind(AssertUnwindSafe(|| island.state()));
    let Ok(Ok(state)) = state else { return Err(alone::refusal(Code::RenderFailed)) };
    // The page that shows it has to seal it again.
    let next = Sealed { state, ..sealed.clone() };
    if next.state.len() > core.limits.state_bytes || core.keys.seal(&next, &core.limits).is_none() {
        return Err(alone::refusal(Code::SealTooLarge));
    }
    Ok(Acted { state: next.state, effects: cx::publish(effects, &core.hub) })
}

/// Back to the page that posted, with another ticket.
fn to_page(query: Option<&str>, ticket: &str) -> Response {
    see_other(&ticket::address(query, ticket))
}

fn see_other(address: &str) -> Response {
    let Ok(location) = HeaderValue::try_from(address) else {
        tracing::error!(address, "cx.redirect: this is no address for a header");
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let headers =
        [(header::LOCATION, location), (header::CACHE_CONTROL, HeaderValue::from_static("no-store"))];
    (StatusCode::SEE_OTHER, headers).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_button_s_event_is_a_name_and_json_and_a_form_s_is_its_own_fields() {
        let button =
            Posted::read(b"holm-instance=A%3A0&holm-seal=x&holm-event=set+%7B%22to%22%3A3%7D").unwrap();
        assert_eq!(button.instance, "A:0");
        assert_eq!(button.event(), ("set", Payload::Json(r#"{"to":3}"#)));
        let form =
            Posted::read(b"holm-instance=A%3A0&holm-seal=x&holm-submit=save&note=a%0D%0Ab&to=3&holm-other=1");
        assert_eq!(form.unwrap().event(), ("save", Payload::Form("note=a%0Ab&to=3")));
        let button = Posted::read(b"holm-instance=A%3A0&holm-event=pick+%3Fid%3D7%26to%3Da%2Bb").unwrap();
        assert_eq!(button.event(), ("pick", Payload::Form("id=7&to=a+b")));
        let form = Posted::read(b"holm-submit=save+%3Fid%3D7&note=a").unwrap();
        assert_eq!((form.event(), &*form.fields), (("save", Payload::Form("id=7&note=a")), "note=a"));
        let json = Posted::read(b"holm-event=say+%22really+%3Fyes%22").unwrap();
        assert_eq!(json.event(), ("say", Payload::Json(r#""really ?yes""#)));
        assert!(Posted::read(b"holm-instance=\xff").is_none());
        assert_eq!(Posted::read(b"holm-instance=A").unwrap().event(), ("", Payload::Json("")));
    }
}
