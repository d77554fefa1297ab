//! Reads the enum: its attributes, its variants and what is wrong with them.

use proc_macro2::Span;
use syn::ext::IdentExt as _;
use syn::meta::ParseNestedMeta;
use syn::spanned::Spanned as _;
use syn::{
    Attribute, Data, DataEnum, DeriveInput, Error, Fields, Ident, LitStr, Path, Result, Variant, Visibility,
};

use crate::names::{self, CASES, Case};

/// An enum of events, checked.
pub(crate) struct Events<'a> {
    pub(crate) ident: &'a Ident,
    pub(crate) vis: &'a Visibility,
    /// Where the support code is found: `::holm` unless the author says otherwise.
    pub(crate) holm: Path,
    pub(crate) variants: Vec<Event<'a>>,
}

/// One variant.
pub(crate) struct Event<'a> {
    pub(crate) ident: &'a Ident,
    /// The name on the wire.
    pub(crate) name: String,
    /// Where the name comes from: the attribute, or the variant itself.
    span: Span,
    /// The name of the function that returns the bare name.
    pub(crate) function: Ident,
    /// Only the server's own code sends it.
    pub(crate) server: bool,
    /// Its handler does something outside the island that must not happen twice.
    pub(crate) once: bool,
    pub(crate) fields: &'a Fields,
    /// The `serde` attributes on the variant, which hold for its payload.
    pub(crate) serde: Vec<&'a Attribute>,
}

impl<'a> Events<'a> {
    /// Reads `input`, and collects everything that is wrong with it into one error.
    pub(crate) fn read(input: &'a DeriveInput) -> Result<Self> {
        let data = variants(input)?;
        if let Some(parameter) = input.generics.params.first() {
            return Err(Error::new(
                parameter.span(),
                "an enum of events has no generic parameters: its names go over the wire, so name the concrete types \
                 in the variants (`Set { to: i64 }`)",
            ));
        }
        let mut errors = None;
        let container = Container::read(input).unwrap_or_else(|error| {
            add(&mut errors, error);
            Container::default()
        });
        let mut read = Vec::<Event<'a>>::new();
        for variant in &data.variants {
            match Event::read(variant, container.case) {
                Ok(event) => match event.clash(&read) {
                    Some(error) => add(&mut errors, error),
                    None => read.push(event),
                },
                Err(error) => add(&mut errors, error),
            }
        }
        match errors {
            Some(errors) => Err(errors),
            None => Ok(Self { ident: &input.ident, vis: &input.vis, holm: container.holm, variants: read }),
        }
    }
}

/// The variants of `input`, which has to be an enum.
fn variants(input: &DeriveInput) -> Result<&DataEnum> {
    let (span, what) = match &input.data {
        Data::Enum(data) => return Ok(data),
        Data::Struct(data) => (data.struct_token.span(), "a struct"),
        Data::Union(data) => (data.union_token.span(), "a union"),
    };
    let ident = &input.ident;
    let help = format!(
        "Event is derived for an enum, and this is {what}; write `enum {ident} {{ Inc, Set {{ to: i64 }} }}` with one \
         variant for each thing a page can ask for"
    );
    Err(Error::new(span, help))
}

/// What `#[event(..)]` on the enum says.
struct Container {
    case: Case,
    holm: Path,
}

impl Default for Container {
    fn default() -> Self {
        Self { case: Case::Snake, holm: default_path() }
    }
}

impl Container {
    fn read(input: &DeriveInput) -> Result<Self> {
        let mut container = Self::default();
        for attribute in event_attributes(&input.attrs) {
            attribute.parse_nested_meta(|meta| {
                if meta.path.is_ident("rename_all") {
                    let spelling = text(&meta)?;
                    container.case = Case::find(&spelling.value()).ok_or_else(|| {
                        Error::new(
                            spelling.span(),
                            format!("this is no case; write one of \"{}\"", CASES.join("\", \"")),
                        )
                    })?;
                } else if meta.path.is_ident("crate") {
                    container.holm = text(&meta)?.parse_with(Path::parse_mod_style)?;
                } else {
                    return Err(meta.error(
                        "an enum of events takes `#[event(rename_all = \"kebab-case\")]` and `#[event(crate = \"path\")]`; \
                         `rename`, `server` and `once` are written on a variant",
                    ));
                }
                Ok(())
            })?;
        }
        Ok(container)
    }
}

/// What `#[event(..)]` on a variant says.
#[derive(Default)]
struct Options {
    rename: Option<LitStr>,
    server: bool,
    once: bool,
}

