//! Any bytes as an edit program: its operations are written back and read the same.
#![no_main]

use holm_wire::edit::{Op, Program, order, put_op};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Ok(ops) = Program::new(data).collect::<Result<Vec<_>, _>>() else { return };
    let mut again = Vec::new();
    for op in &ops {
        match op {
            Op::Order(pieces) => order(&mut again, &pieces.iter().collect::<Vec<_>>()),
            op => put_op(&mut again, op),
        }
    }
    let reread: Vec<_> = Program::new(&again).map(|op| op.expect("what was written can be read")).collect();
    assert_eq!(reread.len(), ops.len());
    for pair in ops.iter().zip(&reread) {
        match pair {
            (Op::Order(one), Op::Order(other)) => assert!(one.iter().eq(other.iter())),
            (one, other) => assert_eq!(one, other),
        }
    }
});
