//! Steps in order: of an approval, of a state machine.

use leptos::prelude::*;

use super::Icon;
use crate::t;

/// How far a step is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StepState {
    /// Done.
    Done,
    /// Being waited for.
    Current,
    /// Not yet.
    Next,
    /// Refused.
    Refused,
}

/// One step.
#[derive(Debug, Clone)]
pub struct Step {
    /// Its name.
    pub name: String,
    /// Who, when, or who is waited for.
    pub note: String,
    /// How far it is.
    pub state: StepState,
}

/// Steps in order, e.g. of an approval or of a state machine.
#[component]
pub fn Stepper(
    /// What they lead to, for those who cannot see it.
    #[prop(into)]
    label: String,
    /// The steps.
    steps: Vec<Step>,
) -> impl IntoView {
    view! {
        <ol class="stepper" aria-label=label>
            {steps
                .into_iter()
                .map(|step| {
                    let (state, icon, word) = match step.state {
                        StepState::Done => ("done", "circle-check", t!("step-done")),
                        StepState::Current => ("current", "circle-dot", t!("step-current")),
                        StepState::Next => ("next", "circle", t!("step-next")),
                        StepState::Refused => ("refused", "circle-x", t!("step-refused")),
                    };
                    let current = (step.state == StepState::Current).then_some("step");
                    view! {
                        <li data-state=state aria-current=current>
                            <Icon name=icon label=word/>
                            <span class="step-name">{step.name}</span>
                            <span class="step-note">{step.note}</span>
                        </li>
                    }
                })
                .collect_view()}
        </ol>
    }
}
