//! Merchants: who is behind a value of the dimension `merchant`, so that somebody can go and help.
//!
//! A merchant is known by the value that senders give; a team writes down who that is, and what it told them. Every team has
//! a record of its own: what one team knows is not another's to read.

mod list;
mod port;
mod record;

pub use list::{By, Listed, Order, Standing, list, page_of};
pub use port::Merchants;
pub use record::{Draft, FIELDS, Mentioned, Message, Record, Trouble};
