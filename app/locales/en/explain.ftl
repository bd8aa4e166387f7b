# which slices explain a span
explain-title = What explains this span
explain-sub = Where failures concentrate, held against what was to be expected, with the proof.
explain-looked = What is to be explained
explain-share = Link to exactly this
explain-panel = Where failures concentrate
explain-open = All slices, codes and the proof
explain-excused = Not counted as failures: { $codes }
explain-all = The slices, the codes and the proof
explain-span = Explain this span
explain-found = Found
explain-lasting = still looked at, last
explain-settled = over; last looked at
explain-verdict-slices = These slices explain it
explain-verdict-global = It is global: no slice explains it
explain-verdict-none = Nothing unusual
explain-verdict-too-little = Not enough to tell
explain-slices = Slices that explain it
explain-slice = Slice
explain-share-column = Contribution
explain-observed = Observed
explain-expected = Expected
explain-interval = 95 % interval
explain-since = First seen
explain-money = Money at risk
explain-acts = What to do
explain-make-alert = Make it an alert
explain-merchant = The merchant
explain-attach-title = Attach it to an incident
explain-attach = Attach to the incident
explain-incident = Incident
explain-expect-incident = one of the open incidents
explain-codes-within = Codes inside the first slice
explain-differences = Selection against baseline
explain-differences-failures = Each value by its share of the failures: dark in this span, light in the baseline. The dimension that differs most comes first.
explain-differences-measure = Each value by its share: dark in this span, light in the baseline. The dimension that differs most comes first.
explain-difference = { $name }: { $share } lies elsewhere than before
explain-nothing-differs = Nothing to compare
explain-now = Now
explain-before = Baseline
explain-transactions = Transactions in the span
explain-expected-rate = { $rate } expected
explain-expected-note = { $count } expected
explain-rest = Without these slices
explain-basis-weeks =
    { $count ->
        [one] Held against the same wall time of one week before.
       *[other] Held against the same wall time of { $count } weeks before.
    }
explain-basis-days =
    { $count ->
        [one] Weeks before hold too little: held against the same wall time of one day before.
       *[other] Weeks before hold too little: held against the same wall time of { $count } days before.
    }
explain-basis-hours = Weeks and days before hold too little: held against the six hours before.
explain-basis-nothing = There is nothing before to hold it against.
explain-leaves =
    { $count ->
        [one] One combination of values was looked at.
       *[other] { $count } combinations of values were looked at.
    }
explain-folded = Those that matter least were put together.
explain-interval-note = Intervals are those of Wilson, for the success rate.
toast-explain-attached = The finding is in the timeline.
