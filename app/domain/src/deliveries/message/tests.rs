use super::*;

const NASTY: &str = "<!channel> *x* [a](javascript:1) <script>@all";

fn telling(data: &Value, event: Notify) -> Message {
    telling_in(data, event, Locale::En, None)
}

fn telling_in(data: &Value, event: Notify, locale: Locale, body: Option<&Template>) -> Message {
    Message::of(&Telling {
        event,
        key: "alert-1",
        at: Timestamp(1_741_932_000_000),
        data,
        channel: "pager",
        locale,
        speech: Speech::default(),
        zone: &crate::time::zone("Asia/Shanghai").unwrap(),
        base: "https://ops.example.org",
        acknowledge: Some("/ack/t"),
        unsubscribe: None,
        title: None,
        body,
    })
}

#[test]
fn an_incident_names_the_alerts_that_came_with_it() {
    let alert = |n: usize| json!({ "alert": { "id": format!("a{n}"), "title": format!("m{n} is down") } });
    let alerts: Vec<Value> = (0..8).map(alert).collect();
    let mut data = json!({ "incident": { "number": 7, "title": "m0 is down", "severity": "P1", "path": "/incidents/7", "alerts": 1 },
        "alerts": [{ "id": "a0", "title": "m0 is down", "detail": "status 503" }] });
    let named = |data: &Value, event, locale, count: usize| {
        let mut message = telling_in(data, event, locale, None);
        message.take_in(data, &alerts.iter().take(count).collect::<Vec<_>>(), Speech::default(), &TimeZone::UTC);
        (message.text, message.facts.into_iter().find(|(word, _)| word == "Alerts" || word == "告警").map(|(_, value)| value))
    };
    assert_eq!(named(&data, Notify::IncidentOpened, Locale::En, 1), ("status 503".to_owned(), None), "it is named in the text");
    let several = named(&data, Notify::IncidentOpened, Locale::Zh, 8).1.unwrap();
    assert_eq!(several, "m1 is down、m2 is down、m3 is down、m4 is down、m5 is down、另有 2 条");
    data["alerts"] = json!([]);
    assert_eq!(named(&data, Notify::IncidentResolved, Locale::En, 2).1.unwrap(), "m0 is down, m1 is down");
}

#[test]
fn a_page_says_at_once_what_is_wrong() {
    let data = serde_json::json!({
        "incident": { "number": 7, "title": "gateway is down", "severity": "P1", "opened_at": "2025-03-14T06:05:30.000Z",
            "began_at": "2025-03-14T06:05:00.000Z", "path": "/incidents/7", "alerts": 7 },
        "alerts": [{ "title": "gateway is down", "detail": "status 503, expected 200" }, { "title": "latency", "detail": "p99 4 s" }],
        "systems": [{ "name": "Gateway" }],
        "runbook": { "url": "https://ops.example.org/incidents/7#incident-runbook" },
        "page": { "policy": "Payments", "step": 2, "called": ["Wei", "Duty"], "before": ["Lena"] },
    });
    let read = |locale| {
        let zone = jiff::tz::TimeZone::UTC;
        plain(&Message::of(&Telling {
            event: Notify::Page,
            key: "k",
            at: crate::Timestamp(0),
            data: &data,
            channel: "phone",
            locale,
            speech: Speech::default(),
            zone: &zone,
            base: "https://ops.example.org",
            acknowledge: Some("/ack/x"),
            unsubscribe: None,
            title: None,
            body: None,
        }))
    };
    let english = "P1 · You are called: #7 gateway is down\n\nstatus 503, expected 200\nlatency: p99 4 s\nand 5 more\n\nSystem: Gateway\n\
        Since: 2025-03-14 06:05:00 UTC\nRunbook: https://ops.example.org/incidents/7#incident-runbook\nEscalation: Payments, step 2\n\
        Called now: Wei, Duty\nCalled before, no answer: Lena\n\nAcknowledge: https://ops.example.org/ack/x\nOpen in Evenkeel: https://ops.example.org/incidents/7\n";
    assert_eq!(read(Locale::En), english);
    let chinese = read(Locale::Zh);
    for part in
        ["呼叫值班", "系统：Gateway", "处置手册：https://", "Payments，第 2 步", "本次呼叫：Wei、Duty", "此前呼叫未应答：Lena", "另有 5 条"]
    {
        assert!(chinese.contains(part), "{part} is not in {chinese}");
    }
}

