//! The listening socket: loopback only, requests to the gateway, uploads to the object store.

use std::convert::Infallible;
use std::sync::Arc;

use aws_sdk_sqs::Client;
use bytes::{Bytes, BytesMut};
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use http::{HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::GracefulShutdown;
use issuer::Issuer;
use object_store::WriteMultipart;
use object_store::path::Path;
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::gateway::{Gateway, MAX_REQUEST_BYTES};
use crate::objects::{self, Directory, Upload};
use crate::oidc;

/// How much of a request that is too large is read before the connection is closed.
const MOST_DISCARDED_BYTES: usize = 64 << 20;
/// How long requests under way may take when the server stops.
const GRACE: std::time::Duration = std::time::Duration::from_secs(10);

/// Everything that a request may reach.
pub(crate) struct Server {
    pub(crate) gateway: Gateway,
    pub(crate) objects: Directory,
    pub(crate) issuer: Arc<Issuer>,
    pub(crate) queues: Client,
    /// Address of the queue that hears of new uploads.
    pub(crate) uploads_queue: String,
}

impl Server {
    /// Serves until `stop` turns true, then lets what is under way finish.
    pub(crate) async fn run(self: Arc<Self>, listener: TcpListener, mut stop: watch::Receiver<bool>) {
        let builder = Builder::new(TokioExecutor::new());
        let graceful = GracefulShutdown::new();
        loop {
            let accepted = tokio::select! {
                _ = stop.changed() => break,
                accepted = listener.accept() => accepted,
            };
            let Ok((stream, _)) = accepted else { continue };
            // A response goes out at once, however small.
            let _ = stream.set_nodelay(true);
            let server = Arc::clone(&self);
            let service = service_fn(move |request| {
                let server = Arc::clone(&server);
                async move { Ok::<_, Infallible>(server.answer(request).await.map(Full::new)) }
            });
            let connection = builder.serve_connection(TokioIo::new(stream), service).into_owned();
            let connection = graceful.watch(connection);
            tokio::spawn(async move {
                // A client that went away is no event.
                let _ = connection.await;
            });
        }
        let _ = tokio::time::timeout(GRACE, graceful.shutdown()).await;
    }

    async fn answer(&self, request: Request<Incoming>) -> Response<Bytes> {
        if request.uri().path().starts_with(objects::PREFIX) {
            return self.upload(request).await;
        }
        if request.uri().path().starts_with(objects::DOWNLOADS) {
            return self.download(&request).await;
        }
        if request.uri().path().starts_with(oidc::PREFIX) {
            return oidc::answer(&self.issuer, request.method(), request.uri().path());
        }
        let (parts, body) = request.into_parts();
        match read(body).await {
            Ok(Some(body)) => self.gateway.answer(Request::from_parts(parts, body)).await,
            Ok(None) => self.gateway.too_large(parts.uri.path()),
            // The client went away in the middle.
            Err(_) => status(StatusCode::BAD_REQUEST),
        }
    }

    /// Takes an object in, as an object store does with a presigned `PUT`.
    async fn upload(&self, request: Request<Incoming>) -> Response<Bytes> {
        if request.method() != Method::PUT {
            return status(StatusCode::METHOD_NOT_ALLOWED);
        }
        let admitted = self.objects.admitted(request.uri().path(), request.uri().query().unwrap_or_default());
        let Some(upload) = admitted else { return status(StatusCode::FORBIDDEN) };
        match self.store(&upload, request.into_body()).await {
            Ok(size) => {
                self.notify(&upload.place, size).await;
                status(StatusCode::OK)
            }
            Err(refusal) => status(refusal),
        }
    }

    /// Hands an object out, as an object store does with a presigned `GET`.
    async fn download(&self, request: &Request<Incoming>) -> Response<Bytes> {
        if request.method() != Method::GET {
            return status(StatusCode::METHOD_NOT_ALLOWED);
        }
        let place = self.objects.fetched(request.uri().path(), request.uri().query().unwrap_or_default());
        let Some(place) = place else { return status(StatusCode::FORBIDDEN) };
        match self.objects.read(&place).await {
            Ok(bytes) => {
                let mut response = Response::new(bytes);
                let file = format!("attachment; filename=\"{}\"", place.filename().unwrap_or_default());
                let headers = response.headers_mut();
                headers.insert(CONTENT_TYPE, HeaderValue::from_static(objects::media_type(&place)));
                headers.extend(HeaderValue::try_from(file).ok().map(|file| (CONTENT_DISPOSITION, file)));
                response
            }
            Err(object_store::Error::NotFound { .. }) => status(StatusCode::NOT_FOUND),
            Err(error) => {
                tracing::error!(%error, "a file could not be read");
                status(StatusCode::INTERNAL_SERVER_ERROR)
            }
        }
    }

    /// Writes a body as an object, which appears whole or not at all.
    async fn store(&self, upload: &Upload, body: Incoming) -> Result<u64, StatusCode> {
        let mut object = self.objects.begin(&upload.place).await.map_err(unwritten)?;
        match copied(body, upload.max_bytes, &mut object).await {
            Ok(size) => object.finish().await.map(|_| size).map_err(unwritten),
            Err(refusal) => {
                let _ = object.abort().await;
                Err(refusal)
            }
        }
    }

    async fn notify(&self, place: &Path, size: u64) {
        let body = objects::notification(place, size, self.gateway.now());
        let sent = self.queues.send_message().queue_url(&self.uploads_queue).message_body(body).send().await;
        if let Err(error) = sent {
            tracing::error!(error = crate::Error::of(error).to_string(), "nobody heard of an upload");
        }
    }
}

/// Copies a body of at most `max_bytes`; answers how long it is.
async fn copied(mut body: Incoming, max_bytes: u64, object: &mut WriteMultipart) -> Result<u64, StatusCode> {
    let mut size = 0;
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(|_| StatusCode::BAD_REQUEST)?.into_data() else { continue };
        size += data.len() as u64;
        if size > max_bytes {
            return Err(StatusCode::PAYLOAD_TOO_LARGE);
        }
        object.wait_for_capacity(1).await.map_err(unwritten)?;
        object.put(data);
    }
    Ok(size)
}

fn unwritten(error: object_store::Error) -> StatusCode {
    tracing::error!(%error, "an upload could not be written");
    StatusCode::INTERNAL_SERVER_ERROR
}

/// A whole body, or `None` when it is larger than the gateway reads. What is too much is read all the same, within reason,
/// because a client that is still sending does not see an answer.
async fn read(mut body: Incoming) -> Result<Option<Bytes>, hyper::Error> {
    let mut held = BytesMut::new();
    let mut size = 0;
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame?.into_data() else { continue };
        size += data.len();
        if size <= MAX_REQUEST_BYTES {
            held.extend_from_slice(&data);
        } else if size > MOST_DISCARDED_BYTES {
            break;
        }
    }
    Ok((size <= MAX_REQUEST_BYTES).then(|| held.freeze()))
}

fn status(status: StatusCode) -> Response<Bytes> {
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = status;
    response
}
