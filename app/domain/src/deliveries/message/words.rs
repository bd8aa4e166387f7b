//! The words of messages, in both languages. They are few and go where no page does, so they stand here and not among the
//! strings of the pages.

use serde_json::Value;

use super::Tone;
use crate::{
    changes::{NoGo, Verified},
    deliveries::Notify,
    people::Locale,
    status::{NoticeState, WorkState},
};

/// What happened, before the name of what it happened to.
pub(super) fn event(event: Notify, locale: Locale) -> &'static str {
    match (event, locale) {
        (Notify::AlertFiring, Locale::En) => "Alert fires",
        (Notify::AlertFiring, Locale::Zh) => "告警触发",
        (Notify::AlertResolved, Locale::En) => "Alert is over",
        (Notify::AlertResolved, Locale::Zh) => "告警恢复",
        (Notify::IncidentOpened, Locale::En) => "Incident opened",
        (Notify::IncidentOpened, Locale::Zh) => "工单新建",
        (Notify::IncidentReopened, Locale::En) => "Incident reopened",
        (Notify::IncidentReopened, Locale::Zh) => "工单重开",
        (Notify::IncidentResolved, Locale::En) => "Incident resolved",
        (Notify::IncidentResolved, Locale::Zh) => "工单恢复",
        (Notify::ChangePending, Locale::En) => "Change waits for approval",
        (Notify::ChangePending, Locale::Zh) => "变更待审批",
        (Notify::ChangeApproved, Locale::En) => "Change approved",
        (Notify::ChangeApproved, Locale::Zh) => "变更获批",
        (Notify::ChangeRejected, Locale::En) => "Change rejected",
        (Notify::ChangeRejected, Locale::Zh) => "变更被驳回",
        (Notify::ChangeExpired, Locale::En) => "Change ran out",
        (Notify::ChangeExpired, Locale::Zh) => "变更已过期",
        (Notify::ChangeStarted, Locale::En) => "Change started",
        (Notify::ChangeStarted, Locale::Zh) => "变更开始",
        (Notify::ChangeFinished, Locale::En) => "Change finished",
        (Notify::ChangeFinished, Locale::Zh) => "变更结束",
        (Notify::ChangeUngated, Locale::En) => "Deployed without a go",
        (Notify::ChangeUngated, Locale::Zh) => "未获放行的发布",
        (Notify::ChangeVerified, Locale::En) => "Change verified",
        (Notify::ChangeVerified, Locale::Zh) => "变更已验证",
        (Notify::ActionDue, Locale::En) => "Action is due",
        (Notify::ActionDue, Locale::Zh) => "行动项到期",
        (Notify::SwapOffered, Locale::En) => "Swap of shifts offered",
        (Notify::SwapOffered, Locale::Zh) => "换班请求",
        (Notify::SwapAccepted, Locale::En) => "Swap of shifts accepted",
        (Notify::SwapAccepted, Locale::Zh) => "换班已接受",
        (Notify::SwapDeclined, Locale::En) => "Swap of shifts declined",
        (Notify::SwapDeclined, Locale::Zh) => "换班被拒绝",
        (Notify::SwapWithdrawn, Locale::En) => "Swap of shifts withdrawn",
        (Notify::SwapWithdrawn, Locale::Zh) => "换班请求已撤回",
        (Notify::Page, Locale::En) => "You are called",
        (Notify::Page, Locale::Zh) => "呼叫值班",
        (Notify::Test, Locale::En) => "Test",
        (Notify::Test, Locale::Zh) => "测试",
        (Notify::Verify, Locale::En) => "Your code",
        (Notify::Verify, Locale::Zh) => "您的验证码",
        (Notify::StatusConfirm, Locale::En) => "Confirm your subscription",
        (Notify::StatusConfirm, Locale::Zh) => "请确认订阅",
        (Notify::StatusNotice, Locale::En) => "Status notice",
        (Notify::StatusNotice, Locale::Zh) => "状态公告",
    }
}

