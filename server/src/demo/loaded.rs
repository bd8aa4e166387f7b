//! Two places where the gateway may be loaded, and a first run against one of them: it goes on while one looks.

use domain::Fault;

use super::{Stage, people::Crew, typed, world::World};

/// Registers both through the port, and asks for the run.
pub(super) async fn set_up(stage: &Stage<'_>, crew: &Crew, world: &World) -> Result<(), Fault> {
    let load = &stage.portal.load;
    let (operations, release) = (crew.actor("operations"), crew.actor("release"));
    let mut first = None;
    for (name, key, environment) in [("Gateway 网关", "gateway", "demonstration"), ("Risk checks 风控", "risk", "demonstration")] {
        let system = world.systems.get(key).ok_or(Fault::Internal)?;
        let url = format!("http://{}", stage.company.address(key));
        let fields = [
            ("name", name),
            ("url", &url),
            ("system", system.as_str()),
            ("environment", environment),
            ("max_rate", "100"),
            ("max_seconds", "300"),
            ("max_in_flight", "32"),
        ];
        let id = load.register(&operations, &typed(&fields)).await?;
        first.get_or_insert(id);
    }
    let target = first.ok_or(Fault::Internal)?;
    let order = [
        ("target", target.as_str()),
        ("rate", "20"),
        ("duration", "90s"),
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
