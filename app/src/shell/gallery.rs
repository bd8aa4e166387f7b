//! `/admin/components`: every component in its states, in the language and theme of whoever looks. Accessibility
//! checks and pictures look here first, so a component without a sample here is not finished.

use domain::{Fault, Permission, Problem, Timestamp, Wording, form::Typed, time::MINUTE};
use leptos::prelude::*;

use crate::{components::*, fault::Answer, form::FormState, t, tr, visit::Visit};

pub(super) async fn show(visit: Visit) -> Answer {
    visit.actor.require_everywhere(Permission::ManageSettings)?;
    let now = visit.now;
    let range = TimeRange::of(&visit, "now-6h")?;
    Ok(visit.page(tr!(visit, "gallery-title"), move || {
        view! {
            <PageHead title=t!("gallery-title") sub=t!("gallery-sub") back=("/".to_owned(), t!("nav-overview"))>
                <LinkButton href="#forms" label="LinkButton" icon="arrow-right"/>
                <Button label="Button" kind=ButtonKind::Primary icon="plus"/>
            </PageHead>
            <div class="stack">
                {states()}
                {acts()}
                {figures()}
                {pictures(now)}
                {lists(now, range)}
                {forms()}
                {words(now)}
                {empties()}
            </div>
        }
    }))
}

fn sample(title: &'static str, inner: impl IntoView + 'static) -> AnyView {
    view! { <section class="sample" aria-label=title><h2>{title}</h2>{inner}</section> }.into_any()
}

fn states() -> AnyView {
    let severities = (1..=4).map(|level| view! { <SeverityBadge level/> }).collect_view();
    let all = [Status::Up, Status::Degraded, Status::Down, Status::Maintenance, Status::NoData];
    let statuses = all.map(|status| view! { <StatusBadge status/> }).collect_view();
    let plain = all.map(|status| view! { <StatusBadge status plain=true/> }).collect_view();
    let icons = ICONS.iter().map(|name| view! { <Icon name=*name label=*name/> }).collect_view();
    sample(
        "Badge, SeverityBadge, StatusBadge, Icon",
        view! {
            <p class="row">{severities}</p>
            <p class="row">{statuses}</p>
            <p class="row">{plain}<span class="tag">"bank-link"</span></p>
            <p class="row">{icons}</p>
        },
    )
}

fn acts() -> AnyView {
    sample(
        "Button, PostButton, Confirm, CopyButton, SecretOnce, Notice, Tabs",
        view! {
            <div class="row">
                <Button label="Primary" kind=ButtonKind::Primary icon="check"/>
                <Button label="Plain"/>
                <Button label="Danger" kind=ButtonKind::Danger icon="trash-2"/>
                <Button label="Quiet" kind=ButtonKind::Quiet/>
                <Button label="Disabled" disabled=true/>
                <Button label="Small" small=true/>
                <Confirm verb="Remove" text="The system bank-link and its monitors will be removed." action="#" type_name="bank-link" icon="trash-2"/>
            </div>
            <CopyButton value="https://portal.example.org/incidents/12"/>
            <SecretOnce value="ek_3b9f0c51d2" text="This token is shown once. Copy it now."/>
            <Notice tone=Tone::P1 title="Down">"bank-link has not answered for 4 min."</Notice>
            <Notice tone=Tone::P3 title="Degraded">"p99 is above 800 ms."</Notice>
            <Notice tone=Tone::Ok title="Recovered"/>
            <Notice tone=Tone::Accent>"A change is waiting for your approval."</Notice>
            <Tabs label="Views" tabs=tabs() current="#week"/>
        },
    )
}

fn tabs() -> Vec<Tab> {
    ["lanes", "week", "month", "agenda"]
        .into_iter()
        .zip([None, Some(4), Some(19), None])
        .map(|(word, count)| Tab { href: format!("#{word}"), label: word.to_owned(), count })
        .collect()
}

fn figures() -> AnyView {
    let against = || "last week".to_owned();
    sample(
        "Kpi, SuccessKpi, Delta",
        view! {
            <Kpis>
                <Kpi label="Transactions, 6 h" value=compact(1_234_567.0) delta=Delta::relative(1_234_567.0, 1_100_000.0, against())/>
                <SuccessKpi label="Success rate, 6 h" total=1_234_567 failed=617 before=(1_100_000, 110, against())/>
                <Kpi label="Latency p95, 6 h" value="182" unit="ms" delta=Delta::relative(182.0, 182.0, against())/>
                <Kpi label="Open P1 and P2" value="2" tone=Tone::P1 href="/incidents"/>
                <Kpi label="Amount, 6 h" value=None note="no data"/>
            </Kpis>
        },
    )
}

