//! The bytes of every frame and every operation, written down.
//!
//! These bytes are the protocol: a change here is a new subprotocol version.

use holm_wire::down::{self, Down, JoinedIsland};
use holm_wire::edit::{Op, Piece, Program, order, put_op};
use holm_wire::up::{self, JoinIsland, Resume, TOKEN, Up};
use holm_wire::{Action, Code, DecodeError, ListOp};

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(" ")
}

fn up(write: impl FnOnce(&mut Vec<u8>), golden: &str) -> Vec<u8> {
    let mut frame = Vec::new();
    write(&mut frame);
    assert_eq!(hex(&frame), golden);
    frame
}

fn down(frame: Down<'_>, golden: &str) {
    let mut bytes = Vec::new();
    frame.encode(&mut bytes);
    assert_eq!(hex(&bytes), golden);
    assert_eq!(Down::decode(&bytes), Ok(frame));
}

#[test]
fn frames_up() {
    let frame = up(up::heartbeat, "00");
    assert_eq!(Up::decode(&frame), Ok(Up::Heartbeat));

    let islands = [JoinIsland { name: "C", instance: "C:0", check: 0x0102_0304, seal: b"seal" }];
    let frame = up(
        |out| up::join(out, up::WANTS_PAGE_PRESENCE, "/a", 1, b"", &islands),
        "01 01 02 2f 61 01 00 01 01 43 03 43 3a 30 04 03 02 01 04 73 65 61 6c",
    );
    let Ok(Up::Join(join)) = Up::decode(&frame) else { panic!("a join") };
    assert_eq!((join.wants, join.path, join.epoch, join.token, join.count), (1, "/a", 1, &b""[..], 1));
    assert_eq!(join.islands().collect::<Vec<_>>(), [Ok(islands[0])]);

    let frame = up(|out| up::event(out, 0, 1, "inc", ""), "02 00 01 03 69 6e 63");
    assert_eq!(Up::decode(&frame), Ok(Up::Event { island: 0, seq: 1, name: "inc", payload: "" }));
    let frame = up(|out| up::event(out, 0, 200, "set", "3"), "02 00 c8 01 03 73 65 74 33");
    assert_eq!(Up::decode(&frame), Ok(Up::Event { island: 0, seq: 200, name: "set", payload: "3" }));

    let frame =
        up(|out| up::submit(out, 1, 2, "save", "a=1&b="), "03 01 02 04 73 61 76 65 61 3d 31 26 62 3d");
    assert_eq!(Up::decode(&frame), Ok(Up::Submit { island: 1, seq: 2, name: "save", fields: "a=1&b=" }));

    let token = &[0x61; TOKEN];
    let letters = ["61"; TOKEN].join(" ");
    let frame =
        up(|out| up::join(out, 0, "/", 300, token, &[]), &format!("01 00 01 2f ac 02 18 {letters} 00"));
    let Ok(Up::Join(join)) = Up::decode(&frame) else { panic!("a join") };
    assert_eq!((join.epoch, join.token), (300, &token[..]));

    let resume = Resume { wants: 2, path: "/a", epoch: 3, base: 2, seen: 200, token };
    let frame = up(|out| up::resume(out, &resume), &format!("06 02 02 2f 61 03 02 c8 01 {letters}"));
    assert_eq!(Up::decode(&frame), Ok(Up::Resume(resume)));
    assert_eq!(Up::decode(&up(|out| up::seen(out, 300), "07 ac 02")), Ok(Up::Seen { count: 300 }));

    assert_eq!(Up::decode(&up(|out| up::resync(out, 5), "04 05")), Ok(Up::Resync { island: 5 }));
    assert_eq!(Up::decode(&up(|out| up::leave(out, 300), "05 ac 02")), Ok(Up::Leave { island: 300 }));
}

