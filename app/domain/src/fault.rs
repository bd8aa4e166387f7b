//! Everything that can go wrong, said without HTTP. The edge chooses a status; a page chooses the words.

use crate::Permission;

/// A sentence that a person will read, by its Fluent key and arguments, so that it can be said in any language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wording {
    /// Fluent message id, e.g. `conflict-change-frozen`.
    pub key: &'static str,
    /// Arguments of the message.
    pub args: Vec<(&'static str, String)>,
}

impl Wording {
    /// A sentence without arguments.
    pub fn new(key: &'static str) -> Self {
        Self { key, args: Vec::new() }
    }

    /// Adds one argument.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl ToString) -> Self {
        self.args.push((name, value.to_string()));
        self
    }
}

/// What is wrong with one field: which, what was given, and what would be right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Name of the field as it stands in the form and in JSON, e.g. `interval`.
    pub field: String,
    /// What was given, cut to 120 characters; empty where nothing was.
    pub value: String,
    /// What would be right.
    pub expected: Wording,
    /// What is to be said of a value that is not repeated: a secret, or a whole file. Absent where `value` tells.
    pub unsaid: Option<Box<Wording>>,
}

impl Problem {
    /// One problem of one field.
    pub fn new(field: impl Into<String>, value: impl ToString, expected: Wording) -> Self {
        let mut value = value.to_string();
        if let Some((cut, _)) = value.char_indices().nth(120) {
            value.truncate(cut);
            value.push('…');
        }
        Self { field: field.into(), value, expected, unsaid: None }
    }

    /// One problem of a field that was filled with something that is not repeated, for it is secret or long; `unsaid` tells
    /// what can be told of it, e.g. how long it is.
    pub fn unsaid(field: impl Into<String>, unsaid: Wording, expected: Wording) -> Self {
        Self { field: field.into(), value: String::new(), expected, unsaid: Some(Box::new(unsaid)) }
    }
}

/// Why something was not done. Internals are logged once where they arise and never sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// What was given does not parse; every problem found is listed.
    #[error("invalid: {}", .0.iter().map(|p| p.field.as_str()).collect::<Vec<_>>().join(", "))]
    Invalid(Vec<Problem>),
    /// There is no such thing, or the actor's reach does not include it. Names the noun, e.g. `incident`.
    #[error("no such {0}")]
    NotFound(&'static str),
    /// The actor may see it but not do this.
    #[error("needs permission {}", .0.name())]
    Forbidden(Permission),
    /// Nobody is logged in, or the credential is not valid any more.
    #[error("not authenticated")]
    Unauthenticated,
    /// The state of the thing refuses the act.
    #[error("conflict: {}", .0.key)]
    Conflict(Wording),
    /// Too many requests or a full queue; try again after so many seconds.
    #[error("too many; retry after {retry_after_s} s")]
    TooMany {
        /// Seconds to wait.
        retry_after_s: u32,
    },
    /// Something that this needs is not there now (database busy or full, feature off).
    #[error("unavailable: {}", .0.key)]
    Unavailable(Wording),
    /// A fault of ours. Already logged.
    #[error("internal fault")]
    Internal,
}

impl Fault {
    /// A fault of one field.
    pub fn invalid(field: impl Into<String>, value: impl ToString, expected: Wording) -> Self {
        Self::Invalid(vec![Problem::new(field, value, expected)])
    }

    /// A refusal by state.
    pub fn conflict(key: &'static str) -> Self {
        Self::Conflict(Wording::new(key))
    }

    /// The problems of the fields, if that is what this is.
    pub fn problems(&self) -> &[Problem] {
        match self {
            Self::Invalid(problems) => problems,
            _ => &[],
        }
    }
}
