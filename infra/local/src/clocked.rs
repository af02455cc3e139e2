//! The timers of the template.

use std::sync::Arc;
use std::time::Duration;

use app::deps::Deps;
use aws_lambda_events::event::eventbridge::EventBridgeEvent;
use engine::Engine;
use jiff::Timestamp;
use lambda_runtime::LambdaEvent;
use serde_json::{Value, json};
use tokio::sync::watch;

use crate::functions::ScheduleHandler;
use crate::gateway::context;
use crate::rhythm::Rhythm;

/// So long is waited for a time of the calendar before the clock is looked at again.
const LONGEST_WAIT: Duration = Duration::from_secs(20);

/// A function that is called again and again.
pub(crate) struct Clocked {
    pub(crate) rhythm: Rhythm,
    pub(crate) timeout: Duration,
    pub(crate) deps: Arc<Deps>,
    pub(crate) engine: Engine,
    pub(crate) handler: ScheduleHandler,
}

impl Clocked {
    /// Calls the function as its rhythm says, until `stop` turns true. A call that comes too late is not made up for.
    pub(crate) async fn run(self, mut stop: watch::Receiver<bool>) {
        match &self.rhythm {
            Rhythm::Every(every) => {
                let mut ticks = tokio::time::interval(*every);
                ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
                loop {
                    tokio::select! {
                        _ = stop.changed() => return,
                        _ = ticks.tick() => self.call().await,
                    }
                }
            }
            Rhythm::At(cron) => {
                while let Some(at) = cron.next(self.deps.clock.now()) {
                    tokio::select! {
                        _ = stop.changed() => return,
                        () = self.wait_for(at) => self.call().await,
                    }
                }
            }
        }
    }

    /// Comes back when it is time. Clocks are put right: none is trusted for longer than a while.
    async fn wait_for(&self, at: Timestamp) {
        while let Ok(left) = Duration::try_from(at.duration_since(self.deps.clock.now())) {
            if left.is_zero() {
                return;
            }
            tokio::time::sleep(left.min(LONGEST_WAIT)).await;
        }
    }

    async fn call(&self) {
        if let Err(error) = self.engine.sweep_expired() {
            tracing::warn!(%error, "expired items stay");
        }
        let Ok(event) = serde_json::from_value::<EventBridgeEvent<Value>>(event(&self.deps)) else { return };
        let context = context(&self.deps, self.timeout);
        let called = (self.handler)(Arc::clone(&self.deps), LambdaEvent::new(event, context));
        match tokio::time::timeout(self.timeout, called).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(%error, "a scheduled call failed; the next tick tries again"),
            Err(_) => tracing::warn!("a scheduled call took longer than its timeout"),
        }
    }
}

fn event(deps: &Deps) -> Value {
    json!({
        "version": "0",
        "id": deps.ids.uuid().to_string(),
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": "000000000000",
        "time": deps.clock.now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        "region": "us-east-1",
        "resources": ["arn:aws:events:us-east-1:000000000000:rule/every-minute"],
        "detail": {},
    })
}
