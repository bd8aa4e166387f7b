//! Choosing what is kept of a page: boxes for whole metrics, lines for series by their labels.

use axum::extract::Path;
use domain::{
    Fault, Permission,
    form::Typed,
    sources::{Catalogue, Metric, Selector, Source, SourceKind},
};
use leptos::prelude::*;

use super::read_id;
use crate::{
    components::{
        Button, ButtonKind, Empty, EmptyKind, ErrorSummary, FilterBar, FilterSearch, Here, LinkButton, Notice, PageHead, PostButton,
        TextAreaField, Tone, significant,
    },
    fault::Answer,
    form::{FormState, PostedForm},
    t, tr,
    visit::Visit,
};

/// Boxes on one page at most; the search narrows.
const BOXES: usize = 300;

pub(super) async fn page(visit: Visit, Path(id): Path<String>) -> Answer {
    let source = editable(&visit, &id).await?;
    let mut typed = Typed::default();
    let mut lines = Vec::new();
    for text in &source.choices {
        match Selector::parse(text) {
            Ok(selector) if selector.is_plain() => typed.add("metric", text),
            _ => lines.push(text.clone()),
        }
    }
    typed.set("selectors", lines.join("\n"));
    show(visit, source, FormState::fresh(typed)).await
}

pub(super) async fn save(visit: Visit, Path(id): Path<String>, form: PostedForm) -> Answer {
    let id = read_id(&id)?;
    match visit.portal.sources.choose(&visit.actor, &id, &form.typed).await {
        Ok(()) => Ok(visit.go(&format!("/sources/{id}"), "toast-source-chosen")),
        Err(fault) => {
            let source = editable(&visit, id.as_str()).await?;
            show(visit, source, FormState::refused(form.typed, fault)).await
        }
    }
}

async fn editable(visit: &Visit, id: &str) -> Result<Source, Fault> {
    let source = visit.portal.sources.get(&visit.actor, &read_id(id)?).await?;
    visit.actor.require(Permission::EditMonitors, &source.system.team, "source")?;
    if source.kind == SourceKind::Scrape { Ok(source) } else { Err(Fault::conflict("sources-conflict-not-scrape")) }
}

async fn show(visit: Visit, source: Source, form: FormState) -> Answer {
    let catalogue = visit.portal.sources.catalogue(&visit.actor, &source.id).await?;
    let word = Here::parse(&visit.path_and_query).get("q").trim().to_lowercase();
    Ok(visit.page_as(form.status(), tr!(visit, "sources-choose-title", name = source.name.clone()), move || {
        let base = format!("/sources/{}", source.id);
        let ask = format!("{base}/ask");
        let body = match catalogue {
            None => view! {
                <Empty kind=EmptyKind::NotConfigured title=t!("sources-no-page") text=t!("sources-no-page-text")>
                    <PostButton action=ask label=t!("sources-ask") icon="refresh-cw"/>
                </Empty>
            }
            .into_any(),
            Some(catalogue) => view! { <Choices catalogue form word cancel=base.clone()/> }.into_any(),
        };
        view! {
            <PageHead title=t!("sources-choose-title", name = source.name.clone()) sub=t!("sources-choose-sub") back=(base.clone(), source.name.clone())/>
            {body}
        }
    }))
}

fn ticked(form: &FormState) -> Vec<String> {
    form.typed.all("metric").to_vec()
}

fn one(metric: Metric, checked: bool) -> impl IntoView + use<> {
    let what = t!("sources-metric-note", kind = metric.kind.name(), series = metric.series);
    let example = metric.example.map(|value| t!("sources-metric-example", value = significant(value)));
    let labels = (!metric.labels.is_empty()).then(|| t!("sources-metric-labels", names = metric.labels.join(", ")));
    let rate = metric.counts.then(|| t!("sources-metric-rate"));
    let note: Vec<String> = [Some(what), example, labels, rate].into_iter().flatten().collect();
    let help = (!metric.help.is_empty()).then(|| view! { <small>{metric.help.clone()}</small> });
    view! {
        <label class="check">
            <input type="checkbox" name="metric" value=metric.name.clone() checked=checked/>
            <span><span class="mono sources-series">{metric.name.clone()}</span><small>{note.join(" · ")}</small>{help}</span>
        </label>
    }
}

#[component]
fn Choices(catalogue: Catalogue, form: FormState, word: String, cancel: String) -> impl IntoView {
    let ticked = ticked(&form);
    let matches =
        |metric: &Metric| word.is_empty() || metric.name.to_lowercase().contains(&word) || metric.help.to_lowercase().contains(&word);
    let total = catalogue.metrics.len();
    let mut offered: Vec<Metric> = catalogue.metrics.into_iter().filter(matches).collect();
    let found = offered.len();
    offered.truncate(BOXES);
    // What is ticked but not offered here stays ticked.
    let hidden = ticked
        .iter()
        .filter(|name| offered.iter().all(|metric| metric.name != **name))
        .map(|name| view! { <input type="hidden" name="metric" value=name.clone()/> })
        .collect_view();
    let kept_back = ticked.iter().filter(|name| offered.iter().all(|metric| metric.name != **name)).count();
    let boxes = offered.into_iter().map(|metric| {
        let checked = ticked.contains(&metric.name);
        one(metric, checked)
    });
    let boxes = boxes.collect_view();
    view! {
        <FilterBar><FilterSearch name="q" label=t!("sources-search")/></FilterBar>
        <form class="form" method="post">
            <ErrorSummary form=form.clone() labels=vec![("metric", t!("sources-metrics")), ("selectors", t!("sources-selectors"))]/>
            {hidden}
            <fieldset class="field" id="field-metric" tabindex="-1">
                <legend>{t!("sources-metrics")}</legend>
                <p class="muted small">{t!("sources-found", shown = found.min(BOXES), found = found, total = total)}</p>
                {(kept_back > 0).then(|| view! { <Notice tone=Tone::P4>{t!("sources-kept-back", count = kept_back)}</Notice> })}
                <div class="choices sources-pick" tabindex="0" role="group" aria-label=t!("sources-metrics")>{boxes}</div>
            </fieldset>
            <TextAreaField form name="selectors" label=t!("sources-selectors") hint=t!("sources-selectors-hint") optional=true/>
            <div class="form-acts">
                <Button label=t!("sources-keep-these") kind=ButtonKind::Primary/>
                <LinkButton href=cancel label=t!("sources-cancel") kind=ButtonKind::Quiet/>
            </div>
        </form>
    }
}
