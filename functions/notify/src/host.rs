//! The mail host of an installation, from the environment.
//!
//! | variable | meaning |
//! |---|---|
//! | `MAIL_HOST` | its name; without one nobody is mailed |
//! | `MAIL_PORT` | its port; 587 when absent |
//! | `MAIL_ENCRYPTION` | `starttls`, `tls` or `none`; the first when absent |
//! | `MAIL_FROM` | whom mails are from, such as `Access reviews <reviews@corp.example>` |
//! | `MAIL_LOGIN` | the name of a secret of Secrets Manager with `username` and `password`; absent where the host asks for none |

use std::sync::Arc;

use app::deps::{Mailer, Soon};
use aws_config::SdkConfig;
use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::error::ProvideErrorMetadata;
use post::{Encryption, Host, Login, LoginError, Sender, Smtp};
use runtime::bootstrap::{SettingError, setting};
use serde::Deserialize;

/// The way to people's mailboxes; `None` where the installation has no mail host.
///
/// # Errors
/// The first variable that is missing or unusable.
pub fn mailer(config: &SdkConfig) -> Result<Option<Arc<dyn Mailer>>, SettingError> {
    let secret = |name| Arc::new(Secret { client: Client::new(config), name }) as Arc<dyn Login>;
    Ok(smtp(setting, secret)?.map(|smtp| Arc::new(smtp) as Arc<dyn Mailer>))
}

fn smtp(
    setting: impl Fn(&str) -> Option<String>,
    login: impl Fn(String) -> Arc<dyn Login>,
) -> Result<Option<Smtp>, SettingError> {
    let Some(name) = setting("MAIL_HOST") else { return Ok(None) };
    let port = setting("MAIL_PORT").map_or(Ok(587), |port| port.parse().map_err(|_| SettingError("MAIL_PORT")))?;
    let encryption = setting("MAIL_ENCRYPTION");
    let encryption = encryption.map_or(Some(Encryption::StartTls), |word| Encryption::of(&word));
    let encryption = encryption.ok_or(SettingError("MAIL_ENCRYPTION"))?;
    let from = setting("MAIL_FROM").and_then(|from| Sender::parse(&from).ok()).ok_or(SettingError("MAIL_FROM"))?;
    // A password that would never be sent.
    let secret = setting("MAIL_LOGIN");
    if secret.is_some() && encryption == Encryption::None {
        return Err(SettingError("MAIL_ENCRYPTION"));
    }
    let login = secret.map(login);
    Ok(Some(Smtp::new(Host { name, port, encryption, login }, from)))
}

/// A login in Secrets Manager, which is asked for each mail: what was rotated counts at once.
struct Secret {
    client: Client,
    name: String,
}

/// What the secret says.
#[derive(Deserialize)]
struct Pair {
    username: String,
    password: String,
}

impl Secret {
    async fn ask(&self) -> Result<(String, String), LoginError> {
        let answer = self.client.get_secret_value().secret_id(&self.name).send().await;
        let refused = |code: Option<&str>| LoginError(code.unwrap_or("no answer").to_owned());
        let answer = answer.map_err(|error| refused(error.code()))?;
        read(answer.secret_string().unwrap_or_default())
    }
}

/// User and password in the text of a secret. What the text says stands in no message.
fn read(text: &str) -> Result<(String, String), LoginError> {
    let pair: Result<Pair, _> = serde_json::from_str(text);
    let Pair { username, password } =
        pair.map_err(|_| LoginError("the secret is no JSON object with `username` and `password`".to_owned()))?;
    Ok((username, password))
}

impl Login for Secret {
    fn read(&self) -> Soon<'_, Result<(String, String), LoginError>> {
        Box::pin(self.ask())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOUND: [(&str, &str); 2] = [("MAIL_HOST", "mail.corp.example"), ("MAIL_FROM", "reviews@corp.example")];

    struct Nobody;

    impl Login for Nobody {
        fn read(&self) -> Soon<'_, Result<(String, String), LoginError>> {
            Box::pin(async { Err(LoginError("nobody".to_owned())) })
        }
    }

    fn of(more: &[(&str, &str)]) -> Result<Option<Smtp>, SettingError> {
        let all: Vec<(&str, &str)> = more.iter().chain(&SOUND).copied().collect();
        let value = |name: &str| all.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
        smtp(|name| value(name).filter(|value| !value.is_empty()), |_| Arc::new(Nobody))
    }

    #[test]
    fn an_installation_without_a_mail_host_mails_nobody() {
        assert!(of(&[("MAIL_HOST", "")]).unwrap().is_none());
        let sound = format!("{:?}", of(&[]).unwrap().unwrap());
        assert!(sound.contains("mail.corp.example:587 (StartTls)"), "{sound}");
        assert!(of(&[("MAIL_LOGIN", "access-review/mail"), ("MAIL_ENCRYPTION", "tls")]).is_ok());
    }

    #[test]
    fn better_no_start_than_mails_by_half_a_setting() {
        for wrong in [
            [("MAIL_FROM", "")].as_slice(),
            &[("MAIL_FROM", "somebody")],
            &[("MAIL_PORT", "smtp")],
            &[("MAIL_ENCRYPTION", "perhaps")],
            &[("MAIL_LOGIN", "access-review/mail"), ("MAIL_ENCRYPTION", "none")],
        ] {
            assert!(of(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn a_secret_says_who_and_by_which_password_and_no_message_repeats_it() {
        let pair = ("AKIA".to_owned(), "pass".to_owned());
        assert_eq!(read(r#"{"username":"AKIA","password":"pass","other":1}"#).unwrap(), pair);
        for text in ["", "pass", r#"{"username":"AKIA"}"#, r#"{"username":1,"password":"pass"}"#] {
            let error = read(text).unwrap_err().to_string();
            assert!(!error.contains("pass\"") && !error.contains("AKIA"), "{error}");
        }
    }
}
