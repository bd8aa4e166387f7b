//! What is wrong with a request, in the order of its form, so that a list of it leads downwards.

use domain::Fault;

/// The same fault, its problems in order.
pub(super) fn in_order(fault: Fault) -> Fault {
    const ORDER: [&str; 19] = [
        "title",
        "systems",
        "team",
        "start",
        "end",
        "zone",
        "kind",
        "template",
        "risk",
        "risk_reason",
        "impact",
        "plan",
        "rollback",
        "rollback_minutes",
        "steps",
        "artifact",
        "artifact_version",
        "artifact_sha",
        "verify_minutes",
    ];
    let place = |field: &str| {
        let field = field.split('[').next().unwrap_or(field);
        ORDER.iter().position(|known| *known == field).unwrap_or(ORDER.len())
    };
    match fault {
        Fault::Invalid(mut problems) => {
            problems.sort_by_key(|problem| place(&problem.field));
            Fault::Invalid(problems)
        }
        other => other,
    }
}
