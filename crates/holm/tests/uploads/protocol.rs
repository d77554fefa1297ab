//! What standard clients see, and what those see who may not.

use axum::body::Body;
use holm::prelude::*;
use holm::upload::Memory;
use http::{Request, StatusCode};

use super::stage::{Client, ask, client, header, many, metadata, with, word};

fn empty(request: http::request::Builder) -> Request<Body> {
    request.body(Body::empty()).unwrap()
}

fn whole() -> String {
    metadata(&[("island", "Album:0"), ("input", "photos"), ("filename", "a")])
}

#[tokio::test(start_paused = true)]
async fn a_client_is_told_what_the_server_understands() {
    let limits = Limits { upload_bytes: 77, ..Limits::default() };
    let (page, _) = client(limits).await;
    for path in ["/__live/upload", "/__live/upload/1"] {
        let response = page.send(empty(Request::builder().method("OPTIONS").uri(path))).await;
        assert_eq!(response.status(), StatusCode::NO_CONTENT);
        assert_eq!(header(&response, "tus-version"), "1.0.0");
        assert_eq!(header(&response, "tus-extension"), "creation,termination");
        assert_eq!(header(&response, "tus-max-size"), "77");
    }
    let other = Request::builder().method("POST").uri("/__live/upload").header("tus-resumable", "0.2.2");
    let response = page.send(empty(other)).await;
    assert_eq!((response.status().as_u16(), header(&response, "tus-version")), (412, "1.0.0".into()));
}

