//! The form that makes or edits a rule; "try it" shows how often it would have fired, before it is saved.

use axum::{extract::Path, response::Response};
use domain::{
    Fault, Permission,
    alerts::Severity,
    form::Typed,
    id::RuleId,
    rules::{Draft, Fold, InputKind, Measure, NoData, Preview},
    sources::SourceKind,
};
use leptos::prelude::*;

use super::{
    read_id,
    words::{say_fold, say_kind, say_measure, say_no_data, say_unusual},
};
use crate::{
    components::{
        Button, ButtonKind, ErrorSummary, Here, LinkButton, Notice, PageHead, SelectField, Tab, Tabs, TextAreaField, TextField, Tone,
        duration, full, significant,
    },
    fault::Answer,
    form::{FormState, PostedForm},
    sources,
    systems::no_system,
    t, tr,
    visit::{Visit, use_visit},
};

type Choices = Vec<(String, String)>;

/// Fields that the URL may fill in.
const FILLED: &[&str] =
    &["name", "measure", "currency", "over", "by", "link", "merchant", "channel", "where", "code", "weeks", "compare", "fire", "recover"];

pub(super) async fn new(visit: Visit) -> Answer {
    visit.actor.require_somewhere(Permission::EditMonitors)?;
    let here = Here::parse(&visit.path_and_query);
    let kind = InputKind::parse(here.get("kind")).unwrap_or(InputKind::Transactions);
    let compare = if kind == InputKind::Query { "present" } else { "above" };
    let mut typed = Typed::default();
    for (name, value) in [
        ("kind", kind.name()),
        ("compare", compare),
        ("for", "1m"),
        ("keep", "0s"),
        ("interval", "1m"),
        ("over", "5m"),
        ("fold", "mean"),
        ("measure", "success"),
        ("no_data", if kind == InputKind::Unusual { "ok" } else { "keep" }),
        ("severity", "P3"),
        ("system", here.get("system")),
        ("source", here.get("source")),
    ] {
        typed.set(name, value);
    }
    if kind == InputKind::Unusual {
        typed.set("zone", &visit.zone_name);
    }
    // What leads here may know better than the defaults: a slice that was found is filled in.
    for name in FILLED.iter().filter(|name| !here.get(name).is_empty()) {
        typed.set(*name, here.get(name));
    }
    page(&visit, None, FormState::fresh(typed), None).await
}

/// The form without the button that posted it.
fn without_button(typed: &Typed) -> (Typed, bool) {
    let pairs = typed
        .names()
        .filter(|name| *name != "act")
        .flat_map(|name| typed.all(name).iter().map(move |value| (name.to_owned(), value.clone())));
    (Typed::from_pairs(pairs), typed.get("act") == "try")
}

async fn tried(visit: &Visit, editing: Option<(RuleId, String)>, typed: Typed) -> Answer {
    match visit.portal.rules.preview(&visit.actor, editing.as_ref().map(|(id, _)| id), &typed).await {
        Ok(preview) => page(visit, editing, FormState::fresh(typed), Some(preview)).await,
        Err(fault) => page(visit, editing, FormState::refused(typed, fault), None).await,
    }
}

pub(super) async fn create(visit: Visit, form: PostedForm) -> Answer {
    let (typed, try_it) = without_button(&form.typed);
    if try_it {
        return tried(&visit, None, typed).await;
    }
    match visit.portal.rules.create(&visit.actor, &typed).await {
        Ok(id) => Ok(visit.go(&format!("/rules/{id}"), "toast-rule-created")),
        Err(fault) => page(&visit, None, FormState::refused(typed, fault), None).await,
    }
}

async fn editable(visit: &Visit, id: &RuleId) -> Result<domain::rules::Rule, Fault> {
    let rule = visit.portal.rules.get(&visit.actor, id).await?;
    visit.actor.require(Permission::EditMonitors, &rule.system.team, "rule")?;
    Ok(rule)
}

pub(super) async fn edit(visit: Visit, Path(id): Path<String>) -> Answer {
    let rule = editable(&visit, &read_id(&id)?).await?;
    page(&visit, Some((rule.id.clone(), rule.name.clone())), FormState::fresh(Draft::typed(&rule)), None).await
}

