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
changes-artifact-none = No artifact is named.
changes-since = Changed since it was approved
changes-since-files = Attached after the approval, so nobody approved it: { $names }
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
changes-lanes-label-system = Changes by system
changes-lanes-by = Lanes by
changes-lanes-by-team = By team
changes-lanes-by-system = By system
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
changes-told-started = started
changes-told-rolling-back = is being rolled back
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
changes-field-rollback-minutes = Rolling back takes (minutes)
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
changes-hint-rollback-minutes = What is at risk lasts as long as the work and this; quiet windows count both.
changes-rollback-takes = Rolling back takes { $length }.
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
changes-clash-same-people = same people
changes-clash-absent-approver = approvers away
changes-clash-same-window = both of high risk
changes-clash-incident = open incident
changes-clash-one-risky = one of high risk
changes-clash-both-vital = both on tier 1
changes-conflict-freeze = Freeze “{ $with }”, { $from } – { $to }: it will not start.
changes-conflict-same-system = { $with } works on { $system } as well, { $from } – { $to }.
changes-conflict-dependency = { $with } works on { $system }, which this depends on or which depends on this, { $from } – { $to }.
changes-conflict-same-team = { $with } is done by the same team, { $from } – { $to }.
changes-conflict-same-people = { $person } works on { $with } as well, { $from } – { $to }.
changes-conflict-absent-approver = Too few who approve for { $with } are there before it opens: { $person }.
changes-conflict-same-window = { $with } is of high risk, too, { $from } – { $to }: should something fail, it is harder to tell which it was.
changes-conflict-incident = { $with } is open on { $system }.
changes-conflict-one-risky = { $with } runs at the same time, { $from } – { $to }, and one of the two is of high risk.
changes-conflict-both-vital = { $with } runs at the same time, { $from } – { $to }, and both touch systems of tier 1: should something fail, it is harder to tell which it was.

changes-approval = Approval
changes-approval-count = { $given } of { $needed } approvals given
changes-step-requested = Requested
changes-step-approved = Approved
changes-step-rejected = Rejected
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
changes-entry-file-added = attached a file
changes-entry-file-removed = removed a file
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
changes-feeds-sub = Subscribe to a team's changes and freezes in any calendar. Each address is yours: whoever has it can read the calendar, as long as you may.
changes-feeds-empty = There is no team whose calendar you may read.
changes-feed-renew = New addresses
changes-feed-renew-text = Every address of { $team }, yours and those of others, stops working at once.

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
    [expired] expired
   *[cancelled] cancelled
}”.
conflict-change-own = You requested this change; somebody else must approve it.
conflict-change-own-edit = You wrote this change or a part of it; somebody else must approve it.
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
changes-expect-risk = choose low, medium or high: how much may go wrong, and how easily it is undone
changes-expect-reason = a reason in words
changes-expect-rfc3339 = a moment such as 2025-03-14T06:05:00Z; from and to go together
changes-expect-date = a date such as 2025-03-14

