//! What a request over HTTP asks for: channels, in its address, and where its client is in each of them.
//!
//! `GET /realtime?channel=room/7&channel=news` names channels. Where the client is, it says as the stream
//! or the last answer told it: a cursor for each channel, in the order of the channels, with commas between
//! them. For a channel that keeps nothing that is `-`; for one whose subscription has not begun, what was asked
//! for: `oldest`, or `gone` where something was missed and that is not said yet. A browser's `EventSource` sends it as `Last-Event-ID`,
//! a client that polls as `after`.

use std::fmt;
use std::sync::Arc;

use holm_wire::Code;
use http::request::Parts;
use serde::Deserialize;

use super::history::{Cursor, NoCursor};
use super::protocol::{After, Refusal, check_name};
use crate::Limits;

/// The header that a browser tells its last event's id with.
const LAST_EVENT_ID: &str = "last-event-id";
/// What stands for a channel without a cursor.
const NONE: &str = "-";
/// Where a client is that wants all that is kept.
const OLDEST: &str = "oldest";
/// Where a client is that has yet to hear that something it missed is gone.
const GONE: &str = "gone";

/// Where a client is in one channel, by a word or a cursor; an error for what is neither.
fn read_part(part: &str) -> Result<Option<After>, NoCursor> {
    Ok(Some(match part {
        NONE => return Ok(None),
        OLDEST => After::Oldest,
        GONE => After::Cursor(Cursor::NOWHERE),
        cursor => After::Cursor(cursor.parse()?),
    }))
}

/// What a request asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Asked {
    pub(crate) channels: Vec<(Arc<str>, Option<After>)>,
    /// Whether it says where it is, be it nowhere: then it has been here before.
    pub(crate) is_back: bool,
}

#[derive(Deserialize)]
struct Query {
    #[serde(default)]
    channel: Vec<String>,
    after: Option<String>,
}

impl Asked {
    pub(crate) fn read(parts: &Parts, limits: &Limits) -> Result<Self, Refusal> {
        let query: Query =
            serde_html_form::from_str(parts.uri.query().unwrap_or_default()).map_err(|_| {
                Refusal::new(Code::BadMessage, "The address asks with `channel` and `after` only.")
            })?;
        if query.channel.len() > limits.channel_subscriptions {
            let sentence = format!("One request asks for {} channels at most.", limits.channel_subscriptions);
            return Err(Refusal::new(Code::TooManySubscriptions, sentence));
        }
        for (at, name) in query.channel.iter().enumerate() {
            check_name(name, limits)?;
            if query.channel[..at].contains(name) {
                return Err(Refusal::new(Code::DuplicateId, "The address names a channel twice."));
            }
        }
        let header = parts.headers.get(LAST_EVENT_ID).filter(|id| !id.is_empty());
        let is_back = header.is_some() || query.after.as_ref().is_some_and(|after| after != OLDEST);
        let mut after = match query.after {
            Some(after) => read_after(&after, query.channel.len())?,
            None => vec![None; query.channel.len()],
        };
        if let Some(id) = header {
            // The address of a stream stays as it was: what its header says is newer, where it says something.
            let newer = read_id(id.to_str().unwrap_or_default(), query.channel.len());
            for (after, newer) in after.iter_mut().zip(newer) {
                *after = newer.or(*after);
            }
        }
        let channels = query.channel.into_iter().map(Arc::from).zip(after).collect();
        Ok(Self { channels, is_back })
    }
}

/// Where a stream was. An id that is none of ours means that something may have been missed, and that this
/// is said; the stream goes on.
fn read_id(id: &str, channels: usize) -> Vec<Option<After>> {
    let mut parts = id.split(',');
    let known = |part: &str| read_part(part).unwrap_or(Some(After::Cursor(Cursor::NOWHERE)));
    let read: Vec<_> = parts.by_ref().take(channels).map(known).collect();
    if read.len() == channels && parts.next().is_none() {
        return read;
    }
    vec![Some(After::Cursor(Cursor::NOWHERE)); channels]
}

/// Where the reader of a stream was in the channels that the app takes it into, in their order; none where its
/// id is not one of those.
pub(crate) fn left_at(parts: &Parts, limits: &Limits) -> Option<Vec<Option<Cursor>>> {
    let id = parts.headers.get(LAST_EVENT_ID).filter(|id| !id.is_empty());
    let Some(id) = id else { return Some(Vec::new()) };
    let most = limits.channel_subscriptions;
    let cursor = |part: &str| if part == NONE { Ok(None) } else { part.parse().map(Some) };
    let read: Result<Vec<_>, NoCursor> = id.to_str().ok()?.split(',').take(most + 1).map(cursor).collect();
    read.ok().filter(|read| read.len() <= most)
}