pub(super) async fn save(visit: Visit, Path(id): Path<String>, form: PostedForm) -> Answer {
    let id = read_id(&id)?;
    let (typed, try_it) = without_button(&form.typed);
    if try_it {
        let rule = editable(&visit, &id).await?;
        return tried(&visit, Some((id, rule.name)), typed).await;
    }
    match visit.portal.rules.edit(&visit.actor, &id, &typed).await {
        Ok(()) => Ok(visit.go(&format!("/rules/{id}"), "toast-rule-saved")),
        Err(fault) => {
            // Whoever may not even read it hears so, and gets no form.
            let rule = editable(&visit, &id).await?;
            page(&visit, Some((id, rule.name)), FormState::refused(typed, fault), None).await
        }
    }
}

async fn page(
    visit: &Visit,
    editing: Option<(RuleId, String)>,
    form: FormState,
    preview: Option<Preview>,
) -> Result<Response, crate::fault::Refused> {
    visit.actor.require_somewhere(Permission::EditMonitors)?;
    let systems = visit.portal.monitors.systems(&visit.actor, Permission::EditMonitors).await?;
    if editing.is_none() && systems.is_empty() && form.fault.is_none() {
        return Ok(no_system(visit, tr!(visit, "rules-new"), ("/rules", tr!(visit, "rules-title"))));
    }
    let kind = InputKind::parse(&form.get("kind")).unwrap_or(InputKind::Transactions);
    let wanted = if kind == InputKind::Query { SourceKind::Query } else { SourceKind::Scrape };
    let sources: Choices = sources::offered(visit, wanted, &form.get("source")).await?;
    let systems: Choices = systems.into_iter().map(|s| (s.id.to_string(), format!("{} ({})", s.name, s.team_name))).collect();
    let title = match &editing {
        Some((_, name)) => tr!(visit, "rules-edit-title", name = name.clone()),
        None => tr!(visit, "rules-new"),
    };
    let heading = title.clone();
    Ok(visit.page_as(form.status(), title, move || {
        let back = match &editing {
            Some((id, name)) => (format!("/rules/{id}"), name.clone()),
            None => ("/rules".to_owned(), t!("rules-title")),
        };
        let cancel = back.0.clone();
        let tabs = {
            let href = |kind: InputKind| format!("/rules/new?kind={}", kind.name());
            let tabs = [InputKind::Transactions, InputKind::Unusual, InputKind::Query, InputKind::Kept].map(|kind| Tab {
                href: href(kind),
                label: say_kind(kind),
                count: None,
            });
            editing.is_none().then(|| view! { <Tabs label=t!("rules-kind") tabs=tabs.to_vec() current=href(kind)/> })
        };
        view! {
            <PageHead title=heading back/>
            {tabs}
            {preview.map(|preview| view! { <Previewed preview/> })}
            <form class="form" method="post">
                <ErrorSummary form=form.clone() labels=labels()/>
                <input type="hidden" name="kind" value=kind.name()/>
                {editing.is_some().then(|| view! { <input type="hidden" name="version" value=form.get("version")/> })}
                <Which form=form.clone() systems/>
                <Reads form=form.clone() kind sources/>
                <Bad form=form.clone() kind/>
                <Tells form=form.clone()/>
                <div class="form-acts">
                    <Button label=t!("rules-save") kind=ButtonKind::Primary/>
                    <Button label=t!("rules-try") icon="history" name="act" value="try"/>
                    <LinkButton href=cancel label=t!("rules-cancel") kind=ButtonKind::Quiet/>
                </div>
            </form>
        }
    }))
}

fn labels() -> Vec<(&'static str, String)> {
    vec![
        ("name", t!("rules-name")),
        ("group", t!("rules-group")),
        ("system", t!("rules-system")),
        ("source", t!("rules-source")),
        ("expr", t!("rules-expr")),
        ("selector", t!("rules-selector")),
        ("over", t!("rules-over")),
        ("measure", t!("rules-measure")),
        ("currency", t!("rules-currency")),
        ("code", t!("rules-code")),
        ("link", t!("rules-link")),
        ("merchant", t!("rules-merchant")),
        ("where", t!("rules-where")),
        ("channel", t!("rules-channel")),
        ("by", t!("rules-by")),
        ("zone", t!("rules-zone")),
        ("weeks", t!("rules-weeks")),
        ("compare", t!("rules-compare")),
        ("fire", t!("rules-fire")),
        ("recover", t!("rules-recover")),
        ("for", t!("rules-for")),
        ("keep", t!("rules-keep")),
        ("interval", t!("rules-interval")),
        ("severity_label", t!("rules-severity-label")),
        ("severity_steps", t!("rules-severity-steps")),
        ("labels", t!("rules-labels")),
        ("annotations", t!("rules-annotations")),
        ("annotations_zh", t!("rules-annotations-zh")),
        ("runbook", t!("rules-runbook")),
    ]
}

