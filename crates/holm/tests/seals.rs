//! What survives a connection: seals, rejoining, nested islands, at the level of frames.

use std::time::Duration;

use holm::prelude::*;
use holm::test::{App, Tab};
use holm::{Code, Limits};

#[derive(Clone, Default, Serialize, Deserialize)]
struct Log {
    lines: Vec<String>,
    open: bool,
    #[serde(skip)]
    loaded: usize,
}

#[derive(Event)]
enum Change {
    Add { line: String },
    Toggle,
}

impl Island for Log {
    type Event = Change;

    fn render(&self) -> Markup {
        html! {
            button data-live=(Change::Toggle) { "toggle" }
            ol { @for line in &self.lines { li { (line) } } }
            p { (self.loaded) " loaded" }
            @if self.open { (holm::nest("inner", Switch { on: false })) }
        }
    }

    async fn on(&mut self, event: Change, _: &mut Cx<Change>) -> holm::Result {
        match event {
            Change::Add { line } => self.lines.push(line),
            Change::Toggle => self.open = !self.open,
        }
        Ok(())
    }

    async fn mount(&mut self, _: &mut Cx<Change>) -> holm::Result {
        self.loaded = 3;
        Ok(())
    }

    async fn restore(&mut self, _: &mut Cx<Change>) -> holm::Result {
        self.loaded = 3;
        Ok(())
    }
}

#[derive(Clone, Serialize, Deserialize)]
struct Switch {
    on: bool,
}

#[derive(Event)]
enum Flip {
    Flip,
}

impl Island for Switch {
    type Event = Flip;

    fn render(&self) -> Markup {
        html! { button.switch data-live=(Flip::Flip) { @if self.on { "on" } @else { "off" } } }
    }

    async fn on(&mut self, Flip::Flip: Flip, _: &mut Cx<Flip>) -> holm::Result {
        self.on = !self.on;
        Ok(())
    }
}

async fn home(page: Page) -> Page {
    page.title("Log").body_async(async |p: &Slot| p.mount(Log::default()).await).await
}

async fn opened(page: Page) -> Page {
    page.title("Log").body_async(async |p: &Slot| p.mount(Log { open: true, ..Log::default() }).await).await
}

fn live(key: u8) -> Live {
    Live::new().key([key; 32]).development(false).island::<Log>().island::<Switch>()
}

fn app(live: Live) -> App {
    App::new(Router::new().route("/", get(home)).route("/opened", get(opened)).with_live(live))
}

const LOG: &str = "Log:0";

fn codes(tab: &Tab) -> Vec<Code> {
    tab.errors().iter().map(|problem| problem.code).collect()
}

async fn sealed(tab: &mut Tab) {
    let before = tab.seal(LOG).to_vec();
    tab.wait_for(|tab| tab.seal(LOG) != before).await;
}

#[tokio::test(start_paused = true)]
async fn what_was_not_sealed_is_rebuilt_before_the_render_is_compared() {
    let tab = app(live(1)).get("/").await.live().await;
    assert_eq!(tab.edits(), []);
    assert_eq!(tab.text("p"), "3 loaded");
}