changes-state-expired = expired
changes-kind-standard = standard
changes-kind-normal = normal
changes-kind-emergency = emergency
changes-kind-standard-long = Standard: from a template that was approved once
changes-kind-normal-long = Normal: approved before it runs
changes-kind-emergency-long = Emergency: may run first, approval is owed
changes-outcome-inconclusive = inconclusive
changes-score = Risk by facts: { $total } of 100, { $word }
changes-score-tier = Tier { $found }: +{ $points }
changes-score-radius = { $found ->
    [one] { $found } system depends on it
   *[other] { $found } systems depend on it
}: +{ $points }
changes-score-failures = { $found } % of earlier changes of these systems did not end well: +{ $points }
changes-score-systems = { $found } systems touched: +{ $points }
changes-score-steps = { $found } steps: +{ $points }
changes-score-daytime = When people work, from { $found }: +{ $points }
changes-score-first = No change of these systems in the last half year: +{ $points }
changes-score-evidence = { $found } % of the term of its evidence is over when the window opens: +{ $points }
changes-score-emergency = Does not wait for approval: +{ $points }
changes-field-kind = Kind
changes-field-artifact = Artifact
changes-field-artifact-version = Artifact version
changes-field-artifact-sha = Artifact SHA-256
changes-field-steps = Steps
changes-hint-kind = An emergency may start without approval; approval is asked for afterwards until it is given or refused.
changes-hint-artifact = What is brought, exactly; leave empty where nothing is.
changes-hint-steps = Each step is ticked off while the work is done. Leave empty where the plan is enough.
changes-hint-step-check = Go or no-go: what is looked at before the next step.
changes-steps-more = More steps
changes-step-number = Step { $number }
changes-step-empty = empty
changes-step-manual = — by hand —
changes-step-part-what = What is done
changes-step-part-who = By whom
changes-step-part-tool = Tool
changes-step-part-parameters = Given to it
changes-step-part-rollback_tool = Undone by the tool
changes-step-part-rollback_parameters = Given to that
changes-tool-version = version { $version }
changes-hint-step-parameters = One “key = value” a line. It is approved with the rest: nobody can run the step with anything else. Secrets are typed when it runs.
changes-expect-parameters = one “key = value” a line, each key once
changes-expect-no-parameters = nothing, as no tool is named
changes-step-part-expected = Expected result
changes-step-part-check = Check
changes-step-part-rollback = Undone by
changes-owed = This ran as an emergency before it was approved. Its approval is due by { $until }.
changes-override = Start all the same …
changes-override-text = What is in the way yields to a reason. The reason is kept and counted.
changes-override-start = Start all the same
changes-entry-expired = ran out
changes-entry-expired-window = ran out: the window passed without a start
changes-entry-expired-approval = ran out: the approval ended before the start
changes-entry-overridden = started although something was in the way
changes-expect-sha = 7 to 64 hexadecimal digits
changes-expect-step = an object with what, who, tool, parameters, expected, check, rollback, rollback_tool and rollback_parameters
changes-expect-at-most-steps = at most { $max } steps
changes-expect-rollback = how it is undone
conflict-change-approval-over = The approval ended at { $until }, { $length_ms } ago. It must be approved anew.
conflict-change-incident = { $incident } is open on a system that this touches.
conflict-change-sole-template = You agreed to the template of this change; somebody else must carry it out.
conflict-change-sole-executor = You alone approved this change; somebody else must carry it out.
conflict-change-file-stands = What approvers saw stays: a file is removed only while the change is a draft. More files may be added.
conflict-change-own-work = You carried this change out; somebody else must approve it.
conflict-change-owed = Its approval is still owed; it cannot be closed before that is given or refused.
changes-field-overrides = Gone past

