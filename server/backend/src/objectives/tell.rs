//! What alerts are told of the alarms of an objective.

use domain::{
    Fault,
    alerts::{
        Delays, Labels, Seen, Signal, Term, TermName,
        labels::{ALERTNAME, severity_word},
        span,
    },
    objectives::{ALARMS, Burn, Standing},
    time::MINUTE,
};

use super::{SOURCE, store::Stored};
use crate::{
    Context, WriteTx, alerts,
    rules::{annotated, filled},
};

fn source_id(objective: &Stored, place: usize) -> String {
    format!("{}/{place}", objective.id)
}

/// Says how its alarms stand, together; alerts do nothing where that is nothing new.
pub(super) async fn say(tx: &mut WriteTx, ctx: &Context, objective: &Stored, standing: &Standing) -> Result<(), Fault> {
    let signals = standing.burns.iter().enumerate().map(|(place, burn)| signal(objective, place, burn, &standing.why)).collect();
    alerts::observe_all(tx, ctx, signals).await
}

fn signal(objective: &Stored, place: usize, burn: &Burn, why: &str) -> Signal {
    let alarm = &ALARMS[place];
    let (long, short) = (span(alarm.long_ms), span(alarm.short_ms));
    let rate = |burn: Option<f64>| burn.map(|burn| format!("{burn:.1}"));
    let detail = if why.is_empty() {
        let (long, short) = ((rate(burn.long), long.clone()), (rate(burn.short), short.clone()));
        Seen::Burn { long, short, beyond: alarm.factor.to_string() }.to_string()
    } else {
        why.to_owned()
    };
    let own: Labels = [
        (ALERTNAME.to_owned(), "ErrorBudgetBurn".to_owned()),
        (SOURCE.to_owned(), objective.name.clone()),
        ("window".to_owned(), long.clone()),
        ("severity".to_owned(), severity_word(alarm.severity).to_owned()),
    ]
    .into();
    // Of two of one name that of the alarm counts: what it is stays what it is.
    let mut labels = filled(&objective.words.labels, &own, burn.long);
    labels.extend(own);
    let annotations = annotated(&objective.words.annotations, &objective.words.runbook, &labels, burn.long);
    let title = format!("{} burns its error budget more than {}× too fast ({long})", objective.name, alarm.factor);
    Signal {
        source_kind: SOURCE,
        source_id: source_id(objective, place),
        system: Some(objective.system.clone()),
        team: None,
        holds: burn.holds,
        severity: alarm.severity,
        title: title.chars().take(200).collect(),
        detail,
        url: format!("/objectives/{}", objective.id),
        delays: Some(Delays { hold_ms: 0, recover_ms: MINUTE }),
        labels,
        annotations,
        late: String::new(),
        rule: vec![
            Term::new(TermName::Reads, objective.sli.what()),
            Term::new(TermName::Goal, format!("{} %", objective.target)),
            Term::new(TermName::Fires, format!("> {}×, {long} + {short}", alarm.factor)),
        ],
    }
}

/// What was said of an objective is over.
pub(super) async fn withdraw(tx: &mut WriteTx, ctx: &Context, objective: &Stored) -> Result<(), Fault> {
    let over: Vec<String> = (0..ALARMS.len()).map(|place| source_id(objective, place)).collect();
    alerts::withdraw_each(tx, ctx, SOURCE, &over).await
}
