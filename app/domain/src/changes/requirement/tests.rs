use super::*;
use crate::{
    changes::content::tests::id,
    evidence::{Facts, Measured, fingerprint},
    id::TeamId,
};

fn wanted<'a>(kind: EvidenceKind, bounds: Bounds) -> Wanted<'a> {
    Wanted { kind, custom: "", environment: "", production: None, bounds, peak: None }
}

pub(crate) fn evidence(sha: &str, verdict: EvidenceVerdict, until: i64) -> Evidence {
    Evidence {
        id: EvidenceId::parse(&id(7)).unwrap(),
        team: TeamId::parse(&id(1)).unwrap(),
        team_name: String::new(),
        kind: EvidenceKind::Performance,
        custom: String::new(),
        artifact: "gateway".into(),
        version: "4.12".into(),
        sha: sha.into(),
        environment: "pre".into(),
        facts: Facts::new(),
        fingerprint: String::new(),
        verdict,
        computed: true,
        measured: None,
        note: String::new(),
        file: "k6.json".into(),
        size: 1,
        file_sha256: String::new(),
        expires_at: Timestamp(until),
        by: "ci".into(),
        by_id: None,
        measured_here: false,
        at: Timestamp(0),
    }
}

#[test]
fn only_what_was_shown_of_exactly_this_artifact_counts() {
    use EvidenceVerdict::{Failed, Passed};
    let artifact = Artifact { name: "gateway".into(), version: "4.12".into(), sha: "ab12cd34ef5678".into() };
    let of = |found: &[Evidence]| {
        Requirement::of(wanted(EvidenceKind::Performance, Bounds::default()), Some(&artifact), found, &[], &[], Timestamp(10)).status
    };
    assert_eq!(of(&[]), RequirementStatus::Missing);
    assert_eq!(of(&[evidence("ab12cd34ef56", Passed, 11)]), RequirementStatus::Met);
    assert_eq!(of(&[evidence("ab12cd34ef56", Passed, 10)]), RequirementStatus::Expired, "to the millisecond");
    assert_eq!(of(&[evidence("ffffffff", Passed, 99)]), RequirementStatus::Other);
    // The newest of this artifact decides, whatever was shown before.
    assert_eq!(of(&[evidence("ab12cd34ef56", Failed, 99), evidence("ab12cd34ef56", Passed, 99)]), RequirementStatus::Failed);
    assert_eq!(of(&[evidence("ffffffff", Failed, 99), evidence("ab12cd34ef56", Passed, 99)]), RequirementStatus::Met);
    let shown = Shown::of(
        Some(&artifact),
        &[evidence("ffffffff", Passed, 99), evidence("ab12cd34ef56", Failed, 99), evidence("ab12cd34ef56", Passed, 9)],
    );
    assert_eq!(shown.iter().map(|one| (one.kind, one.verdict)).collect::<Vec<_>>(), [(EvidenceKind::Performance, Failed)]);
    assert_eq!(
        Requirement::of(
            wanted(EvidenceKind::Drill, Bounds::default()),
            Some(&artifact),
            &[evidence("ab12cd34ef56", Passed, 99)],
            &[],
            &[],
            Timestamp(10)
        )
        .status,
        RequirementStatus::Missing
    );
    assert_eq!(
        Requirement::of(wanted(EvidenceKind::Drill, Bounds::default()), None, &[], &[], &[], Timestamp(0)).status,
        RequirementStatus::Nameless
    );
}

