//! How a run stands, and how it may go on.

use serde::{Deserialize, Serialize};

macro_rules! states {
    ($($(#[$doc:meta])* $variant:ident = $word:literal),+ $(,)?) => {
        /// How a run stands.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        #[serde(rename_all = "kebab-case")]
        pub enum RunState { $($(#[$doc])* $variant),+ }

        impl RunState {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$variant),+];
            /// As stored and as it stands in the API and in `/runs?state=`.
            pub fn word(self) -> &'static str { match self { $(Self::$variant => $word),+ } }
            /// Reads [`Self::word`].
            pub fn parse(word: &str) -> Option<Self> { match word { $($word => Some(Self::$variant),)+ _ => None } }
        }

        impl std::str::FromStr for RunState {
            type Err = ();
            fn from_str(word: &str) -> Result<Self, ()> { Self::parse(word).ok_or(()) }
        }
    };
}

states! {
    /// Somebody else must approve it first.
    Awaiting = "awaiting",
    /// It starts as soon as there is room.
    Queued = "queued",
    /// The command runs.
    Running = "running",
    /// It ended with exit code 0.
    Succeeded = "succeeded",
    /// It ended with another exit code or by a signal of its own.
    Failed = "failed",
    /// It took longer than it may and was killed.
    TimedOut = "timed-out",
    /// A person had it killed; nothing of it is left.
    Killed = "killed",
    /// It was killed, but something of it may still be there.
    KillUnconfirmed = "kill-unconfirmed",
    /// The command could not be started.
    NotStarted = "not-started",
    /// The portal stopped in the middle. It is never run again by itself.
    Lost = "lost",
    /// The approver said no.
    Rejected = "rejected",
    /// Nobody approved it in time, or whoever asked took it back.
    Withdrawn = "withdrawn",
}

impl RunState {
    /// Whether it will not change any more.
    pub fn is_over(self) -> bool {
        !matches!(self, Self::Awaiting | Self::Queued | Self::Running)
    }
}

/// How a command ended, as the one who watched it saw it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct End {
    /// Exit code; `None` where a signal ended it.
    pub exit_code: Option<i32>,
    /// Its time was up.
    pub timed_out: bool,
    /// A person asked for its end.
    pub kill_asked: bool,
    /// Nothing of its process group is left.
    pub gone: bool,
}

impl End {
    /// The state that follows. What may still be there outweighs everything else.
    pub fn state(self) -> RunState {
        match self {
            Self { gone: false, .. } => RunState::KillUnconfirmed,
            Self { timed_out: true, .. } => RunState::TimedOut,
            Self { kill_asked: true, .. } => RunState::Killed,
            Self { exit_code: Some(0), .. } => RunState::Succeeded,
            _ => RunState::Failed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_end_gives_one_state() {
        let end = End { exit_code: Some(0), timed_out: false, kill_asked: false, gone: true };
        assert_eq!(end.state(), RunState::Succeeded);
        assert_eq!(End { exit_code: Some(3), ..end }.state(), RunState::Failed);
        assert_eq!(End { exit_code: None, ..end }.state(), RunState::Failed);
        assert_eq!(End { timed_out: true, kill_asked: true, ..end }.state(), RunState::TimedOut);
        assert_eq!(End { kill_asked: true, ..end }.state(), RunState::Killed);
        assert_eq!(End { kill_asked: true, gone: false, ..end }.state(), RunState::KillUnconfirmed);
    }

    #[test]
    fn words_read_back() {
        for state in RunState::ALL {
            assert_eq!(RunState::parse(state.word()), Some(*state));
            assert_eq!(serde_json::to_string(state).unwrap(), format!("\"{}\"", state.word()));
        }
    }
}
