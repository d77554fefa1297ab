use holm::prelude::*;

#[derive(Clone, Serialize, Deserialize)]
struct Counter;

fn main() {
    let _ = Live::new().island::<Counter>();
}
