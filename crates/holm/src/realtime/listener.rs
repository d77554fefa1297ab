//! A client over HTTP, which says what it wants once, in its address, and then listens.

use std::borrow::Cow;
use std::future::poll_fn;
use std::sync::{Arc, Weak};
use std::task::{Context, Poll};

use axum::response::Response;
use holm_wire::Code;
use http::request::Parts;
use serde::Deserialize;

use super::asked::{Asked, Noted, Positions};
use super::enter::refuse;
use super::held::Held;
use super::protocol::{self, After, Refusal, quoted};
use super::{Connected, Due, End, Item, Realtime};

/// A client that subscribes to the channels it asked for, one after the other.
#[derive(Debug)]
pub(crate) struct Listener {
    connected: Connected,
    /// What it has not subscribed to yet, the next one last.
    wants: Vec<(Arc<str>, Option<After>)>,
    /// Taken from the client's outbox already, while it was not sure that there is an answer.
    first: Option<Due>,
    /// How many of its channels were refused.
    refused: Vec<Item>,
    /// Where the client is when it has everything that was taken.
    pub(crate) positions: Positions,
}

/// What a message says of a subscription's beginning.
#[derive(Deserialize)]
struct Subscribed {
    channel: String,
    cursor: Option<String>,
    recovered: Option<bool>,
}

impl Listener {
    /// Lets a client in, and waits until it is in one of its channels. A quiet one comes and goes unnoticed.
    ///
    /// # Errors
    /// The response that refuses it; also when it may be in none of the channels it asks for.
    pub(crate) async fn open(
        realtime: &Realtime,
        parts: &Parts,
        quiet: bool,
    ) -> Result<(Self, Asked), Response> {
        let asked = Asked::read(parts, &realtime.settings.limits).map_err(|refusal| refuse(&refusal))?;
        let mut connected = realtime.admit(parts).await?;
        connected.quiet = quiet;
        let mut wants = asked.channels.clone();
        wants.reverse();
        let positions = Positions::of(&asked);
        let mut listener = Self { connected, wants, first: None, refused: Vec::new(), positions };
        if !asked.channels.is_empty()
            && let Some(refusal) = poll_fn(|cx| listener.poll_first(cx, asked.channels.len())).await
        {
            return Err(refuse(&refusal));
        }
        Ok((listener, asked))
    }

    /// A client that asks for no channel, and hears what is said to it and where the app takes it.
    pub(crate) fn bare(connected: Connected, positions: Positions) -> Self {
        Self { connected, wants: Vec::new(), first: None, refused: Vec::new(), positions }
    }

    /// Waits for the first thing to say that is no refusal; gives the first refusal when there is nothing else.
    fn poll_first(&mut self, cx: &mut Context<'_>, channels: usize) -> Poll<Option<Refusal>> {
        loop {
            match self.poll_due(cx) {
                Poll::Ready(Due::Item(item @ Item::Note { kind: "error", .. })) => self.refused.push(item),
                Poll::Ready(due) => {
                    self.first = Some(due);
                    return Poll::Ready(None);
                }
                Poll::Pending => return Poll::Pending,
            }
            if self.refused.len() == channels {
                return Poll::Ready(self.refused.first().map(refusal_of));
            }
        }
    }

    /// What is due for the client.
    pub(crate) fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Due> {
        if let Some(refused) = self.refused.pop() {
            return Poll::Ready(Due::Item(refused));
        }
        match self.first.take() {
            Some(first) => Poll::Ready(first),
            None => self.poll_due(cx),
        }
    }

    fn poll_due(&mut self, cx: &mut Context<'_>) -> Poll<Due> {
        loop {
            while self.connected.takes_more()
                && let Some((name, after)) = self.wants.pop()
            {
                let id: Arc<str> = quoted(&name).into();
                if let Err(refusal) = self.connected.subscribe(Arc::clone(&id), &name, after, None) {
                    self.connected.connection.push(protocol::error(Some(&id), &refusal));
                }
            }
            if let Poll::Ready(due) = self.connected.poll_next(cx) {
                return Poll::Ready(due);
            }
            // A hook has ended just now, and said nothing.
            if self.wants.is_empty() || !self.connected.takes_more() {
                return Poll::Pending;
            }
        }
    }

    /// Whether every channel it asked for has taken it in or refused it.
    pub(crate) fn is_settled(&self) -> bool {
        self.wants.is_empty() && self.connected.takes_more()
    }

    /// Notes where the client is when it has this.
    pub(crate) fn note(&mut self, item: &Item) -> Noted {
        let (channel, cursor) = match item {
            Item::Event { event, .. } => match (&event.channel, event.cursor) {
                (Some(channel), Some(cursor)) => (Cow::Borrowed(&**channel), Some(cursor)),
                _ => return Noted::default(),
            },
            Item::Note { kind: "subscribed", json } => match serde_json::from_str::<Subscribed>(json) {
                Ok(said) => {
                    self.positions.begin(&said.channel);
                    (said.channel.into(), said.cursor.and_then(|cursor| cursor.parse().ok()))
                }
                Err(_) => return Noted::default(),
            },
            _ => return Noted::default(),
        };
        self.positions.set(&channel, cursor)
    }

    /// Has whoever ends the connection look after its body.
    pub(crate) fn keep(&self, held: Weak<Held>) {
        self.connected.connection.keep(held);
    }

    /// Ends it, when what waits has been taken: it has had its time.
    pub(crate) fn end(&self) {
        self.connected.connection.end(End::Time);
    }
}

/// Whether a message says that a subscription begins anew, since what was missed is gone.
pub(crate) fn is_gone(json: &str) -> bool {
    serde_json::from_str(json).is_ok_and(|said: Subscribed| said.recovered == Some(false))
}

/// What an error message refuses with.
fn refusal_of(item: &Item) -> Refusal {
    #[derive(Deserialize)]
    struct Said {
        code: String,
        sentence: String,
    }
    let said: Option<Said> = match item {
        Item::Note { json, .. } => serde_json::from_str(json).ok(),
        _ => None,
    };
    let code = |word: &str| Code::ALL.iter().copied().find(|code| code.word() == word);
    match said {
        Some(said) => Refusal::new(code(&said.code).unwrap_or(Code::Forbidden), said.sentence),
        None => Refusal::new(Code::Forbidden, "This is refused."),
    }
}
