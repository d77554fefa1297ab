//! Tickets: what the page after a post with no script shows, kept for a while under a random name.
//!
//! A post answers with a redirect to the page's own address and a ticket in its query, so that loading the
//! page again repeats nothing. Called by [`crate::transport::form`], which keeps, and by [`crate::page`],
//! which looks. What it does not know: islands' types, requests.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use foldhash::fast::FixedState;
use holm_wire::Code;
use parking_lot::Mutex;
use tokio::time::Instant;

use crate::Limits;

/// The field of a page's query that holds a ticket.
const FIELD: &str = "holm=";
/// What a ticket begins with that is a refusal in itself and needs nothing kept: `~201~Counter:0`.
const REFUSAL: char = '~';
/// How much of an instance id a refusal repeats, in bytes.
const INSTANCE: usize = 128;

type Id = [u8; 16];

/// What a page is to show.
#[derive(Debug, Default)]
pub(crate) struct Kept {
    /// Whose it is; `None` for whoever has the ticket.
    pub(crate) principal: Option<String>,
    pub(crate) states: Vec<State>,
    pub(crate) title: Option<String>,
    pub(crate) trouble: Option<Trouble>,
}

/// An island's state in place of the one that the page would begin with.
#[derive(Debug, Clone)]
pub(crate) struct State {
    pub(crate) instance: Arc<str>,
    pub(crate) island: Arc<str>,
    /// Of which version of the island the state is.
    pub(crate) version: u32,
    /// Its state.
    pub(crate) json: Arc<[u8]>,
}

/// What the visitor reads at an island.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Trouble {
    pub(crate) instance: String,
    pub(crate) sentence: String,
    /// The form that was refused: its id and its fields, urlencoded.
    pub(crate) draft: Option<(String, String)>,
}

impl Trouble {
    fn size(&self) -> usize {
        self.sentence.len() + self.draft.as_ref().map_or(0, |(form, fields)| form.len() + fields.len())
    }
}

impl Kept {
    fn size(&self) -> usize {
        let states = self.states.iter().map(|state| 64 + state.instance.len() + state.json.len());
        256 + states.sum::<usize>()
            + self.title.as_ref().map_or(0, String::len)
            + self.trouble.as_ref().map_or(0, Trouble::size)
    }

    /// Puts an island's state in place of its last one; past `most` the one that was put longest ago is left out.
    pub(crate) fn put(&mut self, state: State, most: usize) {
        self.states.retain(|other| other.instance != state.instance);
        self.states.push(state);
        let over = self.states.len().saturating_sub(most);
        self.states.drain(..over);
    }
}

/// All tickets of an app: bounded in number, bytes and time, the oldest first out.
#[derive(Debug, Default)]
pub(crate) struct Tickets(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    kept: HashMap<Id, Arc<Kept>, FixedState>,
    /// In the order of their making.
    order: VecDeque<(Instant, Id)>,
    bytes: usize,
}

impl Inner {
    fn drop_oldest(&mut self) {
        if let Some((_, id)) = self.order.pop_front()
            && let Some(kept) = self.kept.remove(&id)
        {
            self.bytes -= kept.size();
        }
    }
}

impl Tickets {
    /// Keeps something and gives its ticket; `None` when it is too large to keep at all.
    pub(crate) fn keep(&self, kept: Kept, limits: &Limits) -> Option<String> {
        let size = kept.size();
        if size > limits.ticket_bytes {
            return None;
        }
        let mut id = Id::default();
        getrandom::fill(&mut id).ok()?;
        let now = Instant::now();
        let mut inner = self.0.lock();
        while inner.order.front().is_some_and(|(made, _)| {
            *made + limits.ticket_time <= now
                || inner.order.len() >= limits.tickets
                || inner.bytes + size > limits.ticket_bytes
        }) {
            inner.drop_oldest();
        }
        inner.bytes += size;
        inner.order.push_back((now, id));
        inner.kept.insert(id, Arc::new(kept));
        Some(URL_SAFE_NO_PAD.encode(id))
    }

    /// What is kept under a ticket, if it is this principal's.
    pub(crate) fn find(&self, ticket: &str, principal: Option<&str>, limits: &Limits) -> Option<Arc<Kept>> {
        let id: Id = URL_SAFE_NO_PAD.decode(ticket).ok()?.try_into().ok()?;
        let now = Instant::now();
        let mut inner = self.0.lock();
        while inner.order.front().is_some_and(|(made, _)| *made + limits.ticket_time <= now) {
            inner.drop_oldest();
        }
        inner.kept.get(&id).filter(|kept| kept.principal.as_deref() == principal).cloned()
    }
}

/// The ticket in a query.
pub(crate) fn of_query(query: Option<&str>) -> Option<&str> {
    query?.split('&').find_map(|field| field.strip_prefix(FIELD))
}

/// The page's own address with another ticket: a query, so that the path stays whatever it is.
pub(crate) fn address(query: Option<&str>, ticket: &str) -> String {
    let mut out = String::from("?");
    let others = query.unwrap_or_default().split('&');
    for field in others.filter(|field| !field.is_empty() && !field.starts_with(FIELD)) {
        out.push_str(field);
        out.push('&');
    }
    out.push_str(FIELD);
    out.push_str(ticket);
    out
}

