//! Any headers and bodies to uploads: each is answered with a status that is expected, and no more arrives than was
//! declared.
#![no_main]

use axum::Router;
use axum::routing::get;
use holm::prelude::{Cx, Deserialize, Event, Island, Limits, Live, Markup, Page, Serialize, WithLive, html};
use holm::test::App;
use holm::upload::{Accept, Memory, UploadEvent, Uploads};
use libfuzzer_sys::fuzz_target;

#[allow(dead_code, reason = "its app has no uploads")]
#[path = "stage.rs"]
mod stage;

#[derive(Clone, Default, Serialize, Deserialize)]
struct Shelf {
    files: Uploads,
}

#[derive(Event)]
enum Touch {
    #[event(server)]
    Upload(UploadEvent),
}

impl Island for Shelf {
    type Event = Touch;

    fn render(&self) -> Markup {
        html! { @for file in &self.files { p { (file.name) " " (file.percent()) } } }
    }

    async fn restore(&mut self, cx: &mut Cx<Touch>) -> holm::Result {
        let accept = Accept::new().types(["image/*", ".pdf"]).max_bytes(1 << 16).max_files(9);
        cx.accept_uploads("f", accept.to(cx.state::<Memory>().clone()), Touch::Upload);
        Ok(())
    }

    async fn on(&mut self, Touch::Upload(event): Touch, _: &mut Cx<Touch>) -> holm::Result {
        self.files.apply(&event);
        Ok(())
    }
}

fuzz_target!(|data: &[u8]| {
    let mut data = data;
    let Some((kind, rest)) = data.split_first() else { return };
    data = rest;
    stage::runtime().block_on(async {
        async fn home(page: Page) -> Page {
            page.title("Shelf").body(|p| p.island(Shelf::default()))
        }
        let (memory, limits) = (Memory::new(), Limits { upload_piece_bytes: 64, ..Limits::default() });
        let live = Live::new().key([5; 32]).development(false).limits(limits).island::<Shelf>();
        let live = live.state(memory.clone());
        let app = App::new(Router::new().route("/", get(home)).with_live(live));
        let tab = app.get("/").await.live().await;
        let token = tab.session();
        let (length, metadata) = (stage::piece(&mut data), stage::piece(&mut data));
        // A name that is taken, beside anything.
        let whole = [b"island U2hlbGY6MA==,input Zg==,filename YS5wZGY=,".as_slice(), metadata].concat();
        let headers: [(&str, &[u8]); 4] = [
            ("tus-resumable", b"1.0.0"),
            ("holm-session", token.as_bytes()),
            ("upload-length", if kind & 1 == 0 { length } else { b"100" }),
            ("upload-metadata", if kind & 2 == 0 { metadata } else { &whole }),
        ];
        let Some(request) = stage::request("POST", "/__live/upload", &headers, Vec::new()) else { return };
        let page = app.request(request).await;
        let expected = [201, 400, 404, 413, 415];
        assert!(expected.contains(&page.status.as_u16()), "{}", page.status);
        let Some(address) = page.headers.get("location").and_then(|value| value.to_str().ok()) else { return };
        for _ in 0..4 {
            let (offset, body) = (stage::piece(&mut data), stage::piece(&mut data));
            let known = memory_offset(&app, address, &headers[..2]).await;
            let headers: [(&str, &[u8]); 4] = [
                headers[0],
                headers[1],
                ("content-type", b"application/offset+octet-stream"),
                ("upload-offset", if kind & 4 == 0 { offset } else { known.as_bytes() }),
            ];
            let Some(request) = stage::request("PATCH", address, &headers, body.to_vec()) else { return };
            let status = app.request(request).await.status.as_u16();
            assert!([204, 400, 409, 413].contains(&status), "{status}");
        }
        for (_, bytes) in memory.files() {
            assert_eq!(Some(bytes.len()), if kind & 1 == 0 { std::str::from_utf8(length).ok().and_then(|text| text.parse().ok()) } else { Some(100) });
        }
    });
});

/// How much has arrived, as the server says.
async fn memory_offset(app: &App, address: &str, headers: &[(&str, &[u8])]) -> String {
    let request = stage::request("HEAD", address, headers, Vec::new()).expect("an address of the server's");
    let page = app.request(request).await;
    assert_eq!(page.status.as_u16(), 200);
    page.headers.get("upload-offset").and_then(|value| value.to_str().ok()).expect("an offset").to_owned()
}