#[test]
fn both_languages_say_what_where_and_since_when() {
    let data = sample(Notify::AlertFiring);
    let en = telling(&data, Notify::AlertFiring);
    assert_eq!(en.title, "P1 · Alert fires: gateway is down");
    assert_eq!(en.text, "status 503, expected 200");
    assert_eq!(en.facts, [("System".into(), "gateway".into()), ("Since".into(), "2025-03-14 14:05:30 Asia/Shanghai".into())]);
    assert_eq!(en.link.as_deref(), Some("https://ops.example.org/alerts/0193f2a0-7b1c-7def-8abc-0123456789ab"));
    let zh = telling_in(&data, Notify::AlertFiring, Locale::Zh, None);
    assert_eq!(zh.title, "P1 · 告警触发：gateway is down");
    assert!(plain(&zh).contains("系统：gateway") && plain(&zh).contains("确认：https://ops.example.org/ack/t"));
    let page = telling(&sample(Notify::Page), Notify::Page);
    assert_eq!(page.title, "P1 · You are called: #214 gateway is down");
    assert!(page.facts.contains(&("Escalation".into(), "Payments, step 2".into())));
    let change = telling(&sample(Notify::ChangePending), Notify::ChangePending);
    assert_eq!(change.title, "Change waits for approval: CHG-12 Gateway 2.4");
    for event in Notify::ALL {
        for locale in Locale::ALL {
            assert!(!telling_in(&sample(*event), *event, locale, None).title.is_empty());
        }
    }
}

#[test]
fn a_swap_says_who_gives_which_shift_away() {
    let read = |event, locale| plain(&telling_in(&sample(event), event, locale, None));
    let english = read(Notify::SwapOffered, Locale::En);
    for part in [
        "Swap of shifts offered: Primary\n\nWei gives: 2025-03-17 09:00:00 – 2025-03-24 09:00:00 Asia/Shanghai\n\
         Lena gives: 2025-03-24 09:00:00 – 2025-03-31 09:00:00 Asia/Shanghai\n",
        "By: Wei",
        "https://ops.example.org/oncall/schedules/0193f2a0-7b1c-7def-8abc-0123456789ab#swaps",
    ] {
        assert!(english.contains(part), "{part} is not in {english}");
    }
    assert!(read(Notify::SwapAccepted, Locale::En).starts_with("Swap of shifts accepted: Primary"));
    let chinese = read(Notify::SwapDeclined, Locale::Zh);
    assert!(chinese.starts_with("换班被拒绝：Primary") && chinese.contains("Wei 让出：2025-03-17"), "{chinese}");
}

#[test]
fn a_change_that_a_person_has_to_close_says_so() {
    let said = |left: Option<&str>, locale| {
        let data = json!({ "number": "CHG-12", "title": "Gateway 2.4", "verdict": "pass", "left": left });
        telling_in(&data, Notify::ChangeVerified, locale, None).facts
    };
    let pair = |label: &str, value: &str| (label.to_owned(), value.to_owned());
    assert_eq!(
        said(Some("close"), Locale::En),
        [pair("Verdict", "PASS"), pair("Left to do", "A person has to close it on its page: it does not close by itself")]
    );
    assert_eq!(said(Some("close"), Locale::Zh)[1], pair("待办", "须由人在其页面上关闭：不会自动关闭"));
    assert_eq!(said(None, Locale::En), [pair("Verdict", "PASS")]);
}