#[component]
fn Previewed(preview: Preview) -> impl IntoView {
    let visit = use_visit();
    let count = |n: usize| full(i64::try_from(n).unwrap_or(i64::MAX));
    let title = t!("rules-tried", fired = preview.fired, lasting = duration(preview.firing_ms));
    let text = t!("rules-tried-text", series = count(preview.series), moments = count(preview.moments), gaps = count(preview.gaps));
    let runs = preview
        .runs
        .into_iter()
        .map(|run| {
            let until = run.over_at.map_or_else(|| t!("rules-tried-still"), |at| visit.wall(at));
            let labels = run.labels.values().cloned().collect::<Vec<_>>().join(" · ");
            let worst = run.worst.map(significant).unwrap_or_default();
            let began = run.onset_at.zip(run.delay_ms()).map(|(at, delay)| t!("rules-tried-began", at = visit.wall(at), delay = duration(delay)));
            view! { <li>{t!("rules-tried-run", from = visit.wall(run.fired_at), until = until, worst = worst, labels = labels)}" "{began}</li> }
        })
        .collect_view();
    let tone = if preview.series == 0 { Tone::NoData } else { Tone::P4 };
    view! { <Notice tone title><p>{text}</p><ul>{runs}</ul></Notice> }
}

#[component]
fn Which(form: FormState, systems: Choices) -> impl IntoView {
    view! {
        <div class="fields">
            <TextField form=form.clone() name="name" label=t!("rules-name") hint=t!("rules-name-hint")/>
            <SelectField form=form.clone() name="system" label=t!("rules-system") options=systems blank=t!("rules-choose-one")/>
            <TextField form name="group" label=t!("rules-group") optional=true/>
        </div>
    }
}

#[component]
fn Reads(form: FormState, kind: InputKind, sources: Choices) -> impl IntoView {
    let source = matches!(kind, InputKind::Query | InputKind::Kept).then(|| {
        view! { <SelectField form=form.clone() name="source" label=t!("rules-source") options=sources blank=t!("rules-choose-one")/> }
    });
    let over_hint = t!(if kind == InputKind::Unusual { "rules-over-unusual-hint" } else { "rules-over-hint" });
    let over =
        (kind != InputKind::Query).then(|| view! { <TextField form=form.clone() name="over" label=t!("rules-over") hint=over_hint/> });
    let own = match kind {
        InputKind::Query => {
            view! { <TextAreaField form=form.clone() name="expr" label=t!("rules-expr") hint=t!("rules-expr-hint") mono=true/> }.into_any()
        }
        InputKind::Kept => {
            let folds = Fold::ALL.iter().map(|fold| (fold.name().to_owned(), say_fold(*fold))).collect();
            view! {
                <TextField form=form.clone() name="selector" label=t!("rules-selector") hint=t!("rules-selector-hint") mono=true/>
                <SelectField form=form.clone() name="fold" label=t!("rules-fold") options=folds/>
            }
            .into_any()
        }
        InputKind::Transactions | InputKind::Unusual => {
            let say = if kind == InputKind::Unusual { say_unusual } else { say_measure };
            let is_unusual = kind == InputKind::Unusual;
            let measures = Measure::ALL.iter().filter(|measure| !is_unusual || **measure != Measure::Amount);
            let measures = measures.map(|measure| (measure.name().to_owned(), say(*measure))).collect();
            let currency = (!is_unusual).then(|| {
                let (label, hint) = (t!("rules-currency"), t!("rules-currency-hint"));
                view! { <TextField form=form.clone() name="currency" label hint optional=true/> }
            });
            // Several values stand in one field, with commas.
            let joined = |name: &str| {
                let mut typed = (*form.typed).clone();
                typed.set(name, typed.all(name).join(", "));
                FormState { typed: std::sync::Arc::new(typed), fault: form.fault.clone() }
            };
            view! {
                <SelectField form=form.clone() name="measure" label=t!("rules-measure") options=measures/>
                <div class="fields">
                    {currency}
                    <TextField form=joined("code") name="code" label=t!("rules-code") hint=t!("rules-code-hint") optional=true/>
                    <TextField form=joined("link") name="link" label=t!("rules-link") hint=t!("rules-several") optional=true/>
                    <TextField form=joined("merchant") name="merchant" label=t!("rules-merchant") hint=t!("rules-several") optional=true/>
                    <TextField form=joined("channel") name="channel" label=t!("rules-channel") hint=t!("rules-several") optional=true/>
                    <TextField form=joined("where") name="where" label=t!("rules-where") hint=t!("rules-where-hint") optional=true/>
                </div>
            }
            .into_any()
        }
    };
    let against = if kind == InputKind::Unusual {
        view! {
            <TextField form=form.clone() name="by" label=t!("rules-by") hint=t!("rules-by-hint") optional=true/>
            <TextField form=form.clone() name="zone" label=t!("rules-zone") hint=t!("rules-zone-hint") optional=true/>
        }
        .into_any()
    } else {
        view! { <TextField form=form.clone() name="weeks" label=t!("rules-weeks") hint=t!("rules-weeks-hint") optional=true/> }.into_any()
    };
    view! {
        {source}
        {own}
        <div class="fields">
            {over}
            {against}
        </div>
    }
}

