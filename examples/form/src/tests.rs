use holm::test::{App, Tab};

const RIGHT: [(&str, &str); 8] = [
    ("name", "Ada"),
    ("email", "ada@example.org"),
    ("password", "correct horse"),
    ("born", "1990-05-31"),
    ("level", "rower"),
    ("days", "friday"),
    ("days", "sunday"),
    ("guests", ""),
];

async fn tab() -> Tab {
    App::new(crate::app()).get("/").await.live().await
}

#[tokio::test]
async fn who_fills_in_everything_is_welcome_and_the_form_is_emptied() {
    let mut tab = tab().await;
    tab.submit("#course", &RIGHT).await;
    assert_eq!(tab.text("[role=status]"), "Welcome, Ada.");
    assert_eq!(tab.text("li"), "Ada, a rower, born on 1990-05-31; days a week: 2, guests: 0");
    let act = tab.acts().last().expect("the form is reset");
    assert_eq!((&*act.what, &*act.with), ("reset", "#course"));
}

#[tokio::test]
async fn errors_of_types_and_of_rules_stand_beside_their_fields() {
    let mut tab = tab().await;
    let wrong =
        [("name", "Ada"), ("email", "ada"), ("password", "secret"), ("born", "soon"), ("guests", "2.5")];
    tab.submit("#course", &wrong).await;
    let error = |tab: &Tab, field: &str| tab.text(&format!("#course-{field}-error"));
    assert_eq!(error(&tab, "born"), "Please write a day, as 1990-05-31.");
    assert_eq!(error(&tab, "level"), "Please choose one of the options.");
    assert_eq!(error(&tab, "guests"), "This has to be a whole number.");
    assert_eq!(tab.acts().last().map(|act| &*act.with), Some("[name=born]"));
    assert_eq!(tab.attr("[name=email]", "value").as_deref(), Some("ada"));
    assert_eq!(tab.attr("[name=password]", "value").as_deref(), Some(""), "no page shows a password");

    let mut fields = RIGHT;
    fields[1].1 = "ada";
    fields[2].1 = "secret";
    fields[7].1 = "4";
    tab.submit("#course", &fields).await;
    assert!(error(&tab, "email").starts_with("Not a valid email"), "{}", error(&tab, "email"));
    assert_eq!(error(&tab, "password"), "Please write 10 letters or more.");
    assert_eq!(error(&tab, "guests"), "Greater than 3.");
    assert_eq!(error(&tab, "born"), "");
    assert_eq!(tab.acts().last().map(|act| &*act.with), Some("[name=email]"));
}
