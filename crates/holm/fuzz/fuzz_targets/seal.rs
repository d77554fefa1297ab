//! Any bytes as a seal and as what is inside one: what is not ours is refused, and what is inside may be anything
//! that an older server wrote.
#![no_main]

use holm_wire::up::{self, JoinIsland};
use libfuzzer_sys::fuzz_target;

#[path = "stage.rs"]
mod stage;

fuzz_target!(|data: &[u8]| {
    holm::test::read_inside_of_seal(data);
    stage::runtime().block_on(async {
        let page = stage::app().get("/").await;
        let mut seals = vec![data.to_vec(), [&[0x01], data].concat()];
        // A real one with some bytes changed.
        let mut real = stage::attributes(page.html(), "data-seal").remove(0).into_bytes();
        for pair in data.chunks_exact(2).take(4) {
            let at = usize::from(pair[0]) % real.len();
            real[at] = pair[1];
        }
        seals.push(real);
        for seal in seals {
            let mut wire = page.wire();
            let mut join = Vec::new();
            let island = JoinIsland { name: "Thing", instance: "Thing:a", check: 0, seal: &seal };
            up::join(&mut join, 0, "/", 1, b"", &[island]);
            wire.send(&join);
            assert!(wire.take().is_some(), "a join is answered");
        }
    });
});
