//! Which certificate authorities a function believes when it speaks to AWS.
//!
//! Reading all that the machine trusts is four fifths of the instructions of a start: some 140 certificates as text, of
//! which the services of AWS need five. Those are compiled in, the roots that Amazon Trust Services asks whoever keeps a
//! list of their own to hold. Where AWS answers with others (its regions in China and the isolated ones), the machine's
//! are read, and `AWS_CA_BUNDLE` names a file to trust instead: a network that opens TLS, an emulator.

use std::io;

use aws_smithy_http_client::tls::{TlsContext, TrustStore};

/// The roots of Amazon Trust Services, in the order of their repository.
const AMAZON: &[u8] = include_bytes!("trust/amazon.pem");
/// Regions whose services show certificates of other authorities.
const ELSEWHERE: [&str; 3] = ["cn-", "us-iso", "eu-iso"];

/// Whom to believe.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Authorities {
    /// Those in this text of PEM.
    These(Vec<u8>),
    /// Those of the machine.
    OfTheMachine,
}

impl Authorities {
    fn of(region: &str, bundle: Option<Vec<u8>>) -> Self {
        match bundle {
            Some(pem) => Self::These(pem),
            None if ELSEWHERE.iter().any(|elsewhere| region.starts_with(elsewhere)) => Self::OfTheMachine,
            None => Self::These(AMAZON.to_vec()),
        }
    }

    fn store(self) -> TrustStore {
        match self {
            Self::These(pem) => TrustStore::empty().with_pem_certificate(pem),
            Self::OfTheMachine => TrustStore::empty().with_native_roots(true),
        }
    }
}

/// What connections to AWS in `region` are checked against; `bundle` is the path of a file of PEM to trust instead.
///
/// # Errors
/// When the file cannot be read, or holds no certificate.
pub(crate) fn context(region: &str, bundle: Option<&str>) -> io::Result<TlsContext> {
    let bundle = bundle.map(certificates).transpose()?;
    let store = Authorities::of(region, bundle).store();
    TlsContext::builder().with_trust_store(store).build().map_err(io::Error::other)
}

fn certificates(path: &str) -> io::Result<Vec<u8>> {
    let pem = std::fs::read(path)?;
    let begin = b"-----BEGIN CERTIFICATE-----";
    if pem.windows(begin.len()).any(|window| window == begin) {
        return Ok(pem);
    }
    Err(io::Error::new(io::ErrorKind::InvalidData, "it holds no certificate"))
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use sha2::{Digest, Sha256};

    use super::*;

    #[test]
    fn the_roots_are_those_that_amazon_publishes() {
        let text = str::from_utf8(AMAZON).unwrap();
        let bodies = text.split("-----BEGIN CERTIFICATE-----").skip(1);
        let prints: Vec<String> = bodies
            .map(|body| {
                let lines = body.split("-----END").next().unwrap();
                let der = STANDARD.decode(lines.split_whitespace().collect::<String>()).unwrap();
                Sha256::digest(der).iter().map(|byte| format!("{byte:02x}")).collect()
            })
            .collect();
        let published = [
            "8ecde6884f3d87b1125ba31ac3fcb13d7016de7f57cc904fe1cb97c6ae98196e",
            "1ba5b2aa8c65401a82960118f80bec4f62304d83cec4713a19c39c011ea46db4",
            "18ce6cfe7bf14e60b2e347b8dfe868cb31d02ebb3ada271569f50343b46db3a4",
            "e35d28419ed02025cfa69038cd623962458da5c695fbdea3c22b0bfb25897092",
            "568d6905a2c88708a4b3025190edcfedb1974a606a13c6e5290fcb2ae63edab5",
        ];
        assert_eq!(prints, published);
    }

    #[test]
    fn a_region_decides_whom_to_believe_and_a_bundle_over_it() {
        for region in ["us-east-1", "us-gov-west-1", "eusc-de-east-1"] {
            assert_eq!(Authorities::of(region, None), Authorities::These(AMAZON.to_vec()), "{region}");
        }
        for region in ["cn-north-1", "us-iso-east-1", "us-isob-east-1", "eu-isoe-west-1"] {
            assert_eq!(Authorities::of(region, None), Authorities::OfTheMachine, "{region}");
        }
        let bundle = b"a bundle".to_vec();
        assert_eq!(Authorities::of("cn-north-1", Some(bundle.clone())), Authorities::These(bundle));
    }

    #[test]
    fn a_bundle_without_a_certificate_ends_the_start() {
        let missing = context("us-east-1", Some("/nowhere/bundle.pem"));
        assert_eq!(missing.unwrap_err().kind(), io::ErrorKind::NotFound);
        let empty = context("us-east-1", Some("/dev/null"));
        assert_eq!(empty.unwrap_err().kind(), io::ErrorKind::InvalidData);
    }
}