#[test]
fn what_was_deployed_without_a_go_says_why_not() {
    let data = json!({
        "number": "CHG-12", "title": "Gateway 2.4", "deployment": { "label": "4.12 → production" }, "no_go": ["unapproved", "frozen", "unheard"],
    });
    let said = |locale| telling_in(&data, Notify::ChangeUngated, locale, None);
    let pair = |label: &str, value: &str| (label.to_owned(), value.to_owned());
    let en = said(Locale::En);
    assert_eq!((en.title.as_str(), en.tone), ("Deployed without a go: CHG-12 Gateway 2.4", Tone::Bad));
    assert_eq!(en.facts, [pair("Brought", "4.12 → production"), pair("No go because", "not approved, frozen")]);
    assert_eq!(said(Locale::Zh).facts[1], pair("未放行原因", "未获批准、封网中"));
}

#[test]
fn what_was_deployed_with_a_go_is_no_violation() {
    let data = json!({ "number": "CHG-12", "title": "Gateway 2.4", "deployment": { "label": "4.12 → production" }, "no_go": ["unbegun"] });
    let said = |locale| telling_in(&data, Notify::ChangeUngated, locale, None);
    let en = said(Locale::En);
    assert_eq!((en.title.as_str(), en.tone), ("Deployed, and nobody has begun the change: CHG-12 Gateway 2.4", Tone::Plain));
    assert_eq!(en.facts, [("Brought".to_owned(), "4.12 → production".to_owned())]);
    assert_eq!(said(Locale::Zh).title, "已发布，但尚无人开始执行变更：CHG-12 Gateway 2.4");
}

#[test]
fn lines_of_our_own_are_said_in_the_language_of_the_channel() {
    let data = json!({
        "incident": { "number": 7, "title": "one", "path": "/incidents/7" },
        "alerts": [{ "title": "one", "detail": "down" }, { "title": "two", "detail": "up" }],
    });
    let said = |locale| {
        let telling = Telling {
            event: Notify::IncidentOpened,
            key: "k",
            at: Timestamp(0),
            data: &data,
            channel: "pager",
            locale,
            speech: Speech { title: |_, line| format!("T{line}"), detail: |_, line| format!("D{line}") },
            zone: &TimeZone::UTC,
            base: "",
            acknowledge: None,
            unsubscribe: None,
            title: None,
            body: None,
        };
        let mut message = Message::of(&telling);
        message.take_in(&data, &[&json!({ "alert": { "id": "3", "title": "three" } })], telling.speech, &TimeZone::UTC);
        (message.title, message.text, message.facts[0].1.clone())
    };
    let read = |title: &str, text: &str, also: &str| (title.to_owned(), text.to_owned(), also.to_owned());
    assert_eq!(said(Locale::En), read("Incident opened: #7 one", "down\ntwo: up", "three"));
    assert_eq!(said(Locale::Zh), read("工单新建：#7 Tone", "Ddown\nTtwo：Dup", "Tthree"));
}

#[test]
fn an_alert_has_words_for_readers_of_each_language() {
    let mut data = sample(Notify::AlertFiring);
    data["alert"]["title"] = json!("Payments fail");
    let books = ["https://ops.example.org/en", "https://ops.example.org/zh"];
    data["alert"]["annotations"] = json!({
        "summary": "Payments fail", "summary_zh": "支付失败", "note": "n", "runbook_url": books[0], "runbook_url_zh": books[1],
    });
    for (locale, book) in Locale::ALL.into_iter().zip(books) {
        let facts = telling_in(&data, Notify::AlertFiring, locale, None).facts;
        assert!(facts.iter().any(|(_, value)| value == book), "{facts:?}");
    }
    let body = Template::parse("{title}: {annotation.summary}, {annotation.note}, {annotation.summary_zh}").unwrap();
    let said = |data: &Value, locale| telling_in(data, Notify::AlertFiring, locale, Some(&body));
    assert_eq!(said(&data, Locale::En).text, "Payments fail: Payments fail, n, 支付失败");
    let zh = said(&data, Locale::Zh);
    assert_eq!((zh.title.as_str(), zh.text.as_str()), ("P1 · 告警触发：支付失败", "支付失败: 支付失败, n, 支付失败"));
    // Others of its group are named in that language, too, and so are those of an incident.
    let other = json!({ "id": "2", "title": "Slow", "annotations": { "summary": "Slow", "summary_zh": "缓慢" }, "status": "firing" });
    (data["alerts"], data["group"]) = (json!([other]), json!({ "alerts": 2 }));
    assert_eq!(said(&data, Locale::Zh).also, ["缓慢"]);
    let told = json!({ "annotations": { "summary": "Slow", "summary_zh": "缓慢" } });
    let incident = json!({
        "incident": { "number": 7, "title": "Slow", "path": "/incidents/7", "told": told },
        "alerts": [{ "title": "Slow", "detail": "p99", "told": told }, { "title": "down", "detail": "" }],
    });
    let zh = telling_in(&incident, Notify::IncidentOpened, Locale::Zh, None);
    assert_eq!((zh.title.as_str(), zh.text.as_str()), ("工单新建：#7 缓慢", "p99\ndown"));
    assert_eq!(telling_in(&incident, Notify::IncidentOpened, Locale::En, None).title, "Incident opened: #7 Slow");
}

