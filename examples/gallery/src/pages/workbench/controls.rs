//! The groups of controls. Around each of them something is another with every beat; what a visitor does is not.

use holm::act::Act;
use holm::form::{Beside, FieldErrors};
use holm::prelude::*;

/// What the groups are about; the number is the key.
pub(super) const GROUPS: [&str; 6] =
    ["Words", "Numbers", "Days and colours", "Choices", "Lists and files", "Things that open"];

/// The group with this number, at this beat.
pub(super) fn group(at: usize, beats: u64, errors: &FieldErrors) -> Markup {
    let errors = errors.at("bench");
    let tint = (beats / 5 + at as u64) % 4;
    html! {
        fieldset.{ "tint" (tint) } id={ "group-" (at) } {
            legend { (GROUPS[at]) (count(beats)) }
            @match at {
                0 => { (words(beats, errors)) }
                1 => { (numbers(beats, errors)) }
                2 => { (days(beats, errors)) }
                3 => { (choices(beats)) }
                4 => { (lists(beats)) }
                _ => { (opening(beats)) }
            }
            // Comes and goes, so that what stands around the controls is not always the same number of things.
            @if beats % 3 == 1 { p.passing aria-hidden="true" { "A gull passes." } }
        }
    }
}

/// How many beats there were: for the eye only, so that no control's name changes.
fn count(beats: u64) -> Markup {
    html! { " " span.tick aria-hidden="true" { (beats) } }
}

fn words(beats: u64, errors: Beside) -> Markup {
    let hopes = ["Sea Pink", "Tern", "Old Salt", "Kittiwake"];
    let hope = hopes[(beats / 10 % 4) as usize];
    html! {
        label {
            span { "Text" (count(beats)) }
            input name="name" placeholder=(hope) autocomplete="off" aria-invalid=[errors.invalid("name")] aria-describedby=[errors.described("name")];
        }
        (errors.show("name"))
        label {
            span { "E-mail" }
            input name="email" type="email" autocomplete="off" aria-invalid=[errors.invalid("email")] aria-describedby=[errors.described("email")];
        }
        (errors.show("email"))
        label { span { "Password" } input name="password" type="password" autocomplete="new-password"; }
        label { span { "Long text" (count(beats)) } textarea name="log" rows="3" class=(if beats.is_multiple_of(2) { "even" } else { "odd" }) {} }
        div.field {
            span #free-name { "Free text" }
            div.free contenteditable="true" role="textbox" aria-multiline="true" aria-labelledby="free-name" title={ "Beat " (beats) } data-live-ignore { "Write here." }
        }
    }
}

fn numbers(beats: u64, errors: Beside) -> Markup {
    let part = beats % 100;
    html! {
        label {
            span { "Whole number" }
            input name="metres" type="number" value="12" min="3" max=(400 + part) aria-invalid=[errors.invalid("metres")] aria-describedby=[errors.described("metres")];
        }
        (errors.show("metres"))
        label {
            span { "Number, or nothing" (count(beats)) }
            input name="berth" inputmode="decimal" aria-invalid=[errors.invalid("berth")] aria-describedby=[errors.described("berth")];
        }
        (errors.show("berth"))
        label { span { "Range" } input name="sails" type="range" min="0" max="10" value="4"; }
        label { span { "Progress" } progress max="100" value=(part) { (part) " of 100" } }
        label { span { "Meter" } meter min="0" max="100" low="25" high="75" optimum="50" value=(99 - part) { (99 - part) " of 100" } }
    }
}

fn days(beats: u64, errors: Beside) -> Markup {
    html! {
        label {
            span { "Day" }
            input name="day" type="date" aria-invalid=[errors.invalid("day")] aria-describedby=[errors.described("day")];
        }
        (errors.show("day"))
        label { span { "Time" (count(beats)) } input name="time" type="time"; }
        label { span { "Colour" } input name="colour" type="color" value="#0c5868"; }
        label {
            span { "Islet, with suggestions" }
            input name="islet" list="islets" autocomplete="off";
        }
        datalist #islets {
            @for islet in ["Alderholm", "Fern Skerry", "Lamp Rock"] { option value=(islet) { (islet) } }
            option value={ "Islet " (beats) } {}
        }
    }
}

fn choices(beats: u64) -> Markup {
    html! {
        label.choice { input name="news" type="checkbox"; span { "A box" (count(beats)) } }
        div.field role="group" aria-label="Flags" {
            @for flag in ["Blue Peter", "Yellow Jack", "Red Duster"] {
                label.choice { input name="flags" type="checkbox" value=(flag); span { (flag) } }
            }
        }
        div.field role="radiogroup" aria-label="Tide" {
            @for (tide, label) in [("low", "Low tide"), ("high", "High tide")] {
                label.choice { input name="tide" type="radio" value=(tide); span { (label) (count(beats)) } }
            }
        }
    }
}

fn lists(beats: u64) -> Markup {
    // One more port at each odd beat, in front: a choice is known by its value, not by its place.
    let ports = ["Alder Quay", "Gull Haven", "Kelp Harbour", "Lark Landing"];
    html! {
        label {
            span { "One of a list" }
            select name="wind" {
                @for (wind, label) in [("calm", "Calm"), ("breeze", "A breeze"), ("gale", "A gale")] {
                    option value=(wind) { (label) " · " (beats) }
                }
            }
        }
        label {
            span { "Several of a list" (count(beats)) }
            select name="ports" multiple size="4" {
                @if beats % 2 == 1 { option value="Passing Point" { "Passing Point" } }
                @for port in ports { option value=(port) { (port) } }
            }
        }
        label { span { "File" } input name="papers" type="file" multiple; }
    }
}

fn opening(beats: u64) -> Markup {
    html! {
        details { summary { "Details" (count(beats)) } p { "It stays open. Beat " (beats) "." } }
        div.scrolls role="region" aria-label="A box that scrolls" tabindex="0" {
            @for line in 1..=12 { p { "Line " (line) (count(beats)) } }
        }
        div.bar {
            button.quiet type="button" popovertarget="popover" { "Popover" }
            button.quiet type="button" data-live-do=(Act::open("#dialog")) { "Dialog" }
        }
        div #popover popover {
            label { span { "In the popover" (count(beats)) } input name="within" autocomplete="off"; }
        }
        dialog #dialog aria-labelledby="dialog-title" {
            h3 #dialog-title { "A dialog" (count(beats)) }
            label { span { "In the dialog" } input name="secret" autocomplete="off"; }
            button type="button" data-live-do=(Act::close("#dialog")) { "Close" }
        }
    }
}
