//! Groups speak when their time has come: one, or many that tell one alert each, in the same number of statements.

use std::{
    collections::{HashMap, HashSet},
    ops::Range,
};

use domain::{
    Fault,
    alerts::{
        DecisionKind, Reason, Told,
        group::{self, is_done, speak},
    },
    deliveries::Notice,
    id::SystemId,
};
use serde_json::json;

use super::{
    judge::{Judge, Subject},
    owed, payload,
    store::{self, Decided, GroupRow},
};
use crate::{
    Context, WriteTx,
    alerts::{step::system_names, store::AlertRow},
    deliveries::{self, To},
};

/// One alert in a group that speaks.
struct Heard<'a> {
    alert: &'a AlertRow,
    member: group::Member,
    reasons: &'a [Reason],
    moved: Moved,
    /// How bad it was when it was told last that it fires.
    severity: Option<i64>,
}

/// Where an alert was told before it was led to its group.
pub(super) struct Moved {
    /// Channels that were told that it fires.
    pub(super) owed: Vec<String>,
    /// Those whom the group tells now were not.
    pub(super) anew: bool,
}

/// What groups have to say and how they stand afterwards, gathered before it is written.
#[derive(Default)]
struct Spoken {
    /// Whom, of those the ones that are told of ends too or the others, and what.
    notices: Vec<(To, Option<bool>, Notice)>,
    /// Whether any channel is told of beginnings only; asked where it matters first.
    firing_only: Option<bool>,
    /// What is decided, and the places of the notices that tell it to chosen channels.
    decided: Vec<(Decided, Vec<usize>)>,
    /// Group, alert, what, how bad it is.
    told: Vec<(String, String, Told, i64)>,
    /// Group, alert.
    gone: Vec<(String, String)>,
    empty: Vec<String>,
    /// Groups that have spoken, whether there is something in it for those who hear beginnings only, and the places of their notices.
    clocks: Vec<(String, bool, Range<usize>)>,
}

/// The time of these groups has come: they say what is to be said. Gives how many of them there were. No alert is locked here: who
/// observes locks alerts first and their groups then.
pub(super) async fn flush(tx: &mut WriteTx, ctx: &Context, judge: &mut Judge, ids: &[&str]) -> Result<usize, Fault> {
    if ids.is_empty() {
        return Ok(0);
    }
    let now = ctx.now();
    let mut groups = store::take(tx, ids.iter().copied()).await?;
    let alerts = store::alerts_in(tx, ids).await?;
    let places: HashMap<&str, usize> = alerts.iter().enumerate().map(|(place, alert)| (alert.id.as_str(), place)).collect();
    let mut told: HashMap<String, Vec<(usize, store::Member)>> = HashMap::new();
    for member in store::members_in(tx, ids).await? {
        if let Some(place) = places.get(member.alert.as_str()) {
            told.entry(member.group.clone()).or_default().push((*place, member));
        }
    }
    let reasons = reasons(tx, judge, &alerts).await?;
    let names = system_names(tx, alerts.iter()).await?;
    let mut spoken = Spoken::default();
    for group in &mut groups {
        let mut told = told.remove(&group.id).unwrap_or_default();
        told.sort_unstable_by_key(|(place, ..)| *place);
        let mute = judge.routing.mute_by(&store::read_list(&group.mute), &store::read_list(&group.active), now);
        let mut heard = Vec::with_capacity(told.len());
        for (place, store::Member { told, severity, owed, anew, .. }) in told {
            let moved = Moved { owed, anew };
            let (alert, reasons) = (&alerts[place], reasons[place].as_slice());
            let over = alert.state()?.is_over();
            let worse = told == Told::Firing && !over && severity.is_some_and(|told| alert.severity < told);
            // Others hear of it now.
            let told = if moved.anew && !over && group.leaving == 0 { Told::Nothing } else { told };
            // What the routes do not lead here any more is told by others.
            let quiet = mute.is_some() || group.leaving == 1 || !reasons.is_empty();
            heard.push(Heard { alert, member: group::Member { over, quiet, told, worse }, reasons, moved, severity });
        }
        let held = mute.map(|interval| json!({ "group": group.id, "receiver": group.receiver, "interval": interval }));
        speak_one(tx, ctx, group, heard, held.as_ref(), &names, &mut spoken).await?;
    }
    let clocks = write(tx, ctx, spoken).await?;
    for group in groups.iter_mut().filter(|group| clocks.contains(&group.id)) {
        group.told_at = Some(now.0);
    }
    store::save(tx, &groups).await?;
    Ok(groups.len())
}

