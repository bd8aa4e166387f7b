# rules
rules-title = Alert rules
rules-sub = What is looked at again and again; what holds comes first
rules-new = New rule
rules-edit = Edit
rules-edit-title = Edit { $name }
rules-save = Save
rules-try = Try it on the last 24 h
rules-cancel = Cancel
rules-pause = Pause
rules-resume = Resume
rules-delete = Delete
rules-delete-text = Deletes { $name }. What it has fired is over.
rules-empty = There is no rule yet
rules-empty-text = A rule looks at a number — of transactions, of a metric source — and tells somebody when it is bad for long enough.
rules-no-match = No rule matches
rules-search = Name, group or system
rules-state = State
rules-name = Name
rules-name-hint = What is wrong when it fires, e.g. “Success rate low”
rules-group = Group
rules-system = System
rules-team = Team
rules-source = Metric source
rules-choose-one = — choose —
rules-severity = Severity
rules-since = Since
rules-evaluated = Last evaluated
rules-missed = Evaluations missed
rules-holding = Holding / values
rules-what = The rule
rules-reads = Reads
rules-kind = What it reads
rules-kind-query = Answer to PromQL
rules-kind-kept = Kept series
rules-kind-transactions = Transactions
rules-kind-unusual = Unusual transactions
rules-expr = PromQL
rules-expr-hint = As in a rule of Prometheus, e.g. up == 0
rules-selector = Series
rules-selector-hint = A selector, e.g. queue_length{"{"}queue="orders"{"}"}
rules-over = Window
rules-over-hint = 1 min to 7 d: 5m, 1h
rules-over-unusual-hint = 1 min to 1 h, held against the same time of the days before in UTC: for 13 days after clocks change, an hour off
rules-fold = The window becomes
rules-fold-last = its last value
rules-fold-mean = its mean
rules-fold-min = its smallest value
rules-fold-max = its largest value
rules-measure = What is looked at
rules-measure-volume = volume (transactions in the window)
rules-measure-success = success rate (%)
rules-measure-p99 = latency p99 (ms)
rules-measure-code = failures with these codes
rules-measure-amount = amount (moved in the window, in one currency)
rules-currency = Currency
rules-currency-hint = Only for an amount: CNY, EUR
rules-code = Codes
rules-code-hint = Only for failures with codes; several with commas
rules-link = Links
rules-merchant = Merchants
rules-channel = Channels
rules-several = Several with commas; empty for all
rules-where = Other dimensions
rules-where-hint = Of a declared stream, e.g. region=eu, stream=shop/booking
rules-unusual-volume = volume (more or fewer than usual)
rules-unusual-success = failures (more than usual)
rules-unusual-p99 = latency p99 (slower than usual)
rules-unusual-code = failures with these codes (more than usual)
rules-by = Each value of
rules-zone = Zone of the days
rules-zone-hint = IANA name, e.g. Asia/Shanghai: the same time of the wall is compared, over changes of clocks too; empty for UTC. Holidays and paydays are left out, or held against those of their kind
rules-by-hint = A dimension, e.g. merchant or link: each of the 500 busiest of the days before is judged by itself, with one rate of false alarms for all, a new one not yet; empty for the whole
rules-weeks = Against past weeks
rules-weeks-hint = 2 to 8: then the value is the deviation, in per cent, from the median of the same slot of so many weeks
rules-compare = Bad when the value is
rules-compare-present = there at all (the expression says what is bad)
rules-compare-above = above
rules-compare-below = below
rules-fire = Fires beyond
rules-fire-hint = A number
rules-surprise = Fires at a surprise of
rules-surprise-hint = 3: chance brings as much in one window of a thousand; 6: of a million. Empty: 6
rules-recover = Recovers at
rules-recover-hint = Empty: the same
rules-recover-half = Empty: half of that
rules-for = For
rules-for-hint = It must be bad so long: 0s to 90d
rules-keep = Keep firing for
rules-keep-hint = It must be good so long: 0s to 90d
rules-interval = Every
rules-interval-hint = 10 s to 1 h
rules-no-data = Without data
rules-no-data-hint = A source that does not answer is unknown in any case
rules-no-data-keep = nobody knows: keep the state
rules-no-data-alert = that is bad: fire
rules-no-data-ok = that is good
rules-severity-label = Severity by label
rules-severity-label-hint = Name of a label that says critical, warning, …
rules-severity-steps = Severity by steps
rules-severity-steps-hint = One a line, the first that holds counts: > 50: P1 or {"{"}tier="1"{"}"}: P2, or both: {"{"}tier="1"{"}"} > 10: P1. Values are compared by >, >=, <, <= and ==.
rules-labels = Labels
rules-labels-hint = One a line, name: text; templates such as {"{{"} $labels.instance {"}}"} are filled
rules-annotations = Annotations
rules-annotations-hint = One a line, e.g. summary: {"{{"} $labels.instance {"}}"} is at {"{{"} $value | humanize {"}}"}; of transactions {"{{"} finding {"}}"} says which slice explains it, once that is known
rules-annotations-zh = Annotations in Chinese
rules-annotations-zh-hint = One a line by the same names, e.g. summary: told in place of the summary above to whoever reads Chinese. A name that stands in one of the two only is told in either language
rules-runbook = Runbook
rules-when-present = Bad whenever the expression gives a value
rules-when-above = Bad above { $fire }, good again at { $recover }
rules-when-below = Bad below { $fire }, good again at { $recover }
rules-reads-kept = { $selector }: { $fold } of { $over }
rules-reads-unusual = { $measure } over { $over } { $chosen }, against the days before
rules-reads-unusual-by = { $measure } over { $over } { $chosen }, by { $by }, against the days before
rules-reads-transactions = { $measure } over { $over } { $chosen }
rules-shown-holding = holds
rules-shown-unknown = unknown
rules-shown-no-data = no data
rules-shown-new = not evaluated yet
rules-shown-paused = paused
rules-shown-quiet = quiet
rules-holds = holds
rules-holds-not = does not hold
rules-notice-unknown = Nobody knows. What it has fired stays as it was.
rules-notice-no-data = There is no value.
rules-told-kind = the answer is a { $kind }; expected a vector or a number
rules-told-no-number = a value of the answer is no number
rules-told-late = the source takes too long for all that is asked of it
rules-told-sets = { $sets } label sets: { $most } are looked at, { $left } are left out
rules-values = Values
rules-most = largest
rules-mean = mean
rules-least = smallest
rules-chart-summary = Between { $least } and { $most }, by { $width }.
rules-instances = Label sets
rules-instances-none = No label set has a value that matters
rules-label-set = Labels
rules-value = Value
rules-tried = It would have fired { $fired ->
    [0] never
    [one] once
   *[other] { $fired } times
} in the last 24 h, for { $lasting } together
rules-tried-text = { $series } label sets, { $moments } moments, { $gaps } of them without a value.
rules-tried-began = (it began about { $at }, and would have fired { $delay } later)
rules-tried-still = now
rules-tried-run = { $from } – { $until }, worst { $worst } { $labels }
rules-import = Import
rules-import-title = Import Prometheus rules
rules-import-sub = Rules keep their expression and are asked of a query source; recording rules stay where they are
rules-yaml = Rule file
rules-yaml-hint = YAML with groups, as Prometheus loads it, or a PrometheusRule of Kubernetes
rules-plan = Show what would happen
rules-take = Take over
rules-import-planned = Nothing was changed yet
rules-import-done = Taken over
rules-import-counts = { $created } new, { $updated } changed, { $same } as they were, { $refused } not carried over
rules-import-lines = Rule by rule
rules-fate = What happens
rules-fate-create = new
rules-fate-update = changed
rules-fate-same = as it was
rules-fate-refused = not carried over
rules-notes = Notes
rules-note-recording = a recording rule: keep it where the series are stored
rules-note-unnamed = neither alert nor record is named
rules-note-duration = "{ $text }" is no duration
rules-note-name = its name is too long or has unprintable characters
rules-note-expr = its expression is missing, too long or has unprintable characters
rules-note-bounds = { $what } { $text } becomes { $seconds } s
rules-note-group = { $what } of the group is left out
rules-note-text = { $what ->
        [label] label
        [group-label] label of the group
       *[annotation] annotation
    } { $name } is left out: { $why ->
        [unclosed] an end of it is missing
        [empty] nothing stands there
        [block] if, with, else and end do not belong together
        [bracket] a parenthesis has no other
        [arguments] { $word } takes another number of arguments
        [pattern] { $word } is no pattern
       *[unknown] { $word } is not known here
    }

