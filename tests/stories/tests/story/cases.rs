//! `holm::test` sends what the table of cases says; `cases.test.mjs` holds a browser against the same table.

use holm::test::{App, Tab};
use stories::stage::cases::{CASES, Case, hex};
use stories::stage::{Limits, app};

/// Does what a line says.
async fn act(tab: &mut Tab, line: &str) {
    let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
    let (css, with) = rest.split_once(' ').unwrap_or((rest, ""));
    match verb {
        "click" => tab.click(css).await,
        "dblclick" => tab.dblclick(css).await,
        "type" => tab.type_into(css, with).await,
        "check" => tab.check(css).await,
        "uncheck" => tab.uncheck(css).await,
        "select" => tab.select(css, &with.split(',').collect::<Vec<_>>()).await,
        "key" => tab.press_key(css, with).await,
        "focus" => tab.focus(css).await,
        "blur" => tab.blur().await,
        "hold" => tab.hold(),
        // Time passes when nobody has anything to do.
        "answered" => tab.advance(std::time::Duration::from_millis(1)).await,
        "settle" => tab.settle().await,
        "shows" => assert_eq!(tab.value(css), with, "{line}"),
        other => panic!("the table has the verb {other:?}, which nobody knows"),
    }
}

fn read(frames: &[Vec<u8>]) -> Vec<String> {
    frames.iter().map(|frame| format!("{} {}", hex(frame), String::from_utf8_lossy(&frame[3..]))).collect()
}

async fn holds(app: &App, at: usize, case: &Case) {
    let mut tab = Tab::open(app, &format!("/cases/{at}")).await;
    for line in case.acts {
        act(&mut tab, line).await;
    }
    assert_eq!(read(tab.sent()), read(&case.frames()), "{}", case.name);
}

#[tokio::test(start_paused = true)]
async fn the_kit_sends_what_the_table_of_cases_says() {
    let app = App::new(app(Limits::default()));
    for (at, case) in CASES.iter().enumerate() {
        holds(&app, at, case).await;
    }
}
