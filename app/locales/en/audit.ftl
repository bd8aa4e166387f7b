audit-title = Audit trail
audit-text = Every act, in a chain of hashes: an edited, deleted or cut-off row shows.
audit-at = When
audit-actor = Who
audit-act = Act
audit-object = Thing
audit-detail = What changed
audit-none = No row matches.
audit-filter-actor = Who
audit-filter-act = Act begins with
audit-filter-kind = Kind of thing
audit-filter-object = Id of the thing
audit-filter-team = Team
audit-filter-from = From
audit-filter-to = To
audit-verify = Check the chain
audit-whole = The chain is whole: { $rows ->
    [one] { $rows } row was
   *[other] { $rows } rows were
} computed anew.
audit-plain = { $rows ->
    [one] { $rows } of them was
   *[other] { $rows } of them were
} written before the chain had a key: their hashes show mistakes, but not somebody who computes them anew.
audit-head = Number and hash of the last row
audit-head-hint = Note it somewhere else: with “evenkeel audit verify --expect” it shows later whether the trail was rewritten, or an older copy put in its place.
audit-broken = The chain is broken at row { $row }.
audit-broken-edited = Row { $row }, or the one before it, was changed after it was written.
audit-broken-missing = Row { $row } was deleted.
audit-broken-truncated = The rows from { $row } on were cut off, or rows were added beside the portal.
audit-broken-another = The trail is not the one that was noted: row { $row } is another, or is not there.
audit-kind-user = a person
audit-kind-token = a token
audit-kind-engine = the portal itself
audit-kind-nobody = nobody
audit-thing-alert = alert
audit-thing-change = change
audit-thing-channel = channel
audit-thing-delivery = delivery
audit-thing-freeze = freeze
audit-thing-incident = incident
audit-thing-monitor = monitor
audit-thing-role = role
audit-thing-run = run
audit-thing-policy = escalation policy
audit-thing-schedule = schedule
audit-thing-session = session
audit-thing-setting = setting
audit-thing-status-page = status page
audit-thing-system = system
audit-thing-team = team
audit-thing-token = token
audit-thing-tool = tool
audit-thing-user = user
