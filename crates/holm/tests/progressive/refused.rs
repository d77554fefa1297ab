//! Posts that are refused: by origin, seal, principal, age and size.

use super::*;

#[tokio::test]
async fn a_form_from_another_site_is_refused() {
    let app = app();
    let body = fields(&app.get("/").await, "Counter:0", &[("holm-event", "inc")]);
    let post = |origin: Option<&str>, site: Option<&str>| {
        let mut request = Request::post("/")
            .header(header::HOST, "example.org")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded; charset=UTF-8");
        for (name, value) in [("origin", origin), ("sec-fetch-site", site)] {
            if let Some(value) = value {
                request = request.header(name, value);
            }
        }
        app.request(request.body(Body::from(body.clone())).unwrap())
    };
    for (origin, site, status) in [
        (Some("https://evil.net"), None, StatusCode::FORBIDDEN),
        (Some("null"), None, StatusCode::FORBIDDEN),
        (Some("https://example.org"), Some("cross-site"), StatusCode::FORBIDDEN),
        (None, Some("cross-site"), StatusCode::FORBIDDEN),
        (Some("https://a.example.org"), Some("same-site"), StatusCode::FORBIDDEN),
        (Some("https://example.org"), Some("same-origin"), StatusCode::SEE_OTHER),
        (Some("null"), Some("same-origin"), StatusCode::SEE_OTHER),
        (None, None, StatusCode::SEE_OTHER),
    ] {
        assert_eq!(post(origin, site).await.status, status, "{origin:?} {site:?}");
    }
}

#[tokio::test]
async fn a_seal_that_is_forged_foreign_or_for_another_island_starts_fresh_and_says_so() {
    async fn refused(app: &App, body: String, who: Option<&str>) -> (Shown, String) {
        let mut request = form("/?holm=old&a=1");
        if let Some(who) = who {
            request = request.header("who", who);
        }
        let answer = app.request(request.body(Body::from(body)).unwrap()).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER);
        let next = format!("/{}", answer.headers[header::LOCATION].to_str().unwrap());
        let mut request = Request::get(&next);
        if let Some(who) = who {
            request = request.header("who", who);
        }
        let page = app.request(request.body(Body::empty()).unwrap()).await;
        assert_eq!(counts(&page), ["0", "0"]);
        let told = page.text("p.holm-error");
        (page, told)
    }
    let app = app();
    let body = fields(&app.get("/").await, "Counter:0", &[("holm-event", "inc")]);

    let strange = App::new(
        Router::new()
            .route("/", get(async |page: Page| page.body(|p| p.island(Counter::default()))))
            .with_live(Live::new().key([9; 32]).island::<Counter>()),
    );
    let forged = fields(&strange.get("/").await, "Counter:0", &[("holm-event", "inc")]);
    let (page, told) = refused(&app, forged, None).await;
    assert!(told.starts_with("This page's state was not made by this server"), "{told}");
    assert_eq!(page.attr("holm-island.holm-error", "data-instance").as_deref(), Some("Counter:0"));
    for cut in ["", "AA", "\u{1}"] {
        let body = serde_html_form::to_string([
            ("holm-instance", "Counter:0"),
            ("holm-seal", cut),
            ("holm-event", "inc"),
        ]);
        let (_, told) = refused(&app, body.unwrap(), None).await;
        assert!(told.starts_with("This page's state was not made by this server"), "{told}");
    }

    let foreign = "This page was made for somebody else";
    let (_, told) = refused(&app, body.clone(), Some("ada")).await;
    assert!(told.starts_with(foreign), "made for nobody, posted as ada: {told}");
    let (_, told) = refused(&app, body.replace("Counter%3A0", "Counter%3A1"), None).await;
    assert!(told.starts_with(foreign), "{told}");
    let seal = app.get("/plain").await.attr("holm-island", "data-seal").unwrap();
    let body = serde_html_form::to_string([
        ("holm-instance", "Plain:0"),
        ("holm-seal", &seal),
        ("holm-event", "once"),
    ]);
    let answer = app.request(form("/plain").body(Body::from(body.unwrap())).unwrap()).await;
    let next = format!("/plain{}", answer.headers[header::LOCATION].to_str().unwrap());
    let page = app.get(&next).await;
    assert_eq!(page.text(".count"), "0", "an island that is not progressive takes no posts");
    assert!(page.text("[data-live-error]").starts_with(foreign));

    let body = fields(&app.get("/").await, "Counter:0", &[("holm-event", "inc")]);
    let answer = app.request(form("/").header("who", "nobody").body(Body::from(body)).unwrap()).await;
    let next = format!("/{}", answer.headers[header::LOCATION].to_str().unwrap());
    assert_eq!(app.get(&next).await.text("p.holm-error"), "You may not do this. Nothing was changed.");
}

#[tokio::test]
async fn a_ticket_is_its_owner_s() {
    let app = app();
    let as_ada = |request: Builder| request.header("who", "ada");
    let page = app.request(as_ada(Request::get("/")).body(Body::empty()).unwrap()).await;
    let body = fields(&page, "Counter:0", &[("holm-event", "inc")]);
    let answer = app.request(as_ada(form("/")).body(Body::from(body)).unwrap()).await;
    let next = format!("/{}", answer.headers[header::LOCATION].to_str().unwrap());
    let page = app.request(as_ada(Request::get(&next)).body(Body::empty()).unwrap()).await;
    assert_eq!(counts(&page), ["1", "0"]);
    assert_eq!(counts(&app.get(&next).await), ["0", "0"]);
}

#[tokio::test(start_paused = true)]
async fn a_ticket_that_is_too_old_shows_the_page_fresh() {
    let app = app();
    let next = press(&app, "/", "Counter:0", "inc").await;
    tokio::time::advance(Limits::default().ticket_time).await;
    let page = app.get(&next).await;
    assert_eq!((page.status, counts(&page)), (StatusCode::OK, vec!["0".to_owned(), "0".to_owned()]));
}

#[tokio::test]
async fn a_form_past_its_limit_is_too_large() {
    let most = 4_096;
    let app = app_with(live().limits(Limits { form_bytes: most, ..Limits::default() }));
    let page = app.get("/").await;
    let short = fields(&page, "Counter:0", &[("holm-submit", "note"), ("text", "")]);
    let body = |bytes: usize| format!("{short}{}", "x".repeat(bytes - short.len()));
    let next = send(&app, "/", body(most)).await;
    assert_eq!(app.get(&next).await.text("pre").len(), most - short.len());
    let answer = app.request(form("/").body(Body::from(body(most + 1))).unwrap()).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
}
