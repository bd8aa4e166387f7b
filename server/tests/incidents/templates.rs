//! Review templates, and reviews that begin from one.

use domain::{
    Permission,
    incidents::{Fill, ReviewTemplate},
    people::Locale,
    time::MINUTE,
};
use serde_json::json;

use super::typed;
use crate::app::TestApp;

const WORKER: &[Permission] = &[Permission::Read, Permission::WorkIncidents];
const LIST: &str = "/incidents/rules/templates";

impl TestApp {
    /// A resolved incident of a system.
    async fn resolved(&self, who: &domain::Actor, system: &domain::id::SystemId, severity: &str) {
        let fields =
            [("title", "Cards are refused"), ("severity", severity), ("system", system.as_str()), ("impact", "Nobody could **pay**")];
        let id = self.portal.incidents.open(who, &typed(&fields)).await.unwrap().id;
        self.advance(MINUTE);
        self.portal.incidents.move_to(who, &id, domain::incidents::State::Resolved).await.unwrap();
    }

    async fn templates(&self, who: &domain::Actor) -> Vec<ReviewTemplate> {
        self.portal.incidents.review_templates(who).await.unwrap()
    }
}

both! {
    async fn templates_are_made_changed_and_removed_in_the_page(app: TestApp) {
        let team = app.team("cards").await;
        let lena = app.user("lena", WORKER, Some(&team)).await;
        let admin = app.admin().await;
        app.get(LIST).as_(&lena).send().await.is(403);
        app.get("/incidents/rules").as_(&admin).send().await.is(200).has(LIST);
        app.get(LIST).as_(&admin).send().await.is(200).has("No review templates");
        let new = format!("{LIST}/new");
        // A section more, by a button; what was typed stays.
        let typed = [("name", "Short"), ("sections[0].heading", "What happened"), ("act", "add")];
        app.post_form(&new, &typed).as_(&admin).send().await.is(200).has("value=\"What happened\"").has("name=\"sections[1].heading\"");
        let wrong = [("name", ""), ("sections[0].heading", "Kept words"), ("sections[1].heading", ""), ("act", "save")];
        app.post_form(&new, &wrong).as_(&admin).send().await.is(422).has("Kept words").has("Section 2 · Heading");
        let short = [
            ("name", "Short"),
            ("team", team.as_str()),
            ("severities", "P3"),
            ("sections[0].heading", "What happened"),
            ("sections[0].fill", "impact"),
            ("sections[0].required", "on"),
            ("sections[1].heading", "Five whys"),
            ("sections[1].guide", "Ask until it is about the system"),
            ("act", "save"),
        ];
        app.post_form(&new, &short).as_(&lena).send().await.is(403);
        app.post_form(&new, &short).as_(&admin).send().await.is(303);
        app.post_form(&new, &short).as_(&admin).send().await.is(422).has("not taken yet");
        let made = app.templates(&lena).await.pop().unwrap();
        assert_eq!((made.team_name.as_str(), made.sections[0].fill, made.sections[0].required), ("cards", Fill::Impact, true));
        app.get(LIST).as_(&admin).send().await.is(200).has("Short").has("What happened · Five whys").has("P3");
        app.get(LIST).as_(&admin).in_(Locale::Zh).send().await.is(200).has("复盘模板").has("建议用于");
        // Another team does not see it.
        let otto = app.user("otto", WORKER, Some(&app.team("other").await)).await;
        assert!(app.templates(&otto).await.is_empty());
        let path = format!("{LIST}/{}", made.id);
        app.get(&path).as_(&admin).send().await.is(200).has("Ask until it is about the system").has("name=\"version\" value=\"1\"");
        let longer = |version: &'static str| [("name", "Longer"), ("severities", "P1"), ("version", version), ("sections[0].heading", "Why"), ("act", "save")];
        app.post_form(&path, &longer("1")).as_(&admin).send().await.is(303);
        app.post_form(&path, &longer("1")).as_(&admin).send().await.is(409).has("Longer").has("name=\"version\" value=\"2\"");
        assert_eq!(app.templates(&otto).await[0].name, "Longer", "for everybody by now");
        app.post_form(&format!("{path}/delete"), &[]).as_(&lena).send().await.is(403);
        app.post_form(&format!("{path}/delete"), &[]).as_(&admin).send().await.is(303);
        app.get(&path).as_(&admin).send().await.is(404);
        app.get("/audit").as_(&admin).send().await.is(200).has("review-template.add").has("review-template.change").has("review-template.remove");
    }

    async fn a_review_begins_from_the_template_that_fits_and_keeps_its_sections(app: TestApp) {
        let (team, system) = app.team_with_system("gateway").await;
        let lena = app.user("lena", WORKER, Some(&team)).await;
        let viewer = app.viewer("vera", &team).await;
        let admin = app.admin().await;
        let add = async |name: &str, team: Option<&str>, severities: &[&str]| {
            let body = json!({ "name": name, "team": team, "severities": severities, "sections": [
                { "heading": "What | happened", "guide": "For somebody who was not there", "fill": "impact", "required": true },
                { "heading": "Five whys", "required": true },
            ] });
            app.api("POST", "/api/v1/review-templates", &body).as_(&admin).send().await.is(201).json()["id"].as_str().unwrap().to_owned()
        };
        let everybody = add("Everybody", None, &["P2", "P3"]).await;
        let own = add("Own", Some(team.as_str()), &["P2"]).await;
        app.resolved(&lena, &system, "P2").await;
        let path = "/incidents/1/review";
        // The team's own is proposed, with its headings; the usual sections wait until somebody chooses them.
        let page = app.get(path).as_(&lena).send().await;
        page.is(200).has("Begin the review").has("Five whys").has(&format!("value=\"{own}\" selected")).lacks("name=\"went_well\"");
        app.get(path).as_(&viewer).send().await.is(200).lacks("Begin the review");
        let begin = "/incidents/1/review/begin";
        app.post_form(begin, &[("template", &own)]).as_(&viewer).send().await.is(403);
        app.post_form(begin, &[("template", "x")]).as_(&lena).send().await.is(422).has("Template");
        app.post_form(begin, &[("template", "")]).as_(&lena).send().await.is(303);
        app.get(path).as_(&lena).send().await.is(200).has("name=\"went_well\"").has("Begin from a template instead");
        app.post_form(begin, &[("template", &own)]).as_(&lena).send().await.is(303);
        // Filled from the facts, with the guidance beside it.
        let page = app.get(path).as_(&lena).send().await;
        page.is(200).has("name=\"sections[0]\"").has("Nobody could **pay**").has("For somebody who was not there").lacks("name=\"went_well\"");
        let write = async |version: &str, why: &str| {
            let fields = [("version", version), ("sections[0]", "The pool was empty"), ("sections[1]", why)];
            app.post_form(path, &fields).as_(&lena).send().await
        };
        // Whoever had the usual sections open keeps what they typed.
        let typed = [("version", "0"), ("summary", "typed before"), ("causes", "in other fields")];
        app.post_form(path, &typed).as_(&lena).send().await.is(409).has("chosen anew").has("typed before").has("in other fields");
        app.api("PUT", "/api/v1/incidents/1/review", &json!({ "summary": "x" })).as_(&lena).send().await.is(422);
        write("0", "").await.is(303);
        app.post_form("/incidents/1/review/finish", &[]).as_(&lena).send().await.is(409).has("Write these sections first: Five whys");
        // Whatever becomes of the template.
        app.ask("DELETE", &format!("/api/v1/review-templates/{own}")).as_(&admin).send().await.is(204);
        app.post_form(begin, &[("template", &everybody)]).as_(&lena).send().await.is(409).has("its sections stay");
        write("0", "overtaken").await.is(409).has("overtaken");
        write("1", "- nobody looked").await.is(303);
        let api = app.get("/api/v1/incidents/1/review").as_(&viewer).send().await.is(200).json();
        assert_eq!((&api["review"]["template"], &api["review"]["sections"][1]["text"]), (&json!("Own"), &json!("- nobody looked")));
        app.api("PUT", "/api/v1/incidents/1/review", &json!({ "sections": ["one"] })).as_(&lena).send().await.is(422);
        app.api("PUT", "/api/v1/incidents/1/review", &json!({ "sections": ["The pool was empty.", "- nobody looked"] })).as_(&lena).send().await.is(204);
        app.post_form("/incidents/1/review/finish", &[]).as_(&lena).send().await.is(303);
        app.get(path).as_(&viewer).send().await.is(200).has("<h3>Five whys").lacks("What went well");
        app.get("/incidents/1/review/print").as_(&viewer).send().await.is(200).has("The pool was empty.").has("<h3>Five whys");
        let document = app.get("/incidents/1/review.md").as_(&viewer).send().await;
        document.is(200).has("## What \\| happened\n\nThe pool was empty.\n\n## Five whys\n\n- nobody looked").lacks("What went well");
        // Where none is proposed the usual sections stand there, and a template can still be chosen.
        app.resolved(&lena, &system, "P4").await;
        app.get("/incidents/2/review").as_(&lena).send().await.is(200).has("name=\"went_well\"").has("Begin from a template instead").has("Everybody");
    }
}
