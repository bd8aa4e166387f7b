health-title = Health of the portal
health-all-well = Every engine of the portal is working.
health-some-sick = { $count ->
    [one] One engine of the portal is late or failed.
   *[other] { $count } engines of the portal are late or failed.
}
health-version = Version
health-database = Database
health-started = Running since
health-tools = Tools
health-tools-account = run under an account of their own
health-tools-wall = run under the portal’s account; Landlock keeps them from its data, keys and memory
health-tools-nothing = run under the portal’s account, and nothing keeps them from its data and keys (tools.share_account)
health-tools-refused = are not run: no account of their own can be had (tools.account), or nothing would keep them from the portal’s data and keys (tools.share_account)
health-engines = Engines
health-engine = Engine
health-state = State
health-last-tick = Last tick
health-period = At least every
health-done = Done in it
health-well = working
health-late = late
health-failed = failed: { $fault }
health-seconds-ago = { $seconds } s ago
health-next = What to do next
health-next-system = Add the first system: what people depend on, and who owns it
health-next-monitor = Add a monitor that watches it
health-next-people = Add the people who work with you
health-next-policy = Say who is paged for an incident: without a policy of escalation nobody is
health-next-vain = A policy of escalation would page people in vain now: see whom, and why
health-always = continuously
health-engine-alerts = alerts
health-engine-deliveries = deliveries
health-engine-escalations = escalations
health-engine-monitors = monitors
health-engine-retention = retention
health-engine-runs = runs of tools
health-engine-transactions = transactions
