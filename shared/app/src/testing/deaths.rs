//! Functions that die at any call, and are started again.

use engine::{Crash, simulate};

use super::stand::Stand;
use crate::deps::Message;

/// Delivers a message, and those that follow from it, until they are done, as a queue would: after a crash the process is
/// started again.
pub(crate) async fn deliver_to_the_end(stand: &Stand, message: Message) {
    let mut messages = vec![message];
    while let Some(message) = messages.pop() {
        for _ in 0..20 {
            let done = stand.deliver(&message).await.is_ok();
            stand.engine.revive_if_dead();
            if done {
                break;
            }
        }
        messages.extend(stand.queue.take());
    }
}

/// That the table comes out the same whatever call the worker of a message dies at.
pub(crate) fn survives_death_at_any_call(asked: impl AsyncFn() -> (Stand, Message)) {
    let (original, message) = simulate(1, asked());
    same_table_whatever_dies(&original, async |stand| deliver_to_the_end(stand, message.clone()).await);
}

/// That the table comes out the same whatever call something dies at that goes on until everything is done, and that has
/// to revive what died itself.
pub(crate) fn same_table_whatever_dies(original: &Stand, done: impl AsyncFn(&Stand)) {
    same_whatever_dies(original, done, Stand::dump);
}

/// The same of what `view` shows of it.
pub(crate) fn same_whatever_dies(original: &Stand, done: impl AsyncFn(&Stand), view: impl Fn(&Stand) -> String) {
    let (expected, calls) = simulate(1, async {
        let stand = original.copied();
        let before = stand.engine.calls();
        done(&stand).await;
        (view(&stand), stand.engine.calls() - before)
    });
    assert!(calls > 6, "{calls}");
    for call in 1..=calls {
        for crash in [Crash::After(call - 1), Crash::During(call)] {
            let seen = simulate(call, async {
                let stand = original.copied();
                stand.engine.crash(crash);
                done(&stand).await;
                view(&stand)
            });
            let differs = expected.lines().zip(seen.lines()).find(|(one, other)| one != other);
            assert!(seen == expected, "{crash:?} of {calls} leaves another table: {differs:?}");
        }
    }
}
