# Evidence: what was shown of artifacts.
evidence-title = Evidence
evidence-sub = What was shown of which artifact before it goes live, with its file.
evidence-new = Bring evidence
evidence-new-sub = The file is kept as it is, with its hash. Where it is a load test of a known tool, its figures are read.
evidence-empty = No evidence was brought.
evidence-empty-text = Load tests, drills and scans appear here; a policy says which changes need them.
evidence-no-match = No evidence matches.
evidence-filter = Artifact, version or hash
evidence-artifact = Artifact
evidence-kind = Kind
evidence-verdict = Shows
evidence-environment = Environment
evidence-environment-hint = Where it was shown, e.g. pre-production, 4 nodes.
evidence-team = Team
evidence-until = Holds until
evidence-over = (over)
evidence-at = Brought
evidence-by = Brought by
evidence-sha = Artifact hash
evidence-source = Tool
evidence-requests = Requests
evidence-failed = Failed
evidence-rate = Requests a second
evidence-note = Remark
evidence-file = File
evidence-file-sha = SHA-256 of the file
evidence-file-hint = k6, JMeter, Gatling, oha, wrk2, Locust, evenkeel load, or what `evenkeel evidence` printed; for other kinds any file.
evidence-download = Save the file
evidence-days = Holds for (days)
evidence-max-p99 = p99 at most (ms)
evidence-max-failed = Failed at most (%)
evidence-verdict-file = — as the file says —
evidence-verdict-hint = Limits and comparisons decide where there are any.
evidence-keep = Keep it
evidence-kind-performance = performance
evidence-kind-high-availability = high availability
evidence-kind-drill = drill
evidence-kind-security-scan = security scan
evidence-kind-custom = other proof
evidence-verdict-passed = passed
evidence-verdict-failed = failed
evidence-verdict-inconclusive = inconclusive
evidence-status-met = there
evidence-status-waived = waived
evidence-status-nameless = the change names no artifact hash
evidence-status-missing = missing
evidence-status-other-artifact = only of another artifact
evidence-status-own = only from its own writers
evidence-status-failed = not passed
evidence-status-beyond-policy = beyond what the policy allows
evidence-status-expired = expired
evidence-required = Evidence that is needed
evidence-show = show
evidence-none-needed = No evidence is needed, and there is none.
evidence-waive = Do without …
evidence-waive-text = A second person must agree. It is counted on the figures of changes.
evidence-waive-ask = Ask for it
evidence-waived-by = { $name } agreed
evidence-policy = Evidence that is needed
evidence-policy-hint = None ticked: none.
evidence-policy-needs = Needs evidence: { $kinds }.
evidence-shown = Evidence of this artifact
evidence-by-file = by its file
evidence-by-word = said by { $name }
evidence-bounds = What evidence of performance must have measured
evidence-bounds-hint = Held against the figures themselves, whatever limits the load test was given; figures that are not known are not within. Empty: no bound. Where the first three are set, a load test here counts whoever ordered it.
evidence-bound-p99 = 99th percentile at most
evidence-bound-failed = Failed requests at most
evidence-bound-rate = Requests a second at least
evidence-bound-peak = Requests a second at least, of what production bears
evidence-bound-peak-hint = In per cent of the transactions a second in the busiest minute (but for one in a thousand) of the busiest system of the change, in the four weeks before the request. Empty: 100 where the environment must be made as production and that volume is known, else no bound; 0: none. Where a transaction takes several requests, so many times as much.
evidence-bounded-p99 = p99 ≤ { $bound } ms
evidence-bounded-failed = failed ≤ { $bound } %
evidence-bounded-rate = ≥ { $bound } requests/s
evidence-bounded-peak = ≥ { $bound } % of production’s peak
evidence-policy-bounds = Performance must have measured: { $bounds }.
conflict-evidence-p99 = p99 { $seen } ms; the policy allows { $allowed } ms.
conflict-evidence-p99-unknown = The evidence of performance tells no p99; the policy allows { $allowed } ms.
conflict-evidence-failures = { $seen } % of requests failed; the policy allows { $allowed } %.
conflict-evidence-failures-unknown = The evidence of performance does not tell how many requests failed; the policy allows { $allowed } %.
conflict-evidence-rate = { $seen } requests a second; the policy asks for { $allowed }.
conflict-evidence-rate-unknown = The evidence of performance tells no requests a second; the policy asks for { $allowed }.
conflict-evidence-peak = { $seen } requests a second; by what production bears at its busiest the policy asks for { $allowed }.
conflict-evidence-peak-unknown = The policy asks for { $allowed } % of what production bears at its busiest; no transactions of these systems were counted in four weeks.
conflict-evidence-nameless = Evidence is needed ({ $kind ->
    [performance] performance
    [high-availability] high availability
    [drill] drill
    [security-scan] security scan
   *[custom] other proof{ $custom }
}), but the change names no artifact by its hash.
conflict-evidence-missing = Evidence is missing: { $kind ->
    [performance] performance
    [high-availability] high availability
    [drill] drill
    [security-scan] security scan
   *[custom] other proof{ $custom }
}.
conflict-evidence-environment = Evidence from the environment “{ $environment }” is demanded; it is there only from “{ $shown }”: { $kind ->
    [performance] performance
    [high-availability] high availability
    [drill] drill
    [security-scan] security scan
   *[custom] other proof{ $custom }
}.
conflict-evidence-production = Evidence from an environment made as production is demanded; where it was shown, something is otherwise (production first: { $differs }): { $kind ->
    [performance] performance
    [high-availability] high availability
    [drill] drill
    [security-scan] security scan
   *[custom] other proof{ $custom }
}.
conflict-evidence-production-unknown = Evidence from an environment made as production is demanded, but no deployment to production says what that is made of: { $kind ->
    [performance] performance
    [high-availability] high availability
    [drill] drill
    [security-scan] security scan
   *[custom] other proof{ $custom }
}.
conflict-evidence-other-artifact = Evidence is there only of another artifact: { $kind ->
    [performance] performance
    [high-availability] high availability
    [drill] drill
    [security-scan] security scan
   *[custom] other proof{ $custom }
}.
conflict-evidence-failed = Evidence did not pass: { $kind ->
    [performance] performance
    [high-availability] high availability
    [drill] drill
    [security-scan] security scan
   *[custom] other proof{ $custom }
}.
conflict-evidence-own = What whoever requested or wrote the change says or brings, or measured by limits of their own, does not count as passed ({ $kind ->
    [performance] performance
    [high-availability] high availability
    [drill] drill
    [security-scan] security scan
   *[custom] other proof{ $custom }
}): somebody else brings it, or it is measured here against the usual limits.
conflict-evidence-failed-own = Evidence did not pass ({ $kind ->
    [performance] performance
    [high-availability] high availability
    [drill] drill
    [security-scan] security scan
   *[custom] other proof{ $custom }
}), and that it has since is only said by whoever requested or wrote the change: somebody else brings it, or a file that decides for itself.
conflict-evidence-expired = Evidence holds no more: { $kind ->
    [performance] performance
    [high-availability] high availability
    [drill] drill
    [security-scan] security scan
   *[custom] other proof{ $custom }
}.
conflict-evidence-not-waivable = It is there, or doing without it was asked for already.
conflict-evidence-two-people = It takes a second person: whoever asked cannot agree; or it is over.
evidence-made-by = Made by
evidence-changes = Changes for it
evidence-expect-needed = a kind that this change needs
evidence-expect-limit = a number of 0 or more
evidence-expect-file = a file that is not empty
evidence-expect-file-name = a name of 1 to 120 characters
evidence-expect-load = the result of a load test: { $why }
evidence-expect-verdict = passed, failed or inconclusive, or limits that the file is held against
toast-evidence-kept = Kept.
toast-waiver-asked = Asked. A second person must agree.
toast-evidence-waived = Agreed.
evidence-kind-named = { $kind }: { $name }
evidence-status-other-environment = only from another environment
evidence-status-unlike-production = only from an environment unlike production
evidence-wanted-like = Must be shown in an environment made as production: { $facts }.
evidence-peak = At its busiest in four weeks production bore { $rate } transactions a second.
evidence-peak-unknown = What production bears is not known: no transactions of these systems were counted in four weeks.
evidence-wanted-like-unknown = Must be shown in an environment made as production; no deployment to production says what that is made of.
evidence-unlike = Otherwise where it was shown (production first): { $differs }.
evidence-like-production = Only from an environment made as production
evidence-like-production-hint = Of all that the last deployment with facts to production of one of the change's systems says: cpu=8, replicas=3. Evidence may say more; that of performance must have borne what production does.
evidence-policy-peak = Performance must have borne what production does at its busiest.
evidence-policy-like = Must be shown in an environment made as production.
evidence-wanted-in = Must be shown in the environment “{ $environment }”.
evidence-shown-in = Shown in “{ $shown }”, but the policy demands “{ $environment }”: it does not count.
evidence-custom = Other proof, by name
evidence-custom-hint = One a line, e.g. pen-test report. Each must be there under its name. Empty: any other proof will do.
evidence-custom-name = Name of the other proof
evidence-custom-name-hint = As the policy names it, e.g. pen-test report.
evidence-policy-environment = Evidence counts only from there, e.g. pre-production, 4 nodes. Empty: from anywhere.
evidence-expect-no-custom = nothing: only other proof has a name
changes-expect-custom = other proof among them, as it is named
changes-expect-evidence = some evidence, as an environment for it is demanded
changes-expect-at-most-custom = at most { $max } names
evidence-facts = Facts of the environment
evidence-facts-hint = One a line: cpu=4, memory=8 GiB, replicas=3, database=postgres 16. The same facts have the same fingerprint.
evidence-why-few-runs = { $runs } runs of the { $side ->
    [baseline] baseline
   *[candidate] candidate
}, expected { $least } or more
evidence-why-no-p99 = Run { $run } of the { $side ->
    [baseline] baseline
   *[candidate] candidate
} says no 99th percentile
evidence-why-no-p99-k6 = Run { $run } of the { $side ->
    [baseline] baseline
   *[candidate] candidate
} says no 99th percentile: k6 writes it where it is run with { $option }
evidence-why-no-throughput = A run says no throughput
evidence-why-no-failed = A run does not say how many requests failed
evidence-why-baseline-fails = { $percent } % of the requests of a baseline run failed: nothing to compare with
evidence-why-failed-runs = { $failed } of { $all } runs of the candidate failed too many requests
evidence-why-more-load = The candidate bore { $ratio } × the load of the baseline, by which it is slower: both need the same
evidence-why-p99-slower = The 99th percentile is { $ratio } × as high, { $least } at least
evidence-why-throughput = The throughput is { $ratio } × as high, { $most } at most
evidence-why-passed = The 99th percentile is { $p99 } × as high at most (≤ { $slower }), the throughput { $rate } × at least (≥ { $throughput })
evidence-why-across = The intervals reach across the margins: more runs are needed
evidence-why-twice = One run stands there twice
evidence-why-baseline-first = All runs of the baseline lie before those of the candidate: they did not take turns
evidence-why-candidate-first = All runs of the candidate lie before those of the baseline: they did not take turns
evidence-why-turns = The sides changed { $turns } times, expected { $least } or more: they did not take turns
evidence-why-load = The load differs: { $low } to { $high } requests a second were asked for, { $most } × at most
evidence-open-begin = The files do not say when each run began: whether the sides took turns is not known
evidence-open-offered = The files do not say what load was offered: only what was served is compared
evidence-open-places = The runs were measured in different environments: { $named }
evidence-open-unread = Rows of the files that do not read, and count nowhere: { $rows }
evidence-open-hashes = The runs come without the hashes of the files that tools wrote: they cannot be held against those
evidence-runs = Runs
evidence-run = Run
evidence-run-sha = SHA-256 of the tool’s file
evidence-fingerprint = Fingerprint
evidence-apart = { $one } and { $other } were shown in different environments: { $differs }
evidence-expect-fact = name=value, each name once, instead of “{ $fact }”
evidence-expect-facts = { $max } facts at most
