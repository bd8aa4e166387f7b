use super::*;

pub(crate) fn id(n: u8) -> String {
    format!("00000000-0000-7000-8000-0000000000{n:02x}")
}

fn system(n: u8, key: &str) -> Brief {
    Brief {
        id: SystemId::parse(&id(n)).unwrap(),
        key: key.into(),
        name: key.into(),
        team: TeamId::parse(&id(1)).unwrap(),
        team_name: "Payments".into(),
        tier: 1,
    }
}

pub(crate) fn typed() -> Typed {
    Typed::from_pairs(
        [
            ("title", "New routing"),
            ("systems", "ledger"),
            ("systems", "gateway"),
            ("start", "2025-03-14T02:00"),
            ("end", "2025-03-14T04:00"),
            ("zone", "Asia/Shanghai"),
            ("plan", "1. deploy"),
            ("rollback", "deploy the one before"),
            ("impact", ""),
            ("risk", "low"),
            ("risk_reason", "done weekly"),
        ]
        .map(|(k, v)| (k.to_owned(), v.to_owned())),
    )
}

pub(crate) fn content() -> Content {
    Content::parse(&typed(), &[system(2, "gateway"), system(3, "ledger")]).unwrap()
}

#[test]
fn systems_by_key_or_id_sorted_and_the_team_of_the_first() {
    let content = content();
    assert_eq!(content.systems.iter().map(SystemId::as_str).collect::<Vec<_>>(), [id(2), id(3)]);
    assert_eq!(content.team.as_str(), id(1));
    let again = Content::parse(&content.to_typed(), &[system(2, "gateway"), system(3, "ledger")]).unwrap();
    assert_eq!(again, content);
}

#[test]
fn what_was_approved_before_keeps_its_hash() {
    let old = r#"{"title":"T","team":"00000000-0000-7000-8000-000000000001","systems":[],"window":{"start":"2025-03-14T02:00","end":"2025-03-14T04:00",
        "zone":"UTC","span":{"from":1741917600000,"to":1741924800000}},"plan":"p","rollback":"r","impact":"","risk":"low","risk_reason":"x"}"#;
    let content: Content = serde_json::from_str(old).unwrap();
    assert_eq!((content.kind, content.steps.len()), (Kind::Normal, 0));
    assert_eq!(&content.hash()[..16], "86682da09e34a0e5");
}

#[test]
fn steps_and_artifact_come_through_the_form() {
    let mut typed = typed();
    for (name, value) in [
        ("kind", "emergency"),
        ("artifact", "gateway"),
        ("artifact_version", "4.12"),
        ("artifact_sha", &"ab".repeat(32)),
        ("steps[0].what", "drain"),
        ("steps[0].who", "rita"),
        ("steps[1].what", ""),
        ("steps[2].what", "deploy"),
        ("steps[2].expected", "all nodes green"),
    ] {
        typed.set(name, value);
    }
    let known = [system(2, "gateway"), system(3, "ledger")];
    let content = Content::parse(&typed, &known).unwrap();
    let told: Vec<_> = content.steps.iter().map(|s| format!("{}/{}/{}", s.what, s.who, s.expected)).collect();
    assert_eq!((told.as_slice(), content.kind), (&["drain/rita/".to_owned(), "deploy//all nodes green".to_owned()][..], Kind::Emergency));
    assert_eq!(Content::parse(&content.to_typed(), &known).unwrap(), content);
    typed.set("steps[3].who", "nobody knows what");
    typed.set("artifact_sha", "xyz");
    typed.set("steps[4].wat", "x");
    let fault = Content::parse(&typed, &known).unwrap_err();
    let fields: Vec<_> = fault.problems().iter().map(|p| p.field.as_str()).collect();
    assert_eq!(fields, ["steps[4].wat", "artifact_sha", "steps[3].what"]);
}

fn tool(n: u8) -> Option<crate::id::ToolId> {
    crate::id::ToolId::parse(&id(n))
}

fn given(key: &str, value: &str) -> crate::changes::Given {
    [(key.to_owned(), value.to_owned())].into()
}