/// Why each of these is quiet now; nothing is asked of one that is over.
async fn reasons(tx: &mut WriteTx, judge: &mut Judge, alerts: &[AlertRow]) -> Result<Vec<Vec<Reason>>, Fault> {
    let mut subjects = Vec::with_capacity(alerts.len());
    let mut places = Vec::with_capacity(alerts.len());
    for (place, alert) in alerts.iter().enumerate() {
        if !alert.state()?.is_over() {
            subjects.push(Subject::of(alert)?);
            places.push(place);
        }
    }
    judge.prepare(tx, &subjects).await?;
    let mut reasons = vec![Vec::new(); alerts.len()];
    for (place, subject) in places.into_iter().zip(&subjects) {
        reasons[place] = judge.reasons(tx, subject).await?;
    }
    Ok(reasons)
}

/// What one group has to say. `held`: what is written down where a mute time keeps it from that.
async fn speak_one(
    tx: &mut WriteTx,
    ctx: &Context,
    group: &mut GroupRow,
    mut heard: Vec<Heard<'_>>,
    held: Option<&serde_json::Value>,
    names: &HashMap<SystemId, String>,
    spoken: &mut Spoken,
) -> Result<(), Fault> {
    let now = ctx.now();
    let repeat = group.repeat_ms > 0 && group.told_at.is_some_and(|at| now.0 >= at + group.repeat_ms);
    let said = speak(&heard.iter().map(|one| one.member).collect::<Vec<_>>(), repeat);
    if said.iter().any(Option::is_some) {
        group.said += 1;
        let news: Vec<(&AlertRow, Told)> = heard.iter().zip(&said).filter_map(|(one, said)| Some((one.alert, (*said)?))).collect();
        // Who hears beginnings only hears them when there is one, or when all is said again.
        let begins = repeat
            || heard
                .iter()
                .zip(&said)
                .any(|(one, said)| *said == Some(Told::Firing) && (one.member.told != Told::Firing || one.member.worse));
        let worse = heard.iter().filter(|one| one.member.worse).map(|one| one.alert.id.as_str()).collect();
        let ended = heard.iter().zip(&said).filter(|(_, said)| **said == Some(Told::Over)).map(|(one, _)| one);
        let moved: HashMap<&str, &Moved> =
            ended.filter(|one| one.moved.anew || !one.moved.owed.is_empty()).map(|one| (one.alert.id.as_str(), &one.moved)).collect();
        let before = spoken.notices.len();
        tell(tx, ctx, group, &News { all: &news, begins, worse, moved }, names, spoken).await?;
        spoken.clocks.push((group.id.clone(), begins, before..spoken.notices.len()));
    }
    let (mut left, mut called) = (0, 0);
    for (one, said) in heard.iter_mut().zip(said) {
        let (id, member) = (&one.alert.id, &mut one.member);
        let severity = one.alert.severity;
        if let Some(said) = said.filter(|said| *said != member.told || *said == Told::Firing && one.severity != Some(severity)) {
            spoken.told.push((group.id.clone(), id.clone(), said, severity));
            member.told = said;
        }
        if let Some(held) = held
            && said.is_none()
            && !member.over
            && member.told == Told::Nothing
            && one.reasons.is_empty()
        {
            spoken.decided.push((Decided { alert: id.clone(), kind: DecisionKind::Held, data: held.clone() }, Vec::new()));
        }
        if is_done(member) || group.leaving == 1 && member.told != Told::Firing {
            spoken.gone.push((group.id.clone(), id.clone()));
            continue;
        }
        left += 1;
        // One that only waits for an end, and never repeats, is called by the end; one that is kept quiet, by its release.
        let waits = member.told == Told::Firing || group.standing == 1 && member.quiet && one.alert.is_suppressed();
        called += i32::from(!member.over && waits);
    }
    let at_rest = (group.standing == 1 || group.leaving == 1) && left == called;
    group.next_at = (!at_rest).then(|| now.plus(group.interval_ms.max(1_000)).0);
    group.flushed_at = Some(now.0);
    if left == 0 {
        spoken.empty.push(group.id.clone());
    }
    Ok(())
}

