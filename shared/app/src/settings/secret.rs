//! What messages to a receiver are signed with. It is written together with the settings that name the receiver, and stands
//! where only those who sign can read it.

use domain::ids::WorkflowId;
use domain::settings::{Scope, Value};
use domain::webhook::{Signing, Webhook};
use jiff::Timestamp;
use store::tx::Tx;

use crate::call::Call;
use crate::deps::Deps;
use crate::error::Error;

/// A value as it is stored, and the secret that came with it.
pub(super) fn apart(value: Value) -> (Value, Option<String>) {
    match value {
        Value::Webhook(Some(Webhook { signing: Signing::With(secret), url, occasions, enabled })) => {
            (Value::Webhook(Some(Webhook { signing: Signing::Stored, url, occasions, enabled })), Some(secret))
        }
        value => (value, None),
    }
}

/// Adds to a change of a scope's value from `before` to `after` what becomes of its secret. It is never shown, so that whoever
/// changes the rest cannot send it again: where none comes along, the one that is stored stays.
///
/// # Errors
/// [`Error::Invalid`] where none is stored to stay.
pub(super) fn follow(
    tx: &mut Tx<'_>,
    scope: Scope,
    before: Option<&Value>,
    after: Option<&Value>,
    secret: Option<&str>,
) -> Result<(), Error> {
    let names_receiver = |value: Option<&Value>| matches!(value, Some(Value::Webhook(Some(_))));
    match (names_receiver(before), names_receiver(after), secret) {
        (_, true, Some(secret)) => Ok(tx.put_webhook_secret(scope, secret)?),
        (false, true, None) => Err(Error::invalid("value.secret", "is required: none is stored for this receiver")),
        (true, false, _) => Ok(tx.forget_webhook_secret(scope)?),
        (true, true, None) | (false, false, _) => Ok(()),
    }
}

/// Forgets what messages to the receiver of a deleted workflow were signed with; `at` is when it was deleted. Whoever deletes
/// a workflow may not touch secrets, so that this comes after.
///
/// # Errors
/// [`Error::Unavailable`]; the same may be tried again.
pub async fn forget(deps: &Deps, workflow: WorkflowId, at: Timestamp) -> Result<(), Error> {
    if deps.store.webhook_secret(Some(workflow)).await?.is_none() {
        return Ok(());
    }
    let call = Call::by_itself("forget a secret", workflow.uuid(), at, deps.clock.now());
    let mut tx = deps.store.write(call.command, call.now);
    tx.forget_webhook_secret(Some(workflow))?;
    let _nothing_to_send = tx.commit().await?;
    Ok(())
}
