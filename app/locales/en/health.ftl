health-title = Health of the portal
health-all-well = Every engine of the portal is working.
health-some-sick = { $count ->
    [one] One engine of the portal is late or failed.
   *[other] { $count } engines of the portal are late or failed.
}
health-version = Version
health-database = Database
health-started = Running since
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