changes-policies = Approval policies
changes-policies-sub = Who must agree to which changes. The first policy that matches decides.
changes-policies-empty = No policy is written.
changes-policies-empty-text = The owners of every system touched agree: one person for a low or medium risk, two for a high one.
changes-policy-otherwise = Where no policy matches, the owners of every system touched agree: one person for a low or medium risk, two for a high one.
changes-policy-new = Write a policy
changes-policy-edit = Edit the policy
changes-policy-remove = Remove
changes-policy-remove-text = “{ $name }” will ask for nothing any more. What waits already keeps what it took.
changes-policy-name = Name
changes-policy-order = Order
changes-policy-order-hint = The lowest is asked first.
changes-policy-place = Order { $place }
changes-policy-kinds = Kinds of changes
changes-policy-risks = Risks
changes-policy-risks-hint = The higher of what the requester says and what facts say. None ticked: all.
changes-policy-tiers = Tiers
changes-policy-tier = Tier { $tier }
changes-policy-empty-all = None ticked: all.
changes-policy-all = all
changes-policy-for = For { $kinds }; risk: { $risks }; tier: { $tiers }
changes-policy-stages = Who must agree
changes-policy-stages-hint = A stage without a choice in “Of whom” is left out.
changes-policy-stage = Stage { $number }
changes-policy-in-order = One stage after another, in this order
changes-policy-needs-rollback = A rollback plan is needed
changes-policy-rollback = A rollback plan is needed.
changes-policy-hours-field = An approval holds for
changes-policy-hours-hint = 0: as long as the window.
changes-policy-hours = An approval holds for { $hours } hours.
changes-policy-window = An approval holds as long as the window.
changes-policy-by = Asked for by the policy “{ $policy }”.
changes-policy-none = No policy matches.
changes-side-owners = all owners of the systems at once
changes-side-each-owner = each owner of a system
changes-side-doer = the team that does the work
changes-side-team = a named team
changes-side-team-of = { $team }
changes-stage-count = Persons
changes-stage-of = Of whom
changes-stage-none = — left out —
changes-stage-roles-field = With one of these roles
changes-stage-roles-hint = None ticked: anybody who may approve there.
changes-stage-any = { $count ->
    [one] { $count } person
   *[other] { $count } persons
} of { $whose }
changes-stage-roles = { $count ->
    [one] { $count } person
   *[other] { $count } persons
} of { $whose }, as { $roles }
changes-demand = { $given } of { $count }: may approve in { $teams }
changes-demand-roles = { $given } of { $count }: may approve in { $teams }, as { $roles }
changes-demand-nobody = Nobody can give this approval now.
changes-demand-later = (asked later)
changes-step-lacks = { $count ->
    [one] Approval for { $teams }
   *[other] { $count } approvals for { $teams }
}
changes-in-place-of = in place of { $name }
changes-approval-until = The approval holds until
changes-whatif = Who must approve this?
changes-whatif-answer = They must approve it
changes-whatif-lacking = There are fewer people who could approve than it takes.
changes-delegations = Delegations
changes-delegations-sub = Let somebody approve in your place until a day. Nobody approves what they requested or wrote, in whosever place.
changes-delegations-given = Given by me
changes-delegations-taken = Given to me
changes-delegations-none = None holds now.
changes-delegate = Delegate my approval
changes-delegation-end = End
changes-delegation-end-text = The delegation with { $name } ends now.
changes-field-delegate = Who approves instead
changes-field-delegator = In place of
changes-field-until = Until
changes-hint-delegate = Why, e.g. on leave.
changes-approve-picked = Approve what is picked
changes-approve-picked-hint = Tick changes below; each is approved as it is shown.
changes-approve-picked-none = Tick at least one change.
changes-approve-picked-part = { $approved } approved, { $refused } refused: { $why }
changes-pick = Pick
changes-link-approve = Approve as { $name }
changes-link-approved = You have approved exactly this content.
changes-expect-stage = an object with count, of (owners, each-owner, doer, team), team and roles
changes-expect-no-stages = no stages: standard changes are agreed to with their template
changes-expect-stages = 1 to { $max } stages that say of whom
changes-expect-other-name = a name that no other has
changes-expect-delegation = a moment ahead, at most { $max } days
changes-expect-delegate = somebody who reads what you approve, and not yourself
changes-expect-picks = 1 to { $max } changes, each as ID:HASH
conflict-change-not-your-turn = It does not need your approval now: others are asked first, or have agreed already.
conflict-change-not-yours = It is not yours to approve.
toast-policy-set = The policy is in force.
toast-changes-policy-removed = The policy is removed.
toast-delegated = Delegated.
toast-delegation-ended = The delegation has ended.

