//! What must hold at the end.

use holm_client::host::Status;
use holm_dom::Tree;

use tokio::time::Instant;

use super::{Event, Kind, World};

impl World {
    /// What has not come about yet; `None` when everything has.
    pub(super) fn open_question(&self) -> Option<String> {
        let page = &self.client.host;
        if page.status != Status::Live {
            return Some(format!("the page is {:?}", page.status));
        }
        let Some(wire) = self.conns.last().filter(|conn| !conn.over).and_then(|conn| conn.wire.as_ref())
        else {
            return Some("there is no connection".to_owned());
        };
        if !page.is_settled() {
            return Some("events are kept that no seal contains".to_owned());
        }
        for (at, slot) in page.slots.iter().enumerate().filter(|(at, _)| page.is_connected(*at)) {
            let Some(html) = wire.html(page.id(at)) else {
                return Some(format!("the server does not have {}", slot.instance));
            };
            let rendered = Tree::parse(&html);
            if rendered != slot.tree {
                let (shown, rendered) = (slot.tree.to_html(), rendered.to_html());
                return Some(format!(
                    "{} shows\n  {shown}\nand the server renders\n  {rendered}",
                    slot.instance
                ));
            }
        }
        if let Some(instance) = page.missing() {
            return Some(format!("{instance} has its place and is not mounted"));
        }
        let travelling = |event: &Event| matches!(event, Event::Up(..) | Event::Down(..) | Event::Closed(_));
        if let Some(((when, _), event)) = self.queue.iter().find(|(_, event)| travelling(event)) {
            return Some(format!(
                "this still travels for {:?}: {event:?}",
                when.duration_since(Instant::now())
            ));
        }
        None
    }

    /// Whether each island has written down what it was told, once and in order.
    pub(super) fn verdict(&self) -> Result<(), String> {
        let page = &self.client.host;
        for (at, slot) in page.slots.iter().enumerate() {
            let mut expected: Vec<u32> = Vec::new();
            for number in slot.taken.iter().filter(|number| !slot.refused.contains(number)) {
                match self.presses[*number as usize] {
                    Kind::Fail | Kind::Panic => {}
                    Kind::Front => expected.insert(0, *number),
                    _ => expected.push(*number),
                }
            }
            let lives = page.is_connected(at);
            let written = lines(&slot.tree.to_html());
            if lives && written != expected {
                let instance = &slot.instance;
                return Err(format!("{instance} has\n  {written:?}\nin place of\n  {expected:?}"));
            }
            for number in &slot.taken {
                if self.presses[*number as usize] != Kind::Pay {
                    continue;
                }
                let paid = self.ledger.payments(*number);
                let owed = expected.contains(number) && lives;
                if paid > 1 || (owed && paid == 0) {
                    return Err(format!("payment {number} of {} was made {paid} times", slot.instance));
                }
            }
        }
        Ok(())
    }
}

/// The numbers that an island shows.
fn lines(html: &str) -> Vec<u32> {
    let items = html.split("<li ").skip(1);
    items.filter_map(|item| item.split('>').nth(1)?.split('<').next()?.parse().ok()).collect()
}