#[test]
fn frames_down() {
    down(Down::Heartbeat, "00");
    down(Down::Edit { island: 1, program: &[0x10, 0x40, 0x01, 0x78] }, "11 01 10 40 01 78");
    down(Down::Ack { island: 1, seq: 2 }, "12 01 02");
    down(Down::EditAck { island: 1, seq: 128, program: &[0x10] }, "13 01 80 01 10");
    down(Down::Snapshot { island: 1, seq: 2, html: "<b>" }, "14 01 02 3c 62 3e");
    down(Down::Seal { island: 1, seq: 2, seal: b"xy" }, "15 01 02 78 79");
    let (island, word) = (Some(3), "w");
    let error = Down::Error { code: 102, action: Action::Keep, island, seq: 9, word, sentence: "no" };
    down(error, "16 66 00 04 09 01 77 6e 6f");
    let error = Down::Error { code: 304, action: Action::Join, island: None, seq: 0, word: "", sentence: "" };
    down(error, "16 b0 02 05 00 00 00");
    down(Down::Presence { total: false, count: 5 }, "01 00 05");
    down(Down::Presence { total: true, count: 300 }, "01 01 ac 02");
    let list = holm_wire::list::name("a");
    down(Down::List { island: 1, op: ListOp::Text, list, text: "hi" }, "17 01 03 09 72 03 68 69");
    let text = "k\0<li data-key=\"l\">";
    down(
        Down::List { island: 300, op: ListOp::Before, list: holm_wire::list::name("rows"), text },
        "17 ac 02 03 03 15 0d 6b 00 3c 6c 69 20 64 61 74 61 2d 6b 65 79 3d 22 6c 22 3e",
    );
    down(Down::Act { island: 1, what: "reset", with: "f" }, "1d 01 05 72 65 73 65 74 66");
    down(Down::Push { island: 1, name: "n", json: "{}" }, "18 01 01 6e 7b 7d");
    down(Down::Redirect { url: "/x" }, "19 2f 78");
    down(Down::Title { text: "T" }, "1a 54");
    down(Down::ComeBack { milliseconds: 1500 }, "02 dc 0b");
    down(Down::Mount { parent: 1, key: "k", id: 2, name: "N", html: "<i>" }, "1c 01 01 6b 02 01 4e 3c 69 3e");

    let mut bytes = Vec::new();
    let islands = [JoinedIsland { id: 0, seq: 0 }, JoinedIsland { id: 300, seq: 7 }];
    let (token, letters) = (&[0x61; TOKEN], ["61"; TOKEN].join(" "));
    down::joined(&mut bytes, 0x1a2b_3c4d, 75, token, &islands);
    assert_eq!(hex(&bytes), format!("10 4d 3c 2b 1a 4b {letters} 02 00 00 ac 02 07"));
    let Ok(Down::Joined(joined)) = Down::decode(&bytes) else { panic!("a joined") };
    assert_eq!((joined.build, joined.silence, joined.token, joined.count), (0x1a2b_3c4d, 75, token, 2));
    assert_eq!(joined.islands().collect::<Vec<_>>(), islands.map(Ok));

    let mut bytes = Vec::new();
    down::resumed(&mut bytes, 75, &islands);
    assert_eq!(hex(&bytes), "03 4b 02 00 00 ac 02 07");
    let Ok(Down::Resumed(resumed)) = Down::decode(&bytes) else { panic!("a resumed") };
    assert_eq!((resumed.silence, resumed.count), (75, 2));
    assert_eq!(resumed.islands().collect::<Vec<_>>(), islands.map(Ok));

    for (kind, counted) in [(0x00, false), (0x01, false), (0x03, false), (0x10, false), (0x11, true)] {
        assert_eq!(down::is_counted(kind), counted, "{kind:02x}");
    }

    let mut head = Vec::new();
    down::edit_head(&mut head, 300);
    down::edit_ack_head(&mut head, 1, 2);
    assert_eq!(hex(&head), "11 ac 02 13 01 02");
}

fn op(op: Op<'_>, golden: &str) {
    let mut bytes = Vec::new();
    put_op(&mut bytes, &op);
    assert_eq!(hex(&bytes), golden);
    assert_eq!(Program::new(&bytes).collect::<Vec<_>>(), [Ok(op)]);
}