impl Options {
    fn read(variant: &Variant) -> Result<Self> {
        let mut options = Self::default();
        for attribute in event_attributes(&variant.attrs) {
            attribute.parse_nested_meta(|meta| {
                if meta.path.is_ident("rename") {
                    options.rename = Some(text(&meta)?);
                } else if meta.path.is_ident("server") {
                    options.server = true;
                } else if meta.path.is_ident("once") {
                    options.once = true;
                } else {
                    return Err(meta.error(
                        "a variant takes `#[event(rename = \"name\")]`, `#[event(server)]` and `#[event(once)]`; \
                         `rename_all` and `crate` are written on the enum",
                    ));
                }
                if options.server && options.once {
                    return Err(meta.error(
                        "an event of the server's is never sent again by a page, so `once` means nothing here; write \
                         `#[event(server)]` alone",
                    ));
                }
                Ok(())
            })?;
        }
        Ok(options)
    }
}

impl<'a> Event<'a> {
    fn read(variant: &'a Variant, case: Case) -> Result<Self> {
        let Options { rename, server, once } = Options::read(variant)?;
        let rust = variant.ident.unraw().to_string();
        let (name, span) = match &rename {
            Some(rename) => (rename.value(), rename.span()),
            None => (case.spell(&rust), variant.ident.span()),
        };
        if let Some(reason) = names::refusal(&name) {
            return Err(Error::new(
                span,
                format!("{reason}; write `#[event(rename = \"{}\")]`", Case::Snake.spell(&rust)),
            ));
        }
        let serde: Vec<_> =
            variant.attrs.iter().filter(|attribute| attribute.path().is_ident("serde")).collect();
        if !server {
            one_unnamed_field(variant)?;
            event_on_field(variant)?;
            serde.iter().try_for_each(|attribute| serde_rename(attribute))?;
        }
        let function = Ident::new(&format!("{}_event", Case::Snake.spell(&rust)), variant.ident.span());
        Ok(Self { ident: &variant.ident, name, span, function, server, once, fields: &variant.fields, serde })
    }

    /// Says what this event and an earlier one cannot both have.
    fn clash(&self, earlier: &[Event<'_>]) -> Option<Error> {
        if let Some(first) = earlier.iter().find(|first| first.name == self.name) {
            let help = format!(
                "`{}` is already called \"{}\" on the wire; write `#[event(rename = \"..\")]` with another name on one of \
                 the two",
                first.ident, self.name
            );
            return Some(Error::new(self.span, help));
        }
        let first =
            earlier.iter().find(|first| first.function == self.function && !first.server && !self.server)?;
        let help = format!(
            "`{}` and `{}` would both have the function `{}()`; give this variant another Rust name and keep its wire name \
             with `#[event(rename = \"{}\")]`",
            first.ident, self.ident, self.function, self.name
        );
        Some(Error::new(self.ident.span(), help))
    }
}

/// A payload's parts have names: only a single value goes without.
fn one_unnamed_field(variant: &Variant) -> Result<()> {
    let Fields::Unnamed(fields) = &variant.fields else { return Ok(()) };
    if fields.unnamed.len() < 2 {
        return Ok(());
    }
    let parts: Vec<String> = (1..=fields.unnamed.len()).map(|part| format!("field_{part}: ..")).collect();
    let help = format!(
        "an event with several fields names them, so that a form can fill them; write `{} {{ {} }}`",
        variant.ident,
        parts.join(", ")
    );
    Err(Error::new(fields.span(), help))
}

/// `#[event(..)]` belongs to enums and variants.
fn event_on_field(variant: &Variant) -> Result<()> {
    match variant.fields.iter().find_map(|field| event_attributes(&field.attrs).next()) {
        Some(attribute) => Err(Error::new(
            attribute.path().span(),
            "a field takes serde's attributes; write `#[serde(rename = \"..\")]` or `#[serde(default)]`",
        )),
        None => Ok(()),
    }
}

/// An author who renames a variant for serde means the event.
fn serde_rename(attribute: &Attribute) -> Result<()> {
    let mut found: Option<Span> = None;
    attribute.parse_nested_meta(|meta| {
        if meta.path.is_ident("rename") {
            found = Some(meta.path.span());
        }
        // Whatever else serde takes, `name`, `name = value` or `name(..)`, is for serde to judge.
        while !meta.input.is_empty() && !meta.input.peek(syn::Token![,]) {
            meta.input.parse::<proc_macro2::TokenTree>()?;
        }
        Ok(())
    })?;
    match found {
        Some(span) => Err(Error::new(span, "an event is renamed with `#[event(rename = \"..\")]`")),
        None => Ok(()),
    }
}

fn event_attributes(attributes: &[Attribute]) -> impl Iterator<Item = &Attribute> {
    attributes.iter().filter(|attribute| attribute.path().is_ident("event"))
}

fn text(meta: &ParseNestedMeta<'_>) -> Result<LitStr> {
    meta.value()?.parse()
}

/// Where holm is found when the author does not say.
pub(crate) fn default_path() -> Path {
    syn::parse_quote!(::holm)
}

fn add(errors: &mut Option<Error>, error: Error) {
    match errors {
        Some(errors) => errors.combine(error),
        None => *errors = Some(error),
    }
}