/// Whether what was deployed had a go, and nobody has begun the work: that breaks no rule.
fn is_unbegun(event: Notify, data: &Value) -> bool {
    let why = data["no_go"].as_array().map_or(&[][..], Vec::as_slice);
    event == Notify::ChangeUngated && matches!(why, [one] if *one == NoGo::Unbegun.name())
}

/// What happened, as far as the facts say it.
pub(super) fn headline(event: Notify, data: &Value, locale: Locale) -> &'static str {
    match locale {
        Locale::En if is_unbegun(event, data) => "Deployed, and nobody has begun the change",
        Locale::Zh if is_unbegun(event, data) => "已发布，但尚无人开始执行变更",
        _ => self::event(event, locale),
    }
}

/// Where a notice to customers stands.
pub(super) fn standing(state: NoticeState, locale: Locale) -> &'static str {
    match (state, locale) {
        (NoticeState::Investigating, Locale::En) => "We look for the cause",
        (NoticeState::Investigating, Locale::Zh) => "正在查找原因",
        (NoticeState::Identified, Locale::En) => "The cause is known",
        (NoticeState::Identified, Locale::Zh) => "原因已查明",
        (NoticeState::Monitoring, Locale::En) => "Mended, we watch it",
        (NoticeState::Monitoring, Locale::Zh) => "已修复，正在观察",
        (NoticeState::Resolved, Locale::En) => "Over",
        (NoticeState::Resolved, Locale::Zh) => "已结束",
    }
}

/// What is told of planned work.
pub(super) fn work(state: WorkState, locale: Locale) -> &'static str {
    match (state, locale) {
        (WorkState::Announced, Locale::En) => "Planned work",
        (WorkState::Announced, Locale::Zh) => "计划维护",
        (WorkState::Moved, Locale::En) => "Planned work at another time",
        (WorkState::Moved, Locale::Zh) => "计划维护改期",
        (WorkState::Begun, Locale::En) => "Planned work has begun",
        (WorkState::Begun, Locale::Zh) => "计划维护已开始",
        (WorkState::Ended, Locale::En) => "Planned work is over",
        (WorkState::Ended, Locale::Zh) => "计划维护已结束",
        (WorkState::CalledOff, Locale::En) => "Planned work does not take place",
        (WorkState::CalledOff, Locale::Zh) => "计划维护已取消",
    }
}

/// A word that stands before a value, or on a button.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Label {
    System,
    Since,
    Until,
    Window,
    MayStart,
    Verdict,
    Proposed,
    Left,
    Brought,
    Against,
    Requester,
    By,
    Policy,
    Open,
    Acknowledge,
    Approve,
    Test,
    Code,
    And,
    More,
    Concerns,
    Confirm,
    Confirmation,
    OpenStatus,
    Unsubscribe,
    Runbook,
    Paged,
    Unanswered,
    Alerts,
}

