//! The name of one event of one page, for effects that must not happen twice.

use std::fmt;

/// Names one event that a page sent, for good: [`Cx::event_id`](crate::Cx::event_id) gives it.
///
/// A page that sends an event again, after a lost connection or to a restarted server, sends it under
/// the same id; no other event has it. It may be stored: its text, `<session>/<instance>/<number>` with
/// the session as 16 hexadecimal digits, serves as a unique key in a database or as the idempotency key of
/// another service. The text is as long as the instance's name, a key of the app's included, and 40 bytes
/// at most beside it.
///
/// ```
/// # use std::collections::HashSet;
/// # use holm::{Cx, Event};
/// # #[derive(Event)] enum Press { #[event(once)] Order { item: u32 } }
/// /// Where the app keeps its orders: a table whose key is the id.
/// #[derive(Default)]
/// struct Orders(tokio::sync::Mutex<HashSet<String>>);
///
/// async fn order(cx: &Cx<Press>, item: u32) -> holm::Result {
///     let id = cx.event_id().ok_or_else(|| holm::Error::public("Only a page orders."))?;
///     if cx.state::<Orders>().0.lock().await.insert(id.to_string()) {
///         // Not seen before: the order is made here.
///     }
///     Ok(())
/// }
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct EventId {
    session: u64,
    instance: Box<str>,
    seq: u64,
}

impl EventId {
    /// The event with this number, of the island with this instance id, in this page view.
    pub(crate) fn new(session: u64, instance: &str, seq: u64) -> Self {
        Self { session, instance: instance.into(), seq }
    }
}

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}/{}/{}", self.session, self.instance, self.seq)
    }
}

impl fmt::Debug for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EventId({self})")
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::sync::Arc;

    use http::Request;

    use super::super::{Context, Cx};
    use super::EventId;
    use crate::visitor::Visitor;
    use crate::{Limits, Live, Principal};

    #[derive(crate::Event)]
    enum Press {
        Inc,
    }

    #[test]
    fn it_reads_as_session_instance_and_number() {
        let id = EventId::new(0xabc, "Cart:0/row-7", 12);
        assert_eq!(id.to_string(), "0000000000000abc/Cart:0/row-7/12");
        assert_eq!(format!("{id:?}"), "EventId(0000000000000abc/Cart:0/row-7/12)");
        assert_eq!(EventId::new(u64::MAX, "", u64::MAX).to_string().len(), 38);
    }

    #[test]
    fn the_same_event_has_the_same_id_and_no_other_one_has() {
        let all = [(1, "A", 1), (1, "A", 2), (1, "B", 1), (2, "A", 1)];
        let ids: HashSet<_> = all.iter().map(|(session, at, seq)| EventId::new(*session, at, *seq)).collect();
        assert_eq!(ids.len(), all.len());
        assert!(ids.contains(&EventId::new(1, "A", 2)));
    }

    #[test]
    fn only_a_page_s_event_has_one() {
        let core = Arc::new(Live::new().key([1; 32]).freeze().unwrap());
        let (parts, ()) = Request::get("/").body(()).unwrap().into_parts();
        let visitor = Arc::new(Visitor::new(&parts, Principal::anonymous(), &Limits::default()));
        let context = || Context::new(Arc::clone(&core), Arc::clone(&visitor), None);
        assert_eq!(Cx::<Press>::new(context()).event_id(), None);
        let id = EventId::new(7, "Counter:0", 3);
        let cx = Cx::<Press>::new(context().for_event(id.clone()));
        assert_eq!(cx.event_id(), Some(id));
        let _ = Press::Inc;
    }
}
