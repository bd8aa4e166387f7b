# Changes, approvals, freezes.
changes-title = Changes
changes-sub = What is changing, and is it safe? Times in { $zone }.
changes-new = Request a change
changes-new-title = Request a change
changes-edit = Edit
changes-edit-title = Edit { $number }
changes-edit-voids = { $count ->
    [one] Saving other content voids the approval that was given.
   *[other] Saving other content voids the { $count } approvals that were given.
}
changes-print = Print
changes-back = Back
changes-save = Save
changes-save-draft = Save as draft
changes-check = Check conflicts
changes-choose = — choose —
changes-acts = What can be done
changes-facts = Facts
changes-content = What is approved
changes-content-show = Show plan and rollback
changes-timeline = Timeline
changes-comment = Comment
changes-since = Changed since it was approved
changes-impact-none = Not described.

changes-view = View
changes-view-lanes = Lanes
changes-view-week = Week
changes-view-month = Month
changes-view-agenda = Agenda
changes-view-list = List
changes-when = Days
changes-earlier = ← Earlier
changes-later = Later →
changes-today = Today
changes-tomorrow = Tomorrow
changes-week = Week
changes-more = { $count } more
changes-day-1 = Mon
changes-day-2 = Tue
changes-day-3 = Wed
changes-day-4 = Thu
changes-day-5 = Fri
changes-day-6 = Sat
changes-day-7 = Sun
changes-lanes-label = Changes by team
changes-cut = Only the first { $count } changes are drawn. Please narrow the filter or the days.
changes-empty = Nothing is planned on these days.
changes-empty-filter = No change matches.
changes-filter-text = Title, requester or number

changes-state-draft = draft
changes-state-pending = waits for approval
changes-state-approved = approved
changes-state-scheduled = scheduled
changes-state-executing = executing
changes-state-observing = observing
changes-state-closed = closed
changes-state-rejected = rejected
changes-state-cancelled = cancelled
changes-risk-low = low risk
changes-risk-medium = medium risk
changes-risk-high = high risk
changes-risk-low-long = { $word }: routine, easily undone
changes-risk-medium-long = { $word }: may be noticed
changes-risk-high-long = { $word }: may hurt customers, two approvals
changes-outcome-success = success
changes-outcome-degraded = degraded
changes-outcome-rolled-back = rolled back

changes-field-number = Number
changes-field-title = Title
changes-field-state = State
changes-field-systems = Systems
changes-field-system = System
changes-field-team = Team
changes-field-window = Window
changes-field-start = Start
changes-field-end = End
changes-field-zone = Time zone
changes-field-risk = Risk
changes-field-risk-reason = Why this risk
changes-field-impact = Impact
changes-field-plan = Plan
changes-field-rollback = Rollback
changes-field-requester = Requested by
changes-field-created = Requested
changes-field-started = Started
changes-field-finished = Finished
changes-field-version = Version
changes-field-caused = Confirmed cause of
changes-field-hash = Content hash (SHA-256)
changes-field-remark = Remark
changes-field-reject-reason = Why it is rejected
changes-field-outcome = Outcome
changes-field-comment = Comment
changes-field-scope = Covers
changes-field-reason = Reason
changes-field-author = Set by
changes-hint-title = One line that says what will be different afterwards.
changes-hint-systems = Every system that is touched. The owners of all of them must agree.
changes-team-of-system = The team of the first system
changes-hint-zone = An IANA name such as Asia/Shanghai. Start and end are wall times there.
changes-hint-risk-reason = One sentence for the approver.
changes-hint-impact = Who notices what, and for how long. Markdown.
changes-hint-plan = Step by step. Markdown.
changes-hint-rollback = How it is undone, and until when that is possible. Markdown.
changes-hint-markdown = Markdown.
changes-hint-outcome = Needed unless all went as planned.
changes-hint-reason = People read this when they are refused.
changes-hint-scope-team = For a freeze of one team: its changes, and all changes on its systems.
changes-hint-scope-systems = For a freeze of single systems.

changes-window-length = { $length } in real time
changes-window-gap = { $time } does not exist in { $zone } that day: clocks go forward. It is read as { $read }.
changes-window-overlap = { $time } exists twice in { $zone } that day: clocks go back. The first is meant.

changes-conflicts = Conflicts
changes-conflicts-none = Nothing known is in the way.
changes-clash-freeze = freeze
changes-clash-same-system = same system
changes-clash-dependency = dependency
changes-clash-same-team = same team
changes-clash-incident = open incident
changes-conflict-freeze = Freeze “{ $with }”, { $from } – { $to }: it will not start.
changes-conflict-same-system = { $with } works on { $system } as well, { $from } – { $to }.
changes-conflict-dependency = { $with } works on { $system }, which this depends on or which depends on this, { $from } – { $to }.
changes-conflict-same-team = { $with } is done by the same team, { $from } – { $to }.
changes-conflict-incident = { $with } is open on { $system }.

