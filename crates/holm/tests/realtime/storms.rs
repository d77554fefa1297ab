//! Everything at once: whoever comes, goes, says and closes in whatever order, nothing is left over.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::stream;
use holm::Limits;
use holm::realtime::{Channel, Event, Joiner, Realtime};
use holm::test::Peer;
use serde_json::json;

use super::{named, said, until, user};

/// Numbers from a seed.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}

#[derive(Default)]
struct Counts {
    /// Joined and not left yet.
    inside: AtomicI64,
    joined: AtomicUsize,
}

fn app(counts: &Arc<Counts>) -> Realtime {
    let (joining, leaving) = (Arc::clone(counts), Arc::clone(counts));
    let kind = Channel::new()
        .presence(true)
        .clients_publish(true)
        .authorize(|who: Joiner| async move {
            tokio::task::yield_now().await;
            if who.param() == "3" { Err(holm::Error::public("No.")) } else { Ok(()) }
        })
        .on_join(move |_| {
            let counts = Arc::clone(&joining);
            async move {
                counts.inside.fetch_add(1, Ordering::SeqCst);
                counts.joined.fetch_add(1, Ordering::SeqCst);
                tokio::task::yield_now().await;
                Ok(())
            }
        })
        .on_leave(move |_| {
            let counts = Arc::clone(&leaving);
            async move {
                tokio::task::yield_now().await;
                counts.inside.fetch_sub(1, Ordering::SeqCst);
                Ok(())
            }
        });
    let fed =
        Channel::new().stream(|_| async { Ok(stream::iter((0..100).map(|n| Event::new("n").json(&n)))) });
    let limits = Limits { presence_grace: Duration::from_millis(5), ..Limits::default() };
    named(Realtime::new().limits(limits).channel("room/*", kind).channel("fed/*", fed))
}

async fn storm(realtime: Realtime, seed: u64) {
    let mut dice = Dice(seed);
    let mut peer: Option<Peer> = None;
    for _ in 0..400 {
        let room = dice.roll(4);
        let Some(here) = &mut peer else {
            peer = Some(user(&realtime, &format!("user {}", dice.roll(3))).await);
            continue;
        };
        match dice.roll(9) {
            0 => peer = None,
            1 => here.send_json(&json!({"type": "subscribe", "channel": format!("room/{room}")})).await,
            2 => {
                let channel = format!("room/{room}");
                here.send_json(&json!({"type": "subscribe", "channel": channel, "id": dice.roll(2)})).await;
            }
            3 => here.send_json(&json!({"type": "subscribe", "channel": format!("fed/{room}")})).await,
            4 => here.send_json(&json!({"type": "unsubscribe", "channel": format!("room/{room}")})).await,
            5 => here.send_json(&json!({"type": "send", "channel": format!("room/{room}"), "data": 1})).await,
            6 => drop(realtime.to_channel(&format!("room/{room}")).broadcast(said("hello"))),
            7 => drop(realtime.to_channel(&format!("room/{room}")).leave(&here.socket())),
            _ => drop(here.due()),
        }
        if let Some(here) = &peer
            && !here.socket().is_open()
        {
            peer = None;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn after_a_storm_nothing_is_left_over() {
    let counts = Arc::new(Counts::default());
    let realtime = app(&counts);
    let before = tokio::runtime::Handle::current().metrics().num_alive_tasks();
    let storms: Vec<_> = (0..8).map(|seed| tokio::spawn(storm(realtime.clone(), seed))).collect();
    for storm in storms {
        storm.await.unwrap();
    }
    assert!(counts.joined.load(Ordering::SeqCst) > 100, "the storm was none");
    until(|| counts.inside.load(Ordering::SeqCst) == 0).await;
    assert_eq!((realtime.connections(), realtime.channel_count()), (0, 0));
    assert_eq!(realtime.to_channel("room/1").presence(), []);
    until(|| tokio::runtime::Handle::current().metrics().num_alive_tasks() <= before).await;
}
