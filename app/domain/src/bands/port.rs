//! What pages and the API may ask of `bands`.

use super::Band;
use crate::{Actor, Fault, Span, transactions::Filter};

/// The port of the area `bands`; `backend` implements it.
#[async_trait::async_trait]
pub trait Bands: Send + Sync {
    /// The bands of a system over a span, as far as there are any: none until it has three days of transactions.
    ///
    /// [`Fault::NotFound`] where the actor sees no system of this key.
    async fn over(&self, actor: &Actor, system: &str, span: Span) -> Result<Vec<Band>, Fault>;

    /// The bands of a choice over a span, worked out now from the hours before its end: the week before that end and what follows. None
    /// where codes are chosen, of which only failures are known, or where too little is. [`Fault::TooMany`] where others
    /// are being worked out.
    async fn of_choice(&self, actor: &Actor, filter: &Filter, span: Span) -> Result<Vec<Band>, Fault>;
}