fn pictures(now: Timestamp) -> AnyView {
    let slots = (0..72)
        .map(|i| {
            let (tone, height) = match i {
                20..=22 => (Tone::P1, 0.3),
                23..=25 => (Tone::P3, 0.7),
                40..=43 => (Tone::NoData, 0.5),
                50..=52 => (Tone::Maintenance, 0.6),
                _ => (Tone::Ok, 1.0),
            };
            Slot { tone, height, from: format!("{:02}:{:02}", i / 12, i % 12 * 5), to: String::new(), word: tone.word().to_owned() }
        })
        .collect::<Vec<_>>();
    let wave = |i: i32, phase: f64| 600.0 + 380.0 * (f64::from(i) / 18.0 + phase).sin() + f64::from(i * 37 % 23);
    let times: Vec<_> = (0..120).map(|i| now.plus(i64::from(i - 120) * 3 * MINUTE)).collect();
    let data = ChartData {
        series: vec![
            Series { name: "p50".into(), values: (0..120).map(|i| (!(60..66).contains(&i)).then(|| wave(i, 0.0))).collect(), past: false },
            Series { name: "p95".into(), values: (0..120).map(|i| Some(wave(i, 0.2) * 1.4)).collect(), past: false },
            Series { name: "p50, last week".into(), values: (0..120).map(|i| Some(wave(i, -0.3))).collect(), past: true },
        ],
        unit: "ms".into(),
        from_zero: true,
        limit: Some(1_500.0),
        marks: vec![Mark { at: times[50], label: "#214 gateway 3.2".into(), href: "/changes".into() }],
        shades: vec![Shade { from: times[52], to: times[70], label: "Incident 12".into(), href: "/incidents".into() }],
        times,
    };
    let values: Vec<_> = (0..40).map(|i| (i != 12).then(|| wave(i, 0.0))).collect();
    let past: Vec<_> = (0..40).map(|i| Some(wave(i, 0.4))).collect();
    sample(
        "StatusStrip, Sparkline, Chart, BarTable",
        view! {
            <StatusStrip summary="bank-link, last 6 h: up 90 %, down once" slots table=true/>
            <Sparkline summary="Volume, last 40 min" values past/>
            <Chart id="sample-chart" title="Latency of bank-link" summary="p95 rose to 1.3 s at 14:05 and is back at 0.9 s." data/>
            <BarTable caption="Failures by code" names="Code" values="Failures" notes="Success rate" bars=bars() pareto=true/>
        },
    )
}

fn bars() -> Vec<Bar> {
    [("51 insufficient funds", 412.0, "99.2%"), ("91 issuer unavailable", 310.0, "97.1%"), ("05 do not honour", 88.0, "99.8%")]
        .into_iter()
        .map(|(label, value, note)| Bar {
            label: label.into(),
            href: Some("/transactions".into()),
            value,
            text: significant(value),
            note: note.into(),
        })
        .collect()
}

fn lists(now: Timestamp, range: TimeRange) -> AnyView {
    let columns = vec![
        Column::new("Name").sort("name"),
        Column::new("State"),
        Column::new("Started").sort("started"),
        Column::new("Failures").number().sort("failures"),
        Column::unspoken("Acts"),
    ];
    let rows =
        [("bank-link", Status::Down, 1_203), ("gateway", Status::Up, 4), ("ledger", Status::Maintenance, 0), ("risk", Status::NoData, 17)]
            .into_iter()
            .zip(1..)
            .map(|((name, status, failures), hour)| {
                view! {
                    <tr data-row="">
                        <Cell main=true><a href="#table">{name}</a><span class="cell-sub">"payments"</span></Cell>
                        <Cell label="State"><StatusBadge status/></Cell>
                        <Cell label="Started"><When at=now.plus(-hour * 47 * MINUTE)/></Cell>
                        <Cell label="Failures" number=true>{full(failures)}</Cell>
                        <Cell acts=true><PostButton action="#" label="Acknowledge" small=true key="a"/></Cell>
                    </tr>
                }
            })
            .collect_view();
    sample(
        "RangePicker, FilterBar, FilterFold, Facets, Table, Pager",
        view! {
            <RangePicker range/>
            <FilterFold>
                <FilterBar>
                    <FilterSearch name="q" label="Search"/>
                    <FilterSelect name="team" label="Team" options=choices()/>
                </FilterBar>
                <Facets name="state" label="State" many=true options=vec![
                    FacetOption::new("", "All"),
                    FacetOption::new("down", "down").count(1),
                    FacetOption::new("up", "up").count(12),
                ]/>
            </FilterFold>
            <div id="table"><Table caption="Systems" columns sort="-started">{rows}</Table></div>
            <Pager shown=4 next=Some("17.x".to_owned()) csv="/admin/components"/>
        },
    )
}

