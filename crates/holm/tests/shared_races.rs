//! Shared islands on several threads: viewers that send, come, go and are lost at once.
#![allow(clippy::unwrap_used, reason = "a test fails where it unwraps")]

#[path = "shared/room.rs"]
mod room;

use std::sync::Arc;
use std::time::Duration;

use holm::Limits;
use room::{Raw, Room, Talk, app, at, lines};

const VIEWERS: usize = 8;
const EVENTS: usize = 50;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn viewers_that_send_at_once_come_to_one_picture() {
    let app = Arc::new(app(Limits::default()));
    let mut tasks = Vec::new();
    for viewer in 0..VIEWERS {
        let app = Arc::clone(&app);
        tasks.push(tokio::spawn(async move {
            let mut tab = at(&app, "/room/1", &format!("v{viewer}")).await;
            for round in 0..EVENTS {
                tab.send_now("Room.1", "say", &format!("\"{round}\""));
                if round % 10 == viewer {
                    tab = tab.lose().resume(&app).await;
                }
                if round % 7 == 0 {
                    // Another comes and goes meanwhile, and something comes from outside.
                    drop(at(&app, "/room/1", "passer-by").await);
                    if let Some(room) = app.hub.shared::<Room>("1") {
                        room.send(Talk::Tick).await.unwrap();
                    }
                }
                tokio::task::yield_now().await;
            }
            tab.wait_for(|tab| lines(tab).len() == VIEWERS * EVENTS).await;
            assert!(tab.errors().is_empty(), "{:?}", tab.errors());
            tab
        }));
    }
    let mut tabs = Vec::new();
    for task in tasks {
        tabs.push(task.await.unwrap());
    }
    let ticks = format!("ticks {}", VIEWERS * EVENTS.div_ceil(7));
    for tab in &mut tabs {
        tab.wait_for(|tab| tab.html("Room.1").contains(&ticks)).await;
    }
    let all = lines(&tabs[0]);
    for (viewer, tab) in tabs.iter().enumerate() {
        assert_eq!(lines(tab), all);
        // Each one's own events in their order, once.
        let own: Vec<_> = all.iter().filter_map(|line| line.strip_prefix(&format!("v{viewer}: "))).collect();
        assert_eq!(own, (0..EVENTS).map(|round| round.to_string()).collect::<Vec<_>>());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn it_comes_to_life_and_ends_again_and_again_under_those_who_join() {
    let app = Arc::new(app(Limits { shared_idle: Duration::from_millis(1), shared: 2, ..Limits::default() }));
    let mut tasks = Vec::new();
    for viewer in 0..VIEWERS {
        let app = Arc::clone(&app);
        tasks.push(tokio::spawn(async move {
            for round in 0..EVENTS {
                let path = format!("/nobody/room/{}", round % 2);
                let mut raw = Raw::join(&app, &path).await;
                raw.say(&format!("{viewer} {round}"));
                // Whatever else is heard: its own event is answered.
                while raw.wire.next().await.unwrap()[0] != 0x12 {}
                raw.wire.leave();
            }
        }));
    }
    for task in tasks {
        task.await.unwrap();
    }
    tokio::time::timeout(Duration::from_secs(10), async {
        while app.hub.shared_islands() > 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await
    .unwrap();
}