#[test]
fn customers_read_of_their_page_and_how_to_have_it_stopped() {
    let data = sample(Notify::StatusNotice);
    let said = |locale: Locale, event: Notify, data: &Value| {
        Message::of(&Telling {
            event,
            key: "status-1",
            at: Timestamp(1_741_932_000_000),
            data,
            channel: "Payments",
            locale,
            speech: Speech::default(),
            zone: &jiff::tz::TimeZone::UTC,
            base: "https://status.example.org",
            acknowledge: (event == Notify::StatusConfirm).then_some("/subscriptions/c"),
            unsubscribe: (event == Notify::StatusNotice).then_some("/subscriptions/u"),
            title: None,
            body: None,
        })
    };
    let en = said(Locale::En, Notify::StatusNotice, &data);
    assert_eq!(en.title, "Payments · The cause is known: Some card payments fail");
    assert_eq!(en.facts, [("Concerns".into(), "Card payments".into()), ("Since".into(), "2025-03-14 06:05:30 UTC".into())]);
    let text = plain(&en);
    assert!(text.contains("We mend it.") && text.ends_with("Unsubscribe: https://status.example.org/subscriptions/u\n"), "{text}");
    assert!(html(&en).contains("href=\"https://status.example.org/subscriptions/u\"") && !html(&en).contains("Evenkeel"));
    let zh = said(Locale::Zh, Notify::StatusConfirm, &sample(Notify::StatusConfirm));
    assert_eq!(zh.title, "Payments：请确认订阅");
    assert!(plain(&zh).contains("确认订阅：https://status.example.org/subscriptions/c") && !plain(&zh).contains("退订"));
}

#[test]
fn a_template_takes_the_place_of_the_usual_text() {
    let body = Template::parse("{system}/{label.instance}: {annotation.summary} {link}").unwrap();
    let data = sample(Notify::AlertFiring);
    let message = telling_in(&data, Notify::AlertFiring, Locale::En, Some(&body));
    assert_eq!(message.text, "gateway/gw-1: Payments fail https://ops.example.org/alerts/0193f2a0-7b1c-7def-8abc-0123456789ab");
    assert!(message.facts.is_empty());
}

fn nasty() -> Message {
    let mut data = sample(Notify::AlertFiring);
    data["alert"]["title"] = json!(NASTY);
    data["alert"]["detail"] = json!(NASTY);
    data["system"]["name"] = json!(NASTY);
    telling(&data, Notify::AlertFiring)
}

