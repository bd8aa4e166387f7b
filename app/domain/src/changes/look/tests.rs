use super::*;
use crate::{statistics::random::Chance, time::MINUTE};

const NOW: Timestamp = Timestamp(1_741_932_000_000);

/// Slots of about so many transactions, of which a share fails, with a latency around a middle.
fn slots(chance: &mut Chance, count: usize, total: f64, share: f64, latency: f64) -> Vec<SlotSeen> {
    (0..count)
        .map(|_| {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "small counts")]
            let total = (total + chance.normal() * total.sqrt()).round().max(0.0) as u64;
            let failed = (0..total).filter(|_| chance.share() < share).count() as u64;
            SlotSeen { total, failed, latency: (0..total).map(|_| latency * (0.6 * chance.normal()).exp()).collect() }
        })
        .collect()
}

fn gateway(seed: u64, since: impl FnOnce(&mut Chance) -> Vec<SlotSeen>) -> SystemSeen {
    let chance = &mut Chance::new(seed);
    let before = (0..3).map(|_| slots(chance, 60, 300.0, 0.01, 120.0)).collect();
    SystemSeen { name: "gateway".into(), before, since: since(chance), ..SystemSeen::default() }
}

fn looked(seen: SystemSeen, codes: Vec<NewCode>) -> Look {
    looked_beside(seen, &[], codes)
}

/// The look after the last slot that was seen.
fn looked_beside(seen: SystemSeen, others: &[SystemSeen], codes: Vec<NewCode>) -> Look {
    let span = Span { from: NOW, to: NOW.plus(60 * MINUTE) };
    let at = NOW.plus(MINUTE * i64::try_from(seen.since.len()).unwrap());
    let course = Course { stage: WatchStage::Watching, span, next: at };
    look((at, &course), (&[seen], others), codes, Watch { margin: 50, ..Watch::default() })
}

#[test]
fn what_is_as_before_passes_and_what_fails_more_fails() {
    let fine = looked(gateway(1, |chance| slots(chance, 60, 300.0, 0.01, 120.0)), vec![]);
    assert_eq!((fine.verdict, fine.figures.len(), fine.stretches), (Verified::Pass, 4, 3), "{fine:#?}");
    let bad = looked(gateway(2, |chance| slots(chance, 20, 300.0, 0.04, 120.0)), vec![]);
    assert_eq!((bad.verdict, bad.figures[0].measure, bad.figures[0].verdict), (Verified::Fail, LookMeasure::Failures, Verified::Fail));
    assert!(bad.figures[0].low.unwrap() > 0.5 && bad.figures[0].margin == 0.5);
    let slow = looked(gateway(3, |chance| slots(chance, 30, 300.0, 0.01, 190.0)), vec![]);
    assert_eq!((slow.verdict, slow.figures[0].measure), (Verified::Fail, LookMeasure::Median));
    let (_, said) = bad.sentence();
    assert_eq!(said.unwrap().key, "changes-look-failures");
}

#[test]
fn few_transactions_say_nothing() {
    let few = looked(gateway(4, |chance| slots(chance, 5, 3.0, 0.01, 120.0)), vec![]);
    assert_eq!(few.verdict, Verified::Inconclusive);
    let nothing = looked(SystemSeen { name: "reports".into(), ..SystemSeen::default() }, vec![]);
    assert_eq!(
        (nothing.verdict, nothing.unseen.as_slice(), nothing.sentence().1),
        (Verified::Inconclusive, &["reports".to_owned()][..], None)
    );
}

#[test]
fn missing_data_never_passes() {
    let silent = looked(gateway(5, |_| vec![]), vec![]);
    assert_eq!((silent.verdict, silent.figures[0].doubt), (Verified::Inconclusive, Some(LookDoubt::Nothing)));
    let gone = gateway(6, |chance| {
        let mut slots = slots(chance, 60, 300.0, 0.01, 120.0);
        slots[20..40].fill(SlotSeen::default());
        slots
    });
    assert_eq!(looked(gone, vec![]).figures[0].doubt, Some(LookDoubt::Missing));
    let thin = looked(gateway(7, |chance| slots(chance, 60, 30.0, 0.0, 120.0)), vec![]);
    assert_eq!((thin.verdict, thin.figures[0].doubt), (Verified::Inconclusive, Some(LookDoubt::Missing)));
}