#[component]
fn Bad(form: FormState, kind: InputKind) -> impl IntoView {
    let mut compares = vec![("above".to_owned(), t!("rules-compare-above")), ("below".to_owned(), t!("rules-compare-below"))];
    if kind == InputKind::Query {
        compares.insert(0, ("present".to_owned(), t!("rules-compare-present")));
    }
    let no_data = NoData::ALL.iter().map(|no_data| (no_data.name().to_owned(), say_no_data(*no_data))).collect();
    let optional = matches!(kind, InputKind::Query | InputKind::Unusual);
    // Only more surprise is worse.
    let recover = t!(if kind == InputKind::Unusual { "rules-recover-half" } else { "rules-recover-hint" });
    let (compare, fire, hint) = if kind == InputKind::Unusual {
        (view! { <input type="hidden" name="compare" value="above"/> }.into_any(), t!("rules-surprise"), t!("rules-surprise-hint"))
    } else {
        let select = view! { <SelectField form=form.clone() name="compare" label=t!("rules-compare") options=compares/> };
        (select.into_any(), t!("rules-fire"), t!("rules-fire-hint"))
    };
    view! {
        <div class="fields">
            {compare}
            <TextField form=form.clone() name="fire" label=fire hint=hint optional/>
            <TextField form=form.clone() name="recover" label=t!("rules-recover") hint=recover optional=true/>
        </div>
        <div class="fields">
            <TextField form=form.clone() name="for" label=t!("rules-for") hint=t!("rules-for-hint")/>
            <TextField form=form.clone() name="keep" label=t!("rules-keep") hint=t!("rules-keep-hint")/>
            <TextField form=form.clone() name="interval" label=t!("rules-interval") hint=t!("rules-interval-hint")/>
            <SelectField form name="no_data" label=t!("rules-no-data") hint=t!("rules-no-data-hint") options=no_data/>
        </div>
    }
}

#[component]
fn Tells(form: FormState) -> impl IntoView {
    let severities = Severity::ALL
        .iter()
        .zip([t!("severity-p1"), t!("severity-p2"), t!("severity-p3"), t!("severity-p4")])
        .map(|(severity, word)| (severity.name().to_owned(), word))
        .collect();
    view! {
        <div class="fields">
            <SelectField form=form.clone() name="severity" label=t!("rules-severity") options=severities/>
            <TextField form=form.clone() name="severity_label" label=t!("rules-severity-label") hint=t!("rules-severity-label-hint") optional=true mono=true/>
            <TextField form=form.clone() name="runbook" label=t!("rules-runbook") kind="url" optional=true/>
        </div>
        <TextAreaField form=form.clone() name="severity_steps" label=t!("rules-severity-steps") hint=t!("rules-severity-steps-hint") optional=true mono=true/>
        <TextAreaField form=form.clone() name="labels" label=t!("rules-labels") hint=t!("rules-labels-hint") optional=true mono=true/>
        {annotation_fields(&form)}
    }
}

/// What alerts tell beside their labels, in both languages; of rules and of objectives.
pub(crate) fn annotation_fields(form: &FormState) -> impl IntoView + use<> {
    view! {
        <TextAreaField form name="annotations" label=t!("rules-annotations") hint=t!("rules-annotations-hint") optional=true mono=true/>
        <TextAreaField form name="annotations_zh" label=t!("rules-annotations-zh") hint=t!("rules-annotations-zh-hint") optional=true mono=true/>
    }
}
