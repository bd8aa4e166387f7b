//! What is done with a finding.

use domain::{Fault, Wording, form::Typed, incidents::Ref, slices::sentence};

use super::{page, read};
use crate::{
    fault::Answer,
    form::{FormState, PostedForm},
    visit::Visit,
};

/// `POST /transactions/explanation`: the sentence goes into the incident's timeline, with a link to everything.
pub(super) async fn attach(visit: Visit, form: PostedForm) -> Answer {
    let (range, asked) = read(&visit)?;
    let found = visit.portal.explanations.explain(&visit.actor, &asked).await?;
    let which = Ref::parse(form.get("incident"))
        .ok_or_else(|| Fault::invalid("incident", form.get("incident"), Wording::new("explain-expect-incident")));
    let incident = match which {
        Ok(which) => visit.portal.incidents.get(&visit.actor, &which).await?.incident,
        Err(fault) => return page(&visit, range, &asked, FormState::refused(form.typed, fault)).await,
    };
    let said = sentence(&found, visit.locale, &visit.zone);
    let mut typed = Typed::default();
    typed.set("text", format!("{}\n\n[{}]({})", plain(&said), found.label().replace(['[', ']'], ""), found.path()));
    visit.portal.incidents.comment(&visit.actor, &incident.id, &typed).await?;
    Ok(visit.go(&format!("/incidents/{}", incident.number), "toast-explain-attached"))
}

/// Names that senders chose are text in a comment, not Markdown.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        if r"\`*_{}[]<>#|~!".contains(letter) {
            out.push('\\');
        }
        out.push(letter);
    }
    out
}
