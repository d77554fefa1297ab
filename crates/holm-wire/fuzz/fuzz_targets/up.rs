//! Any bytes as a frame from the page: what decodes is written back and decodes to the same.
#![no_main]

use holm_wire::up::{self, Up};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Ok(frame) = Up::decode(data) else { return };
    let mut again = Vec::new();
    match frame {
        Up::Heartbeat => up::heartbeat(&mut again),
        Up::Join(join) => {
            let islands: Vec<_> =
                join.islands().map(|island| island.expect("the join was checked")).collect();
            assert_eq!(islands.len() as u64, join.count);
            up::join(&mut again, join.wants, join.path, join.epoch, join.token, &islands);
            let Ok(Up::Join(other)) = Up::decode(&again) else { panic!("a join is a join") };
            assert!(other.islands().map(|island| island.expect("the join was checked")).eq(islands));
            return;
        }
        Up::Event { island, seq, name, payload } => up::event(&mut again, island, seq, name, payload),
        Up::Submit { island, seq, name, fields } => up::submit(&mut again, island, seq, name, fields),
        Up::Resync { island } => up::resync(&mut again, island),
        Up::Leave { island } => up::leave(&mut again, island),
        Up::Resume(resume) => up::resume(&mut again, &resume),
        Up::Seen { count } => up::seen(&mut again, count),
    }
    assert_eq!(Up::decode(&again), Ok(frame));
});