#[test]
fn nobody_opens_the_gate_of_their_own_change_by_saying_so() {
    use EvidenceVerdict::{Failed, Passed};
    let (writer, other) = (UserId::parse(&id(2)).unwrap(), UserId::parse(&id(4)).unwrap());
    let artifact = Artifact { name: "gateway".into(), version: "4.12".into(), sha: "ab".repeat(32) };
    let told = |verdict, by: Option<&UserId>| Evidence { computed: false, by_id: by.cloned(), ..evidence(&artifact.sha, verdict, 99) };
    let writers = [writer.clone()];
    let of = |found: &[Evidence]| {
        Requirement::of(wanted(EvidenceKind::Performance, Bounds::default()), Some(&artifact), found, &writers, &[], Timestamp(10))
    };
    let key = |found: &[Evidence]| of(found).refusals(false).first().map(|refusal| refusal.why.key);
    let (own, foreign) = (told(Passed, Some(&writer)), told(Passed, Some(&other)));
    assert_eq!(
        (of(std::slice::from_ref(&own)).status, key(std::slice::from_ref(&own))),
        (RequirementStatus::Own, Some("conflict-evidence-own"))
    );
    assert_eq!(of(&[told(Passed, None)]).status, RequirementStatus::Own, "nobody knows who brought it");
    assert_eq!(key(&[own.clone(), told(Failed, Some(&other))]), Some("conflict-evidence-failed-own"));
    assert_eq!(key(&[told(Failed, Some(&writer)), foreign.clone()]), Some("conflict-evidence-failed"));
    assert_eq!(key(&[own.clone(), foreign.clone()]), None, "what somebody else brought still counts");
    assert_eq!(key(&[foreign, told(Failed, Some(&other))]), None);
    let file = Evidence { computed: true, ..own };
    assert_eq!(key(std::slice::from_ref(&file)), Some("conflict-evidence-own"), "a file is the word of whoever brings it");
    assert_eq!(key(&[Evidence { by_id: None, ..file }, told(Failed, Some(&other))]), None, "what was measured here decides");
}

