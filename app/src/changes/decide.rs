//! What an approver presses, with the risk beside it; where it cannot be pressed yet, why.

use domain::changes::Detail;
use leptos::prelude::*;

use super::say::risk_word;
use crate::{
    components::{Button, ButtonKind, Icon, TextAreaField},
    form::FormState,
    t,
};

/// The risk and its reason in one line: what stands beside the button that approves.
pub(super) fn risk_line(detail: &Detail) -> String {
    format!("{}: {}", risk_word(detail.content.risk), detail.content.risk_reason)
}

/// Approve, or reject with a reason; where something is `refused`, the button says why it cannot be pressed. `back` is where to go
/// afterwards; empty for the change itself.
#[component]
pub(super) fn Decide(
    id: String,
    hash: String,
    form: FormState,
    #[prop(into)] back: String,
    risk: String,
    refused: Option<String>,
) -> impl IntoView {
    let disabled = refused.is_some();
    let refused = refused.map(|text| view! { <p class="changes-refused"><Icon name="lock"/><span>{text}</span></p> });
    let next = (!back.is_empty()).then(|| view! { <input type="hidden" name="next" value=back.clone()/> });
    let again = (!back.is_empty()).then(|| view! { <input type="hidden" name="next" value=back/> });
    view! {
        <div class="changes-verdict">
            <p class="changes-verdict-risk">{risk}</p>
            <form class="post" method="post" action=format!("/changes/{id}/approve")>
                <input type="hidden" name="hash" value=hash.clone()/>
                {next}
                {refused}
                <Button label=t!("changes-approve") kind=ButtonKind::Primary icon="check" wide=true disabled/>
            </form>
            <details class="changes-reject" open=form.error("remark").is_some()>
                <summary class="button">{t!("changes-reject-ask")}</summary>
                <form class="form" method="post" action=format!("/changes/{id}/reject")>
                    <input type="hidden" name="hash" value=hash/>
                    {again}
                    <TextAreaField form=&form name="remark" label=t!("changes-field-reject-reason") rows=2/>
                    <div class="form-acts"><Button label=t!("changes-reject") kind=ButtonKind::Danger icon="x"/></div>
                </form>
            </details>
        </div>
    }
}