/// A ticket that tells of a refusal. Nothing is kept for it, since anybody can cause one.
pub(crate) fn refusal(code: Code, instance: &str) -> String {
    let instance = &instance[..instance.floor_char_boundary(INSTANCE)];
    let encoded = serde_html_form::to_string([("", instance)]).unwrap_or_default();
    format!("{REFUSAL}{}{REFUSAL}{}", code.number(), encoded.trim_start_matches('='))
}

/// What a ticket made by [`refusal`] says. The sentences are fixed: a link may hold any such ticket.
pub(crate) fn refused(ticket: &str) -> Option<Trouble> {
    let (number, instance) = ticket.strip_prefix(REFUSAL)?.split_once(REFUSAL)?;
    let code = Code::from_number(number.parse().ok()?)?;
    let fields: Vec<(String, String)> = serde_html_form::from_str(&format!("i={instance}")).ok()?;
    let (_, instance) = fields.into_iter().next()?;
    Some(Trouble { instance, sentence: sentence_of(code)?.to_owned(), draft: None })
}

fn sentence_of(code: Code) -> Option<&'static str> {
    Some(match code {
        Code::SealExpired => {
            "This page was too old to go on from, so it is shown afresh. Nothing was changed."
        }
        Code::SealForeign => {
            "This page was made for somebody else, so it is shown afresh. Nothing was changed."
        }
        Code::SealStale => "This page was of an earlier version, so it is shown afresh. Nothing was changed.",
        Code::SealForged => {
            "This page's state was not made by this server, so it is shown afresh. Nothing was changed."
        }
        Code::SealTooLarge => "The new state is too large to keep. Nothing was changed.",
        Code::Unauthorized => "You may not do this. Nothing was changed.",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn kept(principal: Option<&str>, bytes: usize) -> Kept {
        let state =
            State { instance: "A:0".into(), island: "A".into(), version: 0, json: vec![b'x'; bytes].into() };
        Kept { principal: principal.map(str::to_owned), states: vec![state], ..Kept::default() }
    }

    #[tokio::test(start_paused = true)]
    async fn a_ticket_is_its_owner_s_and_has_its_time() {
        let (tickets, limits) = (Tickets::default(), Limits::default());
        let ticket = tickets.keep(kept(Some("ada"), 10), &limits).unwrap();
        assert!(tickets.find(&ticket, Some("ada"), &limits).is_some());
        assert!(tickets.find(&ticket, Some("bob"), &limits).is_none());
        assert!(tickets.find(&ticket, None, &limits).is_none());
        assert!(tickets.find("nonsense", None, &limits).is_none());
        tokio::time::advance(limits.ticket_time.saturating_sub(Duration::from_millis(1))).await;
        assert!(tickets.find(&ticket, Some("ada"), &limits).is_some());
        tokio::time::advance(Duration::from_millis(1)).await;
        assert!(tickets.find(&ticket, Some("ada"), &limits).is_none());
        assert_eq!(tickets.0.lock().bytes, 0);
    }

    #[tokio::test]
    async fn past_number_or_bytes_the_oldest_goes() {
        let tickets = Tickets::default();
        let limits = Limits { tickets: 2, ..Limits::default() };
        let made: Vec<_> = (0..3).map(|_| tickets.keep(kept(None, 10), &limits).unwrap()).collect();
        let found: Vec<_> = made.iter().map(|one| tickets.find(one, None, &limits).is_some()).collect();
        assert_eq!(found, [false, true, true]);

        let tickets = Tickets::default();
        let size = kept(None, 1_000).size();
        let limits = Limits { ticket_bytes: 2 * size, ..Limits::default() };
        let made: Vec<_> = (0..3).map(|_| tickets.keep(kept(None, 1_000), &limits).unwrap()).collect();
        let found: Vec<_> = made.iter().map(|one| tickets.find(one, None, &limits).is_some()).collect();
        assert_eq!(found, [false, true, true]);
        let limits = Limits { ticket_bytes: size - 1, ..limits };
        assert!(tickets.keep(kept(None, 1_000), &limits).is_none(), "too large by itself");
    }

    #[test]
    fn an_address_has_one_ticket_and_keeps_what_else_it_had() {
        assert_eq!(address(None, "t"), "?holm=t");
        assert_eq!(address(Some("a=1&holm=old&b=2"), "t"), "?a=1&b=2&holm=t");
        assert_eq!(of_query(Some("a=1&holm=t")), Some("t"));
        assert_eq!(of_query(Some("xholm=t")), None);
    }

    #[test]
    fn a_refusal_says_one_of_our_own_sentences() {
        let ticket = refusal(Code::SealForged, "A:0/küche & co");
        assert!(ticket.is_ascii() && !ticket.contains(['&', ' ']), "{ticket}");
        assert_eq!(refused(&ticket).unwrap().instance, "A:0/küche & co");
        for nonsense in ["~201", "~9~A:0", "~100~A:0", "201~A:0", "~201~%ff"] {
            let told = refused(nonsense);
            assert!(told.is_none() || told.unwrap().instance != "A:0", "{nonsense}");
        }
    }
}
