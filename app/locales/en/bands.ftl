# the expected band in the charts of transactions
bands-switch = Expected band
bands-off = Against last week
bands-on = Against the expected band
bands-low = Expected at least
bands-high = Expected at most
bands-of-volume = Transactions
bands-of-success = Success rate
bands-of-p95 = Latency (p95)
bands-worth = a band for 90 % of hours; tried on the past it held { $held }, and the forecast erred by { $error } % (sMAPE).
bands-untried = a band for 90 % of hours; the history is too short to say what it is worth.
bands-made = Forecast anew
bands-none = No band yet: it takes three days of transactions, and is fitted every hour.
bands-level = Level { $before } → { $after }
bands-no-codes = No band of single codes: only their failures are known, so it is last week that they are held against.
bands-too-long = No band over points wider than an hour: take a span of which each point is an hour or less.
bands-too-little = No band of this choice: too little was counted before, it takes three days.
bands-worked-out = Worked out now for this choice, each day from what was known before it; of one whole system the band is kept as it was forecast. The week before the end of the span has one.