/// What a group says at a time.
struct News<'a> {
    /// Of each alert, whether it fires or is over.
    all: &'a [(&'a AlertRow, Told)],
    /// Whether there is something in it for those who hear beginnings only.
    begins: bool,
    /// What is worse than it was told to be, by its id.
    worse: HashSet<&'a str>,
    /// What is over and was told before it was led here, by its id.
    moved: HashMap<&'a str, &'a Moved>,
}

/// One notification of a group: a notice for its channels and one for each team that hears of it, and a decision on each alert.
async fn tell(
    tx: &mut WriteTx,
    ctx: &Context,
    group: &GroupRow,
    news: &News<'_>,
    names: &HashMap<SystemId, String>,
    spoken: &mut Spoken,
) -> Result<(), Fault> {
    let key = format!("group-{}-{}", group.id, group.said);
    // Places of what tells of everything, and of what tells of beginnings alone.
    let mut chosen: [Option<usize>; 2] = [None; 2];
    // An end that nobody wants to hear is told all the same, as far as the books are concerned.
    let wants = |told: Told| group.send_resolved == 1 || told == Told::Firing && news.begins;
    // Nor do those who hear it now hear the end of what they were not told of.
    let elsewhere = |alert: &AlertRow| news.moved.get(alert.id.as_str()).is_some_and(|moved| moved.anew);
    let worse = |alert: &AlertRow| news.worse.contains(alert.id.as_str());
    let mut wanted: Vec<(&AlertRow, Told)> = news.all.iter().copied().filter(|(alert, told)| wants(*told) && !elsewhere(alert)).collect();
    // Whoever names some only names ends: they are told once, what fires is told again.
    wanted.sort_by_key(|(_, told)| *told != Told::Over);
    if group.standing == 1 {
        for (alert, told) in &wanted {
            spoken.notices.push((To::Listening, None, payload::alone(alert, *told, worse(alert), names)?));
        }
    } else if let Some((first, _)) = wanted.first() {
        let ids = deliveries::named(tx, &store::read_list(&group.channels)).await?;
        if !ids.is_empty() {
            for (place, (ends, news)) in chosen.iter_mut().zip(apart(tx, spoken, &wanted, news.begins).await?) {
                *place = Some(spoken.notices.len());
                let notices = payload::notices(ctx, group, &news, &key, names)?;
                spoken.notices.extend(notices.into_iter().map(|notice| (To::These(ids.clone()), ends, notice)));
            }
        }
        if group.tells_team == 1 {
            let mut teams: Vec<&str> = wanted.iter().map(|(alert, _)| alert.team_id.as_str()).collect();
            teams.sort_unstable();
            teams.dedup();
            for team in teams {
                let theirs: Vec<_> = wanted.iter().copied().filter(|(alert, _)| alert.team_id == team).collect();
                for (ends, news) in apart(tx, spoken, &theirs, news.begins).await? {
                    let notices = payload::notices(ctx, group, &news, &format!("{key}-{team}"), names)?;
                    spoken.notices.extend(notices.into_iter().map(|notice| (To::Others(ids.clone()), ends, notice)));
                }
            }
        }
        tracing::debug!(group = group.id, receiver = group.receiver, alert = first.id, "a group speaks");
    }
    let moved: Vec<_> = news.all.iter().filter_map(|(alert, _)| Some((*alert, *news.moved.get(alert.id.as_str())?))).collect();
    let mut former: HashMap<&str, Vec<usize>> = HashMap::new();
    if !moved.is_empty() {
        for ends in owed::ends(tx, ctx, group, &moved, &key, names).await? {
            for alert in ends.alerts {
                former.entry(alert).or_default().push(spoken.notices.len());
            }
            spoken.notices.push((ends.to, None, ends.notice));
        }
    }
    for (alert, told) in news.all {
        let key = if elsewhere(alert) { owed::key_of_former(&key) } else { key.clone() };
        let data = json!({ "group": group.id, "receiver": group.receiver, "told": told, "alerts": news.all.len(), "number": group.said,
            "key": if group.standing == 1 { payload::key_alone(alert, *told, worse(alert)) } else { key },
            "standing": group.standing == 1, "team": group.tells_team == 1, "channels": 0 });
        let mut places = former.remove(alert.id.as_str()).unwrap_or_default();
        if !elsewhere(alert) {
            places.extend(chosen.into_iter().flatten().take(if *told == Told::Firing { 2 } else { 1 }));
        }
        spoken.decided.push((Decided { alert: alert.id.clone(), kind: DecisionKind::Told, data }, places));
    }
    Ok(())
}