#[test]
fn a_system_that_tells_nothing_lets_nothing_close() {
    let span = Span { from: NOW, to: NOW.plus(60 * MINUTE) };
    let course = Course { stage: WatchStage::Watching, span, next: span.to };
    let beside = |other: SystemSeen, failing: f64| {
        let seen = [gateway(1, |chance| slots(chance, 60, 300.0, failing, 120.0)), other];
        look((span.to, &course), (&seen, &[]), vec![], Watch { margin: 50, ..Watch::default() })
    };
    let key = |look: &Look| look.sentence().1.map(|wording| wording.key);
    // Something was to come of it: what the others show is not enough.
    let ledger = SystemSeen { name: "ledger".into(), silent: true, ..SystemSeen::default() };
    let silent = beside(ledger.clone(), 0.01);
    assert_eq!((silent.verdict, silent.closes(), key(&silent)), (Verified::Inconclusive, false, Some("changes-look-silent")));
    assert_eq!((silent.silent.as_slice(), silent.unseen.as_slice()), (&["ledger".to_owned()][..], &["ledger".to_owned()][..]));
    assert!(silent.warnings().iter().any(|(_, wording)| wording.key == "changes-look-silent"));
    let bad = beside(ledger, 0.04);
    assert_eq!((bad.verdict, key(&bad)), (Verified::Fail, Some("changes-look-failures")));
    // Nothing tells of it, and nothing was to: the others pass, and a person closes.
    let paper = beside(SystemSeen { name: "paper".into(), ..SystemSeen::default() }, 0.01);
    assert_eq!((paper.verdict, paper.closes(), paper.silent.len(), key(&paper)), (Verified::Pass, false, 0, Some("changes-look-failures")));
    assert!(paper.warnings().iter().any(|(_, wording)| wording.key == "changes-look-unseen"));
    // What has transactions is told of by them, whatever else is silent.
    let seen = SystemSeen { silent: true, ..gateway(2, |chance| slots(chance, 60, 300.0, 0.01, 120.0)) };
    let both = beside(seen, 0.01);
    assert_eq!((both.verdict, both.closes()), (Verified::Pass, true));
}

#[test]
fn a_past_out_of_order_excuses_nothing() {
    let mut seen = gateway(8, |chance| slots(chance, 60, 300.0, 0.06, 120.0));
    seen.before.push(slots(&mut Chance::new(9), 60, 300.0, 0.2, 120.0));
    let look = looked(seen, vec![]);
    assert_eq!((look.verdict, look.stretches), (Verified::Fail, 3));
}

#[test]
fn a_code_never_seen_before_counts_for_itself() {
    let since = |chance: &mut Chance| slots(chance, 60, 300.0, 0.01, 120.0);
    let codes = |failed| vec![NewCode { code: "E77".into(), failed }, NewCode { code: "E1".into(), failed: 0 }];
    let few = looked(gateway(10, since), codes(4));
    assert_eq!((few.verdict, few.codes.len()), (Verified::Pass, 1), "{:#?}", few.figures);
    let many = looked(gateway(10, since), codes(400));
    assert_eq!((many.verdict, many.figures[0].measure), (Verified::Fail, LookMeasure::Codes));
}

/// A look is taken again and again: how often does a change that changed nothing fail, over all its looks?
#[test]
fn looking_often_does_not_fail_what_is_fine() {
    let (mut failed, mut passed) = (0, 0);
    for seed in 0..60 {
        let chance = &mut Chance::new(1_000 + seed);
        let before = (0..3).map(|_| slots(chance, 60, 60.0, 0.02, 120.0)).collect::<Vec<_>>();
        let since = slots(chance, 60, 60.0, 0.02, 120.0);
        let verdicts: Vec<_> = (1..=12)
            .map(|n| {
                let since = since[..n * 5].to_vec();
                looked(SystemSeen { name: "gateway".into(), before: before.clone(), since, ..SystemSeen::default() }, vec![]).verdict
            })
            .collect();
        failed += u32::from(verdicts.contains(&Verified::Fail));
        passed += u32::from(verdicts.last() == Some(&Verified::Pass));
    }
    assert!(failed <= 2, "{failed} of 60 failed");
    println!("{passed} of 60 passed");
}

/// Others like the gateway, that fail by this share since.
fn others(seed: u64, count: u64, since: f64) -> Vec<SystemSeen> {
    (0..count)
        .map(|place| SystemSeen { id: format!("other-{place}"), ..gateway(seed + place, |chance| slots(chance, 60, 300.0, since, 120.0)) })
        .collect()
}

#[test]
fn what_hits_everybody_is_not_laid_on_the_change_and_does_not_pass() {
    let down = || gateway(20, |chance| slots(chance, 60, 300.0, 0.04, 120.0));
    assert_eq!(looked(down(), vec![]).verdict, Verified::Fail);
    let look = looked_beside(down(), &others(30, 3, 0.04), vec![]);
    let figure = look.figures.iter().find(|figure| figure.measure == LookMeasure::Failures).unwrap();
    assert_eq!((look.verdict, figure.doubt, look.controls.len()), (Verified::Inconclusive, Some(LookDoubt::Shared), 3), "{look:#?}");
    let (drift, alone) = (figure.drift.unwrap(), figure.alone.unwrap());
    assert!((2.5..3.5).contains(&drift.estimate) && drift.controls == 3 && alone.low.unwrap() > 0.5, "{figure:#?}");
    assert!(figure.estimate.abs() < 0.5 && figure.wording().key == "changes-look-failures-beside");
    // Much worse than they are is worse.
    let worse = looked_beside(gateway(21, |chance| slots(chance, 60, 300.0, 0.12, 120.0)), &others(30, 3, 0.03), vec![]);
    assert_eq!((worse.verdict, worse.figures[0].measure), (Verified::Fail, LookMeasure::Failures), "{worse:#?}");
}

