//! Components: each a function of its props and of the visit it is rendered for. See them all, in every state, on
//! `/admin/components`.
//!
//! | for | components |
//! |---|---|
//! | the page | [`PageHead`] `title number? sub? back? badges?` + acts as children · [`Panel`] `title id? live? acts? flush` · [`Tabs`] · [`Facts`]/[`Fact`] · [`Notice`] `tone title?` · [`Empty`] `kind title text?` |
//! | acts | [`Button`] (submit) · [`LinkButton`] `href label` · [`PostButton`] `action label fields? key?` · [`Confirm`] `verb text action type_name?` · [`Dialog`] · [`CopyButton`] · [`SecretOnce`] |
//! | states | [`Tone`] · [`Badge`] `tone word` · [`SeverityBadge`] `level` · [`Status`]/[`StatusBadge`] · [`Icon`] `name` |
//! | lists | [`Table`] `caption columns sort?` with [`Column`] and [`Cell`] `label number main acts` · [`Pager`] `shown next csv?` · [`FilterFold`] around [`FilterBar`] with [`FilterSelect`], [`FilterSearch`] and [`Facets`] with [`FacetOption`] · [`Here`] builds neighbouring URLs |
//! | forms | [`ErrorSummary`] `form labels` on top, then [`TextField`] [`NumberField`] [`TextAreaField`] [`KeptText`] [`SelectField`] [`ChoicesField`] [`CheckField`] [`MomentField`] [`SecretField`] [`FileField`], each `form=&form name label hint? optional` |
//! | figures | [`Kpis`] of [`Kpi`] `label value unit? delta? note? tone?` and [`SuccessKpi`] `total failed before?` · [`Delta`] · [`full`] [`compact`] [`percent`] [`duration`] · [`NULL`] |
//! | time | [`When`] `at style` · [`WhenSpan`] `from to` · [`Lasted`] `ms` · [`Again`] `recurrence` · [`TimeRange`]`::of(&visit, "now-6h")?` and [`RangePicker`] |
//! | pictures | [`StatusStrip`] `summary slots` · [`Sparkline`] · [`BarTable`] `pareto` · [`Chart`](crate::components::Chart) `data` (drawn by the server, live in the browser) |
//! | history | [`Timeline`] of [`Entry`] `at who what` · [`Stepper`] · [`Diff`] · [`LogView`] · [`Markdown`] `text` |
//!
//! Layout classes: `stack`, `stack-tight`, `grid`, `halves`, `split` (main and side), `row`, `row-apart`, `form`, `fields`,
//! `form-acts`, `form-group`; `muted`, `small`, `mono`, `number`, `nowrap`, `visually-hidden`, `needs-js`.
//!
//! Live: an element with an `id` and `data-live="alerts,incidents"` is fetched anew (same URL, that element) when a
//! topic speaks. On lists add `data-live-mode="notice"`: then "new" is announced and nothing moves.

mod again;
mod ansi;
mod badge;
mod bars;
mod button;
mod chart;
mod confirm;
mod diff;
pub(crate) mod escape;
mod filter;
mod form;
mod here;
mod icon;
mod kpi;
mod log;
mod markdown;
mod maybe;
mod number;
mod page;
mod range;
mod stepper;
mod strip;
mod table;
mod timeline;
mod tone;
mod when;

pub use again::Again;
pub use ansi::{Piece, parse_ansi};
pub use badge::{Badge, SeverityBadge, Status, StatusBadge};
pub use bars::{Bar, BarTable};
pub use button::{Button, ButtonKind, LinkButton, PostButton};
pub use chart::{Chart, ChartData, Mark, Series, Shade};
pub use confirm::{Confirm, CopyButton, Dialog, SecretOnce};
pub use diff::{Diff, DiffLine, diff_lines};
pub use filter::{FacetOption, Facets, FilterBar, FilterFold, FilterSearch, FilterSelect};
pub use form::{
    CheckField, ChoicesField, ErrorSummary, FileField, KeptText, MomentField, NumberField, SecretField, SelectField, TextAreaField,
    TextField,
};
pub use here::Here;
pub use icon::{ICONS, Icon};
pub use kpi::{Kpi, Kpis, SuccessKpi, success_rate};
pub use log::{LogLine, LogLines, LogView};
pub use markdown::{Markdown, markdown_html};
pub use maybe::Maybe;
pub use number::{Delta, DeltaText, NULL, compact, duration, full, percent, significant};
pub use page::{Empty, EmptyKind, Fact, Facts, Notice, PageHead, Panel, Tab, Tabs};
pub use range::{RangePicker, TimeRange, parse_moment};
pub use stepper::{Step, StepState, Stepper};
pub use strip::{Slot, Sparkline, StatusStrip};
pub use table::{Cell, Column, Pager, Table};
pub use timeline::{Entry, Timeline};
pub use tone::Tone;
pub use when::{Lasted, Running, When, WhenSpan, WhenStyle, ago};
