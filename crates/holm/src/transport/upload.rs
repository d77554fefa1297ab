//! Files over HTTP, by the protocol tus 1.0.0 with its extensions creation and termination:
//! `/__live/upload`, and an address for each upload.
//!
//! `POST` begins one, `PATCH` brings bytes, `HEAD` tells how many there are, `DELETE` cancels. Each request names its
//! page's session as the other transports over HTTP do, and comes from the page's origin on the same behalf.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Extension, Path, Request};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use holm_wire::Code;
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};

use super::{origin_allowed, refusal, request};
use crate::live::Core;
use crate::upload::headers::{self, Metadata};
use crate::upload::input::{Input, Place};
use crate::upload::transfer::{Outcome, Transfer};
use crate::upload::{UploadId, UploadMeta};
use crate::{Error, Principal, notes};

const VERSION: &str = "1.0.0";
const RESUMABLE: HeaderName = HeaderName::from_static("tus-resumable");
const OFFSET: HeaderName = HeaderName::from_static("upload-offset");
const LENGTH: HeaderName = HeaderName::from_static("upload-length");
const METADATA: HeaderName = HeaderName::from_static("upload-metadata");
const OVERRIDE: &str = "x-http-method-override";
/// The type of a piece's body.
const PIECE: &str = "application/offset+octet-stream";

/// Why a request is refused: with which status, and after how long it may come again.
struct No {
    code: Code,
    status: StatusCode,
    wait: Option<Duration>,
}

impl From<Code> for No {
    fn from(code: Code) -> Self {
        Self { code, status: status(code), wait: None }
    }
}

/// The page that asks.
struct Asker {
    session: u64,
    principal: Principal,
}

/// Answers `/__live/upload`.
pub(crate) async fn create(Extension(core): Extension<Arc<Core>>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    let done = match method(&parts) {
        Method::OPTIONS => return options(&core),
        Method::POST => begin(&core, &parts).await,
        _ => Err(Code::BadUpload.into()),
    };
    answer(&core, done)
}

/// Answers the address of an upload.
pub(crate) async fn go_on(
    Extension(core): Extension<Arc<Core>>,
    Path(id): Path<String>,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let method = method(&parts);
    if method == Method::OPTIONS {
        return options(&core);
    }
    let done = match id.parse() {
        Ok(id) => go_on_with(&core, id, &method, &parts, body).await,
        Err(_) => Err(Code::UnknownUpload.into()),
    };
    answer(&core, done)
}

/// The method, which a client that cannot say it says in a header.
fn method(parts: &Parts) -> Method {
    let said = parts.headers.get(OVERRIDE).and_then(|value| Method::from_bytes(value.as_bytes()).ok());
    said.unwrap_or_else(|| parts.method.clone())
}

/// What the server understands.
fn options(core: &Core) -> Response {
    let headers = [
        ("tus-version", VERSION.to_owned()),
        ("tus-extension", "creation,termination".to_owned()),
        ("tus-max-size", core.limits.upload_bytes.to_string()),
    ];
    (StatusCode::NO_CONTENT, headers).into_response()
}

fn answer(core: &Core, done: Result<Response, No>) -> Response {
    let mut response = done.unwrap_or_else(|No { code, status, wait }| {
        let mut response = refusal(core, status, code);
        if status == StatusCode::PRECONDITION_FAILED {
            response.headers_mut().insert("tus-version", HeaderValue::from_static(VERSION));
        }
        if let Some(wait) = wait {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(wait.as_secs() + 1));
        }
        response
    });
    let headers = response.headers_mut();
    headers.insert(RESUMABLE, HeaderValue::from_static(VERSION));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// The HTTP status of a refusal, which is all that many a client looks at.
fn status(code: Code) -> StatusCode {
    match code {
        Code::NoUploadsHere | Code::UnknownUpload => StatusCode::NOT_FOUND,
        Code::UploadGone => StatusCode::GONE,
        Code::UploadTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        Code::UploadType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        Code::TooManyFiles => StatusCode::UNPROCESSABLE_ENTITY,
        Code::TooManyUploads | Code::TooManyEvents => StatusCode::TOO_MANY_REQUESTS,
        Code::UploadOffset | Code::SessionGone => StatusCode::CONFLICT,
        Code::UploadFailed => StatusCode::INTERNAL_SERVER_ERROR,
        Code::ForbiddenOrigin | Code::Unauthorized => StatusCode::FORBIDDEN,
        Code::Silent => StatusCode::REQUEST_TIMEOUT,
        Code::ShuttingDown | Code::AtCapacity => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::BAD_REQUEST,
    }
}