#[test]
fn what_tools_are_given_comes_through_the_form_and_json_alike() {
    let known = [system(2, "gateway"), system(3, "ledger")];
    let (own, other) = (id(4), id(5));
    let with = |pairs: &[(&str, &str)]| {
        let mut typed = typed();
        for (name, value) in pairs {
            typed.set(*name, value);
        }
        Content::parse(&typed, &known)
    };
    let form = with(&[
        ("steps[0].what", "drain"),
        ("steps[0].tool", &own),
        ("steps[0].parameters", " node = n-1 \n\nforce=\nto = a=b"),
        ("steps[0].rollback_tool", &other),
        ("steps[0].rollback_parameters", "node = n-1"),
    ])
    .unwrap();
    let json = format!(
        r#"{{"what":"drain","tool":"{own}","parameters":{{"node":"n-1","to":"a=b"}},"rollback_tool":"{other}","rollback_parameters":{{"node":"n-1"}}}}"#
    );
    assert_eq!(with(&[("steps", &json)]).unwrap(), form);
    assert_eq!(Content::parse(&form.to_typed(), &known).unwrap(), form);
    let wrong = |part: &str, value: &str| {
        let fault = with(&[("steps[0].what", "drain"), (&format!("steps[0].{part}"), value)]).unwrap_err();
        fault.problems().iter().map(|p| (p.field.clone(), p.expected.key)).collect::<Vec<_>>()
    };
    assert_eq!(wrong("parameters", "node = 1"), [("steps[0].parameters".to_owned(), "changes-expect-no-parameters")]);
    assert_eq!(wrong("rollback_parameters", "node"), [("steps[0].rollback_parameters".to_owned(), "changes-expect-parameters")]);
    assert_eq!(wrong("rollback_tool", "drain"), [("steps[0].rollback_tool".to_owned(), "expect-id")]);
    // Which version of a tool is meant is nothing that whoever asks decides; where none is, none is written.
    let versioned = json.replace(r#""tool":"#, r#""tool_version":7,"tool":"#);
    assert_eq!(with(&[("steps", &versioned)]).unwrap(), form);
    assert!(!serde_json::to_string(&form).unwrap().contains("version\":null"));
    // A line of its own would be another parameter.
    let smuggled = json.replace("n-1", "n\\nto=c");
    assert_eq!(with(&[("steps", &smuggled)]).unwrap_err().problems()[0].expected.key, "changes-expect-step");
}

#[test]
fn the_time_of_rolling_back_is_a_number_of_minutes_or_left_out() {
    let known = [system(2, "gateway"), system(3, "ledger")];
    let read = |text: &str| {
        let mut typed = typed();
        typed.set("rollback_minutes", text);
        Content::parse(&typed, &known)
    };
    assert_eq!((content().rollback_minutes, read(" 30 ").unwrap().rollback_minutes), (0, 30));
    assert_eq!(Content::parse(&read("30").unwrap().to_typed(), &known).unwrap().rollback_minutes, 30);
    for wrong in ["-1", "1441", "half an hour"] {
        assert_eq!(read(wrong).unwrap_err().problems().iter().map(|p| p.field.as_str()).collect::<Vec<_>>(), ["rollback_minutes"]);
    }
}

#[test]
fn everything_wrong_is_said_at_once() {
    let mut typed = Typed::default();
    typed.set("titel", "x");
    typed.set("systems", "mainframe");
    let fault = Content::parse(&typed, &[]).unwrap_err();
    let fields: Vec<_> = fault.problems().iter().map(|p| p.field.as_str()).collect();
    assert_eq!(fields, ["titel", "title", "systems", "zone", "start", "end", "plan", "risk", "risk_reason"]);
}

#[test]
fn every_part_moves_the_hash() {
    let base = content();
    let mut seen = std::collections::BTreeSet::from([base.hash()]);
    let edits: [fn(&mut Content); 29] = [
        |c| c.title.push('x'),
        |c| c.team = TeamId::parse(&id(9)).unwrap(),
        |c| {
            c.systems.pop();
        },
        |c| c.window.start.push('x'),
        |c| c.window.end.push('x'),
        |c| c.window.zone.push('x'),
        |c| c.window.span.to = c.window.span.to.plus(1),
        |c| c.plan.push('x'),
        |c| c.rollback.push('x'),
        |c| c.impact.push('x'),
        |c| c.rollback_minutes = 30,
        |c| c.risk = Risk::High,
        |c| c.kind = Kind::Emergency,
        |c| c.artifact = Some(Artifact { name: "gateway".into(), version: "4.12".into(), sha: String::new() }),
        |c| c.artifact = Some(Artifact { name: "gateway".into(), version: "4.1".into(), sha: "2".into() }),
        |c| c.steps.push(Step { what: "drain".into(), ..Step::default() }),
        |c| c.watch.minutes = 120,
        |c| c.watch.margin = 100,
        |c| c.watch.latency = 30,
        |c| c.steps.push(Step { what: "drain".into(), who: "rita".into(), ..Step::default() }),
        |c| c.steps.push(Step { what: "drain".into(), tool: tool(4), ..Step::default() }),
        |c| c.steps.push(Step { what: "drain".into(), tool: tool(4), parameters: given("node", "1"), ..Step::default() }),
        |c| c.steps.push(Step { what: "drain".into(), tool: tool(4), parameters: given("node", "2"), ..Step::default() }),
        |c| c.steps.push(Step { what: "drain".into(), tool: tool(4), rollback_tool: tool(5), ..Step::default() }),
        |c| c.steps.push(Step { what: "drain".into(), tool: tool(4), tool_version: Some(1), ..Step::default() }),
        |c| c.steps.push(Step { what: "drain".into(), tool: tool(4), tool_version: Some(2), ..Step::default() }),
        |c| c.steps.push(Step { what: "drain".into(), tool: tool(4), rollback_tool_version: Some(1), ..Step::default() }),
        |c| {
            let (tool, rollback_tool, rollback_parameters) = (tool(4), tool(5), given("node", "1"));
            c.steps.push(Step { what: "drain".into(), tool, rollback_tool, rollback_parameters, ..Step::default() });
        },
        |c| c.steps.extend([Step { what: "drain".into(), ..Step::default() }, Step { what: "drain".into(), ..Step::default() }]),
    ];
    for edit in edits {
        let mut other = base.clone();
        edit(&mut other);
        assert!(seen.insert(other.hash()), "an edit left the hash alone");
    }
    // Moving text from one field into the next is another content.
    let mut moved = base.clone();
    moved.plan = String::from("1. deplo");
    moved.rollback = format!("y{}", base.rollback);
    assert!(seen.insert(moved.hash()));
}
