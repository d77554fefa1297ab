//! Writes the code of the derive.

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned as _;
use syn::{Attribute, DeriveInput, Error, Field, Fields, Ident, LitStr, Path};

use crate::input::{Event, Events, default_path};
use crate::manifest;

/// The implementations for a checked enum.
pub(crate) fn events(events: &Events<'_>) -> TokenStream {
    let Events { ident, vis, holm, variants } = events;
    let client: Vec<&Event<'_>> = variants.iter().filter(|event| !event.server).collect();
    let names = client.iter().map(|event| &event.name);
    let payloads = client.iter().map(|event| payload_types(event, holm));
    let name_arms = variants.iter().map(|Event { ident, name, .. }| quote!(Self::#ident { .. } => #name,));
    let payload_arms = client.iter().map(|event| payload_arm(event, holm));
    let decode_arms = client.iter().map(|event| decode_arm(event, holm));
    let functions = client.iter().map(|Event { ident: variant, name, function, .. }| {
        let doc =
            format!("The name of `{ident}::{variant}` without a payload: the page's fields provide it.");
        quote! {
            #[doc = #doc]
            #[must_use]
            #vis const fn #function() -> #holm::event::EventName<Self> {
                #holm::event::EventName::new(#name)
            }
        }
    });
    // An empty enum is matched by value: a reference to it counts as inhabited.
    let (name_body, payload_body) = if variants.is_empty() {
        (quote!(match *self {}), quote!(match *self {}))
    } else {
        let rest = (client.len() < variants.len() || client.iter().any(|event| event.fields.is_empty()))
            .then(|| quote!(_ => ::core::option::Option::None,));
        (quote!(match self { #(#name_arms)* }), quote!(match self { #(#payload_arms)* #rest }))
    };
    let is_once = is_once(variants);
    let render = render(ident, holm);
    quote! {
        #[allow(dead_code)]
        #[automatically_derived]
        impl #ident {
            #(#functions)*
        }

        #[allow(non_camel_case_types, unused_qualifications, unused_variables)]
        const _: () = {
            #(#payloads)*

            #[automatically_derived]
            impl #holm::event::Event for #ident {
                const NAMES: &'static [&'static str] = &[#(#names),*];

                fn name(&self) -> &'static str {
                    #name_body
                }

                fn payload(&self) -> ::core::option::Option<#holm::__private::String> {
                    #payload_body
                }

                fn decode(
                    name: &str,
                    payload: #holm::event::Payload<'_>,
                ) -> ::core::result::Result<Self, #holm::event::DecodeError> {
                    match name {
                        #(#decode_arms)*
                        _ => ::core::result::Result::Err(#holm::__private::unknown(name)),
                    }
                }

                #is_once
            }

            #render
        };
    }
}

/// `Event::is_once`, unless the trait's own answer is right for every variant.
fn is_once(variants: &[Event<'_>]) -> TokenStream {
    let once: Vec<_> = variants.iter().filter(|event| event.once).map(|event| event.ident).collect();
    let body = match once.len() {
        0 => return TokenStream::new(),
        all if all == variants.len() => quote!(true),
        _ => quote!(match self {
            #(Self::#once { .. })|* => true,
            _ => false,
        }),
    };
    quote! {
        fn is_once(&self) -> bool {
            #body
        }
    }
}

/// The error, and an empty implementation that keeps it the only one.
pub(crate) fn refusal(input: &DeriveInput, error: &Error) -> TokenStream {
    let error = error.to_compile_error();
    if !input.generics.params.is_empty() {
        return error;
    }
    let (ident, holm) = (&input.ident, default_path());
    let render = render(ident, &holm);
    quote! {
        #error
        const _: () = {
            #[automatically_derived]
            impl #holm::event::Event for #ident {
                const NAMES: &'static [&'static str] = &[];
                fn name(&self) -> &'static str { "" }
                fn payload(&self) -> ::core::option::Option<#holm::__private::String> { ::core::option::Option::None }
                fn decode(
                    name: &str,
                    _: #holm::event::Payload<'_>,
                ) -> ::core::result::Result<Self, #holm::event::DecodeError> {
                    ::core::result::Result::Err(#holm::__private::unknown(name))
                }
            }
            #render
        };
    }
}

