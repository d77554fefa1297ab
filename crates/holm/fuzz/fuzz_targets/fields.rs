//! Any text as the fields of a struct: what fits comes back, what does not has a fault.
#![no_main]

use holm::Event;
use holm::event::Payload;
use holm::form::Form;
use libfuzzer_sys::fuzz_target;

#[allow(dead_code, reason = "its events are enough")]
#[path = "stage.rs"]
mod stage;

fuzz_target!(|text: &str| {
    let Ok(stage::Touch::Fill(form)) = stage::Touch::decode("fill", Payload::Form(text)) else {
        panic!("a form takes any fields");
    };
    let flat = stage::Touch::decode("flat", Payload::Form(text));
    match form.check() {
        Ok(filled) => {
            assert!(matches!(flat, Ok(stage::Touch::Flat(same)) if same == filled));
            assert_eq!(Form::filled(&filled).check().as_ref(), Ok(&filled));
        }
        Err(errors) => assert!(!errors.is_empty() && flat.is_err()),
    }
});
