//! After the fact: what an incident cost, how long each step took, what was learned, and what is done about it.

mod impact;
mod input;
mod port;
mod review;
mod times;

pub use impact::{Cost, Impact, ImpactMoney, ImpactVerdict, LEAST_TRANSACTIONS, Normal, WEEKS, estimate, remains};
pub use input::{ACTION_FIELDS, ActionFilter, ActionInput, Correcting, REVIEW_FIELDS, ReviewInput};
pub use port::After;
pub use review::{Action, Heading, REMIND_AGAIN_MS, REMIND_BEFORE_MS, Review, ReviewDetail, remind_after, review_markdown};
pub use times::{Correction, Moment, TimeKind, Times, Took};