fn choices() -> Vec<(String, String)> {
    ["payments", "network", "database"].into_iter().map(|word| (word.to_owned(), word.to_owned())).collect()
}

fn forms() -> AnyView {
    let typed = Typed::from_pairs(
        [("name", "bank-link"), ("interval", "3"), ("url", "ftp://bank"), ("team", "network"), ("tags", "network"), ("on", "on")]
            .map(|(name, value)| (name.to_owned(), value.to_owned())),
    );
    let fault = Fault::Invalid(vec![
        Problem::new("interval", "3", Wording::new("expect-between").with("min", 5).with("max", 3_600)),
        Problem::new("url", "ftp://bank", Wording::new("expect-url")),
        Problem::new("plan", "", Wording::new("expect-something")),
    ]);
    let form = FormState::refused(typed, fault);
    sample(
        "ErrorSummary and fields",
        view! {
            <form class="form" id="forms" method="get" action="#forms">
                <ErrorSummary form=&form labels=vec![("interval", "Interval".to_owned()), ("url", "URL".to_owned()), ("plan", "Plan".to_owned())]/>
                <TextField form=&form name="name" label="Name" hint="A short handle."/>
                <div class="fields">
                    <NumberField form=&form name="interval" label="Interval" unit="s" min=5 max=3_600/>
                    <SelectField form=&form name="team" label="Team" options=choices() blank="—"/>
                </div>
                <TextField form=&form name="url" label="URL" mono=true/>
                <TextAreaField form=&form name="plan" label="Plan" hint="Markdown."/>
                <ChoicesField form=&form name="tags" label="Teams" options=choices() optional=true/>
                <CheckField form=&form name="on" label="Enabled" hint="Checked every interval."/>
                <MomentField form=&form name="starts" label="Starts" optional=true/>
                <SecretField form=&form name="secret" label="Secret" hint="Kept sealed, never shown again." optional=true/>
                <div class="form-acts">
                    <Button label="Save" kind=ButtonKind::Primary/>
                    <LinkButton href="#forms" label="Cancel" kind=ButtonKind::Quiet/>
                </div>
            </form>
        },
    )
}

fn words(now: Timestamp) -> AnyView {
    let steps = vec![
        Step { name: "Requested".into(), note: "Lin Wei".into(), state: StepState::Done },
        Step { name: "Approval".into(), note: "one of 3 approvers".into(), state: StepState::Current },
        Step { name: "Window".into(), note: "22:00 – 23:30".into(), state: StepState::Next },
        Step { name: "Refused".into(), note: "Zhao Min".into(), state: StepState::Refused },
    ];
    let lines =
        ["\u{1b}[32mstarting\u{1b}[0m mend", "checking bank-link …", "\u{1b}[1;31merror\u{1b}[0m: connection refused", "retry 1 of 3"]
            .into_iter()
            .zip(1..)
            .map(|(text, number)| LogLine { number, text: text.into(), err: number == 3 })
            .collect();
    sample(
        "Timeline, Stepper, Facts, Diff, LogView, Markdown, When",
        view! {
            <Timeline label="History">
                <Entry at=now.plus(-2 * MINUTE) who="Lin Wei" what="commented" icon="message-square">
                    <Markdown text="Traffic **moved** to link B. `bank-link` answers again.\n\n- failures fell\n- watching"/>
                </Entry>
                <Entry at=now.plus(-9 * MINUTE) who="alerts" what="fired" tone=Tone::P1 href="/alerts"/>
                <Entry at=now.plus(-11 * MINUTE) who="monitors" what="no answer" tone=Tone::NoData/>
            </Timeline>
            <Stepper label="Approval" steps/>
            <Facts>
                <Fact name="Window"><WhenSpan from=now to=Some(now.plus(90 * MINUTE))/></Fact>
                <Fact name="Lasted"><Lasted ms=Some(5_025_000)/></Fact>
                <Fact name="Ended"><When at=None/></Fact>
            </Facts>
            <Diff label="Plan" before="1. drain link A\n2. install 3.1\n3. check" after="1. drain link A\n2. install 3.2\n3. check\n4. undrain"/>
            <LogView label="Log of mend" lines end="exit code 1 after 4.2 s"/>
        },
    )
}

fn empties() -> AnyView {
    sample(
        "Empty",
        view! {
            <div class="halves">
                <Empty kind=EmptyKind::Clear title="All clear" text="No alert fires." tight=true/>
                <Empty kind=EmptyKind::NoMatch title="Nothing matches" tight=true/>
                <Empty kind=EmptyKind::NotConfigured title="No monitor yet" tight=true><LinkButton href="/monitors" label="Add a monitor"/></Empty>
                <Empty kind=EmptyKind::Unreachable title="The source does not answer" text="Last data 4 min old." tight=true/>
            </div>
        },
    )
}
