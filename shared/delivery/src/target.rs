//! Where messages may go.

use std::net::IpAddr;

use url::{Host, Url};

use crate::address::is_public;

/// Characters of an address.
pub const MAX_CHARS: usize = 2_000;
/// Ports that receivers listen on.
const PORTS: [u16; 2] = [443, 8_443];
/// Names that never mean a machine of the public internet, with whatever stands before them.
const INWARD: [&str; 9] =
    ["localhost", "local", "internal", "intranet", "lan", "home", "corp", "home.arpa", "localdomain"];

/// How far messages may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Reach {
    /// To the public internet, by TLS.
    #[default]
    Public,
    /// Also to machines of private networks and to this one, without TLS and on any port: for an installation whose
    /// receivers stand there, and for the local stack.
    Anywhere,
}

/// An address that messages may go to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    url: Url,
}

/// Why an address cannot be the target of messages. Said to whoever sets it: it names no machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    /// No address.
    #[error("must be an absolute URL of at most 2000 characters")]
    Form,
    /// Not by TLS.
    #[error("must begin with https://")]
    Scheme,
    /// A name and password would be stored and sent for anybody to read.
    #[error("must not hold a user name or password")]
    Credentials,
    /// A port that serves something else.
    #[error("must use port 443 or 8443")]
    Port,
    /// A machine that is not of the public internet.
    #[error("must name a host of the public internet")]
    Host,
}

impl Target {
    /// Reads and checks an address.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str, reach: Reach) -> Result<Self, TargetError> {
        if text.chars().count() > MAX_CHARS {
            return Err(TargetError::Form);
        }
        let url = Url::parse(text).map_err(|_| TargetError::Form)?;
        match (url.scheme(), reach) {
            ("https", _) | ("http", Reach::Anywhere) => {}
            _ => return Err(TargetError::Scheme),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(TargetError::Credentials);
        }
        let host = url.host().ok_or(TargetError::Form)?;
        if reach == Reach::Public {
            if !url.port_or_known_default().is_some_and(|port| PORTS.contains(&port)) {
                return Err(TargetError::Port);
            }
            if !may_be_public(&host) {
                return Err(TargetError::Host);
            }
        }
        Ok(Self { url })
    }

    /// The address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.url.as_str()
    }
}

/// What a name resolves to is checked when it is used; here, what can be told from the text.
fn may_be_public(host: &Host<&str>) -> bool {
    match host {
        Host::Ipv4(address) => is_public(IpAddr::V4(*address)),
        Host::Ipv6(address) => is_public(IpAddr::V6(*address)),
        Host::Domain(name) => {
            let name = name.trim_end_matches('.');
            let is_inward =
                |inward: &&str| name.strip_suffix(*inward).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
            name.contains('.') && !INWARD.iter().any(is_inward)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_of_the_public_internet_is_a_target() {
        for url in [
            "https://hooks.example.com/reviews?x=1",
            "https://hooks.example.com:8443/",
            "HTTPS://HOOKS.example.com",
            "https://1.1.1.1/",
            "https://[2606:4700::1111]/",
            "https://bücher.example.com/",
            "https://hooks.example.com./",
        ] {
            assert!(Target::parse(url, Reach::Public).is_ok(), "{url}");
        }
    }

    #[test]
    fn what_leads_inward_is_refused_however_it_is_written() {
        use TargetError::{Credentials, Form, Host, Port, Scheme};
        let long = format!("https://hooks.example.com/{}", "a".repeat(MAX_CHARS));
        let refused = [
            ("", Form),
            ("hooks.example.com", Form),
            ("/relative", Form),
            ("https://", Form),
            ("https:///path", Host),
            (long.as_str(), Form),
            ("http://hooks.example.com/", Scheme),
            ("ftp://hooks.example.com/", Scheme),
            ("file:///etc/passwd", Scheme),
            ("gopher://hooks.example.com/", Scheme),
            ("data:text/plain,x", Scheme),
            ("javascript:alert(1)", Scheme),
            ("https://user@hooks.example.com/", Credentials),
            ("https://user:password@hooks.example.com/", Credentials),
            ("https://hooks.example.com@127.0.0.1/", Credentials),
            ("https://hooks.example.com:80/", Port),
            ("https://hooks.example.com:22/", Port),
            ("https://hooks.example.com:6379/", Port),
            ("https://127.0.0.1/", Host),
            ("https://127.1/", Host),
            ("https://2130706433/", Host),
            ("https://0x7f000001/", Host),
            ("https://0x7f.0x0.0x0.0x1/", Host),
            ("https://0177.0.0.1/", Host),
            ("https://017700000001/", Host),
            ("https://1.0.0.127.in-addr.local/", Host),
            ("https://0/", Host),
            ("https://0.0.0.0/", Host),
            ("https://10.1.2.3/", Host),
            ("https://172.16.0.1/", Host),
            ("https://192.168.1.1/", Host),
            ("https://100.64.0.1/", Host),
            ("https://169.254.169.254/latest/meta-data/", Host),
            ("https://169.254.170.2/v2/credentials", Host),
            ("https://2852039166/", Host),
            ("https://[::1]/", Host),
            ("https://[::]/", Host),
            ("https://[::ffff:127.0.0.1]/", Host),
            ("https://[::ffff:a9fe:a9fe]/", Host),
            ("https://[fd00:ec2::254]/", Host),
            ("https://[fe80::1]/", Host),
            ("https://[64:ff9b::7f00:1]/", Host),
            ("https://[ff02::1]/", Host),
            ("https://localhost/", Host),
            ("https://LOCALHOST/", Host),
            ("https://localhost./", Host),
            ("https://db.localhost/", Host),
            ("https://printer.local/", Host),
            ("https://metadata.google.internal/", Host),
            ("https://ip-10-0-0-1.ec2.internal/", Host),
            ("https://router.home.arpa/", Host),
            ("https://wiki.corp/", Host),
            ("https://intranet/", Host),
            ("https://\u{ff11}27.0.0.1/", Host),
            ("https://①②⑦.⓪.⓪.①/", Host),
            ("https://%31%32%37.0.0.1/", Host),
            ("https://127。0。0。1/", Host),
            ("https://1\t27.0.0.1/", Host),
        ];
        for (url, why) in refused {
            assert_eq!(Target::parse(url, Reach::Public), Err(why), "{url}");
        }
    }

    #[test]
    fn a_name_that_only_ends_like_an_inward_one_is_public() {
        for url in ["https://mylocal.example.com/", "https://internal.example.com/", "https://notlocal.com/"] {
            assert!(Target::parse(url, Reach::Public).is_ok(), "{url}");
        }
    }

    #[test]
    fn anywhere_still_needs_a_web_address_without_credentials() {
        assert!(Target::parse("http://127.0.0.1:9000/hook", Reach::Anywhere).is_ok());
        assert_eq!(Target::parse("ftp://127.0.0.1/", Reach::Anywhere), Err(TargetError::Scheme));
        assert_eq!(Target::parse("http://a:b@127.0.0.1/", Reach::Anywhere), Err(TargetError::Credentials));
    }
}
