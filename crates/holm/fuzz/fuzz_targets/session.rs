//! Any frames in any order, to a session with real islands, over two connections: everything it says is a frame,
//! and somebody else's session goes on.
#![no_main]

use holm::test::Wire;
use holm_wire::down::Down;
use holm_wire::up::{self, JoinIsland, Resume};
use libfuzzer_sys::fuzz_target;

#[path = "stage.rs"]
mod stage;

/// Takes all that is ready; gives the token if a joined frame was among it.
fn drain(wire: &Wire) -> Option<[u8; up::TOKEN]> {
    let mut token = None;
    while let Some(frame) = wire.take() {
        if let Down::Joined(joined) = Down::decode(&frame).expect("the server writes frames") {
            token = Some(*joined.token);
        }
    }
    token
}

fuzz_target!(|data: &[u8]| {
    stage::runtime().block_on(async {
        let page = stage::app().get("/").await;
        let seals = stage::attributes(page.html(), "data-seal");
        let instances = stage::attributes(page.html(), "data-instance");
        let islands: Vec<_> = instances
            .iter()
            .zip(&seals)
            .map(|(instance, seal)| JoinIsland { name: "Thing", instance, check: 0, seal: seal.as_bytes() })
            .collect();
        let mut wires = [page.wire(), page.wire()];
        let mut join = Vec::new();
        up::join(&mut join, 3, "/", 1, b"", &islands);
        wires[0].send(&join);
        let token = drain(&wires[0]).expect("it joins");
        let (mut data, mut at) = (data, 0);
        while !data.is_empty() {
            let frame = stage::piece(&mut data);
            match frame {
                // A few whole sentences, so that chance need not find them.
                [0xf0] => at = 1 - at,
                [0xf1, epoch, base, seen] => {
                    let (epoch, base, seen) = ((*epoch).into(), (*base).into(), (*seen).into());
                    let mut frame = Vec::new();
                    up::resume(&mut frame, &Resume { wants: 1, path: "/", epoch, base, seen, token: &token });
                    wires[at].send(&frame);
                }
                [0xf2, epoch, which @ ..] => {
                    let mut frame = Vec::new();
                    let some: Vec<_> =
                        which.iter().filter_map(|at| islands.get(usize::from(*at)).copied()).collect();
                    up::join(&mut frame, 0, "/", (*epoch).into(), &token, &some);
                    wires[at].send(&frame);
                }
                [0xf3, tenths] => {
                    tokio::time::sleep(std::time::Duration::from_millis(u64::from(*tenths) * 100)).await
                }
                frame => wires[at].send(frame),
            }
            drain(&wires[at]);
            tokio::task::yield_now().await;
        }
        drain(&wires[0]);
        drain(&wires[1]);
        let mut good = page.wire();
        good.send(&join);
        drain(&good);
        let mut event = Vec::new();
        up::event(&mut event, 1, 1, "more", "");
        good.send(&event);
        tokio::task::yield_now().await;
        // Counts of viewers may come before the answer.
        let mut answered = false;
        while let Some(frame) = good.take() {
            answered |= matches!(Down::decode(&frame), Ok(Down::EditAck { seq: 1, .. }));
        }
        assert!(answered, "another page is served");
    });
});
