//! The live chart: takes what the server drew and hands its place to uPlot, which loads only where a chart mounts.

use leptos::prelude::*;

#[cfg(feature = "hydrate")]
mod js {
    use wasm_bindgen::prelude::*;

    #[wasm_bindgen(module = "/js/chart.js")]
    extern "C" {
        /// Mounts uPlot into the `.chart-box` of the chart with this id; reads the chart's own `data-chart`.
        pub fn mount(id: &str);
    }
}

/// Brings the chart with the given id to life. `children` is what the server drew; it stays where scripts do not run.
#[island]
pub fn ChartIsland(
    /// Id of the `.chart` around it.
    id: String,
    /// The drawing and the table.
    children: Children,
) -> impl IntoView {
    #[cfg(feature = "hydrate")]
    {
        let chart = id.clone();
        Effect::new(move |_| js::mount(&chart));
    }
    view! { <div data-for=id>{children()}</div> }
}