changes-runbook = Run book
changes-runbook-since = Under way for
changes-runbook-took = Took { $length }
changes-clock-runs = Begun { $at }, running for
changes-clock-took = Begun { $at }, took { $length }
changes-clock-failed = Step { $number } failed: the steps after it wait until it is ticked off as done, or the change is rolled back.
changes-go-no-go = Go or no-go: { $check }
changes-paused = Work is paused.
changes-pause = Pause
changes-resume = Go on
changes-roll-back = Roll back
changes-roll-back-text = What was done is undone as its steps say, the last one first: tools run by themselves, exactly as they were approved; the rest you tick off. Then the work ends as rolled back; at once, where no step says how it is undone.
changes-roll-back-steps = In this order:
changes-rollback = Rollback
changes-rolling-back = rolling back
changes-rolled-back-whole = everything undone
changes-rolled-back-part = ended before everything was undone
changes-rollback-stopped = Step { $number } could not be undone: the rest waits. Put it right and say so, run its tool again, or end the work otherwise.
changes-undo-waiting = waits
changes-undo-running = its tool runs
changes-undo-done = undone
changes-undo-failed = could not be undone
changes-undo-skipped = need not be undone
changes-undo-again = Run the tool
changes-undo-trouble-run = Its tool did not succeed; the log says more.
changes-undo-trouble-right = Whoever began may not run its tool. Somebody who may has to.
changes-undo-trouble-secrets = Its tool takes secrets, which somebody has to type.
changes-undo-trouble-tool = Its tool is not what it was when the change was approved, or is not in use.
changes-undo-trouble-off = Tools do not run: switched off.
toast-change-rollback = Rolling back.
changes-entry-rolling-back = began to roll back
changes-entry-undone = rolled back the step
changes-entry-rollback-ended = ended rolling back before everything was undone
conflict-change-rolling-back = It is being rolled back.
conflict-change-not-rolling-back = It is not being rolled back.
conflict-change-undo-order = Step { $number } is undone first.
changes-step-run-open = its log
changes-step-run-hidden = A tool of another team; its log is for them.
changes-step-run-code = exit code { $code }
changes-step-run = Run the tool
changes-step-tick = Tick off
changes-step-done = Done
changes-step-failed = Failed
changes-step-skipped = Skipped
changes-breaks = Breaking a freeze
changes-break-field = Freeze
changes-break = Break “{ $freeze }” …
changes-break-text = The freeze will not hold this change back once a second person agrees. Both names and the reason are kept and counted.
changes-break-ask = Ask for it
changes-break-agree = Agree as the second person
changes-break-done = Agreed by { $name }
changes-break-void = The freeze was edited since: it holds the change back again.
changes-break-waits-house = Waits for a second person who may approve or set freezes in the whole house, and neither requested nor wrote the change.
changes-break-waits = Waits for a second person, who neither requested nor wrote the change.
changes-entry-ticked = ticked off
changes-entry-paused = paused the work
changes-entry-resumed = went on
changes-entry-break-asked = asked to break a freeze
changes-entry-freeze-broken = broke a freeze as the second person
changes-figures = Figures
changes-figures-sub = How changes went: the four measures of DORA, and how often rules were gone past.
changes-figures-none = Nothing ended in this span.
changes-figures-cut = Only the latest 5,000 changes are counted.
changes-figures-frequency = Deployments a week
changes-figures-deployments = { $count ->
    [one] { $count } to production (or prod) succeeded
   *[other] { $count } to production (or prod) succeeded
}
changes-figures-lead = Lead time
changes-figures-lead-note = Median to the end: from the commit for { $commits } of { $all }, else from the request
changes-figures-restore-note = Median; from the incident’s opening to its mitigation
changes-figures-success = Change success rate
changes-figures-failure = Change failure rate
changes-figures-of = { $part } of { $all }
changes-figures-restore = Time to restore
changes-figures-emergency = Emergencies
changes-figures-changes = Changes
changes-figures-gone-past = Gone past
changes-figures-overrides = Overrides
changes-figures-frozen = Freezes among them
changes-figures-breaks = Freezes broken
changes-figures-waivers = Evidence waived
changes-figures-past = { $overrides } for a reason ({ $frozen } past a freeze), { $breaks } freezes broken, { $waivers } times without evidence
changes-figures-team = By team
changes-figures-system = By system
changes-free-slot = Next free slot: { $from } – { $to }
changes-field-rrule = Comes again (RRULE)
changes-hint-rrule = e.g. FREQ=WEEKLY;BYDAY=SA. Each time is as long on the wall as the first, through changes of clocks. Leave empty for once.
changes-field-soft = Yields to a reason
changes-hint-soft = Otherwise only two people who break it go past it.
changes-freeze-soft = yields to a reason
changes-freeze-again = comes again:
changes-freeze-next = next:
changes-expect-freeze = a freeze that holds this change back
conflict-change-step-by-hand = This step is done by hand: it names no tool.
conflict-change-step-runs = The tool of this step runs already.
conflict-change-tool-runs = The tool of a step runs, or waits to run. Stop it or take it back first.
conflict-change-step-unproven = The tool of this step has not run well. Run it, or say in the remark why the step is done all the same.
conflict-change-paused = Work on it is paused.
conflict-change-refused = It was refused: nothing more of it is done, except undoing it.
conflict-change-not-under-way = It is not under way.
conflict-change-roll-back-ahead = Nothing of it has been done yet, so there is nothing to roll back. If it shall not be carried out, withdraw it.
conflict-change-roll-back-refused = It was never carried out, so there is nothing to roll back. Edit it and ask for approval anew, or withdraw it.
conflict-change-roll-back-withdrawn = It was withdrawn and never carried out, so there is nothing to roll back.
conflict-change-roll-back-closed = It is closed, and its outcome stands. To undo it now, request a new change; its plan to roll back is kept with it.
conflict-change-step-failed = Step { $number } failed. Tick it off as done once it is put right, or roll the change back.
conflict-change-failed-step = Step { $number } failed, so this is no success. Tick it off as done once it is put right, or end the work as degraded or rolled back.
conflict-change-steps-open = { $count ->
    [one] { $count } step is not ticked off yet.
   *[other] { $count } steps are not ticked off yet.
}
conflict-freeze-house = “{ $freeze }” binds the whole house: both people who break it need the right for the whole house, not for one team. Ask: { $people }.
conflict-freeze-house-nobody = “{ $freeze }” binds the whole house: both people who break it need the right for the whole house, not for one team. Nobody else has it; an administrator can grant it.
conflict-change-two-people = You asked for it; a second person must agree.
conflict-change-second-own = You requested this change or wrote a part of it; somebody else must be the second person.
conflict-change-unnamed-artifact = { $approved } was approved: say the hash of what is about to be brought.
conflict-change-other-artifact = { $approved } was approved, not { $asked }.
toast-change-step = Ticked off.
toast-change-paused = Paused.
toast-change-resumed = Work goes on.
toast-break-asked = A second person must agree now.
toast-freeze-broken = The freeze does not hold this change back.

