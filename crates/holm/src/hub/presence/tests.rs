//! Whatever happens in whatever order, what a watcher is told adds up to who is here.

use std::sync::{Arc, Weak};
use std::time::Duration;

use proptest::prelude::*;
use tokio::time::Instant;

use super::room::{Bounds, Room};
use super::said::Meta;
use super::teller::Tell;
use super::{Change, Presence, Present};
use crate::cx::Mailbox;
use crate::hub::topics::inbox::Inbox;
use crate::session::Session;

#[derive(Debug, Clone)]
enum Step {
    Join(u8, u8),
    Leave(usize),
    Update(usize, u8),
    Away(usize),
    Back(usize),
    Watch,
    Unwatch(usize),
    Tell,
    Take(usize),
}

fn step() -> impl Strategy<Value = Step> {
    let at = 0..8_usize;
    prop_oneof![
        3 => (0..4_u8, 0..2_u8).prop_map(|(who, says)| Step::Join(who, says)),
        2 => at.clone().prop_map(Step::Leave),
        2 => (at.clone(), 0..2_u8).prop_map(|(at, says)| Step::Update(at, says)),
        2 => at.clone().prop_map(Step::Away),
        2 => at.clone().prop_map(Step::Back),
        1 => Just(Step::Watch),
        1 => at.clone().prop_map(Step::Unwatch),
        3 => Just(Step::Tell),
        3 => at.prop_map(Step::Take),
    ]
}

fn meta(says: u8) -> Meta<u8> {
    Meta { value: Arc::new(says), print: Some(says.into()) }
}

fn plain(present: &[Present<u8>]) -> Vec<(String, Vec<u8>)> {
    let says = |who: &Present<u8>| who.metas.iter().map(|meta| **meta).collect();
    present.iter().map(|who| (who.key.to_string(), says(who))).collect()
}

/// What an island is to a presence that it has joined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Is {
    Here,
    /// Without a connection, but not for long.
    Away,
    Left,
    /// Back, with no room for it.
    Refused,
}

impl Is {
    fn shown(self) -> bool {
        matches!(self, Self::Here | Self::Away)
    }

    fn when_away(self) -> Self {
        if self.shown() { Self::Away } else { Self::Left }
    }
}

fn is_full(tracks: &[(usize, Is)]) -> bool {
    tracks.iter().filter(|(_, is)| is.shown()).count() == 5
}

struct Watcher {
    seat: usize,
    inbox: Arc<Inbox<Change<u8>>>,
    /// `None` until it has heard of everybody.
    here: Option<Vec<Present<u8>>>,
}

impl Watcher {
    fn new(room: &Room<u8>) -> Self {
        let nobody: Weak<dyn Mailbox> = Weak::<Session>::new();
        let inbox = Arc::new(Inbox::closed(nobody, 2));
        Self { seat: room.watch(&inbox), inbox, here: None }
    }

