use maud::html;

enum Press {
    Inc,
}

fn main() {
    let _ = html! { button data-live=(Press::Inc) { "+" } };
}