#[test]
fn operations() {
    op(Op::Up { levels: 1 }, "00");
    op(Op::Up { levels: 16 }, "f0 00");
    op(Op::Child { index: 0 }, "01");
    op(Op::Child { index: 14 }, "e1");
    op(Op::Child { index: 15 }, "f1 00");
    op(Op::Child { index: 300 }, "f1 9d 02");
    op(Op::Id("ab"), "22 61 62");
    op(Op::Key("500"), "33 35 30 30");
    op(Op::Text { index: 2, data: "hi" }, "24 02 68 69");
    op(Op::Splice { index: 1, keep: 3, delete: 1, insert: "x" }, "15 03 01 01 78");
    op(Op::Attr { name: "class", value: "a" }, "56 63 6c 61 73 73 01 61");
    op(Op::Unattr { name: "id" }, "27 69 64");
    op(Op::Insert { index: 0, html: "<br>" }, "08 04 3c 62 72 3e");
    op(Op::Remove { index: 4, count: 1 }, "49 00");
    op(Op::Move { from: 1, to: 998, count: 1 }, "1a e6 07 00");
    op(Op::Inner("x"), "1c 78");
}

#[test]
fn orders() {
    let pieces = [
        Piece::Run { start: 9, len: 9, down: true, stay: false },
        Piece::Html("<i>"),
        Piece::Run { start: 0, len: 1, down: false, stay: true },
    ];
    let mut bytes = Vec::new();
    order(&mut bytes, &pieces);
    assert_eq!(hex(&bytes), "3b 94 01 08 07 3c 69 3e 02 00");
    let Some(Ok(Op::Order(read))) = Program::new(&bytes).next() else { panic!("an order") };
    assert_eq!(read.iter().collect::<Vec<_>>(), pieces);
}

#[test]
fn bytes_that_are_no_frame() {
    assert_eq!(Up::decode(&[]), Err(DecodeError::Truncated));
    assert_eq!(Up::decode(&[0x08]), Err(DecodeError::Kind(0x08)));
    assert_eq!(Up::decode(&[0x06, 0, 0, 1, 1, 0, 9]), Err(DecodeError::Truncated));
    // A token is there or it is not.
    assert_eq!(Up::decode(&[0x01, 0, 0, 1, 1, b'a', 0]), Err(DecodeError::Value));
    assert_eq!(Up::decode(&[0x00, 0x00]), Err(DecodeError::Trailing));
    assert_eq!(Up::decode(&[0x02, 0, 1, 2, b'a']), Err(DecodeError::Truncated));
    assert_eq!(Up::decode(&[0x02, 0, 1, 1, 0xff]), Err(DecodeError::Utf8));
    assert_eq!(Down::decode(&[0x01, 2, 0]), Err(DecodeError::Value));
    // A list's change has three bytes after their number: an operation, and a name below 128.
    for frame in [&[0x17, 1, 2, 9, 1][..], &[0x17, 1, 3, 10, 1, 1], &[0x17, 1, 3, 9, 128, 1]] {
        assert_eq!(Down::decode(frame), Err(DecodeError::Value));
    }
    assert_eq!(Down::decode(&[0x1e]), Err(DecodeError::Kind(0x1e)));
    // A frame that claims more islands than it holds ends at the first one missing.
    assert_eq!(Up::decode(&[0x01, 0, 0, 1, 0, 0xff, 0xff, 0xff, 0xff, 0x0f]), Err(DecodeError::Truncated));
    assert_eq!(Program::new(&[0x0d]).collect::<Vec<_>>(), [Err(DecodeError::Kind(0x0d))]);
    // A downward run may end in front of the first child, but not before that.
    assert_eq!(Program::new(&[0x1b, 0x04, 0x01]).collect::<Vec<_>>(), [Err(DecodeError::Value)]);
}

#[test]
fn every_code_has_its_own_number_and_word() {
    let mut numbers: Vec<u16> = Code::ALL.iter().map(|code| code.number()).collect();
    assert!(numbers.is_sorted());
    numbers.dedup();
    assert_eq!(numbers.len(), Code::ALL.len());
    let words: std::collections::HashSet<&str> = Code::ALL.iter().map(|code| code.word()).collect();
    assert_eq!(words.len(), Code::ALL.len());
    for &code in Code::ALL {
        assert_eq!(Code::from_number(code.number()), Some(code));
        assert_eq!(code.close(), 4000 + code.number());
        assert_eq!(Action::from_number(code.action() as u8), Some(code.action()));
        assert!((100..600).contains(&code.number()));
        // What concerns one event never ends the connection's life.
        if code.number() < 200 {
            assert!(matches!(code.action(), Action::Keep | Action::Rejoin));
        }
    }
    assert_eq!(Code::from_number(99), None);
}