changes-verification = Verification after the work
changes-verified-pass = PASS
changes-verified-pass-so-far = good so far
changes-verified-fail = FAIL
changes-verified-inconclusive = inconclusive
changes-verified-propose = It got worse. Roll it back?
changes-verified-open = Figures cannot tell. Somebody has to say how it ended.
changes-rolled-back-text = What was done is undone as its steps say, the last one first, and the change ends as rolled back. Where no step says how, undo it first and say so here.
changes-look-first = Watched; nothing has been looked at yet.
changes-look-nothing = No transactions of its systems, neither before nor since: nothing can be judged.
changes-look-failures = Failures of { $system }: { $estimate } points ({ $low } to { $high }), { $before } % before and { $since } % since, n { $n_before } and { $n_since }, margin { $margin } points.
changes-look-median = Median latency of { $system }: { $estimate } ms ({ $low } to { $high }), { $before } ms before and { $since } ms since, n { $n_before } and { $n_since } slots, margin { $margin } ms.
changes-look-tail = 95th percentile of the latency of { $system }: { $estimate } ms ({ $low } to { $high }), { $before } ms before and { $since } ms since, n { $n_before } and { $n_since }, margin { $margin } ms.
changes-look-slowest = 99th percentile of the latency of { $system }: { $estimate } ms ({ $low } to { $high }), { $before } ms before and { $since } ms since, n { $n_before } and { $n_since }, margin { $margin } ms.
changes-look-failures-beside = Failures of { $system }: { $estimate } points ({ $low } to { $high }) beyond the { $drift } of systems that it does not touch ({ $controls }), { $before } % before and { $since } % since, n { $n_before } and { $n_since }, margin { $margin } points.
changes-look-median-beside = Median latency of { $system }: { $estimate } ms ({ $low } to { $high }) beyond the { $drift } of systems that it does not touch ({ $controls }), { $before } ms before and { $since } ms since, n { $n_before } and { $n_since } slots, margin { $margin } ms.
changes-look-tail-beside = 95th percentile of the latency of { $system }: { $estimate } ms ({ $low } to { $high }) beyond the { $drift } of systems that it does not touch ({ $controls }), { $before } ms before and { $since } ms since, n { $n_before } and { $n_since }, margin { $margin } ms.
changes-look-slowest-beside = 99th percentile of the latency of { $system }: { $estimate } ms ({ $low } to { $high }) beyond the { $drift } of systems that it does not touch ({ $controls }), { $before } ms before and { $since } ms since, n { $n_before } and { $n_since }, margin { $margin } ms.
changes-look-beside = Held against systems that it does not touch, success before and since:
changes-look-beside-other = a system of another team
changes-look-beside-one = { $name } { $before } % → { $since } % (n { $n_before }, { $n_since })
changes-look-beside-none = No system that it does not touch had enough transactions to tell: judged without.
changes-look-alone = by itself { $estimate } ({ $low } … { $high }), the others { $drift }
changes-look-others = Systems that it does not touch
changes-look-codes = Failures with codes never seen before: { $estimate } points ({ $low } to { $high }), n { $n_before } and { $n_since }, margin { $margin } points.
changes-look-basis = { $count ->
    [one] Compared with one stretch of the past.
   *[other] Compared with { $count } stretches of the past: right before the work, and the same time of past weeks.
}
changes-look-new-codes = Codes never seen before: { $codes }
changes-warning-over-dispersed = Minutes differ { $times } times as much as chance makes them: the interval is wider for it.
changes-warning-dependent = Neighbouring slots hang together and count as { $times } times fewer.
changes-warning-spread = Warning: it is spread otherwise than before (Brown–Forsythe, p { $p }). This alone refuses nothing.
changes-warning-form = Warning: its shape is another than before (Cramér–von Mises, p { $p }). This alone refuses nothing.
changes-warning-few-slowest = Too few slots to judge the slowest, and those there are lie beyond the margin.
changes-warning-holm = Beyond the margin by itself, but not surely among { $questions } comparisons (Holm).
changes-look-unseen = Without any transaction, before or since, so nothing is said of it, and a person closes the change: { $systems }
changes-look-silent = Nothing came of { $systems }, of which something was to be expected: without it nothing passes.
changes-look-table = Every comparison
changes-look-measure = What
changes-look-before = Before
changes-look-since = Since
changes-look-difference = Difference (interval)
changes-look-margin = Margin
changes-look-n = n
changes-look-verdict = Verdict
changes-forest-row = { $name }: { $verdict }, { $estimate } ({ $low } to { $high }), margin { $margin }.
changes-forest-note = The dot is the best guess, the bar its interval, each in measures of its own margin. PASS: the bar ends before the margin. FAIL: it begins beyond.
changes-look-chart = Success rate
changes-look-week = A week earlier
changes-looks = All { $count } looks
changes-measure-failures = failures
changes-measure-latency-p50 = median latency
changes-measure-latency-p95 = 95th percentile of the latency
changes-measure-latency-p99 = 99th percentile of the latency
changes-measure-new-codes = codes never seen before
changes-doubt-nothing = Nothing on one side.
changes-doubt-missing = Transactions are missing: missing data never passes.
changes-doubt-few = Too few to tell.
changes-doubt-worse = Worse, but not surely beyond the margin.
changes-doubt-across = The interval reaches across the margin.
changes-doubt-shared = Worse, but so are systems that it does not touch: not laid on the change alone.
changes-doubt-apart = Within the margin by itself, but not against systems that it does not touch.
changes-doubt-shape = Within the margin, but spread otherwise.
changes-watch-watching = Being watched.
changes-watch-extended = Not to be told yet: watched longer.
changes-watch-morning = Looked at again when customers come in the morning.
changes-watch-over = Over.
changes-watch-next = Next look:
changes-watch-none = Not watched after the work.
changes-watch-text = Watched for { $minutes } min after the work. Failures may rise by { $margin } percentage points, latency by { $latency } %.
changes-judged = { $name } says: { $outcome }
changes-judge-ask = Judge it yourself …
changes-judge-text = What you say takes the place of the figures, and ends the watching. The reason is kept.
changes-judge-undone = It was undone: that it went otherwise is for somebody else to say.
changes-judge = Say so
changes-entry-verified = verified
changes-entry-verified-pass = PASS
changes-entry-verified-fail = FAIL, an incident names this change as its cause
changes-entry-verified-inconclusive = inconclusive; somebody has to say how it ended
changes-entry-verified-extended = not to be told yet, watched longer
changes-entry-verified-morning = not to be told yet, looked at again in the morning
changes-entry-judged = judged
changes-field-verify-minutes = Watched for (minutes)
changes-field-verify-margin = Failures may rise by (percentage points)
changes-field-verify-latency = Latency may rise by (%)
changes-hint-verify = After the work its systems are compared with before and with past weeks. 0 minutes: not watched.
changes-expect-watch = 0 (not watched), or { $min } to { $max } minutes
changes-expect-margin = 0.01 to 10 percentage points, e.g. 0.2
toast-change-judged = Your judgement is kept.
changes-entry-waiver-asked = asked to do without evidence
changes-entry-evidence-waived = agreed to do without evidence

