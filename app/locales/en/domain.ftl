# What would be right, for one field. Said after the field and the value.
expect-something = something must be entered
expect-at-most-characters = at most { $max } characters
expect-one-line = one line without control characters
expect-visible = characters that show; not { $code }, which is invisible or turns the direction of text
expect-no-control-characters = text without control characters
expect-key = 1 to 40 characters: lower-case letters, digits and hyphens, beginning with a letter
expect-url = an absolute URL that begins with http:// or https:// and names a host, without a user name or password
expect-between = a whole number from { $min } to { $max }
expect-one-of = one of: { $choices }
expect-cursor = the cursor of a page that was served before
expect-id = the id of something that exists
expect-choice = choose one
expect-whole = a whole number within bounds
expect-once = one value only
expect-readable = a value that can be read
unsaid-characters = { $count ->
    [one] { $count } character was entered
   *[other] { $count } characters were entered
}
unsaid-secret = the secret “{ $key }”
unsaid-text = what was entered does not read
unsaid-text-wrong = what was entered is not right
expect-time = a date and time such as 2025-03-14 14:05
expect-zone = a time zone such as Asia/Shanghai
expect-free = a value that is not taken yet

conflict-taken = Something with this key or name exists already.
conflict-in-use = It is still in use by something else.
conflict-sealed = A secret that is needed here was sealed with another key file, so it cannot be opened. Put that file back, or type the secret anew.
conflict-rule = The database refuses this: a rule would be broken.
unavailable-database-busy = The database is busy or not reachable. Nothing was changed; please try again in a moment.
unavailable-lease-lost = Another process has taken over this work ({ $engine }). Nothing was changed.
unavailable-writer-gone = The process does not write transactions any more. Nothing was changed; it has to be started again.
unavailable-disk-full = The disk is full. Nothing was changed; reading still works.