pub(super) fn label(label: Label, locale: Locale) -> &'static str {
    match (label, locale) {
        (Label::System, Locale::En) => "System",
        (Label::System, Locale::Zh) => "系统",
        (Label::Since, Locale::En) => "Since",
        (Label::Since, Locale::Zh) => "开始",
        (Label::Until, Locale::En) => "Until",
        (Label::Until, Locale::Zh) => "结束",
        (Label::Window, Locale::En) => "Window",
        (Label::Window, Locale::Zh) => "窗口",
        (Label::MayStart, Locale::En) => "May be started by",
        (Label::MayStart, Locale::Zh) => "可执行人",
        (Label::Verdict, Locale::En) => "Verdict",
        (Label::Verdict, Locale::Zh) => "验证结论",
        (Label::Proposed, Locale::En) => "Proposed",
        (Label::Proposed, Locale::Zh) => "建议",
        (Label::Brought, Locale::En) => "Brought",
        (Label::Brought, Locale::Zh) => "发布内容",
        (Label::Against, Locale::En) => "No go because",
        (Label::Against, Locale::Zh) => "未放行原因",
        (Label::Left, Locale::En) => "Left to do",
        (Label::Left, Locale::Zh) => "待办",
        (Label::Requester, Locale::En) => "Requested by",
        (Label::Requester, Locale::Zh) => "申请人",
        (Label::By, Locale::En) => "By",
        (Label::By, Locale::Zh) => "操作人",
        (Label::Policy, Locale::En) => "Escalation",
        (Label::Policy, Locale::Zh) => "升级策略",
        (Label::Open, Locale::En) => "Open in Evenkeel",
        (Label::Open, Locale::Zh) => "在稳舵中打开",
        (Label::Approve, Locale::En) => "Look and approve",
        (Label::Approve, Locale::Zh) => "查看并审批",
        (Label::Acknowledge, Locale::En) => "Acknowledge",
        (Label::Acknowledge, Locale::Zh) => "确认",
        (Label::Test, Locale::En) => "This is a test of the channel. If you read it, it works.",
        (Label::Test, Locale::Zh) => "这是通道的测试消息。看到它就说明通道可用。",
        (Label::Code, Locale::En) => "Enter it on your profile within 15 minutes. If you did not ask for it, ignore this message.",
        (Label::Code, Locale::Zh) => "请在 15 分钟内于个人设置页输入。若非本人操作，请忽略此消息。",
        (Label::And, Locale::En) => "and",
        (Label::And, Locale::Zh) => "另有",
        (Label::More, Locale::En) => "more",
        (Label::More, Locale::Zh) => "条",
        (Label::Concerns, Locale::En) => "Concerns",
        (Label::Concerns, Locale::Zh) => "涉及",
        (Label::Confirm, Locale::En) => "Confirm",
        (Label::Confirm, Locale::Zh) => "确认订阅",
        (Label::Confirmation, Locale::En) => {
            "Somebody, probably you, wants what is published on this status page sent here. If that is so, open the link within two days and \
             press its button. If not, do nothing: nothing more is sent."
        }
        (Label::Confirmation, Locale::Zh) => {
            "有人（可能就是您）希望将此状态页的公告发送到这里。如果是您本人，请在两天内打开链接并点击按钮；如果不是，无需任何操作，也不会再收到消息。"
        }
        (Label::OpenStatus, Locale::En) => "Open the status page",
        (Label::OpenStatus, Locale::Zh) => "打开状态页",
        (Label::Unsubscribe, Locale::En) => "Unsubscribe",
        (Label::Unsubscribe, Locale::Zh) => "退订",
        (Label::Runbook, Locale::En) => "Runbook",
        (Label::Runbook, Locale::Zh) => "处置手册",
        (Label::Paged, Locale::En) => "Called now",
        (Label::Paged, Locale::Zh) => "本次呼叫",
        (Label::Unanswered, Locale::En) => "Called before, no answer",
        (Label::Unanswered, Locale::Zh) => "此前呼叫未应答",
        (Label::Alerts, Locale::En) => "Alerts",
        (Label::Alerts, Locale::Zh) => "告警",
    }
}

/// How figures judge a change.
pub(super) fn verdict(verdict: Verified, locale: Locale) -> &'static str {
    match (verdict, locale) {
        (Verified::Pass, Locale::En) => "PASS",
        (Verified::Pass, Locale::Zh) => "通过",
        (Verified::Fail, Locale::En) => "FAIL",
        (Verified::Fail, Locale::Zh) => "未通过",
        (Verified::Inconclusive, Locale::En) => "inconclusive",
        (Verified::Inconclusive, Locale::Zh) => "无法判定",
    }
}

/// What is proposed where a change made things worse.
pub(super) fn roll_back(locale: Locale) -> &'static str {
    match locale {
        Locale::En => "Roll it back: one button on its page",
        Locale::Zh => "回退此变更：在其页面上一键完成",
    }
}

