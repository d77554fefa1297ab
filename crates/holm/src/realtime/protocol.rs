//! The JSON that realtime clients speak: `docs/realtime.md` has every message. Text in, values out; no state.

use std::borrow::Cow;
use std::fmt::Write;
use std::sync::Arc;

use holm_wire::Code;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::event::{Event, is_of_event_source, is_plain};
use super::history::Cursor;
use super::{Broadcast, Item, SocketId};
use crate::Limits;

/// How every event's message begins, up to the subscription's id.
pub(crate) const EVENT_HEAD: &str = r#"{"type":"event","sub":"#;
/// How deep the data of a message may nest: no reader of the other clients' stumbles over that.
const DEEPEST: usize = 64;
/// How many bytes of a reason are told.
const LONGEST_WHY: usize = 200;

/// Why a message is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) code: Code,
    pub(crate) sentence: String,
}

impl Refusal {
    pub(crate) fn new(code: Code, sentence: impl Into<String>) -> Self {
        Self { code, sentence: sentence.into() }
    }
}

/// What a client says.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Message {
    Subscribe {
        id: Arc<str>,
        channel: String,
        after: Option<After>,
        input: Option<String>,
    },
    /// By the subscription's id.
    Unsubscribe {
        id: Arc<str>,
    },
    Send {
        id: Option<Arc<str>>,
        channel: String,
        event: Event,
    },
    Ping {
        id: Option<Arc<str>>,
    },
}

/// Where a subscription begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum After {
    /// With everything that is kept.
    Oldest,
    Cursor(Cursor),
}

/// Every field a message may have.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw<'a> {
    #[serde(borrow, rename = "type")]
    kind: Cow<'a, str>,
    #[serde(borrow)]
    id: Option<&'a RawValue>,
    #[serde(borrow)]
    channel: Option<Cow<'a, str>>,
    #[serde(borrow)]
    after: Option<Cow<'a, str>>,
    #[serde(borrow)]
    name: Option<Cow<'a, str>>,
    #[serde(borrow)]
    data: Option<&'a RawValue>,
}

/// Reads a client's message. A refusal comes with the message's id, as JSON, where that can be told.
pub(crate) fn read(text: &str, limits: &Limits) -> Result<Message, (Option<Arc<str>>, Refusal)> {
    if text.len() > limits.realtime_message_bytes {
        let most = limits.realtime_message_bytes;
        let sentence = format!("The message has {} bytes; {most} are allowed.", text.len());
        return Err((None, Refusal::new(Code::MessageTooLarge, sentence)));
    }
    let raw: Raw<'_> =
        serde_json::from_str(text).map_err(|error| (lost_id(text, limits), bad(readable(&error))))?;
    let id = raw.id.map(|id| read_id(id.get(), limits)).transpose().map_err(|refusal| (None, refusal))?;
    message(raw, id.clone(), limits).map_err(|refusal| (id, refusal))
}

fn message(raw: Raw<'_>, id: Option<Arc<str>>, limits: &Limits) -> Result<Message, Refusal> {
    let kind = raw.kind.clone();
    let fields = [
        ("channel", raw.channel.is_some()),
        ("after", raw.after.is_some()),
        ("name", raw.name.is_some()),
        ("data", raw.data.is_some()),
    ];
    let only = |allowed: &[&str]| match fields.iter().find(|(name, is)| *is && !allowed.contains(name)) {
        Some((field, _)) => Err(bad(format!("A `{kind}` has no field `{field}`."))),
        None => Ok(()),
    };
    let needs_channel = || bad(format!("A `{kind}` names its `channel`."));
    let channel = raw.channel.map(|channel| check_name(&channel, limits).map(|()| channel.into_owned()));
    let channel = channel.transpose()?;
    let data = raw.data.map(|data| check_data(data.get()).map(|()| data.get())).transpose()?;
    match &*raw.kind {
        "subscribe" => {
            only(&["channel", "after", "data"])?;
            let channel = channel.ok_or_else(needs_channel)?;
            let after = raw.after.as_deref().map(read_after).transpose()?;
            let id = id.unwrap_or_else(|| quoted(&channel).into());
            Ok(Message::Subscribe { id, channel, after, input: data.map(str::to_owned) })
        }
        "unsubscribe" => {
            only(&["channel"])?;
            let id = id.or_else(|| channel.map(|channel| quoted(&channel).into()));
            let id =
                id.ok_or_else(|| bad("An `unsubscribe` names the subscription's `id` or its `channel`."))?;
            Ok(Message::Unsubscribe { id })
        }
        "send" => {
            only(&["channel", "name", "data"])?;
            let channel = channel.ok_or_else(needs_channel)?;
            let event = Event::raw(raw.name.unwrap_or(Cow::Borrowed("message")), data.unwrap_or("null"));
            event.check().map_err(|error| bad(error.sentence()))?;
            if is_of_event_source(event.name()) {
                return Err(bad("Clients name no event `error` or `open`: browsers say these themselves."));
            }
            Ok(Message::Send { id, channel, event })
        }
        "ping" => {
            only(&[])?;
            Ok(Message::Ping { id })
        }
        _ => Err(bad("The `type` is none of subscribe, unsubscribe, send and ping.")),
    }
}

fn bad(sentence: impl Into<String>) -> Refusal {
    Refusal::new(Code::BadMessage, sentence)
}

/// What is wrong with JSON.
fn readable(error: &serde_json::Error) -> String {
    match error.classify() {
        serde_json::error::Category::Data => {
            // An unknown field is named, and may be as long as the message.
            let mut why = error.to_string();
            why.truncate(why.floor_char_boundary(LONGEST_WHY));
            format!("The message is not of the protocol: {why}.")
        }
        _ => format!("The message is no JSON: {}", place(error)),
    }
}

