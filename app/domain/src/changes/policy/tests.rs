use super::*;
use crate::{Permission, PermissionSet, id::RoleId, people::Membership};

fn team(n: u8) -> TeamId {
    TeamId::parse(&format!("00000000-0000-7000-8000-0000000000{n:02x}")).unwrap()
}

fn typed(pairs: &[(&str, &str)]) -> Typed {
    Typed::from_pairs(pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())))
}

fn member(of: Option<TeamId>, role: &str) -> Membership {
    Membership {
        team: of,
        team_name: String::new(),
        role: RoleId::parse("00000000-0000-7000-8000-000000000099").unwrap(),
        role_key: role.into(),
        role_name: String::new(),
        role_name_zh: String::new(),
        home: String::new(),
        permissions: [Permission::ApproveChanges].into_iter().collect::<PermissionSet>(),
    }
}

fn two_stages() -> PolicyContent {
    let named = team(9);
    let fields = [
        ("name", "Core"),
        ("kinds", "normal"),
        ("risks", "high"),
        ("risks", "medium"),
        ("tiers", "1"),
        ("stages[0].count", "1"),
        ("stages[0].of", "each-owner"),
        ("stages[2].count", "2"),
        ("stages[2].of", "team"),
        ("stages[2].team", named.as_str()),
        ("stages[2].roles", "approver"),
        ("in_order", "on"),
        ("hours", "48"),
    ];
    PolicyContent::parse(&typed(&fields), &["approver".into()]).unwrap()
}

#[test]
fn a_policy_becomes_demands() {
    let policy = two_stages();
    assert!(policy.matches(Kind::Normal, Risk::High, 1) && !policy.matches(Kind::Normal, Risk::Low, 1));
    assert!(!policy.matches(Kind::Emergency, Risk::High, 1) && !policy.matches(Kind::Normal, Risk::High, 2));
    let demands = policy.demands(&[team(1), team(2)], &team(3));
    let told: Vec<_> = demands.list.iter().map(|d| (d.stage, d.count, d.teams.clone(), d.roles.len())).collect();
    assert_eq!(told, [(0, 1, vec![team(1)], 0), (0, 1, vec![team(2)], 0), (1, 2, vec![team(9)], 1)]);
    assert_eq!(demands.needed(), 4);
    assert_eq!(demands.open(&[]), [0, 1]);
    assert_eq!(demands.open(&[1, 0, 0]), [1]);
    assert_eq!(demands.open(&[1, 1, 1]), [2]);
    assert_eq!(demands.open(&[1, 1, 2]), [] as [usize; 0]);
    assert_eq!(Demands { in_order: false, ..demands.clone() }.open(&[1, 0, 0]), [1, 2]);
    assert_eq!(PolicyContent::parse(&policy.to_typed(), &["approver".into()]).unwrap(), policy);
}

#[test]
fn an_environment_is_asked_for_with_evidence_only() {
    let fields = [("name", "P"), ("stages[0].count", "1"), ("stages[0].of", "owners"), ("like_production", "on")];
    let fault = PolicyContent::parse(&typed(&fields), &[]).unwrap_err();
    assert_eq!((fault.problems()[0].field.as_str(), fault.problems()[0].expected.key), ("evidence", "changes-expect-evidence"));
    let policy = PolicyContent::parse(&typed(&[&fields[..], &[("evidence", "drill")]].concat()), &[]).unwrap();
    assert_eq!(PolicyContent::parse(&policy.to_typed(), &[]).unwrap(), policy);
    let demands = policy.demands(&[team(1)], &team(1));
    assert_eq!(demands.wanted(&[]).iter().map(|one| one.production.map(<[_]>::len)).collect::<Vec<_>>(), [Some(0)]);
    // What was written before is read as it was meant.
    let mut before = serde_json::to_value(&demands).unwrap();
    assert_eq!(before.as_object_mut().unwrap().remove("like_production"), Some(true.into()));
    let before: Demands = serde_json::from_value(before).unwrap();
    assert_eq!(before.wanted(&[])[0].production, None);
}

