use std::sync::Mutex;

use aws_config::SdkConfig;
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_types::body::SdkBody;
use aws_types::region::Region;
use bytes::Bytes;
use http_body_util::StreamBody;
use hyper::body::Frame;

use super::*;

/// An S3 that answers what it is told to, and remembers what it was asked.
#[derive(Debug, Clone, Default)]
struct Scripted(Arc<Mutex<Script>>);

#[derive(Debug, Default)]
struct Script {
    answers: Vec<(u16, u64, u64)>,
    /// What is said instead of pieces, for the answers whose lengths they have.
    texts: Vec<&'static str>,
    asked: Vec<String>,
    /// What new objects are labelled with.
    labels: Vec<String>,
    /// Pieces of bodies that were taken from the network.
    taken: u64,
}

/// The length of a piece.
const PIECE: u64 = 1_000;

impl Scripted {
    /// Answers with this status next, tells a length, and sends so many pieces.
    fn answers(self, status: u16, told: u64, pieces: u64) -> Self {
        self.0.lock().unwrap().answers.push((status, told, pieces));
        self
    }

    /// Answers with a text next.
    fn says(self, text: &'static str) -> Self {
        self.0.lock().unwrap().texts.push(text);
        self.answers(200, text.len() as u64, u64::MAX)
    }

    fn objects(&self, endpoint: Option<&str>) -> StoredObjects {
        let mut config = SdkConfig::builder().region(Region::new("eu-central-1")).credentials_provider(
            SharedCredentialsProvider::new(Credentials::new("key", "secret", None, None, "test")),
        );
        config.set_endpoint_url(endpoint.map(str::to_owned));
        s3::reached(&config.build(), "uploads", SharedHttpConnector::new(self.clone())).unwrap()
    }

    fn asked(&self) -> Vec<String> {
        self.0.lock().unwrap().asked.clone()
    }

    fn taken(&self) -> u64 {
        self.0.lock().unwrap().taken
    }

    fn body(&self, pieces: u64) -> SdkBody {
        let script = Arc::clone(&self.0);
        let pieces = futures::stream::iter(0..pieces).map(move |_| {
            script.lock().unwrap().taken += 1;
            Ok::<_, std::io::Error>(Frame::data(Bytes::from(vec![7; PIECE as usize])))
        });
        SdkBody::from_body_1_x(StreamBody::new(pieces))
    }
}

impl HttpConnector for Scripted {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let header = |name: &str| request.headers().get(name).unwrap_or_default().to_owned();
        let (status, told, pieces) = {
            let mut script = self.0.lock().unwrap();
            let authorised =
                request.headers().get("authorization").is_some_and(|held| held.contains("/s3/aws4_request"));
            script.asked.push(format!("{} {} signed={authorised}", request.method(), request.uri()));
            if request.method() == "POST" && request.uri().contains("?uploads") {
                script.labels.push(format!("{} {}", header("content-type"), header("content-disposition")));
            }
            script.answers.remove(0)
        };
        let body = match pieces {
            u64::MAX => SdkBody::from(self.0.lock().unwrap().texts.remove(0)),
            pieces => self.body(pieces),
        };
        let answer = http::Response::builder()
            .status(status)
            .header("content-length", told)
            .header("last-modified", "Thu, 01 Jan 2026 00:00:00 GMT")
            .header("etag", "\"1\"")
            .body(body)
            .unwrap();
        HttpConnectorFuture::ready(Ok(HttpResponse::try_from(answer).unwrap()))
    }
}

#[tokio::test]
async fn an_upload_address_names_the_object_and_ends() {
    let bucket = Scripted::default().objects(None);
    let url = bucket.upload_url("uploads/1", 1, Duration::from_secs(60)).await.unwrap();
    assert!(url.starts_with("https://uploads.s3.eu-central-1.amazonaws.com/uploads/1?"), "{url}");
    assert!(url.contains("X-Amz-Expires=60") && url.contains("X-Amz-Signature="), "{url}");
    assert!(!url.contains("secret"), "{url}");
}

#[tokio::test]
async fn another_endpoint_is_addressed_by_path() {
    let bucket = Scripted::default().objects(Some("http://127.0.0.1:4700"));
    let url = bucket.upload_url("x", 1, Duration::from_secs(60)).await.unwrap();
    assert!(url.starts_with("http://127.0.0.1:4700/uploads/x?"), "{url}");
}

#[tokio::test]
async fn an_object_is_read_whole_up_to_the_limit() {
    let s3 = Scripted::default().answers(200, 3 * PIECE, 3);
    let fetched = s3.objects(None).get("uploads/1", 3 * PIECE).await.unwrap();
    assert_eq!(fetched, Fetched::Whole(vec![7; 3 * PIECE as usize]));
    assert_eq!(s3.asked(), ["GET https://uploads.s3.eu-central-1.amazonaws.com/uploads/1 signed=true"]);
}

#[tokio::test]
async fn an_object_that_says_it_is_too_large_is_not_read() {
    let s3 = Scripted::default().answers(200, 1_000 * PIECE, 1_000);
    assert_eq!(s3.objects(None).get("uploads/1", 3 * PIECE).await.unwrap(), Fetched::TooLarge);
    assert_eq!(s3.taken(), 0);
}