/// `maud::Render` for the app's own maud, and the proof that it is holm's maud as well.
///
/// `html!` names `::maud` in the app, so that is the trait an attribute looks for.
fn render(ident: &Ident, holm: &Path) -> TokenStream {
    if manifest::lacks("maud") {
        return quote! {
            ::core::compile_error! {
                "derive(Event) needs `maud` among this crate's own dependencies, as `html!` does: run `cargo add maud@0.27`"
            }
        };
    }
    quote! {
        #[automatically_derived]
        impl ::maud::Render for #ident {
            fn render_to(&self, buffer: &mut #holm::__private::String) {
                #holm::__private::render(self, buffer);
            }
        }

        const _: fn() = #holm::__private::same_maud::<::maud::PreEscaped<#holm::__private::String>>;
    }
}

/// The hidden structs of a payload: one owned, to read into, and one of references, to write from.
fn payload_types(event: &Event<'_>, holm: &Path) -> TokenStream {
    if event.fields.is_empty() {
        return TokenStream::new();
    }
    let (read, write) = (format_ident!("__Read{}", event.ident), format_ident!("__Write{}", event.ident));
    let serde = quote!(#holm::__private::serde);
    let path = serde.to_string().replace(' ', "");
    let path = LitStr::new(&path, Span::call_site());
    let container = &event.serde;
    let attributes = |field: &Field| -> TokenStream {
        let serde = field.attrs.iter().filter(|attribute: &&Attribute| attribute.path().is_ident("serde"));
        quote!(#(#serde)*)
    };
    let named = matches!(event.fields, Fields::Named(_));
    let shape = |borrowed: bool| {
        let fields = event.fields.iter().map(|field| {
            let (attributes, ty) = (attributes(field), &field.ty);
            let reference = borrowed.then(|| quote_spanned!(ty.span()=> &'__event));
            let name = field.ident.as_ref().map(|name| quote!(#name:));
            quote!(#attributes #name #reference #ty)
        });
        if named { quote!({ #(#fields),* }) } else { quote!((#(#fields),*);) }
    };
    let (owned, borrowed) = (shape(false), shape(true));
    let transparent = (!named).then(|| quote!(#[serde(transparent)]));
    // What serde's derive writes carries the place of its own path: at the fields, that is where a type that
    // serde does not know is found.
    let at = event.fields.iter().next().filter(|_| event.fields.len() == 1);
    let at = at.map_or_else(|| event.fields.span(), |field| field.ty.span());
    let serde: TokenStream = serde.into_iter().map(|token| moved(token, at)).collect();
    let derive = |name: &str| {
        let name = Ident::new(name, at);
        quote_spanned!(at=> #[derive(#serde::#name)])
    };
    let (deserialize, serialize) = (derive("Deserialize"), derive("Serialize"));
    quote! {
        #deserialize
        #[serde(crate = #path)]
        #transparent
        #(#container)*
        struct #read #owned

        #serialize
        #[serde(crate = #path)]
        #transparent
        #(#container)*
        struct #write<'__event> #borrowed
    }
}

/// `token`, as if it stood at `span`.
fn moved(mut token: TokenTree, span: Span) -> TokenTree {
    token.set_span(span);
    token
}

fn payload_arm(Event { ident, fields, .. }: &Event<'_>, holm: &Path) -> TokenStream {
    let write = format_ident!("__Write{}", ident);
    match fields {
        _ if fields.is_empty() => TokenStream::new(),
        Fields::Named(fields) => {
            let names: Vec<_> = fields.named.iter().map(|field| &field.ident).collect();
            quote! {
                Self::#ident { #(#names),* } => {
                    ::core::option::Option::Some(#holm::__private::encode(&#write { #(#names),* }))
                }
            }
        }
        _ => quote! {
            Self::#ident(value) => ::core::option::Option::Some(#holm::__private::encode(&#write(value))),
        },
    }
}

fn decode_arm(Event { ident, name, fields, .. }: &Event<'_>, holm: &Path) -> TokenStream {
    let read = format_ident!("__Read{}", ident);
    match fields {
        _ if fields.is_empty() => quote! {
            #name => #holm::__private::no_payload(name, payload).map(|()| Self::#ident {}),
        },
        Fields::Named(fields) => {
            let names: Vec<_> = fields.named.iter().map(|field| &field.ident).collect();
            quote! {
                #name => #holm::__private::decode(name, payload)
                    .map(|#read { #(#names),* }| Self::#ident { #(#names),* }),
            }
        }
        _ => quote! {
            #name => #holm::__private::decode(name, payload).map(|#read(value)| Self::#ident(value)),
        },
    }
}