#[test]
fn who_fits() {
    let demands = two_stages().demands(&[team(1), team(2)], &team(3));
    assert!(demands.list[0].fits(&[member(Some(team(1)), "x")]) && !demands.list[0].fits(&[member(Some(team(2)), "x")]));
    assert!(!demands.list[2].fits(&[member(Some(team(9)), "x")]) && demands.list[2].fits(&[member(None, "approver")]));
    let all = Demands::usual(&[team(1), team(2)], 2);
    assert!(
        !all.list[0].fits(&[member(Some(team(1)), "x")]) && all.list[0].fits(&[member(Some(team(1)), "x"), member(Some(team(2)), "y")])
    );
    let nobody = Membership { permissions: PermissionSet::NONE, ..member(None, "approver") };
    assert!(!all.list[0].fits(&[nobody]));
}

#[test]
fn everything_wrong_is_said_at_once() {
    let fields = [
        ("name", ""),
        ("risks", "huge"),
        ("tiers", "5"),
        ("hours", "x"),
        ("stages[0].of", "team"),
        ("stages[0].count", "0"),
        ("stages[0].roles", "king"),
        ("stages[1].of", "them"),
        ("stages[1].count", "1"),
        ("wat", "x"),
    ];
    let fault = PolicyContent::parse(&typed(&fields), &[]).unwrap_err();
    let told: Vec<_> = fault.problems().iter().map(|p| p.field.as_str()).collect();
    let expected = ["wat", "name", "risks", "tiers", "hours", "stages[0].count", "stages[0].team", "stages[0].roles", "stages[1].of"];
    assert_eq!(told, expected);
    let fault = PolicyContent::parse(&typed(&[("name", "Empty")]), &[]).unwrap_err();
    assert_eq!(fault.problems()[0].field, "stages[0].of");
    let standard = [("name", "S"), ("kinds", "standard"), ("evidence", "drill")];
    assert_eq!(PolicyContent::parse(&typed(&standard), &[]).unwrap().stages.len(), 0);
    let asked = [&standard[..], &[("stages[0].count", "1"), ("stages[0].of", "owners")]].concat();
    let fault = PolicyContent::parse(&typed(&asked), &[]).unwrap_err();
    assert_eq!((fault.problems()[0].field.as_str(), fault.problems()[0].expected.key), ("stages[0].of", "changes-expect-no-stages"));
    let both = [&asked[..], &[("kinds", "normal")]].concat();
    assert!(PolicyContent::parse(&typed(&both), &[]).is_ok());
    let json = [("name", "J"), ("stages", r#"{"count":1,"of":"owners"}"#)];
    assert_eq!(PolicyContent::parse(&typed(&json), &[]).unwrap().stages.len(), 1);
}

#[test]
fn what_a_portal_begins_with_is_what_a_form_would_say() {
    let all = PolicyContent::starters(["a", "b", "c"].map(str::to_owned));
    for one in &all {
        assert_eq!(PolicyContent::parse(&one.to_typed(), &[]).unwrap(), *one);
    }
    let decides =
        |kind, risk, tier| all.iter().find(|one| one.matches(kind, risk, tier)).map(|one| (one.name.as_str(), one.stages[0].count));
    assert_eq!(decides(Kind::Normal, Risk::High, 1), Some(("a", 2)));
    assert_eq!(decides(Kind::Normal, Risk::Low, 1), Some(("b", 1)));
    assert_eq!((decides(Kind::Normal, Risk::High, 3), decides(Kind::Normal, Risk::Low, 3)), (Some(("c", 2)), None));
    assert_eq!(decides(Kind::Emergency, Risk::High, 1), None);
    assert!(all[..2].iter().all(|one| one.evidence.contains(&EvidenceKind::Availability)) && all.iter().all(|one| one.rollback));
}
