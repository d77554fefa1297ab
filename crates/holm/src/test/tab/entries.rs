//! A form's fields as a browser collects them.

use scraper::ElementRef;

use super::field::{Fields, Holds, Kind, option_is_disabled, option_value, options};
use super::screen::{Screen, around, is_control, key_of};

/// The form that a control belongs to: the one it names, or the one around it.
pub(super) fn form_of<'s>(screen: &'s Screen, control: ElementRef<'s>) -> Option<ElementRef<'s>> {
    let is_form = |element: &ElementRef<'_>| element.value().name() == "form";
    match control.attr("form") {
        Some(id) if is_control(control) => {
            screen.all("form[id]").into_iter().find(|form| form.attr("id") == Some(id))
        }
        _ => around(control).find(is_form),
    }
}

/// Its controls, in the order of the document.
pub(super) fn controls<'s>(screen: &'s Screen, form: ElementRef<'s>) -> Vec<ElementRef<'s>> {
    let all = screen.all("input, textarea, select, button");
    all.into_iter()
        .filter(|control| form_of(screen, *control).is_some_and(|owner| owner.id() == form.id()))
        .collect()
}

/// Whether nobody can use a control: by itself, or by a fieldset around it whose legend it does not stand in.
pub(super) fn is_disabled(control: ElementRef<'_>) -> bool {
    let mut inner = control;
    if is_control(control) && control.attr("disabled").is_some() {
        return true;
    }
    for element in around(control).skip(1) {
        if element.value().name() == "fieldset" && element.attr("disabled").is_some() {
            let legend = element.child_elements().find(|child| child.value().name() == "legend");
            if legend.is_none_or(|legend| legend.id() != inner.id()) {
                return is_control(control);
            }
        }
        inner = element;
    }
    false
}

/// The button that Enter in a field presses.
pub(super) fn default_button<'s>(screen: &'s Screen, form: ElementRef<'s>) -> Option<ElementRef<'s>> {
    controls(screen, form).into_iter().find(|control| Kind::of(*control) == Some(Kind::Submit))
}

/// Names and values of a form, with those of the button that submits it; without Holm's own.
pub(super) fn of_form(
    screen: &Screen,
    fields: &Fields,
    form: ElementRef<'_>,
    submitter: Option<ElementRef<'_>>,
) -> Vec<(String, String)> {
    let mut out = Vec::new();
    for control in controls(screen, form) {
        let listed = around(control).any(|element| element.value().name() == "datalist");
        if listed || is_disabled(control) {
            continue;
        }
        match Kind::of(control) {
            Some(Kind::Submit) => {
                if submitter.is_some_and(|submitter| submitter.id() == control.id()) {
                    out.extend(of_button(control));
                }
            }
            Some(Kind::Reset | Kind::Button) | None => {}
            Some(_) => {
                if let Some(name) = control.attr("name").filter(|name| !name.is_empty()) {
                    out.extend(of_control(fields, control, name));
                }
            }
        }
    }
    out.retain(|(name, _)| !name.starts_with("holm-"));
    out
}

/// What the button adds that submits.
fn of_button(button: ElementRef<'_>) -> Vec<(String, String)> {
    let name = button.attr("name").unwrap_or_default();
    if button.attr("type").is_some_and(|kind| kind.eq_ignore_ascii_case("image")) {
        let prefix = if name.is_empty() { String::new() } else { format!("{name}.") };
        return ["x", "y"].map(|axis| (format!("{prefix}{axis}"), "0".to_owned())).into();
    }
    let pair = (name.to_owned(), button.attr("value").unwrap_or_default().to_owned());
    if name.is_empty() { Vec::new() } else { vec![pair] }
}

/// What one field sends under a name.
pub(super) fn of_control(fields: &Fields, control: ElementRef<'_>, name: &str) -> Vec<(String, String)> {
    let pair = |value: String| (name.to_owned(), value);
    match fields.of(control) {
        Holds::Text(text) => vec![pair(text)],
        Holds::Ticked(true) => vec![pair(control.attr("value").unwrap_or("on").to_owned())],
        Holds::Ticked(false) => Vec::new(),
        Holds::Chosen(chosen) => {
            let free = options(control).into_iter().filter(|option| !option_is_disabled(*option));
            let mut left = chosen;
            // In the order of the options; two of one value are both chosen when their value is chosen twice.
            let taken = free.map(option_value).filter(|value| {
                let at = left.iter().position(|other| other == value);
                at.map(|at| left.remove(at)).is_some()
            });
            taken.map(pair).collect()
        }
        Holds::Files(files) if files.is_empty() => vec![pair(String::new())],
        Holds::Files(files) => files.into_iter().map(pair).collect(),
    }
}

/// The radio buttons of one group with this one, itself left out.
pub(super) fn others_of_group<'s>(screen: &'s Screen, radio: ElementRef<'s>) -> Vec<ElementRef<'s>> {
    let owner = |element| form_of(screen, element).map(key_of);
    let name = radio.attr("name").filter(|name| !name.is_empty());
    let group = screen.all("input").into_iter().filter(|other| {
        let same = Kind::of(*other) == Some(Kind::Radio) && name.is_some() && other.attr("name") == name;
        same && other.id() != radio.id() && owner(*other) == owner(radio)
    });
    group.collect()
}

/// Pairs as a form sends them.
pub(super) fn encoded(pairs: &[(String, String)]) -> String {
    serde_html_form::to_string(pairs).expect("pairs of text encode")
}
