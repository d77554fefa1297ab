//! Any bytes as a frame from the server: what decodes is written back and decodes to the same.
#![no_main]

use holm_wire::down::Down;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Ok(frame) = Down::decode(data) else { return };
    if let Down::Joined(joined) = frame {
        assert_eq!(joined.islands().filter(Result::is_ok).count() as u64, joined.count);
    }
    let mut again = Vec::new();
    frame.encode(&mut again);
    assert_eq!(Down::decode(&again), Ok(frame));
});