changes-approval = Approval
changes-approval-count = { $given } of { $needed } approvals given
changes-step-requested = Requested
changes-step-approved = Approved
changes-step-rejected = Rejected
changes-step-waiting = Approval
changes-step-who = somebody who may approve for every system touched, but neither requested nor wrote it
changes-void = Void, given to other content
changes-approve = Approve
changes-reject-ask = Reject …
changes-reject = Reject
changes-request = Request approval
changes-schedule = Schedule
changes-start = Start
changes-finish = Finish
changes-close = Close
changes-cancel = Withdraw
changes-cancel-text = The change will not run. This cannot be undone.

changes-entry-created = wrote the change down
changes-entry-edited = edited the content
changes-entry-submitted = asked for approval
changes-entry-approved = approved
changes-entry-rejected = rejected
changes-entry-voided = voided approvals
changes-entry-voided-count = { $count ->
    [one] voided the approval that was given
   *[other] voided { $count } approvals that were given
}
changes-entry-scheduled = scheduled
changes-entry-started = started
changes-entry-finished = finished
changes-entry-closed = closed
changes-entry-cancelled = withdrew the change
changes-entry-comment = commented
changes-entry-note = noted

changes-approvals-title = Waiting for my approval
changes-approvals-count = { $count ->
    [0] nothing waits
    [one] { $count } change waits
   *[other] { $count } changes wait
}
changes-approvals-empty = Nothing waits for you.
changes-approvals-empty-text = Changes appear here when you may approve for every system they touch and have neither requested nor written them.

changes-freeze = Freeze
changes-freezes = Freezes
changes-freezes-sub = Spans in which changes do not start.
changes-freezes-past = Past ones too
changes-freezes-current = Only current and coming ones
changes-freezes-empty = No freeze is set.
changes-freezes-empty-text = Changes may start whenever they are approved and inside their window.
changes-freeze-new = Set a freeze
changes-freeze-edit = Edit the freeze
changes-freeze-lift = Lift
changes-freeze-lift-text = Changes may start again in the span of “{ $reason }”.
changes-scope-all = Everything
changes-scope-team = One team
changes-scope-team-of = Team { $team }
changes-scope-systems = Single systems

changes-feeds = Calendar feeds
changes-feeds-sub = Subscribe to a team's changes and freezes in any calendar. Whoever has the address can read it.
changes-feeds-empty = There is no team whose calendar you may read.
changes-feed-renew = New address
changes-feed-renew-text = The present address of { $team } stops working at once.

toast-change-requested = Approval has been requested.
toast-change-saved = Saved.
toast-change-voided = Saved. The approvals given before are void.
toast-change-approved = Approved.
toast-change-rejected = Rejected.
toast-change-scheduled = Scheduled.
toast-change-started = Started.
toast-change-finished = Finished.
toast-change-closed = Closed.
toast-change-cancelled = Withdrawn.
toast-change-commented = Comment added.
toast-freeze-set = The freeze is set.
toast-freeze-changed = The freeze is changed.
toast-freeze-lifted = The freeze is lifted.
toast-feed-renewed = The calendar has a new address.

conflict-change-state = This is not possible while the change is “{ $state ->
    [draft] a draft
    [pending] pending approval
    [approved] approved
    [scheduled] scheduled
    [executing] executing
    [observing] observing
    [closed] closed
    [rejected] rejected
   *[cancelled] cancelled
}”.
conflict-change-own = You requested this change; somebody else must approve it.
conflict-change-own-edit = You wrote the present content of this change; somebody else must approve it.
conflict-change-approved-already = You have given your verdict on this content.
conflict-change-other-teams = It touches systems of teams for which you may not approve.
conflict-change-edited = The content was changed since you read it. Please read it again.
conflict-change-unchanged = It was rejected with exactly this content. Change something, then ask again.
conflict-change-moved = Somebody else acted on this meanwhile. Please look at it again.
conflict-change-too-early = It is too early: the window opens at { $opens } ({ $zone }), in { $length_ms }.
conflict-change-too-late = It is too late: the window closed at { $closed } ({ $zone }), { $length_ms } ago. A new window needs a new approval.
conflict-change-frozen = A freeze covers the window: “{ $reason }”, { $from } – { $until } ({ $zone }).

changes-expect-system = the key or id of a system that you may read
changes-expect-a-system = at least one system
changes-expect-at-most-systems = at most { $max } systems
changes-expect-team = the id of a team that you may read
changes-expect-wall-time = a date and time such as 2025-03-14T02:00
changes-expect-time-that-exists = a time that exists: there is no { $time } in { $zone }, clocks go forward over it
changes-expect-after-start = a moment after the start, { $start }
changes-expect-window-at-most-days = at most { $max } days after the start
changes-expect-window-ahead = an end that is still to come
changes-expect-content-hash = the hash of the content that was read, 64 hexadecimal digits
changes-expect-reason = a reason in words
changes-expect-rfc3339 = a moment such as 2025-03-14T06:05:00Z; from and to go together
changes-expect-date = a date such as 2025-03-14
