//! What no session shows: a mailbox that goes in the middle of a publish, and who comes and goes at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use parking_lot::Mutex;
use tokio::sync::Notify;

use super::listening::{Ear, Listening};
use super::{HubInner, Overflow, Topic, listen};
use crate::cx::{Late, Mailbox, Port, SendError};
use crate::island::erased::AnyEvent;

/// Holds what listens, as a session does, and lets go of itself when it is nudged.
#[derive(Default)]
struct Holder {
    itself: Mutex<Option<Arc<Holder>>>,
    ears: Mutex<Vec<Arc<dyn Ear>>>,
    nudges: AtomicUsize,
    room: Notify,
}

impl Mailbox for Holder {
    fn deliver(self: Arc<Self>, _: u64, event: AnyEvent) -> Result<(), (SendError, AnyEvent)> {
        Err((SendError::Gone, event))
    }

    fn deliver_late(self: Arc<Self>, _: u64, _: Late) -> Result<(), SendError> {
        Err(SendError::Gone)
    }

    fn room(&self) -> &Notify {
        &self.room
    }

    fn nudge(&self) {
        self.nudges.fetch_add(1, Ordering::Relaxed);
        let itself = self.itself.lock().take();
        drop(itself);
    }
}

fn holder() -> (Arc<Holder>, Port) {
    let holder = Arc::new(Holder::default());
    let mailbox: Arc<dyn Mailbox> = Arc::<Holder>::clone(&holder);
    let port = Port { mailbox: Arc::downgrade(&mailbox), slot: 1 };
    (holder, port)
}

fn ear(hub: &Arc<HubInner>, topic: &Topic<u32>, port: &Port, overflow: Overflow<u32>) -> Arc<dyn Ear> {
    listen(hub, topic, port, overflow, 3, |number| *number)
}

fn numbers(ear: &Arc<dyn Ear>) -> Vec<u32> {
    std::iter::from_fn(|| ear.take()).map(|event| *event.downcast().unwrap()).collect()
}

#[test]
fn who_goes_in_the_middle_of_a_publish_holds_up_nobody() {
    let (hub, topic) = (Arc::<HubInner>::default(), Topic::<u32>::new("a"));
    for _ in 0..3 {
        let (holder, port) = holder();
        let ear = ear(&hub, &topic, &port, Overflow::DropOldest);
        holder.ears.lock().push(ear);
        // From here on the publish itself is the last that holds it.
        *holder.itself.lock() = Some(Arc::clone(&holder));
    }
    assert_eq!(hub.topics.publish(&topic, 1), 3);
    assert_eq!((hub.topics.subscribers(&topic), hub.topics.len()), (0, 0));
}

#[test]
fn each_policy_keeps_its_bound_and_says_what_it_says() {
    let (hub, topic) = (Arc::<HubInner>::default(), Topic::<u32>::new("a"));
    let (holder, port) = holder();
    let oldest = ear(&hub, &topic, &port, Overflow::DropOldest);
    let newest = ear(&hub, &topic, &port, Overflow::Newest);
    let resync = ear(&hub, &topic, &port, Overflow::resync(|| 0));
    let publish = |numbers: std::ops::RangeInclusive<u32>| {
        for number in numbers {
            hub.topics.publish(&topic, number);
        }
    };
    publish(1..=3);
    assert_eq!(
        (numbers(&oldest), numbers(&newest), numbers(&resync)),
        (vec![1, 2, 3], vec![3], vec![1, 2, 3])
    );
    publish(1..=9);
    assert_eq!((oldest.len(), newest.len(), resync.len()), (3, 1, 1));
    assert_eq!((numbers(&oldest), numbers(&newest), numbers(&resync)), (vec![7, 8, 9], vec![9], vec![0]));
    publish(10..=10);
    assert_eq!((numbers(&oldest), numbers(&newest), numbers(&resync)), (vec![10], vec![10], vec![10]));
    // Each of the three was woken once for each time that something came where nothing was.
    assert_eq!(holder.nudges.load(Ordering::Relaxed), 9);
}

#[test]
fn a_topic_that_is_left_and_entered_at_once_loses_nobody() {
    let (hub, topic) = (Arc::<HubInner>::default(), Topic::<u32>::new("a"));
    let (_holder, port) = holder();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for number in 0..2_000 {
                    let ear = ear(&hub, &topic, &port, Overflow::DropOldest);
                    hub.topics.publish(&topic, number);
                    assert!(!numbers(&ear).is_empty(), "it sat in a topic that was forgotten");
                }
            });
        }
    });
    assert_eq!(hub.topics.len(), 0);
}

#[test]
fn subscriptions_take_turns_and_give_way_to_what_else_waits() {
    let (hub, port) = (Arc::<HubInner>::default(), holder());
    let (one, two) = (Topic::<u32>::new("one"), Topic::<u32>::new("two"));
    let mut listening = Listening::default();
    for topic in [&one, &two] {
        assert!(listening.add(ear(&hub, topic, &port.1, Overflow::DropOldest), 2).is_ok());
    }
    for number in 1..=3 {
        hub.topics.publish(&one, number);
        hub.topics.publish(&two, 10 * number);
    }
    let mut heard = Vec::new();
    assert!(listening.look(false));
    while listening.is_due() {
        heard.extend(listening.next().unwrap().take().map(|event| *event.downcast::<u32>().unwrap()));
    }
    assert_eq!(heard, [1, 10, 2, 20, 3, 30]);
    hub.topics.publish(&one, 4);
    assert!(!listening.look(true), "what else waits has its turn first");
    listening.give_way();
    assert!(listening.look(true));
    assert_eq!(size_of::<Listening>(), size_of::<usize>(), "who listens to nothing pays a pointer");
    // The third is refused, and one to the same topic is not a third.
    assert!(listening.add(ear(&hub, &Topic::new("three"), &port.1, Overflow::Newest), 2).is_err());
    assert!(matches!(listening.add(ear(&hub, &two, &port.1, Overflow::Newest), 2), Ok(Some(_))));
    assert_eq!((hub.topics.subscribers(&two), hub.topics.len()), (1, 2));
}