fn place(error: &serde_json::Error) -> String {
    format!("line {}, column {}.", error.line(), error.column())
}

/// The id of a message that could not be read whole.
fn lost_id(text: &str, limits: &Limits) -> Option<Arc<str>> {
    #[derive(Deserialize)]
    struct OnlyId<'a> {
        #[serde(borrow)]
        id: &'a RawValue,
    }
    let only: OnlyId<'_> = serde_json::from_str(text).ok()?;
    read_id(only.id.get(), limits).ok()
}

/// An id is text or a whole number; it is echoed as JSON.
fn read_id(json: &str, limits: &Limits) -> Result<Arc<str>, Refusal> {
    if let Ok(text) = serde_json::from_str::<Cow<'_, str>>(json) {
        check_name(&text, limits)?;
        return Ok(quoted(&text).into());
    }
    match serde_json::from_str::<i64>(json) {
        Ok(number) => Ok(number.to_string().into()),
        Err(_) => Err(bad("An `id` is text or a whole number.")),
    }
}

fn read_after(text: &str) -> Result<After, Refusal> {
    if text == "oldest" {
        return Ok(After::Oldest);
    }
    let cursor =
        text.parse().map_err(|_| bad("`after` is a cursor that an event came with, or `oldest`."))?;
    Ok(After::Cursor(cursor))
}

/// Whether this can be the name of a channel or the id of a subscription.
pub(crate) fn check_name(name: &str, limits: &Limits) -> Result<(), Refusal> {
    let most = limits.channel_name_bytes;
    if name.is_empty() || name.len() > most || !is_plain(name) {
        let sentence = format!("A name or id has 1 to {most} bytes and no control characters.");
        return Err(Refusal::new(Code::BadName, sentence));
    }
    Ok(())
}

/// Whether the other clients can read this, whatever they read JSON with: text that has no meaning (half a
/// surrogate pair) or a number that is none of theirs (1e999) would pass from client to client unread.
pub(crate) fn check_data(json: &str) -> Result<(), Refusal> {
    check_depth(json)?;
    match serde_json::from_str::<serde_json::Value>(json) {
        Ok(_) => Ok(()),
        Err(error) => Err(bad(format!("`data` is no JSON that everybody can read: {}", place(&error)))),
    }
}

fn check_depth(json: &str) -> Result<(), Refusal> {
    let (mut depth, mut in_text, mut escaped) = (0_usize, false, false);
    for byte in json.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_text => escaped = true,
            b'"' => in_text = !in_text,
            b'[' | b'{' if !in_text => depth += 1,
            // What closes too often is no JSON, which is found later.
            b']' | b'}' if !in_text => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > DEEPEST {
            return Err(bad(format!("`data` nests deeper than {DEEPEST}.")));
        }
    }
    Ok(())
}

/// Text as JSON.
pub(crate) fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// The whole message of an event, for subscriptions that are named as their channel.
pub(crate) fn event(broadcast: &Broadcast) -> String {
    let event = &broadcast.event;
    let mut json = String::with_capacity(broadcast.size() * 2 + 80);
    if let Some(channel) = &broadcast.channel {
        let channel = quoted(channel);
        json.extend([EVENT_HEAD, &channel, r#","channel":"#, &channel]);
    } else {
        json.push_str(r#"{"type":"event""#);
    }
    json.extend([r#","name":"#, &quoted(event.name()), r#","data":"#]);
    if event.is_json() {
        json.push_str(event.data());
    } else {
        json.push_str(&quoted(event.data()));
    }
    if let Some(id) = broadcast.id() {
        json.extend([r#","id":"#, &quoted(&id)]);
    }
    json.push('}');
    json
}

/// Messages of the server beside events. Ids are JSON already.
pub(crate) fn welcome(socket: SocketId, heartbeat: std::time::Duration) -> Item {
    let heartbeat = heartbeat.as_millis();
    note("welcome", format!(r#"{{"type":"welcome","socket":"{socket}","heartbeat":{heartbeat}}}"#))
}

pub(crate) fn subscribed(id: &str, channel: &str, cursor: Option<Cursor>, recovered: Option<bool>) -> Item {
    let mut json = format!(r#"{{"type":"subscribed","id":{id},"channel":{}"#, quoted(channel));
    if let Some(cursor) = cursor {
        let _ = write!(json, r#","cursor":"{cursor}""#);
    }
    if let Some(recovered) = recovered {
        let _ = write!(json, r#","recovered":{recovered}"#);
    }
    if recovered == Some(false) {
        let _ = write!(json, r#","code":"{}""#, Code::HistoryGone.word());
    }
    json.push('}');
    note("subscribed", json)
}

pub(crate) fn complete(id: &str) -> Item {
    note("complete", format!(r#"{{"type":"complete","id":{id}}}"#))
}

pub(crate) fn ack(id: &str, delivered: usize) -> Item {
    note("ack", format!(r#"{{"type":"ack","id":{id},"delivered":{delivered}}}"#))
}

pub(crate) fn pong(id: Option<&str>) -> Item {
    let id = id.map(|id| format!(r#","id":{id}"#)).unwrap_or_default();
    note("pong", format!(r#"{{"type":"pong"{id}}}"#))
}

pub(crate) fn error(id: Option<&str>, refusal: &Refusal) -> Item {
    let id = id.map(|id| format!(r#","id":{id}"#)).unwrap_or_default();
    let (code, sentence) = (refusal.code.word(), quoted(&refusal.sentence));
    note("error", format!(r#"{{"type":"error"{id},"code":"{code}","sentence":{sentence}}}"#))
}

pub(crate) fn note(kind: &'static str, json: String) -> Item {
    Item::Note { kind, json: json.into() }
}
