//! Places that may be loaded, a first run against one of them, and a trial of high availability against another: they go on while
//! one looks.

use domain::{Fault, PageRequest, tools::ToolFilter};

use super::{
    Stage, pair,
    people::Crew,
    typed,
    world::{KILL, World},
};

/// Registers them through the port, and asks for the runs.
pub(super) async fn set_up(stage: &Stage<'_>, crew: &Crew, world: &World) -> Result<(), Fault> {
    let load = &stage.portal.load;
    let (operations, release) = (crew.actor("operations"), crew.actor("release"));
    let mut targets = Vec::new();
    for (name, key, place) in [
        ("Gateway 网关", "gateway", "gateway"),
        ("Risk checks 风控", "risk", "risk"),
        ("Ledger, two instances 账务双机", "ledger", pair::NAME),
    ] {
        let system = world.systems.get(key).ok_or(Fault::Internal)?;
        let url = format!("http://{}", stage.company.address(place));
        let fields = [
            ("name", name),
            ("url", &url),
            ("system", system.as_str()),
            ("environment", "demonstration"),
            ("max_rate", "100"),
            ("max_seconds", "300"),
            ("max_in_flight", "32"),
        ];
        targets.push(load.register(&operations, &typed(&fields)).await?);
    }
    let [gateway, _, ledger] = targets.as_slice() else { return Err(Fault::Internal) };
    let filter = ToolFilter { text: Some(KILL.to_owned()), ..ToolFilter::default() };
    let tools = stage.portal.tools.list(&operations, &filter, &PageRequest::default()).await?;
    let kill = tools.items.first().ok_or(Fault::Internal)?;
    let trial = [
        ("target", ledger.as_str()),
        ("rate", "20"),
        ("duration", "45s"),
        ("script", "requests:\n  - { path: /book, method: POST }\n"),
        ("artifact", "ledger"),
        ("artifact_version", "7.4"),
        ("artifact_sha", "c0ffee5d21ab"),
        ("facts", "two instances, one book"),
        ("fault_tool", kill.id.as_str()),
        ("ledger", "/received?run={{run}}"),
    ];
    load.start(&operations, &typed(&trial)).await?;
    let order = [
        ("target", gateway.as_str()),
        ("rate", "20"),
        ("duration", "60s"),
        ("ramp", "10s"),
        ("script", "requests:\n  - { path: '/health?n={{n}}' }\n"),
        ("artifact", "gateway"),
        ("artifact_version", "4.12"),
        ("artifact_sha", "5f2a9c81d04e"),
        ("facts", "one process of the demonstration"),
        ("max_p99_ms", "250"),
        ("max_failed", "1"),
    ];
    load.start(&release, &typed(&order)).await.map(drop)
}
