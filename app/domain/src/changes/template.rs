//! Templates: what standard changes are made from. Agreed to once, so that each of them needs no agreement of its own.

use serde::{Deserialize, Serialize};

use super::{Content, Step, SystemRef};
use crate::{
    Actor, Fault, Timestamp,
    form::Typed,
    id::{TemplateId, UserId},
};

/// A template. What it says never changes: another content is another template.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = ChangeTemplate))]
pub struct Template {
    /// Its id.
    pub id: TemplateId,
    /// Its name.
    pub name: String,
    /// The change that it was made of; its window means nothing here.
    pub content: Content,
    /// The systems that it touches, by name.
    pub systems: Vec<SystemRef>,
    /// The team that does the work.
    pub team_name: String,
    /// Who made it.
    pub author: UserId,
    /// Their name.
    pub author_name: String,
    /// Who made it or wrote the change that it was made of: somebody else agrees.
    pub writers: Vec<UserId>,
    /// When.
    pub created_at: Timestamp,
    /// Who agreed to it: somebody else carries out what is made from it; `null` where nobody has.
    pub approver: Option<UserId>,
    /// Their name; empty where nobody has.
    pub approved_by: String,
    /// When; `null` where nobody has.
    pub approved_at: Option<Timestamp>,
    /// When it was taken out of use; `null` where it was not.
    pub retired_at: Option<Timestamp>,
}

impl Template {
    /// Whether changes can be made from it now.
    pub fn is_usable(&self) -> bool {
        self.approved_at.is_some() && self.retired_at.is_none()
    }

    /// The fields in which a change differs from what was agreed to. Title, window, artifact and the reason for the risk are its own.
    /// Which versions of its tools the steps mean is not looked at: they may differ and do the same.
    pub fn differing(&self, content: &Content) -> Vec<&'static str> {
        let agreed = &self.content;
        let steps = |content: &Content| content.steps.iter().map(Step::of_any_version).collect::<Vec<_>>();
        let pairs = [
            ("systems", agreed.systems == content.systems),
            ("team", agreed.team == content.team),
            ("plan", agreed.plan == content.plan),
            ("rollback", agreed.rollback == content.rollback),
            ("rollback_minutes", agreed.rollback_minutes == content.rollback_minutes),
            ("impact", agreed.impact == content.impact),
            ("risk", agreed.risk == content.risk),
            ("steps", steps(agreed) == steps(content)),
            ("verify_minutes", agreed.watch == content.watch),
        ];
        pairs.into_iter().filter(|(_, same)| !same).map(|(field, _)| field).collect()
    }

    /// The fields that a change made from it begins with: everything but its window.
    pub fn to_typed(&self) -> Typed {
        let mut content = self.content.clone();
        content.kind = super::Kind::Standard;
        content.template = Some(self.id.clone());
        let mut typed = content.to_typed();
        for field in ["start", "end"] {
            typed.set(field, "");
        }
        typed
    }
}

/// Templates of the area `changes`.
#[async_trait::async_trait]
pub trait Templates: Send + Sync {
    /// Those within reach, those in use first; with `retired` all.
    async fn list(&self, actor: &Actor, retired: bool) -> Result<Vec<Template>, Fault>;
    /// One of them.
    async fn get(&self, actor: &Actor, id: &TemplateId) -> Result<Template, Fault>;
    /// Makes one of a change, by its id, with field `name`. Needs `changes.request` in its team.
    async fn make(&self, actor: &Actor, change: &str, typed: &Typed) -> Result<TemplateId, Fault>;
    /// Agrees to it: `changes.approve` for the owners of every system, and not by whoever made it, or wrote the change that it was made of.
    async fn agree(&self, actor: &Actor, id: &TemplateId) -> Result<(), Fault>;
    /// Takes it out of use. Needs `changes.request` in its team.
    async fn retire(&self, actor: &Actor, id: &TemplateId) -> Result<(), Fault>;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::changes::{Kind, Risk, content::tests::content};

    #[test]
    fn only_what_is_its_own_may_differ() {
        let id = TemplateId::parse("00000000-0000-7000-8000-000000000077").unwrap();
        let author = UserId::parse("00000000-0000-7000-8000-000000000078").unwrap();
        let template = Template {
            id: id.clone(),
            name: "Routing".into(),
            content: content(),
            systems: Vec::new(),
            team_name: String::new(),
            author,
            author_name: String::new(),
            writers: Vec::new(),
            created_at: Timestamp(0),
            approver: None,
            approved_by: String::new(),
            approved_at: None,
            retired_at: None,
        };
        assert!(!template.is_usable());
        let mut change = content();
        (change.kind, change.template) = (Kind::Standard, Some(id));
        change.title = "Another week".into();
        change.window.start = "2026-03-14T02:00".into();
        assert_eq!(template.differing(&change), Vec::<&str>::new());
        assert_ne!(change.hash(), content().hash());
        change.plan.push('!');
        change.risk = Risk::High;
        assert_eq!(template.differing(&change), ["plan", "risk"]);
        let typed = template.to_typed();
        assert_eq!((typed.get("kind"), typed.get("start"), typed.get("title")), ("standard", "", content().title.as_str()));
    }
}
