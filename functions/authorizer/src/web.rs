//! The issuer's documents over HTTP, by the client that the AWS SDK links anyway: no other TLS, no redirects, no cookies.

use authn::documents::{Documents, MAX_DOCUMENT_BYTES, Soon};
use aws_smithy_http_client::default_connector;
use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorSettings, SharedHttpConnector};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use http_body_util::BodyExt;

/// The client was built without TLS.
#[derive(Debug)]
pub struct NoTls;

impl std::fmt::Display for NoTls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("this build has no TLS to reach an issuer with")
    }
}

impl std::error::Error for NoTls {}

/// Documents over HTTP.
#[derive(Debug, Clone)]
pub struct Web {
    connector: SharedHttpConnector,
}

impl Web {
    /// A client that has connected to nobody yet. Certificates are checked against those that the system trusts.
    ///
    /// # Errors
    /// [`NoTls`], which a build of this workspace never is.
    #[expect(clippy::disallowed_methods, reason = "the issuer of tokens may show a certificate of any authority")]
    pub fn new() -> Result<Self, NoTls> {
        // Who waits for a document limits the time; the connection needs no limit of its own.
        default_connector(&HttpConnectorSettings::default(), None).map(|connector| Self { connector }).ok_or(NoTls)
    }

    async fn fetch(&self, url: &str) -> Result<Vec<u8>, String> {
        let mut request = HttpRequest::new(SdkBody::empty());
        request.set_uri(url).map_err(|error| error.to_string())?;
        request.headers_mut().insert("accept", "application/json");
        let response = self.connector.call(request).await.map_err(|error| error.to_string())?;
        let status = response.status().as_u16();
        if status != 200 {
            return Err(format!("answered {status}"));
        }
        let mut body = response.into_body();
        let mut bytes = Vec::new();
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|error| error.to_string())?;
            bytes.extend_from_slice(frame.data_ref().map(|data| &**data).unwrap_or_default());
            if bytes.len() > MAX_DOCUMENT_BYTES {
                return Err(format!("is larger than {MAX_DOCUMENT_BYTES} bytes"));
            }
        }
        Ok(bytes)
    }
}

impl Documents for Web {
    fn get<'a>(&'a self, url: &'a str) -> Soon<'a, Result<Vec<u8>, String>> {
        Box::pin(self.fetch(url))
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;

    /// A server on this machine that answers one request with these bytes again and again until the client is gone, or
    /// once when they are to end; answers its address.
    async fn server(head: &'static str, body: Vec<u8>, is_endless: bool) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/jwks.json", listener.local_addr().unwrap());
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = [0; 4096];
            let _ = stream.read(&mut request).await;
            let mut sent = stream.write_all(format!("HTTP/1.1 {head}\r\nconnection: close\r\n\r\n").as_bytes()).await;
            while sent.is_ok() {
                sent = stream.write_all(&body).await;
                if !is_endless {
                    return;
                }
            }
        });
        url
    }

    #[tokio::test]
    async fn a_document_is_read_whole() {
        let web = Web::new().unwrap();
        for bytes in [0, 1, MAX_DOCUMENT_BYTES] {
            let url = server("200 OK", vec![b'x'; bytes], false).await;
            assert_eq!(web.get(&url).await.map(|body| body.len()), Ok(bytes));
        }
    }

    #[tokio::test]
    async fn a_document_without_end_is_given_up_at_the_limit() {
        let web = Web::new().unwrap();
        let too_large = Err("is larger than 150000 bytes".to_owned());
        let url = server("200 OK", vec![b'x'; MAX_DOCUMENT_BYTES + 1], false).await;
        assert_eq!(web.get(&url).await, too_large);
        let url = server("200 OK", vec![b'x'; 8192], true).await;
        assert_eq!(web.get(&url).await, too_large);
    }

    #[tokio::test]
    async fn a_redirect_is_not_followed_and_an_error_is_no_document() {
        let web = Web::new().unwrap();
        let elsewhere = server("200 OK", b"{}".to_vec(), false).await;
        let head: &'static str = Box::leak(format!("302 Found\r\nlocation: {elsewhere}").into_boxed_str());
        let url = server(head, Vec::new(), false).await;
        assert_eq!(web.get(&url).await, Err("answered 302".to_owned()));
        let url = server("503 Service Unavailable", b"{\"keys\":[]}".to_vec(), false).await;
        assert_eq!(web.get(&url).await, Err("answered 503".to_owned()));
    }

    #[tokio::test]
    async fn nobody_there_is_an_error_in_words() {
        let web = Web::new().unwrap();
        let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
        let error = web.get(&format!("http://{free}/jwks.json")).await.unwrap_err();
        assert!(!error.is_empty());
        assert!(web.get("no address").await.is_err());
    }
}