#[tokio::test(start_paused = true)]
async fn a_quiet_second_after_a_change_the_page_holds_a_seal_of_it() {
    let mut tab = app(live(1)).get("/").await.live().await;
    let start = tokio::time::Instant::now();
    tab.send(LOG, "add", r#"{"line":"one"}"#).await;
    sealed(&mut tab).await;
    let waited = start.elapsed();
    assert!((1000..1200).contains(&waited.as_millis()), "{waited:?}");
}

#[tokio::test(start_paused = true)]
async fn a_seal_that_would_hold_the_same_again_is_not_sent() {
    let mut tab = app(live(1)).get("/").await.live().await;
    let page = tab.seal(LOG).to_vec();
    tab.idle(Duration::from_secs(10)).await;
    assert_eq!(tab.seal(LOG), page, "joining changes nothing");
    tab.send(LOG, "add", r#"{"line":"one"}"#).await;
    sealed(&mut tab).await;
    let added = tab.seal(LOG).to_vec();
    tab.idle(Duration::from_secs(10)).await;
    assert_eq!(tab.seal(LOG), added);
}

#[tokio::test(start_paused = true)]
async fn without_quiet_the_seal_comes_after_five_seconds() {
    let mut tab = app(live(1)).get("/").await.live().await;
    let (start, first) = (tokio::time::Instant::now(), tab.seal(LOG).to_vec());
    while tab.seal(LOG) == first {
        tab.send(LOG, "add", r#"{"line":"more"}"#).await;
        tab.idle(Duration::from_millis(500)).await;
    }
    let waited = start.elapsed();
    assert!((5000..5700).contains(&waited.as_millis()), "{waited:?}");
}

#[tokio::test(start_paused = true)]
async fn a_rejoin_goes_on_from_the_newest_seal_in_another_process_with_the_same_key() {
    let mut tab = app(live(1)).get("/").await.live().await;
    tab.send(LOG, "add", r#"{"line":"one"}"#).await;
    sealed(&mut tab).await;
    let mut tab = tab.rejoin(&app(live(1))).await;
    assert_eq!(tab.text("li"), "one");
    assert_eq!(codes(&tab), []);
    tab.send(LOG, "add", r#"{"line":"two"}"#).await;
    assert_eq!(tab.count("li"), 2);
}

#[tokio::test(start_paused = true)]
async fn events_the_seal_does_not_contain_are_sent_again_and_none_is_doubled() {
    let mut tab = app(live(1)).get("/").await.live().await;
    tab.send(LOG, "add", r#"{"line":"one"}"#).await;
    sealed(&mut tab).await;
    tab.send(LOG, "add", r#"{"line":"two"}"#).await;
    tab.send(LOG, "add", r#"{"line":"three"}"#).await;
    let tab = tab.rejoin(&app(live(1))).await;
    assert_eq!(tab.count("li"), 3);
    assert_eq!(tab.text("ol"), "onetwothree");
}

#[tokio::test(start_paused = true)]
async fn a_seal_of_another_key_instance_or_principal_is_refused_and_the_page_stays() {
    let tab = app(live(1)).get("/").await.live().await;
    let tab = tab.rejoin(&app(live(2))).await;
    assert_eq!(codes(&tab), [Code::SealForged]);
    assert_eq!(tab.text("p"), "3 loaded");

    let named = |name: &'static str| live(1).authorize(move |_| async move { Ok(Principal::new(name)) });
    let tab = app(named("ada")).get("/").await.live().await;
    let tab = tab.rejoin(&app(named("bob"))).await;
    assert_eq!(codes(&tab), [Code::SealForeign]);
}

#[tokio::test(start_paused = true)]
async fn a_state_past_the_seal_limit_lives_on_and_says_that_it_cannot_be_kept() {
    let limits = Limits { seal_bytes: 300, ..Limits::default() };
    let mut tab = app(live(1).limits(limits)).get("/").await.live().await;
    let noise: Vec<String> = (0..200_u32).map(|n| n.wrapping_mul(2_654_435_761).to_string()).collect();
    tab.send(LOG, "add", &serde_json::json!({ "line": noise.concat() }).to_string()).await;
    tab.wait_for(|tab| codes(tab) == [Code::SealTooLarge]).await;
    tab.send(LOG, "toggle", "").await;
    assert_eq!(tab.count(".switch"), 1);
}

#[tokio::test]
async fn nested_islands_are_served_joined_mounted_and_ended_with_their_parent() {
    let app = app(live(1));
    let page = app.get("/opened").await;
    assert_eq!(
        page.count(
            "holm-island[data-instance='Log:0'] > holm-island[data-instance='Log:0/inner'][data-seal]"
        ),
        1
    );
    let mut tab = page.live().await;
    assert_eq!(tab.edits(), []);

    tab.click(".switch").await;
    assert_eq!(tab.text(".switch"), "on");
    tab.send(LOG, "add", r#"{"line":"the parent changes"}"#).await;
    assert_eq!(tab.text(".switch"), "on", "a nested island keeps its state while its key stays");

    tab.send(LOG, "toggle", "").await;
    assert_eq!(tab.count(".switch"), 0);
    tab.send(LOG, "toggle", "").await;
    assert_eq!(tab.text(".switch"), "off", "a key that was gone begins anew");
    tab.click(".switch").await;
    assert_eq!(tab.text(".switch"), "on");
    assert_eq!(codes(&tab), []);
}

#[tokio::test]
async fn islands_past_the_limit_are_refused_and_the_others_live() {
    async fn many(page: Page) -> Page {
        page.title("Many").body(|p| html! { @for _ in 0..3 { (p.island(Switch { on: false })) } })
    }
    let limits = Limits { islands: 2, ..Limits::default() };
    let router = Router::new().route("/", get(many)).with_live(live(1).limits(limits));
    let mut tab = App::new(router).get("/").await.live().await;
    assert_eq!(codes(&tab), [Code::TooManyIslands]);
    tab.send("Switch:1", "flip", "").await;
    assert!(tab.html("Switch:1").contains("on"));
}

#[tokio::test(start_paused = true)]
async fn a_page_of_another_build_loads_again_in_development_and_goes_on_otherwise() {
    for (development, expected) in [(true, vec![Code::NewBuild]), (false, vec![])] {
        let built = |name: &str| app(live(1).development(development).build(name));
        let tab = built("monday").get("/").await.live().await;
        let tab = tab.rejoin(&built("tuesday")).await;
        assert_eq!(codes(&tab), expected);
    }
}

#[tokio::test(start_paused = true)]
async fn a_drain_seals_what_changed_and_tells_the_page_when_to_come_back() {
    let live = live(1);
    let hub = live.hub();
    let mut tab = app(live).get("/").await.live().await;
    tab.send(LOG, "add", r#"{"line":"one"}"#).await;
    let before = tab.seal(LOG).to_vec();
    let drain = tokio::spawn(async move { hub.drain().await });
    tab.wait_for(|tab| tab.come_back().is_some()).await;
    assert_ne!(tab.seal(LOG), before);
    assert!((500..2500).contains(&tab.come_back().unwrap().as_millis()));
    let tab = tab.rejoin(&app(self::live(1))).await;
    drain.await.unwrap();
    assert_eq!(tab.text("li"), "one");
}

#[tokio::test(start_paused = true)]
async fn a_nested_island_survives_a_connection_that_ends_as_soon_as_it_is_mounted() {
    let mut tab = app(live(1)).get("/").await.live().await;
    tab.send(LOG, "toggle", "").await;
    tab.click(".switch").await;
    assert_eq!(tab.text(".switch"), "on");
    let mut tab = tab.rejoin(&app(live(1))).await;
    assert_eq!((tab.text(".switch").as_str(), codes(&tab)), ("on", vec![]));
    tab.click(".switch").await;
    assert_eq!(tab.text(".switch"), "off");
}

/// One island as three deploys have it: the first, one that serde's defaults keep, one that migrates.
mod deploys {
    use super::*;

    #[derive(Event)]
    pub(super) enum Add {
        Add { item: String },
    }

    macro_rules! basket {
        ($name:ident { $($(#[$of:meta])* $field:ident: $type:ty = $shown:expr),* } $add:expr, $($more:item)*) => {
            #[derive(Clone, Default, Serialize, Deserialize)]
            pub(super) struct $name { $($(#[$of])* $field: $type),* }

            impl Island for $name {
                type Event = Add;
                $($more)*

                fn name() -> &'static str {
                    "Basket"
                }

                fn render(&self) -> Markup {
                    html! { $(output { (($shown)(&self.$field)) })* }
                }

                async fn on(&mut self, Add::Add { item }: Add, _: &mut Cx<Add>) -> holm::Result {
                    ($add)(self, item);
                    Ok(())
                }
            }
        };
    }

    basket! { First { items: String = String::clone } |it: &mut First, item: String| it.items = item, }
    basket! {
        Defaults {
            #[serde(alias = "items")] goods: String = String::clone,
            #[serde(default)] paid: bool = |paid: &bool| if *paid { "paid" } else { "open" }
        }
        |it: &mut Defaults, item: String| it.goods = item,
    }
    basket! {
        Migrates { list: Vec<String> = |list: &Vec<String>| list.join("+") }
        |it: &mut Migrates, item: String| it.list.push(item),
        const VERSION: u32 = 1;

        fn migrate(version: u32, state: serde_json::Value) -> holm::Result<Self> {
            match (version, state["items"].as_str()) {
                (0, Some("refuse")) => Err(holm::Error::public("This basket is too old.")),
                (0, Some("panic")) => panic!("a migration that was not thought through"),
                (0, Some(items)) => Ok(Self { list: items.split(',').map(str::to_owned).collect() }),
                _ => Ok(serde_json::from_value(state)?),
            }
        }
    }

    pub(super) fn app<I: Island + Default>() -> App {
        async fn home<I: Island + Default>(page: Page) -> Page {
            page.title("Basket").body(|p| p.island(I::default()))
        }
        let live = Live::new().key([1; 32]).development(false).island::<I>();
        App::new(Router::new().route("/", get(home::<I>)).with_live(live))
    }

    /// A tab of the first deploy that holds a seal with these items, after the deploy of `I`.
    pub(super) async fn after_deploy_of<I: Island + Default>(items: &str) -> Tab {
        let mut tab = app::<First>().get("/").await.live().await;
        let page = tab.seal("Basket:0").to_vec();
        tab.send("Basket:0", "add", &serde_json::json!({ "item": items }).to_string()).await;
        tab.wait_for(|tab| tab.seal("Basket:0") != page).await;
        tab.rejoin(&app::<I>()).await
    }
}

#[tokio::test(start_paused = true)]
async fn a_deploy_that_serde_s_defaults_bridge_keeps_the_state() {
    let mut tab = deploys::after_deploy_of::<deploys::Defaults>("tea").await;
    assert_eq!(
        (tab.text("output"), tab.text("output + output"), codes(&tab)),
        ("tea".into(), "open".into(), vec![])
    );
    tab.send("Basket:0", "add", r#"{"item":"milk"}"#).await;
    assert_eq!(tab.text("output"), "milk");
}

#[tokio::test(start_paused = true)]
async fn a_deploy_that_changes_the_version_migrates_the_state_and_seals_the_new_one() {
    let mut tab = deploys::after_deploy_of::<deploys::Migrates>("tea,milk").await;
    assert_eq!((tab.text("output").as_str(), codes(&tab)), ("tea+milk", vec![]));
    let page = tab.seal("Basket:0").to_vec();
    tab.send("Basket:0", "add", r#"{"item":"rye"}"#).await;
    tab.wait_for(|tab| tab.seal("Basket:0") != page).await;
    let tab = tab.rejoin(&deploys::app::<deploys::Migrates>()).await;
    assert_eq!((tab.text("output").as_str(), codes(&tab)), ("tea+milk+rye", vec![]));
    // The first deploy, put back, cannot read what the second one made.
    let tab = tab.rejoin(&deploys::app::<deploys::First>()).await;
    assert_eq!(codes(&tab), [Code::SealStale]);
}

#[tokio::test(start_paused = true)]
async fn a_state_that_no_migration_reads_starts_fresh() {
    for items in ["refuse", "panic"] {
        let tab = deploys::after_deploy_of::<deploys::Migrates>(items).await;
        assert_eq!(codes(&tab), [Code::SealStale], "{items}: the page is told to load again");
    }
    let mut tab = deploys::app::<deploys::Migrates>().get("/").await.live().await;
    tab.send("Basket:0", "add", r#"{"item":"rye"}"#).await;
    assert_eq!(tab.text("output"), "rye");
}