/// What was against something that was deployed all the same.
pub(super) fn no_go(why: NoGo, locale: Locale) -> &'static str {
    match (why, locale) {
        (NoGo::Unapproved, Locale::En) => "not approved",
        (NoGo::Unapproved, Locale::Zh) => "未获批准",
        (NoGo::Over, Locale::En) => "the change is over",
        (NoGo::Over, Locale::Zh) => "变更已结束",
        (NoGo::Early, Locale::En) => "before its window",
        (NoGo::Early, Locale::Zh) => "窗口尚未开始",
        (NoGo::Late, Locale::En) => "after its window",
        (NoGo::Late, Locale::Zh) => "窗口已结束",
        (NoGo::Lapsed, Locale::En) => "the approval has ended",
        (NoGo::Lapsed, Locale::Zh) => "审批已失效",
        (NoGo::Sole, Locale::En) => "brought by its only approver",
        (NoGo::Sole, Locale::Zh) => "由唯一的批准人发布",
        (NoGo::Frozen, Locale::En) => "frozen",
        (NoGo::Frozen, Locale::Zh) => "封网中",
        (NoGo::Incident, Locale::En) => "an incident is open",
        (NoGo::Incident, Locale::Zh) => "有未恢复的工单",
        (NoGo::Evidence, Locale::En) => "evidence is lacking",
        (NoGo::Evidence, Locale::Zh) => "缺少证据",
        (NoGo::Artifact, Locale::En) => "not what was approved",
        (NoGo::Artifact, Locale::Zh) => "与获批制品不符",
        (NoGo::Resting, Locale::En) => "work is paused or being rolled back",
        (NoGo::Resting, Locale::Zh) => "工作已暂停或正在回退",
        (NoGo::Unbegun, Locale::En) => "nobody has begun the work",
        (NoGo::Unbegun, Locale::Zh) => "尚无人开始执行",
    }
}

/// What is left to a person where a change went well and does not close by itself.
pub(super) fn close_it(locale: Locale) -> &'static str {
    match locale {
        Locale::En => "A person has to close it on its page: it does not close by itself",
        Locale::Zh => "须由人在其页面上关闭：不会自动关闭",
    }
}

/// `and 3 more`, `另有 3 条`.
pub(super) fn and_more(count: usize, locale: Locale) -> String {
    format!("{} {count} {}", label(Label::And, locale), label(Label::More, locale))
}

/// `Payments, step 2`: the policy and how far it has climbed.
pub(super) fn step(policy: &str, step: &str, locale: Locale) -> String {
    match (policy.is_empty() || step.is_empty() || step == "0", locale) {
        (true, _) => policy.to_owned(),
        (false, Locale::En) => format!("{policy}, step {step}"),
        (false, Locale::Zh) => format!("{policy}，第 {step} 步"),
    }
}

/// Before the shift that somebody gives away.
pub(super) fn gives(name: &str, locale: Locale) -> String {
    match locale {
        Locale::En => format!("{name} gives"),
        Locale::Zh => format!("{name} 让出"),
    }
}

/// The comma of the language, with its blank.
pub(super) fn comma(locale: Locale) -> &'static str {
    match locale {
        Locale::En => ", ",
        Locale::Zh => "、",
    }
}

/// The colon of the language, with its blank.
pub(super) fn colon(locale: Locale) -> &'static str {
    match locale {
        Locale::En => ": ",
        Locale::Zh => "：",
    }
}

impl Tone {
    /// How good or bad an event is, as far as the facts say it.
    pub(super) fn of(event: Notify, data: &Value) -> Self {
        match event {
            Notify::ChangeUngated if is_unbegun(event, data) => Self::Plain,
            Notify::AlertFiring | Notify::IncidentOpened | Notify::IncidentReopened | Notify::ChangeUngated | Notify::Page => Self::Bad,
            Notify::AlertResolved | Notify::IncidentResolved => Self::Good,
            Notify::ChangePending
            | Notify::ChangeApproved
            | Notify::ChangeRejected
            | Notify::ChangeExpired
            | Notify::ChangeStarted
            | Notify::ChangeFinished
            | Notify::ChangeVerified
            | Notify::ActionDue
            | Notify::SwapOffered
            | Notify::SwapAccepted
            | Notify::SwapDeclined
            | Notify::SwapWithdrawn
            | Notify::Test
            | Notify::Verify
            | Notify::StatusConfirm
            | Notify::StatusNotice => Self::Plain,
        }
    }
}
