//! Any form and any address as a browser without a script would send them: never a panic, never a server error.
#![no_main]

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
        let query: String = stage::piece(&mut data).escape_ascii().to_string().replace(['\\', ' ', '"'], "%");
        let path = match kind & 3 {
            0 => "/".to_owned(),
            1 => format!("/?holm={query}"),
            2 => format!("/?{query}&holm={query}"),
            _ => format!("/?{query}"),
        };
        let (method, mut body) = if kind & 4 == 0 { ("POST", Vec::new()) } else { ("GET", Vec::new()) };
        if kind & 8 != 0 {
            // An island's own form begins so.
            let seal = &stage::attributes(page.html(), "data-seal")[0];
            body = format!("holm-instance=Thing%3Aa&holm-seal={seal}&").into_bytes();
        } else if kind & 16 != 0 {
            body = b"holm-instance=".to_vec();
        }
        body.extend_from_slice(data);
        let headers: [(&str, &[u8]); 3] = [
            ("content-type", b"application/x-www-form-urlencoded"),
            ("sec-fetch-site", b"same-origin"),
            ("host", b"h"),
        ];
        let Some(request) = stage::request(method, &path, &headers, body) else { return };
        let (status, body) = app.bytes(request).await;
        assert!(status.as_u16() < 500, "{status}: {}", String::from_utf8_lossy(&body));
        if status.is_redirection() {
            // The page it leads to is there.
            let again = app.get(&path).await;
            assert!(again.status.as_u16() < 500);
        }
    });
});
