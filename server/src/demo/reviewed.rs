//! What is written after an incident: the later ones from a template of the house, those before it in the usual sections.

use domain::{
    Actor, Fault,
    id::{IncidentId, ReviewTemplateId},
};
use serde_json::json;

use super::{Stage, me, typed};

/// What is asked after a disruption of payments.
const SECTIONS: [(&str, &str, &str, bool); 4] = [
    ("What customers noticed 客户影响", "Which payments failed, for how long 哪些支付失败，持续多久", "impact", true),
    ("Why it happened 原因", "Until it is about the system, not about somebody 追问到系统，而不是某个人", "causes", true),
    ("How it was noticed 如何发现", "Who saw it first, and what should have 谁先发现，本应由什么发现", "nothing", false),
    ("What went well 做得好的", "Keep doing that 值得保持", "nothing", false),
];

/// The template: proposed for the worst, chosen for others.
pub(super) async fn template(stage: &Stage<'_>) -> Result<ReviewTemplateId, Fault> {
    let mut fields = typed(&[("name", "Payment disruption 支付中断"), ("team", ""), ("severities", "P1")]);
    for (heading, guide, fill, required) in SECTIONS {
        fields.add("sections", json!({ "heading": heading, "guide": guide, "fill": fill, "required": required }).to_string());
    }
    Ok(stage.portal.incidents.add_review_template(&me(), &fields).await?.id)
}

/// Writes the review of an incident: in the sections of the template, where there was one by then.
pub(super) async fn write(
    stage: &Stage<'_>,
    by: &Actor,
    incident: &IncidentId,
    (title, cause): (&str, &str),
    template: Option<&ReviewTemplateId>,
) -> Result<(), Fault> {
    let incidents = &stage.portal.incidents;
    let well = "The first line called within minutes; the second knew the runbook.";
    let badly = "The monitor saw the links as a whole, not one by one.";
    let review = match template {
        Some(template) => {
            incidents.begin_review(by, incident, &typed(&[("template", template.as_str())])).await?;
            let noticed = format!("{title}: most payments over this line were refused until it was mended.");
            let seen = format!("An alert on the success rate, two minutes later. {badly}");
            typed(&[("sections[0]", &noticed), ("sections[1]", cause), ("sections[2]", &seen), ("sections[3]", well)])
        }
        None => typed(&[("summary", title), ("causes", cause), ("went_well", well), ("went_badly", badly)]),
    };
    incidents.write_review(by, incident, &review).await
}