changes-quiet = Find quiet windows
changes-quiet-title = The quietest windows ahead
changes-quiet-expected = Transactions expected (at most)
changes-quiet-amount = Amount expected
changes-quiet-cost = Hurt, as often as such changes fail
changes-quiet-verdict = Until it can be judged
changes-quiet-never = not while it is watched
changes-quiet-take = Take it
changes-quiet-basis = { $count ->
    [one] Volume of one system, by eight weeks.
   *[other] Volume of { $count } systems, those touched and all that depend on them, by eight weeks.
} { $failing } % of such changes fail. Freezes, conflicts, absent approvers and occasions are left out. Times in { $zone }.
changes-quiet-part = { $count ->
    [0] None of them is within your reach: windows are chosen by all, and no numbers are told.
    [one] Windows are chosen by all of them; numbers are those of the one system within your reach.
   *[other] Windows are chosen by all of them; numbers are those of the { $count } systems within your reach.
}
changes-quiet-rollback = What is expected and hurt counts { $length } of rolling back after the work.
changes-quiet-backtest = { $weeks ->
    [one] In the past week
   *[other] In the past { $weeks } weeks
 } such a choice held { $ratio } times what the best in hindsight held, at worst { $worst } times; up to 1.1 is good.
changes-quiet-backtest-poor = { $weeks ->
    [one] In the past week
   *[other] In the past { $weeks } weeks
 } such a choice held { $ratio } times what the best in hindsight held, at worst { $worst } times: more than 1.1, so take what is expected with care.
