# Words of the components that every page is made of.
severity-p1 = P1 critical
severity-p2 = P2 high
severity-p3 = P3 warning
severity-p4 = P4 info
status-up = up
status-degraded = degraded
status-down = down
status-maintenance = maintenance
status-no-data = no data

pager-label = Pages
pager-shown = { $count ->
    [0] nothing shown
    [one] { $count } row shown
   *[other] { $count } rows shown
}
pager-first = First page
pager-next = Next page
pager-csv = CSV

empty-clear-filters = Clear filters

field-optional = (optional)
field-expected = Expected: { $expected }
field-range = { $min } to { $max }
confirm-type-name = To confirm, type “{ $name }”
dialog-close = Close
copy = Copy
copy-done = Copied

duration-ms = { $n } ms
duration-s = { $n } s
duration-min = { $n } min
duration-h = { $n } h
duration-d = { $n } d
duration-two = { $a } { $b }
delta-points = { $n } pp
delta-up = up
delta-down = down
delta-flat = unchanged
kpi-failed = { $failed } of { $total } failed

when-now = just now
when-ago = { $duration } ago
when-until = in { $duration }
when-goes-on = now

range-label = Time span
range-15m = 15 min
range-1h = 1 h
range-6h = 6 h
range-24h = 24 h
range-7d = 7 d
range-30d = 30 d
range-13mo = 13 months
range-yesterday = Yesterday
range-last-week = A week before
range-own = Other span
range-from = From
range-to = To
range-hint = Wall time in { $zone }, or relative such as now-6h, now-1d/d.
range-show = Show
expect-moment = a moment such as now-6h, now-1d/d, 2025-03-14T14:05 or 2025-03-14T06:05:00Z
expect-after = a moment after { $earlier }

filter-filters = Filters
filter-count = { $count } set
filter-apply = Filter
filter-clear = Clear
filter-all = All

step-done = done
step-current = waiting
step-next = to come
step-refused = refused
diff-added = added
diff-removed = removed

log-lines = { $count ->
    [one] { $count } line
   *[other] { $count } lines
}
log-follow = Follow
log-download = Download

chart-view-data = View data
chart-save-png = Save as PNG
chart-time = Time ({ $zone })
chart-every = { $title }, every { $step }th point
chart-nothing = No data in this span.
bars-cumulated = Cumulated

again-days = { $every ->
    [1] every day
   *[other] every { $every } days
}
again-weeks = { $every ->
    [1] every week on { $days }
   *[other] every { $every } weeks on { $days }
}
again-months = { $every ->
    [1] every month on { $days }
   *[other] every { $every } months on { $days }
}
again-years = { $every ->
    [1] every year on { $day } { $month }
   *[other] every { $every } years on { $day } { $month }
}
again-workdays = Monday to Friday
again-workday = weekday (Monday to Friday)
again-day = day { $day }
again-last-day = the last day
again-nth = { $which ->
    [1] the first { $day }
    [2] the second { $day }
    [3] the third { $day }
    [4] the fourth { $day }
    [5] the fifth { $day }
   *[other] the last { $day }
}
again-comma = {", "}
again-at = { $often } at { $time }
again-until = { $text }, until { $day }
weekday-1 = Monday
weekday-2 = Tuesday
weekday-3 = Wednesday
weekday-4 = Thursday
weekday-5 = Friday
weekday-6 = Saturday
weekday-7 = Sunday
month-1 = January
month-2 = February
month-3 = March
month-4 = April
month-5 = May
month-6 = June
month-7 = July
month-8 = August
month-9 = September
month-10 = October
month-11 = November
month-12 = December
