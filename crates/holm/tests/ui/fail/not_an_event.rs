struct Press;

fn island<E: holm::Event>() {}

fn main() {
    island::<Press>();
}
