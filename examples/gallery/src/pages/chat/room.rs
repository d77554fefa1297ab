//! What is said in the chat: the topic it travels by, the last lines of it, and a line's row.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use holm::Topic;
use holm::prelude::*;
use parking_lot::Mutex;

use crate::guest::{Guest, avatar};

/// Lines that are kept, here and on each page.
pub(super) const KEPT: usize = 100;

/// Where lines are published.
pub(super) fn topic() -> Topic<Line> {
    Topic::new("chat")
}

/// One thing said.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Line {
    /// Microseconds since 1970, made to rise: an order, a key, and the time.
    at: u64,
    name: String,
    colour: u8,
    text: String,
}

impl Line {
    /// Its key among the rows.
    pub(super) fn key(&self) -> u64 {
        self.at
    }

    pub(super) fn row(&self) -> Markup {
        let (hour, minute) = (self.at / 3_600_000_000 % 24, self.at / 60_000_000 % 60);
        html! {
            li.said {
                (avatar(&self.name, self.colour))
                p.by { b { (self.name) } " " time { (format!("{hour:02}:{minute:02}")) } }
                p.text { (self.text) }
            }
        }
    }
}

/// The last lines, for those who come later.
#[derive(Clone, Default)]
pub(crate) struct Room(Arc<Mutex<VecDeque<Line>>>);

impl Room {
    /// Keeps what is said and publishes it, under one lock: those who come later read the order that others heard.
    pub(super) fn say(&self, hub: &Hub, guest: &Guest, text: &str) {
        let mut lines = self.0.lock();
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_micros();
        let rising = lines.back().map_or(0, |line| line.at + 1);
        let at = u64::try_from(now).unwrap_or(u64::MAX).max(rising);
        let line = Line { at, name: guest.name.clone(), colour: guest.colour, text: text.to_owned() };
        if lines.len() == KEPT {
            lines.pop_front();
        }
        lines.push_back(line.clone());
        hub.publish(&topic(), line);
    }

    pub(super) fn lines(&self) -> Vec<Line> {
        self.0.lock().iter().cloned().collect()
    }
}
