//! The vocabulary of colours. A tone never speaks alone: each has its shape, and the caller gives the word.

/// How bad, or how it is now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Tone {
    /// Critical: an octagon.
    P1,
    /// High: a triangle.
    P2,
    /// Warning: a diamond.
    P3,
    /// Information: a square.
    P4,
    /// All is well: a circle with a tick.
    Ok,
    /// Maintenance: a wrench.
    Maintenance,
    /// Nothing is known: a dashed ring. The default, so that nothing is ever green by omission.
    #[default]
    NoData,
    /// Neither good nor bad, only marked.
    Accent,
}

impl Tone {
    /// The value of `data-tone`, which the style sheet knows.
    pub fn word(self) -> &'static str {
        match self {
            Self::P1 => "p1",
            Self::P2 => "p2",
            Self::P3 => "p3",
            Self::P4 => "p4",
            Self::Ok => "ok",
            Self::Maintenance => "maintenance",
            Self::NoData => "nodata",
            Self::Accent => "accent",
        }
    }

    /// Name of its shape among the icons.
    pub fn icon(self) -> &'static str {
        match self {
            Self::P1 => "octagon-alert",
            Self::P2 => "triangle-alert",
            Self::P3 => "diamond",
            Self::P4 => "square",
            Self::Ok => "circle-check",
            Self::Maintenance => "wrench",
            Self::NoData => "circle-dashed",
            Self::Accent => "circle-dot",
        }
    }

    /// The tone of a severity from 1 (critical) to 4 (information).
    pub fn severity(level: u8) -> Self {
        match level {
            1 => Self::P1,
            2 => Self::P2,
            3 => Self::P3,
            _ => Self::P4,
        }
    }
}
