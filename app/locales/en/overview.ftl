# overview
overview-title = Overview
overview-sub = Are customers hurt now? The figures are those of the last 15 minutes.
overview-wall = Wall screen
overview-data-stale = DATA STALE: the feed is lost. Last read
overview-read-at = Read
overview-clear = No customer impact seen in the last 15 minutes.
overview-hurt = Payments degraded.
overview-unknown = Customer impact is not known: fresh transactions are missing.
overview-fresh = Newest transaction
overview-success-fell = The success rate fell to { $now } ({ $failed } failed); it was { $before } in the same span last week.
overview-volume-fell = Only { $now } transactions; there were { $before } in the same span last week.
overview-incident-open = Open incident:
overview-down = Down: { $systems }.
overview-stale-since = No transactions have come since
overview-no-transactions = No transactions are reported, so nobody can tell what customers notice.
overview-blind = { $count ->
    [one] One monitor says nothing now.
   *[other] { $count } monitors say nothing now.
}
overview-no-monitors = Nothing is monitored.
overview-volume = Transactions, 15 min
overview-success = Success rate, 15 min
overview-p95 = Latency p95, 15 min
overview-severe = Open P1–P2
overview-systems = Systems, last 24 hours
overview-strip-says = { $system }, last 24 hours: available { $share }
overview-tier = tier { $tier }
overview-not-monitored = not monitored
overview-paused = paused
overview-no-systems = No systems yet
overview-no-systems-text = Write down the services of the business first; monitors, incidents and transactions belong to them.
overview-to-systems = To the systems
overview-incidents = Open incidents ({ $count })
overview-no-incidents = No open incidents
overview-alerts = Alerts that fire ({ $count })
overview-no-alerts = No alert fires
overview-acknowledged = acknowledged
overview-unacknowledged = not acknowledged
overview-changes = Changes, 4 hours back and ahead
overview-no-changes = No changes 4 hours back or ahead
overview-change = Change
overview-when = When
overview-state = State
overview-on = Systems