#[test]
fn a_general_recovery_does_not_pass_what_stayed_bad() {
    let stayed = || gateway(1, |chance| slots(chance, 60, 300.0, 0.01, 120.0));
    let failures = |look: &Look| look.figures.iter().find(|figure| figure.measure == LookMeasure::Failures).cloned().unwrap();
    assert_eq!(failures(&looked(stayed(), vec![])).verdict, Verified::Pass);
    let mut recovered = others(60, 3, 0.002);
    for (place, other) in (70..).zip(&mut recovered) {
        other.before = (0..3).map(|stretch| slots(&mut Chance::new(place * 10 + stretch), 60, 300.0, 0.02, 120.0)).collect();
    }
    let look = looked_beside(stayed(), &recovered, vec![]);
    assert_eq!((look.verdict, failures(&look).doubt), (Verified::Inconclusive, Some(LookDoubt::Apart)), "{look:#?}");
}

#[test]
fn others_that_tell_nothing_are_left_out_and_that_is_seen() {
    let fine = || gateway(23, |chance| slots(chance, 60, 300.0, 0.01, 120.0));
    let tiny = SystemSeen { id: "tiny".into(), ..gateway(24, |chance| slots(chance, 60, 2.0, 0.01, 120.0)) };
    let mut gone = others(40, 1, 0.01).remove(0);
    gone.since[10..40].fill(SlotSeen::default());
    let look = looked_beside(fine(), &[tiny, gone], vec![]);
    assert_eq!((look.verdict, look.controls.len()), (Verified::Pass, 0), "{look:#?}");
    assert!(look.figures.iter().all(|figure| figure.drift.is_none() && figure.alone.is_none()));
    let held = looked_beside(fine(), &others(40, 2, 0.01), vec![]);
    assert_eq!((held.verdict, held.controls.len()), (Verified::Pass, 2), "{held:#?}");
    // What is missing does not pass because others are there.
    let silent = looked_beside(gateway(25, |_| vec![]), &others(40, 2, 0.01), vec![]);
    assert_eq!((silent.verdict, silent.figures[0].doubt), (Verified::Inconclusive, Some(LookDoubt::Nothing)));
}

/// Half of the minutes are quicker and half slower than before, about the same middle: a shape that changed is said and refuses nothing.
#[test]
fn a_shape_that_changed_warns_and_does_not_refuse() {
    let apart = |chance: &mut Chance| {
        let (mut fast, mut slow) = (slots(chance, 30, 300.0, 0.01, 107.0), slots(chance, 30, 300.0, 0.01, 133.0));
        (0..30).flat_map(|_| [fast.pop(), slow.pop()]).flatten().collect::<Vec<_>>()
    };
    let look = looked(gateway(71, apart), vec![NewCode { code: "E9".into(), failed: 1 }]);
    let median = look.figures.iter().find(|figure| figure.measure == LookMeasure::Median).unwrap();
    let shape = |warning: &LookWarning| matches!(warning, LookWarning::Spread { p } | LookWarning::Form { p } if *p < 1e-3);
    assert!(median.warnings.iter().any(shape), "{median:#?}");
    assert_eq!((median.verdict, median.doubt), (Verified::Pass, None), "{median:#?}");
    let keys: Vec<&str> = look.warnings().iter().map(|(_, wording)| wording.key).collect();
    assert!(keys.iter().any(|key| ["changes-warning-spread", "changes-warning-form"].contains(key)), "{keys:?}");
    assert_eq!(keys.last(), Some(&"changes-look-new-codes"));
}

#[test]
fn minutes_that_differ_and_too_many_questions_are_said() {
    let wild = |chance: &mut Chance, count: usize| -> Vec<SlotSeen> {
        (0..count).flat_map(|minute| slots(chance, 1, 300.0, if minute % 4 == 0 { 0.05 } else { 0.004 }, 120.0)).collect()
    };
    let mut seen = gateway(72, |chance| wild(chance, 60));
    seen.before = (0..3).map(|stretch| wild(&mut Chance::new(80 + stretch), 60)).collect();
    let look = looked(seen, vec![]);
    let failures = look.figures.iter().find(|figure| figure.measure == LookMeasure::Failures).unwrap();
    assert!(
        failures.warnings.iter().any(|warning| matches!(warning, LookWarning::OverDispersed { times } if *times > 2.0)),
        "{failures:#?}"
    );
    let holm = LookWarning::of(&verification::Warning::Holm { measure: "difference".into(), questions: 5 }).unwrap();
    assert_eq!(serde_json::to_value(holm).unwrap(), serde_json::json!({ "kind": "holm", "questions": 5 }));
    assert_eq!(holm.wording().key, "changes-warning-holm");
}
