//! Files of an island that viewers share: who sees them, who may touch them, and who goes on with one.

use std::time::Duration;

use holm::prelude::*;
use holm::test::App;
use holm::upload::Memory;

use super::stage::Client;

#[derive(Clone, Default, Serialize, Deserialize)]
struct Wall {
    files: holm::upload::Uploads,
}

#[derive(Event)]
enum Hung {
    #[event(server)]
    Upload(holm::upload::UploadEvent),
}

impl Island for Wall {
    type Event = Hung;

    fn render(&self) -> Markup {
        html! { ul { @for file in &self.files { li { (file.name) " " (file.percent()) } } } }
    }

    async fn restore(&mut self, cx: &mut Cx<Hung>) -> holm::Result {
        let memory = cx.state::<Memory>().clone();
        cx.accept_uploads("wall", holm::upload::Accept::new().max_files(9).to(memory), Hung::Upload);
        Ok(())
    }

    async fn on(&mut self, Hung::Upload(event): Hung, _: &mut Cx<Hung>) -> holm::Result {
        self.files.apply(&event);
        Ok(())
    }
}

impl SharedIsland for Wall {
    fn open(_: &str) -> Self {
        Self::default()
    }
}

/// Pages that look at one wall, with the memory that keeps its files.
fn wall() -> (Router, Memory) {
    let memory = Memory::new();
    let limits = Limits { park_time: Duration::from_secs(5), ..Limits::default() };
    let live = Live::new().key([5; 32]).development(false).limits(limits).shared_island::<Wall>();
    let home = |page: Page| async { page.title("Wall").body(|p| p.shared::<Wall>("one")) };
    (Router::new().route("/", get(home)).with_live(live.state(memory.clone())), memory)
}

/// Has a file of four bytes begin, perhaps in the place of the one at an address.
async fn begin(page: &Client, name: &str, before: Option<&str>) -> (u16, String) {
    let id = before.map(|address| ("replaces", address.rsplit('/').next().unwrap()));
    let said = [&[("island", "Wall.one"), ("input", "wall"), ("filename", name)], id.as_slice()].concat();
    page.begin(&said, 4).await
}

#[tokio::test(start_paused = true)]
async fn all_who_look_at_a_shared_island_see_what_one_of_them_sends() {
    let (router, _) = wall();
    let (mine, mut other) = (Client::of(router.clone()).await, Client::of(router).await);
    let (_, address) = begin(&mine, "a", None).await;
    assert_eq!(mine.piece(&address, 0, "ab").await.0, 204);
    other.shows(&["a 50"]).await;
    assert_eq!(other.head(&address).await.0, 404, "they see it, and cannot touch it");
    assert_eq!(mine.piece(&address, 2, "cd").await.0, 204);
    other.shows(&["a 100"]).await;
}

#[tokio::test(start_paused = true)]
async fn who_comes_back_goes_on_with_a_file_and_all_see_it_in_its_place() {
    let (router, memory) = wall();
    let (mut mine, mut other) = (Client::of(router.clone()).await, Client::of(router).await);
    let (_, first) = begin(&mine, "a", None).await;
    begin(&other, "b", None).await;
    assert_eq!(mine.piece(&first, 0, "ab").await.0, 204);
    other.shows(&["a 50", "b 0"]).await;
    mine.tab = mine.tab.lose();
    other.tab.idle(Duration::from_secs(10)).await;
    mine.tab = mine.tab.resume(&App::new(mine.router.clone())).await;
    mine.shows(&["a 50", "b 0"]).await;
    // It is known still; a page that begins it again all the same has one entry as before.
    assert_eq!(mine.head(&first).await, (200, Some(2)));
    let (status, again) = begin(&mine, "a", Some(&first)).await;
    assert_eq!(status, 201);
    other.shows(&["a 0", "b 0"]).await;
    assert_eq!(mine.piece(&first, 2, "cd").await.0, 410);
    assert_eq!(mine.piece(&again, 0, "abcd").await.0, 204);
    other.shows(&["a 100", "b 0"]).await;
    mine.shows(&["a 100", "b 0"]).await;
    assert_eq!(memory.files().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_page_that_was_loaded_again_takes_the_place_of_its_file_once_the_one_before_is_gone() {
    let (router, _) = wall();
    let (mine, mut other) = (Client::of(router.clone()).await, Client::of(router.clone()).await);
    let (_, first) = begin(&mine, "a", None).await;
    other.shows(&["a 0"]).await;
    drop(mine.tab.lose());
    other.tab.idle(Duration::from_secs(10)).await;
    let anew = Client::of(router).await;
    assert_eq!(anew.head(&first).await.0, 404, "it is another page's");
    let (status, again) = begin(&anew, "a", Some(&first)).await;
    assert_eq!(status, 201);
    assert_eq!(anew.piece(&again, 0, "abcd").await.0, 204);
    other.shows(&["a 100"]).await;
}

#[tokio::test(start_paused = true)]
async fn nobody_takes_the_place_of_a_file_that_another_page_sends_or_has_sent() {
    let (router, _) = wall();
    let (mine, mut other) = (Client::of(router.clone()).await, Client::of(router).await);
    let (_, first) = begin(&mine, "a", None).await;
    other.shows(&["a 0"]).await;
    assert_eq!(begin(&other, "b", Some(&first)).await.0, 201);
    other.shows(&["a 0", "b 0"]).await;
    assert_eq!(mine.piece(&first, 0, "abcd").await.0, 204);
    other.shows(&["a 100", "b 0"]).await;
    assert_eq!(begin(&other, "c", Some(&first)).await.0, 410);
    other.tab.idle(Duration::from_mins(3)).await;
    assert_eq!(begin(&other, "c", Some(&first)).await.0, 410, "also when it is long over");
    other.shows(&["a 100", "b 0"]).await;
}
