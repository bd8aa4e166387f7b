//! Comparisons that `evenkeel evidence` printed, as their page shows them.

use domain::people::Locale;

use super::*;

/// What it prints of six runs of each side.
fn printed(hashes: bool) -> String {
    let run = |side: &str, turn: u32, mean: u32| {
        let mut line = json!({ "file": format!("{side}-{turn}.jtl"), "side": side, "source": "jmeter", "requests": 9_000, "failed": 1,
            "rate": 150.0, "mean_ms": mean, "quantiles_ms": { "p50": 20, "p99": 80 + turn % 3 } });
        if hashes {
            line["sha256"] = json!(format!("{mean:064x}"));
        }
        line
    };
    let runs = (0..6).flat_map(|turn| [run("baseline", turn, 20 + turn), run("candidate", turn, 30 + turn)]);
    runs.chain([json!({ "verdict": "passed" })]).fold(String::new(), |text, line| format!("{text}{line}\n"))
}

both! {
    async fn the_runs_of_a_comparison_stand_on_its_page(app: TestApp) {
        let room = Room::new(app).await;
        let page = async |body: String, locale: Locale| {
            let path = "/api/v1/evidence?kind=performance&artifact=gateway&artifact_version=4.12&artifact_sha=ab12cd34&environment=pre\
                &name=runs.ndjson&note=by%20night";
            let ask = room.app.ask("POST", path).header("content-type", "application/octet-stream").body(body);
            let kept = ask.as_(&room.rita).send().await.is(201).json();
            let shown = room.app.get(&format!("/evidence/{}", kept["id"].as_str().unwrap())).as_(&room.rita).in_(locale).send().await;
            shown.is(200);
            (kept["note"].as_str().unwrap().to_owned(), shown)
        };
        let (note, shown) = page(printed(true), Locale::En).await;
        assert!(note.starts_with("the 99th percentile is") && note.ends_with("\nby night") && !note.contains("hashes"), "{note}");
        shown.has("The 99th percentile is").has("whether the sides took turns is not known").has("by night").has("evidence-runs");
        for turn in 0..6_u32 {
            shown.has(&format!("baseline-{turn}.jtl")).has(&format!("{:064x}", 20 + turn));
            shown.has(&format!("candidate-{turn}.jtl")).has(&format!("{:064x}", 30 + turn));
        }
        // What nobody can hold against the tools' files says so; in the reader's language, but for what somebody added.
        let (note, shown) = page(printed(false), Locale::Zh).await;
        assert!(note.contains("without the hashes of the files"), "{note}");
        shown.has("p99 至多为基线的").has("无从得知双方是否轮流进行").has("没有附上工具所写文件的哈希").has("by night").lacks("percentile");
    }
}
