# sources
sources-title = Metric sources
sources-sub = Where numbers come from that the portal does not measure itself
sources-new = New source
sources-edit = Edit
sources-edit-title = Edit { $name }
sources-save = Save
sources-cancel = Cancel
sources-empty = There is no metric source yet
sources-empty-text = A source is a database of metrics that is asked by PromQL, or an endpoint whose page of metrics is read again and again.
sources-state = State
sources-name = Name
sources-name-hint = What it is, e.g. “Prometheus of payments”
sources-kind = Kind
sources-kind-query = Query API (PromQL)
sources-kind-scrape = Scraped endpoint
sources-system = System
sources-system-hint = Its team owns the source and hears when it does not answer
sources-choose-one = — choose —
sources-team = Team
sources-url = URL
sources-url-hint-query = Of Prometheus, VictoriaMetrics, Thanos or Mimir, without /api/v1, e.g. http://prometheus:9090 or https://mimir/prometheus
sources-url-hint-scrape = Of the page of metrics, e.g. http://node:9100/metrics
sources-interval = Interval
sources-interval-hint = 5 s to 1 h: 15s, 1m
sources-timeout = Timeout
sources-timeout-hint = 1 to 60 s, at most the interval
sources-tenant = Tenant
sources-tenant-hint = Sent as X-Scope-OrgID; only Mimir and the like want one
sources-auth = Credentials
sources-auth-none = none
sources-auth-basic = user and password
sources-auth-bearer = token
sources-user = User
sources-user-hint = With a password only
sources-secret = Password or token
sources-secret-hint = Sealed; never shown again
sources-secret-hint-stored = Leave empty to keep the one that is stored
sources-accept-invalid = Accept a certificate that is not valid
sources-accept-invalid-hint = Whoever is in between can then read and answer
sources-certificate = Certificate
sources-samples = Samples
sources-took = Answered in
sources-asked = Last asked
sources-since = Since
sources-missed = Times missed
sources-health-down = does not answer
sources-health-new = not asked yet
sources-health-paused = paused
sources-health-up = answers
sources-ask = Ask now
sources-pause = Pause
sources-resume = Resume
sources-delete = Delete
sources-delete-text = Deletes { $name } with every series that is kept of it. Rules on it will know nothing any more.
sources-what = What is asked
sources-notice-down = It does not answer. What depends on it is unknown meanwhile.
sources-notice-left-out = { $count } chosen series are not kept: a source keeps { $most } at most. Choose fewer, or narrow them by labels.

sources-kept = What is kept
sources-kept-none = Nothing is kept yet
sources-kept-none-text = Choose the metrics that are worth a chart or a rule; the rest of the page is read and forgotten.
sources-kept-not-yet = Chosen, but not seen on the page yet
sources-kept-more = The first 100 of { $count } series.
sources-chosen = Chosen
sources-choose = Choose metrics
sources-choose-title = What is kept of { $name }
sources-choose-sub = Values are kept by minute, hour and day; of what counts, the rate per second
sources-keep-these = Keep these
sources-no-page = No page has been read yet
sources-no-page-text = Ask the source once; then its metrics can be chosen here.
sources-search = Name or meaning
sources-metrics = Metrics
sources-found = { $shown } of { $found } that match; { $total } on the last page.
sources-kept-back = { $count } more are ticked and not shown here; they stay ticked.
sources-metric-note = { $kind }, { $series ->
    [one] { $series } series
   *[other] { $series } series
}
sources-metric-example = now { $value }
sources-metric-labels = labels: { $names }
sources-metric-rate = its rate is kept
sources-selectors = Single series
sources-selectors-hint = One selector a line, as in PromQL: http_requests_total{"{"}code=~"5.."{"}"}
sources-series = Series
sources-last = Last value
sources-at = When
sources-per-second = 1/s
sources-chart-summary = { $lines ->
    [one] 1 line
   *[other] { $lines } lines
} by { $width }, { $readings } readings, at most { $most }.

sources-query = Ask a question
sources-query-text = Questions in PromQL, about now or over a span.
sources-query-not-you = Questions are put with the credential of the source, so only people who may edit monitors put them. Rules on it and their values can be read by everybody here.
sources-query-open = Ask in PromQL
sources-query-title = Ask { $name }
sources-query-ask = Ask
sources-query-nothing = Nothing has been asked yet
sources-query-examples = For example: up · rate(http_requests_total[5m]) · sum by (code) (rate(http_requests_total[5m]))
sources-promql = PromQL
sources-promql-hint = One expression
sources-mode = About
sources-mode-range = the span below
sources-mode-instant = one moment
sources-answer = Answer
sources-answer-note = { $series } series in { $took }
sources-answer-chart = { $shown } of { $total } series are drawn.
sources-answer-empty = The answer has no series
sources-answer-more = { $count } more series are not shown; narrow the question.

sources-expect-selector = a selector such as up or http_requests_total{"{"}code="500"{"}"}: { $why }
sources-expect-few = at most { $max } selectors
sources-expect-user = a user name without a colon
sources-expect-ascii = visible ASCII characters
sources-expect-secret-again = the secret once more: the source moves to another host, and the stored one was not given for that
sources-expect-name = the name { $name }
sources-expect-promql = PromQL that the source takes. It says: { $why }
sources-unavailable = The source does not answer: { $why }
sources-conflict-edited = Somebody else has edited the source meanwhile. Look at what stands there now, then edit again.
sources-conflict-paused = The source is paused.
sources-conflict-not-scrape = Only of a scraped endpoint is something kept.
sources-conflict-not-query = This source takes no questions: it is a scraped endpoint.

toast-source-created = The source was made and is being asked
toast-source-saved = Saved
toast-source-asked = The source was asked
toast-source-paused = Paused
toast-source-resumed = Resumed
toast-source-deleted = Deleted
toast-source-chosen = From the next page on these are kept
sources-told-status = status { $status }, expected 200
sources-told-large = the page is larger than { $size } MiB
sources-told-page-unread = the page could not be read
sources-told-answer-unread = the answer could not be read
sources-told-no-key = the secret cannot be opened: the key file is another one