changes-quiet-lack-volume = There are less than four weeks of transactions of these systems: a quiet window would be a guess.
changes-quiet-lack-room = Freezes and other work leave no quiet window in these days.
changes-quiet-lack-past = These days are over.
changes-quiet-lack-far = These days are too far ahead to tell.
changes-quiet-judged = Until it can be judged: reckoned as verification looks, each system by itself and the last of them counts, for failures that rise by { $drop } points, twice the margin, found 9 times of 10.
changes-quiet-needed = The first verdict above takes { $needed } transactions after the work.
changes-cheapest-title = The cheapest windows of these days
changes-cheapest-mark = Cheapest windows
changes-cheapest-cost = hurts about { $number }
changes-cheapest-verdict = verdict after { $length }
changes-cheapest-no-verdict = no verdict while it is watched
changes-cheapest-length = How long the work takes
changes-cheapest-take = Request a change
changes-cheapest-lack-volume = There are less than four weeks of transactions of these systems: a window would be a guess.
changes-cheapest-lack-room = Freezes, occasions and other work leave no window of this length in these days.
changes-cheapest-lack-past = These days are over.
changes-cheapest-lack-far = These days are too far ahead to tell what they will hold.
changes-quiet-show = Shade quiet hours
changes-quiet-hide = Without quiet hours
changes-quiet-unknown = Too few transactions to tell which hours are quiet.
changes-quiet-even = No hour of these days is much quieter than the rest.
changes-quiet-legend = Shades: what an hour is expected to hold
changes-quiet-grade = at most { $percent } % of the busiest hour
changes-quiet-hours-expected = about { $number } transactions of systems within your reach
changes-quiet-day = Quietest { $hours }: { $grade }
changes-quiet-longer = In the quiet windows above a verdict takes up to { $duration }: longer than the work is watched.
changes-quiet-too-quiet = In some of the quiet windows above too little happens for a verdict in the time it is watched, as long again twice, and the morning after: it may be left to people.
changes-quiet-hours = { $count ->
    [one] One quiet span is shaded
   *[other] { $count } quiet spans are shaded
}

changes-templates = Templates
changes-templates-sub = What standard changes are made from: agreed to once, so that each of them needs no agreement of its own
changes-templates-current = Only those in use
changes-templates-all = Also those out of use
changes-templates-empty = No templates
changes-templates-empty-text = Make one on the page of a change that comes again and again; somebody else agrees to it once.
changes-template = Template
changes-template-state = State
changes-template-agreed = agreed to
changes-template-waits = waits for agreement
changes-template-made = made by { $by }
changes-template-retired = out of use
changes-template-use = Request from it
changes-template-retire = Take out of use
changes-template-retire-text = No change can be made from { $name } any more. What was approved stays approved.
changes-template-make = Make a template
changes-template-name = Name of the template
changes-template-name-hint = Everything but title, window, artifact and reason for the risk is agreed to with it
changes-template-form = A standard change: only title, window, artifact and reason for the risk are its own. With everything else as in its template it is approved as soon as you request it.
changes-template-by = Agreed to with its template
changes-expect-template = the template that a standard change is made from
changes-expect-no-template = empty: only a standard change has a template
changes-expect-as-template = the same as in the template { $template }, or another kind of change
conflict-change-template = The template of this change is not agreed to, or out of use. Request it as a normal change.
conflict-change-template-own = You made this template: somebody else agrees to it.
conflict-change-template-written = You requested or wrote the change that this template was made of: somebody else agrees to it.
conflict-change-template-systems = A system of this template is gone.
conflict-change-template-rollback = A change without a plan to undo it makes no template.
toast-template-made = The template was made; somebody else has to agree to it
toast-template-agreed = The template is agreed to
toast-template-retired = The template is out of use

