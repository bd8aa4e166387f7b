//! Islands: the few parts of a page that live in the browser. Compiled to WebAssembly; everything they need comes
//! through the page, so that they know no language and no zone of their own.

mod chart;

pub use chart::ChartIsland;
