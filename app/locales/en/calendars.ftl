calendars-title = Foreign calendars
calendars-one = Foreign calendar
calendars-sub = Read from their addresses again and again; the calendar of changes shows their events
calendars-new = Add a foreign calendar
calendars-new-sub = It is read at once, and then again and again
calendars-add = Add
calendars-empty = No foreign calendars
calendars-empty-text = Add the address of an iCalendar feed, and its events stand beside your changes.
calendars-name = Name
calendars-host = From
calendars-url = Address
calendars-url-hint = An https:// or webcal:// address of an .ics file. It is kept sealed; only its host is shown.
calendars-zone-hint = An IANA name such as Asia/Shanghai, for whole days and for times that name no zone
calendars-field-every = Read every (minutes)
calendars-every-hint = 15 to 10,080
calendars-every = every { $length }
calendars-state = State
calendars-events = Events
calendars-left = { $count ->
    [one] one is left out: it could not be read
   *[other] { $count } are left out: they could not be read
}
calendars-read = read
calendars-unread = is about to be read
calendars-never-read = never read
calendars-failing = cannot be read since
calendars-refresh = Read now
calendars-remove = Remove
calendars-remove-text = { $name } is no longer read, and its events disappear.
calendars-conflict-most = There are { $max } foreign calendars, and no more are read. Remove one first.
toast-calendar-added = The calendar was added; it is being read
toast-calendar-refresh = The calendar is being read
toast-calendar-removed = The calendar was removed