changes-move = Move
changes-move-title = Move { $number }
changes-move-start = New start
changes-move-hint = On the wall of the zone of the change; it stays as long as it is
changes-move-show = Show what would change
changes-move-would = { $number } moved
changes-move-keep = Move it
changes-move-leave = Leave it where it is
changes-move-said = { $number } would run { $window }.
changes-move-clashes = { $count ->
    [one] One thing would be in the way.
   *[other] { $count } things would be in the way.
}
changes-move-voids = { $count ->
    [one] The approval that was given would be void.
   *[other] The { $count } approvals that were given would be void.
}
changes-move-state = It would be “{ $to }” instead of “{ $from }”.
changes-move-risk = Risk by facts: { $then } instead of { $now } points ({ $word }); approvals needed: { $needed } instead of { $before }.
changes-move-conflicts = In the way that is not now: { $more }. In the way now, not any more: { $fewer }.
changes-move-cost = { $expected } transactions expected, { $cost } of them hurt as often as such changes fail
changes-move-cost-unknown = not known from four weeks of transactions
changes-move-cost-both = There: { $then }. Now: { $now }.
changes-move-how-days = Drag a change to another time, or focus it and press ← or →: half an hour, with Shift a day. Enter keeps, Escape puts back. Nothing moves before you have seen what it would change.
changes-move-how-hours = Drag a change to another time, or focus it and press ← or →: a quarter of an hour, with Shift an hour. Enter keeps, Escape puts back. Nothing moves before you have seen what it would change.
changes-move-how-cells = Drag a change to another day, or focus it and press ← or →: a day, with Shift a week. Enter keeps, Escape puts back. Nothing moves before you have seen what it would change.
changes-move-back = Put back. Nothing was moved.
changes-move-lost = The portal did not answer. Nothing was moved.
changes-entry-moved = moved the window
changes-expect-move-ahead = a start from which the window ends in the future
toast-change-moved = Moved.
toast-change-moved-voided = Moved. The approvals given before are void.
changes-expect-above-zero = a number above 0
changes-expect-performance = performance among them, as it has bounds
changes-deployed-other = { $label } brought { $brought }, but { $approved } was approved.
changes-entry-deployed = brought
changes-entry-ungated = brought without a go
changes-entry-unbegun = brought with a go
changes-no-go-unapproved = not approved
changes-no-go-over = the change is over
changes-no-go-early = before its window
changes-no-go-late = after its window
changes-no-go-lapsed = the approval has ended
changes-no-go-sole = brought by its only approver
changes-no-go-frozen = frozen
changes-no-go-incident = an incident is open
changes-no-go-evidence = evidence is lacking
changes-no-go-artifact = not what was approved
changes-no-go-resting = work is paused or being rolled back
changes-no-go-unbegun = nobody has begun the work
changes-entry-maintenance-opened = opened the maintenance window
changes-entry-maintenance-closed = closed the maintenance window
changes-entry-maintenance-closed-ended = closed the maintenance window
changes-entry-maintenance-closed-window = closed the maintenance window: the time for the work is over, the work is not
changes-maintenance-holds = Until { $until } at most. Under maintenance: { $systems }. { $around ->
    [0] No other system needs them.
    [one] Alerts that begin on { $around } system that needs them tell nobody.
   *[other] Alerts that begin on { $around } systems that need them tell nobody.
 }
changes-maintained = Its maintenance window is open until { $until } at most: monitors of the systems it touches are under maintenance, and alerts that begin on systems that need them tell nobody.
changes-maintained-unapproved = Its maintenance window is open until { $until } at most: nobody has approved it yet, so only systems of teams in which whoever began it carries out changes are under maintenance, and nothing that needs them.
changes-maintained-over = Its maintenance window is over: alerts tell as usual.
changes-deployed-tick = Tick off step { $number } “{ $what }” with what came of { $said }: { $result }
changes-starters = Policies to begin with
changes-starters-text = These three say “no proof, no go-live” of what matters most. Set them as they are, and edit or remove them as you like.
changes-starters-set = Set these three
changes-starter-tier1-high = Tier 1, high risk: proven, and two agree
changes-starter-tier1 = Tier 1: proven before it goes live
changes-starter-high = High risk: load-tested, and two agree
conflict-policies-there = There are policies already; write another beside them.
toast-policies-begun = The policies are in force.