    /// Takes one change, which has to fit what is known.
    fn take(&mut self, room: &Room<u8>) -> bool {
        let Some(change) = room.take(&self.inbox) else { return false };
        let Some(here) = &mut self.here else {
            assert!(change.everybody.is_some(), "the first tells everybody");
            self.here = change.everybody.clone();
            return true;
        };
        if change.everybody.is_none() {
            let known = |who: &Present<u8>| here.iter().find(|known| known.key == who.key);
            assert!(!change.is_none(), "nothing is not told");
            assert!(change.joined.iter().all(|who| known(who).is_none() && !who.metas.is_empty()));
            assert!(change.left.iter().all(|who| {
                known(who).is_some_and(|known| {
                    plain(std::slice::from_ref(known)) == plain(std::slice::from_ref(who))
                })
            }));
            assert!(change.updated.iter().all(|who| {
                known(who).is_some_and(|known| {
                    plain(std::slice::from_ref(known)) != plain(std::slice::from_ref(who))
                })
            }));
        }
        change.apply(here);
        true
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]
    #[test]
    fn what_is_told_adds_up_to_who_is_here(steps in proptest::collection::vec(step(), 0..60)) {
        let bounds = Bounds { entries: 5, every: Duration::ZERO, grace: Duration::ZERO };
        let room = Room::<u8>::new(Presence::<u8>::new("room").key(), bounds);
        let (mut tracks, mut watchers) = (Vec::new(), vec![Watcher::new(&room)]);
        for step in steps {
            match step {
                Step::Join(who, says) => {
                    let id = room.join(who.to_string().into(), meta(says));
                    prop_assert_eq!(id.is_none(), is_full(&tracks));
                    tracks.extend(id.map(|id| (id, Is::Here)));
                }
                Step::Leave(at) if at < tracks.len() => drop(room.leave(tracks.swap_remove(at).0)),
                Step::Update(at, says) if at < tracks.len() => {
                    drop(room.update(tracks[at].0, meta(says)));
                    if tracks[at].1 == Is::Refused && !is_full(&tracks) {
                        tracks[at].1 = Is::Here;
                    }
                }
                Step::Away(at) if at < tracks.len() => {
                    room.away(tracks[at].0);
                    tracks[at].1 = tracks[at].1.when_away();
                }
                Step::Back(at) if at < tracks.len() => {
                    let shown = tracks[at].1.shown() || !is_full(&tracks);
                    prop_assert_eq!(room.back(tracks[at].0), shown);
                    tracks[at].1 = if shown { Is::Here } else { Is::Refused };
                }
                Step::Watch if watchers.len() < 4 => watchers.push(Watcher::new(&room)),
                Step::Unwatch(at) if at < watchers.len() => drop(room.unwatch(watchers.swap_remove(at).seat)),
                Step::Take(at) if at < watchers.len() => drop(watchers[at].take(&room)),
                Step::Tell => {
                    room.tell(Instant::now());
                    for (_, is) in tracks.iter_mut().filter(|(_, is)| *is == Is::Away) {
                        *is = Is::Left;
                    }
                }
                _ => {}
            }
        }
        room.tell(Instant::now());
        let here = plain(&room.present());
        for watcher in &mut watchers {
            while watcher.take(&room) {}
            prop_assert_eq!(watcher.here.as_deref().map(plain), Some(here.clone()));
        }
        for watcher in watchers {
            drop(room.unwatch(watcher.seat));
        }
        for (id, _) in tracks {
            drop(room.leave(id));
        }
        prop_assert!(room.is_empty() && room.remembers_nobody());
    }
}

#[test]
fn all_who_begin_to_watch_get_one_picture_until_there_is_more_to_tell() {
    let bounds = Bounds { entries: 5, every: Duration::ZERO, grace: Duration::ZERO };
    let room = Room::<u8>::new(Presence::<u8>::new("room").key(), bounds);
    let picture = |watcher: &Watcher| room.take(&watcher.inbox).unwrap();
    let everybody = |change: &Change<u8>| change.everybody.as_deref().map(plain);
    room.join("ada".into(), meta(0));
    let watchers = [(); 3].map(|()| Watcher::new(&room));
    room.tell(Instant::now());
    let pictures = watchers.each_ref().map(picture);
    assert!(pictures.iter().all(|picture| Arc::ptr_eq(picture, &pictures[0])));
    assert_eq!(everybody(&pictures[0]), Some(vec![("ada".to_owned(), vec![0])]));

    let bob = room.join("bob".into(), meta(1)).unwrap();
    let late = [(); 2].map(|()| Watcher::new(&room));
    room.tell(Instant::now());
    let pictures = late.each_ref().map(picture);
    assert!(Arc::ptr_eq(&pictures[0], &pictures[1]));
    assert_eq!(everybody(&pictures[0]).map(|here| here.len()), Some(2));

    drop(room.leave(bob));
    room.join("bob".into(), meta(1)).unwrap();
    let later = Watcher::new(&room);
    room.tell(Instant::now());
    assert!(Arc::ptr_eq(&picture(&later), &pictures[0]), "what cancels out changes no picture");
}
