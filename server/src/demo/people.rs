//! Teams, and a user for every role.

use domain::{
    Actor, Fault, PermissionSet, Who,
    actor::Grants,
    id::{TeamId, UserId},
};

use super::{PASSWORD, Stage, me, typed};

/// The users: login, name, key of the role, whether in every team.
pub const USERS: [(&str, &str, &str, bool); 7] = [
    ("viewer", "Wei Yan 魏岩", "viewer", false),
    ("firstline", "Fang Xin 方欣", "operator", false),
    ("operations", "Ou Bei 欧北", "engineer", false),
    ("release", "Lei Sheng 雷声", "release-manager", true),
    ("analyst", "An Li 安丽", "analyst", true),
    ("approver", "Shen Pi 沈丕", "approver", true),
    ("admin", "Guan Li 管理", "administrator", true),
];

/// Who acts in the past.
pub struct Crew {
    users: Vec<(&'static str, UserId, &'static str)>,
}

impl Crew {
    /// A person of the crew, holding everything: what was done in the past was permitted then.
    pub fn actor(&self, login: &str) -> Actor {
        let (_, id, name) = self.users.iter().find(|u| u.0 == login).unwrap_or(&self.users[0]);
        let grants = Grants { everywhere: PermissionSet::all(), teams: [].into() };
        Actor { who: Who::User(id.clone()), name: (*name).to_owned(), grants }
    }
}

/// Makes teams and users.
pub async fn hire(stage: &Stage<'_>) -> Result<Crew, Fault> {
    let people = &stage.portal.people;
    let teams: Vec<TeamId> = [
        people.add_team(&me(), &typed(&[("key", "payments"), ("name", "Payments 支付")])).await?,
        people.add_team(&me(), &typed(&[("key", "core"), ("name", "Core banking 核心")])).await?,
    ]
    .to_vec();
    let roles = people.roles(&me()).await?;
    let mut users = Vec::new();
    // The administrator first: there is never a time without one.
    for (login, name, role, everywhere) in USERS.into_iter().rev() {
        let role = roles.iter().find(|r| r.key == role).ok_or(Fault::Internal)?.id.to_string();
        let places: Vec<&str> = if everywhere { vec!["*"] } else { teams.iter().map(TeamId::as_str).collect() };
        let mail = format!("{login}@example.org");
        let fields = [
            ("login", login),
            ("name", name),
            ("email", &mail),
            ("password", PASSWORD),
            ("keep", "on"),
            ("team", places[0]),
            ("role", &role),
        ];
        let id = people.add_user(&me(), &typed(&fields)).await?;
        for team in &places[1..] {
            people.add_membership(&me(), &id, &typed(&[("team", team), ("role", &role)])).await?;
        }
        users.push((login, id, name));
    }
    Ok(Crew { users })
}