#[test]
fn what_was_measured_here_counts_where_the_policy_leaves_no_limit_to_choose() {
    let writer = UserId::parse(&id(2)).unwrap();
    let artifact = Artifact { name: "gateway".into(), version: "4.12".into(), sha: "ab".repeat(32) };
    let measured =
        Measured { source: "evenkeel".into(), requests: 9, failed: Some(0), rate: Some(120.0), p50_ms: None, p99_ms: Some(200.0) };
    let own = Evidence {
        measured: Some(measured),
        by_id: Some(writer.clone()),
        measured_here: true,
        ..evidence(&artifact.sha, EvidenceVerdict::Passed, 99)
    };
    let writers = [writer];
    let of = |bounds: &str, one: &Evidence| {
        let asked = wanted(EvidenceKind::Performance, serde_json::from_str(bounds).unwrap());
        Requirement::of(asked, Some(&artifact), std::slice::from_ref(one), &writers, &[], Timestamp(10)).status
    };
    let all = r#"{"max_p99_ms":300,"max_failed":1,"min_rate":100}"#;
    assert_eq!(of(all, &own), RequirementStatus::Met);
    for some in ["{}", r#"{"max_p99_ms":300,"max_failed":1}"#, r#"{"max_p99_ms":300,"min_rate":100}"#, r#"{"max_failed":1,"min_rate":9}"#] {
        assert_eq!(of(some, &own), RequirementStatus::Own, "{some}");
    }
    assert_eq!(of(r#"{"max_p99_ms":199,"max_failed":1,"min_rate":100}"#, &own), RequirementStatus::Beyond);
    let brought = Evidence { measured_here: false, ..own.clone() };
    assert_eq!(of(all, &brought), RequirementStatus::Own, "a file that they brought");
    assert_eq!(of(all, &Evidence { computed: false, ..own }), RequirementStatus::Own, "a word");
}

#[test]
fn what_passed_lax_limits_is_held_against_those_of_the_policy() {
    let artifact = Artifact { name: "gateway".into(), version: "4.12".into(), sha: "ab".repeat(32) };
    let bounds: Bounds = serde_json::from_str(r#"{"max_p99_ms":300,"min_rate":100}"#).unwrap();
    let measured = |p99| Measured { source: "k6".into(), requests: 9, failed: Some(0), rate: Some(80.0), p50_ms: None, p99_ms: Some(p99) };
    let of = |kind, p99: Option<f64>| {
        let one = Evidence { kind, measured: p99.map(measured), ..evidence(&artifact.sha, EvidenceVerdict::Passed, 99) };
        Requirement::of(wanted(kind, bounds), Some(&artifact), &[one], &[], &[], Timestamp(10))
    };
    let keys = |one: &Requirement| one.refusals(false).into_iter().map(|refusal| refusal.why.key).collect::<Vec<_>>();
    let slow = of(EvidenceKind::Performance, Some(412.0));
    assert_eq!((slow.status, keys(&slow)), (RequirementStatus::Beyond, vec!["conflict-evidence-p99", "conflict-evidence-rate"]));
    assert_eq!(keys(&of(EvidenceKind::Performance, Some(20.0))), ["conflict-evidence-rate"]);
    assert_eq!(keys(&of(EvidenceKind::Performance, None)), ["conflict-evidence-p99-unknown", "conflict-evidence-rate-unknown"]);
    assert_eq!(of(EvidenceKind::Drill, None).status, RequirementStatus::Met, "bounds are of performance");
}

#[test]
fn custom_evidence_is_asked_for_by_name_and_from_one_environment() {
    let artifact = Artifact { name: "gateway".into(), version: "4.12".into(), sha: "ab".repeat(32) };
    let of = |custom: &str, environment: &str, found: &[(&str, &str)]| {
        let piece = |(custom, environment): &(&str, &str)| {
            let (custom, environment) = ((*custom).to_owned(), (*environment).to_owned());
            Evidence { kind: EvidenceKind::Custom, custom, environment, ..evidence(&artifact.sha, EvidenceVerdict::Passed, 99) }
        };
        let found: Vec<Evidence> = found.iter().map(piece).collect();
        let wanted = Wanted { custom, environment, ..wanted(EvidenceKind::Custom, Bounds::default()) };
        Requirement::of(wanted, Some(&artifact), &found, &[], &[], Timestamp(10))
    };
    assert_eq!(of("Pen-test report", "", &[("pen-test report ", "pre")]).status, RequirementStatus::Met);
    assert_eq!(of("pen-test report", "", &[("licences", "pre")]).status, RequirementStatus::Missing);
    assert_eq!(of("", "", &[("licences", "pre")]).status, RequirementStatus::Met);
    assert_eq!(of("", "Pre", &[("licences", "pre")]).status, RequirementStatus::Met);
    let elsewhere = of("", "prod-like", &[("licences", "laptop")]);
    assert_eq!((elsewhere.status, elsewhere.shown_in.as_str()), (RequirementStatus::Elsewhere, "laptop"));
    let why = elsewhere.refusals(false).remove(0).why;
    assert!(why.key == "conflict-evidence-environment" && why.args.contains(&("shown", "laptop".to_owned())), "{why:?}");
    assert_eq!(of("", "prod-like", &[("licences", "laptop"), ("licences", "prod-like")]).status, RequirementStatus::Met);
}

#[test]
fn an_environment_that_was_named_by_what_it_is_made_of_is_still_meant() {
    let artifact = Artifact { name: "gateway".into(), version: "4.12".into(), sha: "ab".repeat(32) };
    let of = |wanted_in: &str, environment: &str, facts: &str| {
        let facts = crate::evidence::read_facts(facts).unwrap();
        let one = Evidence { environment: environment.into(), facts, ..evidence(&artifact.sha, EvidenceVerdict::Passed, 99) };
        let wanted = Wanted { environment: wanted_in, ..wanted(EvidenceKind::Performance, Bounds::default()) };
        let found = Requirement::of(wanted, Some(&artifact), &[one], &[], &[], Timestamp(10));
        (found.status, found.shown_in)
    };
    let old = "Pre: cpu=4;replicas=3";
    assert_eq!(of(old, "pre", "replicas=3;cpu=4;data=masked").0, RequirementStatus::Met);
    assert_eq!(of(old, "pre: cpu=4;replicas=3", "").0, RequirementStatus::Met, "what was kept before");
    assert_eq!(of(old, "pre", "cpu=8;replicas=3"), (RequirementStatus::Elsewhere, "pre: cpu=8; replicas=3".into()));
    assert_eq!((of(old, "pre", "").0, of(old, "lab", "cpu=4;replicas=3").0), (RequirementStatus::Elsewhere, RequirementStatus::Elsewhere));
    for plain in ["pre: 2 nodes", "pre:", ": cpu=4"] {
        assert_eq!(of(plain, "pre", "cpu=4").0, RequirementStatus::Elsewhere, "{plain}");
    }
}

#[test]
fn the_like_of_production_under_a_small_load_shows_nothing() {
    let artifact = Artifact { name: "gateway".into(), version: "4.12".into(), sha: "ab".repeat(32) };
    let facts = crate::evidence::read_facts("cpu=8").unwrap();
    let production = [facts.clone()];
    let demands = crate::changes::Demands {
        evidence: vec![EvidenceKind::Performance, EvidenceKind::Drill],
        like_production: true,
        ..crate::changes::Demands::default()
    };
    let of = |rate: f64, peak: Option<f64>| {
        let peak = peak.and_then(|peak| Bound::try_from(peak).ok());
        let measured = Measured { source: "k6".into(), requests: 9, failed: Some(0), rate: Some(rate), p50_ms: None, p99_ms: None };
        let piece =
            |kind, measured| Evidence { kind, measured, facts: facts.clone(), ..evidence(&artifact.sha, EvidenceVerdict::Passed, 99) };
        let found = [piece(EvidenceKind::Performance, Some(measured)), piece(EvidenceKind::Drill, None)];
        let demands = crate::changes::Demands { peak, ..demands.clone() };
        let all = demands.wanted(&production).into_iter();
        all.map(|wanted| Requirement::of(wanted, Some(&artifact), &found, &[], &[], Timestamp(10))).collect::<Vec<_>>()
    };
    let small = of(24.0, Some(240.0));
    assert_eq!(small.iter().map(|one| one.status).collect::<Vec<_>>(), [RequirementStatus::Beyond, RequirementStatus::Met]);
    assert_eq!((small[0].refusals(false)[0].why.key, small[0].peak.map(Bound::value)), ("conflict-evidence-peak", Some(240.0)));
    for (rate, peak) in [(240.0, Some(240.0)), (24.0, None)] {
        assert!(of(rate, peak).iter().all(|one| one.status == RequirementStatus::Met), "{rate} {peak:?}");
    }
    assert!(demands.asks_for_peak());
    // What was asked for before anybody asked what production bears is asked for still, and no more.
    let before: crate::changes::Demands = serde_json::from_value(serde_json::to_value(&demands).unwrap()).unwrap();
    assert_eq!((before.peak, before.wanted(&production)[0].bounds), (None, crate::changes::Bounds::default()));
}

#[test]
fn evidence_is_asked_for_from_an_environment_made_as_production() {
    let artifact = Artifact { name: "gateway".into(), version: "4.12".into(), sha: "ab".repeat(32) };
    let facts = |text: &str| crate::evidence::read_facts(text).unwrap();
    let shown = |text: &str, verdict| Evidence { facts: facts(text), ..evidence(&artifact.sha, verdict, 99) };
    let of = |production: Option<&[Facts]>, environment: &str, found: &[Evidence]| {
        let wanted = Wanted { environment, production, ..wanted(EvidenceKind::Performance, Bounds::default()) };
        Requirement::of(wanted, Some(&artifact), found, &[], &[], Timestamp(10))
    };
    let told = |one: &Requirement| {
        let why = one.refusals(false).into_iter().next().map(|refusal| refusal.why);
        why.map(|why| (why.key, why.args.iter().find(|(name, _)| *name == "differs").map(|(_, text)| text.clone()).unwrap_or_default()))
    };
    let (passed, failed) = (EvidenceVerdict::Passed, EvidenceVerdict::Failed);
    let production = [facts("cpu=8;replicas=3"), facts("cpu=16;database=postgres 16")];
    let asked = Some(&production[..]);
    let small = shown("cpu=4;replicas=3", passed);
    assert_eq!(of(None, "", std::slice::from_ref(&small)).status, RequirementStatus::Met);
    // The nearest of those that it may be like.
    let unlike = of(asked, "", std::slice::from_ref(&small));
    assert_eq!((unlike.status, told(&unlike)), (RequirementStatus::Unlike, Some(("conflict-evidence-production", "cpu 8 / 4".to_owned()))));
    assert_eq!((unlike.production.as_deref(), unlike.waivable()), (asked, true));
    // One of them is enough, and what more is told does no harm; nor does what failed elsewhere.
    for like in ["replicas=3;cpu=8", "cpu=16;database=postgres 16;data=masked"] {
        let found = [shown("cpu=4;replicas=3", failed), shown(like, passed)];
        assert_eq!(of(asked, "", &found).status, RequirementStatus::Met, "{like}");
    }
    assert_eq!(of(asked, "", &[shown("cpu=8;replicas=3", failed), shown("cpu=8;replicas=3", passed)]).status, RequirementStatus::Failed);
    // What failed and does not say on what may have been the like.
    for silent in ["", "cpu=8", "data=masked"] {
        let found = [shown(silent, failed), shown("cpu=8;replicas=3", passed)];
        assert_eq!(of(asked, "", &found).status, RequirementStatus::Failed, "{silent}");
    }
    // Parts of both are like neither; nothing said is like nothing.
    assert_eq!(of(asked, "", &[shown("cpu=8;database=postgres 16", passed)]).status, RequirementStatus::Unlike);
    assert_eq!(told(&of(asked, "", &[shown("", passed)])), Some(("conflict-evidence-production", "cpu 8 / —; replicas 3 / —".to_owned())));
    let unknown = of(Some(&[]), "", &[shown("cpu=8", passed)]);
    assert_eq!(told(&unknown), Some(("conflict-evidence-production-unknown", String::new())));
    // Beside the name of an environment, both.
    assert_eq!(of(asked, "pre", &[shown("cpu=8;replicas=3", passed)]).status, RequirementStatus::Met);
    assert_eq!(of(asked, "lab", &[shown("cpu=8;replicas=3", passed)]).status, RequirementStatus::Elsewhere);
    assert_eq!(of(asked, "", &[]).status, RequirementStatus::Missing);
}

#[test]
fn a_waiver_takes_two_and_ends() {
    let user = UserId::parse(&id(2)).unwrap();
    let mut waiver = Waiver {
        id: EntryId::parse(&id(3)).unwrap(),
        kind: EvidenceKind::Drill,
        custom: String::new(),
        reason: "no line free".into(),
        until: Timestamp(20),
        asked_by: "r".into(),
        asked_id: user,
        asked_at: Timestamp(0),
        agreed_by: String::new(),
        agreed_at: None,
    };
    let of = |waiver: &Waiver, now| {
        Requirement::of(wanted(EvidenceKind::Drill, Bounds::default()), None, &[], &[], std::slice::from_ref(waiver), Timestamp(now))
    };
    assert_eq!((of(&waiver, 5).status, of(&waiver, 5).waivable()), (RequirementStatus::Nameless, false));
    waiver.agreed_at = Some(Timestamp(3));
    assert_eq!((of(&waiver, 19).status, of(&waiver, 19).refusals(false)), (RequirementStatus::Waived, vec![]));
    assert_eq!((of(&waiver, 20).status, of(&waiver, 20).waivable()), (RequirementStatus::Nameless, true));
}

#[test]
fn what_was_shown_in_different_environments_is_told() {
    let artifact = Artifact { name: "gateway".into(), version: "4.12".into(), sha: "ab12cd34ef5678".into() };
    let of = |kind, cpu: &str| {
        let facts: Facts = [("cpu", cpu), ("replicas", "3")].map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        let facts = if cpu.is_empty() { Facts::new() } else { facts };
        Evidence { kind, fingerprint: fingerprint(&facts), facts, ..evidence(&artifact.sha, EvidenceVerdict::Passed, 99) }
    };
    let told = |a: &str, b: &str| {
        let found = [of(EvidenceKind::Performance, a), of(EvidenceKind::Availability, b)];
        Shown::apart(&Shown::of(Some(&artifact), &found))
    };
    assert_eq!((told("4", "4"), told("4", ""), told("", "")), (None, None, None));
    let apart = told("4", "8").unwrap();
    assert_eq!(
        (apart.one.0, apart.other.0, apart.differs),
        (EvidenceKind::Performance, EvidenceKind::Availability, vec!["cpu 4 / 8".to_owned()])
    );
}
