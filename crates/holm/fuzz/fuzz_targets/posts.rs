//! Any headers and bodies to the transports over HTTP: each is answered with a status that is expected, and the
//! body of an answer is what its kind says.
#![no_main]

use holm_wire::{batch, up};
use libfuzzer_sys::fuzz_target;

#[path = "stage.rs"]
mod stage;

fuzz_target!(|data: &[u8]| {
    let mut data = data;
    let Some((kind, rest)) = data.split_first() else { return };
    data = rest;
    stage::runtime().block_on(async {
        let app = stage::app();
        let page = app.get("/").await;
        let path = ["/__live/poll", "/__live/up"][usize::from(*kind & 1)];
        let (session, epoch, seen) =
            (stage::piece(&mut data), stage::piece(&mut data), stage::piece(&mut data));
        let seals = stage::attributes(page.html(), "data-seal");
        let instances = stage::attributes(page.html(), "data-instance");
        let mut token = String::new();
        if kind & 2 != 0 {
            // A session that is there, so that more than the first check is met.
            let mut join = Vec::new();
            let island = up::JoinIsland {
                name: "Thing",
                instance: &instances[0],
                check: 0,
                seal: seals[0].as_bytes(),
            };
            up::join(&mut join, 0, "/", 1, b"", &[island]);
            let mut body = Vec::new();
            batch::put(&mut body, &join);
            let begins = stage::request("POST", "/__live/poll", &[], body).expect("a request");
            let bytes = app.bytes(begins).await.1;
            let first = batch::frames(&bytes).next().expect("a frame").expect("a batch");
            let Ok(holm_wire::down::Down::Joined(joined)) = holm_wire::down::Down::decode(first) else {
                panic!("it joins: {first:02x?}")
            };
            token = holm::test::token_text(joined.token);
        }
        let session = if kind & 4 != 0 { token.as_bytes() } else { session };
        let epoch = if kind & 8 != 0 { b"1" } else { epoch };
        let headers = [
            ("holm-session", session),
            ("holm-epoch", epoch),
            ("holm-seen", seen),
            ("origin", b"http://h"),
            ("host", b"h"),
        ];
        let headers = if kind & 16 != 0 { &headers[..] } else { &headers[3..] };
        let Some(request) = stage::request("POST", path, headers, data.to_vec()) else { return };
        let (status, body) = app.bytes(request).await;
        match status.as_u16() {
            200 => assert!(
                batch::frames(&body)
                    .all(|frame| frame.is_ok_and(|frame| holm_wire::down::Down::decode(frame).is_ok()))
            ),
            204 => assert!(body.is_empty()),
            400 | 403 | 408 | 409 | 413 | 429 | 503 => {
                assert!(body.starts_with(b"{\"code\":"), "{body:02x?}")
            }
            other => panic!("{other}"),
        }
    });
});