/// Who asks: a page with a session's token, from an origin that may, on the same behalf as before.
async fn asker(core: &Arc<Core>, parts: &Parts) -> Result<Asker, No> {
    if !origin_allowed(&parts.headers, &parts.uri, core) {
        return Err(Code::ForbiddenOrigin.into());
    }
    if parts.headers.get(RESUMABLE).is_none_or(|version| version != VERSION) {
        return Err(No { status: StatusCode::PRECONDITION_FAILED, ..Code::BadUpload.into() });
    }
    let token = parts.headers.get(request::SESSION).and_then(|value| URL_SAFE_NO_PAD.decode(value).ok());
    let session = token.and_then(|token| core.keys.session_of(&token)).ok_or(Code::BadUpload)?;
    match tokio::time::timeout(core.limits.handler_time, core.authorize.run(parts)).await {
        Ok(Ok(principal)) => Ok(Asker { session, principal }),
        Ok(Err(error)) => {
            tracing::debug!(%error, "authorize refused an upload");
            Err(Code::Unauthorized.into())
        }
        Err(_) => Err(Code::AtCapacity.into()),
    }
}

fn number(headers: &HeaderMap, name: &HeaderName) -> Option<u64> {
    headers::number(headers.get(name)?.to_str().ok()?)
}

/// Begins an upload.
async fn begin(core: &Arc<Core>, parts: &Parts) -> Result<Response, No> {
    let asker = asker(core, parts).await?;
    if core.hub.is_draining() {
        return Err(Code::ShuttingDown.into());
    }
    let size = number(&parts.headers, &LENGTH).ok_or(Code::BadUpload)?;
    let metadata = parts.headers.get(METADATA).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let said = Metadata::read(metadata, core.limits.upload_name_bytes).map_err(|why| {
        tracing::debug!(why, "an upload's metadata was refused");
        Code::BadUpload
    })?;
    let session =
        core.hub.session(asker.session).filter(|session| !session.is_over()).ok_or(Code::SessionGone)?;
    if *session.principal() != asker.principal {
        return Err(Code::Unauthorized.into());
    }
    if let Some(wait) = session.charge_upload() {
        return Err(No { wait: Some(wait), ..Code::TooManyEvents.into() });
    }
    let Some(input) = session.input(&said.island, &said.input) else {
        if core.development {
            advise(session.lacks_input(&said.island, &said.input), &said.input);
        }
        return Err(Code::NoUploadsHere.into());
    };
    drop(session);
    let place = input.place().cloned().ok_or(Code::NoUploadsHere)?;
    let transfer = admit(core, asker, said, size, &input, place)?;
    let id = transfer.meta.id;
    // In a task, so that a page that goes does not cut the app's sink short.
    let made = tokio::spawn(make(Arc::clone(core), Arc::clone(&transfer), input));
    made.await.unwrap_or_else(|_| Err(broken(&transfer)))?;
    tell_or_wait(&transfer)?;
    let location = HeaderValue::try_from(format!("/__live/upload/{id}")).map_err(|_| Code::BadUpload)?;
    Ok((StatusCode::CREATED, [(header::LOCATION, location)]).into_response())
}

/// Says once of each name what its island has to call.
fn advise(island: Option<&'static str>, input: &str) {
    let Some(island) = island.filter(|island| notes::first(("no_uploads", island, input))) else { return };
    tracing::warn!(
        island,
        "no input `{input}` is accepted, so its files are refused: call `cx.accept_uploads({input:?}, …)` in `restore`"
    );
}

/// Checks what is said of a file, and gives it its place among the others.
fn admit(
    core: &Core,
    asker: Asker,
    said: Metadata,
    size: u64,
    input: &Arc<Input>,
    place: Place,
) -> Result<Arc<Transfer>, No> {
    let limits = &core.limits;
    if said.replaces.is_some_and(|id| input.done.lock().contains(&id)) {
        // Its page has missed the answer: the file is there, and its entry says so.
        return Err(Code::UploadGone.into());
    }
    let checked = input.accepting.check(&said.name, &said.kind, size, limits.upload_bytes);
    let id = UploadId::random();
    // One that begins again makes room for itself, if it is this page's, or that of a page that is gone.
    let known = said.replaces.and_then(|id| core.hub.uploads.get(id));
    let replaced = known.as_ref().filter(|other| {
        let gone = || core.hub.session(other.session).is_none_or(|session| session.is_over());
        other.principal == asker.principal
            && other.is_of(&place, &said.input)
            && (other.session == asker.session || gone())
    });
    // Another page's goes on, and so does its entry.
    let replaces = if known.is_some() { replaced.map(|other| other.meta.id) } else { said.replaces };
    let meta = UploadMeta { id, input: said.input, name: said.name, kind: said.kind, size };
    let of = (Arc::clone(input), place);
    let transfer = Arc::new(Transfer::new(meta, (asker.session, asker.principal), of, replaces, limits));
    let refused = checked.and_then(|()| core.hub.uploads.add(&transfer, replaced, input, limits)).err();
    match refused {
        None => Ok(transfer),
        // It may come again, and is not to stand in the list each time.
        Some((Code::TooManyUploads, _)) => Err(Code::TooManyUploads.into()),
        Some((code, sentence)) => {
            transfer.end(Outcome::Failed(code, sentence));
            Err(code.into())
        }
    }
}

