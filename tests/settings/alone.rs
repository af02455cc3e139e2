//! Having all settings to oneself.

use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};

use crate::world::administrator;

static ONE: Mutex<()> = Mutex::new(());

/// The settings that have one value for everybody.
const GLOBAL: [&str; 9] = [
    "cert_completion_settings",
    "cert_auto_complete_settings",
    "expire_overdue_certifications",
    "datasource_acknowledgement",
    "self_reviewer_settings",
    "ui_customization_settings",
    "view_sort_settings",
    "idp_settings",
    "webhook_settings",
];

/// As long as it lives nobody else stores settings; nothing is stored at first, and nothing afterwards.
pub struct Alone {
    _guard: MutexGuard<'static, ()>,
}

pub fn path(setting: &str) -> String {
    format!("/api/private/workflows/access/global_settings/{setting}")
}

fn forget() {
    for setting in GLOBAL {
        let _ = administrator().delete(&path(setting)).expect(200);
    }
}

impl Alone {
    pub fn new() -> Self {
        let guard = ONE.lock().unwrap_or_else(PoisonError::into_inner);
        forget();
        Self { _guard: guard }
    }

    /// Stores a value of a setting.
    pub fn put(&self, setting: &str, value: Value) {
        let _ = administrator().put(&path(setting), json!({ "value": value })).expect(200);
    }
}

impl Drop for Alone {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            forget();
        }
    }
}