rules-expect-number = a number
rules-expect-at-most = a number of at most { $fire }: where it fires above, it recovers at or below
rules-expect-at-least = a number of at least { $fire }: where it fires below, it recovers at or above
rules-expect-threshold = empty, or a threshold: a deviation needs one
rules-expect-step = steps such as > 50: P1, {"{"}tier="1"{"}"}: P2 or {"{"}tier="1"{"}"} >= 10: P1, not { $line }
rules-expect-label = the name of a label
rules-expect-line = lines of name: text, not { $line } ({ $why ->
        [unclosed] an end of it is missing
        [empty] nothing stands there
        [block] if, with, else and end do not belong together
        [bracket] a parenthesis has no other
        [arguments] { $word } takes another number of arguments
        [pattern] { $word } is no pattern
        [colon] a colon is missing
        [name] { $word } is no name
        [ours] names that begin with { $word } are the house's own
        [long] the text is too long
        [twice] { $word } stands there twice
       *[unknown] { $word } is not known here
    })
rules-expect-no-currency = empty, unless an amount is looked at
rules-expect-no-code = empty, unless failures with codes are looked at
rules-expect-no-weeks = empty: what is unusual is held against the days before already
rules-expect-window-of-an-hour = a window of an hour at most
rules-expect-no-by = empty: latency and single codes are judged of the whole only
rules-expect-no-merchant = empty: latency is not kept by merchant
rules-expect-name = the name { $name }
rules-expect-yaml = a rule file of Prometheus: { $message }
rules-unavailable = It cannot be tried now: { $why }
rules-conflict-edited = Somebody else has edited the rule meanwhile. Look at what stands there now, then edit again.

toast-rule-created = The rule was made and is being evaluated
toast-rule-saved = Saved; what it had fired is over
toast-rule-paused = Paused; what it had fired is over
toast-rule-resumed = Resumed
toast-rule-deleted = Deleted; what it had fired is over
rules-expect-dimension = one of this system's dimensions: { $known }