/// Has the sink make ready. An empty file is whole at once.
async fn make(core: Arc<Core>, transfer: Arc<Transfer>, input: Arc<Input>) -> Result<(), Code> {
    transfer.tell(true);
    let _running = core.hub.uploads.running();
    let begun =
        tokio::time::timeout(core.limits.handler_time, input.accepting.sink.begin(&transfer.meta)).await;
    match begun.unwrap_or_else(|_| Err(Error::internal("the sink took too long to begin"))) {
        Ok(writer) => transfer.put(writer),
        Err(error) => return Err(transfer.fail(&error)),
    }
    if transfer.meta.size == 0 {
        transfer.hold(&core.limits).await?.finish(&core.limits).await?;
    }
    Ok(())
}

/// What there is to ask of an upload that has begun.
async fn go_on_with(
    core: &Arc<Core>,
    id: UploadId,
    method: &Method,
    parts: &Parts,
    body: Body,
) -> Result<Response, No> {
    let asker = asker(core, parts).await?;
    let transfer = core.hub.uploads.get(id);
    let own =
        |transfer: &Arc<Transfer>| transfer.session == asker.session && transfer.principal == asker.principal;
    // Somebody else's is as unknown as one that never was.
    let transfer = transfer.filter(own).ok_or(Code::UnknownUpload)?;
    match *method {
        Method::HEAD => {
            if transfer.is_open() {
                // A request that still writes lets go, so that the number stays true.
                drop(transfer.hold(&core.limits).await?);
            }
            tell_or_wait(&transfer)?;
            let length = [(LENGTH, HeaderValue::from(transfer.meta.size))];
            Ok((length, offset(StatusCode::OK, &transfer)).into_response())
        }
        Method::PATCH => {
            let typed = parts.headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind == PIECE);
            if !typed {
                return Err(Code::UploadType.into());
            }
            if core.hub.is_draining() {
                return Err(Code::ShuttingDown.into());
            }
            let at = number(&parts.headers, &OFFSET).ok_or(Code::BadUpload)?;
            if transfer.is_open() {
                let length = number(&parts.headers, &header::CONTENT_LENGTH);
                write(core, &transfer, at, length, body).await?;
            } else if at != transfer.received() {
                return Err(Code::UploadOffset.into());
            }
            tell_or_wait(&transfer)?;
            Ok(offset(StatusCode::NO_CONTENT, &transfer))
        }
        Method::DELETE => {
            if transfer.end(Outcome::Cancelled) {
                Ok(StatusCode::NO_CONTENT.into_response())
            } else {
                Err(Code::UploadGone.into())
            }
        }
        _ => Err(Code::BadUpload.into()),
    }
}

/// Takes a piece.
async fn write(
    core: &Arc<Core>,
    transfer: &Arc<Transfer>,
    at: u64,
    length: Option<u64>,
    body: Body,
) -> Result<(), Code> {
    let room = (core.limits.upload_piece_bytes as u64).min(transfer.meta.size.saturating_sub(at));
    if length.is_some_and(|length| length > room) {
        return Err(Code::UploadTooLarge);
    }
    let hold = transfer.hold(&core.limits).await?;
    if at != hold.received() {
        return Err(Code::UploadOffset);
    }
    let core = Arc::clone(core);
    let running = core.hub.uploads.running();
    // In a task, so that a connection that breaks does not cut a write short.
    let written = tokio::spawn(async move {
        let _running = running;
        hold.pump(body.into_data_stream(), &core.limits).await
    });
    written.await.unwrap_or_else(|_| Err(broken(transfer))).map(drop)
}

/// Ends an upload whose sink panicked: nobody knows what is there of it.
fn broken(transfer: &Arc<Transfer>) -> Code {
    transfer.fail(&Error::internal("the sink panicked"))
}

/// Says how an upload ended, if it came to nothing. A whole file whose island is away is not done yet: the page asks
/// again when its island is back.
fn tell_or_wait(transfer: &Arc<Transfer>) -> Result<(), Code> {
    match transfer.outcome() {
        None => Ok(()),
        Some(Outcome::Done(_)) => {
            transfer.tell(true);
            if transfer.is_told() { Ok(()) } else { Err(Code::SessionGone) }
        }
        Some(outcome) => Err(outcome.code()),
    }
}

fn offset(status: StatusCode, transfer: &Transfer) -> Response {
    (status, [(OFFSET, HeaderValue::from(transfer.received()))]).into_response()
}
