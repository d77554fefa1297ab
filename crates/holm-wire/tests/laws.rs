//! What holds for all bytes and all values: decoding gives back what was encoded, numbers keep their
//! limits, and the moves are the fewest.

use holm_wire::down::{self, Down, JoinedIsland};
use holm_wire::edit::{Op, Piece, Program, order, put_op};
use holm_wire::order::stays;
use holm_wire::up::{self, JoinIsland, Resume, TOKEN, Up};
use holm_wire::varint::{Reader, put, unzigzag, zigzag};
use holm_wire::{Action, DecodeError, ListOp, batch};
use proptest::prelude::*;

#[derive(Debug, Clone)]
enum Piecelet {
    Run(u32, u32, bool, bool),
    Html(String),
}

fn piece() -> impl Strategy<Value = Piecelet> {
    prop_oneof![
        (0..5000u32, 1..100u32, any::<bool>(), any::<bool>()).prop_map(|(start, len, down, stay)| {
            Piecelet::Run(if down { start + len } else { start }, len, down, stay)
        }),
        ".{0,12}".prop_map(Piecelet::Html),
    ]
}

proptest! {
    #[test]
    fn varints(value: u64) {
        let mut bytes = Vec::new();
        put(&mut bytes, value);
        prop_assert!(bytes.len() <= 10);
        let mut reader = Reader::new(&bytes);
        prop_assert_eq!(reader.varint(), Ok(value));
        prop_assert!(reader.is_empty());
    }

    #[test]
    fn zigzags(value: i64) {
        prop_assert_eq!(unzigzag(zigzag(value)), value);
    }

    #[test]
    fn operations(index: u32, other: u32, count in 1..=u32::MAX, name in ".{0,20}", text in ".{0,300}") {
        let all = [
            Op::Up { levels: count },
            Op::Child { index },
            Op::Id(&name),
            Op::Key(&name),
            Op::Text { index, data: &text },
            Op::Splice { index, keep: other, delete: count, insert: &text },
            Op::Attr { name: &name, value: &text },
            Op::Unattr { name: &name },
            Op::Insert { index, html: &text },
            Op::Remove { index, count },
            Op::Move { from: index, to: other, count },
            Op::Inner(&text),
        ];
        let mut program = Vec::new();
        for op in &all {
            put_op(&mut program, op);
        }
        let read: Result<Vec<_>, _> = Program::new(&program).collect();
        prop_assert_eq!(read, Ok(all.to_vec()));
    }

    #[test]
    fn orders(pieces in prop::collection::vec(piece(), 0..40)) {
        let pieces: Vec<Piece<'_>> = pieces
            .iter()
            .map(|piece| match piece {
                Piecelet::Run(start, len, down, stay) => Piece::Run { start: *start, len: *len, down: *down, stay: *stay },
                Piecelet::Html(html) => Piece::Html(html),
            })
            .collect();
        let mut program = Vec::new();
        order(&mut program, &pieces);
        let ops: Result<Vec<_>, _> = Program::new(&program).collect();
        let ops = ops.map_err(|error| TestCaseError::fail(error.to_string()))?;
        let [Op::Order(read)] = ops[..] else { return Err(TestCaseError::fail("one order")) };
        prop_assert_eq!(read.iter().collect::<Vec<_>>(), pieces);
        let mut again = Vec::new();
        put_op(&mut again, &Op::Order(read));
        prop_assert_eq!(again, program);
    }

    #[test]
    fn frames_up(wants: u8, island: u64, seq: u64, name in ".{0,30}", text in ".{0,200}", check: u32, seal: Vec<u8>) {
        let islands = [JoinIsland { name: &name, instance: &text, check, seal: &seal }; 3];
        let mut frame = Vec::new();
        up::join(&mut frame, wants, &text, seq, &[7; TOKEN], &islands);
        let Ok(Up::Join(join)) = Up::decode(&frame) else { return Err(TestCaseError::fail("a join")) };
        prop_assert_eq!((join.wants, join.path, join.epoch, join.count), (wants, &*text, seq, 3));
        prop_assert_eq!(join.token, [7; TOKEN]);
        prop_assert_eq!(join.islands().collect::<Vec<_>>(), islands.map(Ok));
        frame.clear();
        up::event(&mut frame, island, seq, &name, &text);
        prop_assert_eq!(Up::decode(&frame), Ok(Up::Event { island, seq, name: &name, payload: &text }));
        frame.clear();
        up::submit(&mut frame, island, seq, &name, &text);
        prop_assert_eq!(Up::decode(&frame), Ok(Up::Submit { island, seq, name: &name, fields: &text }));
        frame.clear();
        let resume = Resume { wants, path: &text, epoch: seq, base: island, seen: seq, token: &[8; TOKEN] };
        up::resume(&mut frame, &resume);
        prop_assert_eq!(Up::decode(&frame), Ok(Up::Resume(resume)));
    }

    #[test]
    fn frames_down(island: u64, seq: u64, code: u64, of in 0..u64::MAX, total: bool, name in ".{0,30}", text in ".{0,200}", program: Vec<u8>) {
        let all = [
            Down::Edit { island, program: &program },
            Down::Ack { island, seq },
            Down::EditAck { island, seq, program: &program },
            Down::Snapshot { island, seq, html: &text },
            Down::Seal { island, seq, seal: &program },
            Down::Error { code, action: Action::Retry, island: Some(of), seq, word: &name, sentence: &text },
            Down::Error { code, action: Action::Keep, island: None, seq, word: "", sentence: &text },
            Down::Presence { total, count: seq },
            Down::List { island, op: ListOp::ALL[usize::from(total) * 9], list: holm_wire::list::name(&name), text: &text },
            Down::Act { island, what: &name, with: &text },
            Down::Push { island, name: &name, json: &text },
            Down::Redirect { url: &text },
            Down::Title { text: &text },
            Down::ComeBack { milliseconds: seq },
            Down::Mount { parent: island, key: &name, id: seq, name: &name, html: &text },
        ];
        for frame in all {
            let mut bytes = Vec::new();
            frame.encode(&mut bytes);
            prop_assert_eq!(Down::decode(&bytes), Ok(frame));
        }
        let mut bytes = Vec::new();
        let islands = [JoinedIsland { id: island, seq }; 4];
        down::joined(&mut bytes, 7, seq, &[9; TOKEN], &islands);
        let Ok(Down::Joined(joined)) = Down::decode(&bytes) else { return Err(TestCaseError::fail("a joined")) };
        prop_assert_eq!(joined.islands().collect::<Vec<_>>(), islands.map(Ok));
        let mut again = Vec::new();
        Down::Joined(joined).encode(&mut again);
        prop_assert_eq!(again, bytes);
        let mut bytes = Vec::new();
        down::resumed(&mut bytes, seq, &islands);
        let Ok(Down::Resumed(resumed)) = Down::decode(&bytes) else { return Err(TestCaseError::fail("a resumed")) };
        prop_assert_eq!(resumed.islands().collect::<Vec<_>>(), islands.map(Ok));
    }

    #[test]
    fn batches(frames in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..300), 0..9), cut: prop::sample::Index) {
        let mut bytes = Vec::new();
        for frame in &frames {
            batch::put(&mut bytes, frame);
        }
        let read: Result<Vec<_>, _> = batch::frames(&bytes).collect();
        prop_assert_eq!(read, Ok(frames.iter().map(Vec::as_slice).collect::<Vec<_>>()));
        // Cut anywhere, it gives what is whole, and at most one error, at the end.
        let cut = batch::frames(&bytes[..cut.index(bytes.len() + 1)]);
        let whole = cut.clone().flatten().count();
        prop_assert!(cut.clone().count() <= whole + 1);
        prop_assert!(cut.map_while(Result::ok).eq(frames.iter().take(whole).map(Vec::as_slice)));
    }

    #[test]
    fn no_bytes_make_a_decoder_panic(bytes: Vec<u8>) {
        let _ = Up::decode(&bytes);
        let _ = Down::decode(&bytes);
        let _ = Program::new(&bytes).count();
    }

    /// Of all subsets that keep their order, none is larger than the one that stays.
    #[test]
    fn the_fewest_children_move(order in Just((0..9u32).collect::<Vec<_>>()).prop_shuffle(), len in 0..9usize) {
        let order = &order[..len];
        let marks = stays(order);
        let staying: Vec<u32> = order.iter().zip(&marks).filter(|(_, stays)| **stays).map(|(at, _)| *at).collect();
        prop_assert!(staying.is_sorted());
        let best = (0..1u32 << len)
            .filter(|subset| {
                let kept: Vec<u32> =
                    order.iter().enumerate().filter(|(at, _)| subset >> at & 1 == 1).map(|(_, value)| *value).collect();
                kept.is_sorted()
            })
            .map(u32::count_ones)
            .max()
            .unwrap_or(0);
        prop_assert_eq!(staying.len(), best as usize);
    }
}

#[test]
fn a_varint_ends_at_64_bits() {
    let read = |bytes: &[u8]| Reader::new(bytes).varint();
    let mut largest = [0xff; 10];
    largest[9] = 0x01;
    assert_eq!(read(&largest), Ok(u64::MAX));
    largest[9] = 0x02;
    assert_eq!(read(&largest), Err(DecodeError::Overflow));
    assert_eq!(read(&[0x80; 11]), Err(DecodeError::Overflow));
    assert_eq!(read(&[0x80]), Err(DecodeError::Truncated));
    assert_eq!(Reader::new(&[0xff, 0xff, 0xff, 0xff, 0x10]).index(), Err(DecodeError::Overflow));
    assert_eq!(Reader::new(&[0xff, 0xff, 0xff, 0xff, 0x0f]).index(), Ok(u32::MAX));
}

#[test]
fn a_length_is_not_believed() {
    assert_eq!(
        Reader::new(&[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f, 1]).bytes(),
        Err(DecodeError::Truncated)
    );
    assert_eq!(Reader::new(&[2, b'a']).str(), Err(DecodeError::Truncated));
}