#[tokio::test(start_paused = true)]
async fn a_created_upload_has_an_address_and_a_client_may_write_its_method_in_a_header() {
    let (page, memory) = client(Limits::default()).await;
    let request =
        page.ask("POST", "/__live/upload").header("upload-length", 3).header("upload-metadata", whole());
    let response = page.send(empty(request)).await;
    assert_eq!(response.status(), StatusCode::CREATED);
    assert_eq!(header(&response, "cache-control"), "no-store");
    let address = header(&response, "location");
    let id = address.strip_prefix("/__live/upload/").unwrap();
    assert!(id.parse::<holm::upload::UploadId>().is_ok(), "{address}");
    let response = page.send(empty(page.ask("HEAD", &address))).await;
    assert_eq!(
        (header(&response, "upload-length"), header(&response, "upload-offset")),
        ("3".into(), "0".into())
    );
    let piece = page
        .ask("POST", &address)
        .header("x-http-method-override", "PATCH")
        .header("content-type", "application/offset+octet-stream")
        .header("upload-offset", 0);
    assert_eq!(page.send(piece.body("abc".into()).unwrap()).await.status(), StatusCode::NO_CONTENT);
    assert_eq!(memory.files().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_request_that_lacks_something_begins_nothing() {
    let (mut page, memory) = client(Limits::default()).await;
    let create = || page.ask("POST", "/__live/upload");
    let good = |name: &str, value: &str| {
        let request = create().header("upload-metadata", whole());
        if name.is_empty() { request } else { request.header(name, value) }
    };
    let requests = [
        good("", ""),
        good("upload-length", "-1"),
        good("upload-length", "3.0"),
        good("upload-defer-length", "1"),
        create().header("upload-length", 3),
        create().header("upload-length", 3).header("upload-metadata", "island !,input cA=="),
    ];
    for request in requests {
        let response = page.send(empty(request)).await;
        assert_eq!(response.status(), StatusCode::BAD_REQUEST);
        assert_eq!(word(response).await, "bad_upload");
    }
    for (island, input) in [("Album:1", "photos"), ("Album:0", "videos"), ("", "")] {
        let metadata = metadata(&[("island", island), ("input", input)]);
        let request = create().header("upload-length", 3).header("upload-metadata", metadata);
        let response = page.send(empty(request)).await;
        assert_eq!(response.status(), StatusCode::NOT_FOUND);
        assert_eq!(word(response).await, "no_uploads_here");
    }
    assert_eq!(page.send(empty(page.ask("GET", "/__live/upload"))).await.status(), StatusCode::BAD_REQUEST);
    let address = page.begun("a", 3).await;
    let patch = || page.ask("PATCH", &address);
    let typed = || patch().header("content-type", "application/offset+octet-stream");
    assert_eq!(page.send(empty(typed())).await.status(), 400, "no offset");
    assert_eq!(page.send(empty(patch().header("upload-offset", 0))).await.status(), 415, "no type");
    assert_eq!(page.send(empty(page.ask("GET", &address))).await.status(), 400);
    for address in ["/__live/upload/1", "/__live/upload/00000000000000000000000000000000"] {
        assert_eq!(page.head(address).await.0, 404);
    }
    page.shows(&["a 0/3 Waiting"]).await;
    assert_eq!(memory.counts().0, 1);
}

#[tokio::test(start_paused = true)]
async fn another_page_s_upload_is_as_unknown_as_one_that_never_was() {
    let memory = Memory::new();
    let router = with(Live::new(), many(&memory));
    let (mut mine, other) = (Client::of(router.clone()).await, Client::of(router).await);
    let address = mine.begun("a", 3).await;
    assert_eq!(other.head(&address).await, (404, None));
    assert_eq!(other.piece(&address, 0, "abc").await.0, 404);
    assert_eq!(other.delete(&address).await, 404);
    // Nor does it help to have the island cancel it.
    let mut other = other;
    let id = address.rsplit('/').next().unwrap();
    other.tab.send("Album:0", "cancel", &format!("{id:?}")).await;
    mine.shows(&["a 0/3 Waiting"]).await;
    assert_eq!(mine.piece(&address, 0, "abc").await.0, 204);
}

#[tokio::test(start_paused = true)]
async fn a_forged_token_and_another_site_are_refused() {
    let (page, memory) = client(Limits::default()).await;
    let create = |request: http::request::Builder| {
        empty(request.header("upload-length", 3).header("upload-metadata", whole()))
    };
    let mut forged = page.tab.session().into_bytes();
    forged[20] ^= 1;
    for token in [&forged[..], b"", b"%%", b"AAAA"] {
        let request = ask("POST", "/__live/upload").header("holm-session", token);
        assert_eq!(page.send(create(request)).await.status(), 400);
    }
    assert_eq!(page.send(create(ask("POST", "/__live/upload"))).await.status(), 400);
    let elsewhere = Request::builder()
        .method("POST")
        .uri("/__live/upload")
        .header("host", "example.org")
        .header("origin", "https://evil.net")
        .header("tus-resumable", "1.0.0")
        .header("holm-session", page.tab.session());
    let response = page.send(create(elsewhere)).await;
    assert_eq!((response.status().as_u16(), word(response).await), (403, "forbidden_origin".into()));
    assert_eq!(memory.counts().0, 0);
}

#[tokio::test(start_paused = true)]
async fn a_token_without_its_visitor_s_cookies_brings_nothing() {
    let memory = Memory::new();
    let live = Live::new().authorize(|parts| async move {
        match parts.headers.get("cookie").and_then(|cookie| cookie.to_str().ok()) {
            Some("out") => Err(holm::Error::public("Log in again.")),
            Some(who) => Ok(Principal::new(who)),
            None => Ok(Principal::anonymous()),
        }
    });
    let page = Client::of(with(live, many(&memory))).await;
    let create = |who: &str| {
        let request = page.ask("POST", "/__live/upload").header("cookie", who);
        empty(request.header("upload-length", 3).header("upload-metadata", whole()))
    };
    // The page is nobody's.
    for who in ["eve", "out"] {
        let response = page.send(create(who)).await;
        assert_eq!((response.status().as_u16(), word(response).await), (403, "unauthorized".into()), "{who}");
    }
    let address = page.begun("a", 3).await;
    let head = |who: &str| empty(page.ask("HEAD", &address).header("cookie", who));
    assert_eq!(page.send(head("eve")).await.status(), 404);
    assert_eq!(page.send(head("out")).await.status(), 403);
    assert_eq!(page.head(&address).await.0, 200);
}
