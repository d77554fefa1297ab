use maud::html;

#[derive(holm::Event)]
enum Press {
    #[event(server)]
    Tick,
}

fn main() {
    let _ = html! { form data-live-submit=(Press::tick_event()) {} };
}
