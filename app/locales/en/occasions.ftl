occasions-title = Occasions
occasions-sub = Days that are not like others: they are no measure of what is usual, and the calendar of changes shows them
occasions-new = Add an occasion
occasions-edit = Edit the occasion
occasions-import = Import a calendar
occasions-current = Only those to come
occasions-past = Also those that are over
occasions-empty = No occasions
occasions-empty-text = Holidays, paydays and sales make days that are not like others. Add them, or import a calendar.
occasions-everybody = Everybody
occasions-kind = Kind
occasions-kind-hint = Days of one kind are expected to be alike
occasions-kind-holiday = Holiday
occasions-kind-payday = Payday
occasions-kind-event = Event
occasions-name = Name
occasions-days = Days
occasions-first = First day
occasions-last = Last day
occasions-last-hint = Empty: it is one day
occasions-next = Next
occasions-over = over
occasions-zone-hint = An IANA name such as Asia/Shanghai, in which its days begin and end
occasions-rrule-hint = e.g. FREQ=MONTHLY;BYMONTHDAY=-1 for the last day of each month. Leave empty for once.
occasions-without = Days left out
occasions-without-hint = Days such as 2026-10-01, with blanks between them: the times that begin on them do not come
occasions-but = but not { $days }{ $more ->
    [0] { "" }
   *[other] {" "}and { $more } more
}
occasions-remove = Remove
occasions-remove-text = { $name } counts as an ordinary day again.
occasions-expect-date = a day such as 2025-10-01
occasions-expect-last = the first day, { $first }, or a later one
occasions-expect-again = nothing where it does not come again
occasions-expect-days = at most { $max } days
occasions-expect-calendar = an iCalendar file: it begins with BEGIN:VCALENDAR and ends with END:VCALENDAR
occasions-expect-shallow = a calendar whose parts lie at most { $max } deep within one another
occasions-expect-events = a calendar with at least one VEVENT
occasions-expect-at-most = a calendar of at most { $max } events
occasions-conflict-edited = Somebody has edited this occasion since you opened it. Load it again and repeat your edit.
occasions-left-without-name = has no SUMMARY
occasions-left-cancelled = is cancelled
occasions-left-with-time = has a time of day; occasions are whole days
occasions-left-without-day = has no day that can be read
occasions-left-known = is there already
occasions-import-title = Import a calendar
occasions-import-sub = Whole days of an iCalendar file become occasions of one kind
occasions-text = Calendar
occasions-text-hint = The content of an .ics file
occasions-plan = Show what would happen
occasions-take = Take over
occasions-would = { $count ->
    [one] One event would be taken over
   *[other] { $count } events would be taken over
}
occasions-taken = { $count ->
    [one] One event was taken over
   *[other] { $count } events were taken over
}
occasions-left = { $count ->
    [0] None is left out.
    [one] One is left out.
   *[other] { $count } are left out.
}
occasions-events = Events of the calendar
occasions-fate = What becomes of it
occasions-fate-taken = taken over
occasions-fate-left = left out
toast-occasion-added = The occasion was added
toast-occasion-changed = The occasion was changed
toast-occasion-removed = The occasion was removed
