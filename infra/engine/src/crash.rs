//! A process that dies: after a number of calls nothing is answered any more until it is revived.

/// When the process dies, counted in calls from the moment the plan is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Crash {
    /// The first `n` calls are answered, then it is dead: `After(0)` answers nothing at all.
    After(u64),
    /// The call with this number (the first is 1) is carried out, but the process dies before it sees the answer.
    During(u64),
}

#[derive(Default)]
pub(crate) enum State {
    #[default]
    Alive,
    Planned {
        crash: Crash,
        seen: u64,
    },
    Dead,
}

/// What happens to one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    Answered,
    /// Carried out, and the answer is lost with the process.
    LastWords,
    Dead,
}

impl State {
    pub(crate) fn plan(&mut self, crash: Crash) {
        *self = Self::Planned { crash, seen: 0 };
    }

    pub(crate) fn revive(&mut self) -> bool {
        matches!(std::mem::take(self), Self::Dead)
    }

    pub(crate) fn revive_if_dead(&mut self) -> bool {
        matches!(self, Self::Dead) && self.revive()
    }

    pub(crate) fn next_call(&mut self) -> Fate {
        let fate = match self {
            Self::Alive => return Fate::Answered,
            Self::Dead => return Fate::Dead,
            Self::Planned { crash, seen } => {
                *seen += 1;
                match crash {
                    Crash::After(n) if *seen <= *n => return Fate::Answered,
                    Crash::During(n) if *seen < *n => return Fate::Answered,
                    Crash::During(n) if *seen == *n => Fate::LastWords,
                    Crash::After(_) | Crash::During(_) => Fate::Dead,
                }
            }
        };
        *self = Self::Dead;
        fate
    }
}