#[test]
fn facts_are_text_in_every_form() {
    let message = nasty();
    assert!(!html(&message).contains("<script>"));
    assert!(!telegram(&message, "1")["text"].as_str().unwrap().contains("<script>"));
    let slack = slack(&message);
    assert_eq!(slack["blocks"][0]["text"]["type"], "plain_text");
    assert!(!slack["text"].as_str().unwrap().contains("<!channel>"));
    assert!(!slack["blocks"][2]["fields"][0]["text"].as_str().unwrap().contains("<!channel>"));
    assert!(!dingtalk(&message)["markdown"]["text"].as_str().unwrap().contains("[a](java"));
    assert!(!wecom(&message)["markdown"]["content"].as_str().unwrap().contains("<script>"));
    assert!(!teams(&message)["attachments"][0]["content"]["body"][0]["text"].as_str().unwrap().contains("[a](java"));
    assert_eq!(feishu(&message)["card"]["elements"][0]["text"]["tag"], "plain_text");
}

#[test]
fn every_form_keeps_its_bounds() {
    let mut message = nasty();
    message.title = "长".repeat(300);
    message.text = "长\n".repeat(3_000);
    message.facts = (0..30).map(|n| (format!("f{n}"), "值".repeat(500))).take(7).collect();
    message.also = (0..500).map(|n| format!("{n} {}", "长".repeat(300))).collect();
    assert_eq!(message.more().unwrap(), "and 500 more");
    assert!(telegram(&message, "1")["text"].as_str().unwrap().chars().count() <= 4_096);
    assert!(wecom(&message)["markdown"]["content"].as_str().unwrap().len() <= 4_096);
    assert!(dingtalk(&message).to_string().len() <= 20_000);
    assert!(teams(&message).to_string().len() <= 28_000, "{}", teams(&message).to_string().len());
    assert!(feishu(&message).to_string().len() <= 30_000);
    assert!(push(&message).to_string().len() <= 3_500);
    let slack = slack(&message);
    assert!(slack["blocks"][0]["text"]["text"].as_str().unwrap().chars().count() <= 150);
    assert!(slack["blocks"].as_array().unwrap().iter().all(|b| b["text"]["text"].as_str().is_none_or(|t| t.chars().count() <= 3_000)));
}

#[test]
fn alertmanagers_form_begins_and_ends_the_same_alert() {
    let (began, over) = (sample(Notify::AlertFiring), sample(Notify::AlertResolved));
    let form = |data: &Value, event| alertmanager(&telling(data, event), data, "am", Timestamp(0), "https://ops.example.org", None);
    let (firing, resolved) = (form(&began, Notify::AlertFiring), form(&over, Notify::AlertResolved));
    assert_eq!((firing["version"].as_str(), firing["status"].as_str()), (Some("4"), Some("firing")));
    assert_eq!(
        firing["alerts"][0]["labels"],
        json!({ "alertname": "gateway is down", "instance": "gw-1", "severity": "critical", "system": "gateway" })
    );
    assert_eq!(firing["alerts"][0]["annotations"]["summary"], "Payments fail");
    assert_eq!(firing["alerts"][0]["endsAt"], NEVER_IN_GO);
    assert_eq!(resolved["alerts"][0]["status"], "resolved");
    assert_eq!(firing["alerts"][0]["fingerprint"], resolved["alerts"][0]["fingerprint"]);
    assert_eq!(firing["groupKey"], resolved["groupKey"]);
    let test = form(&json!({}), Notify::Test);
    assert_eq!(test["status"], "resolved", "nobody has to end a test");
}

