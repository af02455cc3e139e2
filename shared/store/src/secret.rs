//! Secrets of receivers: one item for each scope that names a receiver, apart from what is read by everybody.
//!
//! Whoever writes a secret need not read one: it is written together with the settings that name the receiver, whose version
//! guards both.

use domain::settings::Scope;
use serde::{Deserialize, Serialize};

use crate::Store;
use crate::doc::{self, Record};
use crate::error::Error;
use crate::expr::Expr;
use crate::keys;
use crate::settings::written;
use crate::table::Write;
use crate::tx::Tx;

#[derive(Serialize, Deserialize)]
struct SecretRecord {
    secret: String,
}

impl Record for SecretRecord {
    const KIND: &'static str = "secret of a receiver";
    const FORMAT: u32 = 1;
}

impl Store {
    /// What messages to the receiver of a scope are signed with, read consistently.
    ///
    /// # Errors
    /// [`Error::Unavailable`], [`Error::Corrupt`].
    pub async fn webhook_secret(&self, scope: Scope) -> Result<Option<String>, Error> {
        let stored = self.load::<SecretRecord>(&keys::webhook_secret(&written(scope))).await?;
        Ok(stored.map(|stored| stored.value.secret))
    }
}

impl Tx<'_> {
    /// Adds what messages to the receiver of a scope are signed with from now on.
    ///
    /// # Errors
    /// [`Error::Corrupt`] when it cannot be written as a record.
    pub fn put_webhook_secret(&mut self, scope: Scope, secret: &str) -> Result<(), Error> {
        self.write_secret(scope, secret, false)
    }

    /// Adds that the secret of a scope is forgotten: nothing of it is left.
    ///
    /// # Errors
    /// As [`Self::put_webhook_secret`].
    pub fn forget_webhook_secret(&mut self, scope: Scope) -> Result<(), Error> {
        self.write_secret(scope, "", true)
    }

    fn write_secret(&mut self, scope: Scope, secret: &str, is_gone: bool) -> Result<(), Error> {
        let key = keys::webhook_secret(&written(scope));
        let mut item = doc::item(&key, &SecretRecord { secret: secret.to_owned() }, 1, self.command())?;
        if is_gone {
            doc::entomb(&mut item, self.now(), false);
        }
        self.plan(SecretRecord::KIND, key, None, Write::Put(item, Expr::default()));
        Ok(())
    }
}
