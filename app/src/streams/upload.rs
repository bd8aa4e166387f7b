//! A table taken by hand: choose a file, say what its columns are, look at what it would count as, take it. The table travels with
//! the form, so that nothing is kept of what was not taken, and no script is needed.

use axum::{extract::Path, response::Response};
use domain::{
    Fault, Permission,
    form::Typed,
    streams::{COLUMNS, Layout, Preview, Sheet, Stream, column_of, content_key, decoded, guess, joined, line_of_row, read_as},
    transactions::{Batch, Receipt},
};
use leptos::prelude::*;

use super::{
    dimension_name, find,
    form::{self, TimeZoneField},
    preview,
};
use crate::{
    components::{
        Button, ButtonKind, ErrorSummary, FileField, KeptText, LinkButton, Notice, PageHead, Panel, SelectField, TextField, Tone,
    },
    fault::{Answer, Refused},
    form::{FormState, PostedFile, PostedForm},
    t, tr,
    visit::Visit,
};

async fn postable(visit: &Visit, id: &str) -> Result<Stream, Fault> {
    let stream = find(visit, id).await?.stream;
    visit.actor.require(Permission::IngestTransactions, &stream.system.team, "stream")?;
    Ok(stream)
}

pub(super) async fn page(visit: Visit, Path(id): Path<String>) -> Answer {
    let stream = postable(&visit, &id).await?;
    Ok(choose_file(&visit, stream, FormState::default()))
}

fn choose_file(visit: &Visit, stream: Stream, form: FormState) -> Response {
    let title = tr!(visit, "streams-upload-title", name = stream.full.clone());
    let heading = title.clone();
    visit.page_as(form.status(), title, move || {
        view! {
            <PageHead title=heading sub=t!("streams-upload-sub") back=(format!("/streams/{}", stream.id), stream.full.clone())/>
            <form class="form" method="post" enctype="multipart/form-data">
                <ErrorSummary form=form.clone() labels=vec![("file", t!("streams-file"))]/>
                <FileField form name="file" label=t!("streams-file") hint=t!("streams-file-hint")/>
                <div class="form-acts"><Button label=t!("streams-look") kind=ButtonKind::Primary/></div>
            </form>
        }
    })
}

/// `POST /streams/{id}/upload`, a form with the field `file`
pub(super) async fn look(visit: Visit, Path(id): Path<String>, posted: Result<PostedFile, Refused>) -> Answer {
    let stream = postable(&visit, &id).await?;
    let read = posted.map_err(|refused| refused.0).and_then(|file| {
        let text = decoded(&file.body).into_owned();
        Ok((Sheet::read(&text)?, text))
    });
    match read {
        Err(fault @ Fault::Invalid(_)) => Ok(choose_file(&visit, stream, FormState::refused(Typed::default(), fault))),
        Err(fault) => Err(fault.into()),
        Ok((sheet, text)) => {
            let mut typed = form::with_zone(guess(&stream.layout(), &sheet), &visit);
            let sheet = if joined(&typed).is_some() { sheet_of(&text, &typed)? } else { sheet };
            typed.set("table", text);
            columns(&visit, stream, sheet, typed, false).await
        }
    }
}

/// `POST /streams/{id}/upload/rows`: looks at it again, or takes it.
pub(super) async fn take(visit: Visit, Path(id): Path<String>, posted: PostedForm) -> Answer {
    let stream = postable(&visit, &id).await?;
    // A form ends its lines as mail does.
    let text = posted.get("table").replace("\r\n", "\n");
    let mut typed = posted.typed.clone();
    typed.set("table", &text);
    match sheet_of(&text, &typed) {
        Err(fault) => Ok(choose_file(&visit, stream, FormState::refused(Typed::default(), fault))),
        Ok(sheet) => columns(&visit, stream, sheet, typed, posted.get("act") == "take").await,
    }
}

/// The table, with a day and a time of day as one column where the form says so.
fn sheet_of(text: &str, typed: &Typed) -> Result<Sheet, Fault> {
    Sheet::read_joined(text, joined(typed).as_slice())
}

/// What came of a look, or of taking it.
enum Done {
    Looked(Preview),
    Taken(Box<Receipt>),
}

impl Done {
    /// With rows known by the line of the table in which they begin.
    fn placed(mut self, begins: &[u64]) -> Self {
        let problems = match &mut self {
            Self::Looked(seen) => {
                seen.lines.iter_mut().for_each(|line| line.line = line_of_row(begins, line.line));
                &mut seen.problems
            }
            Self::Taken(receipt) => &mut receipt.problems,
        };
        problems.iter_mut().for_each(|problem| problem.line = line_of_row(begins, problem.line));
        self
    }
}

async fn run(visit: &Visit, stream: &Stream, layout: Layout, lines: String, take: bool) -> Result<Done, Fault> {
    if !take {
        return visit.portal.streams.try_lines(&visit.actor, &stream.id, &layout, &lines).await.map(Done::Looked);
    }
    // The same table under the same columns counts once.
    let content = format!("{:?}\n{lines}", (&layout.mapping, &layout.dimensions));
    let key = Some(content_key("table", content.as_bytes()));
    let batch =
        Batch { body: lines.into_bytes(), key, stream: Some(stream.id.clone()), read_as: Some(Box::new(layout)), ..Batch::default() };
    visit.portal.transactions.ingest(&visit.actor, batch).await.map(|receipt| Done::Taken(Box::new(receipt)))
}