#[test]
fn alertmanagers_form_of_a_group_holds_every_alert_of_it() {
    let alert = |status: &str, i: &str, url: &str| {
        json!({ "status": status, "labels": { "alertname": "Slow", "i": i }, "annotations": { "summary": "slow" }, "startsAt": "2025-03-14T06:00:00.000Z",
            "endsAt": NEVER_IN_GO, "generatorURL": url, "fingerprint": "0123456789abcdef", "id": "x", "title": "Slow", "severity": "P3", "path": "/alerts/x" })
    };
    let mut data = sample(Notify::AlertFiring);
    let fields = json!({
        "version": "4", "groupKey": "{}/{a=\"b\"}:{alertname=\"Slow\"}", "truncatedAlerts": 7, "status": "firing", "receiver": "hooks",
        "groupLabels": { "alertname": "Slow" }, "commonLabels": { "alertname": "Slow" }, "commonAnnotations": { "summary": "slow" }, "externalURL": "",
        "alerts": [alert("firing", "1", "http://prometheus/graph"), alert("resolved", "2", "/monitors/m"), alert("firing", "3", "")], "group": { "id": "g" },
    });
    data.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    let form = alertmanager(&telling(&data, Notify::AlertFiring), &data, "am", Timestamp(0), "https://ops.example.org", None);
    assert_eq!(
        (&form["groupKey"], &form["receiver"], &form["truncatedAlerts"]),
        (&json!("{}/{a=\"b\"}:{alertname=\"Slow\"}"), &json!("hooks"), &json!(7))
    );
    let told: Vec<_> =
        form["alerts"].as_array().unwrap().iter().map(|a| (a["labels"]["i"].as_str().unwrap(), a["status"].as_str().unwrap())).collect();
    assert_eq!(told, [("1", "firing"), ("2", "resolved"), ("3", "firing")]);
    let pages: Vec<_> = form["alerts"].as_array().unwrap().iter().map(|a| a["generatorURL"].as_str().unwrap()).collect();
    assert_eq!(pages, ["http://prometheus/graph", "https://ops.example.org/monitors/m", "https://ops.example.org/alerts/x"]);
    let fields: Vec<_> = form["alerts"][0].as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(
        fields,
        ["annotations", "endsAt", "fingerprint", "generatorURL", "labels", "startsAt", "status"],
        "nothing that others do not know"
    );
}

#[test]
fn alertmanagers_form_takes_so_many_alerts_of_a_group_and_says_what_it_left() {
    let part = |before: u64, here: u64, most| {
        let alerts: Vec<Value> = (0..here).map(|n| json!({ "labels": { "n": n.to_string() } })).collect();
        let group = json!({ "id": "g", "alerts": 1_200, "before": before });
        let data = json!({ "alert": { "title": "Slow" }, "groupKey": "{}:{}", "truncatedAlerts": 0, "alerts": alerts, "group": group });
        let form = alertmanager(&telling(&data, Notify::AlertFiring), &data, "am", Timestamp(0), "", most);
        (form["alerts"].as_array().unwrap().len(), form["truncatedAlerts"].as_u64().unwrap())
    };
    assert_eq!([part(0, 500, None), part(500, 500, None), part(1_000, 200, None)], [(500, 0), (500, 0), (200, 0)]);
    assert_eq!(part(0, 500, Some(7)), (7, 1_193));
    assert_eq!([part(0, 500, Some(600)), part(500, 500, Some(600))], [(500, 0), (100, 600)]);
    assert_eq!([part(0, 500, Some(500)), part(1_000, 200, Some(5_000))], [(500, 700), (200, 0)]);
}

#[test]
fn a_group_names_its_ends_first_and_says_how_many_more_there_are() {
    let mut data = sample(Notify::AlertFiring);
    let one = |n: usize, status: &str| json!({ "id": n.to_string(), "title": format!("{status} {n}"), "status": status });
    let mut alerts = vec![one(1, "resolved"), one(2, "resolved")];
    alerts.push(json!({ "id": data["alert"]["id"], "title": data["alert"]["title"], "status": "firing" }));
    alerts.extend((3..50).map(|n| one(n, "firing")));
    (data["alerts"], data["group"]) = (json!(alerts), json!({ "alerts": 1_000 }));
    let message = telling(&data, Notify::AlertFiring);
    assert_eq!(message.also[..3], ["Alert is over: resolved 1", "Alert is over: resolved 2", "firing 3"]);
    assert_eq!((message.also.len(), message.more().as_deref()), (20, Some("and 999 more")));
    assert!(plain(&message).contains("and 999 more\n- Alert is over: resolved 1\n"));
    let over = telling(&data, Notify::AlertResolved);
    assert_eq!(over.also[0], "resolved 1", "where all are over, that is said once");
    data["group"]["alerts"] = json!(1);
    assert_eq!(telling(&data, Notify::AlertFiring).more(), None);
}

const NEVER_IN_GO: &str = "0001-01-01T00:00:00Z";