/// Where a client says that it is, or wants to begin: `oldest` for all that is kept of every channel.
fn read_after(after: &str, channels: usize) -> Result<Vec<Option<After>>, Refusal> {
    if after == OLDEST {
        return Ok(vec![Some(After::Oldest); channels]);
    }
    let read: Option<Vec<_>> = after.split(',').take(channels + 1).map(|part| read_part(part).ok()).collect();
    let sentence = "`after` is what the last answer said, or `oldest`.";
    read.filter(|read| read.len() == channels).ok_or_else(|| Refusal::new(Code::BadMessage, sentence))
}

/// What became of a client's position in a channel.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Noted {
    /// Whether it is somewhere else than before.
    pub(crate) moved: bool,
    /// Whether it wanted all that is kept, and that begins here.
    pub(crate) begun: bool,
}

/// Where a client is in each of its channels; as text, what it comes back with.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Positions(Vec<(Arc<str>, Option<After>)>);

impl Positions {
    /// Where a request says that its client is.
    pub(crate) fn of(asked: &Asked) -> Self {
        Self(asked.channels.clone())
    }

    /// Where a client was in channels that it has yet to be taken into.
    pub(crate) fn unnamed(left_at: Vec<Option<Cursor>>) -> Self {
        Self(left_at.into_iter().map(|cursor| ("".into(), cursor.map(After::Cursor))).collect())
    }

    /// Notes that a subscription begins: one that the client did not ask for takes the next place.
    pub(crate) fn begin(&mut self, channel: &str) {
        if self.0.iter().any(|position| *position.0 == *channel) {
            return;
        }
        match self.0.iter_mut().find(|position| position.0.is_empty()) {
            Some(position) => position.0 = channel.into(),
            None => self.0.push((channel.into(), None)),
        }
    }

    /// Notes where the client is in a channel: it has what this cursor stands for, or the channel keeps nothing.
    /// A channel that is not the client's changes nothing.
    pub(crate) fn set(&mut self, channel: &str, cursor: Option<Cursor>) -> Noted {
        let Some(position) = self.0.iter_mut().find(|position| *position.0 == *channel) else {
            return Noted::default();
        };
        let was = std::mem::replace(&mut position.1, cursor.map(After::Cursor));
        Noted { moved: cursor.is_some(), begun: was == Some(After::Oldest) }
    }

    /// Whether any channel has something to come back with.
    pub(crate) fn has_any(&self) -> bool {
        self.0.iter().any(|(channel, at)| at.is_some() && !channel.is_empty())
    }
}