async fn columns(visit: &Visit, stream: Stream, sheet: Sheet, typed: Typed, take: bool) -> Result<Response, Refused> {
    let layout = read_as(&stream.layout(), &sheet, &typed);
    let Sheet { header, lines, begins, passed } = sheet;
    let both = joined(&typed);
    let done = match layout {
        Ok(layout) => run(visit, &stream, layout, lines, take).await,
        Err(fault) => Err(fault),
    };
    let (form, done) = match done {
        Ok(done) => (FormState::fresh(typed), Some(done.placed(&begins))),
        Err(fault @ (Fault::Invalid(_) | Fault::Conflict(_) | Fault::TooMany { .. })) => (FormState::refused(typed, fault), None),
        Err(fault) => return Err(fault.into()),
    };
    let header: Vec<(String, String)> =
        header.into_iter().filter(|name| !name.is_empty() && both.as_ref() != Some(name)).map(|name| (name.clone(), name)).collect();
    let rows = begins.len();
    let title = tr!(visit, "streams-upload-title", name = stream.full.clone());
    let heading = title.clone();
    Ok(visit.page_as(form.status(), title, move || {
        let back = (format!("/streams/{}", stream.id), stream.full.clone());
        let passed = (!passed.is_empty()).then(|| t!("streams-passed", lines = passed.to_string()));
        let dimensions: Vec<_> = stream.open_dimensions().cloned().collect();
        if let Some(Done::Taken(receipt)) = &done {
            return taken(&stream, receipt, heading, passed).into_any();
        }
        let looked = match &done {
            Some(Done::Looked(seen)) => Some(preview::preview(seen, &dimensions)),
            _ => None,
        };
        let ready = matches!(&done, Some(Done::Looked(seen)) if seen.accepted > 0);
        let mut named: Vec<(String, String)> = COLUMNS.iter().map(|what| ((*what).to_owned(), column_name(what))).collect();
        named.insert(1, ("clock".to_owned(), t!("streams-time-of-day")));
        named.extend(dimensions.iter().map(|d| (column_of(&d.key), dimension_name(&d.key, &d.label))));
        let selects = named
            .iter()
            .map(|(name, label)| {
                view! { <SelectField form=form.clone() name=name.clone() label=label.clone() options=header.clone() blank=t!("streams-no-column") optional=true/> }
            })
            .collect_view();
        named.push(("time_zone".to_owned(), t!("streams-time-zone")));
        named.push(("success_codes".to_owned(), t!("streams-success-codes")));
        view! {
            <PageHead title=heading sub=t!("streams-upload-rows", rows = rows) back/>
            <form class="form streams-form" method="post" action=format!("/streams/{}/upload/rows", stream.id)>
                <ErrorSummary form=form.clone() named/>
                <KeptText name="table" value=form.get("table")/>
                <Panel title=t!("streams-columns")>
                    <div class="fields streams-columns">{selects}</div>
                    <div class="fields">
                        <SelectField form=form.clone() name="time_format" label=t!("streams-time-format") options=form::formats()/>
                        <TimeZoneField form=form.clone()/>
                        <SelectField form=form.clone() name="latency_unit" label=t!("streams-latency-unit") options=form::latency_units()/>
                        <SelectField form=form.clone() name="amount_unit" label=t!("streams-amount-unit") options=form::amount_units()/>
                    </div>
                    <TextField form=form.clone() name="success_codes" label=t!("streams-success-codes") hint=t!("streams-upload-codes-hint") optional=true/>
                </Panel>
                {passed.map(|text| view! { <p class="muted small">{text}</p> })}
                {looked}
                <div class="form-acts">
                    {ready.then(|| view! { <Button label=t!("streams-take") kind=ButtonKind::Primary name="act" value="take"/> })}
                    <Button label=t!("streams-look-again") name="act" value="look"/>
                </div>
            </form>
        }
        .into_any()
    }))
}

fn column_name(what: &str) -> String {
    match what {
        "currency" => t!("streams-currency-field"),
        other => t!(&format!("streams-{other}")),
    }
}

fn taken(stream: &Stream, receipt: &Receipt, heading: String, passed: Option<String>) -> impl IntoView + use<> {
    let tone = if receipt.refused == 0 { Tone::Ok } else { Tone::P4 };
    let counts = t!("streams-taken-counts", accepted = receipt.accepted, refused = receipt.refused);
    let title = if receipt.replayed { t!("streams-taken-before") } else { t!("streams-taken") };
    let problems = preview::problems(&receipt.problems);
    let id = stream.id.clone();
    view! {
        <PageHead title=heading back=(format!("/streams/{id}"), stream.full.clone())/>
        <div class="stack">
            <Notice tone title>{counts}</Notice>
            {problems}
            {passed.map(|text| view! { <p class="muted small">{text}</p> })}
            <p><LinkButton href=format!("/streams/{id}") label=t!("streams-back") icon="arrow-right"/></p>
        </div>
    }
}