#[tokio::test]
async fn an_object_that_turns_out_too_large_is_read_no_further() {
    let s3 = Scripted::default().answers(200, 3 * PIECE, 1_000);
    assert_eq!(s3.objects(None).get("uploads/1", 3 * PIECE).await.unwrap(), Fetched::TooLarge);
    assert_eq!(s3.taken(), 4, "the piece that goes over the limit is the last");
}

#[tokio::test]
async fn what_is_not_there_is_absent_and_what_may_not_be_read_is_an_error_for_good() {
    let s3 = Scripted::default().answers(404, 0, 0).answers(404, 0, 0).answers(403, 0, 0);
    let bucket = s3.objects(None);
    assert_eq!(bucket.size("uploads/1").await.unwrap(), None);
    assert_eq!(bucket.get("uploads/1", 1).await.unwrap(), Fetched::Absent);
    assert!(!bucket.get("uploads/1", 1).await.unwrap_err().retryable);
}

#[tokio::test(start_paused = true)]
async fn a_server_error_is_met_with_another_try() {
    let s3 = Scripted::default().answers(503, 0, 0).answers(200, PIECE, 1);
    assert_eq!(s3.objects(None).size("uploads/1").await.unwrap(), Some(PIECE));
    assert_eq!(s3.asked().len(), 2);
}

#[tokio::test]
async fn no_key_leaves_the_store() {
    let bucket = Scripted::default().objects(None);
    for key in ["../../etc/passwd", "uploads/../../x", "a//b"] {
        assert!(!bucket.put(key, Vec::new()).await.unwrap_err().retryable, "{key}");
    }
}

const BEGUN: &str = "<InitiateMultipartUploadResult><Bucket>uploads</Bucket><Key>exports/1/June.csv</Key>\
    <UploadId>many</UploadId></InitiateMultipartUploadResult>";
const ENDED: &str = "<CompleteMultipartUploadResult><Location>x</Location><Bucket>uploads</Bucket>\
    <Key>exports/1/June.csv</Key><ETag>\"2\"</ETag></CompleteMultipartUploadResult>";

fn label() -> Label {
    Label { media_type: "text/csv; charset=utf-8", file_name: "June.csv".to_owned() }
}

#[tokio::test]
async fn an_object_grows_in_parts_and_appears_with_its_label_when_it_is_finished() {
    let s3 = Scripted::default().says(BEGUN).answers(200, 0, 0).answers(200, 0, 0).says(ENDED);
    let mut growing = s3.objects(None).begin("exports/1/June.csv", &label()).await.unwrap();
    growing.write(vec![7; 6 << 20]).await.unwrap();
    growing.finish().await.unwrap();
    let asked = s3.asked();
    let place = "https://uploads.s3.eu-central-1.amazonaws.com/exports/1/June.csv?";
    assert_eq!(asked.len(), 4, "{asked:?}");
    assert!(asked.iter().all(|one| one.contains(place) && one.ends_with("signed=true")), "{asked:?}");
    assert!(asked[0].starts_with("POST") && asked[0].contains("?uploads"), "{asked:?}");
    let mut parts: Vec<bool> =
        asked[1..3].iter().map(|one| one.starts_with("PUT") && one.contains("partNumber=2")).collect();
    parts.sort_unstable();
    assert_eq!(parts, [false, true], "{asked:?}");
    assert!(asked[3].starts_with("POST") && asked[3].contains("uploadId=many"), "{asked:?}");
    let labels = s3.0.lock().unwrap().labels.clone();
    assert_eq!(labels, ["text/csv; charset=utf-8 attachment; filename=\"June.csv\""]);
}

#[tokio::test]
async fn an_object_that_is_given_up_is_taken_back() {
    let s3 = Scripted::default().says(BEGUN).answers(204, 0, 0);
    let growing = s3.objects(None).begin("exports/1/June.csv", &label()).await.unwrap();
    growing.abort().await;
    let asked = s3.asked();
    assert!(asked.len() == 2 && asked[1].starts_with("DELETE") && asked[1].contains("uploadId=many"), "{asked:?}");
}

#[tokio::test]
async fn an_object_that_may_not_be_begun_is_an_error_for_good() {
    let s3 = Scripted::default().answers(403, 0, 0);
    let refused = s3.objects(None).begin("exports/1/June.csv", &label()).await.err().unwrap();
    assert!(!refused.retryable, "{refused:?}");
}

#[tokio::test]
async fn a_download_address_names_the_object_and_ends() {
    let bucket = Scripted::default().objects(None);
    let url = bucket.download_url("exports/1/June.csv", Duration::from_secs(300)).await.unwrap();
    assert!(url.starts_with("https://uploads.s3.eu-central-1.amazonaws.com/exports/1/June.csv?"), "{url}");
    assert!(url.contains("X-Amz-Expires=300") && url.contains("X-Amz-Signature="), "{url}");
    assert!(!url.contains("secret"), "{url}");
}