/// Who is told what: all of them everything, or, where something is over, those who are told of beginnings only nothing of that.
async fn apart<'a>(
    tx: &mut WriteTx,
    spoken: &mut Spoken,
    news: &[(&'a AlertRow, Told)],
    begins: bool,
) -> Result<Vec<(Option<bool>, Vec<(&'a AlertRow, Told)>)>, Fault> {
    if news.iter().all(|(_, told)| *told == Told::Firing) {
        return Ok(vec![(None, news.to_vec())]);
    }
    let begun: Vec<_> = news.iter().copied().filter(|(_, told)| begins && *told == Told::Firing).collect();
    if begun.is_empty() {
        return Ok(vec![(Some(true), news.to_vec())]);
    }
    let some = match spoken.firing_only {
        Some(some) => some,
        None => *spoken.firing_only.insert(deliveries::any_firing_only(tx).await?),
    };
    // A second message to nobody is not worth its making.
    Ok(if some { vec![(Some(true), news.to_vec()), (Some(false), begun)] } else { vec![(None, news.to_vec())] })
}

/// Writes what was said: the outbox, the decisions, what the members know, and who is gone. Gives the groups whose time until
/// they repeat it all begins anew: not those that told ends which nobody wants to hear.
async fn write(tx: &mut WriteTx, ctx: &Context, spoken: Spoken) -> Result<HashSet<String>, Fault> {
    let reached = deliveries::enqueue_all(tx, ctx, spoken.notices).await?;
    let heard = |places: Range<usize>| reached.get(places).is_some_and(|counts| counts.iter().any(|count| *count > 0));
    let clocks =
        spoken.clocks.into_iter().filter(|(_, begins, places)| *begins || heard(places.clone())).map(|(group, ..)| group).collect();
    let decided: Vec<Decided> = spoken
        .decided
        .into_iter()
        .map(|(mut decided, places)| {
            if !places.is_empty() {
                decided.data["channels"] = json!(places.iter().filter_map(|place| reached.get(*place)).sum::<u64>());
            }
            decided
        })
        .collect();
    store::decide(tx, ctx, &decided).await?;
    let told: Vec<_> =
        spoken.told.iter().map(|(group, alert, told, severity)| (group.as_str(), alert.as_str(), *told, *severity)).collect();
    store::tell(tx, &told, ctx.now()).await?;
    let gone: Vec<_> = spoken.gone.iter().map(|(group, alert)| (group.as_str(), alert.as_str())).collect();
    store::remove(tx, &gone).await?;
    store::end(tx, &spoken.empty.iter().map(String::as_str).collect::<Vec<_>>()).await?;
    Ok(clocks)
}