impl fmt::Display for Positions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, (_, after)) in self.0.iter().enumerate() {
            f.write_str(if at > 0 { "," } else { "" })?;
            match after {
                None => f.write_str(NONE)?,
                Some(After::Oldest) => f.write_str(OLDEST)?,
                Some(After::Cursor(Cursor::NOWHERE)) => f.write_str(GONE)?,
                Some(After::Cursor(cursor)) => write!(f, "{cursor}")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn asked(query: &str, id: Option<&str>) -> Result<Asked, Code> {
        let mut request = http::Request::builder().uri(format!("/realtime?{query}"));
        if let Some(id) = id {
            request = request.header("Last-Event-ID", id);
        }
        let (parts, ()) = request.body(()).unwrap().into_parts();
        let limits = Limits { channel_subscriptions: 3, channel_name_bytes: 16, ..Limits::default() };
        Asked::read(&parts, &limits).map_err(|refusal| refusal.code)
    }

    fn channels(query: &str, id: Option<&str>) -> Vec<(String, Option<After>)> {
        let asked = asked(query, id).unwrap();
        asked.channels.iter().map(|(name, after)| (name.to_string(), *after)).collect()
    }

    const A: Cursor = Cursor { epoch: 0xa, offset: 1 };
    const B: Cursor = Cursor { epoch: 0xb, offset: 22 };

    #[test]
    fn channels_are_named_in_the_address_and_cursors_follow_their_order() {
        assert_eq!(channels("", None), []);
        assert_eq!(channels("channel=room%2F7&x=y", None), [("room/7".to_owned(), None)]);
        let both = [("a".to_owned(), Some(After::Cursor(A))), ("b".to_owned(), Some(After::Cursor(B)))];
        let ids = "00000000000a-1,00000000000b-22";
        assert_eq!(channels("channel=a&channel=b", Some(ids)), both);
        assert_eq!(channels(&format!("channel=a&channel=b&after={ids}"), None), both);
        let some = [("a".to_owned(), None), ("b".to_owned(), Some(After::Cursor(B)))];
        assert_eq!(channels("channel=a&channel=b", Some("-,00000000000b-22")), some);
        let oldest = [("a".to_owned(), Some(After::Oldest)), ("b".to_owned(), Some(After::Oldest))];
        assert_eq!(channels("channel=a&channel=b&after=oldest", None), oldest);
    }

    #[test]
    fn the_header_of_a_stream_is_newer_than_its_address() {
        let newer = channels("channel=a&after=oldest", Some("00000000000a-1"));
        assert_eq!(newer, [("a".to_owned(), Some(After::Cursor(A)))]);
        assert_eq!(channels("channel=a&after=oldest", Some(""))[0].1, Some(After::Oldest));
        let one = channels("channel=a&channel=b&after=oldest", Some("-,00000000000b-22"));
        assert_eq!(one, [("a".to_owned(), Some(After::Oldest)), ("b".to_owned(), Some(After::Cursor(B)))]);
    }

    #[test]
    fn an_id_that_is_none_of_ours_means_that_something_may_be_missed() {
        let lost = Some(After::Cursor(Cursor::NOWHERE));
        for id in ["7", "00000000000a-1", "00000000000a-1,00000000000b-22,-", "x,y", "-", "oldest"] {
            let lost = [("a".to_owned(), lost), ("b".to_owned(), lost)];
            assert_eq!(channels("channel=a&channel=b", Some(id)), lost, "{id}");
        }
        let one = channels("channel=a&channel=b", Some("?,00000000000b-22"));
        assert_eq!(one[1].1, Some(After::Cursor(B)), "the other one is known");
        assert!(asked("channel=a", Some("7")).unwrap().is_back);
    }

    #[test]
    fn an_address_that_makes_no_sense_is_refused() {
        for (query, code) in [
            ("channel=", Code::BadName),
            ("channel=a%0Ab", Code::BadName),
            ("channel=12345678901234567", Code::BadName),
            ("channel=a&channel=a", Code::DuplicateId),
            ("channel=a&channel=b&channel=c&channel=d", Code::TooManySubscriptions),
            ("channel=a&after=7", Code::BadMessage),
            ("channel=a&after=-,-", Code::BadMessage),
            ("channel=a&channel=b&after=-", Code::BadMessage),
            ("channel=a&after=-&after=-", Code::BadMessage),
        ] {
            assert_eq!(asked(query, None), Err(code), "{query}");
        }
    }

    #[test]
    fn a_channel_whose_subscription_has_not_begun_is_asked_for_again_as_it_was() {
        let query = "channel=a&channel=b&channel=c";
        let mut positions = Positions::of(&asked(&format!("{query}&after=oldest"), None).unwrap());
        assert_eq!(positions.to_string(), "oldest,oldest,oldest");
        assert_eq!(positions.set("a", Some(A)), Noted { moved: true, begun: true });
        assert_eq!(positions.set("b", None), Noted { moved: false, begun: true });
        assert_eq!(positions.set("a", Some(A)), Noted { moved: true, begun: false });
        assert_eq!(positions.to_string(), "00000000000a-1,-,oldest");
        let again = asked(&format!("{query}&after={positions}"), None).unwrap();
        assert_eq!((Positions::of(&again), again.is_back), (positions, true));
        let lost = Positions::of(&asked(query, Some("7")).unwrap()).to_string();
        assert_eq!(lost, "gone,gone,gone");
        assert_eq!(asked(&format!("{query}&after={lost}"), None), asked(query, Some(&lost)));
    }

    fn cursor() -> impl Strategy<Value = Option<Cursor>> {
        prop::option::of(
            (0..(1_u64 << 48), any::<u64>()).prop_map(|(epoch, offset)| Cursor { epoch, offset }),
        )
    }

    proptest! {
        #[test]
        fn where_a_client_is_told_to_be_is_where_it_comes_back(cursors in prop::collection::vec(cursor(), 1..=3)) {
            let names = ["a", "b", "c"];
            let query: Vec<_> = names[..cursors.len()].iter().map(|name| format!("channel={name}")).collect();
            let first = asked(&query.join("&"), None).unwrap();
            let mut positions = Positions::of(&first);
            prop_assert!(!positions.has_any() && !first.is_back);
            for (name, cursor) in names.iter().zip(&cursors) {
                if let Some(cursor) = cursor {
                    positions.set(name, Some(*cursor));
                }
            }
            assert_eq!(positions.set("another", Some(A)), Noted::default());
            let id = positions.to_string();
            let by_header = asked(&query.join("&"), Some(&id)).unwrap();
            let by_address = asked(&format!("{}&after={id}", query.join("&")), None).unwrap();
            prop_assert_eq!(&by_header, &by_address);
            prop_assert_eq!(Positions::of(&by_header), positions);
            prop_assert!(by_header.is_back);
        }
    }
}
