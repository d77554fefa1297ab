//! Islands that all their viewers share.

use super::Island;

/// An island that lives once for all who look at it: one state for each key, rendered once for each change,
/// however many pages show it.
///
/// A page shows it with [`Slot::shared`](crate::Slot::shared) or
/// [`Slot::mount_shared`](crate::Slot::mount_shared); [`Live::shared_island`](crate::Live::shared_island)
/// registers it. Any viewer's event acts on the one state, in order of arrival, with
/// [`cx.principal()`](crate::Cx::principal) telling whose it is; what the handler pushes goes to that viewer's
/// page. [`restore`](Island::restore) runs once when a key comes to life, as nobody in particular, and starts the
/// timers and tasks. The state lives in the server's memory only, until nobody has looked at it for
/// `Limits::shared_idle`: what is to outlive that is kept elsewhere by `on` and read by `restore`.
///
/// ```
/// use holm::prelude::*;
///
/// #[derive(Clone, Serialize, Deserialize)]
/// struct Board { name: String, votes: u32 }
///
/// #[derive(Event)]
/// enum Press { Vote }
///
/// impl Island for Board {
///     type Event = Press;
///
///     fn render(&self) -> Markup {
///         html! { h2 { (self.name) } button data-live=(Press::Vote) { (self.votes) } }
///     }
///
///     async fn on(&mut self, Press::Vote: Press, _cx: &mut Cx<Press>) -> holm::Result {
///         self.votes += 1;
///         Ok(())
///     }
/// }
///
/// impl SharedIsland for Board {
///     fn open(key: &str) -> Self {
///         Board { name: key.to_owned(), votes: 0 }
///     }
/// }
///
/// async fn home(page: Page) -> Page {
///     page.title("Vote").body(|p| html! { (p.shared::<Board>("lunch")) })
/// }
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// let live = Live::new().key([1; 32]).shared_island::<Board>();
/// let app = holm::test::App::new(Router::new().route("/", get(home)).with_live(live));
/// let (mut ada, mut bob) = (app.get("/").await.live().await, app.get("/").await.live().await);
/// ada.click("button").await;
/// bob.wait_for(|tab| tab.text("button") == "1").await;
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a shared island",
    note = "write `impl SharedIsland for {Self}` with `fn open(key: &str) -> Self`"
)]
pub trait SharedIsland: Island {
    /// The state for a key, before anything has happened to it. It runs for each key that comes to life, and
    /// for each page that shows one which has not; so it is quick, and [`restore`](Island::restore) loads.
    fn open(key: &str) -> Self;
}
